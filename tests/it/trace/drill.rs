//! How clients took a drill of tap, from what was recorded of it.

use ibdoc::event::Speaker::{Client, Gateway};
use ibdoc::finding::verdict::Severity;
use ibdoc::finding::{Code, Finding};
use ibdoc::report::Trace;
use ibdoc::trace::{Analyser, Chunk, Closing, ConnectionId, DrillSpan, Ends, What};
use ibdoc::wire::{Reply, Request};

use super::talk::{Talk, at};

/// What an analyser makes of sessions and drills.
#[derive(Default)]
pub(crate) struct Recording(Analyser);

impl Recording {
    pub(crate) fn take(&mut self, millis: u64, connection: u64, what: What<'_>) {
        let side = match what {
            What::Closed(_) | What::Accepted => Gateway,
            _ => Client,
        };
        let connection = ConnectionId(connection);
        let chunk = Chunk {
            at: at(millis),
            connection,
            side,
            what,
        };
        self.0.take(&chunk, &mut |_| {});
    }

    pub(crate) fn drill(&mut self, millis: u64, words: &str, span: DrillSpan) -> &mut Self {
        self.take(millis, 0, What::Drilled(words, span));
        self
    }

    /// A session of the client with id 7, which has positions or has not.
    pub(crate) fn session(&mut self, millis: u64, connection: u64, subscribes: bool) -> &mut Self {
        self.session_of(7, millis, connection, subscribes)
    }

    pub(crate) fn session_of(
        &mut self,
        id: i32,
        millis: u64,
        connection: u64,
        subscribes: bool,
    ) -> &mut Self {
        let mut talk = Talk::ready_as(id, "157..178", 178);
        if subscribes {
            talk = talk
                .asks(10, &Request::Positions)
                .says(12, &Reply::PositionEnd);
        }
        let ends = Ends {
            client: Some(format!("127.0.0.1:{}", 50_000 + connection)),
            gateway: Some("127.0.0.1:4002".to_owned()),
            ..Ends::default()
        };
        self.take(millis, connection, What::Met(ends));
        self.take(millis, connection, What::Connects);
        self.take(millis, connection, What::Accepted);
        for (after, side, bytes) in &talk.acts {
            let chunk = Chunk {
                at: at(millis + after),
                connection: ConnectionId(connection),
                side: *side,
                what: What::Bytes(bytes),
            };
            self.0.take(&chunk, &mut |_| {});
        }
        self
    }

    pub(crate) fn closed(&mut self, millis: u64, connection: u64) -> &mut Self {
        self.take(millis, connection, What::Closed(Closing::Fin));
        self
    }

    /// Ends so many milliseconds after its beginning.
    pub(crate) fn ends(mut self, millis: u64) -> (Trace, Vec<Finding>) {
        self.take(millis, 99, What::Over);
        self.0.finish()
    }

    /// The client closes.
    pub(crate) fn left(&mut self, millis: u64, connection: u64) -> &mut Self {
        let chunk = Chunk {
            at: at(millis),
            connection: ConnectionId(connection),
            side: Client,
            what: What::Closed(Closing::Fin),
        };
        self.0.take(&chunk, &mut |_| {});
        self
    }
}

pub(crate) fn severe(findings: &[Finding]) -> Vec<Code> {
    let severe = findings.iter().filter(|it| it.severity > Severity::Info);
    severe.map(|it| it.code).collect()
}

/// A restart: every session is cut after a second, and clients are let in from the third second on.
fn restarted() -> Recording {
    let mut recording = Recording::default();
    recording
        .session(0, 1, true)
        .drill(1_000, "cut", DrillSpan::Once)
        .closed(1_000, 1)
        .drill(1_001, "refuse", DrillSpan::Lasts)
        .drill(3_000, "pass", DrillSpan::Over);
    recording
}

#[test]
fn a_client_that_is_back_and_asks_again_passes_and_the_cut_is_no_finding() {
    let mut recording = restarted();
    recording.session(4_000, 2, true);
    let (trace, findings) = recording.ends(30_000);
    assert_eq!(severe(&findings), []);
    let [recovery] = trace.recoveries.as_slice() else {
        panic!("{:?}", trace.recoveries);
    };
    let words = &recovery.summary;
    assert!(
        words.contains("was back after 3.01 s and 1 connection; it asked again"),
        "{words}"
    );
    assert_eq!(trace.drill.len(), 3);
    let cut = findings.iter().find(|it| it.code == Code::Dropped);
    let evidence = cut.map(|it| it.evidence.join("\n")).unwrap_or_default();
    assert!(
        evidence.contains("made by tap's drill: cut at 10:43:22.000"),
        "{evidence}"
    );
}

