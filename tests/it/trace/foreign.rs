//! Sessions in which one side does not speak the API.

use ibdoc::event::Speaker::{Client, Gateway};
use ibdoc::finding::{Code, Finding};
use ibdoc::trace::{Closing, What};

use super::captures::read;
use super::packets::{ACK, Dialogue, FIN, Link, RST, pcap};
use super::talk::{Talk, analysed};

const HELLO: &[u8] = b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03 and so on";
const REQUEST: &[u8] = b"GET /v1/api/iserver/auth/status HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// The only finding; that it leads to nothing in the Gateway's settings.
fn of_client(findings: &[Finding], words: &str) {
    let [finding] = findings else {
        panic!("{words}: {findings:?}");
    };
    assert_eq!(finding.code, Code::NotTwsProtocol, "{words}");
    assert!(finding.summary.contains(words), "{}", finding.summary);
    let remedies = finding.remedies.join(" ");
    assert!(
        !remedies.contains("Trusted") && !remedies.contains("4002"),
        "{remedies}"
    );
}

#[test]
fn a_client_that_speaks_something_else_is_not_said_to_be_closed_by_the_gateway() {
    let cases: [(&[u8], &str); 4] = [
        (HELLO, "the client from 127.0.0.1:50000 speaks TLS"),
        (REQUEST, "speaks HTTP, and not the API"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "speaks SSH"),
        (
            b"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7",
            "9 bytes which are no greeting",
        ),
    ];
    for (bytes, words) in cases {
        let talk = Talk {
            acts: vec![(1, Client, bytes.to_vec())],
            version: ibdoc::wire::ServerVersion(178),
        };
        for (millis, side, how) in [
            (40, Gateway, Closing::Fin),
            (40, Gateway, Closing::Reset),
            (9_000, Client, Closing::Fin),
        ] {
            for piece in [1, usize::MAX] {
                let closed = [(millis, side, What::Closed(how))];
                of_client(&analysed(&talk, &closed, piece).findings, words);
            }
        }
    }
}

#[test]
fn the_beginning_of_a_greeting_is_no_other_protocol_where_the_gateway_closed_at_once() {
    for bytes in [&b"API\0"[..], b"API\0\0\0", b"API\0\0\0\0\x09"] {
        let talk = Talk {
            acts: vec![(1, Client, bytes.to_vec())],
            version: ibdoc::wire::ServerVersion(178),
        };
        for (millis, side, code) in [
            (10, Gateway, Code::ClosedBeforeVersion),
            (20_000, Gateway, Code::NotTwsProtocol),
            (20_000, Client, Code::NotTwsProtocol),
        ] {
            let closed = [(millis, side, What::Closed(Closing::Fin))];
            let findings = analysed(&talk, &closed, usize::MAX).findings;
            assert_eq!(findings[0].code, code, "{bytes:?}, {millis}, {side:?}");
        }
    }
}

#[test]
fn bytes_that_the_gateway_did_not_mind_are_not_what_it_closed_for() {
    let stray = b"\x7f\xff\xff\xff and nothing that could be read".to_vec();
    let talk = || Talk::ready("157..178", 178).sends(50, Client, stray.clone());
    let ticks = |talk: Talk| talk.says(3_000, &ibdoc::wire::Reply::CurrentTime(1));
    for (talk, millis, code) in [
        (talk(), 1_000, Code::NotTwsProtocol),
        (ticks(talk()), 4_000, Code::Dropped),
        (talk(), 3_600_000, Code::Dropped),
    ] {
        let closed = [(millis, Gateway, What::Closed(Closing::Fin))];
        let findings = analysed(&talk, &closed, usize::MAX).findings;
        assert_eq!(findings[0].code, code, "{millis}");
    }
}

#[test]
fn what_could_not_be_read_leaves_a_session_unknown() {
    let closed = [(20_000, Client, What::Closed(Closing::Fin))];
    let stray = b"\x7f\xff\xff\xff and nothing that could be read";
    let talk = Talk::ready("157..178", 178).sends(50, Client, stray.to_vec());
    let seen = analysed(&talk, &closed, usize::MAX);
    assert!(seen.findings.is_empty(), "{:?}", seen.findings);
    let question = seen.trace.open_question().unwrap_or_default();
    assert!(question.contains("of what its client sent"), "{question}");
    // The end of a request may be among such bytes of the Gateway.
    let talk = Talk::ready("157..178", 178)
        .asks(20, &ibdoc::wire::Request::Positions)
        .sends(50, Gateway, stray.to_vec());
    let seen = analysed(&talk, &closed, usize::MAX);
    assert!(seen.findings.is_empty(), "{:?}", seen.findings);
    let question = seen.trace.open_question().unwrap_or_default();
    assert_eq!(
        question,
        "the end of positions may be among bytes that are no message"
    );
}

