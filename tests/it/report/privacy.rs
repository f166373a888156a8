//! The accounts of a session, whatever they look like, in everything that is printed or written.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use ibdoc::wire::{Notice, Reply, ServerGreeting, ServerVersion};

use crate::helpers::command::{Ran, ibdoc};

const VERSION: ServerVersion = ServerVersion(176);
/// No pattern finds it.
const ACCOUNT: &str = "FAMILY-TRUST";

/// A Gateway with that account, which names it in every way; it answers no request.
fn gateway() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || converse(stream));
        }
    });
    port
}

fn converse(mut stream: TcpStream) -> std::io::Result<()> {
    let mut bytes = [0; 4096];
    let _ = stream.read(&mut bytes)?;
    let greeting = ServerGreeting {
        version: VERSION,
        connection_time: format!("20261122 10:00:00 {ACCOUNT}"),
    };
    stream.write_all(&greeting.encode())?;
    let _ = stream.read(&mut bytes)?;
    let says = format!(
        "账户{ACCOUNT}已连接, DU7654321的账户 {}",
        ACCOUNT.to_lowercase()
    );
    let notice = Notice {
        req_id: -1,
        code: 2110,
        text: says,
        advanced_order_reject: String::new(),
        time_ms: None,
    };
    let replies = [
        Reply::ManagedAccounts(vec![ACCOUNT.to_owned()]),
        Reply::NextValidId(1),
        Reply::Notice(notice),
    ];
    for reply in replies {
        stream.write_all(&reply.encode(VERSION))?;
    }
    while stream.read(&mut bytes)? > 0 {}
    Ok(())
}

#[test]
fn the_accounts_of_a_session_are_shortened_in_every_format_and_file() {
    let target = gateway().to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let files: Vec<String> = ["a.json", "a.html", "a.md", "a.junit.xml"]
        .iter()
        .map(|name| folder.path().join(name).to_string_lossy().into_owned())
        .collect();
    let reports: Vec<&str> = files.iter().flat_map(|file| ["--report", file]).collect();
    // The accounts have to come first: a name that is not known yet cannot be told from a word.
    let quick = ["--timeout", "250ms"];
    for (command, more) in [
        ("handshake", &["-vv"][..]),
        ("doctor", &["--quick"]),
        ("health", &[]),
        (
            "soak",
            &[&["--attempts", "2", "--gap", "0s"], &reports[..]].concat(),
        ),
        // It waits as long as the library does.
        ("handshake", &["--as", "ib_async"]),
    ] {
        let is_slow = more.contains(&"--as");
        let formats = ["text", "json", "ndjson"];
        for format in &formats[if is_slow { 2 } else { 0 }..] {
            let arguments = [&[command, &target, "--format", format], &quick[..], more].concat();
            let ran = Ran::from(ibdoc(&arguments).output().expect("ibdoc runs"));
            let all = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!all.is_empty(), "{arguments:?}");
            assert_no_account(&all);
        }
    }
    for file in files {
        assert_no_account(&std::fs::read_to_string(file).expect("a report"));
    }
}

#[test]
fn a_target_that_is_called_after_an_account_is_shortened_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = folder.path().join("report.md");
    let report = report.to_str().expect("UTF-8");
    let target = "gw-U7654321.invalid:4999";
    for command in [
        &["probe"][..],
        &["handshake"],
        &["health"],
        &["doctor", "--quick"],
        &["soak", "--attempts", "1", "--report", report],
        &["watch", "--deadline", "1s"],
    ] {
        for format in ["text", "json", "ndjson"] {
            let rest = [target, "--timeout", "200ms", "--format", format];
            let ran = Ran::from(
                ibdoc(&[command, &rest].concat())
                    .output()
                    .expect("ibdoc runs"),
            );
            for text in [&ran.stdout, &ran.stderr] {
                assert!(!text.contains("U7654321"), "{command:?} {format}: {text}");
            }
            assert!(
                ran.stdout.contains("gw-U7…21.invalid"),
                "{command:?}: {}",
                ran.stdout
            );
        }
    }
    let report = std::fs::read_to_string(report).expect("a report");
    assert!(!report.contains("U7654321"), "{report}");
}

fn assert_no_account(text: &str) {
    let lower = text.to_lowercase();
    assert!(!lower.contains(&ACCOUNT.to_lowercase()), "{text}");
    assert!(!lower.contains("du7654321"), "{text}");
}

#[test]
fn accounts_are_shown_in_full_when_that_is_asked_for() {
    let target = gateway().to_string();
    let arguments = [
        "handshake",
        &target,
        "--timeout",
        "200ms",
        "--show-accounts",
    ];
    let ran = Ran::from(ibdoc(&arguments).output().expect("ibdoc runs"));
    assert!(ran.stdout.contains(ACCOUNT), "{}", ran.stdout);
}
