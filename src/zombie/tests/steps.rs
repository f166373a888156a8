//! The plan as a list of things to do: each block ends with the command that clears the sockets.

use super::made::{MINUTE, ORPHAN, criteria, half_closed, orphan, snapshot, socket};
use crate::event::Side;
use crate::machine::pid::Pid;
use crate::machine::process::{Cgroup, Jvm, RunState, Stdio};
use crate::machine::sockets::TcpState;
use crate::report::{Action, MayEnd, Step, StepAction};
use crate::zombie::{Census, Snapshot, Subject};

pub(super) fn steps(snapshot: Snapshot) -> Vec<Step> {
    Census::judge(snapshot, &criteria()).steps()
}

pub(super) fn step(change: impl FnOnce(&mut Subject)) -> Step {
    let mut subject = orphan(ORPHAN);
    change(&mut subject);
    steps(snapshot([subject])).remove(0)
}

pub(super) fn command(step: &Step) -> &str {
    step.command.as_deref().unwrap_or_default()
}

pub(super) fn otherwise(step: &Step) -> (Option<StepAction>, &str) {
    let other = step.otherwise.as_ref();
    (
        other.map(|other| other.action),
        other.map_or("", |other| &other.command),
    )
}

#[test]
fn an_orphan_is_ended_by_a_bare_kill() {
    let step = step(|_| {});
    assert_eq!(
        (step.action, step.answer),
        (StepAction::Kill, Some(MayEnd::Orphan))
    );
    assert_eq!(command(&step), "ibdoc zombies --kill --port 4002");
    assert_eq!((step.cost, step.sockets), (None, 1));
}

#[test]
fn a_living_client_is_healed_first_and_then_ended_by_its_pid() {
    let step = step(|s| s.facts.ignores_hangup = Some(true));
    assert_eq!(
        (step.action, step.answer),
        (StepAction::Heal, Some(MayEnd::IfNamed))
    );
    assert_eq!(command(&step), "ibdoc zombies --heal --port 4002");
    let named = (
        Some(StepAction::KillNamed),
        "ibdoc zombies --kill --pid 500 --port 4002",
    );
    assert_eq!(otherwise(&step), named);
    assert!(step.cost.unwrap().contains("nohup"));
}

#[test]
fn where_sockets_cannot_be_healed_the_pid_is_the_command() {
    let mut client = orphan(ORPHAN);
    client.facts.stdio = [Some(Stdio::Null); 3];
    let mut snapshot = snapshot([client]);
    snapshot.can_heal = false;
    let step = steps(snapshot).remove(0);
    assert_eq!(step.action, StepAction::KillNamed);
    assert_eq!(command(&step), "ibdoc zombies --kill --pid 500 --port 4002");
}

#[test]
fn a_client_with_a_living_session_is_healed_and_kill_is_for_the_reader_to_type() {
    let up = socket(41_000, 4001, TcpState::Established);
    let step = step(|s| s.sockets.as_mut().unwrap().push(up));
    assert_eq!(
        (step.action, step.answer),
        (StepAction::Heal, Some(MayEnd::Never))
    );
    assert_eq!(otherwise(&step), (Some(StepAction::None), "kill 500"));
}

#[test]
fn java_is_never_healed_and_a_listener_is_not_even_named() {
    let client = step(|s| s.facts.jvm = Some(Jvm::Name));
    assert_eq!(
        (client.action, command(&client)),
        (StepAction::None, "kill 500")
    );
    let server = step(|s| {
        s.facts.jvm = Some(Jvm::Name);
        s.sockets
            .as_mut()
            .unwrap()
            .push(socket(5000, 0, TcpState::Listen));
    });
    assert_eq!((server.action, server.command), (StepAction::None, None));
    let mut unread = snapshot([orphan(ORPHAN)]);
    let java = unread.processes.get_mut(&ORPHAN).unwrap();
    (java.facts.jvm, java.sockets) = (Some(Jvm::Name), None);
    assert_eq!(steps(unread)[0].command, None);
}

#[test]
fn an_owner_that_is_not_seen_is_seen_by_root() {
    let mut snapshot = snapshot([orphan(ORPHAN)]);
    snapshot.stuck[0].holders.clear();
    snapshot.stuck[0].hidden = true;
    snapshot.stuck[0].socket.uid = Some(1001);
    let hidden = &steps(snapshot.clone())[0];
    assert_eq!(
        command(hidden),
        "sudo ibdoc zombies --user 1001 --port 4002"
    );
    assert_eq!((hidden.pid, hidden.answer), (None, None));
    snapshot.own.uid = Some(0);
    assert_eq!(steps(snapshot)[0].command, None);
}

