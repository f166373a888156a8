//! The cases of a JUnit file: what passes, fails, is an error or is skipped.

use quick_junit::{NonSuccessKind, Report as JUnit, TestCaseStatus};

use super::sample::report;
use super::{soak, written};
use crate::finding::Code;
use crate::finding::verdict::Verdict;
use crate::render::junit;
use crate::report::Report;

/// The counts of a suite with this name, as it says and as its cases are: cases, failures,
/// errors, skipped.
pub(super) fn counted(xml: &str, suite: &str) -> ([usize; 4], [usize; 4]) {
    let junit = JUnit::deserialize_from_str(xml).unwrap();
    let mut suites = junit.test_suites.iter();
    let suite = suites.find(|it| it.name.as_str() == suite).unwrap();
    let mut seen = [suite.test_cases.len(), 0, 0, 0];
    for case in &suite.test_cases {
        match &case.status {
            TestCaseStatus::Success { .. } => {}
            TestCaseStatus::NonSuccess {
                kind: NonSuccessKind::Failure,
                ..
            } => seen[1] += 1,
            TestCaseStatus::NonSuccess { .. } => seen[2] += 1,
            TestCaseStatus::Skipped { .. } => seen[3] += 1,
        }
    }
    let said = [suite.tests, suite.failures, suite.errors, suite.skipped];
    (said, seen)
}

#[test]
fn every_suite_counts_the_cases_that_it_lists() {
    let xml = written(junit, &report());
    let suites = [
        ("verdict", [1, 1, 0, 0]),
        ("limits", [3, 1, 1, 0]),
        // The limit of 90 % is about the runs of the program alone.
        ("handshakes", [12, 1, 0, 0]),
        ("session", [4, 1, 0, 1]),
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
        xml.contains("tests=\"22\" failures=\"4\" errors=\"1\""),
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
