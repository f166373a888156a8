//! Recordings that do not tell enough: nothing wrong is made up, and nothing is said to be fine.

use ibdoc::event::Speaker::{Client, Gateway};
use ibdoc::finding::Code;
use ibdoc::trace::{Analyser, Reader};
use ibdoc::wire::{Reply, Request};

use super::captures::{read, talk};
use super::command::file;
use super::packets::{ACK, Dialogue, FIN, Link, Segment, in_part, pcap};
use super::talk::{Talk, text};
use crate::helpers::command::run_json;

#[test]
fn of_a_capture_of_one_direction_nothing_is_said_but_that() {
    for side in [Client, Gateway] {
        let mut segments = talk(178).segments;
        segments.retain(|it| it.side == side);
        let (trace, findings) = read(&pcap(&segments, Link::Raw, false, false), usize::MAX);
        assert!(findings.is_empty(), "{side:?}: {findings:?}");
        assert!(trace.open_question().is_some(), "{side:?}");
    }
}

#[test]
fn behind_a_packet_that_was_cut_an_answer_may_be() {
    let mut segments = talk(178).segments;
    let mut answers = segments
        .iter_mut()
        .rev()
        .filter(|it| it.side == Gateway && !it.payload.is_empty());
    answers.next().expect("an answer").payload.truncate(3);
    let (trace, findings) = read(&pcap(&segments, Link::Raw, false, false), usize::MAX);
    assert!(findings.is_empty(), "{findings:?}");
    let question = trace.open_question().expect("a question");
    assert!(question.contains("missing in the recording"), "{question}");
}

#[test]
fn packets_that_were_captured_in_part_leave_everything_open_and_say_so() {
    let talk = Talk::ready("157..178", 178)
        .asks(10, &Request::Positions)
        .says(12, &Reply::PositionEnd);
    let mut dialogue = Dialogue::of(&talk);
    dialogue
        .add(900, Client, FIN | ACK, b"")
        .add(901, Gateway, FIN | ACK, b"")
        .add(901, Client, ACK, b"");
    let whole = pcap(&dialogue.segments, Link::Ethernet, false, false);
    let folder = tempfile::tempdir().expect("a folder");
    for (most, verdict) in [
        (65_535, "healthy"),
        (100, "healthy"),
        (70, "unknown"),
        (54, "unknown"),
        (40, "unknown"),
    ] {
        let recording = file(folder.path(), "x", &in_part(&whole, most));
        let report = run_json(&["trace", &recording]).json();
        assert_eq!(report["verdict"], verdict, "{most}: {report}");
        let error = report["error"].as_str().unwrap_or_default();
        assert_eq!(
            error.contains("tcpdump -s 0"),
            verdict == "unknown",
            "{most}: {error}"
        );
    }
}

#[test]
fn the_side_whose_fin_was_captured_first_closed_first_also_behind_a_gap() {
    let talk = Talk::ready("157..178", 178).asks(900, &Request::CurrentTime);
    let mut dialogue = Dialogue::of(&talk);
    dialogue
        .add(1_000, Client, FIN | ACK, b"")
        .add(1_001, Gateway, FIN | ACK, b"")
        .add(1_001, Client, ACK, b"");
    // The last message of the client was not captured.
    dialogue.segments.retain(|it| it.at != 900);
    let (trace, findings) = read(
        &pcap(&dialogue.segments, Link::Raw, false, false),
        usize::MAX,
    );
    assert!(findings.is_empty(), "{findings:?}");
    let close = trace.sessions[0].close.clone().expect("a close");
    assert_eq!((close.first, close.is_unsure), (Client, false));
    // Without the client's FIN nothing tells.
    dialogue.segments.retain(|it| it.at != 1_000);
    let (trace, findings) = read(
        &pcap(&dialogue.segments, Link::Raw, false, false),
        usize::MAX,
    );
    assert!(findings.is_empty(), "{findings:?}");
    assert!(
        trace.sessions[0]
            .close
            .as_ref()
            .is_some_and(|it| it.is_unsure)
    );
}

#[test]
fn a_capture_goes_on_until_its_last_packet_whatever_that_is_of() {
    let talk = Talk::ready("157..178", 178).asks(1_000, &Request::Executions { req_id: 3 });
    let mut asked = Dialogue::of(&talk);
    let mut dialled = Dialogue::dialled(50_000);
    dialled.segments.truncate(1);
    for at in [1_000, 3_000, 7_000, 15_000, 31_000] {
        let again = dialled.segments[0].clone();
        dialled.segments.push(Segment { at, ..again });
    }
    let recording = pcap(&asked.segments, Link::Raw, false, false);
    let (trace, findings) = read(&recording, usize::MAX);
    assert!(findings.is_empty() && trace.open_question().is_some());
    asked.add(60_000, Client, ACK, b"");
    for (dialogue, code, words) in [
        (
            asked,
            Code::SyncTimeout,
            "nothing for 59.00 s, until the end",
        ),
        (dialled, Code::Unreachable, "for 31.00 s"),
    ] {
        let recording = pcap(&dialogue.segments, Link::Raw, false, false);
        let (_, findings) = read(&recording, usize::MAX);
        assert_eq!(findings[0].code, code, "{findings:?}");
        assert!(findings[0].summary.contains(words), "{findings:?}");
    }
}

