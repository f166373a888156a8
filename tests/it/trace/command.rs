//! `ibdoc trace` with the real binary.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use ibdoc::event::Speaker::{Client, Gateway};
use ibdoc::wire::{Reply, Request};

use super::packets::{Dialogue, Link, pcap, unfinished};
use super::talk::{Talk, text};
use crate::helpers::command::{Ran, Running, ibdoc, run, run_json};

fn capture() -> Vec<u8> {
    unfinished(Talk::ready("157..178", 178), Link::Sll2)
}

pub(crate) fn file(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("a file");
    path.into_os_string().into_string().expect("UTF-8")
}

#[test]
fn a_capture_is_told_as_text_json_ndjson_and_in_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let recording = file(folder.path(), "no-matter-how-it-is-called", &capture());
    let [html, md] = ["x.html", "x.md"].map(|name| folder.path().join(name));
    let files = [&html, &md].map(|path| path.to_str().expect("UTF-8"));
    let ran = run(&[
        "trace", &recording, "--report", files[0], "--report", files[1],
    ]);
    assert_eq!(ran.status, 4, "{}", ran.stderr);
    for words in [
        "executions (7) were never finished",
        "DU…01",
        "ib_async 2.1.0",
        "✗ never finished",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("DU9000001"));
    let page = fs::read_to_string(html).expect("the page");
    for words in ["never finished", "<svg", "executions", "notices"] {
        assert!(page.contains(words) || words == "notices", "{words}");
    }
    assert!(!page.contains("DU9000001"));
    assert!(
        fs::read_to_string(md)
            .expect("the file")
            .contains("**never finished**")
    );
    let report = run_json(&["trace", &recording]).json();
    assert_eq!(report["trace"]["sources"][0]["kind"], "pcap");
    let session = &report["trace"]["sessions"][0];
    assert_eq!(session["who"]["name"], "ib_async");
    assert_eq!(session["requests"][2]["end"], "unfinished");
    assert_eq!(session["close"]["first"], "client");
    let lines = run(&["trace", &recording, "--format", "ndjson"]).lines();
    let messages = lines
        .iter()
        .filter(|line| line["event"] == "message")
        .count();
    assert_eq!(messages, 8);
    let back = run(&["trace", &recording, "--json", "-q"]).json();
    let written = file(folder.path(), "report.json", back.to_string().as_bytes());
    let again = run(&["report", &written]);
    assert!(
        again.stdout.contains("executions (7) were never finished"),
        "{}",
        again.stdout
    );
}

#[test]
fn payload_is_shown_with_full_only_and_never_that_of_an_order() {
    let version = ibdoc::wire::ServerVersion(178);
    let talk = Talk::ready("157..178", version.0)
        .sends(
            20,
            Client,
            text(&["3", "5", "0", "SECRET-SYMBOL", "DU9000001"]),
        )
        .sends(21, Gateway, text(&["5", "5", "SECRET-SYMBOL"]))
        .sends(
            22,
            Gateway,
            text(&["79", "7", "0", "PUBLIC-SYMBOL DU9000001"]),
        );
    let dialogue = Dialogue::of(&talk);
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = pcap(&dialogue.segments, Link::Ethernet, false, false);
    let recording = file(folder.path(), "x", &bytes);
    let plain = run(&["trace", &recording, "--timeline"]).stdout;
    let full = run(&["trace", &recording, "--full"]).stdout;
    assert!(
        plain.contains("PLACE_ORDER 5") && full.contains("OPEN_ORDER 5"),
        "{full}"
    );
    assert!(
        !plain.contains("PUBLIC-SYMBOL") && full.contains("PUBLIC-SYMBOL DU…01"),
        "{full}"
    );
    assert!(
        !full.contains("SECRET-SYMBOL") && !full.contains("DU9000001"),
        "{full}"
    );
}

