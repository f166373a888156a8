//! One session that several recordings show, and sessions beside one another.

use ibdoc::event::Speaker::{Client, Gateway};
use ibdoc::finding::Finding;
use ibdoc::report::Trace;
use ibdoc::trace::{Analyser, Chunk, Closing, ConnectionId, Ends, Reader, What};

use super::packets::{Dialogue, Link, pcap, unfinished};
use super::talk::{Talk, at};

const LOG: &str = "\
2026-11-27 10:43:20,990 ib_async.client Connecting to 127.0.0.1:4002 with clientId 7...
2026-11-27 10:43:21,000 ib_async.client Connected
2026-11-27 10:43:21,003 ib_async.client <<< 178,20261127 10:43:21 UTC
2026-11-27 10:43:21,004 ib_async.client >>> 71,2,7,
2026-11-27 10:43:21,008 ib_async.client <<< 15,1,DU9000001
2026-11-27 10:43:21,009 ib_async.client <<< 9,1,1
2026-11-27 10:43:21,010 ib_async.client >>> 61,1
2026-11-27 10:43:21,012 ib_async.client <<< 62,1
2026-11-27 10:43:21,584 ib_async.client >>> 7,3,4,0,,,,,,
2026-11-27 10:43:25,584 ib_async.client Disconnecting
2026-11-27 10:43:25,584 ib_async.client Disconnected.
";

/// The same session as the log has, in which executions are never finished, of this client id.
fn capture(id: i32) -> Vec<u8> {
    unfinished(Talk::ready_as(id, "157..178", 178), Link::Raw)
}

fn all(recordings: &[Vec<u8>]) -> (Trace, Vec<Finding>) {
    let mut analyser = Analyser::default();
    for (source, bytes) in recordings.iter().enumerate() {
        let mut reader = Reader::new(source, "a recording");
        reader.feed(bytes, &mut |chunk| analyser.take(chunk, &mut |_| {}));
        reader.end(&mut |chunk| analyser.take(chunk, &mut |_| {}));
        analyser.end_recording();
    }
    analyser.finish()
}

#[test]
fn a_session_in_three_recordings_is_one_and_no_reconnect() {
    let files = [LOG.as_bytes().to_vec(), capture(7), capture(7)];
    let (trace, findings) = all(&files);
    let same: Vec<_> = trace.sessions.iter().map(|it| it.same_as).collect();
    assert_eq!(same, [None, Some(1), Some(1)]);
    assert!(trace.stories.is_empty(), "{:?}", trace.stories);
    let [finding] = findings.as_slice() else {
        panic!("{findings:?}");
    };
    let evidence = finding.evidence.join("\n");
    assert!(!evidence.contains("more in the same way"), "{evidence}");
}

#[test]
fn a_session_of_another_client_id_is_not_the_same() {
    let (trace, _) = all(&[LOG.as_bytes().to_vec(), capture(8)]);
    assert_eq!(trace.sessions[1].same_as, None);
}

#[test]
fn a_session_beside_another_one_is_no_reconnect_and_one_after_it_is() {
    for (begins, stories) in [(500, 0), (2_000, 1)] {
        let mut analyser = Analyser::default();
        let mut take = |millis, connection, side, what| {
            let chunk = Chunk {
                at: at(millis),
                connection: ConnectionId(connection),
                side,
                what,
            };
            analyser.take(&chunk, &mut |_| {});
        };
        let ends = Ends {
            client: Some("127.0.0.1:50000".to_owned()),
            ..Ends::default()
        };
        let talk = Talk::ready("157..178", 178);
        for (connection, first) in [(1, 0), (2, begins)] {
            take(first, connection, Client, What::Met(ends.clone()));
            for (after, side, bytes) in &talk.acts {
                take(first + after, connection, *side, What::Bytes(bytes));
            }
            if connection == 1 && begins > 1_000 {
                take(1_000, 1, Gateway, What::Closed(Closing::Fin));
            }
        }
        take(5_000, 1, Gateway, What::Closed(Closing::Fin));
        take(6_000, 2, Client, What::Closed(Closing::Fin));
        let (trace, _) = analyser.finish();
        assert_eq!(
            trace.stories.len(),
            stories,
            "{begins}: {:?}",
            trace.stories
        );
    }
}

#[test]
fn a_connection_that_is_dialled_anew_from_the_same_port_is_another_session() {
    let first = Dialogue::of(&Talk::ready("157..178", 178)).segments;
    let again = first.iter().cloned().map(|mut it| {
        it.at += 60_000;
        it.sequence = it.sequence.wrapping_add(70_000);
        it.acknowledged = it.acknowledged.wrapping_add(70_000);
        it
    });
    // How the first one ended was not captured.
    let segments: Vec<_> = first.iter().cloned().chain(again).collect();
    let (trace, findings) = all(&[pcap(&segments, Link::Raw, false, false)]);
    let ready = trace.sessions.iter().map(|it| it.accounts.is_some());
    assert_eq!(ready.collect::<Vec<bool>>(), [true, true]);
    assert!(findings.is_empty(), "{findings:?}");
}

/// Recordings of a log, with the port that it names and the milliseconds at which its sessions begin.
fn log(port: u16, begin: &[u64]) -> Vec<u8> {
    let line = |at: u64, words: String| {
        let (seconds, millis) = (at / 1_000, at % 1_000);
        format!("2026-11-27 10:43:{seconds:02},{millis:03} ib_async.client {words}\n")
    };
    let sessions = begin.iter().map(|at| {
        let connecting = format!("Connecting to 127.0.0.1:{port} with clientId 7...");
        [
            line(*at, connecting),
            line(at + 1, "Connected".to_owned()),
            line(at + 3, "<<< 178,20261127 10:43:21 UTC".to_owned()),
            line(at + 4, ">>> 71,2,7,".to_owned()),
            line(at + 8, "<<< 15,1,DU9000001".to_owned()),
            line(at + 9, "<<< 9,1,1".to_owned()),
            line(at + 500, "Peer closed connection.".to_owned()),
        ]
        .concat()
    });
    sessions.collect::<String>().into_bytes()
}

#[test]
fn sessions_at_two_gateways_are_not_the_same() {
    let same = |files: &[Vec<u8>]| all(files).0.sessions[1].same_as;
    assert_eq!(same(&[log(4002, &[21_000]), capture(7)]), Some(1));
    assert_eq!(same(&[log(4001, &[21_000]), capture(7)]), None);
}

#[test]
fn of_quick_reconnects_the_nearest_sessions_are_paired() {
    let (trace, findings) = all(&[
        log(4002, &[21_800, 22_600]),
        log(4002, &[21_000, 21_801, 22_601]),
    ]);
    let same: Vec<_> = trace.sessions.iter().map(|it| it.same_as).collect();
    assert_eq!(same, [None, None, None, Some(1), Some(2)]);
    let dropped = findings.iter().map(|it| it.evidence.join("\n"));
    let dropped = dropped.collect::<String>();
    assert!(dropped.contains("and 2 more in the same way"), "{dropped}");
}
