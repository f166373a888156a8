//! The rules, each of which says whether it holds and why.

use super::{Class, Context, Subject, who};
use crate::machine::process::{Facts, Jvm, Stdio, Terminal, is_guard_or_relay, is_reaper};
use crate::machine::sockets::TcpState;
use crate::zombie::unit::{Unit, unit};

/// The answer of one rule.
pub(super) enum Answer {
    Holds(String),
    Fails,
    Unknown(&'static str),
}
use Answer::{Fails, Holds};

pub(super) type Rule = fn(&Subject, &Context<'_>) -> Answer;

/// What is never touched; the last rule is the only one that a shutdown does not mind.
pub(super) const PROTECTED: [Rule; 8] = [
    is_ibdoc,
    is_system,
    is_jvm,
    is_marked,
    is_guard,
    is_foreign,
    is_elsewhere,
    is_server,
];

/// Every rule in order. Within a class one that holds outweighs one that cannot be answered.
pub(super) const RULES: [(Class, &[Rule]); 6] = [
    (Class::Protected, &PROTECTED),
    (Class::Connected, &[is_connected]),
    (Class::Service, &[is_service, is_job]),
    (Class::Supervised, &[is_traced, is_supervised]),
    (Class::Interactive, &[is_interactive, has_peer]),
    (Class::Detached, &[ignores_hangup, leads_session, is_daemon]),
];

fn holds_if(condition: bool, reason: impl Into<String>) -> Answer {
    if condition {
        Holds(reason.into())
    } else {
        Fails
    }
}

/// What follows where the condition may not be known.
fn holds_if_known(known: Option<bool>, reason: &str, missing: &'static str) -> Answer {
    known.map_or(Answer::Unknown(missing), |condition| {
        holds_if(condition, reason)
    })
}

fn is_ibdoc(subject: &Subject, context: &Context<'_>) -> Answer {
    let pid = subject.facts.id.pid;
    if pid == context.own.id.pid {
        return Holds("it is ibdoc itself".to_owned());
    }
    let Some(ancestors) = &context.own.ancestors else {
        return Answer::Unknown("who started ibdoc");
    };
    let ours = ancestors.iter().any(|ancestor| ancestor.pid == pid);
    holds_if(ours, "ibdoc runs under it")
}

fn is_system(subject: &Subject, _: &Context<'_>) -> Answer {
    if subject.facts.id.pid.0 <= 1 {
        return Holds("it is the system's first process".to_owned());
    }
    let (kernel, missing) = (
        subject.facts.kernel_thread,
        "whether it is a thread of the kernel",
    );
    holds_if_known(kernel, "it is a thread of the kernel", missing)
}

fn is_jvm(subject: &Subject, _: &Context<'_>) -> Answer {
    match subject.facts.jvm {
        Some(Jvm::Name) => Holds("it is Java by its name, as the Gateway is".to_owned()),
        Some(Jvm::VmThread | Jvm::Library) => {
            Holds("it runs a Java virtual machine, as the Gateway does".to_owned())
        }
        Some(Jvm::No) => Fails,
        None => Answer::Unknown("whether it is a Java virtual machine"),
    }
}

fn is_marked(subject: &Subject, _: &Context<'_>) -> Answer {
    let marked = subject.facts.marks.as_ref().map(|marks| !marks.is_empty());
    let reason = "its path or command line names IB's software";
    holds_if_known(marked, reason, "its command line")
}

fn is_guard(subject: &Subject, _: &Context<'_>) -> Answer {
    let guard = is_guard_or_relay(&subject.facts);
    holds_if_known(guard, "other programs depend on it", "its program")
}

fn is_foreign(subject: &Subject, context: &Context<'_>) -> Answer {
    let users = subject.facts.uid.zip(context.own.uid);
    let foreign = users.map(|(theirs, ours)| theirs != ours);
    holds_if_known(foreign, "it belongs to another user", "its user")
}

fn is_elsewhere(subject: &Subject, context: &Context<'_>) -> Answer {
    let (facts, own) = (&subject.facts, context.own);
    let net = facts.net_namespace.zip(own.net_namespace);
    let pid = facts.pid_namespace.zip(own.pid_namespace);
    let known = [net, pid].map(|pair| pair.map(|(theirs, ours)| theirs != ours));
    if known.contains(&Some(true)) {
        return Holds("it runs in another namespace, such as a container".to_owned());
    }
    if known.contains(&None) {
        return Answer::Unknown("its namespaces");
    }
    Fails
}

fn is_server(subject: &Subject, context: &Context<'_>) -> Answer {
    let Some(sockets) = &subject.sockets else {
        return Answer::Unknown("its sockets");
    };
    for socket in sockets {
        let port = socket.local.port();
        if socket.state == TcpState::Listen {
            return Holds(format!("it listens on port {port}"));
        }
        if context.ports.contains(port) {
            return Holds(format!("its end of a connection is Gateway port {port}"));
        }
    }
    Fails
}

fn is_connected(subject: &Subject, _: &Context<'_>) -> Answer {
    let Some(sockets) = &subject.sockets else {
        return Answer::Unknown("its sockets");
    };
    // One in FIN_WAIT that is still held has said all and waits for the other end.
    let up = sockets.iter().find(|socket| {
        matches!(
            socket.state,
            TcpState::Established
                | TcpState::SynSent
                | TcpState::SynRecv
                | TcpState::FinWait1
                | TcpState::FinWait2
        )
    });
    match up {
        Some(socket) => Holds(format!(
            "it has a connection to {} ({})",
            socket.remote,
            socket.state.name()
        )),
        None => Fails,
    }
}

fn is_service(subject: &Subject, context: &Context<'_>) -> Answer {
    let (Some(cgroup), Some(own)) = (&subject.facts.cgroup, &context.own.cgroup) else {
        return Answer::Unknown("its control group");
    };
    if cgroup == own {
        return Fails;
    }
    match unit(cgroup) {
        Some(Unit::Service(name)) => Holds(format!(
            "it belongs to {name}: `systemctl restart {name}` restarts it"
        )),
        Some(Unit::UserService(name)) => Holds(format!(
            "it belongs to {name}: `systemctl --user restart {name}` restarts it"
        )),
        Some(Unit::Container) => Holds("it runs in a container: restart that".to_owned()),
        None => Fails,
    }
}

/// launchd is the parent of its jobs and of every application, as it is of orphans.
fn is_job(subject: &Subject, _: &Context<'_>) -> Answer {
    let reason = "launchd runs it: `launchctl` stops or restarts it";
    holds_if_known(subject.facts.job, reason, "whether launchd runs it")
}

/// A breakpoint is a reason why the Gateway closed the connection, and its user looks at it.
fn is_traced(subject: &Subject, _: &Context<'_>) -> Answer {
    let reason = "a debugger or tracer is attached to it";
    let missing = "whether a debugger is attached to it";
    holds_if_known(subject.facts.traced, reason, missing)
}

fn is_supervised(subject: &Subject, context: &Context<'_>) -> Answer {
    // Where no process adopts orphans, its parent's pid may be another process by now.
    if subject.facts.parent_gone == Some(true) {
        return Fails;
    }
    let Some(parent) = &subject.parent else {
        return Answer::Unknown("its parent");
    };
    if context.orphans.contains(&parent.id) {
        return Fails;
    }
    match is_reaper(parent) {
        None => Answer::Unknown("whether its parent adopts orphans"),
        Some(false) => Holds(running(parent, subject.grandparent.as_ref())),
        Some(true) => match (subject.facts.session, parent.session) {
            // Without a session of its own it is a worker that the container was made for.
            (Some(session), Some(of_parent)) => holds_if(
                session == of_parent,
                format!("it is in the session of its parent {}", who(parent)),
            ),
            _ => Answer::Unknown("its session"),
        },
    }
}

/// A parent that is running, and whether that one has a living parent: perhaps it is left over too.
fn running(parent: &Facts, grandparent: Option<&Facts>) -> String {
    let who = who(parent);
    let adopted = grandparent.is_some_and(|grandparent| {
        is_reaper(grandparent) == Some(true)
            && parent.session.is_some()
            && parent.session != grandparent.session
    });
    if adopted {
        return format!(
            "its parent {who} is running, and whoever started that one has gone: \
             if that one is left over too, end it first"
        );
    }
    format!("its parent {who} is running")
}

fn is_interactive(subject: &Subject, _: &Context<'_>) -> Answer {
    match (subject.facts.terminal, subject.facts.session_leader_alive) {
        (Some(Terminal::Absent), _) | (Some(Terminal::Present), Some(false)) => Fails,
        (Some(Terminal::Present), Some(true)) => {
            Holds("somebody has it open in a terminal".to_owned())
        }
        (Some(Terminal::Present), None) => Answer::Unknown("whether somebody sits at its terminal"),
        (None, _) => Answer::Unknown("its terminal"),
    }
}

/// A program started from a desktop's menu has no terminal, and often no living parent: its window
/// is a connection to the display. Any other process that is connected to it may need it too.
fn has_peer(subject: &Subject, context: &Context<'_>) -> Answer {
    let Some(peers) = &subject.peers else {
        return Answer::Unknown("who is at the other end of its unix sockets");
    };
    let mut staying = peers
        .iter()
        .filter(|peer| !context.ending.contains(&peer.id));
    match staying.next() {
        Some(peer) => Holds(format!(
            "{} is connected to it by a unix socket, as the display of a window is",
            who(peer)
        )),
        None => Fails,
    }
}

fn ignores_hangup(subject: &Subject, _: &Context<'_>) -> Answer {
    let (ignores, missing) = (subject.facts.ignores_hangup, "whether it ignores SIGHUP");
    holds_if_known(ignores, "it ignores SIGHUP, as under nohup", missing)
}

fn leads_session(subject: &Subject, _: &Context<'_>) -> Answer {
    let session = subject.facts.session;
    let leads = session.map(|session| session == subject.facts.id.pid);
    let reason = "it leads a session of its own, as under setsid";
    holds_if_known(leads, reason, "its session")
}

fn is_daemon(subject: &Subject, _: &Context<'_>) -> Answer {
    if subject.facts.terminal == Some(Terminal::Present) {
        return Fails;
    }
    let stdio = subject.facts.stdio;
    let talks = |descriptor: &Option<Stdio>| match descriptor {
        Some(Stdio::Null | Stdio::File | Stdio::Closed) | None => false,
        Some(Stdio::Terminal | Stdio::Pipe | Stdio::Socket | Stdio::Other) => true,
    };
    if stdio.iter().any(talks) {
        return Fails;
    }
    if subject.facts.terminal.is_none() || stdio.contains(&None) {
        return Answer::Unknown("where its output goes");
    }
    Holds("it has no terminal and talks to files only, as a daemon does".to_owned())
}
