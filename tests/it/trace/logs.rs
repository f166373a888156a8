//! DEBUG logs of `ib_insync` and `ib_async`, in any format and of several clients.

use ibdoc::finding::Code;
use ibdoc::report::{RecordingKind, RequestEnd, TraceClock};
use proptest::prelude::*;

use super::captures::read;

/// What one client logs, a message each.
fn lines(client_id: i32, first: i32) -> Vec<String> {
    let (one, two) = (first, first + 1);
    [
        format!("INFO Connecting to 127.0.0.1:4002 with clientId {client_id}..."),
        "INFO Connected".to_owned(),
        "DEBUG <<< 178,20261127 10:43:21 UTC".to_owned(),
        format!("DEBUG >>> 71,2,{client_id},"),
        "INFO Logged on to server version 178".to_owned(),
        "DEBUG <<< 15,1,DU9000001,DU9000002".to_owned(),
        format!("DEBUG <<< 9,1,{first}"),
        "DEBUG <<< 4,2,-1,2104,Market data farm connection is OK:usfarm, really,".to_owned(),
        "INFO API connection ready".to_owned(),
        "DEBUG >>> 61,1".to_owned(),
        format!("DEBUG >>> 76,1,{one},DU9000001,,0"),
        format!("DEBUG <<< 73,1,{one},DU9000001,,AccountReady,true,"),
        format!("DEBUG <<< 74,1,{one}"),
        "DEBUG <<< 62,1".to_owned(),
        format!("DEBUG >>> 7,3,{two},0,,,,,,"),
    ]
    .to_vec()
}

const LEAVES: [&str; 3] = [
    "ERROR executions request timed out",
    "INFO Disconnecting",
    "INFO Disconnected.",
];

/// A log of these messages, the last three 4 s later; `{t}` stands for the time of day.
fn log(format: &str, messages: &[String]) -> String {
    let mut log = String::new();
    for (place, message) in messages.iter().enumerate() {
        let is_late = LEAVES.contains(&message.as_str());
        let millis = if is_late { 4_584 } else { 584 + place / 10 };
        let time = format!("10:43:{:02},{:03}", 21 + millis / 1000, millis % 1000);
        let (level, text) = message.split_once(' ').expect("a level");
        let line = format
            .replace("{t}", &time)
            .replace("{l}", level)
            .replace("{m}", text);
        log += &line;
        log += "\n";
    }
    log
}

fn one_client() -> Vec<String> {
    let left = LEAVES.iter().map(|line| (*line).to_owned());
    lines(7, 1).into_iter().chain(left).collect()
}

#[test]
fn a_snapshot_without_its_end_is_never_finished_and_a_stream_needs_none() {
    let mut messages = lines(7, 1);
    messages.push("DEBUG <<< 55,1,2".to_owned());
    for (id, snapshot) in [(11, 0), (12, 1), (13, 1)] {
        let contract = "0,AAPL,STK,,0.0,,,SMART,,USD,,,0";
        messages.push(format!("DEBUG >>> 1,11,{id},{contract},,{snapshot},0,"));
        messages.push(format!("DEBUG <<< 1,6,{id},4,185.25,100,0"));
    }
    messages.push("DEBUG <<< 57,1,13".to_owned());
    messages.push("INFO Disconnecting".to_owned());
    let log = log("2026-11-27 {t} ib_async.client {l} {m}", &messages);
    let (trace, findings) = read(log.as_bytes(), usize::MAX);
    let ends = trace.sessions[0].requests.iter().filter(|it| it.id == 1);
    let ends: Vec<RequestEnd> = ends.map(|it| it.end).collect();
    let expected = [
        RequestEnd::LeftOpen,
        RequestEnd::Unfinished,
        RequestEnd::Ended,
    ];
    assert_eq!(ends, expected);
    assert!(
        findings
            .iter()
            .any(|it| it.summary.contains("market data (1)")),
        "{findings:?}"
    );
}