#[test]
fn a_client_that_does_not_ask_again_is_told_what_it_forgot() {
    let mut recording = restarted();
    recording.session(4_000, 2, false);
    let (trace, findings) = recording.ends(30_000);
    assert_eq!(severe(&findings), [Code::DrillNotAskedAgain]);
    assert_eq!(trace.recoveries[0].not_asked_again, ["positions (61)"]);
    // Too soon after it was ready it may still be about to.
    let mut early = restarted();
    early.session(4_000, 2, false);
    assert_eq!(severe(&early.ends(6_000).1), []);
}

#[test]
fn a_client_that_does_not_come_back_fails_once_it_had_time_to() {
    let (trace, findings) = restarted().ends(30_000);
    assert_eq!(severe(&findings), [Code::DrillNotBack]);
    assert_eq!(trace.recoveries[0].back, None);
    assert_eq!(severe(&restarted().ends(5_000).1), [], "too soon to tell");
    let mut refused = Recording::default();
    refused
        .drill(0, "id-taken", DrillSpan::Lasts)
        .session(10, 1, false)
        .drill(50, "cut", DrillSpan::Once)
        .closed(50, 1);
    assert_eq!(
        severe(&refused.ends(60_000).1),
        [],
        "the drill was still on"
    );
}

#[test]
fn a_client_that_keeps_its_session_or_leaves_by_itself_is_not_said_to_be_lost() {
    let mut kept = Recording::default();
    kept.session(0, 1, true)
        .drill(1_000, "say=1100", DrillSpan::Once);
    let (trace, findings) = kept.ends(60_000);
    assert!(trace.recoveries.is_empty() && severe(&findings).is_empty());
    let words = &trace.reactions[0].summary;
    assert!(
        words.contains("kept its session after say=1100, until the recording ended 59.00 s later"),
        "{words}"
    );
    let mut left = Recording::default();
    left.session(0, 1, true)
        .drill(1_000, "say=1100", DrillSpan::Once);
    left.left(7_000, 1);
    assert_eq!(severe(&left.ends(60_000).1), []);
}

#[test]
fn a_client_that_takes_another_client_id_each_time_is_back_too() {
    let mut recording = restarted();
    recording.session_of(8, 4_000, 2, true);
    let (trace, findings) = recording.ends(30_000);
    assert_eq!(severe(&findings), []);
    let words = &trace.recoveries[0].summary;
    assert!(
        words.contains("was back as client id 8 after 3.01 s and 1 connection; it asked again"),
        "{words}"
    );
    let mut forgets = restarted();
    forgets.session_of(8, 4_000, 2, false);
    assert_eq!(severe(&forgets.ends(30_000).1), [Code::DrillNotAskedAgain]);
}

#[test]
fn a_new_client_is_not_taken_for_one_that_comes_back_itself() {
    let mut recording = restarted();
    recording
        .session_of(8, 4_000, 2, false)
        .session(5_000, 3, true);
    let (trace, findings) = recording.ends(30_000);
    assert_eq!(severe(&findings), []);
    let words = &trace.recoveries[0].summary;
    assert!(words.contains("was back after 4.01 s"), "{words}");
    // One that was there before is another client.
    let mut beside = Recording::default();
    beside
        .session(0, 1, true)
        .session_of(8, 10, 2, true)
        .drill(1_000, "cut", DrillSpan::Once)
        .closed(1_000, 1)
        .closed(1_000, 2)
        .drill(1_001, "pass", DrillSpan::Over)
        .session_of(8, 4_000, 3, true);
    assert_eq!(severe(&beside.ends(30_000).1), [Code::DrillNotBack]);
}

#[test]
fn of_two_that_come_back_with_other_client_ids_it_is_not_said_what_each_forgot() {
    let mut recording = Recording::default();
    recording
        .session(0, 1, true)
        .session_of(8, 10, 2, false)
        .drill(1_000, "cut", DrillSpan::Once)
        .closed(1_000, 1)
        .closed(1_000, 2)
        .drill(1_001, "pass", DrillSpan::Over)
        .session_of(9, 4_000, 3, false)
        .session_of(10, 4_100, 4, true);
    let (trace, findings) = recording.ends(30_000);
    assert_eq!(severe(&findings), []);
    let judged: Vec<bool> = trace.recoveries.iter().map(|it| it.is_judged).collect();
    assert_eq!(judged, [false, true], "{:?}", trace.recoveries);
}
