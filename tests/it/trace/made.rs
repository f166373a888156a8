//! What of the findings of a session a drill of tap made, and what the Gateway did itself.

use ibdoc::finding::Code;
use ibdoc::trace::{DrillSpan, What};

use super::drill::{Recording, severe};

impl Recording {
    /// A session with positions, and executions that are asked for after half a second and never finished.
    fn hanging(&mut self) -> &mut Self {
        let body = b"7\x003\x005\0\0\0\0\0\0\0";
        let length = u32::try_from(body.len()).expect("short").to_be_bytes();
        let bytes = [&length[..], body].concat();
        self.session(0, 1, true).take(500, 1, What::Bytes(&bytes));
        self
    }
}

/// The steps of a drill, each with its second.
type Steps<'a> = &'a [(u64, &'a str, DrillSpan)];

#[test]
fn a_drill_explains_only_what_its_steps_can_have_made() {
    let (once, lasts, over) = (DrillSpan::Once, DrillSpan::Lasts, DrillSpan::Over);
    let hangs = &[Code::SyncTimeout][..];
    let cases: [(Steps<'_>, &[Code]); 8] = [
        (&[(600, "say=1102", once)], hangs),
        (&[(600, "say=1100", once)], hangs),
        (&[(600, "drop=executions-end", lasts)], &[]),
        (&[(600, "drop=notices", lasts)], &[]),
        (&[(600, "drop=completed-orders-end", lasts)], hangs),
        (&[(600, "stall=gateway", lasts)], &[]),
        (&[(600, "stall=gateway", lasts), (700, "pass", over)], hangs),
        (&[(20_000, "stall=gateway", lasts)], hangs),
    ];
    for (steps, codes) in cases {
        let mut recording = Recording::default();
        recording.hanging();
        for (at, words, span) in steps {
            recording.drill(*at, words, *span);
        }
        assert_eq!(severe(&recording.ends(30_000).1), codes, "{steps:?}");
    }
}

#[test]
fn only_a_cut_explains_a_close_and_only_its_own() {
    for (words, closed, codes) in [
        ("cut", 1_001, &[][..]),
        ("say=1102", 1_001, &[Code::Dropped]),
        ("say=1100", 9_000, &[Code::Dropped]),
        ("say=1300", 9_000, &[Code::Dropped]),
        ("refuse", 1_001, &[Code::Dropped]),
    ] {
        let span = match words {
            "refuse" => DrillSpan::Lasts,
            _ => DrillSpan::Once,
        };
        let mut recording = Recording::default();
        recording
            .session(0, 1, false)
            .drill(1_000, words, span)
            .closed(closed, 1)
            .drill(closed + 1, "pass", DrillSpan::Over)
            .session(closed + 1_000, 2, true);
        let (_, findings) = recording.ends(closed + 20_000);
        assert_eq!(severe(&findings), codes, "{words} {findings:#?}");
    }
}
