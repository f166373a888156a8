//! Runs the real binary as a user would, in an empty environment.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ibdoc::machine::sockets::{Socket, TcpState};
use ibdoc::text::typed::parse_duration;
#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::helpers::validated;

/// How long a test waits for something that takes milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Where the programs of the system are, so that no wrapper comes first.
#[cfg(unix)]
pub(crate) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Whether the socket table tells queue lengths, and listeners that are no relays are known.
pub(crate) const SEES_ALL: bool = cfg!(target_os = "linux");

/// What the receipt says where no socket was left: nothing where that cannot be seen.
pub(crate) fn none_left() -> Value {
    if SEES_ALL { json!(0) } else { Value::Null }
}

/// The binary with these arguments in an empty environment, its output captured.
pub(crate) fn ibdoc(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ibdoc"));
    command
        .env_clear()
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(root) = std::env::var_os("SystemRoot") {
        // Without it a program has no sockets on Windows.
        command.env("SystemRoot", root);
    }
    command
}

/// What a run printed and its exit status.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let stdout = String::from_utf8(output.stdout).expect("UTF-8 on stdout");
        validated::each(&stdout);
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout,
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
        }
    }
}

impl Ran {
    /// The report.
    pub(crate) fn json(&self) -> Value {
        assert!(!self.stdout.is_empty(), "no report: {}", self.stderr);
        validated::document(&self.stdout)
    }

