//! Captures: every link layer, both formats, and what goes wrong on the way.

use ibdoc::event::Speaker::{Client, Gateway};
use ibdoc::finding::{Code, Finding};
use ibdoc::report::{ClosingKind, RequestEnd, Trace};
use ibdoc::wire::{Reply, Request};
use proptest::prelude::*;

use super::packets::{ACK, Dialogue, FIN, Link, RST, Segment, pcap, pcapng};
use super::talk::Talk;
use crate::helpers::recorded;

/// What is found in a recording whose bytes come in pieces.
pub(crate) fn read(recording: &[u8], piece: usize) -> (Trace, Vec<Finding>) {
    let (trace, findings, _) = recorded::read(recording, piece);
    (trace, findings)
}

/// A session in which completed orders are never finished, closed by the client.
pub(crate) fn talk(version: u16) -> Dialogue {
    let talk = Talk::ready(&format!("100..{version}"), version)
        .asks(10, &Request::Positions)
        .asks(10, &Request::CompletedOrders { api_only: false })
        .says(12, &Reply::PositionEnd);
    let mut dialogue = Dialogue::of(&talk);
    dialogue
        .add(4_010, Client, FIN | ACK, b"")
        .add(4_011, Gateway, FIN | ACK, b"")
        .add(4_011, Client, ACK, b"");
    dialogue
}

fn is_complete(trace: &Trace, findings: &[Finding], why: &str) {
    let codes: Vec<Code> = findings.iter().map(|it| it.code).collect();
    assert_eq!(codes, [Code::SyncTimeout], "{why}: {findings:?}");
    assert!(
        findings[0]
            .summary
            .starts_with("completed orders (99) were never finished"),
        "{why}"
    );
    let [session] = trace.sessions.as_slice() else {
        panic!("{why}: {} sessions", trace.sessions.len());
    };
    assert_eq!(
        (session.sent.messages, session.received.messages),
        (4, 4),
        "{why}"
    );
    let close = session.close.as_ref().expect("a close");
    assert_eq!(
        (close.first, close.how),
        (Client, ClosingKind::Fin),
        "{why}"
    );
    assert_eq!(close.other, Some(ClosingKind::Fin), "{why}");
}

#[test]
fn every_link_layer_and_both_addresses_are_read_from_both_formats() {
    let segments = talk(178).segments;
    for link in Link::ALL {
        for is_v6 in [false, true] {
            let why = format!("{link:?}, IPv6 {is_v6}");
            let files = [
                pcap(&segments, link, is_v6, false),
                pcap(&segments, link, is_v6, true),
                pcapng(&segments, link, is_v6),
            ];
            for (place, file) in files.iter().enumerate() {
                let (trace, findings) = read(file, usize::MAX);
                is_complete(&trace, &findings, &format!("{why}, file {place}"));
            }
        }
    }
}

#[test]
fn a_segment_that_is_sent_again_is_read_once_and_counted() {
    let mut segments = talk(178).segments;
    let again = segments
        .iter()
        .find(|it| !it.payload.is_empty())
        .expect("bytes")
        .clone();
    let bytes = again.payload.len() as u64;
    segments.insert(6, Segment { at: 400, ..again });
    let (trace, findings) = read(&pcap(&segments, Link::Raw, false, false), usize::MAX);
    assert_eq!(trace.sessions[0].sent.repeated_bytes, bytes);
    assert!(findings.iter().any(|it| it.code == Code::SyncTimeout));
}

