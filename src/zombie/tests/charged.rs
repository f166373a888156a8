//! Who is in charge of a process, and what is said of it.

use super::made::{ORPHAN, facts, init, orphan, own, ports};
use crate::machine::pid::Pid;
use crate::machine::process::{Cgroup, Facts, Labels, RunState, Script, Stdio, Terminal};
use crate::zombie::class::{charge, costs};
use crate::zombie::{Context, Subject};

/// A parent of this program, and the script that it runs.
fn program(pid: u32, name: &str, script: Script) -> Facts {
    Facts {
        name: name.to_owned(),
        argv0: Some(name.to_owned()),
        executable: Some(format!("/usr/bin/{}", name.trim_end_matches(':'))),
        script: Some(script),
        session: Some(Pid(pid)),
        ..facts(Pid(pid))
    }
}

fn under(lineage: &[Facts], labels: Labels) -> Subject {
    let mut subject = orphan(ORPHAN);
    subject.parent = lineage.first().cloned();
    subject.ancestors = lineage.iter().skip(1).cloned().collect();
    subject.facts.labels = labels;
    subject
}

/// Who is in charge, and what an end costs.
fn said(subject: &Subject) -> (Option<String>, String) {
    let (own, ports) = (own(), ports());
    let costs = costs(subject, &Context::alone(&own, &ports));
    (charge(subject, &own), costs.join("; "))
}

/// The words for who is in charge.
fn in_charge(said: &(Option<String>, String)) -> &str {
    said.0.as_deref().unwrap_or_default()
}

#[test]
fn supervisors_are_told_with_the_command_that_restarts_the_program() {
    let python = || program(480, "python3", Script::File("supervisord".to_owned()));
    let labels = Labels {
        supervisor: Some("bot".to_owned()),
        ..Labels::default()
    };
    let (charge, cost) = said(&under(&[python(), init()], labels.clone()));
    assert_eq!(charge.as_deref(), Some("supervisord as `bot`"));
    assert_eq!(
        cost,
        "under supervisord as `bot`: `supervisorctl restart bot`"
    );
    // A label that was inherited by what left the supervisor says nothing.
    let (charge, cost) = said(&under(&[init()], labels));
    assert_eq!((charge, cost), (None, String::new()));
    let pm2 = Labels {
        pm2: Some("bot".to_owned()),
        ..Labels::default()
    };
    let daemon = program(480, "PM2 v6: God Daemon", Script::Absent);
    let (charge, cost) = said(&under(&[daemon, init()], pm2));
    assert_eq!(charge.as_deref(), Some("PM2 as `bot`"));
    assert_eq!(cost, "under PM2 as `bot`: `pm2 restart bot`");
}

#[test]
fn the_first_process_of_a_container_may_be_its_supervisor() {
    let first = Facts {
        id: init().id,
        ..program(1, "supervisord", Script::Absent)
    };
    let (_, cost) = said(&under(&[first], Labels::default()));
    assert!(
        cost.starts_with("its parent supervisord (pid 1) lives"),
        "{cost}"
    );
}

#[test]
fn a_pane_of_tmux_is_named_and_the_multiplexer_is_never_to_be_ended() {
    let shell = program(480, "bash", Script::Absent);
    let server = program(470, "tmux:", Script::Absent);
    let labels = Labels {
        tmux_pane: Some("%3".to_owned()),
        ..Labels::default()
    };
    let (charge, cost) = said(&under(&[shell, server], labels));
    assert_eq!(charge.as_deref(), Some("tmux pane %3"));
    assert_eq!(cost, "it runs in tmux pane %3");
    let screen = program(470, "SCREEN", Script::Absent);
    let (charge, cost) = said(&under(&[screen], Labels::default()));
    assert_eq!(
        (charge.as_deref(), cost.as_str()),
        (Some("screen"), "it runs in screen")
    );
}

#[test]
fn what_runs_a_procfile_may_end_its_other_programs_too() {
    let honcho = program(470, "python3", Script::File("honcho".to_owned()));
    let line = program(480, "sh", Script::Inline);
    let (charge, cost) = said(&under(&[line, honcho], Labels::default()));
    assert_eq!(charge.as_deref(), Some("python3 honcho (pid 470)"));
    let expected = "under python3 honcho (pid 470), which may end its other programs with it";
    assert_eq!(cost, expected);
}

#[test]
fn a_parent_that_may_start_it_again_is_a_cost() {
    let cost = |parent: Facts| said(&under(&[parent], Labels::default())).1;
    let uv = cost(program(812, "uv", Script::Absent));
    assert_eq!(uv, "its parent `uv run` (812) lives and may start it again");
    let shell = cost(program(480, "bash", Script::File("run.sh".to_owned())));
    let expected = "its parent bash run.sh (pid 480) lives and may start it again";
    assert_eq!(shell, expected);
    let keeper = cost(program(480, "s6-supervise", Script::Absent));
    let expected = "its parent s6-supervise (pid 480) lives and may start it again";
    assert_eq!(keeper, expected);
    let interactive = cost(program(480, "bash", Script::Absent));
    assert_eq!(interactive, "its parent bash (pid 480) is running");
}

