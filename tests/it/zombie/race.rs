//! The signal comes after the last look: clients that change at a random moment while `--kill` is
//! under way get none once the change is 2 ms old.

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
const CHANGES: [&str; 8] = [
    "reconnect",
    "fork",
    "exec",
    "nohup",
    "setsid",
    "listen",
    "share",
    "call",
];
const ROUNDS: usize = 300;
/// On a machine that is busy with other tests fewer rounds are run.
const BOUND: Duration = Duration::from_secs(120);
/// No signal comes later than this after a change that forbids it.
const LATEST: Duration = Duration::from_millis(2);
/// So many rounds of all may be later, by as much as the scheduler takes ibdoc's core away between
/// its last look and the signal: the machine runs other tests at the same time.
const PREEMPTED: usize = 6;

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

    /// The number behind this word in the next line; `None` if the line is another one.
    fn hear(&mut self, word: &str) -> Option<u128> {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        let rest = line.trim_end().strip_prefix(word)?;
        Some(rest.trim().parse().unwrap_or_default())
    }

    /// How long after its change a client got SIGTERM; `None` if it got none, or first.
    fn round(&mut self, change: &str, wait: Duration) -> Option<Duration> {
        // One that reconnects leaves its second connection in the queue of this port.
        let gateway = Port::open();
        let port = gateway.number().to_string();
        self.tell(&format!("racer {change} {} {port}", wait.as_micros()));
        let pid = self.hear("ready").expect("a client is ready");
        gateway.hang_up();
        let arguments = ["zombies", "-v", "--json", "--kill", "--grace", "2s"];
        let about = ["--min-age", "0s", "--port", &port];
        let mut command = ibdoc(&[&arguments[..], &about].concat());
        let ibdoc = command.env("PATH", PATH).spawn().unwrap();
        self.tell("go");
        let output = ibdoc.wait_with_output().unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        let sent = log.lines().find(|line| line.contains("SIGTERM was sent"));
        let sent = sent.map(|line| {
            assert!(line.contains(&format!("pid={pid}")), "{line}");
            let time = line.split_whitespace().next().unwrap();
            let time: SystemTime = humantime::parse_rfc3339(time).unwrap();
            time.duration_since(UNIX_EPOCH).unwrap().as_nanos()
        });
        self.tell("end");
        // One that got the signal first has not changed.
        let changed = self.hear("changed");
        if changed.is_some() {
            assert_eq!(self.hear("ended"), Some(0));
        }
        let late = sent?.checked_sub(changed?)?;
        Some(Duration::from_nanos(u64::try_from(late).unwrap()))
    }
}

impl Drop for Race {
    fn drop(&mut self) {
        // The keeper ends those that it has adopted, and no other.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

#[test]
fn no_signal_comes_later_than_2_ms_after_a_change_that_forbids_it() {
    let Some(mut race) = Race::start() else {
        return skipped("no python3");
    };
    // So long a run takes here until its signal, so that each part of it is hit.
    let run = race
        .round("nothing", Duration::ZERO)
        .expect("an orphan gets its signal");
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut late = Vec::new();
    let began = Instant::now();
    for round in 0..ROUNDS {
        let change = CHANGES[round % CHANGES.len()];
        let wait = run.mul_f64(random.f64() * 1.1);
        if began.elapsed() > BOUND {
            break;
        }
        if let Some(lateness) = race.round(change, wait)
            && lateness > LATEST
        {
            late.push((change, lateness));
        }
    }
    assert!(late.len() <= PREEMPTED, "seed {seed}: {late:?}");
    let longest = late.iter().map(|(_, lateness)| *lateness).max();
    assert!(
        longest.unwrap_or_default() < Duration::from_millis(100),
        "seed {seed}: {late:?}"
    );
}
