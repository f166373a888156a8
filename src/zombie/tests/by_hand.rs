//! What the reader ends himself: clients whose end clears the Gateway's half, and receivers of sockets.

use super::made::{ORPHAN, criteria, half_closed, orphan, owned, snapshot, socket};
use super::steps::{command, otherwise, steps};
use crate::event::Side;
use crate::machine::pid::Pid;
use crate::machine::process::{Facts, Jvm, RunState};
use crate::machine::sockets::TcpState;
use crate::report::Step;
use crate::zombie::{Census, Rights, Snapshot, Subject, Typist};

/// A Gateway keeps its half of a connection of which these hold the other half.
fn kept(clients: impl IntoIterator<Item = Subject>) -> Snapshot {
    let mut snapshot = snapshot([orphan(ORPHAN)]);
    snapshot.processes = clients
        .into_iter()
        .map(|client| (client.facts.id.pid, client))
        .collect();
    let mut client = snapshot.stuck[0].clone();
    client.socket.state = TcpState::FinWait2;
    client.holders = snapshot.processes.keys().copied().collect();
    snapshot.resetting.push(client);
    let row = &mut snapshot.stuck[0];
    std::mem::swap(&mut row.socket.local, &mut row.socket.remote);
    (row.side, row.holders) = (Side::Gateway, vec![Pid(300)]);
    snapshot
}

fn client(pid: Pid, change: impl FnOnce(&mut Subject)) -> Subject {
    let mut client = orphan(pid);
    let mut half = half_closed(pid);
    half.state = TcpState::FinWait2;
    client.sockets = Some(vec![half]);
    change(&mut client);
    client
}

fn lives(subject: &mut Subject) {
    let up = socket(41_000, 4001, TcpState::Established);
    subject.sockets.as_mut().unwrap().push(up);
}

#[test]
fn what_else_a_client_does_is_told_before_the_command_that_ends_it() {
    let step = |client| steps(kept([client])).remove(0);
    let own = step(client(ORPHAN, lives));
    let session = "it has a living API session with 127.0.0.1:4001; it has ended its direction";
    assert!(own.reason.starts_with(session), "{}", own.reason);
    assert_eq!(command(&own), "kill 500");
    let theirs = step(owned(client(ORPHAN, lives), 1001));
    assert!(theirs.reason.starts_with(session), "{}", theirs.reason);
    assert_eq!(command(&theirs), "sudo kill 500");
    let mut child = client(Pid(501), lives);
    child.facts.traced = Some(true);
    let both = steps(kept([client(ORPHAN, |_| {}), child])).remove(0);
    assert_eq!(command(&both), "kill 500 && kill 501");
    let session = "(pid 501): it has a living API session";
    assert!(both.reason.contains(session), "{}", both.reason);
}

#[test]
fn where_no_command_ends_the_client_the_gateways_own_block_stands() {
    let listens = |subject: &mut Subject| {
        let listener = socket(5000, 0, TcpState::Listen);
        subject.sockets.as_mut().unwrap().push(listener);
    };
    let named = |name: &str| {
        let mut subject = client(ORPHAN, |_| {});
        subject.facts.argv0 = Some(name.to_owned());
        subject.facts.executable = Some(format!("/usr/bin/{name}"));
        subject.facts.name = name.to_owned();
        subject
    };
    let java = |change: fn(&mut Subject)| {
        client(ORPHAN, |subject| {
            subject.facts.jvm = Some(Jvm::Name);
            change(subject);
        })
    };
    let unread = |subject: &mut Subject| subject.sockets = None;
    for (client, expected) in [
        (java(|_| {}), Some("kill 500")),
        (java(listens), None),
        (java(unread), None),
        (named("socat"), None),
        (named("tini"), None),
    ] {
        let name = client.facts.name.clone();
        let census = Census::judge(kept([client]), &criteria());
        let steps = census.steps();
        assert_eq!(steps[0].command.as_deref(), expected, "{name}");
        let is_gateways = steps[0].pid == Some(Pid(300));
        assert_eq!((steps.len(), is_gateways), (1, expected.is_none()));
        let cost = steps[0].cost.clone().unwrap_or_default();
        assert_eq!(cost.contains("a login"), is_gateways, "{cost}");
        let row = census.describe(&census.snapshot.stuck[0], &steps);
        assert_eq!(row.reason.contains("an end of that"), !is_gateways);
        let summary = &census.findings()[0].summary;
        assert_eq!(summary.contains("an end of that client"), !is_gateways);
    }
}