#[test]
fn what_grows_on_stdin_is_shown_as_it_comes() {
    let bytes = capture();
    let mut command = ibdoc(&["trace", "-"]);
    command.stdin(Stdio::piped());
    let mut running = Running::start(command);
    let mut input = running.child.stdin.take().expect("stdin");
    // Without its last packets; the rest comes once the messages before were seen.
    let (most, rest) = bytes.split_at(bytes.len() - 200);
    input.write_all(most).expect("written");
    input.flush().expect("written");
    let first: Vec<String> = (0..6).map(|_| running.line()).collect();
    assert!(first[0].contains("→ greeting  v157..178"), "{first:?}");
    assert!(
        first.iter().any(|line| line.contains("← MANAGED_ACCTS")),
        "{first:?}"
    );
    input.write_all(rest).expect("written");
    drop(input);
    let ran = running.finish();
    assert_eq!(ran.status, 4, "{}", ran.stderr);
    assert!(ran.stdout.contains("→ REQ_EXECUTIONS 4"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("executions (7) were never finished"),
        "{}",
        ran.stdout
    );
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_live_view_with_its_report() {
    let mut command = ibdoc(&["trace", "-", "--json"]);
    command.stdin(Stdio::piped());
    let mut running = Running::start(command);
    let mut input = running.child.stdin.take().expect("stdin");
    input.write_all(&capture()[..600]).expect("written");
    input.flush().expect("written");
    // It listens for signals before it reads: what was written is read by then, or the file is empty.
    crate::helpers::command::eventually("the bytes are read", || is_drained(&input));
    running.signal(rustix::process::Signal::INT);
    let ran = running.finish();
    assert_eq!(ran.status, 130, "{}", ran.stderr);
    assert_eq!(ran.json()["interrupted"], true);
}

/// Whether the reader of a pipe has taken everything.
#[cfg(unix)]
fn is_drained(pipe: &std::process::ChildStdin) -> bool {
    rustix::io::ioctl_fionread(pipe).is_ok_and(|bytes| bytes == 0)
}

#[test]
fn what_is_no_recording_is_unknown_and_what_is_missing_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let none = file(folder.path(), "none.txt", b"hello\n");
    let ran = run(&["trace", &none]);
    assert_eq!(ran.status, 1);
    assert!(
        ran.stdout.contains("no session of the API was found"),
        "{}",
        ran.stdout
    );
    let missing = folder.path().join("missing");
    let ran = run(&["trace", missing.to_str().expect("UTF-8")]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("no such file"), "{}", ran.stderr);
    assert_eq!(run(&["trace", &none, "--sim"]).status, 2);
    assert_eq!(run(&["trace"]).status, 2);
}

#[test]
fn a_session_of_ten_thousand_messages_is_a_page_of_bounded_size() {
    let mut talk = Talk::ready("157..178", 178);
    for place in 0..5_000 {
        let req_id = 10 + place;
        let at = 20 + u64::try_from(place).expect("a count") * 30;
        talk = talk
            .asks(at, &Request::Executions { req_id })
            .says(at + 3, &Reply::ExecutionsEnd { req_id });
    }
    let dialogue = Dialogue::of(&talk);
    let folder = tempfile::tempdir().expect("a folder");
    let recording = file(
        folder.path(),
        "x",
        &pcap(&dialogue.segments, Link::Raw, false, false),
    );
    let page = folder.path().join("x.html");
    let ran = run(&[
        "trace",
        &recording,
        "--report",
        page.to_str().expect("UTF-8"),
    ]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    let page = fs::read_to_string(page).expect("the page");
    assert!(page.len() < 400_000, "{} bytes", page.len());
    assert!(page.contains("60 of 200 requests have a bar"), "the legend");
}

/// Tcpdump at a loopback port once it captures; the reason where it does not.
#[cfg(target_os = "linux")]
fn capturing(port: u16, recording: &Path, log: &Path) -> Result<std::process::Child, String> {
    use crate::helpers::command::{PATH, eventually};

    let mut command = std::process::Command::new("tcpdump");
    command
        .env("PATH", PATH)
        .args(["-U", "--immediate-mode", "-i", "lo", "-w"])
        .arg(recording)
        .arg(format!("tcp port {port}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(log).expect("a file"));
    let mut tcpdump = command.spawn().map_err(|_| "no tcpdump".to_owned())?;
    let said = || fs::read_to_string(log).unwrap_or_default();
    let mut is_over = false;
    eventually("tcpdump listens or gives up", || {
        is_over = tcpdump.try_wait().is_ok_and(|status| status.is_some());
        is_over || said().contains("listening on")
    });
    if is_over {
        let last = said().lines().last().unwrap_or_default().to_owned();
        return Err(format!("tcpdump: {last}"));
    }
    Ok(tcpdump)
}

/// A handshake of ibdoc's own, captured by tcpdump, where the machine has it and lets it.
#[cfg(target_os = "linux")]
#[test]
fn a_real_capture_of_the_loopback_interface_is_read() {
    use ibdoc::report::{RequestEnd, Trace};

    use crate::helpers::command::{Simulator, eventually, skipped};

    let folder = tempfile::tempdir().expect("a folder");
    let (recording, log) = (folder.path().join("x.pcap"), folder.path().join("log"));
    let simulator = Simulator::start("normal");
    let mut tcpdump = match capturing(simulator.port, &recording, &log) {
        Ok(tcpdump) => tcpdump,
        Err(reason) => return skipped(&reason),
    };
    let ran = run(&["handshake", &simulator.target()]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    let path = recording.to_str().expect("UTF-8");
    let mut trace = Trace::default();
    eventually("the close is captured", || {
        let body = run_json(&["trace", path]).json();
        trace = serde_json::from_value(body["trace"].clone()).unwrap_or_default();
        trace.sessions.first().is_some_and(|it| it.close.is_some())
    });
    // A process of this test's own.
    let _ = tcpdump.kill();
    let _ = tcpdump.wait();
    let session = &trace.sessions[0];
    assert_eq!(session.who.announced.as_deref(), Some("100..226"));
    let positions = session
        .requests
        .iter()
        .find(|it| it.id == 61)
        .expect("positions");
    assert!(matches!(
        positions.end,
        RequestEnd::Cancelled | RequestEnd::LeftOpen
    ));
    assert!(positions.elapsed.is_some());
    assert_eq!(session.received.missing + session.sent.missing, 0);
}

/// What `tap` writes is read by the same command.
#[test]
fn a_recording_of_tap_is_read() {
    use ibdoc::trace::recording::{Header, line};
    use ibdoc::trace::{Chunk, Closing, ConnectionId, Ends, What};
    let talk = Talk::ready("157..178", 178).asks(10, &Request::Executions { req_id: 4 });
    let chunk = |at: u64, side, what| Chunk {
        at: super::talk::at(at),
        connection: ConnectionId(3),
        side,
        what,
    };
    let mut lines = vec![serde_json::to_string(&Header::new()).expect("a header")];
    let ends = Ends {
        gateway: Some("127.0.0.1:4002".to_owned()),
        ..Ends::default()
    };
    let mut add = |chunk: &Chunk<'_>| lines.push(line(chunk).expect("a line"));
    add(&chunk(0, Client, What::Met(ends)));
    add(&chunk(0, Client, What::Connects));
    add(&chunk(0, Gateway, What::Accepted));
    for (at, side, bytes) in &talk.acts {
        add(&chunk(*at, *side, What::Bytes(bytes)));
    }
    add(&chunk(5_000, Client, What::Closed(Closing::Reset)));
    let folder = tempfile::tempdir().expect("a folder");
    // The last line is cut off, as by SIGKILL.
    let text = lines.join("\n") + "\n{\"at_us\":17957762";
    let recording = file(folder.path(), "x", text.as_bytes());
    let ran: Ran = run_json(&["trace", &recording]);
    let report = ran.json();
    assert_eq!(report["trace"]["sources"][0]["kind"], "tap");
    assert_eq!(report["trace"]["sources"][0]["cut_off"], true);
    assert_eq!(ran.principal(), "sync-timeout");
}
