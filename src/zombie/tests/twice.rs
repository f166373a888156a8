//! Two looks at sockets whose table tells no ages.

use std::time::{Duration, Instant};

use super::made::{MINUTE, ORPHAN, criteria, half_closed, orphan, snapshot};
use crate::machine::pid::Pid;
use crate::machine::sockets::TcpState;
use crate::zombie::{FirstLook, Plan, Snapshot};

fn ageless(pids: &[u32]) -> Snapshot {
    let mut snapshot = snapshot(pids.iter().map(|pid| orphan(Pid(*pid))));
    for stuck in &mut snapshot.stuck {
        stuck.socket.age = None;
    }
    snapshot
}

fn waits(snapshot: &Snapshot) -> bool {
    Plan::new(snapshot, &criteria()).waits_for_ages
}

fn later(first: &Snapshot, second: &mut Snapshot, after: Duration) {
    let at = Instant::now();
    FirstLook::new(first, at).add_ages(second, at + after);
}

#[test]
fn a_socket_seen_twice_is_at_least_as_old_as_the_time_between() {
    let first = ageless(&[ORPHAN.0]);
    assert!(Plan::new(&first, &criteria()).ends.is_empty());
    let mut second = first.clone();
    later(&first, &mut second, MINUTE);
    assert_eq!(second.stuck[0].socket.age, Some(MINUTE));
    assert!(second.stuck[0].is_older);
    assert_eq!(Plan::new(&second, &criteria()).ends.len(), 1);
    let mut early = first.clone();
    later(&first, &mut early, MINUTE / 2);
    let plan = Plan::new(&early, &criteria());
    assert!(plan.ends.is_empty());
    assert!(plan.refused[&ORPHAN].contains("--min-age"));
}

#[test]
fn a_socket_that_changed_between_the_looks_has_no_age() {
    let first = ageless(&[ORPHAN.0]);
    let changes: [fn(&mut Snapshot); 5] = [
        |s| s.stuck[0].socket.local.set_port(9),
        |s| s.stuck[0].socket.remote.set_port(4001),
        |s| s.stuck[0].socket.state = TcpState::Established,
        |s| s.processes.get_mut(&ORPHAN).unwrap().facts.id.started += 1,
        |s| s.stuck[0].holders.push(Pid(77)),
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let mut second = first.clone();
        change(&mut second);
        later(&first, &mut second, MINUTE);
        assert_eq!(second.stuck[0].socket.age, None, "{at}");
        assert!(Plan::new(&second, &criteria()).ends.is_empty(), "{at}");
    }
}

#[test]
fn a_reason_that_an_age_would_not_change_is_told_before_the_age() {
    let mut alone = ageless(&[ORPHAN.0]);
    assert!(Plan::new(&alone, &criteria()).refused[&ORPHAN].contains("looks twice"));
    alone.stuck[0].holders.push(Pid(77));
    let plan = Plan::new(&alone, &criteria());
    assert!(plan.refused[&ORPHAN].contains("pid 77 holds its socket too"));
    assert!(plan.ends.is_empty());
}

#[test]
fn an_age_that_the_table_tells_is_kept() {
    let first = snapshot([orphan(ORPHAN)]);
    let mut second = first.clone();
    later(&first, &mut second, MINUTE);
    assert_eq!(second.stuck[0].socket.age, half_closed(ORPHAN).age);
    assert!(!second.stuck[0].is_older);
}

#[test]
fn a_second_look_is_worth_it_only_where_nothing_but_ages_is_missing() {
    assert!(waits(&ageless(&[ORPHAN.0])));
    assert!(!waits(&snapshot([orphan(ORPHAN)])), "it is known");
    let mut connected = ageless(&[ORPHAN.0]);
    connected.processes.get_mut(&ORPHAN).unwrap().facts.jvm = None;
    assert!(!waits(&connected), "it stays anyway");
    let mut alone = ageless(&[ORPHAN.0]);
    alone.stuck[0].every = false;
    assert!(!waits(&alone));
    assert!(!waits(&ageless(&[])));
}
