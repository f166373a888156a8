//! The report files, from one report in which everything from outside is hostile.

mod cases;
mod metrics;
mod sample;
mod sayings;

use std::time::Duration;

use super::{html, junit, markdown};
use crate::event::StageName;
use crate::finding::verdict::Verdict;
use crate::report::{Body, Outlier, Report, Soak};
use cases::counted;
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

#[test]
fn every_table_is_scrolled_by_itself_and_with_the_keys_too() {
    let mut report = report();
    let body = soak(&mut report);
    body.attempts.as_mut().unwrap().outliers = vec![Outlier {
        attempt: 11,
        ready: Duration::from_millis(110),
        stage: StageName::Accounts,
        stage_elapsed: Duration::from_millis(90),
    }];
    let page = written(html, &report);
    let tables = page.matches("<table").count();
    assert!(tables >= 8, "{tables} tables");
    let mut names = Vec::new();
    for part in page.split("<div class=\"wide\"").skip(1) {
        let rest = part.strip_prefix(" tabindex=\"0\" role=\"region\" aria-label=\"");
        let (name, table) = rest.and_then(|it| it.split_once("\">")).expect(part);
        assert!(table.starts_with("<table"), "{table}");
        names.push(name);
    }
    assert_eq!(names.len(), tables, "{names:?}");
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), tables, "one name for two: {names:?}");
    assert!(page.contains("overflow-x: auto"));
}
