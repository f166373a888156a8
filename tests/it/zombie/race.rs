//! The signal comes after the last look: clients that change at a random moment while `--kill` is
//! under way get none once the change was complete before that look began, and in a run that keeps
//! its core none once the change is 2 ms old.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::helpers::command::{PATH, ibdoc, skipped};
use crate::zombie::zoo::{Port, python};

const RACER: &str = include_str!("../helpers/zombie_race.py");
/// Those that forbid the signal.
const CHANGES: [&str; 14] = [
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
const ROUNDS: usize = 300;
/// On a machine that is busy with other tests fewer rounds are run.
const BOUND: Duration = Duration::from_secs(120);

/// What ibdoc and the client say of one round, as times since the epoch.
struct Round {
    change: &'static str,
    /// When the client changed; `None` if it did not get so far.
    changed: Option<Change>,
    signal: Option<Sent>,
}

#[derive(Clone, Copy)]
struct Change {
    at: Duration,
    /// By when it was complete.
    by: Duration,
}

/// A SIGTERM, as ibdoc's log has it.
#[derive(Clone, Copy)]
struct Sent {
    /// When the last look began.
    looked: Duration,
    at: Duration,
    /// For how long of that look ibdoc had no core.
    off_core: Duration,
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

    fn round(&mut self, change: &'static str, wait: Duration) -> Round {
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
            let moment = |at: usize| Duration::from_nanos(line[at].parse().unwrap());
            let (at, by) = (moment(1), moment(2));
            changed = Some(Change { at, by });
        }
        Round {
            change,
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
    Sent {
        looked,
        at: looked + micros("look_us="),
        off_core: micros("off_core_us="),
    }
}

fn report(rounds: &[Round]) {
    for round in rounds {
        let (Some(change), Some(sent)) = (round.changed, round.signal) else {
            continue;
        };
        if std::env::var_os("RACE").is_some() {
            let us = |d: Duration| d.as_secs_f64() * 1e6;
            eprintln!("R {} look {:.0} off {:.0} late {:.0} before_look {:.0}", round.change, us(sent.at - sent.looked), us(sent.off_core),
             us(sent.at) - us(change.at), us(sent.looked)-us(change.by));
        }
    }
    let mut m: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for r in rounds { let e = m.entry(r.change).or_default(); e.0 += 1; e.1 += usize::from(r.signal.is_some()); e.2 += usize::from(r.changed.is_some()); }
    eprintln!("rounds, signals, changes {m:?}");
}

#[test]
fn no_signal_comes_later_than_2_ms_after_a_change_that_forbids_it() {
    let Some(mut race) = Race::start() else {
        return skipped("no python3");
    };
    // So long a run takes here until its signal, so that each part of it is hit.
    let nothing = race.round("nothing", Duration::ZERO);
    let run = nothing.signal.unwrap().at - nothing.changed.unwrap().at;
    eprintln!("run {run:?}");
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let began = Instant::now();
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let change = CHANGES[round % CHANGES.len()];
        let wait = run.mul_f64(random.f64() * 1.1);
        if began.elapsed() > BOUND {
            break;
        }
        rounds.push(race.round(change, wait));
    }
    report(&rounds);
}
