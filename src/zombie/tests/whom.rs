//! Whom a plan ends, and why it spares the others.

use super::made::{
    MINUTE, ORPHAN, criteria, facts, half_closed, init, orphan, peer, snapshot, socket,
};
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::{Facts, Link, ProgramKind};
use crate::machine::sockets::TcpState;
use crate::zombie::{Criteria, Plan, Snapshot};

fn refusal(change: impl FnOnce(&mut Snapshot)) -> String {
    refusal_of(change, &criteria())
}

fn refusal_of(change: impl FnOnce(&mut Snapshot), criteria: &Criteria) -> String {
    let mut snapshot = snapshot([orphan(ORPHAN)]);
    change(&mut snapshot);
    let plan = Plan::new(&snapshot, criteria);
    assert_eq!(plan.ends, [], "{plan:?}");
    plan.refused[&ORPHAN].clone()
}

pub(super) fn ends(snapshot: &Snapshot) -> Vec<Pid> {
    let ends = Plan::new(snapshot, &criteria()).ends;
    ends.iter().map(|id: &ProcessId| id.pid).collect()
}

#[test]
fn an_orphan_against_which_nothing_speaks_is_ended() {
    assert_eq!(ends(&snapshot([orphan(ORPHAN)])), [ORPHAN]);
}

#[test]
fn a_young_socket_or_one_of_unknown_age_spares() {
    let aged = |age| {
        refusal(|snapshot| {
            snapshot.stuck[0].socket.age = age;
        })
    };
    assert!(aged(Some(MINUTE / 2)).contains("half closed for 30.0 s only"));
    assert!(aged(None).contains("--kill looks twice"));
    let watched = refusal(|snapshot| {
        snapshot.stuck[0].socket.age = Some(MINUTE / 2);
        snapshot.stuck[0].is_older = true;
    });
    assert!(watched.contains("seen half closed for 30.0 s so far"));
}

#[test]
fn no_listener_or_a_young_or_unknown_one_spares() {
    assert!(
        refusal(|snapshot| snapshot.listening.clear()).contains("nothing listens on port 4002")
    );
    let young = refusal(|snapshot| snapshot.listening[0].up = Some(MINUTE / 2));
    assert!(
        young.contains("the listener on port 4002 has been up for 30.0 s only"),
        "{young}"
    );
    assert!(refusal(|snapshot| snapshot.listening[0].up = None).contains("cannot be seen"));
}

#[test]
fn a_child_that_stays_keeps_its_parent() {
    let with = |children: Option<Vec<Pid>>| {
        refusal(|snapshot| snapshot.processes.get_mut(&ORPHAN).unwrap().facts.children = children)
    };
    assert!(with(Some(vec![Pid(700)])).contains("its child pid 700 is running and stays"));
    assert!(with(None).contains("its children could not be read"));
    // A worker that ends with it does not.
    let mut parent = orphan(ORPHAN);
    let worker = Pid(ORPHAN.0 + 1);
    parent.facts.children = Some(vec![worker]);
    let mut child = orphan(worker);
    child.facts.parent = Some(ORPHAN);
    child.parent = Some(parent.facts.clone());
    assert_eq!(ends(&snapshot([parent, child])), [ORPHAN, worker]);
}

#[test]
fn a_gateway_that_closed_one_direction_only_and_still_reads_spares() {
    let other_end = |state, inode| {
        move |snapshot: &mut Snapshot| {
            let stuck = &snapshot.stuck[0].socket;
            let mut row = socket(stuck.remote.port(), stuck.local.port(), state);
            row.inode = inode;
            snapshot.sockets.push(row);
        }
    };
    let held = refusal(other_end(TcpState::FinWait2, Some(77)));
    assert!(held.contains("one direction only"), "{held}");
    assert!(refusal(other_end(TcpState::FinWait1, None)).contains("one direction only"));
    let mut gone = snapshot([orphan(ORPHAN)]);
    other_end(TcpState::FinWait2, Some(0))(&mut gone);
    assert_eq!(ends(&gone), [ORPHAN]);
}

