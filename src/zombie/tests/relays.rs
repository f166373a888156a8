//! What is said of the sockets that relays hold.

use super::made::{ORPHAN, PORT, criteria, orphan, snapshot, socket};
use crate::event::Side;
use crate::finding::Code;
use crate::machine::path::Wake;
use crate::machine::pid::Pid;
use crate::machine::process::RunState;
use crate::machine::sockets::TcpState;
use crate::report::{MayEnd, StepAction};
use crate::zombie::{Census, Snapshot, StuckSocket};

#[test]
fn a_relay_that_waits_for_its_client_leaks_nothing_and_one_that_is_stopped_goes_on() {
    let proxy = |state| {
        let mut relay = orphan(ORPHAN);
        relay.facts.name = "docker-proxy".to_owned();
        relay.facts.argv0 = Some("/usr/bin/docker-proxy".to_owned());
        relay.facts.executable = None;
        relay.facts.script = None;
        relay.facts.state = Some(state);
        relay.facts.traced = Some(false);
        let listener = socket(8000, 0, TcpState::Listen);
        relay.sockets.get_or_insert_default().push(listener);
        let mut snapshot = snapshot([relay]);
        snapshot.stuck[0].socket.recv_queue = Some(0);
        let census = Census::judge(snapshot, &criteria());
        let found = census.findings().remove(0);
        (found, census.steps().remove(0).command)
    };
    let (waits, command) = proxy(RunState::Alive);
    assert!(
        waits.summary.contains("waits for its own client"),
        "{waits:?}"
    );
    assert!(!waits.remedies.join(" ").contains("leak"), "{waits:?}");
    assert_eq!(command, None);
    let (stopped, command) = proxy(RunState::Stopped);
    assert_eq!(command.as_deref(), Some("kill -CONT 500"));
    assert_eq!(stopped.remedies, ["let the relay go on: `kill -CONT 500`"]);
}

#[test]
fn a_client_that_is_called_as_a_relay_ends_when_it_is_named_and_is_healed() {
    let mut client = orphan(ORPHAN);
    client.facts.name = "nc".to_owned();
    let census = Census::judge(snapshot([client]), &criteria());
    let step = census.steps().remove(0);
    assert_eq!(step.answer, Some(MayEnd::IfNamed));
    assert_eq!(step.action, StepAction::Heal, "{step:?}");
    let second = step.otherwise.unwrap().command;
    assert_eq!(second, "ibdoc zombies --kill --pid 500 --port 4002");
    let found = census.findings().remove(0);
    assert!(!found.summary.contains("relay"), "{found:?}");
    // The network of a container, which may have no other connection.
    let mut network = orphan(ORPHAN);
    network.facts.name = "slirp4netns".to_owned();
    let census = Census::judge(snapshot([network]), &criteria());
    assert_eq!(census.steps().remove(0).answer, Some(MayEnd::Never));
}

#[test]
fn what_a_stopped_listener_has_kept_asks_for_no_restart() {
    let mut snapshot = snapshot([]);
    let mut row = socket(PORT, 40_500, TcpState::CloseWait);
    row.inode = Some(78);
    snapshot.stuck.push(StuckSocket {
        socket: row,
        side: Side::Relay,
        holders: vec![Pid(34)],
        every: true,
        hidden: false,
        is_older: false,
    });
    let restarts = |snapshot: &Snapshot| {
        let findings = Census::judge(snapshot.clone(), &criteria()).findings();
        let mut remedies = findings.iter().flat_map(|finding| &finding.remedies);
        remedies.any(|remedy| remedy.starts_with("restart"))
    };
    assert!(restarts(&snapshot));
    snapshot.listening[0].wake = Some(Wake::Continue(Pid(34)));
    assert!(!restarts(&snapshot));
    let found = Census::judge(snapshot, &criteria()).findings();
    assert_eq!(found[0].code, Code::GatewayStopped);
}
