//! Which client may be ended: one pure function over plain data, with three answers.
//!
//! *Never* is absolute. *If named* is ended by `--pid` only. An *orphan* is ended by a bare `--kill`.
//! The first rule that holds decides; one that cannot be answered makes *never* of a process where
//! it is a rule of that answer, and *if named* elsewhere. So knowing less can only spare more. The
//! rules are those of docs/KERNEL.md, "Which client may be ended".

mod charge;
mod family;
mod named;
mod never;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub(super) use self::charge::{charge, is_suspended, unit_of};
pub(super) use self::family::{forbidding_descendant, staying_child};
use self::named::{NAMED, STARTED};
pub(super) use self::never::is_relay;
use self::never::{ABSOLUTE, SERVES};
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::{Facts, Jvm, Link, is_named_after_ib, is_relay_or_client};
use crate::machine::sockets::{Ports, Socket};
use crate::report::{Class, MayEnd};
use crate::text::words::listed;

/// The answer of one rule.
enum Ruling {
    Holds(String),
    Fails,
    Unknown(&'static str),
}
use Ruling::{Fails, Holds};

type Rule = fn(&Subject, &Context<'_>) -> Ruling;

/// An answer, its class and why, without anything that came from a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Whether it may be ended.
    pub answer: MayEnd,
    /// What kind of client it is.
    pub class: Class,
    /// Why, as half a sentence.
    pub reason: String,
}

impl fmt::Display for Judgement {
    /// What a process is, as in "it is …".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = match self.class {
            Class::Orphan => "an orphan",
            Class::Service => "a service",
            other => other.name(),
        };
        write!(f, "{class}: {}", self.reason)
    }
}

/// A process at the other end of a pipe or unix socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerProcess {
    /// Who it is.
    pub facts: Facts,
    /// By what they are connected.
    pub link: Link,
}

/// A process that is to be judged.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// Who it is.
    pub facts: Facts,
    /// Who its parent is; `None` if that could not be read.
    pub parent: Option<Facts>,
    /// The parents above that one, nearest first, as far as they could be read. They word who is in
    /// charge of it, and decide nothing.
    pub ancestors: Vec<Facts>,
    /// Every TCP socket that it holds, in whatever state; `None` if they could not be read.
    pub sockets: Option<Vec<Socket>>,
    /// Those of its half-closed sockets, by their inodes, of which no descriptor can be copied.
    pub out_of_reach: BTreeSet<u64>,
    /// The processes at the other ends of its unix stream sockets and of its standard pipes, itself
    /// excluded; `None` if they could not be told, or another rule decides.
    pub peers: Option<Vec<PeerProcess>>,
    /// Its running descendants; `None` if they could not be read.
    pub family: Option<Vec<Subject>>,
    /// Whether systemd says that the service in whose control group it runs has ended.
    pub outlives_service: bool,
    /// Whether a Gateway runs in the service or container to which it belongs.
    pub is_beside_gateway: bool,
}

impl Subject {
    /// A process of which nothing but its facts is known.
    pub fn of(facts: Facts) -> Self {
        Self {
            facts,
            ..Self::default()
        }
    }

    /// Its parent and those above, nearest first.
    fn lineage(&self) -> impl Iterator<Item = &Facts> {
        self.parent.iter().chain(&self.ancestors)
    }
}

/// What a process is judged against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// ibdoc itself; `users` are those whose processes it may end.
    pub own: &'a Facts,
    /// Every port that counts as a Gateway's.
    pub ports: &'a Ports,
    /// The orphans of the same plan: their children are orphans too.
    pub orphans: &'a BTreeSet<ProcessId>,
    /// The processes that the same plan may end: a connection to one of them spares no process.
    pub ending: &'a BTreeSet<ProcessId>,
}

impl<'a> Context<'a> {
    /// The context of a process that is judged alone.
    pub const fn alone(own: &'a Facts, ports: &'a Ports) -> Self {
        const NONE: &BTreeSet<ProcessId> = &BTreeSet::new();
        Self {
            own,
            ports,
            orphans: NONE,
            ending: NONE,
        }
    }
}

/// Judges one process: total, and whatever is not known only ever spares.
pub fn class(subject: &Subject, context: &Context<'_>) -> Judgement {
    let judgement = |answer, class, reason| Judgement {
        answer,
        class,
        reason,
    };
    // All that is missing is named: to know one of them alone would change nothing.
    let unread = |missing: &[&str]| format!("{} could not be read", listed(missing));
    let mut missing = Vec::new();
    for (class, rules) in ABSOLUTE {
        if let Some(reason) = first(rules, subject, context, &mut missing)
            && (missing.is_empty() || class == Class::Protected)
        {
            return judgement(MayEnd::Never, class, reason);
        }
    }
    let is_certain = missing.is_empty();
    let mut found = None;
    for (class, rules) in NAMED.into_iter().chain(STARTED) {
        let held = first(rules, subject, context, &mut missing);
        found = found.or(held.map(|reason| (class, reason)));
    }
    match found {
        _ if !is_certain => judgement(MayEnd::Never, Class::Unknown, unread(&missing)),
        Some((class, reason)) => judgement(MayEnd::IfNamed, class, reason),
        None if !missing.is_empty() => judgement(MayEnd::IfNamed, Class::Unknown, unread(&missing)),
        None => judgement(MayEnd::Orphan, Class::Orphan, adopted(subject, context)),
    }
}

