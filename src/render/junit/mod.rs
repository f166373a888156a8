//! A report as JUnit XML, as continuous integration servers read it.

mod cases;
mod runs;

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::report::Report;
use crate::text::printable::scrub;

/// Cases of one kind.
struct Suite {
    name: &'static str,
    seconds: f64,
    properties: Vec<(&'static str, String)>,
    cases: Vec<Case>,
}

/// One thing that passed or did not.
struct Case {
    name: String,
    seconds: f64,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    /// It went wrong, and the limits allow that.
    Allowed(String),
    Failed(Trouble),
    /// It could not be looked at.
    Unknown(Trouble),
}

struct Trouble {
    kind: String,
    message: String,
    text: String,
}

/// Cases, failures, errors and skipped ones.
#[derive(Default)]
struct Counts([usize; 4]);

impl Counts {
    fn of<'a>(cases: impl Iterator<Item = &'a Case>) -> Self {
        let mut counts = Self::default();
        for case in cases {
            counts.0[0] += 1;
            match case.outcome {
                Outcome::Passed => {}
                Outcome::Failed(_) => counts.0[1] += 1,
                Outcome::Unknown(_) => counts.0[2] += 1,
                Outcome::Allowed(_) => counts.0[3] += 1,
            }
        }
        counts
    }

    fn attributes(&self) -> impl Iterator<Item = (&'static str, String)> {
        ["tests", "failures", "errors", "skipped"]
            .into_iter()
            .zip(self.0.map(|count| count.to_string()))
    }
}

/// Writes a report as JUnit XML: the verdict, and one case for each thing that was tried.
pub fn junit(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let suites = cases::suites(report);
    let mut writer = Writer::new_with_indent(out, b' ', 1);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let counts = Counts::of(suites.iter().flat_map(|suite| &suite.cases));
    let name = format!("ibdoc {}", report.command);
    let mut root = writer
        .create_element("testsuites")
        .with_attribute(("name", name.as_str()))
        .with_attribute(("time", seconds(report.elapsed.as_secs_f64()).as_str()));
    // The schema knows no skipped ones here.
    for (name, count) in counts.attributes().take(3) {
        root = root.with_attribute((name, count.as_str()));
    }
    root.write_inner_content(|writer| {
        suites
            .iter()
            .try_for_each(|suite| write_suite(suite, &report.started_at, writer))
    })?;
    writeln!(writer.get_mut())
}

type Xml<'a> = Writer<&'a mut dyn Write>;

fn write_suite(suite: &Suite, started_at: &str, writer: &mut Xml<'_>) -> io::Result<()> {
    let mut element = writer
        .create_element("testsuite")
        .with_attribute(("name", suite.name));
    for (name, count) in Counts::of(suite.cases.iter()).attributes() {
        element = element.with_attribute((name, count.as_str()));
    }
    element
        .with_attribute(("time", seconds(suite.seconds).as_str()))
        .with_attribute(("timestamp", started_at))
        .write_inner_content(|writer| {
            if !suite.properties.is_empty() {
                let properties = writer.create_element("properties");
                properties.write_inner_content(|writer| {
                    suite.properties.iter().try_for_each(|(name, value)| {
                        let property = writer.create_element("property");
                        let property = property.with_attribute(("name", *name));
                        let value = scrub(value);
                        property
                            .with_attribute(("value", value.as_str()))
                            .write_empty()
                            .map(drop)
                    })
                })?;
            }
            let mut cases = suite.cases.iter();
            cases.try_for_each(|case| write_case(case, suite.name, writer))
        })?;
    Ok(())
}

fn write_case(case: &Case, suite: &str, writer: &mut Xml<'_>) -> io::Result<()> {
    let element = writer
        .create_element("testcase")
        .with_attribute(("classname", format!("ibdoc.{suite}").as_str()))
        .with_attribute(("name", scrub(&case.name).as_str()))
        .with_attribute(("time", seconds(case.seconds).as_str()));
    match &case.outcome {
        Outcome::Passed => element.write_empty()?,
        Outcome::Allowed(why) => element.write_inner_content(|writer| {
            let skipped = writer.create_element("skipped");
            let skipped = skipped.with_attribute(("message", scrub(why).as_str()));
            skipped.write_empty().map(drop)
        })?,
        Outcome::Failed(trouble) => {
            element.write_inner_content(|writer| write_trouble("failure", trouble, writer))?
        }
        Outcome::Unknown(trouble) => {
            element.write_inner_content(|writer| write_trouble("error", trouble, writer))?
        }
    };
    Ok(())
}

fn write_trouble(element: &str, trouble: &Trouble, writer: &mut Xml<'_>) -> io::Result<()> {
    writer
        .create_element(element)
        .with_attribute(("type", scrub(&trouble.kind).as_str()))
        .with_attribute(("message", scrub(&trouble.message).as_str()))
        .write_text_content(BytesText::new(&scrub(&trouble.text)))?;
    Ok(())
}

/// At most three decimals: the schema takes no more.
fn seconds(seconds: f64) -> String {
    format!("{seconds:.3}")
}
