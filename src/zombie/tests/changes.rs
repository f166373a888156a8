//! Changes to an orphan, by the answer that each leads to.

use super::made::{MINUTE, facts, peer, socket};
use crate::machine::pid::Pid;
use crate::machine::process::{Cgroup, Jvm, Link, Mark, Script, Stdio, Terminal};
use crate::machine::sockets::TcpState;
use crate::zombie::Subject;

/// A change to an orphan that may be ended.
pub(super) type Change = fn(&mut Subject);

fn push(subject: &mut Subject, socket: crate::machine::sockets::Socket) {
    subject.sockets.get_or_insert_default().push(socket);
}

/// Each makes a process one that is never ended, also when it is named. Those that give it the pid of
/// another process come first.
pub(super) const NEVER: [Change; 27] = [
    |s| s.facts.id.pid = Pid(901),
    |s| s.facts.id.pid = Pid(900),
    |s| s.facts.id.pid = Pid(1),
    |s| s.facts.kernel_thread = Some(true),
    |s| s.facts.kernel_thread = None,
    |s| s.facts.jvm = Some(Jvm::Name),
    |s| s.facts.jvm = Some(Jvm::VmThread),
    |s| s.facts.jvm = Some(Jvm::Library),
    |s| s.facts.jvm = None,
    |s| {
        s.facts.marks = Some(vec![Mark::Gateway]);
        push(s, socket(8000, 0, TcpState::Listen));
    },
    |s| {
        s.facts.marks = None;
        push(s, socket(8000, 0, TcpState::Listen));
    },
    |s| {
        s.facts.name = "socat".to_owned();
        push(s, socket(8000, 0, TcpState::Listen));
    },
    |s| s.facts.argv0 = Some("tmux: server".to_owned()),
    |s| s.facts.argv0 = None,
    |s| s.facts.executable = None,
    |s| s.facts.script = Some(Script::Module("supervisord".to_owned())),
    |s| s.facts.uid = Some(0),
    |s| s.facts.uid = None,
    |s| s.facts.net_namespace = Some(9),
    |s| s.facts.net_namespace = None,
    |s| s.facts.pid_namespace = Some(9),
    |s| s.facts.pid_namespace = None,
    |s| push(s, socket(4001, 0, TcpState::Listen)),
    |s| push(s, socket(4001, 50_000, TcpState::CloseWait)),
    |s| push(s, socket(41_000, 4001, TcpState::Established)),
    |s| push(s, socket(41_000, 4001, TcpState::SynSent)),
    |s| s.sockets = None,
];

/// So many of those give it the pid of another process.
pub(super) const OF_PID: usize = 3;

