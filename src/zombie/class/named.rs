//! The rules of *if named*: each says what a process is there for, or what ending it costs.

use super::Ruling::{self, Fails, Holds};
use super::charge::{has_manager, in_charge, init_of, manager};
use super::{Context, Rule, Subject, holds_if, holds_if_known, who};
use crate::machine::process::{Facts, Link, ProgramKind, Stdio, Terminal, is_reaper, kind};
use crate::machine::sockets::TcpState;
use crate::report::Class;
use crate::text::shell::quoted;
use crate::zombie::unit::{Unit, unit};

/// The rules of *if named* that tell what an end costs, in the order in which they word what a
/// process is.
pub(super) const NAMED: [(Class, &[Rule]); 5] = [
    (Class::Service, &[is_service, is_job]),
    (
        Class::Supervised,
        &[is_traced, is_main_program, is_supervised],
    ),
    (Class::Interactive, &[has_open_terminal, has_peer]),
    (
        Class::Connected,
        &[is_connected, has_datagram_peer, listens, passes_on],
    ),
    (Class::Detached, &[ignores_hangup]),
];

/// The rest of them: how it was started. That is told where nothing else is, such as a parent.
pub(super) const STARTED: [(Class, &[Rule]); 2] = [
    (Class::Interactive, &[has_session_leader]),
    (
        Class::Detached,
        &[
            leads_session,
            leads_group,
            has_group_leader,
            writes_to_files,
        ],
    ),
];

fn is_service(subject: &Subject, context: &Context<'_>) -> Ruling {
    let (Some(cgroup), Some(own)) = (&subject.facts.cgroup, &context.own.cgroup) else {
        return Ruling::Unknown("its control group");
    };
    match unit(cgroup, own) {
        Some(Unit::Service(_) | Unit::UserService(_)) if subject.outlives_service => Fails,
        // A unit that only keeps a manager, as one of tmux is, starts none of its programs again.
        Some(Unit::Service(_) | Unit::UserService(_)) if has_manager(subject) => {
            Holds(in_charge(subject))
        }
        Some(Unit::Service(name) | Unit::UserService(name)) if subject.is_beside_gateway => {
            Holds(format!(
                "it belongs to {name}, in which a Gateway runs too: a restart of {name} restarts both, \
                 ending it alone may start it again"
            ))
        }
        Some(Unit::Service(name)) => Holds(format!(
            "it belongs to {name}: `systemctl restart {}` starts it again, ending it alone may \
             do so too",
            quoted(&name)
        )),
        // Of a user's manager only that user's own commands are known.
        Some(Unit::UserService(name)) if subject.facts.uid != context.own.uid => Holds(format!(
            "it belongs to {name}, of its user's own units, which may start it again"
        )),
        Some(Unit::UserService(name)) => Holds(format!(
            "it belongs to {name}: `systemctl --user restart {}` starts it again, ending it \
             alone may do so too",
            quoted(&name)
        )),
        Some(Unit::Container(_)) => {
            Holds("it runs in a container, which may end with it".to_owned())
        }
        Some(Unit::Host(_)) | None => Fails,
    }
}

/// launchd is the parent of its jobs and of every application, as it is of orphans.
fn is_job(subject: &Subject, _: &Context<'_>) -> Ruling {
    let reason = "launchd runs it: `launchctl` stops or restarts it";
    holds_if_known(subject.facts.job, reason, "whether launchd runs it")
}

/// A breakpoint is a reason why the Gateway closed the connection, and its user looks at it.
fn is_traced(subject: &Subject, _: &Context<'_>) -> Ruling {
    let reason = "a debugger is attached to it";
    let missing = "whether a debugger is attached to it";
    holds_if_known(subject.facts.traced, reason, missing)
}

fn is_main_program(subject: &Subject, _: &Context<'_>) -> Ruling {
    match init_of(subject).filter(|init| init.id.pid.0 == 1) {
        Some(init) => Holds(format!(
            "{} may run for it alone: the container then ends with it",
            who(init)
        )),
        None => Fails,
    }
}

