//! The report files, from one report in which everything from outside is hostile.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::{html, junit, markdown};
use crate::event::{AttemptSummary, Moment, MomentKind, Stage, StageName, StageStatus};
use crate::finding::{Code, Finding};
use crate::report::{
    Attempts, Body, Exec, ExecRun, Fault, Fetches, Footprint, Pings, Report, SCHEMA, Soak,
    SoakZombies, Stability, Threshold, Unit, Waterfall,
};
use crate::stats::{Samples, Trend};
use crate::verdict::Verdict;

const HOSTILE: &str = "<script>alert(1)</script>\"'&|`\u{1b}[2J\u{202e}\0]]> @me\nnext";

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Twelve handshakes of which the last failed, a session with a drop, and two runs of a program.
fn report() -> Report {
    let mut finding = Finding::new(Code::Dropped, HOSTILE, HOSTILE).with_evidence(HOSTILE);
    finding.remedies.push(HOSTILE.to_owned());
    let body = Soak {
        address: HOSTILE.to_owned(),
        attempts: Some(attempts()),
        stability: Some(stability()),
        zombies: SoakZombies {
            before: Some(0),
            after: Some(1),
            ours: None,
            others: None,
            left_per_attempt: None,
        },
        thresholds: vec![
            threshold("min-success", 0.9, Some(11.0 / 12.0), Unit::Fraction),
            threshold("max-drops", 0.0, Some(1.0), Unit::Count),
            threshold("max-ping-p95", 50.0, None, Unit::Ms),
        ],
        exec: Some(exec()),
        stopped: Some(HOSTILE.to_owned()),
        interrupted: true,
    };
    Report {
        schema: SCHEMA,
        version: "0.0.0",
        command: "soak",
        simulated: true,
        started_at: "2026-11-22T10:00:00.000Z".to_owned(),
        elapsed: ms(61_000),
        verdict: Verdict::Attention,
        findings: vec![finding],
        footprint: Footprint::default(),
        error: Some(HOSTILE.to_owned()),
        body: Some(Body::Soak(Box::new(body))),
        exit_status: None,
    }
}

fn threshold(name: &'static str, limit: f64, actual: Option<f64>, unit: Unit) -> Threshold {
    Threshold {
        name,
        limit,
        actual,
        unit,
        met: name == "min-success",
    }
}

fn attempts() -> Attempts {
    let (mut samples, mut trend) = (Samples::default(), Trend::default());
    let mut runs = Vec::new();
    for number in 1..=12_u32 {
        let failed = number == 12;
        let ready = (!failed).then(|| ms(u64::from(number) * 10));
        if let Some(ready) = ready {
            samples.record(ready);
        }
        trend.push(ms(u64::from(number) * 1000), ready, failed);
        runs.push(AttemptSummary {
            attempt: number,
            succeeded: !failed,
            code: failed.then_some(Code::ClosedBeforeVersion),
            client_id: 9000,
            connect: Some(ms(1)),
            ready,
            elapsed: ms(200),
            at: ms(u64::from(number) * 1000),
            left: None,
        });
    }
    let stage = Stage {
        name: StageName::Accounts,
        status: StageStatus::Ok,
        start: ms(1),
        elapsed: ms(50),
        detail: Some(HOSTILE.to_owned()),
        code: None,
    };
    let waterfall = Waterfall {
        attempt: 5,
        ready: ms(51),
        stages: vec![stage],
    };
    Attempts {
        planned: 20,
        run: 14,
        succeeded: 11,
        failed: 1,
        failure_rate_upper_95: Some(0.25),
        connect_ms: None,
        ready_ms: samples.summary(),
        stages: BTreeMap::new(),
        failures: BTreeMap::from([(Code::ClosedBeforeVersion, 1)]),
        histogram: samples.bins(),
        outliers: Vec::new(),
        drift: None,
        trend: trend.stretches(),
        typical: Some(waterfall.clone()),
        slowest: Some(waterfall),
        runs,
    }
}

fn stability() -> Stability {
    let moment = |at, kind| Moment {
        at: ms(at),
        kind,
        code: None,
        text: HOSTILE.to_owned(),
    };
    Stability {
        seconds: 30.0,
        pings: Pings {
            sent: 3,
            answered: 3,
            missed: 0,
            rtt_ms: None,
            longest_gap: None,
            histogram: Vec::new(),
            trend: Vec::new(),
        },
        fetches: Fetches {
            sent: 1,
            answered: 1,
            missed: 0,
            elapsed_ms: None,
        },
        drops: 1,
        reconnects: 1,
        down: ms(4000),
        moments: vec![
            moment(0, MomentKind::Up),
            moment(10_000, MomentKind::Drop),
            moment(14_000, MomentKind::Up),
            moment(15_000, MomentKind::Notice),
        ],
        moments_dropped: 0,
        censuses: Vec::new(),
    }
}

