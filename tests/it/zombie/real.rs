//! Clients under the real programs that traders run them in: the plan says who is in charge, a bare
//! `--kill` leaves them, and the command of the plan clears the socket.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use ibdoc::machine::pid::{Pid, ProcessId};
use ibdoc::machine::process::system;
use ibdoc::machine::sockets;
use serde_json::Value;

use crate::helpers::command::{PATH, skipped};
use crate::machine::table::eventually;
use crate::zombie::kill::KILL;
use crate::zombie::zoo::{Port, block, is_running, killed, type_it, zombies};

const PYTHON: &str = "import os, socket, sys, time\n\
    kept = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n\
    open(sys.argv[2] + '.new', 'w').write(str(os.getpid()))\n\
    os.rename(sys.argv[2] + '.new', sys.argv[2])\n\
    time.sleep(1000)\n";
const PERL: &str = "use Socket; socket(S, PF_INET, SOCK_STREAM, 0);\n\
    connect(S, pack_sockaddr_in($ARGV[0], inet_aton('127.0.0.1'))) or die;\n\
    open(F, '>', \"$ARGV[1].new\"); print F $$; close F; rename(\"$ARGV[1].new\", $ARGV[1]);\n\
    sleep 1000;\n";
const NODE: &str = "const fs = require('fs'), net = require('net');\n\
    const [port, file] = process.argv.slice(2);\n\
    const kept = net.connect({ port: +port, host: '127.0.0.1', allowHalfOpen: true }, () => {\n\
      fs.writeFileSync(file + '.new', String(process.pid)); fs.renameSync(file + '.new', file); });\n\
    setInterval(() => kept, 1000);\n";

