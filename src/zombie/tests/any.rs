//! Properties of the rules on thousands of random processes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::changes::{HARMLESS, IF_NAMED, NEVER, OF_PID, REMOVALS};
use super::made::{criteria, half_closed, orphan, own, ports, snapshot};
use crate::machine::pid::Pid;
use crate::machine::process::Facts;
use crate::report::Class;
use crate::zombie::{Context, Criteria, FirstLook, Plan, Snapshot, Subject, class};

fn remove_from_own(own: &mut Facts, which: usize) {
    match which {
        0 => own.ancestors = None,
        1 => own.users = None,
        2 => own.cgroup = None,
        3 => own.net_namespace = None,
        _ => own.pid_namespace = None,
    }
}

/// Any process: an orphan with some harmless changes and perhaps some vetoes.
fn any_subject(pid: Pid) -> impl Strategy<Value = Subject> {
    let harmless = 0..HARMLESS.len();
    let vetoes = NEVER.len() - OF_PID + IF_NAMED.len();
    let veto = HARMLESS.len()..HARMLESS.len() + vetoes;
    let change = prop_oneof![5 => harmless, 1 => veto];
    let changes = prop::collection::vec(change, 0..4);
    let perhaps = || prop_oneof![2 => Just(0_u32), 1 => 1_u32..8];
    (changes, perhaps(), perhaps()).prop_map(move |(changes, parent, shared)| {
        let mut subject = orphan(pid);
        // Some are each other's children, and share a socket with another.
        if parent > 0 && Pid(500 + parent) != pid {
            subject.facts.parent = Some(Pid(500 + parent));
            subject.parent = Some(orphan(Pid(500 + parent)).facts);
        }
        if shared > 0 {
            subject.sockets = Some(vec![half_closed(Pid(500 + shared))]);
        }
        for change in changes {
            match change.checked_sub(HARMLESS.len()) {
                None => HARMLESS[change](&mut subject),
                Some(veto) => match NEVER.get(OF_PID + veto) {
                    Some(change) => change(&mut subject),
                    None => IF_NAMED[OF_PID + veto - NEVER.len()](&mut subject),
                },
            }
        }
        subject
    })
}

fn any_processes() -> impl Strategy<Value = Vec<Subject>> {
    prop::collection::vec(Just(()), 1..7).prop_flat_map(|processes| {
        let processes = processes.iter().zip(501..);
        processes
            .map(|((), pid)| any_subject(Pid(pid)))
            .collect::<Vec<_>>()
    })
}

fn ends(snapshot: &Snapshot, criteria: &Criteria) -> BTreeSet<Pid> {
    let plan = Plan::new(snapshot, criteria);
    plan.ends.iter().map(|id| id.pid).collect()
}

