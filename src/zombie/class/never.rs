//! The rules of *never*, which no option changes.

use super::Ruling::{self, Fails, Holds};
use super::{Context, Rule, Subject, holds_if, holds_if_known};
use crate::machine::process::{
    Jvm, ProgramKind, is_guard_or_relay, is_named_after_ib, is_relay_or_client, kind,
};
use crate::machine::sockets::{Socket, TcpState};
use crate::report::Class;

/// Every rule of *never*. One that holds outweighs one of its class that cannot be answered.
pub(super) const ABSOLUTE: [(Class, &[Rule]); 2] = [
    (
        Class::Protected,
        &[
            is_ibdoc,
            is_system,
            is_jvm,
            is_ib_software,
            is_guard,
            is_foreign,
            is_elsewhere,
            serves_gateway_port,
        ],
    ),
    (Class::Connected, &[has_session]),
];

/// Whose sockets are not shut down either: the Gateway's and those of what others depend on. What
/// lives on, such as the program that started ibdoc, may be healed.
pub(super) const SERVES: [Rule; 7] = [
    is_kernel_thread,
    is_jvm,
    is_ib_software,
    is_guard,
    is_foreign,
    is_elsewhere,
    serves_gateway_port,
];

fn is_ibdoc(subject: &Subject, context: &Context<'_>) -> Ruling {
    let pid = subject.facts.id.pid;
    if pid == context.own.id.pid {
        return Holds("it is ibdoc itself".to_owned());
    }
    let Some(ancestors) = &context.own.ancestors else {
        return Ruling::Unknown("who started ibdoc");
    };
    let ours = ancestors.iter().any(|ancestor| ancestor.pid == pid);
    holds_if(ours, "ibdoc runs under it")
}

fn is_system(subject: &Subject, context: &Context<'_>) -> Ruling {
    if subject.facts.id.pid.0 <= 1 {
        return Holds("it is the first process of its system or container".to_owned());
    }
    is_kernel_thread(subject, context)
}

fn is_kernel_thread(subject: &Subject, _: &Context<'_>) -> Ruling {
    let (kernel, missing) = (
        subject.facts.kernel_thread,
        "whether it is a thread of the kernel",
    );
    holds_if_known(kernel, "it is a thread of the kernel", missing)
}

fn is_jvm(subject: &Subject, _: &Context<'_>) -> Ruling {
    match subject.facts.jvm {
        Some(Jvm::Name) => Holds("it is Java by its name, as the Gateway is".to_owned()),
        Some(Jvm::VmThread | Jvm::Library) => {
            Holds("it runs a Java virtual machine, as the Gateway does".to_owned())
        }
        Some(Jvm::No) => Fails,
        None => Ruling::Unknown("whether it is a Java virtual machine"),
    }
}

/// A name proves nothing by itself: `tws_trader` and `bot.py --host=ibgateway` have one too.
fn is_ib_software(subject: &Subject, _: &Context<'_>) -> Ruling {
    let Some(sockets) = &subject.sockets else {
        return Ruling::Unknown("its sockets");
    };
    if !sockets.iter().any(|row| row.state == TcpState::Listen) {
        return Fails;
    }
    let reason = "it listens, and its path or command line names IB's software";
    holds_if_known(
        is_named_after_ib(&subject.facts),
        reason,
        "its command line",
    )
}

/// Whether it may pass on what comes to it: it is called as a relay is. Of one such as `nc` it takes a
/// listener or a connection that is up, or that its sockets are not known; else it is a client itself.
pub(in crate::zombie) fn is_relay(subject: &Subject) -> bool {
    kind(&subject.facts, None) == ProgramKind::Relay && !is_client(subject)
}

fn is_client(subject: &Subject) -> bool {
    let sockets = subject.sockets.as_deref().unwrap_or_default();
    let is_left = |row: &Socket| row.state == TcpState::CloseWait;
    is_relay_or_client(&subject.facts) && !sockets.is_empty() && sockets.iter().all(is_left)
}

fn is_guard(subject: &Subject, _: &Context<'_>) -> Ruling {
    if is_client(subject) {
        return Fails;
    }
    let guard = is_guard_or_relay(&subject.facts);
    holds_if_known(guard, "other programs depend on it", "its program")
}

fn is_foreign(subject: &Subject, context: &Context<'_>) -> Ruling {
    let users = subject.facts.uid.zip(context.own.users.as_ref());
    let foreign = users.map(|(theirs, ours)| !ours.contains(&theirs));
    holds_if_known(foreign, "it belongs to another user", "its user")
}

fn is_elsewhere(subject: &Subject, context: &Context<'_>) -> Ruling {
    let (facts, own) = (&subject.facts, context.own);
    let net = facts.net_namespace.zip(own.net_namespace);
    let pid = facts.pid_namespace.zip(own.pid_namespace);
    let known = [net, pid].map(|pair| pair.map(|(theirs, ours)| theirs != ours));
    if known.contains(&Some(true)) {
        return Holds("it runs in another namespace, such as a container".to_owned());
    }
    if known.contains(&None) {
        return Ruling::Unknown("its namespaces");
    }
    Fails
}

fn serves_gateway_port(subject: &Subject, context: &Context<'_>) -> Ruling {
    let Some(sockets) = &subject.sockets else {
        return Ruling::Unknown("its sockets");
    };
    let mut serving = sockets
        .iter()
        .filter(|row| context.ports.contains(row.local.port()));
    match serving.next() {
        Some(row) if row.state == TcpState::Listen => {
            Holds(format!("it listens on Gateway port {}", row.local.port()))
        }
        Some(row) => Holds(format!(
            "its end of a connection is Gateway port {}",
            row.local.port()
        )),
        None => Fails,
    }
}

fn has_session(subject: &Subject, context: &Context<'_>) -> Ruling {
    let Some(sockets) = &subject.sockets else {
        return Ruling::Unknown("its sockets");
    };
    let is_up = |state| {
        matches!(
            state,
            TcpState::Established | TcpState::SynSent | TcpState::SynRecv
        )
    };
    let mut up = sockets
        .iter()
        .filter(|row| context.ports.contains(row.remote.port()) && is_up(row.state));
    match up.next() {
        Some(row) => Holds(format!("it has a living API session with {}", row.remote)),
        None => Fails,
    }
}