#[test]
fn a_packet_that_was_not_captured_is_a_gap_and_what_follows_is_read() {
    let talk = Talk::ready("100..178", 178)
        .says(12, &Reply::CurrentTime(1))
        .asks(20, &Request::Executions { req_id: 3 })
        .says(22, &Reply::ExecutionsEnd { req_id: 3 })
        .says(400, &Reply::CurrentTime(2));
    let mut dialogue = Dialogue::of(&talk);
    dialogue.add(900, Client, ACK, b"");
    let lost = dialogue
        .segments
        .iter()
        .position(|it| it.at == 12)
        .expect("the packet");
    let bytes = dialogue.segments.remove(lost).payload.len() as u64;
    let (trace, _) = read(
        &pcap(&dialogue.segments, Link::Raw, false, false),
        usize::MAX,
    );
    let session = &trace.sessions[0];
    assert_eq!(session.received.missing, bytes);
    let executions = session
        .requests
        .iter()
        .find(|it| it.id == 7)
        .expect("executions");
    assert_eq!(executions.end, RequestEnd::Ended);
}

#[test]
fn nothing_is_said_of_what_may_be_in_a_gap() {
    let talk = Talk::ready("100..178", 178)
        .asks(20, &Request::Executions { req_id: 3 })
        .says(22, &Reply::ExecutionsEnd { req_id: 3 })
        .says(400, &Reply::CurrentTime(2));
    let mut dialogue = Dialogue::of(&talk);
    dialogue
        .add(900, Client, ACK, b"")
        .add(9_000, Client, FIN | ACK, b"");
    // The version, the accounts, the id and the end of executions were not captured.
    dialogue
        .segments
        .retain(|it| it.side == Client || it.payload.is_empty() || it.at == 400);
    let (trace, findings) = read(
        &pcap(&dialogue.segments, Link::Raw, false, false),
        usize::MAX,
    );
    assert!(findings.is_empty(), "{findings:?}");
    let executions = trace.sessions[0]
        .requests
        .iter()
        .find(|it| it.id == 7)
        .expect("executions");
    assert_eq!(executions.end, RequestEnd::NotRecorded);
}

#[test]
fn a_capture_that_begins_in_mid_session_is_read_also_on_another_port() {
    for version in [178, 226] {
        let whole = talk(version);
        let late: Vec<Segment> = whole.segments.iter().skip(8).cloned().collect();
        let (trace, findings) = read(&pcap(&late, Link::Raw, false, false), usize::MAX);
        let session = &trace.sessions[0];
        assert!(
            !session.has_beginning && session.version_assumed,
            "{version}"
        );
        assert_eq!(
            session.gateway.as_deref(),
            Some("10.0.0.2:4002"),
            "{version}"
        );
        let summary = &findings[0].summary;
        assert!(
            summary.starts_with("completed orders (99) were never"),
            "{version}: {summary}"
        );
    }
}

#[test]
fn a_refused_connection_and_a_reset_are_told() {
    let mut refused = Dialogue::dialled(50_001);
    refused.segments.truncate(1);
    refused.add(1, Gateway, RST | ACK, b"");
    let (_, findings) = read(
        &pcap(&refused.segments, Link::Raw, false, false),
        usize::MAX,
    );
    assert_eq!(findings[0].code, Code::NotListening, "{findings:?}");
    let mut reset = Dialogue::of(&Talk::ready("157..178", 178));
    reset.add(9_000, Gateway, RST, b"");
    let (trace, findings) = read(&pcap(&reset.segments, Link::Raw, false, false), usize::MAX);
    assert_eq!(findings[0].code, Code::Dropped, "{findings:?}");
    let close = trace.sessions[0].close.clone().expect("a close");
    assert_eq!((close.first, close.how), (Gateway, ClosingKind::Rst));
}

