//! Hostile peers over real sockets: always a finding in time, little memory, nothing raw.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use ibdoc::wire::{Reply, ServerGreeting, ServerVersion};
use proptest::prelude::*;

use crate::helpers::against_bytes::session_against;
use crate::helpers::command::{PATIENCE, Ran, ibdoc};
use crate::helpers::scripted::{accounts, notice};

/// As much as the whole process may take, in KiB: a healthy handshake takes 23 MiB in a debug build, most
/// of them the program itself.
const MEMORY: u64 = 32 << 10;

/// What a run showed, and the most memory it took in KiB.
struct Seen {
    ran: Ran,
    peak: Option<u64>,
    elapsed: Duration,
}

/// A hostile peer for any number of connections, until the test ends.
fn peer(attack: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> u16 {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = server.local_addr().expect("its address").port();
    let attack = std::sync::Arc::new(attack);
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let attack = attack.clone();
            std::thread::spawn(move || {
                let mut stream = stream.expect("a connection");
                // It ends with an error when the victim has gone.
                let _ = attack(&mut stream);
                let _ = stream.read_to_end(&mut Vec::new());
            });
        }
    });
    port
}

/// The peak of a process that still runs, in KiB; `None` once it has ended.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn attacked(port: u16, more: &[&str]) -> Seen {
    let port = port.to_string();
    // Long enough for a busy machine to bring what the peer sends at once.
    let arguments = [&["handshake", &port, "--timeout", "1s"], more].concat();
    let began = Instant::now();
    let mut child = ibdoc(&arguments).spawn().expect("ibdoc starts");
    let pid = child.id();
    // A full pipe would hold it up.
    let stdout = drained(child.stdout.take().expect("its stdout"));
    let stderr = drained(child.stderr.take().expect("its stderr"));
    let mut highest = None;
    let status = loop {
        highest = highest.max(peak(pid));
        if let Some(status) = child.try_wait().expect("its status") {
            break status;
        }
        if began.elapsed() > PATIENCE {
            child.kill().expect("killed");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let elapsed = began.elapsed();
    Seen {
        ran: Ran {
            status: status.code().unwrap_or(-1),
            stdout: stdout.join().expect("read"),
            stderr: stderr.join().expect("read"),
        },
        peak: highest,
        elapsed,
    }
}

fn drained(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).expect("UTF-8");
        text
    })
}

/// A finding in time, within memory, and nothing raw in any form of output.
fn withstands(name: &str, port: u16, code: &str) {
    for more in [&["--json"][..], &["--color", "always"], &["-vv"]] {
        let seen = attacked(port, more);
        assert!(
            seen.elapsed < Duration::from_secs(30),
            "{name}: {:?}",
            seen.elapsed
        );
        if cfg!(target_os = "linux") {
            let peak = seen.peak.expect("its memory");
            assert!(peak < MEMORY, "{name}: {peak} KiB");
        }
        for output in [&seen.ran.stdout, &seen.ran.stderr] {
            let plain = without_own_colours(output);
            let raw = plain.chars().find(|c| c.is_control() && *c != '\n');
            assert_eq!(raw, None, "{name} {more:?}: {plain:?}");
        }
        if more == ["--json"] {
            assert_eq!(seen.ran.principal(), code, "{name}: {}", seen.ran.stdout);
        }
    }
}

/// The text without the colours that ibdoc sets itself: `ESC [ digits m`.
fn without_own_colours(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        let end = after.find(|c: char| !c.is_ascii_digit() && c != ';');
        if let Some(end) = end.filter(|&end| after[end..].starts_with('m')) {
            rest = &after[end + 1..];
        } else {
            plain.push('\x1b');
            rest = after;
        }
    }
    plain + rest
}

const VERSION: ServerVersion = ServerVersion(226);

/// Reads the greeting and answers it; then reads the start.
fn greet(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut greeting = [0; 17];
    stream.read_exact(&mut greeting)?;
    let reply = ServerGreeting {
        version: VERSION,
        connection_time: "20261122 10:00:00 \x1b]0;owned\x07\u{9b}31m".to_owned(),
    };
    stream.write_all(&reply.encode())?;
    stream.read_exact(&mut [0; 8])
}

fn ready(stream: &mut TcpStream) -> std::io::Result<()> {
    greet(stream)?;
    stream.write_all(&accounts().encode(VERSION))?;
    stream.write_all(&Reply::NextValidId(1).encode(VERSION))
}