#[test]
fn another_gateway_socket_in_any_other_state_spares() {
    let add = |socket| {
        refusal(|snapshot| {
            let sockets = snapshot
                .processes
                .get_mut(&ORPHAN)
                .unwrap()
                .sockets
                .as_mut();
            sockets.unwrap().push(socket);
        })
    };
    let closing = add(socket(41_000, 4002, TcpState::LastAck));
    assert!(closing.contains("LAST_ACK"), "{closing}");
    let other = add(socket(41_000, 4001, TcpState::CloseWait));
    assert!(other.contains("add --port 4001"), "{other}");
}

#[test]
fn a_gateway_on_another_machine_spares() {
    let reason = refusal(|snapshot| {
        let sockets = snapshot
            .processes
            .get_mut(&ORPHAN)
            .unwrap()
            .sockets
            .as_mut();
        sockets.unwrap()[0].remote = "10.0.0.7:4002".parse().unwrap();
    });
    assert!(reason.contains("another machine"), "{reason}");
}

#[test]
fn holders_that_were_not_all_looked_for_spare() {
    let reason = refusal(|snapshot| snapshot.stuck[0].every = false);
    assert!(reason.contains("not every process"), "{reason}");
    let reason = refusal(|snapshot| {
        snapshot.stuck[0].every = false;
        snapshot.invisible = true;
    });
    assert!(
        reason.contains("cannot be seen from here") && reason.contains("run it as root"),
        "{reason}"
    );
    let reason = refusal(|snapshot| snapshot.stuck[0].holders.push(Pid(77)));
    assert!(reason.contains("pid 77 holds its socket too"), "{reason}");
}

/// Whether the orphan lives because of this process, which cannot be read.
fn unread_spares(change: impl Fn(&mut Facts)) -> bool {
    let mut snapshot = snapshot([orphan(ORPHAN)]);
    let mut stranger = Facts {
        users: Some(vec![0; 4]),
        group: Some(Pid(60)),
        session: Some(Pid(60)),
        ..facts(Pid(60))
    };
    change(&mut stranger);
    snapshot.unreadable.push(stranger);
    ends(&snapshot).is_empty()
}

#[test]
fn a_relative_that_cannot_be_read_spares_and_a_stranger_does_not() {
    let unread = |change: fn(&mut Facts)| unread_spares(change);
    assert!(!unread(|_| {}), "another user's, in a session of its own");
    assert!(!unread(|facts| facts.id.started = 5000), "and later");
    assert!(unread(|facts| facts.session = Some(Pid(490))));
    assert!(unread(|facts| facts.group = Some(Pid(490))));
    assert!(unread(|facts| facts.parent = Some(ORPHAN)));
    assert!(unread(|facts| facts.session = None));
    assert!(!unread(|facts| facts.group = None), "in another session");
    assert!(unread(|facts| {
        facts.group = None;
        facts.session = None;
    }));
}

#[test]
fn whoever_goes_by_the_same_user_id_and_cannot_be_read_spares_whenever_it_started() {
    for place in 0..4 {
        for started in [1, 1500, 5000] {
            let spares = unread_spares(|facts| {
                facts.users.as_mut().unwrap()[place] = 1000;
                facts.id.started = started;
            });
            assert!(spares, "user id {place}, started at {started}");
        }
    }
    assert!(unread_spares(|facts| facts.users = None));
    let login = |name: &str, session: Pid| {
        unread_spares(|facts| {
            facts.users = Some(vec![1000; 4]);
            facts.name = name.to_owned();
            facts.session = Some(session);
        })
    };
    for name in ["(sd-pam)", "sshd", "sshd-session"] {
        assert!(!login(name, Pid(60)), "{name} is of every login");
        assert!(login(name, Pid(490)), "{name} is near it");
    }
    assert!(login("sshdx", Pid(60)));
    assert!(!unread_spares(|facts| {
        facts.users = Some(vec![1000; 4]);
        facts.id.pid = Pid(1);
    }));
}

#[test]
fn a_socket_that_another_user_opened_spares_and_so_does_one_of_nobody_knows_whom() {
    let opened_by = |user: Option<u32>| {
        refusal(|snapshot| {
            let subject = snapshot.processes.get_mut(&ORPHAN).unwrap();
            subject.sockets.as_mut().unwrap()[0].uid = user;
        })
    };
    let root = opened_by(Some(0));
    assert!(root.contains("opened by another user's process"), "{root}");
    let unknown = opened_by(None);
    assert!(unknown.contains("is not known"), "{unknown}");
}

