//! `ibdoc explain`: what a finding code or a number of IB's means.

use clap::Args;

use super::{Error, Outcome};
use crate::event::Footprint;
use crate::finding::Code;
use crate::finding::ib_code;
use crate::finding::ib_code::Origin;
use crate::report;
use crate::report::{Body, Explanation};

/// What `ibdoc explain` takes.
#[derive(Args, Debug)]
pub struct Explain {
    /// A finding code such as accounts-late, or a number such as 326
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// Runs the command; errs when the code is unknown.
pub(super) fn run(args: &Explain) -> Result<Outcome, Error> {
    let explanations = match args.code.as_deref() {
        None => {
            let findings = Code::ALL.iter().map(|code| of_finding(*code));
            findings.chain(ib_code::ALL.iter().map(of_number)).collect()
        }
        Some(typed) => vec![explain(typed)?],
    };
    let body = Body::Explain(report::Explain { explanations });
    let footprint = Footprint {
        sockets_left: Some(0),
        ..Footprint::default()
    };
    Ok(Outcome::of(body, Vec::new(), footprint))
}

fn explain(typed: &str) -> Result<Explanation, Error> {
    if let Some(code) = Code::named(typed) {
        return Ok(of_finding(code));
    }
    if let Some(code) = typed.parse().ok().and_then(ib_code::find) {
        return Ok(of_number(code));
    }
    let kind = if typed.bytes().all(|byte| byte.is_ascii_digit()) {
        "this number of IB's is not in the list"
    } else {
        "no such finding code"
    };
    let message = format!("{kind}; `ibdoc explain` lists those it knows");
    Err(Error::Usage(message))
}

fn of_finding(code: Code) -> Explanation {
    let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
    Explanation {
        code: code.name().to_owned(),
        severity: Some(code.severity()),
        on_wire: None,
        meaning: code.meaning().to_owned(),
        seen: Some(code.seen().to_owned()),
        causes: owned(code.causes()),
        remedies: owned(code.remedies()),
    }
}

fn of_number(code: &ib_code::IbCode) -> Explanation {
    Explanation {
        code: code.number.to_string(),
        severity: None,
        on_wire: Some(code.origin == Origin::Wire),
        meaning: code.meaning.to_owned(),
        seen: None,
        causes: Vec::new(),
        remedies: Vec::new(),
    }
}