fn exec() -> Exec {
    let run = |run, status| ExecRun {
        run,
        exit_status: Some(status),
        signal: None,
        timed_out: false,
        succeeded: status == 0,
        elapsed: ms(1500),
        peak_memory_bytes: Some(3 << 20),
        connected: Some(true),
        unread_bytes: None,
        left: Some(0),
        neutral: Some(true),
    };
    Exec {
        program: HOSTILE.to_owned(),
        planned: 2,
        run: 2,
        succeeded: 1,
        failed: 1,
        failure_rate_upper_95: Some(0.98),
        elapsed_ms: None,
        peak_memory_bytes: Some(3 << 20),
        neutral_run: 2,
        neutral_succeeded: 2,
        runs: vec![run(2, 7), run(1, 0)],
        fault: Fault::Program,
        reason: HOSTILE.to_owned(),
    }
}

fn written(
    format: fn(&Report, &mut dyn std::io::Write) -> std::io::Result<()>,
    report: &Report,
) -> String {
    let mut out = Vec::new();
    format(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn nothing_from_outside_is_markup_or_steers_in_any_file() {
    let report = report();
    for format in [html, junit, markdown] {
        let text = written(format, &report);
        assert!(text.contains("alert(1)"), "it is shown: {text}");
        for raw in ["<script", "\u{1b}", "\u{202e}", "\0", "]]>"] {
            assert!(!text.contains(raw), "{raw:?} in {text}");
        }
    }
    assert!(!written(markdown, &report).contains("'&|`"));
}

#[test]
fn the_page_loads_nothing_and_has_words_for_every_picture() {
    let page = written(html, &report());
    for outside in [
        "<script", "http://", "https://", "url(", "@import", "<img", "<link",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"));
    let pictures = page.matches("role=\"img\"").count();
    assert!(pictures >= 5, "{pictures} pictures");
    assert_eq!(page.matches("<desc").count(), pictures);
    for part in [
        "Typical",
        "Slowest",
        "Limits",
        "no session",
        "status 7",
        "3.0 MiB",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

/// The elements of a suite with this name: cases, failures, errors, skipped.
fn counted(xml: &str, suite: &str) -> ([usize; 4], [usize; 4]) {
    let mut reader = Reader::from_str(xml);
    let (mut said, mut seen, mut inside) = ([0; 4], [0; 4], false);
    loop {
        let event = reader.read_event().unwrap();
        match &event {
            Event::Eof => return (said, seen),
            Event::Start(element) | Event::Empty(element) => {
                let name = element.name();
                let attribute = |key: &str| {
                    let attribute = element.try_get_attribute(key).unwrap();
                    attribute.map(|it| it.value.into_owned())
                };
                let number = |key| attribute(key).map_or(0, |value| value.parse().unwrap());
                if name.as_ref() == "testsuite" {
                    inside = attribute("name").as_deref() == Some(suite);
                    if inside {
                        said = ["tests", "failures", "errors", "skipped"].map(number);
                    }
                }
                let kinds = ["testcase", "failure", "error", "skipped"];
                for (count, kind) in seen.iter_mut().zip(kinds) {
                    *count += usize::from(inside && name.as_ref() == kind);
                }
            }
            _ => {}
        }
    }
}

#[test]
fn every_suite_counts_the_cases_that_it_lists() {
    let xml = written(junit, &report());
    let suites = [
        ("verdict", [1, 1, 0, 0]),
        ("limits", [3, 1, 1, 0]),
        // The limit of 90 % allows the one failure.
        ("handshakes", [12, 0, 0, 1]),
        ("session", [3, 1, 0, 0]),
        ("program", [2, 0, 0, 1]),
    ];
    for (suite, expected) in suites {
        let (said, seen) = counted(&xml, suite);
        assert_eq!((said, seen), (expected, expected), "{suite}: {xml}");
    }
    assert!(
        xml.contains("<property name=\"left-out\" value=\"2\"/>"),
        "{xml}"
    );
    assert!(
        xml.contains("tests=\"21\" failures=\"3\" errors=\"1\""),
        "{xml}"
    );
}

#[test]
fn a_missed_limit_makes_its_failures_count() {
    let mut report = report();
    if let Some(Body::Soak(soak)) = &mut report.body {
        soak.thresholds[0].met = false;
    }
    let xml = written(junit, &report);
    assert_eq!(counted(&xml, "handshakes").1, [12, 1, 0, 0], "{xml}");
}

#[test]
fn a_report_without_a_body_says_that_nothing_was_looked_at() {
    let report = Report {
        verdict: Verdict::Unknown,
        body: None,
        findings: Vec::new(),
        error: Some("the socket table is out of reach".to_owned()),
        ..report()
    };
    for format in [html, junit, markdown] {
        let text = written(format, &report);
        assert!(text.contains("the socket table is out of reach"), "{text}");
    }
    assert_eq!(counted(&written(junit, &report), "verdict").1, [1, 0, 1, 0]);
}
