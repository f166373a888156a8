//! The report files, from one report in which everything from outside is hostile.

mod sample;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::{Paint, html, junit, markdown};
use crate::finding::Code;
use crate::report::{Body, Report, Soak};
use crate::stats::Drift;
use crate::verdict::Verdict;
use sample::report;

fn written(
    format: fn(&Report, &mut dyn std::io::Write) -> std::io::Result<()>,
    report: &Report,
) -> String {
    let mut out = Vec::new();
    format(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn soak(report: &mut Report) -> &mut Soak {
    match &mut report.body {
        Some(Body::Soak(body)) => body,
        _ => panic!("no soak"),
    }
}

#[test]
fn nothing_from_outside_is_markup_or_steers_in_any_file() {
    let report = report();
    for format in [html, junit, markdown] {
        let text = written(format, &report);
        assert!(text.contains("alert(1)"), "it is shown: {text}");
        for raw in [
            "<script",
            "\u{1b}",
            "\u{202e}",
            "\0",
            "\u{fffe}",
            "\u{1ffff}",
            "]]>",
        ] {
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
        // The limit of 90 % is about the runs of the program alone.
        ("handshakes", [12, 1, 0, 0]),
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
        xml.contains("tests=\"21\" failures=\"4\" errors=\"1\""),
        "{xml}"
    );
}

#[test]
fn a_missed_limit_makes_its_failures_count() {
    let mut report = report();
    soak(&mut report).exec = None;
    let xml = written(junit, &report);
    assert_eq!(counted(&xml, "handshakes").1, [12, 0, 0, 1], "{xml}");
    soak(&mut report).thresholds[0].met = false;
    let xml = written(junit, &report);
    assert_eq!(counted(&xml, "handshakes").1, [12, 1, 0, 0], "{xml}");
}

#[test]
fn an_interrupted_soak_is_an_error_whatever_was_found_until_then() {
    for verdict in [Verdict::Healthy, Verdict::Unknown, Verdict::Failed] {
        let mut report = Report {
            verdict,
            ..report()
        };
        soak(&mut report).interrupted = true;
        let xml = written(junit, &report);
        assert_eq!(counted(&xml, "verdict").1, [1, 0, 1, 0], "{xml}");
        let done = "interrupted: 2 of 2 planned runs, 14 of 20 planned handshakes, a session \
                    held for 30.0 s\"";
        assert!(xml.contains(done), "{xml}");
    }
}

#[test]
fn the_words_of_a_case_read_as_sentences() {
    let mut report = report();
    let body = soak(&mut report);
    body.exec = None;
    for run in &mut body.attempts.as_mut().unwrap().runs {
        run.code = run.code.map(|_| Code::SilentAfterConnect);
    }
    let xml = written(junit, &report);
    assert!(Code::SilentAfterConnect.meaning().ends_with('.'));
    assert!(!xml.contains(".; "), "{xml}");
    assert!(xml.contains("; --min-success at least 90 %"), "{xml}");
    assert!(
        xml.contains("message=\"not measured, the limit is at most 50 ms\""),
        "{xml}"
    );
    assert!(
        xml.contains("message=\"measured 1, the limit is at most 0\""),
        "{xml}"
    );
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

/// What people read of a soak on the terminal, with its lines joined.
fn on_the_terminal(report: &Report) -> String {
    let text = written(
        |report, out| super::text(report, Paint { color: false }, out),
        report,
    );
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_page_the_summary_and_the_terminal_say_the_same_bound() {
    for (upper, percent) in [
        (0.000_009_986, "0.001 %"),
        (0.002_995, "0.3 %"),
        (0.2589, "26 %"),
    ] {
        let mut report = report();
        let body = soak(&mut report);
        body.exec = None;
        let attempts = body.attempts.as_mut().unwrap();
        (attempts.run, attempts.succeeded) = (300_000, 300_000);
        attempts.failure_rate_upper_95 = Some(upper);
        let sentence = format!("300000 of 300000 still allows a failure rate up to {percent} (");
        assert!(on_the_terminal(&report).contains(&sentence), "{percent}");
        let page = written(html, &report);
        assert!(page.contains(&sentence), "{page}");
        let tile = format!("failure rate up to {} (", percent.replace(' ', "\u{a0}"));
        assert!(page.contains(&tile), "{page}");
        let row = format!("| failure rate up to (95 %) | {percent} |");
        let summary = written(markdown, &report);
        assert!(summary.contains(&row), "{summary}");
    }
}

#[test]
fn a_drift_is_said_on_the_page_when_it_is_said_on_the_terminal() {
    for (first, last, notable) in [
        (100.0, 119.0, false),
        (100.0, 121.0, true),
        (100.0, 79.0, true),
        (1.0, 1.9, false),
        (1.0, 2.1, true),
    ] {
        let mut report = report();
        soak(&mut report).attempts.as_mut().unwrap().drift = Some(Drift {
            first_quarter_ms: first,
            last_quarter_ms: last,
            change: (last - first) / first,
        });
        let terminal = on_the_terminal(&report).contains("it grew");
        let page = written(html, &report).contains("Median until ready");
        assert_eq!((terminal, page), (notable, notable), "{first} to {last}");
    }
}