/// The reason of the first rule that holds; what the others lack is added to `missing`.
fn first(
    rules: &[Rule],
    subject: &Subject,
    context: &Context<'_>,
    missing: &mut Vec<&'static str>,
) -> Option<String> {
    let mut found = None;
    for rule in rules {
        match rule(subject, context) {
            Holds(reason) => found = found.or(Some(reason)),
            Ruling::Unknown(what) if !missing.contains(&what) => missing.push(what),
            Fails | Ruling::Unknown(_) => {}
        }
    }
    found
}

fn adopted(subject: &Subject, context: &Context<'_>) -> String {
    match &subject.parent {
        Some(parent) if context.orphans.contains(&parent.id) => {
            format!("its parent {} is an orphan itself", who(parent))
        }
        _ => "the process that started it has gone".to_owned(),
    }
}

/// What ending this process costs: each reason for which it is ended only when it is named.
pub(super) fn costs(subject: &Subject, context: &Context<'_>) -> Vec<String> {
    let held = |rules: &[(Class, &[Rule])]| -> Vec<String> {
        let rules = rules.iter().flat_map(|(_, rules)| *rules);
        let held = rules.filter_map(|rule| match rule(subject, context) {
            Holds(reason) => Some(reason),
            Fails | Ruling::Unknown(_) => None,
        });
        let mut held: Vec<String> = held.collect();
        // Two rules may see the same manager.
        held.dedup();
        held
    };
    let costs = held(&NAMED);
    if costs.is_empty() {
        return held(&STARTED);
    }
    costs
}

/// Judges every process: the children of an orphan are orphans too, in whatever order they come.
///
/// A connection between two of them is left to the plan, which ends both or neither.
pub(super) fn judge(
    processes: &BTreeMap<Pid, Subject>,
    own: &Facts,
    ports: &Ports,
) -> BTreeMap<Pid, Judgement> {
    let ids = |subjects: &mut dyn Iterator<Item = &Subject>| -> BTreeSet<ProcessId> {
        subjects.map(|subject| subject.facts.id).collect()
    };
    let all = ids(&mut processes.values());
    let mut orphans = BTreeSet::new();
    loop {
        let context = Context {
            orphans: &orphans,
            ending: &all,
            ..Context::alone(own, ports)
        };
        let judged: BTreeMap<Pid, Judgement> = processes
            .iter()
            .map(|(pid, subject)| (*pid, class(subject, &context)))
            .collect();
        let is_orphan = |subject: &&Subject| judged[&subject.facts.id.pid].answer == MayEnd::Orphan;
        let found = ids(&mut processes.values().filter(is_orphan));
        // An orphan stays one when more are known, so this ends.
        if found.len() <= orphans.len() {
            return judged;
        }
        orphans = found;
    }
}

/// Why the half-closed sockets of a process must not be shut down; `None` if they may be.
///
/// It may be alive and busy, and it may listen. But it must be no Gateway, and nothing that
/// cannot be told from one; nothing on which others depend; of the same user, and not elsewhere. A rule
/// that holds is the better reason than one that cannot be answered.
pub fn unhealable(subject: &Subject, context: &Context<'_>) -> Option<String> {
    let mut missing = Vec::new();
    let held = first(&SERVES, subject, context, &mut missing);
    held.or_else(|| Some(format!("{} could not be read", missing.first()?)))
}

/// Whether nothing more needs to be read about a process: it is the Gateway, or others depend on it,
/// or it is elsewhere.
pub(super) fn is_out_of_question(subject: &Subject, context: &Context<'_>) -> bool {
    // Another Java program may be a client, and so may `nc`: whether it listens decides what is said of it.
    let is_java = !matches!(subject.facts.jvm, Some(Jvm::No) | None);
    let is_client = is_java && is_named_after_ib(&subject.facts) == Some(false)
        || is_relay_or_client(&subject.facts);
    let without = Subject {
        sockets: Some(Vec::new()),
        ..subject.clone()
    };
    let holds = |rule: &Rule| matches!(rule(&without, context), Holds(_));
    !is_client && SERVES.iter().any(holds)
}

/// A process as it is named in a reason.
pub(super) fn who(facts: &Facts) -> String {
    format!("{} (pid {})", facts.title(), facts.id.pid)
}

fn holds_if(condition: bool, reason: impl Into<String>) -> Ruling {
    if condition {
        Holds(reason.into())
    } else {
        Fails
    }
}

/// What follows where the condition may not be known.
fn holds_if_known(known: Option<bool>, reason: &str, missing: &'static str) -> Ruling {
    known.map_or(Ruling::Unknown(missing), |condition| {
        holds_if(condition, reason)
    })
}