#[test]
fn an_order_and_a_subscription_without_any_answer_are_told_as_what_they_are() {
    let ready = || Talk::ready("157..178", 178);
    let order = text(&["3", "5", "0", "SYMBOL"]);
    let closed = [(
        20_000,
        Client,
        ibdoc::trace::What::Closed(ibdoc::trace::Closing::Fin),
    )];
    let talk = ready().sends(20, Client, order.clone());
    let unanswered = super::talk::analysed(&talk, &closed, usize::MAX);
    let [finding] = unanswered.findings.as_slice() else {
        panic!("{:?}", unanswered.findings);
    };
    assert_eq!(finding.code, Code::SyncTimeout);
    assert!(
        finding
            .summary
            .starts_with("an order (3) was never answered"),
        "{}",
        finding.summary
    );
    for answer in [
        text(&["5", "5", "SYMBOL"]),
        text(&["3", "5", "PreSubmitted"]),
        text(&["4", "2", "5", "201", "Order rejected"]),
    ] {
        let talk = ready()
            .sends(20, Client, order.clone())
            .sends(30, Gateway, answer);
        let answered = super::talk::analysed(&talk, &closed, usize::MAX);
        assert!(answered.findings.is_empty(), "{:?}", answered.findings);
    }
    let talk = ready().sends(20, Client, text(&["1", "11", "9", "0", "SYMBOL"]));
    let silent = super::talk::analysed(&talk, &closed, usize::MAX);
    assert!(silent.findings.is_empty(), "{:?}", silent.findings);
    let notes = silent.trace.notes.join("\n");
    assert!(notes.contains("nothing came to market data (1)"), "{notes}");
}

/// Hands a whole recording of these to the analyser.
fn take_recording(analyser: &mut Analyser, source: usize, segments: &[Segment]) {
    let mut reader = Reader::new(source, "a recording");
    let recording = pcap(segments, Link::Raw, false, false);
    reader.feed(&recording, &mut |chunk| analyser.take(chunk, &mut |_| {}));
    reader.end(&mut |chunk| analyser.take(chunk, &mut |_| {}));
    analyser.end_recording();
}

#[test]
fn what_was_open_at_the_end_of_one_recording_has_not_waited_for_the_next() {
    let mut analyser = Analyser::default();
    for (source, day) in [0, 86_400_000].into_iter().enumerate() {
        let mut segments = talk(178).segments;
        segments.retain(|it| it.at < 4_000);
        for segment in &mut segments {
            segment.at += day;
        }
        take_recording(&mut analyser, source, &segments);
    }
    let (trace, findings) = analyser.finish();
    assert_eq!(trace.sessions.len(), 2);
    assert!(findings.is_empty(), "{findings:?}");
    let question = trace.open_question().unwrap_or_default();
    assert!(question.contains("still waited for"), "{question}");
}

#[test]
fn a_session_that_ended_after_a_thousand_others_is_judged_too() {
    let mut analyser = Analyser::default();
    for source in 0..1_005 {
        let mut segments = talk(178).segments;
        if source < 1_004 {
            // It ends too soon to tell.
            segments.retain(|it| it.at < 20);
        }
        take_recording(&mut analyser, source, &segments);
    }
    let (trace, findings) = analyser.finish();
    assert_eq!((trace.sessions.len(), trace.sessions_dropped), (1_001, 4));
    assert!(!findings.is_empty());
}

#[test]
fn a_log_that_does_not_tell_enough_is_not_said_to_be_fine() {
    let folder = tempfile::tempdir().expect("a folder");
    let messages = [
        "Connecting to 127.0.0.1:4002 with clientId 7...",
        "Connected",
        "<<< 178,20261127 10:43:21 UTC",
        ">>> 71,2,7,",
        "<<< 15,1,DU9000001",
        "<<< 9,1,1",
        ">>> 7,3,4,0,,,,,,",
        "Disconnecting",
        "Disconnected.",
    ];
    let timed: Vec<String> = messages
        .iter()
        .enumerate()
        .map(|(place, it)| {
            format!(
                "2026-11-27 10:43:{:02},584 ib_async.client {it}",
                21 + place
            )
        })
        .collect();
    let json = timed
        .iter()
        .map(|line| format!("{{\"log\":\"{line}\\n\"}}"));
    let json: Vec<String> = json.collect();
    let backwards: Vec<String> = timed.iter().rev().cloned().collect();
    for (name, text, words) in [
        ("untimed", messages.join("\n"), "no times"),
        ("backwards", backwards.join("\n"), "run backwards"),
    ] {
        let recording = file(folder.path(), name, text.as_bytes());
        let report = run_json(&["trace", &recording]).json();
        assert_eq!(report["verdict"], "unknown", "{name}");
        let error = report["error"].as_str().unwrap_or_default();
        assert!(error.contains(words), "{name}: {error}");
    }
    let marked = format!("\u{feff}{}", timed.join("\r\n"));
    for (name, text) in [("docker", json.join("\n")), ("marked", marked)] {
        let recording = file(folder.path(), name, text.as_bytes());
        let session = &run_json(&["trace", &recording]).json()["trace"]["sessions"][0];
        assert_eq!(session["close"]["first"], "client", "{name}");
        assert_eq!(session["gateway"], "127.0.0.1:4002", "{name}");
    }
    let wide: Vec<u8> = std::iter::once(0xfeff)
        .chain(timed.join("\r\n").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let recording = file(folder.path(), "wide", &wide);
    let report = run_json(&["trace", &recording]).json();
    assert!(
        report["error"]
            .as_str()
            .is_some_and(|it| it.contains("UTF-16"))
    );
}
