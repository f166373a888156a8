//! The facts about real processes.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use ibdoc::machine::pid::Pid;
use ibdoc::machine::process::linux::Proc;
use ibdoc::machine::process::{
    Cgroup, Facts, Jvm, Mark, ProcessSource, ProgramKind, RunState, Script, Stdio as Kind,
    Terminal, kind, system,
};
use ibdoc::machine::sockets;

use crate::helpers::command::skipped;
use crate::machine::children::{GATEWAY, Running};

const BOT: &str = "import os,signal,sys\n\
                   signal.signal(signal.SIGHUP,signal.SIG_IGN)\n\
                   os.setsid()\n\
                   print('ready',flush=True)\n\
                   sys.stdin.read()\n";

pub(crate) fn bot(directory: &Path) -> Option<Running> {
    let script = directory.join("bot.py");
    fs::write(&script, BOT).unwrap();
    let log = File::create(directory.join("log")).unwrap();
    let mut command = Command::new("python3");
    command
        .arg("-u")
        .arg(&script)
        .args(["--password", "hunter2"]);
    Running::start(command.stderr(Stdio::from(log)))
}

pub(crate) fn facts(source: &dyn ProcessSource, pid: Pid) -> Facts {
    source.facts(pid).unwrap().expect("it is running")
}

#[test]
fn a_script_is_known_by_its_name_and_its_password_is_not_repeated() {
    let directory = tempfile::tempdir().unwrap();
    let Some(bot) = bot(directory.path()) else {
        return skipped("no python3");
    };
    let facts = facts(&*system(), bot.pid());
    let own = Pid(std::process::id());
    assert!(!format!("{facts:?}").contains("hunter2"));
    assert_eq!(facts.script, Some(Script::File("bot.py".to_owned())));
    assert_eq!(facts.parent, Some(own));
    assert_eq!(facts.ancestors.as_ref().unwrap()[0].pid, own);
    assert_eq!(facts.uid, Some(rustix::process::getuid().as_raw()));
    assert_eq!(
        (facts.group, facts.session),
        (Some(bot.pid()), Some(bot.pid()))
    );
    assert_eq!(facts.session_leader_alive, Some(true));
    assert_eq!(facts.terminal, Some(Terminal::Absent));
    assert_eq!(facts.ignores_hangup, Some(true));
    assert_eq!(
        facts.stdio,
        [Some(Kind::Pipe), Some(Kind::Pipe), Some(Kind::File)]
    );
    assert_eq!(
        (facts.kernel_thread, facts.state),
        (Some(false), Some(RunState::Alive))
    );
    assert_eq!(facts.marks.as_deref(), Some(&[][..]));
    assert_eq!(facts.jvm, Some(Jvm::No));
    assert!(facts.up.unwrap() < Duration::from_secs(60));
    assert_eq!(kind(&facts, Some(4002)), ProgramKind::Other);
    let mine = self::facts(&*system(), own);
    assert_eq!(
        (facts.net_namespace, facts.pid_namespace),
        (mine.net_namespace, mine.pid_namespace)
    );
    assert!(facts.net_namespace.is_some() && facts.pid_namespace.is_some());
    assert_eq!(facts.cgroup, mine.cgroup);
    assert_eq!(system().identify(bot.pid()).unwrap(), Some(facts.id));
}

#[test]
fn a_child_that_nobody_waited_for_is_a_zombie() {
    let mut child = Command::new("true").stdin(Stdio::null()).spawn().unwrap();
    let pid = Pid(child.id());
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    let seen = loop {
        let seen = facts(&*system(), pid);
        if seen.state == Some(RunState::Zombie) {
            break seen;
        }
        assert!(std::time::Instant::now() < deadline, "it never ended");
        std::thread::yield_now();
    };
    assert_eq!((seen.argv0, seen.script, seen.marks), (None, None, None));
    assert_eq!(seen.stdio, [None; 3], "nothing to be seen is not closed");
    child.wait().unwrap();
}

#[test]
fn a_process_that_has_ended_is_none() {
    let mut child = Command::new("true").spawn().unwrap();
    let pid = Pid(child.id());
    child.wait().unwrap();
    let source = system();
    assert!(source.identify(pid).unwrap().is_none());
    assert!(source.facts(pid).unwrap().is_none());
    assert!(source.held(pid, &[]).unwrap().is_none());
}

#[test]
fn the_children_of_a_process_are_read_when_it_is_examined_and_not_of_another_one() {
    let script = "import os,sys\n\
                  child=os.fork()\n\
                  if child: print(child,flush=True)\n\
                  sys.stdin.read()";
    let Some(parent) = Running::python(script, "") else {
        return skipped("no python3");
    };
    let child = Pid(parent.said.parse().unwrap());
    let source = system();
    let facts = facts(&*source, parent.pid());
    assert_eq!(facts.children, None);
    let examined = source.examine(facts.clone());
    assert_eq!(examined.children, Some(vec![child]));
    let mut other = facts;
    other.id.started += 1;
    assert_eq!(source.examine(other).children, None);
}