/// A command that a test has started, ended with everything it was told to end.
struct Started {
    child: Child,
    client: Option<ProcessId>,
    end: Option<Command>,
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(end) = &mut self.end {
            let _ = end.output();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(client) = self.client.filter(|client| is_running(*client)) {
            let raw = i32::try_from(client.pid.0).unwrap();
            let pid = rustix::process::Pid::from_raw(raw).unwrap();
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
}

fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env_clear().env("PATH", PATH).env("TERM", "xterm");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn is_installed(name: &str) -> bool {
    PATH.split(':')
        .any(|folder| Path::new(folder).join(name).exists())
}

/// A client in a folder of its own, started by `start` with the command that runs it.
struct Scene {
    port: Port,
    client: ProcessId,
    peer: std::net::SocketAddr,
    started: Started,
    _folder: tempfile::TempDir,
}

impl Scene {
    fn of(
        interpreter: &str,
        code: &str,
        start: impl FnOnce(&Path, &str) -> (Command, Option<Command>),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = Port::open();
        let script = folder.path().join("bot");
        fs::write(&script, code).unwrap();
        let file = folder.path().join("pid");
        let (script, said) = (script.display(), file.display());
        let line = format!("{interpreter} {script} {} {said}", port.number());
        let (mut command, end) = start(folder.path(), &line);
        let mut started = Started {
            child: command.spawn().unwrap(),
            client: None,
            end,
        };
        let pid = eventually("a client", || fs::read_to_string(&file).ok());
        let client = system()
            .identify(Pid(pid.parse().unwrap()))
            .unwrap()
            .unwrap();
        started.client = Some(client);
        let peer = port.hang_up();
        Self {
            port,
            client,
            peer,
            started,
            _folder: folder,
        }
    }

    /// The plan's block, after a bare kill that leaves the client alone.
    fn left_alone(&self) -> Value {
        let (report, _) = zombies(self.port.number(), &KILL);
        assert!(
            is_running(self.client) && killed(&report).is_empty(),
            "{report:#}"
        );
        block(&report, self.client)
    }

    fn is_cleared(&self) -> bool {
        let row = sockets::system().find(self.peer, self.port.address);
        row.unwrap().is_none()
    }

    /// Healed by the first command of the plan, and lives.
    fn heals(&self, in_charge: &str, cost: &str) {
        let block = self.left_alone();
        let said = |key: &str| block[key].as_str().unwrap_or_default().to_owned();
        assert!(said("in_charge").contains(in_charge), "{block:#}");
        assert!(said("cost").contains(cost), "{block:#}");
        let (report, status) = type_it(&block["command"]);
        assert!(is_running(self.client), "{report:#}");
        assert_eq!(status, 0, "{report:#}");
        assert!(self.is_cleared());
    }

    /// Ended by the second one.
    fn ends(&self, in_charge: &str, cost: &str) {
        let block = self.left_alone();
        let said = |key: &str| block[key].as_str().unwrap_or_default().to_owned();
        assert!(said("in_charge").contains(in_charge), "{block:#}");
        assert!(said("cost").contains(cost), "{block:#}");
        let (report, status) = type_it(&block["otherwise"]["command"]);
        assert!(!is_running(self.client), "{report:#}");
        assert_eq!(status, 0, "{report:#}");
        assert!(self.is_cleared());
    }
}

fn in_tmux(folder: &Path, line: &str) -> (Command, Option<Command>) {
    let socket = folder.join("tmux");
    let tmux = || {
        let mut tmux = program("tmux");
        tmux.arg("-S").arg(&socket);
        tmux
    };
    let mut start = tmux();
    start.args(["-f", "/dev/null", "new-session", "-d", line]);
    let mut end = tmux();
    end.arg("kill-server");
    (start, Some(end))
}

#[test]
fn a_client_in_a_pane_of_tmux_is_healed_or_ended_and_tmux_is_not() {
    if !is_installed("tmux") {
        return skipped("no tmux");
    }
    let scene = Scene::of("exec python3", PYTHON, in_tmux);
    scene.ends("tmux pane %0", "it runs in tmux pane %0");
    drop(scene);
    Scene::of("exec python3", PYTHON, in_tmux).heals("tmux pane %0", "it runs in tmux pane %0");
}

#[test]
fn a_client_in_a_shells_loop_or_behind_tee_is_told_to_be_started_again() {
    for line in [
        "while :; do CLIENT; sleep 60; done",
        "CLIENT | tee LOG; sleep 60",
    ] {
        let start = |folder: &Path, client: &str| {
            let run = folder.join("run.sh");
            let log = folder.join("log").display().to_string();
            fs::write(&run, line.replace("CLIENT", client).replace("LOG", &log)).unwrap();
            let mut shell = program("sh");
            shell.arg(run);
            (shell, None)
        };
        let scene = Scene::of("python3", PYTHON, start);
        scene.ends("the script sh run.sh", "lives and may start it again");
    }
}

#[test]
fn clients_in_perl_and_node_are_healed_and_live() {
    for (interpreter, code) in [("perl", PERL), ("node", NODE)] {
        if !is_installed(interpreter) {
            skipped(interpreter);
            continue;
        }
        let start = |_: &Path, client: &str| {
            let mut shell = program("sh");
            shell.args(["-c", &format!("exec {client}")]);
            (shell, None)
        };
        Scene::of(interpreter, code, start).heals("", "its parent");
    }
}

#[test]
fn a_client_at_which_a_debugger_looks_is_told_so() {
    if !is_installed("gdb") {
        return skipped("no gdb");
    }
    let start = |_: &Path, client: &str| {
        let mut shell = program("sh");
        shell.args(["-c", &format!("exec {client}")]);
        (shell, None)
    };
    let scene = Scene::of("python3", PYTHON, start);
    let mut gdb = program("gdb");
    gdb.args(["-q", "-nx", "-p", &scene.client.pid.to_string()]);
    let mut gdb = gdb.stdin(Stdio::piped()).spawn().unwrap();
    eventually("a debugger", || {
        let facts = system().facts(scene.client.pid).unwrap()?;
        (facts.traced == Some(true)).then_some(())
    });
    let block = scene.left_alone();
    // At the end of its input it lets go of the client.
    drop(gdb.stdin.take());
    let _ = gdb.wait();
    assert_eq!(block["answer"], "if_named", "{block:#}");
    assert!(
        block["cost"].to_string().contains("a debugger is attached"),
        "{block:#}"
    );
    assert!(scene.started.client.is_some_and(is_running));
}