/// The criteria that name all of these.
fn naming(processes: &[Subject]) -> Criteria {
    let pids = processes.iter().map(|subject| subject.facts.id.pid);
    Criteria {
        named: Some(pids.collect()),
        ..criteria()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn a_process_that_is_never_ended_lives_also_when_it_is_named(
        veto in 0..NEVER.len(),
        changes in prop::collection::vec(0..HARMLESS.len(), 0..3),
        others in any_processes(),
    ) {
        let mut subject = orphan(Pid(560));
        for change in changes {
            HARMLESS[change](&mut subject);
        }
        NEVER[veto](&mut subject);
        let pid = subject.facts.id.pid;
        let processes: Vec<Subject> = others.into_iter().chain([subject]).collect();
        for criteria in [criteria(), naming(&processes)] {
            prop_assert!(!ends(&snapshot(processes.clone()), &criteria).contains(&pid));
        }
    }

    #[test]
    fn a_process_that_is_ended_if_named_lives_unless_it_is(
        veto in 0..IF_NAMED.len(),
        changes in prop::collection::vec(0..HARMLESS.len() - 3, 0..3),
        others in any_processes(),
    ) {
        let mut subject = orphan(Pid(560));
        for change in changes {
            HARMLESS[change](&mut subject);
        }
        IF_NAMED[veto](&mut subject);
        let pid = subject.facts.id.pid;
        let named = Criteria { named: Some(BTreeSet::from([pid])), ..criteria() };
        let processes = others.into_iter().chain([subject]);
        let snapshot = snapshot(processes);
        prop_assert!(!ends(&snapshot, &criteria()).contains(&pid));
        prop_assert_eq!(ends(&snapshot, &named), BTreeSet::from([pid]));
    }

    #[test]
    fn a_place_with_a_veto_has_nobody_ended(processes in any_processes(), veto in 0..6) {
        let mut snapshot = snapshot(processes);
        match veto {
            0 => snapshot.listening.clear(),
            1 => snapshot.listening[0].up = None,
            2 => snapshot.listening[0].up = Some(Duration::from_secs(59)),
            3 => snapshot.stuck.iter_mut().for_each(|row| row.every = false),
            4 => snapshot.stuck.iter_mut().for_each(|row| row.holders.push(Pid(77))),
            _ => remove_from_own(&mut snapshot.own, 1),
        }
        prop_assert_eq!(ends(&snapshot, &criteria()), BTreeSet::new());
    }

    #[test]
    fn processes_without_a_veto_are_ended_so_that_these_tests_prove_something(pid in 500_u32..600) {
        let pid = Pid(pid);
        prop_assert_eq!(ends(&snapshot([orphan(pid)]), &criteria()), BTreeSet::from([pid]));
    }

    #[test]
    fn a_process_that_shares_a_socket_with_one_that_stays_stays(processes in any_processes()) {
        let snapshot = snapshot(processes);
        let ends = ends(&snapshot, &criteria());
        for row in &snapshot.stuck {
            let going = row.holders.iter().filter(|pid| ends.contains(pid)).count();
            prop_assert!(going == 0 || going == row.holders.len(), "{:?}", row.holders);
        }
    }

    #[test]
    fn every_process_has_a_class_and_a_plain_reason(processes in any_processes()) {
        let (own, ports) = (own(), ports());
        let context = Context::alone(&own, &ports);
        for subject in &processes {
            let judgement = class(subject, &context);
            prop_assert!(!judgement.reason.is_empty());
            prop_assert!(!judgement.reason.chars().any(char::is_control));
            prop_assert!(!judgement.class.name().is_empty());
        }
    }

    #[test]
    fn the_order_of_processes_sockets_and_rows_does_not_matter(processes in any_processes()) {
        let mut there = snapshot(processes.clone());
        let decided = Plan::new(&there, &criteria());
        there.stuck.reverse();
        there.sockets.reverse();
        for subject in there.processes.values_mut() {
            subject.sockets.iter_mut().for_each(|sockets| sockets.reverse());
        }
        let again = Plan::new(&there, &criteria());
        prop_assert_eq!(&again.ends, &decided.ends);
        let classes = |plan: &Plan| -> Vec<(Pid, Class)> {
            plan.judged.iter().map(|(pid, judged)| (*pid, judged.class)).collect()
        };
        prop_assert_eq!(classes(&again), classes(&decided));
        let backwards = snapshot(processes.into_iter().rev());
        prop_assert_eq!(Plan::new(&backwards, &criteria()).ends, decided.ends);
    }

    #[test]
    fn knowing_less_never_ends_more(
        processes in any_processes(),
        victim in 0_usize..6,
        removal in 0..REMOVALS.len(),
        of_own in prop::option::of(0_usize..5),
    ) {
        for criteria in [criteria(), naming(&processes)] {
            let whole = snapshot(processes.clone());
            let mut less = whole.clone();
            if let Some(which) = of_own {
                remove_from_own(&mut less.own, which);
            }
            if let Some(subject) = less.processes.values_mut().nth(victim) {
                REMOVALS[removal](subject);
            }
            let (before, after) = (ends(&whole, &criteria), ends(&less, &criteria));
            prop_assert!(after.is_subset(&before), "{after:?} of {before:?}");
        }
    }

    #[test]
    fn knowing_less_never_turns_an_answer_into_a_milder_one(
        subject in any_subject(Pid(560)),
        removal in 0..REMOVALS.len(),
        of_own in prop::option::of(0_usize..5),
    ) {
        let (ports, mut own) = (ports(), own());
        let before = class(&subject, &Context::alone(&own, &ports)).answer;
        let mut less = subject;
        REMOVALS[removal](&mut less);
        if let Some(which) = of_own {
            remove_from_own(&mut own, which);
        }
        let after = class(&less, &Context::alone(&own, &ports)).answer;
        prop_assert!(after <= before, "{after:?} of {before:?}");
    }

    #[test]
    fn a_second_look_that_shows_less_never_ends_more(
        processes in any_processes(),
        victim in 0_usize..6,
        removal in 0..REMOVALS.len(),
        seconds in 0_u64..120,
    ) {
        let mut whole = snapshot(processes);
        for stuck in &mut whole.stuck {
            stuck.socket.age = None;
        }
        let (at, now) = (Instant::now(), Instant::now() + Duration::from_secs(seconds));
        let first = FirstLook::new(&whole, at);
        let mut less = whole.clone();
        if let Some(subject) = less.processes.values_mut().nth(victim) {
            REMOVALS[removal](subject);
        }
        if let Some(stuck) = less.stuck.get_mut(victim) {
            stuck.holders.pop();
        }
        first.add_ages(&mut whole, now);
        first.add_ages(&mut less, now);
        let (before, after) = (ends(&whole, &criteria()), ends(&less, &criteria()));
        prop_assert!(after.is_subset(&before), "{after:?} of {before:?}");
        prop_assert!(seconds >= 60 || before.is_empty());
    }

    #[test]
    fn knowing_less_of_a_parent_never_ends_more(
        processes in any_processes(),
        victim in 0_usize..6,
        session in prop::bool::ANY,
    ) {
        let whole = snapshot(processes);
        let mut less = whole.clone();
        let subject = less.processes.values_mut().nth(victim);
        if let Some(parent) = subject.and_then(|subject| subject.parent.as_mut()) {
            *parent = Facts {
                session: parent.session.filter(|_| session),
                ..Facts::unknown(parent.id, parent.name.clone())
            };
        }
        let (before, after) = (ends(&whole, &criteria()), ends(&less, &criteria()));
        prop_assert!(after.is_subset(&before), "{after:?} of {before:?}");
    }
}