#[test]
fn a_running_gateway_is_found_with_the_port_it_listens_on() {
    let directory = tempfile::tempdir().unwrap();
    let source = directory.path().join("Gateway.java");
    fs::write(&source, GATEWAY).unwrap();
    let mut command = Command::new("java");
    command
        .arg("-Dlauncher=/home/me/Jts/ibgateway/1030")
        .arg(&source)
        .stderr(Stdio::null());
    let Some(program) = Running::start(&mut command) else {
        return skipped("no java");
    };
    let port: u16 = program.said.parse().unwrap();
    let sources = [
        system(),
        #[cfg(feature = "portable")]
        Box::new(ibdoc::machine::process::portable::Portable),
    ];
    for source in sources {
        let gateways = source.gateways().unwrap();
        let ours = gateways
            .iter()
            .find(|gateway| gateway.facts.id.pid == program.pid());
        let ours = ours.expect("the Gateway");
        assert_eq!(ours.kind, ProgramKind::Gateway);
        assert_eq!(ours.facts.jvm, Some(Jvm::Name));
        assert_eq!(ours.facts.marks, Some(vec![Mark::Gateway, Mark::Either]));
        assert!(ours.facts.up.unwrap() < Duration::from_secs(120));
    }
    let listening = sockets::system().listeners().unwrap().sockets;
    let held = system().held(program.pid(), &listening).unwrap().unwrap();
    let ports: Vec<u16> = held.iter().map(|socket| socket.local.port()).collect();
    assert_eq!(ports, [port]);
}

/// A process in a `/proc` made for the test, with this command line.
fn tree(command_line: &[u8]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("20");
    fs::create_dir_all(directory.join("fd")).unwrap();
    let stat = "20 (\x1b[31mred) T 1 20 0 34816 -1 0 0 0 0 0 0 0 0 20 0 1 0 0 0 4711 0 0";
    fs::write(directory.join("stat"), stat).unwrap();
    fs::write(directory.join("cmdline"), command_line).unwrap();
    root
}

#[test]
fn what_is_missing_stays_unknown() {
    let root = tree(b"/opt/bot\0--user\0me\0");
    let facts = facts(&Proc::at(root.path()), Pid(20));
    assert_eq!(facts.name, "\u{fffd}[31mred");
    assert_eq!(facts.argv0.as_deref(), Some("/opt/bot"));
    assert_eq!(
        (facts.state, facts.terminal),
        (Some(RunState::Stopped), Some(Terminal::Present))
    );
    assert_eq!((facts.uid, facts.executable, facts.up), (None, None, None));
    assert_eq!((facts.ancestors, facts.session_leader_alive), (None, None));
    assert_eq!(
        (facts.ignores_hangup, facts.cgroup, facts.jvm),
        (None, None, None)
    );
    assert_eq!((facts.net_namespace, facts.pid_namespace), (None, None));
    assert_eq!(facts.stdio, [None; 3]);
}

#[test]
fn every_hierarchy_of_control_groups_is_read() {
    let docker = format!("/docker/{}", "ab".repeat(32));
    let of = |lines: &str| {
        let root = tree(b"bot\0");
        fs::write(root.path().join("20/cgroup"), lines).unwrap();
        facts(&Proc::at(root.path()), Pid(20)).cgroup
    };
    let at = |path: &str, others: &[&str]| {
        let others = others.iter().map(|&other| other.to_owned()).collect();
        let path = path.to_owned();
        Some(Cgroup { path, others })
    };
    // Version 1 alone, and beside a version 2 that knows only who started the container.
    let alone = format!("12:pids:{docker}\n1:name=systemd:{docker}\n");
    assert_eq!(of(&alone), at(&docker, &[]));
    let runtime = "/system.slice/containerd.service";
    let beside = format!("4:cpu,cpuacct:/\n3:memory:{docker}\n0::{runtime}\n");
    assert_eq!(of(&beside), at(runtime, &["/", &docker]));
    assert_eq!(
        of("1:name=systemd:/user.slice\n0::/\n"),
        at("/user.slice", &["/"])
    );
    assert_eq!(of("1:memory:/\n"), None, "nothing that names units");
}

#[test]
fn no_marks_in_a_part_of_a_command_line_are_no_evidence() {
    let mut line = vec![b'x'; 70 * 1024];
    line.extend(b" /home/me/Jts/ ");
    assert_eq!(facts(&Proc::at(tree(&line).path()), Pid(20)).marks, None);
    line.splice(0..0, *b"ibgateway ");
    let marks = facts(&Proc::at(tree(&line).path()), Pid(20)).marks;
    assert_eq!(marks, Some(vec![Mark::Gateway]));
}