#[test]
fn all_that_hold_a_socket_are_named_together() {
    let mut pair = [orphan(ORPHAN), orphan(Pid(501))];
    for one in &mut pair {
        one.sockets = Some(vec![half_closed(ORPHAN)]);
    }
    pair[0].facts.traced = Some(true);
    let steps = steps(snapshot(pair));
    let both = "ibdoc zombies --kill --pid 500 --pid 501 --port 4002";
    for step in &steps {
        assert_eq!(otherwise(step), (Some(StepAction::KillNamed), both));
        assert!(step.cost.as_ref().unwrap().contains("ends too"), "{step:?}");
    }
    assert!(
        steps[0]
            .cost
            .as_ref()
            .unwrap()
            .starts_with("a debugger is attached")
    );
}

#[test]
fn a_stopped_process_is_said_to_be_continued() {
    let step = step(|s| {
        s.facts.state = Some(RunState::Stopped);
        s.facts.session_leader_alive = Some(true);
    });
    assert!(
        step.cost
            .unwrap()
            .starts_with("it is stopped (^Z): SIGTERM waits")
    );
    assert_eq!(step.in_charge.as_deref(), Some("stopped (^Z)"));
}

#[test]
fn a_young_socket_is_left_for_now_and_the_command_is_told() {
    let mut snapshot = snapshot([orphan(ORPHAN)]);
    snapshot.stuck[0].socket.age = Some(MINUTE / 2);
    let census = Census::judge(snapshot, &criteria());
    let steps = census.steps();
    assert_eq!(steps[0].action, StepAction::None);
    assert!(steps[0].command.is_some());
    let row = census.describe(&census.snapshot.stuck[0], &steps);
    assert_eq!(row.action, Action::None);
}

#[test]
fn of_the_gateways_own_sockets_the_cost_of_a_restart_is_told() {
    let mut snapshot = snapshot([orphan(ORPHAN)]);
    snapshot.processes.clear();
    let row = &mut snapshot.stuck[0];
    std::mem::swap(&mut row.socket.local, &mut row.socket.remote);
    (row.side, row.holders) = (Side::Gateway, vec![Pid(300)]);
    let step = steps(snapshot).remove(0);
    assert_eq!((step.pid, step.action), (Some(Pid(300)), StepAction::None));
    assert!(step.cost.unwrap().contains("a login"));
    assert!(step.reason.contains("RESTART"));
    assert_eq!(step.command, None);
}

#[test]
fn a_socket_of_the_gateways_that_the_end_of_a_client_clears_has_that_clients_end() {
    let mut snapshot = snapshot([orphan(ORPHAN)]);
    let mut client = snapshot.stuck[0].clone();
    client.socket.state = TcpState::FinWait2;
    let row = &mut snapshot.stuck[0];
    std::mem::swap(&mut row.socket.local, &mut row.socket.remote);
    (row.side, row.holders) = (Side::Gateway, vec![Pid(300)]);
    let kept = Census::judge(snapshot.clone(), &criteria());
    assert!(kept.findings()[0].summary.contains("no kill of a client"));
    snapshot.resetting.push(client);
    let census = Census::judge(snapshot.clone(), &criteria());
    let steps = census.steps();
    assert_eq!((steps.len(), steps[0].pid), (1, Some(ORPHAN)));
    assert_eq!(
        (steps[0].action, command(&steps[0])),
        (StepAction::None, "kill 500")
    );
    let row = census.describe(&census.snapshot.stuck[0], &steps);
    assert_eq!(row.command.as_deref(), Some("kill 500"));
    assert!(
        row.reason.contains("an end of that clears both"),
        "{}",
        row.reason
    );
    let finding = &census.findings()[0];
    assert!(
        !finding.summary.contains("no kill of a client"),
        "{finding:?}"
    );
    assert_eq!(finding.remedies, ["end the client: `kill 500`"]);
    // What was not accepted keeps its place in the queue.
    snapshot.stuck[0].socket.inode = Some(0);
    let unaccepted = Census::judge(snapshot, &criteria()).steps();
    assert_eq!(unaccepted[0].command, None);
}

