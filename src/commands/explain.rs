//! `ibdoc explain`: what a finding code, a number of IB's or a line of a log means.

use clap::Args;

use super::examples::shown;
use super::{Error, Outcome};
use crate::event::Footprint;
use crate::finding::Code;
use crate::finding::ib_code;
use crate::finding::ib_code::{IbCode, Origin};
use crate::finding::log_line;
use crate::finding::log_line::{Reading, Topic};
use crate::report;
use crate::report::{Body, Explanation};

/// What a finding code, an error number of IB's or a line of a log means
///
/// `ibdoc explain accounts-late`, `ibdoc explain Error 326`, `ibdoc explain "API connection
/// failed: TimeoutError()"`; without anything: the list. Of a line it takes the error number,
/// or the words that the usual clients, operating systems, socat and the Gateway use.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc explain accounts-late", "a finding code"),
    ("ibdoc explain Error 326", "a number of IB's"),
    ("ibdoc explain \"API connection failed: TimeoutError()\"", "a line of a log"),
]))]
pub struct Explain {
    /// A finding code, an error number, or a line of a log; several words need no quotes
    #[arg(value_name = "WORDS", allow_negative_numbers = true)]
    pub words: Vec<String>,
}

/// How much of what was typed is compared with the names of findings, in characters.
const COMPARED: usize = 60;
/// How alike two names are, from 0 to 1, for one to be suggested instead of the other.
const ALIKE: f64 = 0.87;
/// How many names are suggested.
const SUGGESTED: usize = 3;
const THE_LIST: &str = "`ibdoc explain` lists all that it knows";

/// Runs the command; errs when nothing of what was typed is known.
pub(super) fn run(args: &Explain) -> Result<Outcome, Error> {
    let body = Body::Explain(if args.words.is_empty() {
        list()
    } else {
        explain(&args.words.join(" "))?
    });
    Ok(Outcome::of(body, Vec::new(), Footprint::NONE))
}

fn list() -> report::Explain {
    let findings = Code::ALL.iter().map(|code| of_finding(*code));
    report::Explain {
        reading: None,
        explanations: findings.chain(ib_code::ALL.iter().map(of_number)).collect(),
    }
}

fn explain(typed: &str) -> Result<report::Explain, Error> {
    let (reading, topics) = match log_line::read(typed) {
        Reading::Known(topic) => (None, vec![topic]),
        Reading::Words(says, topics) => (Some(says.to_owned()), topics),
        Reading::UnknownNumber(number) => return Err(Error::Usage(unknown_number(number))),
        Reading::Unknown => return Err(Error::Usage(unknown(typed))),
    };
    let of = |topic| match topic {
        Topic::Finding(code) => of_finding(code),
        Topic::Number(code) => of_number(code),
    };
    Ok(report::Explain {
        reading,
        explanations: topics.into_iter().map(of).collect(),
    })
}

fn of_finding(code: Code) -> Explanation {
    Explanation {
        code: code.name().to_owned(),
        severity: Some(code.severity()),
        on_wire: None,
        meaning: code.meaning().to_owned(),
        seen: Some(code.seen().to_owned()),
        causes: owned(code.causes()),
        remedies: owned(code.remedies()),
        related: ib_code::of_finding(code).map(IbCode::name).collect(),
    }
}

fn of_number(code: &IbCode) -> Explanation {
    let findings = code
        .findings
        .iter()
        .map(|finding| finding.name().to_owned());
    Explanation {
        code: code.name(),
        severity: None,
        on_wire: Some(code.origin == Origin::Wire),
        meaning: code.meaning.to_owned(),
        seen: None,
        causes: Vec::new(),
        remedies: owned(code.remedies),
        related: findings.collect(),
    }
}

fn owned(list: &[&str]) -> Vec<String> {
    list.iter().map(|&text| text.to_owned()).collect()
}

/// What can be said of a number that is not in the list.
fn unknown_number(number: i64) -> String {
    let small = i32::try_from(number).ok();
    if matches!(number, 4001..=4004 | 7496..=7499) {
        return format!(
            "{number} is no error number but a usual port of the API: `ibdoc probe {number}` looks at it; {THE_LIST}"
        );
    }
    let Some((small, band)) = small.and_then(|small| Some((small, ib_code::band(small)?))) else {
        return format!("the number {number} is not in the list; {THE_LIST}");
    };
    let names: Vec<String> = ib_code::neighbours(small).map(IbCode::name).collect();
    let near = match names.as_slice() {
        [] => String::new(),
        names => format!("; the nearest in the list: {}", names.join(", ")),
    };
    format!(
        "the number {number} is not in the list; IB uses the numbers around it for {band}, so read \
         the text beside it{near}; {THE_LIST}"
    )
}

/// What can be said of words that nothing is known of; the words themselves are not repeated.
fn unknown(typed: &str) -> String {
    let similar = similar(typed);
    if similar.is_empty() {
        format!(
            "nothing is known of these words: no finding code, no error number, no known line of a \
             log; {THE_LIST}, and `ibdoc doctor` examines the Gateway itself"
        )
    } else {
        let names = similar.join(", ");
        format!("no such finding code; did you mean {names}? {THE_LIST}")
    }
}

/// The names of findings that are like what was typed, the likest first.
fn similar(typed: &str) -> Vec<&'static str> {
    let typed: String = typed.trim().chars().take(COMPARED).collect();
    let typed = typed.to_lowercase().replace([' ', '_'], "-");
    let alike = |code: &Code| {
        let part = typed.len() >= 4 && code.name().contains(&typed);
        let alike = strsim::jaro_winkler(code.name(), &typed);
        (if part { alike.max(ALIKE) } else { alike }, code.name())
    };
    let mut names: Vec<(f64, &str)> = Code::ALL.iter().map(alike).collect();
    names.retain(|(alike, _)| *alike >= ALIKE);
    names.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    names
        .into_iter()
        .take(SUGGESTED)
        .map(|(_, name)| name)
        .collect()
}
