//! What `ibdoc tap` adds to a connection, beside socat and a direct connection, in turns in the same
//! run: the time of a handshake of connect, greeting and answer, and the bytes in a second.
//!
//! `cargo bench --bench tap` makes 1,000 handshakes and carries 500 MB; `-- 5000` makes more handshakes.

mod running;

use std::io::{BufRead, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use running::{Outcome, Running, start};

const ROUNDS: usize = 1_000;
/// Handshakes of one way before the next has its turn: what a way does after a handshake, as a process
/// of socat's that ends, takes the time of its own.
const TURN: usize = 50;
const CARRIED: usize = 500 << 20;
const PIECE: usize = 64 << 10;
/// A request and an answer of the length of a greeting.
const MESSAGE: [u8; 32] = [b'x'; 32];
/// The first byte of a connection that carries bytes, and does not echo.
const CARRIES: u8 = b'>';
/// What tap may add, as the issue asks for it: at the median and at p99.
const MOST: [Duration; 2] = [Duration::from_micros(100), Duration::from_millis(1)];

fn main() -> Outcome<()> {
    running::measure(ROUNDS, measure)
}

/// Answers each message, or swallows what comes and says how much it was.
fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; PIECE];
    let first = stream.read(&mut buffer)?;
    if buffer[..first].first() == Some(&CARRIES) {
        let mut count = first as u64;
        loop {
            match stream.read(&mut buffer)? {
                0 => return stream.write_all(&count.to_be_bytes()),
                length => count += length as u64,
            }
        }
    }
    stream.write_all(&buffer[..first])?;
    // To the end of the other side.
    stream.read_to_end(&mut Vec::new()).map(drop)
}

fn gateway() -> Outcome<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    Ok(address)
}

fn tap(gateway: SocketAddr) -> Outcome<(Running, SocketAddr)> {
    let (running, _, mut lines) = start(&["tap", &gateway.to_string(), "--listen", "0"])?;
    let mut line = String::new();
    lines.read_line(&mut line)?;
    let address = line.split(' ').nth(2).ok_or("no address")?.parse()?;
    thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    Ok((running, address))
}

/// `None` where it is not installed.
fn socat(gateway: SocketAddr) -> Option<(Running, SocketAddr)> {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
    let address = free.local_addr().ok()?;
    drop(free);
    let listen = format!(
        "TCP-LISTEN:{},bind=127.0.0.1,fork,reuseaddr,nodelay",
        address.port()
    );
    let connect = format!("TCP:{gateway},nodelay");
    let child = Command::new("socat").args([listen, connect]).spawn().ok()?;
    let running = Running(child);
    let until = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(address).is_err() {
        if Instant::now() > until {
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
    Some((running, address))
}

/// A connect, a message and its answer. The end, which is waited for, is not measured.
fn handshake(address: SocketAddr) -> std::io::Result<Duration> {
    let began = Instant::now();
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.write_all(&MESSAGE)?;
    let mut answer = [0; MESSAGE.len()];
    stream.read_exact(&mut answer)?;
    let took = began.elapsed();
    stream.shutdown(std::net::Shutdown::Write)?;
    stream.read_to_end(&mut Vec::new())?;
    Ok(took)
}

/// Megabytes a second.
fn carry(address: SocketAddr) -> Outcome<f64> {
    let piece = vec![CARRIES; PIECE];
    let mut stream = TcpStream::connect(address)?;
    let began = Instant::now();
    for _ in 0..CARRIED / PIECE {
        stream.write_all(&piece)?;
    }
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut count = [0; 8];
    stream.read_exact(&mut count)?;
    if u64::from_be_bytes(count) != (CARRIED / PIECE * PIECE) as u64 {
        return Err("bytes are missing".into());
    }
    Ok(CARRIED as f64 / 1e6 / began.elapsed().as_secs_f64())
}

fn measure(rounds: usize) -> Outcome<()> {
    let gateway = gateway()?;
    let (_tap, tap) = tap(gateway)?;
    let relay = socat(gateway);
    let mut ways = vec![("direct", gateway, Vec::new()), ("tap", tap, Vec::new())];
    if let Some((_, address)) = &relay {
        ways.push(("socat", *address, Vec::new()));
    }
    for _ in 0..rounds.div_ceil(TURN) {
        for (_, address, times) in &mut ways {
            for _ in 0..TURN {
                times.push(handshake(*address)?);
            }
        }
    }
    let mut direct = [Duration::ZERO; 2];
    let mut out = std::io::stdout();
    for (name, address, times) in &mut ways {
        times.sort_unstable();
        let of = |part: usize| {
            times
                .get(times.len() * part / 100)
                .copied()
                .unwrap_or_default()
        };
        let both = [of(50), of(99)];
        if *name == "direct" {
            direct = both;
        }
        let added = [0, 1].map(|place: usize| both[place].saturating_sub(direct[place]));
        let met = added.iter().zip(&MOST).all(|(added, most)| added <= most);
        let met = if met { "met" } else { "missed" };
        let speed = carry(*address)?;
        writeln!(
            out,
            "{name:<7} handshake p50 {:>9.1?}, p99 {:>9.1?}; added {:.1?} and {:.1?} \
             (limits {:.1?} and {:.1?}: {met}); {speed:>6.0} MB/s (goal 200)",
            both[0], both[1], added[0], added[1], MOST[0], MOST[1]
        )?;
    }
    if relay.is_none() {
        writeln!(out, "socat is not installed: nothing to compare with")?;
    }
    Ok(())
}