fn is_supervised(subject: &Subject, context: &Context<'_>) -> Ruling {
    // Where no process adopts orphans, its parent's pid may be another process by now.
    if subject.facts.parent_gone == Some(true) {
        return Fails;
    }
    let Some(parent) = &subject.parent else {
        return Ruling::Unknown("its parent");
    };
    if context.orphans.contains(&parent.id) {
        return Fails;
    }
    match is_reaper(parent) {
        // The first process of a container may be the manager itself.
        _ if manager(parent).is_some() => Holds(in_charge(subject)),
        None => Ruling::Unknown("whether its parent adopts orphans"),
        Some(false) => Holds(in_charge(subject)),
        Some(true) => Fails,
    }
}

fn has_open_terminal(subject: &Subject, _: &Context<'_>) -> Ruling {
    let facts = &subject.facts;
    let mut terminals = (0..3).filter(|at| facts.stdio[*at] == Some(Stdio::Terminal));
    let reason = "it runs in a terminal that is open";
    if terminals
        .clone()
        .any(|at| facts.stdio_open[at] == Some(true))
    {
        return Holds(reason.to_owned());
    }
    match (facts.terminal, facts.session_leader_alive) {
        (Some(Terminal::Present), Some(true)) => return Holds(reason.to_owned()),
        (Some(Terminal::Present), None) => {
            return Ruling::Unknown("whether its terminal is open");
        }
        (None, _) => return Ruling::Unknown("its terminal"),
        (Some(_), _) => {}
    }
    if terminals.any(|at| facts.stdio_open[at].is_none()) {
        return Ruling::Unknown("whether its terminal is open");
    }
    Fails
}

/// A program started from a desktop's menu has no terminal, and often no living parent: its window
/// is a connection to the display. Any other process that is connected to it may need it too.
fn has_peer(subject: &Subject, context: &Context<'_>) -> Ruling {
    let is_pipe = |at: &usize| subject.facts.stdio[*at] == Some(Stdio::Pipe);
    if (0..3)
        .filter(is_pipe)
        .any(|at| subject.facts.stdio_open[at].is_none())
    {
        return Ruling::Unknown("whether its input and output lead anywhere");
    }
    let Some(peers) = &subject.peers else {
        return Ruling::Unknown("the other ends of its pipes and unix sockets");
    };
    let mut staying = peers
        .iter()
        .filter(|peer| !context.ending.contains(&peer.facts.id));
    match staying.next() {
        Some(peer) if peer.link == Link::Pipe => Holds(format!(
            "{} has the other end of its input or output",
            who(&peer.facts)
        )),
        Some(peer) => Holds(format!(
            "{} is connected to it by a unix socket, as the display of a window is",
            who(&peer.facts)
        )),
        None => Fails,
    }
}

fn has_session_leader(subject: &Subject, _: &Context<'_>) -> Ruling {
    let facts = &subject.facts;
    // Where it has had no other leader than the one that adopts orphans, nothing was left by it.
    let reaper = subject
        .parent
        .as_ref()
        .filter(|parent| is_reaper(parent) == Some(true) && facts.session == Some(parent.id.pid));
    match (facts.session_leader_alive, facts.session) {
        (_, Some(session)) if session == facts.id.pid => Fails,
        (Some(true), Some(session)) if reaper.is_none() => {
            let leader = subject.lineage().find(|facts| facts.id.pid == session);
            let leader = leader.map_or_else(|| format!("pid {session}"), who);
            Holds(format!("the leader of its session, {leader}, is running"))
        }
        (Some(_), Some(_)) => Fails,
        _ => Ruling::Unknown("the leader of its session"),
    }
}

fn is_connected(subject: &Subject, _: &Context<'_>) -> Ruling {
    let Some(sockets) = &subject.sockets else {
        return Ruling::Unknown("its sockets");
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
        Some(socket) if socket.state == TcpState::Established => {
            Holds(format!("it has a connection to {}", socket.remote))
        }
        Some(socket) => Holds(format!(
            "it has a connection to {} ({})",
            socket.remote,
            socket.state.name()
        )),
        None => Fails,
    }
}

fn has_datagram_peer(subject: &Subject, _: &Context<'_>) -> Ruling {
    match &subject.facts.datagram_peers {
        None => Ruling::Unknown("its UDP sockets"),
        Some(peers) => match peers.first() {
            Some(peer) => Holds(format!("it has a UDP socket connected to {peer}")),
            None => Fails,
        },
    }
}

