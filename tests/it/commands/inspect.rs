//! `ibdoc inspect` on real small clients in several languages: each row of the table of judgements, and
//! no accusation of one that reads.

#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::helpers::command::{
    PATH, PATIENCE, Ran, Running, eventually, ibdoc, run, run_json, skipped,
};
use crate::helpers::java::Classes;

/// How long clients are watched, at first and at most.
const FIRST_LOOK: Duration = Duration::from_millis(1500);
const LONGEST_LOOK: Duration = Duration::from_secs(12);

/// Something that is listened to: it sends a thousand bytes to each client every 20 ms.
pub(super) struct Stream {
    pub(super) port: u16,
    _over: mpsc::Sender<()>,
}

impl Stream {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        let (over, ends) = mpsc::channel::<()>();
        thread::spawn(move || {
            let mut clients: Vec<TcpStream> = Vec::new();
            let timeout = Err(mpsc::RecvTimeoutError::Timeout);
            while ends.recv_timeout(Duration::from_millis(20)) == timeout {
                while let Ok((client, _)) = listener.accept() {
                    client.set_nonblocking(true).unwrap();
                    clients.push(client);
                }
                // One whose buffers are full takes nothing more.
                for client in &mut clients {
                    let _ = client.write(&[0; 1000]);
                }
            }
        });
        Self { port, _over: over }
    }

    /// A client that is run by this command, with its kind and the port behind it.
    fn client(&self, command: &mut Command, kind: &str) -> Running {
        command
            .env("PATH", PATH)
            .args([kind, &self.port.to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(Stdio::null());
        let command = std::mem::replace(command, Command::new("true"));
        Running::start(command)
    }

    /// One report about all clients, which takes about a second.
    pub(super) fn inspect(&self) -> Value {
        self.inspect_for(FIRST_LOOK)
    }

    fn inspect_for(&self, deadline: Duration) -> Value {
        let (port, deadline) = (self.port.to_string(), deadline.as_millis().to_string());
        let ran = run_json(&["inspect", &port, "--deadline", &format!("{deadline}ms")]);
        ran.json()["inspect"].clone()
    }

    /// Waits until each client was seen to do what is expected of it; until then it may read, or be
    /// started, or have too little of a processor. Anything else is an accusation that is false. Those
    /// that read stay until the end; the others, some of which take a processor, end once they were seen.
    fn expect<const N: usize>(&self, clients: [(Running, &str, &str); N]) {
        let began = Instant::now();
        let mut clients = Vec::from(clients.map(|client| (client, false)));
        let mut deadline = FIRST_LOOK;
        loop {
            let report = self.inspect_for(deadline);
            // On a busy machine one look may take as long.
            deadline = LONGEST_LOOK.min(deadline * 2);
            let mut missing = Vec::new();
            clients.retain_mut(|((running, kind, expected), was_seen)| {
                let (seen, why) = conduct(&report, running.child.id());
                let told = format!("{kind}: {seen}, {why}");
                let between = ["", "reads", "unknown", "starved", "not-reading", expected];
                assert!(between.contains(&seen.as_str()), "{told}");
                // On a machine that stays so busy, one that computes gets no processor.
                let is_late = began.elapsed() > PATIENCE / 2;
                let starves = is_late && seen == "starved" && *expected == "computes";
                *was_seen |= seen == *expected || starves;
                missing.extend((!*was_seen).then_some(told));
                !*was_seen || *expected == "reads"
            });
            if missing.is_empty() {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{missing:#?}");
        }
    }
}

/// What a client does and why; empty where it is not connected yet.
fn conduct(report: &Value, pid: u32) -> (String, String) {
    let mut clients = report["clients"].as_array().unwrap().iter();
    let client = clients.find(|client| client["pid"] == pid);
    let text = |name: &str| {
        client
            .map_or("", |it| it[name].as_str().unwrap())
            .to_owned()
    };
    (text("conduct"), text("reason"))
}

fn script(name: &str, content: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, content).unwrap();
    (folder, file)
}

fn is_there(program: &str) -> bool {
    let mut version = Command::new(program);
    version.env("PATH", PATH).arg("--version");
    version.stdout(Stdio::null()).stderr(Stdio::null());
    version.status().is_ok()
}

#[test]
fn each_way_of_a_client_in_python_not_to_read_is_told_apart() {
    if !is_there("python3") {
        return skipped("no python3");
    }
    let (_folder, file) = script("bots.py", include_str!("../helpers/bots.py"));
    let stream = Stream::start();
    let kinds = [
        ("read", "reads"),
        ("busy", "reads"),
        ("bursts", "reads"),
        ("sleep", "sleeps"),
        ("compute", "computes"),
        ("unix-socket", "waits-for-socket"),
        ("tcp-socket", "waits-for-socket"),
        ("lock", "waits-for-lock"),
        ("future", "waits-for-lock"),
        ("file-lock", "waits-for-lock"),
        // Either thread may run the loop.
        ("executor", "not-reading"),
        ("child", "waits-for-other"),
        ("pause", "paused"),
        ("threads", "reads"),
        ("threads-timeout", "reads"),
        ("threads-lock", "waits-for-lock"),
        ("threads-sleep", "sleeps"),
    ];
    let start = |kind| stream.client(Command::new("python3").arg(&file), kind);
    let clients = kinds.map(|(kind, expected)| (start(kind), kind, expected));
    stream.expect(clients);
}

#[test]
fn each_way_of_a_client_in_node_not_to_read_is_told_apart() {
    if !is_there("node") {
        return skipped("no node");
    }
    let (_folder, file) = script("bots.js", include_str!("../helpers/bots.js"));
    let stream = Stream::start();
    let kinds = [
        ("read", "reads"),
        ("busy", "reads"),
        ("compute", "computes"),
        ("lock", "waits-for-lock"),
        ("child", "waits-for-other"),
        ("pause", "paused"),
    ];
    let start = |kind| stream.client(Command::new("node").arg(&file), kind);
    let clients = kinds.map(|(kind, expected)| (start(kind), kind, expected));
    stream.expect(clients);
}

#[test]
fn each_way_of_a_client_in_java_not_to_read_is_told_apart() {
    let source = include_str!("../helpers/Bots.java");
    let Some(classes) = Classes::compiled("Bots", source) else {
        return skipped("no javac");
    };
    let stream = Stream::start();
    let port = stream.port.to_string();
    let kinds = [
        ("read", "reads"),
        ("sleep", "waits-for-lock"),
        ("compute", "computes"),
        ("lock", "waits-for-lock"),
        ("socket", "waits-for-socket"),
        ("nio-read", "reads"),
        ("nio-lock", "waits-for-lock"),
        ("nio-socket", "waits-for-socket"),
        ("nio-pause", "paused"),
    ];
    let options = ["-Xmx32m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
    let start = |kind| classes.run(Path::new("java"), &options, &[kind, &port]);
    let clients = kinds.map(|(kind, expected)| (start(kind), kind, expected));
    stream.expect(clients);
}

#[test]
fn a_stopped_client_is_stopped_and_a_finding_says_how_it_goes_on() {
    if !is_there("python3") {
        return skipped("no python3");
    }
    let (_folder, file) = script("bots.py", include_str!("../helpers/bots.py"));
    let stream = Stream::start();
    let client = stream.client(Command::new("python3").arg(&file), "read");
    let pid = client.child.id();
    eventually("it reads", || conduct(&stream.inspect(), pid).0 == "reads");
    client.signal(Signal::STOP);
    // What lies unread is watched from the first look on.
    eventually("bytes lie unread", || {
        let report = stream.inspect();
        let mut clients = report["clients"].as_array().unwrap().iter();
        let client = clients.find(|client| client["pid"] == pid);
        client.is_some_and(|it| it["connections"][0]["unread_bytes"].as_u64() > Some(0))
    });
    // Without a deadline it is watched until that is a finding.
    let ran = run_json(&[
        "inspect",
        &pid.to_string(),
        "--port",
        &stream.port.to_string(),
    ]);
    client.signal(Signal::CONT);
    let report = ran.json();
    assert_eq!(ran.status, 3, "{report:#}");
    let finding = &report["findings"][0];
    assert_eq!(finding["code"], "client-not-reading");
    assert_eq!(
        finding["remedies"][0],
        format!("let it go on: `kill -CONT {pid}`")
    );
    assert_eq!(report["inspect"]["clients"][0]["conduct"], "stopped");
}

#[test]
fn a_watch_tells_when_a_client_stops_to_read_and_when_it_reads_again() {
    if !is_there("python3") {
        return skipped("no python3");
    }
    let (_folder, file) = script("bots.py", include_str!("../helpers/bots.py"));
    let stream = Stream::start();
    let client = stream.client(Command::new("python3").arg(&file), "read");
    let port = stream.port.to_string();
    let mut watch = Running::start(ibdoc(&[
        "inspect", &port, "--watch", "100ms", "--format", "ndjson",
    ]));
    let mut next = |conduct: &str| loop {
        let line = crate::helpers::validated::document(&watch.line());
        if line["event"] == "conduct" && line["conduct"] == conduct {
            return line;
        }
    };
    next("reads");
    client.signal(Signal::STOP);
    let stopped = next("stopped");
    assert_eq!(stopped["pid"], client.child.id());
    client.signal(Signal::CONT);
    next("reads");
    watch.signal(Signal::INT);
    let ran: Ran = watch.finish();
    assert_eq!(ran.status, 130);
}

#[cfg(target_os = "linux")]
#[test]
fn no_account_no_argument_no_environment_and_no_control_character_of_a_client_is_shown() {
    if !is_there("python3") {
        return skipped("no python3");
    }
    let name = "bot_U1234567_\u{1b}[2J\u{202e}.py";
    let (folder, file) = script(name, include_str!("../helpers/bots.py"));
    let stream = Stream::start();
    let mut bot = Command::new("python3");
    bot.arg(&file)
        .env("IB_PASSWORD", "hunter2-of-the-environment");
    bot.env("PATH", PATH)
        .args(["sleep", &stream.port.to_string()]);
    bot.args([
        "--account",
        "DU7654321",
        "--password",
        "hunter2-of-the-line",
    ]);
    bot.stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let _bot = Running::start(bot);
    let port = stream.port.to_string();
    let watched = ["inspect", &port, "--watch", "200ms", "--deadline", "1s"];
    eventually("it is seen", || {
        run(&[&watched[..], &["--format", "ndjson"]].concat())
            .stdout
            .contains("conduct")
    });
    let formats = ["json", "md", "prom"];
    let files = formats.map(|it| folder.path().join(format!("report.{it}")));
    let mut arguments = vec!["inspect", &port];
    for file in &files {
        arguments.extend(["--report", file.to_str().unwrap()]);
    }
    let ran = run(&arguments);
    let mut shown = vec![ran.stdout, ran.stderr];
    assert!(shown[0].contains("bot_"), "{}", shown[0]);
    shown.extend(files.map(|file| fs::read_to_string(file).unwrap()));
    shown.push(run(&watched).stdout);
    shown.push(run(&[&watched[..], &["--format", "ndjson"]].concat()).stdout);
    for text in shown {
        for hidden in [
            "1234567",
            "7654321",
            "hunter2",
            "\u{1b}[2J",
            "\u{202e}",
            "\\u001b",
        ] {
            assert!(!text.contains(hidden), "{hidden:?} in {text}");
        }
    }
}