#[test]
fn a_client_that_never_starts_the_api_is_not_fine() {
    let talk = Talk::greeted("157..178", 178);
    for closed in [
        vec![(20_000, Client, What::Closed(Closing::Fin))],
        vec![(30, Client, What::Closed(Closing::Fin))],
        Vec::new(),
    ] {
        let seen = analysed(&talk, &closed, usize::MAX);
        assert!(seen.findings.is_empty(), "{:?}", seen.findings);
        let question = seen.trace.open_question().unwrap_or_default();
        assert!(question.contains("not seen to start"), "{question}");
    }
}

#[test]
fn a_client_whose_bytes_are_no_messages_is_told_so_when_the_gateway_closes() {
    let broken = b"\x7f\xff\xff\xff61\x001\0 and nothing that could be read";
    let closed = [(60, Gateway, What::Closed(Closing::Fin))];
    for talk in [Talk::greeted("157..178", 178), Talk::ready("157..178", 178)] {
        let talk = talk.sends(50, Client, broken.to_vec());
        of_client(
            &analysed(&talk, &closed, usize::MAX).findings,
            "no message of the API at",
        );
    }
    // What was read again behind it shows that the Gateway did not mind.
    let talk = Talk::ready("157..178", 178)
        .sends(50, Client, broken.to_vec())
        .asks(51, &ibdoc::wire::Request::CurrentTime)
        .says(52, &ibdoc::wire::Reply::CurrentTime(1));
    let closed = [(60_000, Gateway, What::Closed(Closing::Fin))];
    assert_eq!(
        analysed(&talk, &closed, usize::MAX).findings[0].code,
        Code::Dropped
    );
}

#[test]
fn a_server_that_speaks_something_else_is_named_with_what_it_said() {
    let cases: [(&[u8], &str, &str); 4] = [
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            "speaks HTTP",
            "an HTTP server answered",
        ),
        (b"\x15\x03\x01\0\x02\x02\x46", "speaks TLS", "a TLS server"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "speaks SSH", "an SSH server"),
        (
            b"RFB 003.008\n",
            "speaks another protocol",
            "0x52464220, are no length",
        ),
    ];
    for (bytes, words, evidence) in cases {
        let mut talk = Talk::greeted("157..178", 178);
        talk.acts[1].2 = bytes.to_vec();
        let closed = [(40, Gateway, What::Closed(Closing::Fin))];
        let finding = analysed(&talk, &closed, usize::MAX).findings.remove(0);
        assert_eq!(finding.code, Code::NotTwsProtocol);
        assert!(finding.summary.contains(words), "{}", finding.summary);
        assert!(
            finding.evidence[0].contains(evidence),
            "{:?}",
            finding.evidence
        );
    }
}

#[test]
fn in_a_capture_a_client_without_the_api_is_met_where_a_gateway_is_expected() {
    for (bytes, words) in [(HELLO, "speaks TLS"), (REQUEST, "speaks HTTP")] {
        for flags in [FIN | ACK, RST] {
            let mut dialogue = Dialogue::dialled(50_003);
            dialogue
                .add(1, Client, ACK, bytes)
                .add(2, Gateway, ACK, b"")
                .add(30, Gateway, flags, b"");
            let (trace, findings) = read(
                &pcap(&dialogue.segments, Link::Raw, false, false),
                usize::MAX,
            );
            of_client(&findings, words);
            assert_eq!(trace.other_connections, 0);
        }
        // Where it is answered it is another service's, as that of IBKR that a Gateway itself dials.
        let mut other = Dialogue::dialled(50_004);
        other
            .add(1, Client, ACK, bytes)
            .add(2, Gateway, ACK, b"\x16\x03\x03\0\x5a")
            .add(30, Gateway, FIN | ACK, b"");
        let (trace, findings) = read(&pcap(&other.segments, Link::Raw, false, false), usize::MAX);
        assert_eq!((trace.other_connections, findings), (1, Vec::new()));
    }
}
