//! What is offered of another user's processes: what root can do in that user's name, and no more.

use super::made::{ORPHAN, criteria, orphan, owned, snapshot, socket};
use super::steps::{command, otherwise, steps};
use crate::machine::pid::Pid;
use crate::machine::process::Jvm;
use crate::machine::sockets::TcpState;
use crate::report::{MayEnd, Step, StepAction};
use crate::zombie::{Census, Subject};

#[test]
fn another_users_process_is_named_with_the_user_and_sudo() {
    let other = |change: fn(&mut Subject)| {
        let mut subject = owned(orphan(ORPHAN), 1001);
        change(&mut subject);
        steps(snapshot([subject])).remove(0)
    };
    let orphaned = other(|_| {});
    assert_eq!(
        (orphaned.action, orphaned.answer),
        (StepAction::None, Some(MayEnd::Never))
    );
    assert_eq!(
        command(&orphaned),
        "sudo ibdoc zombies --kill --user 1001 --port 4002"
    );
    let named = other(|s| s.facts.ignores_hangup = Some(true));
    assert_eq!(
        command(&named),
        "sudo ibdoc zombies --heal --user 1001 --port 4002"
    );
    let kill = "sudo ibdoc zombies --kill --user 1001 --pid 500 --port 4002";
    assert_eq!(otherwise(&named), (Some(StepAction::KillNamed), kill));
}

/// The step of a process of another user that has started another program, as the first and as the plan
/// of that user has it.
fn of_parent(change: fn(&mut Subject)) -> [Step; 2] {
    let mut child = orphan(Pid(700));
    (child.facts.uid, child.facts.parent) = (Some(1001), Some(ORPHAN));
    change(&mut child);
    let mut parent = orphan(ORPHAN);
    parent.facts.children = Some(vec![Pid(700)]);
    parent.family = Some(vec![child]);
    let snapshot = snapshot([owned(parent, 1001)]);
    let census = Census::judge(snapshot, &criteria());
    [&census, &census.in_name_of(1001)].map(|census| census.steps().remove(0))
}

#[test]
fn what_a_kill_refuses_to_end_is_not_offered_of_another_user_either() {
    let heal = "sudo ibdoc zombies --heal --user 1001 --port 4002";
    let [seen, theirs] = of_parent(|child| child.facts.jvm = Some(Jvm::VmThread));
    assert_eq!((command(&seen), &seen.otherwise), (heal, &None));
    assert!(
        seen.cost.as_ref().unwrap().contains("is never ended"),
        "{seen:?}"
    );
    assert_eq!((&seen.command, &seen.cost), (&theirs.command, &theirs.cost));
    let [seen, _] = of_parent(|child| {
        let up = socket(41_000, 4001, TcpState::Established);
        child.sockets.as_mut().unwrap().push(up);
    });
    assert_eq!(otherwise(&seen), (Some(StepAction::None), "sudo kill 500"));
    let [seen, _] = of_parent(|_| ());
    let kill = "sudo ibdoc zombies --kill --user 1001 --pid 500 --port 4002";
    assert_eq!(otherwise(&seen), (Some(StepAction::KillNamed), kill));
}

#[test]
fn another_users_orphan_that_a_bare_kill_leaves_is_named() {
    let mut snapshot = snapshot([owned(orphan(ORPHAN), 1001)]);
    snapshot.listening.clear();
    let step = steps(snapshot).remove(0);
    assert_eq!(
        command(&step),
        "sudo ibdoc zombies --heal --user 1001 --port 4002"
    );
    let kill = "sudo ibdoc zombies --kill --user 1001 --pid 500 --port 4002";
    assert_eq!(otherwise(&step), (Some(StepAction::KillNamed), kill));
}
