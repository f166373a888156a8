//! The signal comes after the last look: clients that change at a random moment while `--kill` is
//! under way get none if the change was complete before that look began, and the look takes 2 ms.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::helpers::command::{PATH, ibdoc, skipped};
use crate::zombie::zoo::{Port, python};

const RACER: &str = include_str!("../helpers/zombie_race.py");
const CHANGES: [&str; 16] = [
    "nothing",
    "stop",
    "reconnect",
    "reconnect-late",
    "fork",
    "exec",
    "nohup",
    "setsid",
    "setpgid",
    "listen",
    "share",
    "call",
    "udp",
    "stream",
    "hand",
    "trace",
];
/// A stopped client gets SIGCONT after SIGTERM.
const FORBID_NOTHING: [&str; 2] = ["nothing", "stop"];
const ROUNDS: usize = 300;
/// On a machine that is busy with other tests fewer rounds are run.
const BOUND: Duration = Duration::from_secs(120);

/// What ibdoc and the client say of one round, as times since the epoch.
struct Round {
    /// When the client was told to go.
    went: Duration,
    /// When the client's change was complete; `None` if it did not get so far.
    changed: Option<Duration>,
    signal: Option<Sent>,
}

/// A SIGTERM, as ibdoc's log has it.
#[derive(Clone, Copy)]
struct Sent {
    /// When the last look began.
    looked: Duration,
    at: Duration,
}

struct Race {
    keeper: Child,
    lines: BufReader<ChildStdout>,
    _directory: tempfile::TempDir,
}

impl Race {
    fn start() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let script = directory.path().join("race.py");
        fs::write(&script, RACER).unwrap();
        let mut command = python();
        command.arg(&script);
        let mut keeper = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let lines = BufReader::new(keeper.stdout.take().unwrap());
        Some(Self {
            keeper,
            lines,
            _directory: directory,
        })
    }

    fn tell(&mut self, line: &str) {
        let input = self.keeper.stdin.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
        input.flush().unwrap();
    }

    /// The words of the next line.
    fn hear(&mut self) -> Vec<String> {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.split_whitespace().map(str::to_owned).collect()
    }

    fn round(&mut self, change: &str, wait: Duration) -> Round {
        // One that reconnects leaves its second connection in the queue of this port.
        let gateway = Port::open();
        let port = gateway.number().to_string();
        self.tell(&format!("racer {change} {} {port}", wait.as_micros()));
        let ready = self.hear();
        assert_eq!(ready[0], "ready", "{change}");
        gateway.hang_up();
        let arguments = ["zombies", "-v", "--json", "--kill", "--grace", "2s"];
        let about = ["--min-age", "0s", "--port", &port];
        let mut command = ibdoc(&[&arguments[..], &about].concat());
        let ibdoc = command.env("PATH", PATH).spawn().unwrap();
        let went = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        self.tell("go");
        let output = ibdoc.wait_with_output().unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        let sent = log.lines().find(|line| line.contains("SIGTERM was sent"));
        let signal = sent.map(|line| {
            assert_eq!(field(line, "pid="), ready[1], "{line}");
            sent_at(line)
        });
        self.tell("end");
        let mut changed = None;
        loop {
            let line = self.hear();
            if line[0] == "ended" {
                break;
            }
            changed = Some(Duration::from_nanos(line[1].parse().unwrap()));
        }
        Round {
            went,
            changed,
            signal,
        }
    }
}

impl Drop for Race {
    fn drop(&mut self) {
        // The keeper ends those that it has adopted, and no other.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn field<'a>(line: &'a str, name: &str) -> &'a str {
    let words = &mut line.split_whitespace();
    words.find_map(|word| word.strip_prefix(name)).unwrap()
}

fn sent_at(line: &str) -> Sent {
    let micros = |name| Duration::from_micros(field(line, name).parse().unwrap());
    let looked: SystemTime = humantime::parse_rfc3339(field(line, "looked_at=")).unwrap();
    let looked = looked.duration_since(UNIX_EPOCH).unwrap();
    let look = micros("look_us=");
    Sent {
        looked,
        at: looked + look,
    }
}

#[test]
fn no_signal_comes_where_the_last_look_began_after_the_change() {
    let Some(mut race) = Race::start() else {
        return skipped("no python3");
    };
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let began = Instant::now();
    // So long a run takes until its signal, at the last one that nothing forbade.
    let mut run = Duration::ZERO;
    for change in CHANGES.iter().cycle().take(ROUNDS) {
        if began.elapsed() > BOUND {
            break;
        }
        let wait = run.mul_f64(0.3 + 0.8 * random.f64());
        let round = race.round(change, wait);
        if FORBID_NOTHING.contains(change) {
            let sent = round.signal.expect("an orphan gets its signal");
            run = sent.at.saturating_sub(round.went);
        }
        let Some(sent) = round.signal else {
            continue;
        };
        let Some(changed) = round.changed.filter(|_| !FORBID_NOTHING.contains(change)) else {
            continue;
        };
        let late = sent.at.saturating_sub(changed);
        assert!(
            changed > sent.looked,
            "seed {seed}: {change} was complete before the last look, and SIGTERM came {late:?} later"
        );
    }
}
