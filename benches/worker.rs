//! What `ibdoc worker` adds to a round trip: the same request on a direct session and through the
//! worker, in turns in the same run, against one simulated Gateway.
//!
//! `cargo bench --bench worker` makes 300 of each, at the pace that a Gateway takes;
//! `cargo bench --bench worker -- 1000` a thousand.

mod running;

use std::io::{BufRead, Read, Write};
use std::net::TcpStream;
use std::process::ChildStdin;
use std::time::{Duration, Instant};

use ibdoc::wire::{ClientGreeting, Decoder, Reply, Request, ServerVersion, VersionRange};
use running::{Outcome, start};

/// Below 40 messages a second, beyond which the worker waits.
const GAP: Duration = Duration::from_millis(30);
const ROUNDS: usize = 300;
/// What the worker may add at the median, as the issue asks for it.
const MOST: Duration = Duration::from_micros(200);

fn main() -> Outcome<()> {
    running::measure(ROUNDS, measure)
}

/// A session written with the codec and nothing else.
struct Direct {
    stream: TcpStream,
    decoder: Decoder,
    buffer: Vec<u8>,
}

impl Direct {
    const VERSION: ServerVersion = ServerVersion::NEWEST;

    fn connect(port: u16) -> Outcome<Self> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.write_all(&ClientGreeting::new(VersionRange::SPOKEN).encode())?;
        let mut direct = Self {
            stream,
            decoder: Decoder::new(None),
            buffer: vec![0; 16 << 10],
        };
        direct.frame()?;
        direct.decoder.set_version(Self::VERSION);
        let capabilities = String::new();
        direct.send(&Request::StartApi {
            client_id: 7,
            capabilities,
        })?;
        while !matches!(direct.reply()?, Reply::NextValidId(_)) {}
        Ok(direct)
    }

    fn send(&mut self, request: &Request) -> Outcome<()> {
        Ok(self.stream.write_all(&request.encode(Self::VERSION))?)
    }

    fn frame(&mut self) -> Outcome<ibdoc::wire::Frame> {
        loop {
            if let Some(frame) = self.decoder.next_frame()? {
                return Ok(frame);
            }
            let count = self.stream.read(&mut self.buffer)?;
            if count == 0 {
                return Err("the Gateway has closed".into());
            }
            self.decoder.feed(&self.buffer[..count]);
        }
    }

    fn reply(&mut self) -> Outcome<Reply> {
        let frame = self.frame()?;
        Ok(Reply::decode(&frame, Self::VERSION)?)
    }

    /// One request up to its end marker.
    fn round_trip(&mut self) -> Outcome<Duration> {
        let began = Instant::now();
        self.send(&Request::Executions { req_id: 1 })?;
        while !matches!(self.reply()?, Reply::ExecutionsEnd { .. }) {}
        Ok(began.elapsed())
    }
}

fn ask(input: &mut ChildStdin, output: &mut impl BufRead, line: &str) -> Outcome<Duration> {
    let began = Instant::now();
    input.write_all(line.as_bytes())?;
    let mut answer = String::new();
    loop {
        answer.clear();
        if output.read_line(&mut answer)? == 0 {
            return Err("the worker has ended".into());
        }
        if answer.contains("\"status\":\"success\"") {
            return Ok(began.elapsed());
        }
        if answer.contains("\"status\":\"error\"") {
            return Err(answer.into());
        }
    }
}

fn measure(rounds: usize) -> Outcome<()> {
    let (_gateway, _, mut said) = start(&["sim"])?;
    let mut line = String::new();
    said.read_line(&mut line)?;
    let port: u16 = line.trim().rsplit(':').next().ok_or("no port")?.parse()?;
    let mut direct = Direct::connect(port)?;
    let mut workers = Vec::new();
    for arguments in [&["worker"][..], &["worker", "--supervise"]] {
        let (running, mut input, mut output) = start(arguments)?;
        let connect =
            format!("{{\"id\":0,\"command\":\"connect\",\"params\":{{\"port\":{port}}}}}\n");
        ask(&mut input, &mut output, &connect)?;
        workers.push((arguments.join(" "), running, input, output, Vec::new()));
    }
    let executions = "{\"id\":1,\"command\":\"executions\"}\n";
    let mut own = Vec::new();
    for _ in 0..rounds {
        std::thread::sleep(GAP);
        own.push(direct.round_trip()?);
        for (_, _, input, output, times) in &mut workers {
            std::thread::sleep(GAP);
            times.push(ask(input, output, executions)?);
        }
    }
    let direct = median(&mut own);
    let mut out = std::io::stdout();
    writeln!(
        out,
        "direct session         {direct:>10.1?}  {rounds} round trips, median"
    )?;
    for (name, _, _, _, times) in &mut workers {
        let time = median(times);
        let (added, ratio) = (
            time.saturating_sub(direct),
            time.as_secs_f64() / direct.as_secs_f64(),
        );
        let met = if added < MOST { "met" } else { "missed" };
        writeln!(
            out,
            "{name:<22} {time:>10.1?}  {ratio:.1} times as long, {added:.1?} more (limit {MOST:?}: {met})"
        )?;
    }
    Ok(())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