#[test]
fn random_bytes_are_no_version() {
    let random = peer(|stream| {
        let mut bytes = vec![0; 1 << 16];
        loop {
            bytes.fill_with(|| fastrand::u8(..));
            // Never a plausible length, whatever follows.
            bytes[0] = 0x7f;
            stream.write_all(&bytes)?;
        }
    });
    withstands("random bytes", random, "not-tws-protocol");
}

#[test]
fn lying_lengths_reserve_nothing_and_end_in_time() {
    // The longest legal length, and a trickle behind it.
    let long = peer(|stream| {
        greet(stream)?;
        stream.write_all(&[0, 0xff, 0xff, 0xff, 0, 0, 0, 0xd7])?;
        loop {
            stream.write_all(&[b'x'; 64])?;
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    withstands("a long frame", long, "no-accounts-no-id");
    // A frame that is kept, which never ends.
    let kept = peer(|stream| {
        greet(stream)?;
        stream.write_all(&[0, 0x0f, 0xff, 0xff, 0, 0, 0, 0xd7])?;
        stream.write_all(&vec![b'x'; 0x000f_fff0])
    });
    withstands("a frame without its end", kept, "no-accounts-no-id");
    let short = peer(|stream| {
        greet(stream)?;
        stream.write_all(&[0, 0, 0, 2, 0, 0])
    });
    withstands("a frame without an id", short, "not-tws-protocol");
}

#[test]
fn a_byte_at_a_time_does_not_stretch_a_deadline() {
    let slow = peer(|stream| {
        for byte in b"\0\0\x0f\x00226\0".iter().chain(std::iter::repeat(&b'1')) {
            stream.write_all(&[*byte])?;
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    });
    withstands("a byte at a time", slow, "silent-after-connect");
}

#[test]
fn endless_notices_hide_no_deadline() {
    let flood = peer(|stream| {
        greet(stream)?;
        let text = "\x1b[2J\x1b]0;owned\x07 no\r\nend \u{202e}".repeat(50);
        let frames = notice(-1, 100, &text).encode(VERSION).repeat(50);
        loop {
            stream.write_all(&frames)?;
        }
    });
    // They are the best evidence there is of why nothing else comes.
    withstands("endless notices", flood, "pacing");
}

#[test]
fn megabytes_of_accounts_are_kept_in_part() {
    let list: Vec<String> = (0..40_000).map(|n| format!("DU{n:06}")).collect();
    let mut frames = Reply::ManagedAccounts(list).encode(VERSION);
    frames.extend(Reply::ManagedAccounts(vec!["a".to_owned(); 200_000]).encode(VERSION));
    let many = peer(move |stream| {
        greet(stream)?;
        (0..4).try_for_each(|_| stream.write_all(&frames))
    });
    withstands("megabytes of accounts", many, "next-id-missing");
}

#[test]
fn endless_rows_are_counted_and_not_kept() {
    let rows = peer(|stream| {
        ready(stream)?;
        let row = Reply::Position(ibdoc::wire::Position {
            account: "\x1b[31mDU1".to_owned(),
            contract: ibdoc::wire::Contract::default(),
            quantity: "1".to_owned(),
            average_cost: 1.0,
        });
        let frames = row.encode(VERSION).repeat(100);
        loop {
            stream.write_all(&frames)?;
        }
    });
    withstands("endless rows", rows, "sync-timeout");
}

#[test]
fn text_that_is_no_text_and_broken_varints_are_withstood() {
    let wild = peer(|stream| {
        greet(stream)?;
        // Accounts of escape sequences and of bytes that are not UTF-8, then numbers that never
        // end, then a notice of the same kind.
        let mut accounts = b"\0\0\0\x14\0\0\0\xd7\x0a\x0e".to_vec();
        accounts.extend(b"\x1b[2J\xff\xfe\x9b31m\r\nDU");
        stream.write_all(&accounts)?;
        stream.write_all(b"\0\0\0\x0f\0\0\0\xd1\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")?;
        stream.write_all(b"\0\0\0\x0e\0\0\0\xcc\x18\xc1\x02\x22\x05\x1b]0;\xfe")?;
        Ok(())
    });
    withstands("broken text and numbers", wild, "gateway-says");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_end_in_a_record_in_time(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        session_against(&bytes);
    }

    #[test]
    fn any_frames_after_a_greeting_end_in_a_record_in_time(
        head in any::<u8>(),
        frames in prop::collection::vec((0u32..330, prop::collection::vec(any::<u8>(), 0..60)), 0..60),
    ) {
        let mut bytes = vec![head | 1];
        for (id, body) in frames {
            let length = u32::try_from(body.len() + 4).expect("short");
            bytes.extend(length.to_be_bytes());
            bytes.extend(id.to_be_bytes());
            bytes.extend(body);
        }
        session_against(&bytes);
    }
}
