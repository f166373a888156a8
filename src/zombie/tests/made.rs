//! Processes and sockets made for a test: an orphan that may be ended, to be changed in one way.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use crate::event::Side;
use crate::machine::listener::Listener;
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::{
    Cgroup, Facts, Jvm, Link, ProgramKind, RunState, Script, Stdio, Terminal, Users,
};
use crate::machine::sockets::{Ports, Socket, TcpState};
use crate::zombie::{Criteria, Listening, PeerProcess, Snapshot, StuckSocket, Subject, Typist};

pub(super) const PORT: u16 = 4002;
pub(super) const ORPHAN: Pid = Pid(500);
pub(super) const MINUTE: Duration = Duration::from_secs(60);

pub(super) fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

pub(super) fn socket(local: u16, remote: u16, state: TcpState) -> Socket {
    Socket {
        recv_queue: Some(1),
        send_queue: Some(0),
        inode: Some(u64::from(local) + 1_000_000),
        uid: Some(1000),
        cookie: Some(u64::from(local)),
        age: Some(2 * MINUTE),
        bytes_received: Some(100),
        ..Socket::unknown(address(local), address(remote), state)
    }
}

/// The stuck socket of the process with this pid.
pub(super) fn half_closed(pid: Pid) -> Socket {
    let local = u16::try_from(40_000 + pid.0).unwrap();
    socket(local, PORT, TcpState::CloseWait)
}

pub(super) fn facts(pid: Pid) -> Facts {
    let started = 1000 + u64::from(pid.0);
    let id = ProcessId { pid, started };
    Facts {
        state: Some(RunState::Alive),
        uid: Some(1000),
        users: Some(vec![1000; 4]),
        executable: Some("/usr/bin/python3.12".to_owned()),
        argv0: Some("python3".to_owned()),
        script: Some(Script::File("bot.py".to_owned())),
        marks: Some(Vec::new()),
        jvm: Some(Jvm::No),
        kernel_thread: Some(false),
        user_manager: Some(false),
        up: Some(10 * MINUTE),
        parent: Some(Pid(1)),
        ancestors: Some(Vec::new()),
        group: Some(Pid(490)),
        session: Some(Pid(490)),
        session_leader_alive: Some(false),
        group_leader_alive: Some(false),
        terminal: Some(Terminal::Absent),
        ignores_hangup: Some(false),
        traced: Some(false),
        children: Some(Vec::new()),
        stdio: [Some(Stdio::Null), Some(Stdio::Pipe), Some(Stdio::Pipe)],
        stdio_open: [None, Some(false), Some(false)],
        serves_unix: Some(false),
        datagram_peers: Some(Vec::new()),
        is_tracker: Some(false),
        cgroup: Some(Cgroup::at("/user.slice/session-1.scope")),
        net_namespace: Some(7),
        pid_namespace: Some(8),
        job: Some(false),
        ..Facts::unknown(id, "python3".to_owned())
    }
}

/// The same as a process of this user.
pub(super) fn owned(mut subject: Subject, uid: u32) -> Subject {
    subject.facts.uid = Some(uid);
    for socket in subject.sockets.iter_mut().flatten() {
        socket.uid = Some(uid);
    }
    subject
}

/// The first process, which adopts orphans.
pub(super) fn init() -> Facts {
    Facts {
        session: Some(Pid(1)),
        argv0: Some("/sbin/init".to_owned()),
        executable: None,
        ..Facts::unknown(
            ProcessId {
                pid: Pid(1),
                started: 1,
            },
            "systemd".to_owned(),
        )
    }
}

pub(super) fn orphan(pid: Pid) -> Subject {
    Subject {
        facts: facts(pid),
        parent: Some(init()),
        ancestors: Vec::new(),
        sockets: Some(vec![half_closed(pid)]),
        out_of_reach: BTreeSet::new(),
        peers: Some(Vec::new()),
        family: Some(Vec::new()),
        outlives_service: false,
        is_beside_gateway: false,
    }
}

pub(super) fn own() -> Facts {
    let shell = ProcessId {
        pid: Pid(900),
        started: 1900,
    };
    Facts {
        ancestors: Some(vec![shell]),
        uid: Some(1000),
        users: Some(vec![1000]),
        cgroup: Some(Cgroup::at("/user.slice/session-1.scope")),
        net_namespace: Some(7),
        pid_namespace: Some(8),
        ..Facts::unknown(facts(Pid(901)).id, "ibdoc".to_owned())
    }
}

pub(super) fn ports() -> Ports {
    Ports::from([4001, PORT])
}

/// The half-closed sockets that these processes hold, each once.
fn stuck(processes: &BTreeMap<Pid, Subject>) -> Vec<StuckSocket> {
    let mut stuck: Vec<StuckSocket> = Vec::new();
    for (pid, subject) in processes {
        for socket in subject.sockets.iter().flatten() {
            let known = stuck
                .iter_mut()
                .find(|row| row.socket.inode == socket.inode);
            if let Some(row) = known {
                row.holders.push(*pid);
                // The least that any of them says; unknown is less than all.
                row.socket.age = row.socket.age.min(socket.age);
            } else if socket.remote.port() == PORT && socket.state == TcpState::CloseWait {
                stuck.push(StuckSocket {
                    socket: socket.clone(),
                    side: Side::Client,
                    holders: vec![*pid],
                    every: true,
                    hidden: false,
                    is_older: false,
                });
            }
        }
    }
    stuck
}

/// The Gateway listens, and these processes hold what they say they hold.
pub(super) fn snapshot(processes: impl IntoIterator<Item = Subject>) -> Snapshot {
    let processes: BTreeMap<Pid, Subject> = processes
        .into_iter()
        .map(|subject| (subject.facts.id.pid, subject))
        .collect();
    let stuck = stuck(&processes);
    let who = Listener {
        address: ([127, 0, 0, 1], PORT).into(),
        port: PORT,
        pid: Some(Pid(300)),
        name: Some("java".to_owned()),
        kind: ProgramKind::Gateway,
        accept_queue: Some(0),
        backlog: Some(50),
    };
    Snapshot {
        ports: Ports::from([PORT]),
        gateway_ports: ports(),
        sockets: stuck.iter().map(|row| row.socket.clone()).collect(),
        listening: vec![Listening {
            wake: None,
            long_queue: None,
            row: Socket {
                recv_queue: Some(0),
                ..socket(PORT, 0, TcpState::Listen)
            },
            who,
            up: Some(10 * MINUTE),
        }],
        stuck,
        unread: Vec::new(),
        resetting: Vec::new(),
        receivers: Vec::new(),
        processes,
        gateway_groups: Vec::new(),
        unreadable: Vec::new(),
        can_heal: true,
        typist: Typist::default(),
        invisible: false,
        unreadable_count: 0,
        own: own(),
        users: Users::default(),
        degraded: Vec::new(),
        programs: None,
    }
}

pub(super) fn criteria() -> Criteria {
    Criteria {
        min_age: MINUTE,
        ..Criteria::default()
    }
}

/// A peer by this link.
pub(super) fn peer(facts: Facts, link: Link) -> PeerProcess {
    PeerProcess { facts, link }
}
