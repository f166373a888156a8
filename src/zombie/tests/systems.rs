//! What is typed on systems where sockets cannot be shut down, and where nobody is ended.

use super::made::{ORPHAN, criteria, orphan, owned, snapshot, socket};
use crate::machine::process::Jvm;
use crate::machine::sockets::TcpState;
use crate::report::{MayEnd, Step, StepAction};
use crate::zombie::{Census, Snapshot, Subject};

fn windows(snapshot: &mut Snapshot) {
    snapshot.typist.is_on_windows = true;
}

/// The block of a client that was changed in one way.
fn step(system: fn(&mut Snapshot), change: fn(&mut Subject)) -> Step {
    let mut subject = orphan(ORPHAN);
    change(&mut subject);
    let mut snapshot = snapshot([subject]);
    snapshot.can_heal = false;
    system(&mut snapshot);
    Census::judge(snapshot, &criteria()).steps().remove(0)
}

fn typed(step: &Step) -> (StepAction, Option<&str>, bool) {
    (
        step.action,
        step.command.as_deref(),
        step.otherwise.is_some(),
    )
}

fn named(subject: &mut Subject) {
    subject.facts.ignores_hangup = Some(true);
}

fn connected(subject: &mut Subject) {
    let up = socket(41_000, 4001, TcpState::Established);
    subject.sockets.as_mut().unwrap().push(up);
}

fn java(subject: &mut Subject) {
    subject.facts.jvm = Some(Jvm::Name);
}

fn serves(subject: &mut Subject) {
    java(subject);
    let sockets = subject.sockets.as_mut().unwrap();
    sockets.push(socket(5000, 0, TcpState::Listen));
}

#[test]
fn on_windows_the_reader_ends_it_and_never_what_may_be_the_gateway() {
    let taskkill = (StepAction::None, Some("taskkill /PID 500"), false);
    for change in [|_: &mut Subject| {}, named, connected, java] {
        assert_eq!(typed(&step(windows, change)), taskkill);
    }
    let nothing = (StepAction::None, None, false);
    assert_eq!(typed(&step(windows, serves)), nothing);
}

#[test]
fn on_windows_the_cost_of_an_end_is_told_and_no_sudo() {
    let held = step(windows, named);
    assert_eq!(held.answer, Some(MayEnd::IfNamed));
    assert!(held.cost.unwrap().contains("nohup"));
    let hidden = step(
        |snapshot| {
            windows(snapshot);
            snapshot.stuck[0].holders.clear();
            snapshot.stuck[0].hidden = true;
        },
        |_| {},
    );
    assert_eq!(hidden.command.as_deref(), Some("ibdoc zombies --port 4002"));
    assert!(hidden.reason.contains("administrator"), "{hidden:?}");
}

#[test]
fn on_macos_clients_are_ended_as_on_linux_and_none_is_healed() {
    let of = |change| step(|_| {}, change);
    let orphaned = of(|_| {});
    let kill = Some("ibdoc zombies --kill --port 4002");
    assert_eq!(typed(&orphaned), (StepAction::Kill, kill, false));
    let by_pid = Some("ibdoc zombies --kill --pid 500 --port 4002");
    assert_eq!(typed(&of(named)), (StepAction::KillNamed, by_pid, false));
    let by_hand = (StepAction::None, Some("kill 500"), false);
    assert_eq!(typed(&of(connected)), by_hand);
    assert_eq!(typed(&of(java)), by_hand);
    assert_eq!(typed(&of(serves)), (StepAction::None, None, false));
    let others = of(|subject| *subject = owned(orphan(ORPHAN), 1001));
    assert_eq!(
        others.command.as_deref(),
        Some("sudo ibdoc zombies --kill --user 1001 --port 4002")
    );
}