    /// Each line of ndjson, the report last.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(validated::document).collect()
    }

    /// The code of the principal finding.
    pub(crate) fn principal(&self) -> String {
        self.json()["findings"][0]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

/// Runs the binary to its end.
pub(crate) fn run(arguments: &[&str]) -> Ran {
    ibdoc(arguments).output().expect("ibdoc runs").into()
}

/// Does the same for each item at a time, as most runs wait and do not compute; the results in order.
pub(crate) fn side_by_side<T: Send, R: Send>(
    items: impl IntoIterator<Item = T>,
    run: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let run = &run;
    thread::scope(|scope| {
        let items = items.into_iter();
        let runs: Vec<_> = items.map(|item| scope.spawn(move || run(item))).collect();
        let ends = runs.into_iter().map(|run| run.join().expect("its end"));
        ends.collect()
    })
}

/// Runs the binary to its end with `--json`.
pub(crate) fn run_json(arguments: &[&str]) -> Ran {
    let mut all = arguments.to_vec();
    all.push("--json");
    run(&all)
}

/// A child process that is ended when it goes out of scope.
pub(crate) struct Running {
    pub(crate) child: Child,
    lines: BufReader<ChildStdout>,
}

impl Running {
    /// Starts the command.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("ibdoc starts");
        let stdout = child.stdout.take().expect("its stdout");
        let lines = BufReader::new(stdout);
        Self { child, lines }
    }

    /// The next line it prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        validated::each(&line);
        line.trim_end().to_owned()
    }

    /// Leaves its stdout unread.
    #[cfg(unix)]
    pub(crate) fn close_stdout(&mut self) {
        let nothing = Command::new("true").stdout(Stdio::piped()).spawn();
        let mut nothing = nothing.expect("true starts");
        let stdout = nothing.stdout.take().expect("its stdout");
        self.lines = BufReader::new(stdout);
        nothing.wait().expect("its end");
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Ran {
        let mut stdout = String::new();
        self.lines.read_to_string(&mut stdout).expect("the rest");
        let mut stderr = String::new();
        if let Some(mut pipe) = self.child.stderr.take() {
            pipe.read_to_string(&mut stderr)
                .expect("the rest of stderr");
        }
        let status = self.child.wait().expect("its status").code().unwrap_or(-1);
        validated::each(&stdout);
        Ran {
            status,
            stdout,
            stderr,
        }
    }

    /// Sends it a signal.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a pid"), signal).expect("the signal is sent");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A simulated Gateway in a process of its own.
pub(crate) struct Simulator {
    pub(crate) port: u16,
    _process: Running,
}

impl Simulator {
    /// Starts one that ends by itself after two minutes.
    pub(crate) fn start(scenario: &str) -> Self {
        Self::start_with(scenario, &[])
    }

    /// One that speaks this version.
    pub(crate) fn of_version(scenario: &str, version: &str) -> Self {
        Self::start_with(scenario, &["--server-version", version])
    }

    /// Starts one with these further arguments.
    pub(crate) fn start_with(scenario: &str, more: &[&str]) -> Self {
        let usual = ["sim", "--scenario", scenario, "--deadline", "120s"];
        let arguments = [&usual, more].concat();
        let mut process = Running::start(ibdoc(&arguments));
        let line = process.line();
        let port = line.rsplit(':').next().and_then(|port| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("no port in {line:?}"));
        Self {
            port,
            _process: process,
        }
    }

    /// Its port as typed.
    pub(crate) fn target(&self) -> String {
        self.port.to_string()
    }
}

/// Every socket on the port, in any state but LISTEN and those that pass by themselves.
pub(crate) fn sockets(port: u16) -> Vec<Socket> {
    let table = ibdoc::machine::sockets::system();
    let snapshot = table.snapshot(&[port].into()).expect("the socket table");
    let lasting =
        |socket: &Socket| matches!(socket.state, TcpState::Established | TcpState::CloseWait);
    snapshot.sockets.into_iter().filter(lasting).collect()
}

/// The LISTEN row of the port.
pub(crate) fn listener(port: u16) -> Socket {
    let table = ibdoc::machine::sockets::system();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let row = table.listener(address).expect("the socket table");
    row.expect("a LISTEN row")
}

/// The sockets of the port that are half closed.
pub(crate) fn half_closed(port: u16) -> usize {
    let half_closed = |socket: &&Socket| socket.state == TcpState::CloseWait;
    sockets(port).iter().filter(half_closed).count()
}

/// The findings of a port on which nothing listens. A process of another test may pass for a Gateway
/// that is starting, or that listens elsewhere.
pub(crate) const CODES_WHERE_NOTHING_LISTENS: [&str; 3] =
    ["not-listening", "gateway-starting", "wrong-port"];

/// Whether this is one of [`CODES_WHERE_NOTHING_LISTENS`].
pub(crate) fn nothing_listens(code: &serde_json::Value) -> bool {
    CODES_WHERE_NOTHING_LISTENS.iter().any(|it| code == it)
}

/// A port on which nothing listens.
pub(crate) fn free_port() -> u16 {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
    free.expect("a free port").port()
}

/// socat in front of a port, and the port on which it listens; `None` where it is not installed.
pub(crate) fn relay(to: u16) -> Option<(Running, u16)> {
    let port = free_port();
    Some((relay_on(port, to)?, port))
}

/// socat that passes on from one port to another.
pub(crate) fn relay_on(port: u16, to: u16) -> Option<Running> {
    Command::new("socat").arg("-V").output().ok()?;
    let mut socat = Command::new("socat");
    let listen = format!("TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr");
    let connect = format!("TCP:127.0.0.1:{to}");
    socat.args([listen, connect]);
    socat.stdout(Stdio::piped()).stderr(Stdio::null());
    let running = Running::start(socat);
    let table = ibdoc::machine::sockets::system();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    eventually("socat listens", || {
        table.listener(address).is_ok_and(|row| row.is_some())
    });
    Some(running)
}

/// Whether the text has these words; `{2s}` at their end is any duration of at least two seconds.
pub(crate) fn tells(text: &str, words: &str) -> bool {
    let Some((words, least)) = words.split_once('{') else {
        return text.contains(words);
    };
    let least = parse_duration(least.trim_end_matches('}')).expect("a duration");
    text.match_indices(words).any(|(at, _)| {
        let told = &text[at + words.len()..];
        let (number, unit) = told.split_once(' ').unwrap_or_default();
        let unit = unit.split(|c: char| !c.is_alphabetic()).next();
        let told = parse_duration(&format!("{number}{}", unit.unwrap_or_default()));
        told.is_ok_and(|told| told >= least)
    })
}

/// The first line wider than 80 columns; the one that lists what was not asked is never wrapped.
pub(crate) fn too_wide(text: &str) -> Option<&str> {
    let mut wrapped = text
        .lines()
        .filter(|line| !line.starts_with("  not asked: "));
    wrapped.find(|line| line.chars().count() > 80)
}

/// Waits until `condition` holds.
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "still not: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Says why a test proves nothing here.
pub(crate) fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}