/// Each makes an orphan one that is ended only when it is named.
pub(super) const IF_NAMED: [Change; 40] = [
    |s| push(s, socket(8000, 0, TcpState::Listen)),
    |s| push(s, socket(41_000, 443, TcpState::Established)),
    |s| push(s, socket(41_000, 443, TcpState::FinWait2)),
    |s| push(s, socket(41_000, 4001, TcpState::CloseWait)),
    |s| s.facts.datagram_peers = Some(vec!["10.0.0.7:53".parse().unwrap()]),
    |s| s.facts.datagram_peers = None,
    |s| {
        s.facts.cgroup = Some(Cgroup::at("/system.slice/bot.service"));
        s.outlives_service = false;
    },
    |s| s.facts.cgroup = None,
    |s| {
        s.facts.parent_gone = None;
        s.parent = None;
    },
    |s| {
        s.facts.parent_gone = Some(false);
        s.parent = None;
    },
    |s| {
        s.facts.parent_gone = None;
        s.parent = Some(facts(Pid(480)));
    },
    |s| s.facts.session_leader_alive = Some(true),
    |s| s.facts.session_leader_alive = None,
    |s| s.facts.session = Some(s.facts.id.pid),
    |s| s.facts.session = None,
    |s| s.facts.group = Some(s.facts.id.pid),
    |s| s.facts.group = None,
    |s| s.facts.group_leader_alive = Some(true),
    |s| s.facts.group_leader_alive = None,
    |s| {
        s.facts.stdio[0] = Some(Stdio::Terminal);
        s.facts.stdio_open[0] = Some(true);
    },
    |s| {
        s.facts.terminal = Some(Terminal::Present);
        s.facts.session_leader_alive = None;
    },
    |s| s.facts.terminal = None,
    |s| s.peers = Some(vec![peer(facts(Pid(777)), Link::Unix)]),
    |s| s.peers = Some(vec![peer(facts(Pid(777)), Link::Pipe)]),
    |s| s.peers = None,
    |s| {
        s.facts.stdio[2] = Some(Stdio::Pipe);
        s.facts.stdio_open[2] = None;
    },
    |s| s.facts.ignores_hangup = Some(true),
    |s| s.facts.ignores_hangup = None,
    |s| s.facts.traced = Some(true),
    |s| s.facts.traced = None,
    |s| s.facts.job = Some(true),
    |s| s.facts.job = None,
    |s| s.facts.children = Some(vec![Pid(700)]),
    |s| s.facts.children = None,
    |s| s.facts.stdio = [Some(Stdio::Null), Some(Stdio::Null), Some(Stdio::File)],
    |s| s.facts.stdio[1] = None,
    |s| {
        s.sockets
            .iter_mut()
            .flatten()
            .for_each(|s| s.age = Some(MINUTE / 2));
    },
    |s| s.sockets.iter_mut().flatten().for_each(|s| s.age = None),
    |s| s.facts.serves_unix = Some(true),
    |s| s.facts.name = "socat".to_owned(),
];

/// Each leaves an orphan what it is.
pub(super) const HARMLESS: [Change; 12] = [
    |_| {},
    |s| s.facts.name = "node".to_owned(),
    |s| s.facts.name = "tws_trader".to_owned(),
    |s| s.facts.script = Some(Script::Inline),
    |s| push(s, socket(41_001, 443, TcpState::CloseWait)),
    |s| s.facts.state = Some(crate::machine::process::RunState::Stopped),
    |s| s.facts.ancestors = None,
    |s| s.facts.up = None,
    |s| {
        s.facts.cgroup = Some(Cgroup::at("/system.slice/bot.service"));
        s.outlives_service = true;
    },
    // With a listener each of the last three is something else.
    |s| s.facts.marks = Some(vec![Mark::Gateway]),
    |s| s.facts.marks = None,
    // Windows: who started it has ended, and the process that has its pid now is another.
    |s| s.facts.parent_gone = Some(true),
];

/// Removing one piece of information.
pub(super) const REMOVALS: [Change; 35] = [
    |s| s.sockets = None,
    |s| s.parent = None,
    |s| s.ancestors.clear(),
    |s| s.peers = None,
    |s| s.family = None,
    |s| s.outlives_service = false,
    |s| s.facts.state = None,
    |s| s.facts.uid = None,
    |s| s.facts.executable = None,
    |s| s.facts.argv0 = None,
    |s| s.facts.script = None,
    |s| s.facts.marks = None,
    |s| s.facts.jvm = None,
    |s| s.facts.kernel_thread = None,
    |s| s.facts.user_manager = None,
    |s| s.facts.up = None,
    |s| s.facts.ancestors = None,
    |s| s.facts.group = None,
    |s| s.facts.group_leader_alive = None,
    |s| s.facts.session = None,
    |s| s.facts.session_leader_alive = None,
    |s| s.facts.terminal = None,
    |s| s.facts.ignores_hangup = None,
    |s| s.facts.traced = None,
    |s| s.facts.children = None,
    |s| s.facts.cgroup = None,
    |s| s.facts.stdio = [None; 3],
    |s| s.facts.stdio_open = [None; 3],
    |s| s.facts.datagram_peers = None,
    |s| s.facts.serves_unix = None,
    |s| s.facts.is_tracker = None,
    |s| s.facts.job = None,
    |s| s.facts.parent_gone = None,
    |s| s.facts.endpoints = None,
    |s| s.sockets.iter_mut().flatten().for_each(|s| s.age = None),
];