#[test]
fn a_parent_that_has_a_terminal_of_its_own_or_stands_between_is_in_charge() {
    for name in ["dtach", "sudo", "sshd"] {
        let mut subject = under(&[program(480, name, Script::Absent)], Labels::default());
        subject.facts.terminal = Some(Terminal::Present);
        subject.facts.session_leader_alive = Some(true);
        assert_eq!(in_charge(&said(&subject)), format!("{name} (pid 480)"));
    }
}

#[test]
fn units_containers_notebooks_cron_and_stopped_jobs_are_told() {
    let at = |path: &str| {
        let mut subject = orphan(ORPHAN);
        subject.facts.cgroup = Some(Cgroup::at(path));
        said(&subject)
    };
    let (charge, cost) = at("/system.slice/bot.service");
    assert_eq!(charge.as_deref(), Some("bot.service"));
    assert!(
        cost.contains("`systemctl restart bot.service` starts it again"),
        "{cost}"
    );
    let mut left = orphan(ORPHAN);
    left.facts.cgroup = Some(Cgroup::at("/system.slice/bot.service"));
    left.outlives_service = true;
    let (charge, cost) = said(&left);
    assert_eq!(charge.as_deref(), Some("nobody: bot.service has ended"));
    assert_eq!(cost, "");
    let (charge, cost) = at("/system.slice/cron.service");
    assert_eq!((charge.as_deref(), cost.as_str()), (Some("cron"), ""));
    let (charge, _) = at(&format!("/docker/{}", "0123456789abcdef".repeat(4)));
    assert_eq!(charge.as_deref(), Some("container 0123456789ab"));
    let mut kernel = under(
        &[program(480, "jupyter-lab", Script::Absent)],
        Labels::default(),
    );
    kernel.facts.script = Some(Script::Module("ipykernel_launcher".to_owned()));
    let (charge, cost) = said(&kernel);
    assert_eq!(charge.as_deref(), Some("a notebook, as its kernel"));
    assert_eq!(cost, "kernel of a notebook: restart it there");
    let mut stopped = orphan(ORPHAN);
    stopped.facts.state = Some(RunState::Stopped);
    assert_eq!(in_charge(&said(&stopped)), "stopped (^Z)");
}

#[test]
fn only_what_left_its_parent_and_has_no_terminal_was_detached_by_setsid() {
    let leading = |parent: Facts, terminal| {
        let mut subject = under(&[parent], Labels::default());
        subject.facts.stdio = [Some(Stdio::Null); 3];
        subject.facts.session = Some(ORPHAN);
        subject.facts.group = Some(ORPHAN);
        subject.facts.terminal = Some(terminal);
        said(&subject).1
    };
    let absent = leading(init(), Terminal::Absent);
    let detached = "it leads a session: it was detached on purpose, as by setsid";
    assert!(absent.starts_with(detached), "{absent}");
    // An ssh session has gone, and its command with a socket as its output has not.
    let mut of_ssh = under(&[init()], Labels::default());
    of_ssh.facts.session = Some(ORPHAN);
    of_ssh.facts.stdio = [Some(Stdio::Socket); 3];
    assert_eq!(said(&of_ssh).1, "it leads a session of its own");
    let in_window = leading(init(), Terminal::Present);
    assert!(!in_window.contains("on purpose"), "{in_window}");
    let dumb_init = program(480, "dumb-init", Script::Absent);
    let given = leading(dumb_init, Terminal::Absent);
    assert!(
        given.starts_with("it leads a session of its own"),
        "{given}"
    );
}

#[test]
fn the_program_for_which_a_container_runs_is_said_to_end_it() {
    let tini = Facts {
        id: init().id,
        ..program(1, "tini", Script::Absent)
    };
    let mut subject = under(&[tini], Labels::default());
    // tini has adopted it.
    assert_eq!(said(&subject), (None, String::new()));
    subject.facts.group = Some(ORPHAN);
    let (charge, cost) = said(&subject);
    assert_eq!(charge.as_deref(), Some("tini (pid 1)"));
    let ends = "tini (pid 1) may run for it alone: the container then ends with it";
    assert_eq!(cost, ends);
}

#[test]
fn how_it_was_started_is_told_where_an_end_costs_nothing_else() {
    let mut subject = under(&[program(480, "bash", Script::Absent)], Labels::default());
    subject.facts.group = Some(ORPHAN);
    assert_eq!(said(&subject).1, "its parent bash (pid 480) is running");
    subject.parent = Some(init());
    let alone = "it leads its process group: it was started as a job or a daemon";
    assert_eq!(said(&subject).1, alone);
}

#[test]
fn a_debugger_is_no_suspension() {
    let mut subject = under(&[init()], Labels::default());
    subject.facts.state = Some(RunState::Stopped);
    assert_eq!(said(&subject).0.as_deref(), Some("stopped (^Z)"));
    subject.facts.traced = Some(true);
    assert_eq!(said(&subject).0.as_deref(), Some("a debugger"));
}