#[test]
fn a_client_that_does_not_read_is_found_with_what_it_left_unread() {
    let mut dialogue = Dialogue::of(&Talk::ready("157..178", 178));
    let tick = Reply::CurrentTime(1).encode(ibdoc::wire::ServerVersion(178));
    dialogue.add(100, Client, ACK, b"");
    dialogue
        .add(110, Gateway, ACK, &tick.repeat(50))
        .add(111, Client, ACK, b"");
    dialogue.segments.last_mut().expect("one").window = 490;
    dialogue
        .add(120, Gateway, ACK, &tick.repeat(50))
        .add(121, Client, ACK, b"");
    dialogue.segments.last_mut().expect("one").window = 0;
    dialogue.add(75_000, Client, ACK, b"");
    let (trace, findings) = read(
        &pcap(&dialogue.segments, Link::Raw, false, false),
        usize::MAX,
    );
    let finding = findings.iter().find(|it| it.code == Code::ClientNotReading);
    let finding = finding.unwrap_or_else(|| panic!("{findings:?}"));
    assert!(
        finding.summary.contains("read nothing for 75 s"),
        "{}",
        finding.summary
    );
    let unread = trace.sessions[0].sent.unread_bytes;
    assert!(unread.is_some_and(|unread| unread > 0), "{unread:?}");
}

#[test]
fn connections_of_other_services_are_counted_and_nothing_else() {
    let mut other = Dialogue::dialled(50_002);
    other.add(1, Client, ACK, b"GET / HTTP/1.1\r\n\r\n").add(
        2,
        Gateway,
        ACK,
        b"HTTP/1.1 200 OK\r\n\r\n",
    );
    let (trace, findings) = read(&pcap(&other.segments, Link::Raw, false, false), usize::MAX);
    assert!(trace.sessions.is_empty() && findings.is_empty());
    assert_eq!(trace.other_connections, 1);
}

#[test]
fn a_client_that_comes_back_is_one_story() {
    let talk = Talk::ready("157..178", 178)
        .asks(10, &Request::Positions)
        .says(12, &Reply::PositionEnd);
    let mut first = Dialogue::of(&talk);
    first
        .add(5_000, Gateway, FIN | ACK, b"")
        .add(5_001, Client, FIN | ACK, b"");
    let later = Dialogue::of(&Talk::ready("157..178", 178))
        .segments
        .into_iter();
    let later = later.map(|it| Segment {
        at: it.at + 65_000,
        port: 50_010,
        ..it
    });
    let segments: Vec<Segment> = first.segments.into_iter().chain(later).collect();
    let (trace, _) = read(&pcap(&segments, Link::Raw, false, false), usize::MAX);
    assert_eq!(trace.sessions.len(), 2);
    let [story] = trace.stories.as_slice() else {
        panic!("{:?}", trace.stories)
    };
    assert_eq!(story.reconnects, 1);
    let lines = story.lines.join("\n");
    assert!(lines.contains("the Gateway closed (FIN)"), "{lines}");
    assert!(
        lines.contains("did not ask again for positions (61)"),
        "{lines}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_capture_reads_the_same_however_it_is_cut_and_ordered(
        piece in 1_usize..80,
        segment in 1_usize..60,
        seed in any::<u64>(),
    ) {
        let mut segments = talk(178).cut(segment);
        let mut random = fastrand::Rng::with_seed(seed);
        // Neighbours of the same moment and side change places, and some come twice.
        for place in 1..segments.len() {
            let (one, other) = (&segments[place - 1], &segments[place]);
            let is_plain = |it: &Segment| it.flags == ACK && !it.payload.is_empty();
            if one.at == other.at && one.side == other.side && is_plain(one) && is_plain(other) && random.bool() {
                segments.swap(place - 1, place);
            }
        }
        let twice = random.usize(3..segments.len());
        let same = segments[twice].clone();
        segments.insert(twice + 1, same);
        let file = pcap(&segments, Link::Ethernet, true, false);
        let (trace, findings) = read(&file, piece);
        is_complete(&trace, &findings, "cut");
    }

    #[test]
    fn any_bytes_behind_the_head_of_a_capture_make_no_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        is_pcapng in any::<bool>(),
        piece in 1_usize..100,
    ) {
        let head = if is_pcapng { pcapng(&[], Link::Raw, false) } else { pcap(&[], Link::Raw, false, false) };
        let file = [head, bytes].concat();
        let (trace, _) = read(&file, piece);
        prop_assert_eq!(trace.sources[0].bytes, file.len() as u64);
    }
}