fn pool() -> [crate::zombie::Subject; 3] {
    let mut workers = [orphan(ORPHAN), orphan(Pid(501)), orphan(Pid(502))];
    for worker in &mut workers {
        worker.sockets = Some(vec![half_closed(ORPHAN)]);
    }
    for worker in &mut workers[1..] {
        worker.facts.parent = Some(ORPHAN);
        worker.parent = Some(facts(ORPHAN));
    }
    workers
}

#[test]
fn a_pool_is_ended_parents_first() {
    let mut pool = pool();
    pool[0].facts.id.pid = Pid(600);
    let root = pool[0].facts.clone();
    for worker in &mut pool[1..] {
        worker.facts.parent = Some(Pid(600));
        worker.parent = Some(root.clone());
    }
    assert_eq!(ends(&snapshot(pool)), [Pid(600), Pid(501), Pid(502)]);
}

#[test]
fn one_of_a_pool_that_stays_keeps_them_all() {
    let mut pool = pool();
    let up = socket(41_000, 443, TcpState::Established);
    pool[2].sockets.as_mut().unwrap().push(up);
    let snapshot = snapshot(pool);
    let plan = Plan::new(&snapshot, &criteria());
    assert_eq!(plan.ends, []);
    assert!(
        plan.refused[&ORPHAN].contains("python3 bot.py (pid 502) holds its socket too and stays")
    );
}

#[test]
fn the_children_of_a_parent_that_stays_live() {
    let mut pool = pool();
    pool[1].sockets = Some(vec![half_closed(Pid(501))]);
    pool[2].sockets = Some(vec![half_closed(Pid(502))]);
    let mut young = snapshot(pool);
    young.stuck[0].socket.age = Some(MINUTE / 2);
    assert_eq!(ends(&young), []);
}

#[test]
fn a_relays_half_open_end_spares_no_orphan() {
    let mut snapshot = snapshot([orphan(ORPHAN)]);
    let stuck = &snapshot.stuck[0].socket;
    let mut row = socket(stuck.remote.port(), stuck.local.port(), TcpState::FinWait2);
    row.inode = Some(77);
    snapshot.sockets.push(row);
    assert_eq!(ends(&snapshot), []);
    snapshot.listening[0].who.kind = ProgramKind::Relay;
    assert_eq!(ends(&snapshot), [ORPHAN]);
}

#[test]
fn root_is_not_told_to_run_it_as_root() {
    let mut snapshot = snapshot([orphan(ORPHAN)]);
    snapshot.listening[0].up = None;
    snapshot.own.uid = Some(0);
    let plan = Plan::new(&snapshot, &criteria());
    assert!(
        !plan.refused[&ORPHAN].contains("run it as root"),
        "{plan:?}"
    );
}

#[test]
fn a_reaper_that_holds_a_socket_itself_keeps_its_children() {
    let mut reaper = orphan(Pid(480));
    reaper.facts.name = "tini".to_owned();
    reaper.facts.session = Some(Pid(480));
    reaper.parent = Some(init());
    let mut child = orphan(ORPHAN);
    child.facts.parent = Some(Pid(480));
    child.parent = Some(reaper.facts.clone());
    let plan = Plan::new(&snapshot([reaper, child]), &criteria());
    assert_eq!(plan.ends, []);
    assert!(plan.refused[&ORPHAN].contains("its parent tini bot.py (pid 480) stays"));
}

#[test]
fn a_peer_that_holds_a_socket_too_ends_with_it_or_keeps_it() {
    let connected = || {
        let mut pair = [orphan(ORPHAN), orphan(Pid(501))];
        pair[0].peers = Some(vec![peer(facts(Pid(501)), Link::Unix)]);
        pair[1].peers = Some(vec![peer(facts(ORPHAN), Link::Unix)]);
        pair
    };
    assert_eq!(ends(&snapshot(connected())), [ORPHAN, Pid(501)]);
    let mut pair = connected();
    pair[1].facts.traced = Some(true);
    let plan = Plan::new(&snapshot(pair), &criteria());
    assert_eq!(plan.ends, []);
    let said = "python3 bot.py (pid 501) is connected to it by a unix socket and stays";
    assert_eq!(plan.refused[&ORPHAN], said);
}
