//! Processes that are named by their pid.

use super::made::{MINUTE, ORPHAN, criteria, orphan, snapshot};
use super::whom::ends;
use crate::machine::pid::Pid;
use crate::machine::process::{Jvm, Stdio};
use crate::zombie::{Criteria, Plan, Snapshot};

/// The criteria that name these processes.
fn naming(pids: &[Pid]) -> Criteria {
    Criteria {
        named: Some(pids.iter().copied().collect()),
        ..criteria()
    }
}

fn named_ends(snapshot: &Snapshot, pids: &[Pid]) -> Vec<Pid> {
    let plan = Plan::new(snapshot, &naming(pids));
    plan.ends.iter().map(|id| id.pid).collect()
}

#[test]
fn a_named_plan_ends_what_is_named_and_no_other() {
    let mut daemon = orphan(Pid(600));
    daemon.facts.stdio = [Some(Stdio::Null); 3];
    let snapshot = snapshot([orphan(ORPHAN), daemon]);
    assert_eq!(ends(&snapshot), [ORPHAN]);
    assert_eq!(named_ends(&snapshot, &[Pid(600)]), [Pid(600)]);
    assert_eq!(
        named_ends(&snapshot, &[Pid(600), ORPHAN]),
        [ORPHAN, Pid(600)]
    );
    let plan = Plan::new(&snapshot, &naming(&[Pid(600)]));
    assert!(plan.refused[&ORPHAN].contains("not named"));
    assert_eq!(named_ends(&snapshot, &[]), [], "the answer was no to each");
}

#[test]
fn to_name_a_process_is_to_say_yes_whatever_the_ages_and_the_others_are() {
    let changes: [fn(&mut Snapshot); 5] = [
        |s| s.stuck[0].socket.age = Some(MINUTE / 2),
        |s| s.stuck[0].socket.age = None,
        |s| s.listening.clear(),
        |s| s.stuck[0].every = false,
        |s| s.processes.get_mut(&ORPHAN).unwrap().facts.children = Some(vec![Pid(700)]),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut snapshot = snapshot([orphan(ORPHAN)]);
        change(&mut snapshot);
        assert_eq!(ends(&snapshot), [], "change {number}");
        assert_eq!(
            named_ends(&snapshot, &[ORPHAN]),
            [ORPHAN],
            "change {number}"
        );
    }
}

#[test]
fn a_process_that_holds_nothing_half_closed_here_is_not_ended_by_its_pid() {
    let mut snapshot = snapshot([orphan(ORPHAN)]);
    snapshot.stuck.clear();
    let plan = Plan::new(&snapshot, &naming(&[ORPHAN]));
    assert_eq!(plan.ends, []);
    assert!(
        plan.refused[&ORPHAN].contains("holds no half-closed socket"),
        "{plan:?}"
    );
}

#[test]
fn a_named_process_that_may_take_a_gateway_along_lives() {
    let mut gateway = orphan(Pid(700));
    gateway.facts.jvm = Some(Jvm::VmThread);
    gateway.facts.parent = Some(ORPHAN);
    let mut launcher = orphan(ORPHAN);
    launcher.facts.children = Some(vec![Pid(700)]);
    launcher.family = Some(vec![gateway]);
    let plan = Plan::new(&snapshot([launcher]), &naming(&[ORPHAN]));
    assert_eq!(plan.ends, []);
    assert!(
        plan.refused[&ORPHAN].contains("(pid 700): it runs a Java"),
        "{plan:?}"
    );
}
