//! How clients took what a drill of tap said to them, and a side of which nothing came.

use ibdoc::finding::Code;
use ibdoc::trace::{DrillSpan, What};

use super::drill::{Recording, severe};

impl Recording {
    /// The client of a connection asks for prices, with this request id.
    fn asks_for_prices(&mut self, millis: u64, connection: u64, id: &str) -> &mut Self {
        let body = format!("1\011\0{id}\00\0SYMBOL\0");
        let length = u32::try_from(body.len()).expect("short").to_be_bytes();
        let bytes = [&length[..], body.as_bytes()].concat();
        self.take(millis, connection, What::Bytes(&bytes));
        self
    }
}

/// A client with prices, to which a drill says this number after a second.
fn told(number: &str) -> Recording {
    let mut recording = Recording::default();
    recording
        .session(0, 1, true)
        .asks_for_prices(20, 1, "9")
        .drill(1_000, number, DrillSpan::Once);
    recording
}

#[test]
fn after_1101_a_client_has_to_ask_for_its_prices_again_and_after_1102_not() {
    let lost = "did not ask again for market data (1), which 1101 says is lost";
    let cases: [(&str, Option<u64>, &str, &[Code]); 4] = [
        ("say=1101", None, lost, &[Code::DrillNotAskedAgain]),
        (
            "say=1101",
            Some(2_000),
            "it asked again for market data (1)",
            &[],
        ),
        (
            "say=1102",
            None,
            "it asked for nothing again, and nothing was lost",
            &[],
        ),
        (
            "say=1102",
            Some(2_000),
            "then asked for market data (1), which 1102 does not call for",
            &[],
        ),
    ];
    for (number, asks, words, codes) in cases {
        let mut recording = told(number);
        if let Some(millis) = asks {
            recording.asks_for_prices(millis, 1, "10");
        }
        let (trace, findings) = recording.ends(30_000);
        assert_eq!(severe(&findings), codes, "{number} {asks:?}");
        let [reaction] = trace.reactions.as_slice() else {
            panic!("{:?}", trace.reactions);
        };
        assert!(
            reaction.is_judged && reaction.summary.contains(words),
            "{}",
            reaction.summary
        );
    }
    let (trace, findings) = told("say=1101").ends(3_000);
    assert_eq!(severe(&findings), [], "too soon to tell");
    assert!(!trace.reactions[0].is_judged);
    // Positions are none of what is lost.
    let mut other = Recording::default();
    other
        .session(0, 1, true)
        .drill(1_000, "say=1101", DrillSpan::Once);
    let (trace, findings) = other.ends(30_000);
    assert_eq!(severe(&findings), []);
    assert!(
        trace.reactions[0]
            .summary
            .contains("no market data that could be lost")
    );
}

#[test]
fn of_a_client_that_leaves_at_a_notice_it_is_told_whether_it_was_back() {
    let mut back = told("say=1300");
    back.left(3_000, 1).session(5_000, 2, true);
    let mut away = told("say=1300");
    away.left(3_000, 1);
    for (recording, words, codes) in [
        (
            back,
            "left 2.00 s after say=1300, and was back 2.01 s later",
            &[][..],
        ),
        (
            away,
            "left 2.00 s after say=1300, and was not back when the recording ended 27.00 s later",
            &[Code::DrillNotBack],
        ),
    ] {
        let (trace, findings) = recording.ends(30_000);
        assert_eq!(severe(&findings), codes, "{words}");
        let reaction = &trace.reactions[0];
        assert!(
            reaction.has_left && reaction.summary.contains(words),
            "{}",
            reaction.summary
        );
    }
}

#[test]
fn a_client_notices_that_nothing_comes_or_waits_until_it_does() {
    let stalled = || {
        let mut recording = Recording::default();
        recording
            .session(0, 1, true)
            .drill(1_000, "stall=gateway", DrillSpan::Lasts);
        recording
    };
    let mut notices = stalled();
    notices.left(5_500, 1);
    let mut waits = stalled();
    waits.drill(16_000, "pass", DrillSpan::Over).left(40_000, 1);
    for (recording, left, words) in [
        (notices, true, "left 4.50 s after stall=gateway"),
        (
            waits,
            false,
            "kept its session after stall=gateway, until the drill let everything pass again 15.00 s later",
        ),
        (stalled(), false, "until the recording ended 59.00 s later"),
    ] {
        let (trace, _) = recording.ends(60_000);
        let reaction = &trace.reactions[0];
        assert!(
            reaction.is_judged && reaction.has_left == left,
            "{}",
            reaction.summary
        );
        assert!(reaction.summary.contains(words), "{}", reaction.summary);
    }
}

#[test]
fn a_client_that_never_asked_again_after_1101_fails_also_where_it_closes_in_the_end() {
    for (left, codes) in [(20_000, &[Code::DrillNotAskedAgain][..]), (3_000, &[])] {
        let mut recording = told("say=1101");
        recording.left(left, 1);
        assert_eq!(severe(&recording.ends(left + 1_000).1), codes, "{left}");
    }
}

#[test]
fn a_client_that_left_at_a_notice_is_back_with_another_client_id_too() {
    let mut recording = told("say=1100");
    recording
        .left(3_000, 1)
        .session_of(8, 5_000, 2, true)
        .asks_for_prices(5_020, 2, "9");
    let (trace, findings) = recording.ends(30_000);
    assert_eq!(severe(&findings), []);
    let words = &trace.reactions[0].summary;
    assert!(words.contains("was back 2.01 s later"), "{words}");
}
