//! The census on a busy machine, whole process against `ss` and `lsof` in the same run.
//!
//! `cargo bench --bench zombies` makes the load first: 2,000 processes, 54,000 descriptors and
//! 20,000 sockets, 50 of them half closed and held by processes named java and python3.
//! `cargo bench --bench zombies -- 200` makes a tenth of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
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
    let directory = tempfile::tempdir()?;
    let machine = Machine::start(directory.path(), processes)?;
    report(&mut quiet(&machine)?, busy(&machine.port))
}

/// The load, and what is looked at in it.
struct Machine {
    /// Where half of the sockets are half closed, and its client.
    port: String,
    /// Programs that listen: one started before the load, one after it, one in its middle.
    oldest: String,
    newest: String,
    middle: String,
    jvm: Outcome<(Part, String)>,
    _parts: Vec<Part>,
}

impl Machine {
    fn start(directory: &Path, processes: usize) -> Outcome<Self> {
        let own = std::env::current_exe()?;
        let named = |name: &str| -> Outcome<PathBuf> {
            let path = directory.join(name);
            std::fs::copy(&own, &path)?;
            Ok(path)
        };
        let (java, python) = (named("java")?, named("python3")?);
        let mut parts = Vec::new();
        let oldest = listening(&mut parts, &python)?;
        let before = load(&own, processes / 2, PAIRS * processes / PROCESSES)?;
        let rest = processes - before.len();
        parts.extend(before);
        // Clients and Gateways are mostly neither the newest nor the oldest processes of a machine.
        let mut gateway = Part::start(&java, &["gateway"])?;
        let port = gateway.line()?;
        let mut client = Part::start(&python, &["client", &port])?;
        gateway.line()?;
        client.line()?;
        parts.extend([gateway, client]);
        let middle = listening(&mut parts, &python)?;
        let virtual_machine = virtual_machine(directory);
        parts.extend(load(&own, rest, 0)?);
        let newest = listening(&mut parts, &python)?;
        Ok(Self {
            port,
            oldest,
            newest,
            middle,
            jvm: virtual_machine,
            _parts: parts,
        })
    }
}

/// Starts a part that listens and does nothing else, and gives its port.
fn listening(parts: &mut Vec<Part>, program: &Path) -> Outcome<String> {
    let mut part = Part::start(program, &["idle"])?;
    let listening_on = part.line()?;
    parts.push(part);
    Ok(listening_on)
}

fn census(port: &str) -> Command {
    let ibdoc = env!("CARGO_BIN_EXE_ibdoc");
    command(ibdoc, &["zombies", "--json", "--port", port])
}

/// Looks that find nothing, against a process that does nothing.
fn quiet(machine: &Machine) -> Outcome<Vec<(&'static str, Command)>> {
    let mut quiet = vec![
        ("an empty process", command("true", &[])),
        ("nothing listens", census("1")),
        (
            "another program listens, older than the load",
            census(&machine.oldest),
        ),
        (
            "another program listens, newer than the load",
            census(&machine.newest),
        ),
        (
            "another program listens, as old as the load",
            census(&machine.middle),
        ),
        (
            "no port is named, and other programs listen",
            command(env!("CARGO_BIN_EXE_ibdoc"), &["zombies", "--json"]),
        ),
    ];
    match &machine.jvm {
        Ok((_, port)) => quiet.insert(2, ("a JVM listens, as old as the load", census(port))),
        Err(error) => println(&format!("a JVM listens: skipped, {error}"))?,
    }
    Ok(quiet)
}

/// The look that finds every half-closed socket, and what the tools of the system take for it.
fn busy(port: &str) -> [(&'static str, Command); 3] {
    let filter = format!("( sport = :{port} or dport = :{port} )");
    let closed = format!("-iTCP:{port}");
    [
        ("ibdoc", census(port)),
        ("ss -tnp", command("ss", &["-tnp", &filter])),
        (
            "lsof",
            command("lsof", &["-nP", &closed, "-sTCP:CLOSE_WAIT"]),
        ),
    ]
}

/// A Java virtual machine that listens, and its port.
fn virtual_machine(directory: &Path) -> Outcome<(Part, String)> {
    let source = directory.join("Listens.java");
    let code = "class Listens { public static void main(String[] a) throws Exception { \
                var listener = new java.net.ServerSocket(0); \
                System.out.println(listener.getLocalPort()); System.in.read(); } }";
    std::fs::write(&source, code)?;
    let source = source.to_str().ok_or("a path that is no text")?;
    let mut program = Part::start(Path::new("java"), &[source])?;
    let port = program.line()?;
    port.parse::<u16>()?;
    Ok((program, port))
}

/// Processes with descriptors, the first of them with pairs of sockets.
fn load(own: &Path, processes: usize, pairs: usize) -> Outcome<Vec<Part>> {
    let with_pairs = pairs / PAIRS_A_PROCESS;
    let start = |number: usize| {
        if number < with_pairs {
            Part::start(own, &["pairs", &PAIRS_A_PROCESS.to_string()])
        } else {
            Part::start(own, &["descriptors", &DESCRIPTORS.to_string()])
        }
    };
    let mut parts: Vec<Part> = (0..processes).map(start).collect::<Outcome<_>>()?;
    for part in &mut parts {
        part.line()?;
    }
    Ok(parts)
}

fn report(quiet: &mut [(&str, Command)], mut busy: [(&str, Command); 3]) -> Outcome<()> {
    show("no zombie, goal 15 ms more", quiet, |time, empty| {
        format!("{:.1?} more", time.saturating_sub(empty))
    })?;
    let title = format!("{} zombies, goal 5 and 10 times", 2 * HALF_CLOSED);
    show(&title, &mut busy, |time, ours| {
        format!("{:.1} times", time.as_secs_f64() / ours.as_secs_f64())
    })
}

/// Shows the median of each command, compared with that of the first.
fn show(
    title: &str,
    commands: &mut [(&str, Command)],
    compare: impl Fn(Duration, Duration) -> String,
) -> Outcome<()> {
    let mut out = std::io::stderr();
    writeln!(out, "{title}:")?;
    let mut first = None;
    let times = alternate(commands);
    for ((what, _), times) in commands.iter().zip(times) {
        match times {
            Ok(times) => {
                let (median, quickest) = (times[RUNS / 2], times[0]);
                let compared = compare(median, *first.get_or_insert(median));
                writeln!(
                    out,
                    "  {what}: {median:.1?}, {compared} (quickest {quickest:.1?})"
                )?;
            }
            Err(error) => writeln!(out, "  {what}: skipped, {error}")?,
        }
    }
    Ok(())
}

fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The wall times of whole processes, ascending, each run in turn: what else the machine does
/// slows all of them alike.
fn alternate(commands: &mut [(&str, Command)]) -> Vec<std::io::Result<Vec<Duration>>> {
    let mut times: Vec<_> = commands.iter().map(|_| Ok(Vec::new())).collect();
    for _ in 0..RUNS {
        for ((_, command), times) in commands.iter_mut().zip(&mut times) {
            let Ok(known) = times else {
                continue;
            };
            let started = Instant::now();
            match command.status() {
                Ok(_) => known.push(started.elapsed()),
                Err(error) => *times = Err(error),
            }
        }
    }
    for times in times.iter_mut().flatten() {
        times.sort_unstable();
    }
    times
}
