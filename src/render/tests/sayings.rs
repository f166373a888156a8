//! What the files say, held against each other and against the terminal.

use super::sample::report;
use super::{soak, written};
use crate::render::{Paint, html, junit, markdown, text};
use crate::report::Report;
use crate::stats::Drift;

/// What is read of a soak on the terminal, with its lines joined.
fn on_the_terminal(report: &Report) -> String {
    let text = written(|report, out| text(report, Paint::PLAIN, out), report);
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

#[test]
fn moments_that_were_not_kept_are_said_and_not_drawn() {
    let mut report = report();
    let page = written(html, &report);
    assert!(!page.contains("were kept"), "{page}");
    assert!(
        page.contains("session up, 14.0\u{a0}s to 34.0\u{a0}s"),
        "{page}"
    );
    soak(&mut report)
        .stability
        .as_mut()
        .unwrap()
        .moments_dropped = 500;
    let page = written(html, &report);
    let note = "Only the first 4 were kept: the last 500 are in no report and in no picture.";
    assert!(page.contains(note), "{page}");
    assert!(page.contains("What happened (504)"), "{page}");
    // Nothing is known of what came after the last that was kept.
    assert!(
        page.contains("session up, 14.0\u{a0}s to 15.0\u{a0}s"),
        "{page}"
    );
    let summary = written(markdown, &report);
    let row = "| moments of the session that were not kept | 500, after the first 4 |";
    assert!(summary.contains(row), "{summary}");
    let xml = written(junit, &report);
    assert!(xml.contains("and 500 more"), "{xml}");
}

#[test]
fn what_outlived_a_run_is_told_where_there_was_any() {
    let mut report = report();
    for format in [html, junit, markdown] {
        let text = written(format, &report);
        for name in ["still held", "others ended"] {
            assert!(!text.contains(name), "{name} in {text}");
        }
    }
    let exec = soak(&mut report).exec.as_mut().unwrap();
    (exec.runs[0].held, exec.runs[0].others_ended) = (Some(3), None);
    exec.runs[1].others_ended = Some(2);
    let page = written(html, &report);
    assert!(page.contains("<th>left</th><th>still held</th><th>others ended</th><th>neutral</th>"));
    assert!(
        page.contains("<td>0</td><td>3</td><td>–</td><td>yes</td>"),
        "{page}"
    );
    assert!(
        page.contains("<td>0</td><td>0</td><td>2</td><td>yes</td>"),
        "{page}"
    );
    let summary = written(markdown, &report);
    let table = "| failed run | how it ended | after | still held |\n|--:|---|--:|--:|\n\
                 | 2 | status 7 | 1.5 s | 3 |\n";
    assert!(summary.contains(table), "{summary}");
    let xml = written(junit, &report);
    assert!(xml.contains("status 7, still held: 3"), "{xml}");
    let ended = "<property name=\"others-ended\" value=\"2\"/>";
    assert!(xml.contains(ended), "{xml}");
}