#[test]
fn a_socket_on_its_way_through_a_unix_socket_has_the_end_of_its_receiver() {
    let mut receiver = orphan(Pid(600));
    receiver.sockets = Some(Vec::new());
    let mut snapshot = snapshot([orphan(ORPHAN), receiver]);
    snapshot.processes.remove(&ORPHAN);
    snapshot.stuck[0].holders.clear();
    assert!(steps(snapshot.clone()).is_empty());
    snapshot.receivers.push(Pid(600));
    let census = Census::judge(snapshot.clone(), &criteria());
    let steps = census.steps();
    assert_eq!((steps.len(), steps[0].pid), (1, Some(Pid(600))));
    assert_eq!(
        (steps[0].action, command(&steps[0])),
        (StepAction::None, "kill 600")
    );
    let row = census.describe(&census.snapshot.stuck[0], &steps);
    assert_eq!(row.command.as_deref(), Some("kill 600"));
    // Of several nothing tells which has it.
    snapshot.receivers.push(ORPHAN);
    let census = Census::judge(snapshot, &criteria());
    let row = census.describe(&census.snapshot.stuck[0], &census.steps());
    assert_eq!(row.command, None);
}

#[test]
fn a_container_in_which_a_gateway_runs_is_not_restarted_for_a_client() {
    let docker = |id: &str| Cgroup::at(format!("/docker/{}", id.repeat(4)));
    let command = |gateway: Cgroup| {
        let mut client = orphan(ORPHAN);
        client.facts.cgroup = Some(docker("0123456789abcdef"));
        client.facts.pid_namespace = Some(9);
        let mut snapshot = snapshot([client]);
        snapshot.gateway_groups.push(gateway);
        steps(snapshot).remove(0).command
    };
    let apart = command(docker("fedcba9876543210"));
    assert_eq!(apart.as_deref(), Some("docker restart 0123456789ab"));
    let together = command(docker("0123456789abcdef"));
    assert_eq!(together.as_deref(), Some("kill 500"));
}

#[test]
fn names_are_typed_so_that_a_shell_takes_them_as_they_are() {
    let mut subject = orphan(ORPHAN);
    subject.facts.cgroup = Some(Cgroup::at(r"/system.slice/bot@ib\x2dgw.service"));
    let step = steps(snapshot([subject])).remove(0);
    let restart = r"`systemctl restart 'bot@ib\x2dgw.service'`";
    assert!(step.reason.contains(restart), "{}", step.reason);
}

#[test]
fn no_restart_is_advised_of_a_unit_with_a_gateway_or_of_one_that_hosts_what_others_start() {
    let reason = |change: fn(&mut Subject)| {
        let mut subject = orphan(ORPHAN);
        subject.facts.cgroup = Some(Cgroup::at("/system.slice/trading.service"));
        change(&mut subject);
        let step = steps(snapshot([subject])).remove(0);
        assert_ne!(step.action, StepAction::Kill);
        format!("{} {:?}", step.reason, step.cost)
    };
    assert!(reason(|_| {}).contains("`systemctl restart trading.service`"));
    let beside = reason(|s| s.is_beside_gateway = true);
    assert!(
        beside.contains("a Gateway runs too") && !beside.contains('`'),
        "{beside}"
    );
    let in_tmux = reason(|s| {
        let parent = s.parent.as_mut().unwrap();
        (parent.name, parent.id.pid) = ("tmux: server".to_owned(), Pid(77));
        s.facts.parent = Some(Pid(77));
    });
    assert!(
        in_tmux.contains("tmux") && !in_tmux.contains("systemctl"),
        "{in_tmux}"
    );
    for unit in ["vncserver@1.service", "org.gnome.Shell@wayland.service"] {
        let mut subject = orphan(ORPHAN);
        subject.facts.cgroup = Some(Cgroup::at(format!("/system.slice/{unit}")));
        let step = steps(snapshot([subject])).remove(0);
        assert!(!step.reason.contains("systemctl"), "{}", step.reason);
    }
}

#[test]
fn what_would_take_a_gateway_along_is_not_offered_to_be_ended() {
    let mut child = orphan(Pid(700));
    (child.facts.jvm, child.facts.parent) = (Some(Jvm::VmThread), Some(ORPHAN));
    let mut subject = orphan(ORPHAN);
    subject.facts.children = Some(vec![Pid(700)]);
    subject.family = Some(vec![child]);
    let step = steps(snapshot([subject])).remove(0);
    assert_eq!(step.otherwise, None);
    assert_eq!(command(&step), "ibdoc zombies --heal --port 4002");
    let cost = step.cost.unwrap_or_default();
    assert!(cost.contains("is never ended"), "{cost}");
}
