//! A report as JUnit XML, as continuous integration servers read it.

mod cases;
mod commands;
mod runs;

use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use crate::report::Report;
use crate::text::printable::scrub;

/// Writes a report as JUnit XML: the verdict, and one case for each thing that was tried.
pub fn junit(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut junit = quick_junit::Report::new(format!("ibdoc {}", report.command));
    junit.set_time(report.elapsed);
    for mut suite in cases::suites(report) {
        let started_at = report.started_at.as_str().into();
        suite.extra.insert("timestamp".into(), started_at);
        junit.add_test_suite(suite);
    }
    let xml = junit.to_string().map_err(io::Error::other)?;
    // The schema of Jenkins' xUnit plugin has this attribute on `testsuite` only, and the root
    // comes first.
    let skipped = format!(" skipped=\"{}\"", junit.skipped);
    out.write_all(xml.replacen(&skipped, "", 1).as_bytes())
}

/// Cases of one kind.
fn suite(
    name: &str,
    elapsed: Duration,
    properties: Vec<(&str, String)>,
    cases: impl IntoIterator<Item = TestCase>,
) -> TestSuite {
    let mut suite = TestSuite::new(name);
    suite.set_time(elapsed);
    let properties = properties.into_iter();
    suite.add_properties(properties.map(|(name, value)| Property::new(name, scrub(&value))));
    for mut case in cases {
        case.set_classname(format!("ibdoc.{name}"));
        suite.add_test_case(case);
    }
    suite
}

/// One thing that passed or did not.
fn case(name: &str, elapsed: Duration, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(scrub(name), status);
    case.set_time(elapsed);
    case
}

/// What is wrong with a case.
struct Trouble {
    kind: String,
    message: String,
    text: String,
}

impl Trouble {
    fn failure(&self) -> TestCaseStatus {
        self.status(NonSuccessKind::Failure)
    }

    /// It could not be looked at.
    fn error(&self) -> TestCaseStatus {
        self.status(NonSuccessKind::Error)
    }

    fn status(&self, kind: NonSuccessKind) -> TestCaseStatus {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_type(scrub(&self.kind));
        status.set_message(scrub(&self.message));
        status.set_description(scrub(&self.text));
        status
    }

    /// The limit of this name and value allows it.
    fn allowed_by(&self, limit: &str) -> TestCaseStatus {
        let message = self.message.trim_end_matches('.');
        let mut status = TestCaseStatus::skipped();
        status.set_message(scrub(&format!("{}: {message}; {limit}", self.kind)));
        status
    }
}