#[test]
fn a_receiver_has_a_block_only_with_a_command_and_is_not_the_only_one_to_have_its_socket() {
    let of = |change: fn(&mut Facts)| {
        let mut receiver = orphan(Pid(600));
        receiver.sockets = Some(Vec::new());
        change(&mut receiver.facts);
        let mut snapshot = snapshot([orphan(ORPHAN), receiver]);
        snapshot.processes.remove(&ORPHAN);
        snapshot.stuck[0].holders.clear();
        snapshot.receivers.push(Pid(600));
        let census = Census::judge(snapshot, &criteria());
        let reason = census
            .describe(&census.snapshot.stuck[0], &census.steps())
            .reason;
        (census.steps(), reason)
    };
    let (steps, reason) = of(|_| {});
    assert!(reason.contains("which the plan names"), "{reason}");
    assert_eq!((command(&steps[0]), steps[0].sockets), ("kill 600", 0));
    assert!(steps[0].reason.contains("every process that has that"));
    let (steps, reason) = of(|facts| facts.jvm = Some(Jvm::Name));
    assert!(steps.is_empty(), "{steps:?}");
    assert_eq!(reason, "no process holds it any more");
}

#[test]
fn a_process_that_is_stopped_is_continued_by_whoever_types_its_end() {
    let stop = |subject: &mut Subject| subject.facts.state = Some(RunState::Stopped);
    let ends = "kill 500 && kill -CONT 500";
    let own = steps(kept([client(ORPHAN, stop)])).remove(0);
    assert_eq!(command(&own), ends);
    let mut session = orphan(ORPHAN);
    lives(&mut session);
    stop(&mut session);
    let own = steps(snapshot([session.clone()])).remove(0);
    assert_eq!(otherwise(&own).1, ends);
    assert!(own.cost.unwrap().contains("SIGCONT follows"));
    let theirs = steps(snapshot([owned(session, 1001)])).remove(0);
    let ends = "sudo kill 500 && sudo kill -CONT 500";
    assert_eq!(otherwise(&theirs).1, ends);
}

/// The plan of two processes that share a socket, as root by sudo sees it.
fn shared(users: [u32; 2], change: impl Fn(&mut Subject)) -> Vec<Step> {
    let mut pair = [orphan(ORPHAN), orphan(Pid(501))];
    for (one, uid) in pair.iter_mut().zip(users) {
        one.sockets = Some(vec![half_closed(ORPHAN)]);
        (one.facts.traced, one.facts.uid) = (Some(true), Some(uid));
    }
    change(&mut pair[1]);
    let mut snapshot = snapshot(pair);
    snapshot.typist = Typist {
        rights: Rights::Sudo,
        ..Typist::default()
    };
    (snapshot.own.uid, snapshot.own.users) = (Some(0), Some(vec![0, 1000]));
    steps(snapshot)
}

#[test]
fn a_user_is_named_only_where_every_process_is_of_that_user() {
    let both = "--pid 500 --pid 501 --port 4002";
    for (users, expected) in [
        ([1000, 1000], "sudo ibdoc zombies --kill --user 1000 "),
        ([0, 1000], "sudo ibdoc zombies --kill "),
        ([1000, 0], "sudo ibdoc zombies --kill "),
    ] {
        for step in shared(users, |_| {}) {
            let commands = [command(&step), otherwise(&step).1];
            let expected = format!("{expected}{both}");
            assert!(commands.contains(&expected.as_str()), "{commands:?}");
        }
    }
}

#[test]
fn a_refusal_keeps_the_costs_and_the_reason_of_another_holder_has_its_name() {
    let steps = shared([1000; 2], |second| {
        let mut child = orphan(Pid(700));
        child.facts.parent = Some(Pid(501));
        lives(&mut child);
        second.facts.children = Some(vec![Pid(700)]);
        second.family = Some(vec![child]);
    });
    let cost = steps[1].cost.as_deref().unwrap_or_default();
    assert!(cost.contains("is never ended"), "{cost}");
    assert!(cost.contains("the socket goes only when"), "{cost}");
    let steps = shared([1000; 2], |second| second.facts.jvm = Some(Jvm::Name));
    let java = "it is Java by its name";
    let reasons = [&steps[0].reason, &steps[1].reason];
    assert!(
        reasons[0].contains(&format!("(pid 501): {java}")),
        "{reasons:?}"
    );
    assert!(reasons[1].starts_with(java), "{reasons:?}");
    assert!(!reasons[1].contains("(pid 501)"), "{reasons:?}");
}

#[test]
fn another_users_process_that_was_read_in_part_has_the_command_that_ends_it() {
    let of = |change: fn(&mut Subject)| {
        let mut snapshot = snapshot([owned(orphan(ORPHAN), 1001)]);
        change(snapshot.processes.get_mut(&ORPHAN).unwrap());
        steps(snapshot).remove(0)
    };
    let in_part = of(|subject| subject.sockets = None);
    assert_eq!(command(&in_part), "sudo kill 500");
    let reason = "it belongs to 1001; its sockets could not be read";
    assert!(in_part.reason.starts_with(reason), "{}", in_part.reason);
    let unread = of(|subject| (subject.facts.jvm, subject.sockets) = (None, None));
    let generic = "sudo ibdoc zombies --kill --user 1001 --port 4002";
    assert_eq!(command(&unread), generic);
}
