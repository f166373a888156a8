//! Which client may be ended: one pure function over plain data.
//!
//! The first rule that holds decides. A rule that cannot be answered makes the process
//! *unknown*, and unknown is never ended; so knowing less can only spare more.

mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use self::rules::Answer::{self, Fails, Holds};
use self::rules::{PROTECTED, RULES};
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::Facts;
use crate::machine::sockets::{Ports, Socket};
use crate::report::Class;
use crate::text::words::listed;

/// A class and why, without anything that came from a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The class.
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

/// A process that is to be judged.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// Who it is.
    pub facts: Facts,
    /// Who its parent is; `None` if that could not be read.
    pub parent: Option<Facts>,
    /// The parent of its parent; `None` if that could not be read or was not asked for. It only
    /// words a reason.
    pub grandparent: Option<Facts>,
    /// Every TCP socket that it holds, in whatever state; `None` if they could not be read.
    pub sockets: Option<Vec<Socket>>,
    /// The processes at the other ends of its unix stream sockets, itself excluded; `None` if they
    /// could not be told, or were not asked for because another rule decides.
    pub peers: Option<Vec<Facts>>,
}

impl Subject {
    /// A process of which nothing but its facts is known.
    pub fn of(facts: Facts) -> Self {
        Self {
            facts,
            ..Self::default()
        }
    }
}

/// What a process is judged against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// ibdoc itself, of the user whose processes it may end.
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
    let mut missing: Vec<&str> = Vec::new();
    for (class, rules) in RULES {
        let settled = missing.is_empty();
        for rule in rules {
            match rule(subject, context) {
                Holds(reason) if settled => return Judgement { class, reason },
                Answer::Unknown(what) if !missing.contains(&what) => missing.push(what),
                Holds(_) | Fails | Answer::Unknown(_) => {}
            }
        }
    }
    if !missing.is_empty() {
        // All of them are named: to know one of them alone would change nothing.
        return Judgement {
            class: Class::Unknown,
            reason: format!("{} could not be read", listed(&missing)),
        };
    }
    let adopted = match &subject.parent {
        Some(parent) if context.orphans.contains(&parent.id) => {
            format!("its parent {} is an orphan itself", who(parent))
        }
        _ => "whoever started it has gone".to_owned(),
    };
    Judgement {
        class: Class::Orphan,
        reason: adopted,
    }
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
        let is_orphan = |subject: &&Subject| judged[&subject.facts.id.pid].class == Class::Orphan;
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
/// cannot be told from one; nothing on which others depend; of the same user, and not elsewhere.
pub fn unhealable(subject: &Subject, context: &Context<'_>) -> Option<String> {
    for rule in &PROTECTED[..PROTECTED.len() - 1] {
        match rule(subject, context) {
            Holds(reason) => return Some(reason),
            Answer::Unknown(what) => return Some(format!("{what} could not be read")),
            Fails => {}
        }
    }
    let Some(sockets) = &subject.sockets else {
        return Some("its sockets could not be read".to_owned());
    };
    let gateways = |socket: &Socket| context.ports.contains(socket.local.port());
    let serves = sockets.iter().any(gateways);
    serves.then(|| "it has the Gateway's end of a connection".to_owned())
}

/// A process as it is named in a reason.
pub(super) fn who(facts: &Facts) -> String {
    format!("{} (pid {})", facts.name, facts.id.pid)
}