#[test]
fn a_log_is_read_in_every_usual_format() {
    for format in [
        "2026-11-27 {t} ib_async.client {l} {m}",
        "2026-11-27 {t} | {l}    | ib_async.client:sendMsg:339 - {m}",
        "[2026-11-27T{t}+00:00] {l} [MainThread] (ib_async.client) {m}",
        "bot-1  | 2026-11-27 {t} ib_async.client {m}",
        "Nov 27 {t} host bot[123]: {l}:ib_async.client:{m}",
        "{t} {l} ib_async {m}",
        "{l}: 2026-11-27 {t} ib_async {m} (client.py:344)",
        "client.py:344 2026-11-27 {t} [{l}] {m} [ib_async.client]",
        "17 ib_async.client 2026-11-27 {t} {m}  ",
        "\u{1b}[2m2026-11-27 {t}\u{1b}[0m [\u{1b}[36m{l}\u{1b}[0m] \u{1b}[1m{m}\u{1b}[0m [ib_async]",
        "{\"asctime\": \"2026-11-27 {t}\", \"name\": \"ib_async.client\", \"message\": \"{m}\"}",
        "{\"message\": \"{m}\", \"name\": \"ib_async.client\", \"time\": \"2026-11-27T{t}Z\"}",
        "\u{1b}[32m2026-11-27 {t}\u{1b}[0m ib_async.client {m}\u{1b}[0m",
        "{\"log\":\"2026-11-27 {t} {l} ib_async {m}\\n\",\"stream\":\"stderr\",\"time\":\"2026-11-27T10:00:00Z\"}",
    ] {
        let mut log = log(format, &one_client());
        if format.contains("stream") {
            // As Docker's own encoder writes them.
            log = log.replace('<', "\\u003c").replace('>', "\\u003e");
        }
        let (trace, findings) = read(log.as_bytes(), usize::MAX);
        assert_eq!(trace.sources[0].kind, RecordingKind::Log, "{format}");
        let [session] = trace.sessions.as_slice() else {
            panic!("{format}: {} sessions", trace.sessions.len());
        };
        assert_eq!(session.accounts.as_ref().map(Vec::len), Some(2), "{format}");
        let notice = &session.notices[0];
        assert_eq!(
            notice.message, "Market data farm connection is OK:usfarm, really",
            "{format}"
        );
        let summary = &findings
            .first()
            .unwrap_or_else(|| panic!("{format}: nothing"))
            .summary;
        assert!(
            summary.contains("executions (7) were never finished"),
            "{format}: {summary}"
        );
        assert!(
            summary.contains("nothing for 4.00 s, then the client left"),
            "{format}: {summary}"
        );
        assert!(summary.contains("10:43:21.58"), "{format}: {summary}");
    }
}

#[test]
fn a_log_without_times_is_read_by_its_order() {
    let (trace, findings) = read(log("{l}:ib_insync.client:{m}", &one_client()).as_bytes(), 7);
    assert_eq!(trace.clock, TraceClock::None);
    assert_eq!(trace.sessions[0].who.name.as_deref(), Some("ib_insync"));
    assert!(trace.sessions[0].began.is_none());
    let executions = trace.sessions[0]
        .requests
        .iter()
        .find(|it| it.id == 7)
        .expect("executions");
    assert_eq!(executions.end, RequestEnd::Unfinished);
    let summary = "executions (7) were never finished: asked, then the client left";
    assert_eq!(findings[0].summary, summary);
    assert_eq!(findings[0].code, Code::SyncTimeout);
}

#[test]
fn clients_of_one_log_are_told_apart_by_their_programs() {
    let format = |name: &str| format!("2026-11-27 {{t}} [{name}] ib_async.client {{l}} {{m}}");
    let one = log(&format("101"), &one_client());
    let other = log(&format("102"), &one_client());
    let mixed: Vec<&str> = one
        .lines()
        .zip(other.lines())
        .flat_map(|(a, b)| [a, b])
        .collect();
    let (trace, _) = read(mixed.join("\n").as_bytes(), usize::MAX);
    assert_eq!(trace.sessions.len(), 2);
    for session in &trace.sessions {
        assert_eq!((session.sent.messages, session.received.messages), (4, 7));
    }
}

#[test]
fn clients_of_one_program_are_told_apart_by_what_they_asked() {
    let (one, other) = (lines(7, 1), lines(8, 500));
    let mut mixed: Vec<String> = one[..9].to_vec();
    mixed.extend_from_slice(&other[..9]);
    mixed.push(one[9].clone());
    for place in 10..13 {
        mixed.push(one[place].clone());
        mixed.push(other[place].clone());
    }
    mixed.push(one[13].clone());
    mixed.push(one[14].clone());
    mixed.push(other[14].clone());
    mixed.push("DEBUG <<< 55,1,501".to_owned());
    let (trace, _) = read(
        log("2026-11-27 {t} ib_async.client {l} {m}", &mixed).as_bytes(),
        50,
    );
    let ends = |client_id: i32| {
        let session = trace
            .sessions
            .iter()
            .find(|it| it.who.client_id == Some(client_id));
        let session = session.unwrap_or_else(|| panic!("no session of {client_id}"));
        let executions = session
            .requests
            .iter()
            .find(|it| it.id == 7)
            .expect("executions");
        (executions.request_id, executions.end)
    };
    assert_eq!(ends(7), (Some(2), RequestEnd::Unfinished));
    assert_eq!(ends(8), (Some(501), RequestEnd::Ended));
}

