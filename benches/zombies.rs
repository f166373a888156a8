//! The census on a busy machine, whole process against `ss` and `lsof` in the same run.
//!
//! `cargo bench --bench zombies` makes the load first: 2,000 processes, 54,000 descriptors and
//! 20,000 sockets, 50 of them half closed and held by processes named java and python3.
//! `cargo bench --bench zombies -- 200` makes a tenth of it.

#![cfg_attr(not(target_os = "linux"), expect(unused, reason = "measured on Linux"))]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PROCESSES: usize = 2_000;
/// Of each process of the load, so that there are 54,000.
const DESCRIPTORS: usize = 24;
const PAIRS: usize = 10_000;
const PAIRS_A_PROCESS: usize = 400;
/// On each side of the port.
const HALF_CLOSED: usize = 25;
const RUNS: usize = 21;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["descriptors", count] => hold_descriptors(count.parse()?),
        ["pairs", count] => hold_pairs(count.parse()?),
        ["idle"] => be_idle(),
        ["gateway"] => be_gateway(),
        ["client", port] => be_client(port.parse()?),
        // Without it this is a test run, which compiles and no more.
        _ if !words.contains(&"--bench") => Ok(()),
        _ => {
            let count = words.iter().find_map(|word| word.parse().ok());
            measure(count.unwrap_or(PROCESSES))
        }
    }
}

/// Says that it is ready and goes on until its standard input ends.
fn hold<T>(said: &str, kept: T) -> Outcome<()> {
    println(said)?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    drop(kept);
    Ok(())
}

fn println(line: &str) -> Outcome<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

fn hold_descriptors(count: usize) -> Outcome<()> {
    let files: Result<Vec<_>, _> = (0..count)
        .map(|_| std::fs::File::open("/dev/null"))
        .collect();
    hold("ready", files?)
}

fn hold_pairs(count: usize) -> Outcome<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut kept = Vec::new();
    for _ in 0..count {
        kept.push(TcpStream::connect(listener.local_addr()?)?);
        kept.push(listener.accept()?.0);
    }
    hold("ready", kept)
}

fn be_idle() -> Outcome<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port().to_string();
    hold(&port, listener)
}

/// Keeps half of its clients after they have closed, and closes on the others.
fn be_gateway() -> Outcome<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println(&listener.local_addr()?.port().to_string())?;
    let mut kept = Vec::new();
    for number in 0..2 * HALF_CLOSED {
        let client = listener.accept()?.0;
        if number < HALF_CLOSED {
            kept.push(client);
        }
    }
    hold("ready", (listener, kept))
}

fn be_client(port: u16) -> Outcome<()> {
    let mut kept = Vec::new();
    for number in 0..2 * HALF_CLOSED {
        let connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        if number >= HALF_CLOSED {
            kept.push(connection);
        }
    }
    hold("ready", kept)
}

/// A part of the load, which ends when this does.
struct Part {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Part {
    fn start(program: &Path, arguments: &[&str]) -> Outcome<Self> {
        let mut command = Command::new(program);
        let command = command.args(arguments).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let lines = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Self { child, lines })
    }

    fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        self.lines.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It has nothing to lose, and there are many.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn measure(processes: usize) -> Outcome<()> {
    let own = std::env::current_exe()?;
    let directory = tempfile::tempdir()?;
    let named = |name: &str| -> Outcome<std::path::PathBuf> {
        let path = directory.path().join(name);
        std::fs::copy(&own, &path)?;
        Ok(path)
    };
    let (java, python) = (named("java")?, named("python3")?);
    // A Gateway is older than most: it is found last where the newest come first.
    let mut gateway = Part::start(&java, &["gateway"])?;
    let port = gateway.line()?;
    let mut client = Part::start(&python, &["client", &port])?;
    gateway.line()?;
    client.line()?;
    let mut idle = Part::start(&java, &["idle"])?;
    let idle_port = idle.line()?;
    let mut load = Vec::new();
    let pairs = PAIRS * processes / PROCESSES;
    for _ in 0..pairs / PAIRS_A_PROCESS {
        load.push(Part::start(&own, &["pairs", &PAIRS_A_PROCESS.to_string()])?);
    }
    while load.len() < processes {
        load.push(Part::start(
            &own,
            &["descriptors", &DESCRIPTORS.to_string()],
        )?);
    }
    for part in &mut load {
        part.line()?;
    }

    let ibdoc = env!("CARGO_BIN_EXE_ibdoc");
    let census = |port: &str| median(ibdoc, &["zombies", "--json", "--port", port]);
    let nothing = median("true", &[])?;
    let (quiet, unheard) = (census(&idle_port)?, census("1")?);
    let ours = census(&port)?;
    let filter = format!("( sport = :{port} or dport = :{port} )");
    let by_ss = median("ss", &["-tnp", &filter]);
    let by_lsof = median(
        "lsof",
        &["-nP", &format!("-iTCP:{port}"), "-sTCP:CLOSE_WAIT"],
    );
    let mut out = std::io::stderr();
    writeln!(out, "an empty process: {nothing:.1?}")?;
    let more = unheard.saturating_sub(nothing);
    writeln!(
        out,
        "census of a port without a listener: {unheard:.1?}, {more:.1?} more"
    )?;
    let more = quiet.saturating_sub(nothing);
    writeln!(
        out,
        "census without a zombie: {quiet:.1?}, {more:.1?} more (limit 4 ms)"
    )?;
    writeln!(out, "census of {} zombies: {ours:.1?}", 2 * HALF_CLOSED)?;
    for (name, theirs, limit) in [("ss -tnp", by_ss, 8), ("lsof", by_lsof, 16)] {
        match theirs {
            Ok(theirs) => {
                let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
                writeln!(
                    out,
                    "{name}: {theirs:.1?}, {ratio:.1} times as long (goal {limit})"
                )?;
            }
            Err(error) => writeln!(out, "{name}: skipped, {error}")?,
        }
    }
    Ok(())
}

/// The median wall time of a whole process.
fn median(program: &str, arguments: &[&str]) -> Outcome<Duration> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let mut command = Command::new(program);
        let command = command.args(arguments).stdin(Stdio::null());
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        command.status()?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok(times[RUNS / 2])
}
