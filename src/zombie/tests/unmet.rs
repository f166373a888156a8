//! What is told of a process that was named and to which nothing is done.

use std::collections::BTreeSet;

use super::made::{ORPHAN, criteria, half_closed, orphan, snapshot, socket};
use crate::finding::{Code, Finding};
use crate::machine::pid::Pid;
use crate::machine::process::Jvm;
use crate::machine::sockets::TcpState;
use crate::zombie::end::Done;
use crate::zombie::{Census, Criteria, Results, Snapshot, Subject};

/// A process without a half-closed socket, as one is whose socket was healed.
const HEALED: Pid = Pid(510);

/// The finding about the process that was named, where another one holds a socket.
fn unmet(change: impl FnOnce(&mut Snapshot, &mut Criteria)) -> Finding {
    let mut healed = orphan(HEALED);
    healed.sockets = Some(Vec::new());
    let mut snapshot = snapshot([orphan(ORPHAN), healed]);
    let mut criteria = Criteria {
        kill: true,
        ports: snapshot.ports.clone(),
        named: Some(BTreeSet::from([HEALED])),
        ..criteria()
    };
    change(&mut snapshot, &mut criteria);
    let results = Results {
        before: Census::judge(snapshot, &criteria),
        done: Done::default(),
        after: Ok(None),
    };
    let subject = format!("pid {}", criteria.named.unwrap().first().unwrap());
    let mut findings = results.findings(Vec::new()).into_iter();
    findings.find(|finding| finding.subject == subject).unwrap()
}

fn remedy(change: impl FnOnce(&mut Snapshot, &mut Criteria)) -> String {
    unmet(change).remedies.join(" ")
}

fn healed(change: impl FnOnce(&mut Subject)) -> String {
    remedy(|snapshot, _| change(snapshot.processes.get_mut(&HEALED).unwrap()))
}

#[test]
fn one_whose_socket_has_gone_is_ended_by_hand() {
    let told = unmet(|_, _| {});
    assert_eq!(told.code, Code::KillFailed);
    assert!(told.summary.starts_with("python3 bot.py"), "{told:?}");
    assert!(
        told.evidence[0].contains("no half-closed socket"),
        "{told:?}"
    );
    assert!(told.remedies[0].ends_with("type `kill 510`"), "{told:?}");
    let theirs = healed(|subject| subject.facts.uid = Some(1001));
    assert!(theirs.ends_with("type `sudo kill 510`"), "{theirs}");
    let session = healed(|subject| {
        let up = socket(41_000, 4001, TcpState::Established);
        subject.sockets = Some(vec![up]);
    });
    assert!(session.ends_with("type `kill 510`"), "{session}");
}

#[test]
fn no_end_is_typed_of_java_or_what_others_depend_on_or_what_is_not_seen() {
    let look = "to see what is half closed, type `ibdoc zombies`";
    let java = healed(|subject| subject.facts.jvm = Some(Jvm::Name));
    assert_eq!(java, look);
    let tmux = healed(|subject| {
        "tmux".clone_into(&mut subject.facts.name);
        subject.facts.executable = Some("/usr/bin/tmux".to_owned());
        subject.facts.argv0 = Some("tmux".to_owned());
        subject.facts.script = None;
    });
    assert_eq!(tmux, look);
    let gone = unmet(|snapshot, _| drop(snapshot.processes.remove(&HEALED)));
    assert_eq!(gone.remedies, [look]);
    assert!(
        gone.evidence[0].contains("no process has this pid"),
        "{gone:?}"
    );
}

#[test]
fn where_only_healing_was_asked_for_no_end_is_typed() {
    let told = unmet(|_, criteria| (criteria.kill, criteria.heal) = (false, true));
    assert_eq!(told.code, Code::HealFailed);
    assert_eq!(
        told.remedies,
        ["to see what is half closed, type `ibdoc zombies`"]
    );
}

#[test]
fn ports_that_are_not_the_usual_ones_are_typed() {
    let remedy = remedy(|_, criteria| {
        criteria.kill = false;
        criteria.heal = true;
        criteria.ports = [4002, 5000].into();
    });
    assert!(remedy.ends_with("--port 4002 --port 5000`"), "{remedy}");
}

#[test]
fn one_that_holds_a_socket_gets_the_commands_of_its_plan() {
    let remedies = unmet(|snapshot, criteria| {
        criteria.named = Some(BTreeSet::from([ORPHAN]));
        let up = socket(41_000, 4001, TcpState::Established);
        let orphan = snapshot.processes.get_mut(&ORPHAN).unwrap();
        orphan.sockets = Some(vec![half_closed(ORPHAN), up]);
    })
    .remedies;
    assert_eq!(
        remedies,
        ["type `ibdoc zombies --heal --port 4002`", "type `kill 500`"]
    );
}