#[test]
fn a_log_that_begins_in_mid_session_is_read() {
    let late: Vec<String> = one_client()[9..].to_vec();
    let (trace, findings) = read(
        log("2026-11-27 {t} ib_async.client {l} {m}", &late).as_bytes(),
        1,
    );
    assert!(!trace.sessions[0].has_beginning);
    assert!(
        findings[0].summary.contains("executions (7) were never"),
        "{findings:?}"
    );
}

#[test]
fn a_refused_connection_is_told_by_the_words_of_the_library() {
    let refused = [
        "INFO Connecting to 127.0.0.1:4002 with clientId 7...",
        "INFO Disconnecting",
        "ERROR API connection failed: ConnectionRefusedError(111, \"Connect call failed ('127.0.0.1', 4002)\")",
        "ERROR Make sure API port on TWS/IBG is open",
    ];
    let refused: Vec<String> = refused.iter().map(|it| (*it).to_owned()).collect();
    let (_, findings) = read(
        log("2026-11-27 {t} ib_async.client {l} {m}", &refused).as_bytes(),
        9,
    );
    assert_eq!(
        findings.iter().map(|it| it.code).collect::<Vec<_>>(),
        [Code::NotListening]
    );
}

#[test]
fn a_log_goes_on_until_its_last_line_with_a_time() {
    let mut log = log("2026-11-27 {t} ib_async.client {l} {m}", &lines(7, 1));
    let (trace, findings) = read(log.as_bytes(), usize::MAX);
    assert!(findings.is_empty(), "{findings:?}");
    assert!(trace.open_question().is_some());
    log += "2026-11-27 10:44:21,000 bot INFO heartbeat\nTraceback of what else went wrong\n";
    for piece in [3, usize::MAX] {
        let (_, findings) = read(log.as_bytes(), piece);
        let summary = &findings[0].summary;
        assert!(
            summary.contains("executions (7) were never finished")
                && summary.contains("until the end of the recording"),
            "{summary}"
        );
    }
}

#[test]
fn messages_of_a_gateway_prove_that_it_answered_where_a_log_was_filtered() {
    let is_kept = |line: &&String| {
        !line.ends_with("Connected") && !line.contains("<<< 178") && !line.contains(" 7,3,")
    };
    let messages: Vec<String> = one_client().iter().filter(is_kept).cloned().collect();
    let (trace, findings) = read(
        log("2026-11-27 {t} ib_async.client {l} {m}", &messages).as_bytes(),
        usize::MAX,
    );
    assert!(findings.is_empty(), "{findings:?}");
    let stages = &trace.sessions[0].stages;
    let timed_out = stages
        .iter()
        .filter(|it| it.status == ibdoc::event::StageStatus::Timeout);
    assert_eq!(timed_out.count(), 0, "{stages:?}");
}

#[test]
fn a_file_without_a_message_says_what_is_missing() {
    let (trace, _) = read(
        b"2026-11-27 10:43:21 INFO nothing\n>>> print(1)\n",
        usize::MAX,
    );
    assert!(trace.sessions.is_empty());
    assert_eq!(trace.sources[0].kind, RecordingKind::Unknown);
    assert!(trace.notes[0].contains("level DEBUG"), "{:?}", trace.notes);
    let (trace, _) = read(&[0x1f, 0x8b, 8, 0], usize::MAX);
    assert!(
        trace.notes[0].contains("unpack it first"),
        "{:?}",
        trace.notes
    );
    let (trace, _) = read(b"", 1);
    assert!(trace.notes[0].contains("is empty"), "{:?}", trace.notes);
}

proptest! {
    #[test]
    fn a_log_reads_the_same_however_it_is_cut(piece in 1_usize..300) {
        let text = log("2026-11-27 {t} ib_async.client {l} {m}", &one_client());
        let (whole, findings) = read(text.as_bytes(), usize::MAX);
        let (cut, same) = read(text.as_bytes(), piece);
        prop_assert_eq!(findings, same);
        prop_assert_eq!(whole.sessions[0].received.messages, cut.sessions[0].received.messages);
    }

    #[test]
    fn any_lines_make_no_panic(text in "(([0-9:., ]{0,9}|[a-z]{0,4})(>>> |<<< )[0-9,\\-a-z]{0,30}\n){0,20}", piece in 1_usize..60) {
        let (trace, _) = read(text.as_bytes(), piece);
        prop_assert_eq!(trace.sources[0].bytes, text.len() as u64);
    }
}
