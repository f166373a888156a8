//! Where a heal is refused, the plan has the reason and another command.

use super::made::{ORPHAN, criteria, half_closed, orphan, snapshot, socket};
use super::steps::{command, otherwise, steps};
use crate::machine::pid::Pid;
use crate::machine::process::{Entry, Facts};
use crate::machine::sockets::TcpState;
use crate::report::StepAction;
use crate::zombie::Census;

#[test]
fn a_heal_that_the_kernel_refuses_is_not_what_is_typed() {
    let kill = "ibdoc zombies --kill --pid 500 --port 4002";
    let as_root = "sudo ibdoc zombies --heal --user 1000 --port 4002";
    let refused = |entry| {
        let mut client = orphan(ORPHAN);
        (client.facts.ignores_hangup, client.facts.entry) = (Some(true), Some(entry));
        let census = Census::judge(snapshot([client]), &criteria());
        assert!(census.healable(&[]).is_empty() || entry == Entry::Open);
        census.steps().remove(0)
    };
    let open = refused(Entry::Open);
    assert_eq!(command(&open), "ibdoc zombies --heal --port 4002");
    assert!(!open.reason.contains("--heal"), "{}", open.reason);
    let by_root = refused(Entry::RootOnly);
    assert_eq!(
        (by_root.action, command(&by_root)),
        (StepAction::Heal, as_root)
    );
    assert_eq!(otherwise(&by_root), (Some(StepAction::KillNamed), kill));
    assert!(by_root.reason.contains("only root"), "{}", by_root.reason);
    let by_nobody = refused(Entry::Closed);
    assert_eq!(
        (by_nobody.action, command(&by_nobody)),
        (StepAction::KillNamed, kill)
    );
    assert_eq!(by_nobody.otherwise, None);
    assert!(
        by_nobody.reason.contains("container"),
        "{}",
        by_nobody.reason
    );
}

#[test]
fn what_is_never_ended_has_that_reason_alone() {
    let mut client = orphan(ORPHAN);
    (client.facts.pid_namespace, client.sockets) = (Some(9), None);
    let mut snapshot = snapshot([orphan(ORPHAN)]);
    snapshot.processes.insert(ORPHAN, client);
    let reason = steps(snapshot).remove(0).reason;
    assert_eq!(reason, "it runs in another namespace, such as a container");
}

#[test]
fn what_only_root_can_read_is_healed_by_root() {
    let mut client = orphan(ORPHAN);
    client.facts.ignores_hangup = Some(true);
    let mut snapshot = snapshot([client]);
    let sharer = Facts::unknown(orphan(Pid(777)).facts.id, "keeper".to_owned());
    snapshot.unreadable.push(sharer);
    let step = steps(snapshot).remove(0);
    assert_eq!(
        command(&step),
        "sudo ibdoc zombies --heal --user 1000 --port 4002"
    );
    assert!(
        step.reason.contains("keeper (pid 777) may hold it too"),
        "{}",
        step.reason
    );
}

#[test]
fn what_cannot_be_healed_hides_no_heal_of_the_others() {
    let mut client = orphan(ORPHAN);
    client.facts.ignores_hangup = Some(true);
    let other = half_closed(Pid(501));
    let gateways_end = socket(other.remote.port(), other.local.port(), TcpState::FinWait2);
    client.sockets.as_mut().unwrap().push(other);
    let mut snapshot = snapshot([client]);
    snapshot.sockets.push(gateways_end);
    let mut by_root = snapshot.clone();
    by_root.processes.get_mut(&ORPHAN).unwrap().facts.entry = Some(Entry::RootOnly);
    assert_eq!(
        command(&steps(by_root)[0]),
        "sudo ibdoc zombies --heal --user 1000 --port 4002"
    );
    let census = Census::judge(snapshot, &criteria());
    let steps = census.steps();
    let kill = "ibdoc zombies --kill --pid 500 --port 4002";
    assert_eq!(command(&steps[0]), "ibdoc zombies --heal --port 4002");
    assert_eq!(otherwise(&steps[0]), (Some(StepAction::KillNamed), kill));
    let why = "--heal leaves 1 of its sockets: the Gateway has closed one direction only";
    assert!(steps[0].reason.contains(why), "{}", steps[0].reason);
    let rows = census.snapshot.stuck.iter();
    let commands = rows.map(|row| census.describe(row, &steps).command.unwrap());
    let commands: Vec<String> = commands.collect();
    assert_eq!(commands, ["ibdoc zombies --heal --port 4002", kill]);
}
