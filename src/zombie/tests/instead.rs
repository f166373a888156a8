//! What the reader types about a process that ibdoc does not end, and what is said beside it.

use super::made::{ORPHAN, half_closed, orphan, owned, snapshot, socket};
use super::steps::{command, otherwise, step, steps};
use crate::machine::pid::Pid;
use crate::machine::process::{Cgroup, Jvm, Mark, RunState, Sigterm};
use crate::machine::sockets::TcpState;
use crate::report::Step;
use crate::zombie::{Rights, Subject, Typist};

const CHILD: Pid = Pid(501);

#[test]
fn what_sigterm_does_not_end_is_ended_by_sigkill() {
    let kill = |sigterm, state| {
        let step = step(|subject| {
            let up = socket(41_000, 4001, TcpState::Established);
            subject.sockets.as_mut().unwrap().push(up);
            (subject.facts.sigterm, subject.facts.state) = (sigterm, Some(state));
        });
        let cost = step.cost.clone().unwrap_or_default();
        (otherwise(&step).1.to_owned(), cost)
    };
    for (sigterm, why) in [
        (Sigterm::Ignored, "it ignores SIGTERM"),
        (Sigterm::Blocked, "it blocks SIGTERM"),
        (
            Sigterm::Dropped,
            "it is the first process of its pid namespace",
        ),
    ] {
        for state in [RunState::Alive, RunState::Stopped] {
            let (typed, cost) = kill(Some(sigterm), state);
            assert_eq!(typed, "kill -9 500", "{why}");
            assert!(cost.starts_with(why) && !cost.contains("SIGCONT"), "{cost}");
        }
    }
    for sigterm in [Some(Sigterm::Arrives), None] {
        assert_eq!(kill(sigterm, RunState::Alive).0, "kill 500");
        let stopped = kill(sigterm, RunState::Stopped);
        assert_eq!(stopped.0, "kill 500 && kill -CONT 500");
        assert!(stopped.1.contains("SIGCONT follows"), "{}", stopped.1);
    }
}

#[test]
fn each_of_several_gets_the_signal_that_ends_it() {
    let of = |pid, sigterm, state| {
        let mut facts = orphan(Pid(pid)).facts;
        (facts.sigterm, facts.state) = (sigterm, Some(state));
        facts
    };
    let all = [
        of(500, None, RunState::Alive),
        of(501, Some(Sigterm::Ignored), RunState::Stopped),
        of(502, None, RunState::Stopped),
    ];
    let typist = Typist::default();
    let ends = typist.ends(&all.iter().collect::<Vec<_>>());
    assert_eq!(ends, "kill 500 502 && kill -CONT 502 && kill -9 501");
    let sudo = "sudo kill 500 502 && sudo kill -CONT 502 && sudo kill -9 501";
    assert_eq!(typist.as_root(&ends), sudo);
}

/// The block of a client in a container with this group, of this user, as one with these rights sees it.
fn contained(path: &str, user: u32, sigterm: Sigterm, rights: Rights) -> Step {
    let mut client = owned(orphan(ORPHAN), user);
    client.facts.cgroup = Some(Cgroup::at(path));
    client.facts.pid_namespace = Some(9);
    client.facts.sigterm = Some(sigterm);
    let mut snapshot = snapshot([client]);
    if rights == Rights::Root {
        (snapshot.own.uid, snapshot.own.users) = (Some(0), Some(vec![0]));
    }
    snapshot.typist = Typist {
        rights,
        ..Typist::default()
    };
    steps(snapshot).remove(0)
}

#[test]
fn a_container_is_restarted_by_its_own_runtime_where_that_is_known() {
    let id = "0123456789abcdef".repeat(4);
    let rootless = |user: u32| {
        let slice = format!("/user.slice/user-{user}.slice/user@{user}.service/user.slice");
        format!("{slice}/libpod-{id}.scope/container")
    };
    let (docker, podman) = ("docker restart 0123456789ab", "podman restart 0123456789ab");
    let pod = format!("/kubepods.slice/cri-containerd-{id}.scope");
    for (path, user, rights, expected) in [
        (format!("/docker/{id}"), 1000, Rights::User, docker),
        (
            format!("/machine.slice/libpod-{id}.scope/container"),
            1000,
            Rights::User,
            podman,
        ),
        (pod.clone(), 1000, Rights::User, "kill 500"),
        (rootless(1000), 1000, Rights::User, podman),
        (rootless(5), 5, Rights::User, "sudo kill 500"),
        (rootless(5), 5, Rights::Root, "kill 500"),
    ] {
        let step = contained(&path, user, Sigterm::Arrives, rights);
        assert_eq!(command(&step), expected, "{path}");
        let cost = step.cost.unwrap_or_default();
        assert_eq!(cost.contains("the cluster starts"), path == pod, "{cost}");
    }
    let first = contained(&pod, 1000, Sigterm::Dropped, Rights::User);
    assert_eq!(command(&first), "kill -9 500");
}

/// The blocks of a program and of Java that it has started, which has its socket too.
fn with_java(change: impl FnOnce(&mut Subject)) -> Vec<Step> {
    let mut java = orphan(CHILD);
    java.facts.parent = Some(ORPHAN);
    java.facts.jvm = Some(Jvm::Name);
    java.sockets = Some(vec![half_closed(ORPHAN)]);
    change(&mut java);
    let mut program = orphan(ORPHAN);
    program.facts.children = Some(vec![CHILD]);
    // Of a descendant of Java's name the look into the family reads no sockets.
    program.family = Some(vec![Subject {
        sockets: None,
        ..java.clone()
    }]);
    steps(snapshot([program, java]))
}

#[test]
fn java_that_has_inherited_a_socket_of_its_parent_ends_with_it_unless_it_may_be_the_gateway() {
    let clients = with_java(|_| {});
    let commands: Vec<&str> = clients.iter().map(command).collect();
    assert_eq!(commands, ["kill 500 501", "kill 501"], "{clients:?}");
    let listens = |java: &mut Subject| {
        let listener = socket(5000, 0, TcpState::Listen);
        java.sockets.as_mut().unwrap().push(listener);
    };
    let is_ibs = |java: &mut Subject| java.facts.marks = Some(vec![Mark::Gateway]);
    for change in [listens as fn(&mut Subject), is_ibs] {
        for step in with_java(change) {
            assert_eq!((&step.command, &step.otherwise), (&None, &None), "{step:?}");
            let cost = step.cost.unwrap_or_default();
            assert!(cost.contains("(pid 501) may be the Gateway"), "{cost}");
            assert!(cost.contains("costs a login"), "{cost}");
        }
    }
}