fn listens(subject: &Subject, _: &Context<'_>) -> Ruling {
    let Some(sockets) = &subject.sockets else {
        return Ruling::Unknown("its sockets");
    };
    let mut listening = sockets.iter().filter(|row| row.state == TcpState::Listen);
    match listening.next() {
        Some(row) => Holds(format!("it listens on port {}", row.local.port())),
        None => holds_if_known(
            subject.facts.serves_unix,
            "it listens on a unix socket",
            "its unix sockets",
        ),
    }
}

/// What is called as a relay and has no connection but to a Gateway, such as `nc`, sends what it reads.
fn passes_on(subject: &Subject, _: &Context<'_>) -> Ruling {
    let is_relay = kind(&subject.facts, None) == ProgramKind::Relay;
    holds_if(
        is_relay,
        "it passes on what is typed, or what another program gives it",
    )
}

fn ignores_hangup(subject: &Subject, _: &Context<'_>) -> Ruling {
    let (ignores, missing) = (subject.facts.ignores_hangup, "whether it ignores SIGHUP");
    let reason = "it ignores SIGHUP: it was detached on purpose, as by nohup";
    holds_if_known(ignores, reason, missing)
}

fn leads_session(subject: &Subject, _: &Context<'_>) -> Ruling {
    let session = subject.facts.session;
    let leads = session.map(|session| session == subject.facts.id.pid);
    let reason = if is_detached(subject) {
        "it leads a session: it was detached on purpose, as by setsid"
    } else {
        "it leads a session of its own"
    };
    holds_if_known(leads, reason, "its session")
}

/// Whether the leader of a session left what had started it: the program in a window leads the
/// session of its terminal; dumb-init, a notebook and PM2 give one to each program; and so does sshd, and
/// Python where that is asked for, which read its output through a pipe or a socket.
fn is_detached(subject: &Subject) -> bool {
    let has_left = |parent: &Facts| is_reaper(parent) == Some(true) && init_of(subject).is_none();
    let has_no_terminal = subject.facts.terminal == Some(Terminal::Absent);
    let is_read = |stdio| matches!(stdio, Some(Stdio::Pipe | Stdio::Socket));
    let is_alone = !subject.facts.stdio.into_iter().any(is_read);
    has_no_terminal && is_alone && subject.parent.as_ref().is_some_and(has_left)
}

/// A shell gives each of its jobs a group, as supervisors do.
fn leads_group(subject: &Subject, _: &Context<'_>) -> Ruling {
    let (group, session) = (subject.facts.group, subject.facts.session);
    // A leader of its session leads a group too.
    if session == Some(subject.facts.id.pid) {
        return Fails;
    }
    let leads = group.map(|group| group == subject.facts.id.pid);
    let reason = "it leads its process group: it was started as a job or a daemon";
    holds_if_known(leads, reason, "its process group")
}

fn has_group_leader(subject: &Subject, _: &Context<'_>) -> Ruling {
    let Some(group) = subject.facts.group else {
        return Ruling::Unknown("its process group");
    };
    if group == subject.facts.id.pid {
        return Fails;
    }
    let reason = format!("the leader of its process group (pid {group}) is running");
    let missing = "the leader of its process group";
    holds_if_known(subject.facts.group_leader_alive, &reason, missing)
}

/// Whether nothing tells a daemon from what a crash has left over.
fn writes_to_files(subject: &Subject, _: &Context<'_>) -> Ruling {
    let stdio = subject.facts.stdio;
    let outputs = &stdio[1..];
    let leads_on = |descriptor: &Option<Stdio>| {
        matches!(
            descriptor,
            Some(Stdio::Terminal | Stdio::Pipe | Stdio::Socket)
        )
    };
    if stdio.contains(&None) {
        return Ruling::Unknown("where its output goes");
    }
    let goes = if outputs.contains(&Some(Stdio::File)) {
        "goes to a file"
    } else if outputs.contains(&Some(Stdio::Null)) {
        "goes to /dev/null"
    } else if outputs.contains(&Some(Stdio::Other)) {
        "goes to a device"
    } else {
        "is closed"
    };
    let reason = format!("its output {goes}: a daemon, or left over from a crash");
    holds_if(!outputs.iter().any(leads_on), reason)
}
