//! `ibdoc compare`: what differs between two soaks, and whether that can be chance.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::examples::shown;
use super::saved::report_of;
use super::{Error, Outcome, Setup, files};
use crate::cli::ReportFiles;
use crate::event::Footprint;
use crate::finding::verdict::{ExitStatus, Verdict};
use crate::report::{Body, Difference, Report};
use crate::soak::compare::{self, Side, strangers};
use crate::text::printable::clean;

/// Two soaks: what differs, and whether that can be chance
///
/// Takes two JSON reports of `ibdoc soak`, such as of before and after a change, and judges the
/// second one: success by Fisher's exact test, times by a bootstrap interval of the difference
/// of their medians, sockets left by their count. What is not shown to differ is said to be
/// that. Two different Gateways are compared with --force only, as is a simulated one with
/// a real one.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc compare before.json after.json", "did the change help"),
    ("ibdoc compare main.json branch.json --fail-if worse", "a CI job"),
]))]
pub struct Compare {
    /// The JSON report of the first soak
    #[arg(value_name = "A.json", value_hint = ValueHint::FilePath)]
    pub a: PathBuf,

    /// The JSON report of the second soak, which is judged against the first
    #[arg(value_name = "B.json", value_hint = ValueHint::FilePath)]
    pub b: PathBuf,

    /// End with status 3 if the second one is shown to be worse
    #[arg(long, value_name = "WHEN", env = "IBDOC_FAIL_IF")]
    pub fail_if: Option<FailIf>,

    /// Where the comparison is also written to.
    #[command(flatten)]
    pub files: ReportFiles,
}

/// When a comparison ends with a status other than 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailIf {
    /// The second soak is shown to be worse in anything
    Worse,
}

/// Runs the command; errs when a file is no report of a soak, and when the two are of different
/// Gateways without `--force`.
pub(super) async fn run(args: &Compare, setup: &Setup) -> Result<Outcome, Error> {
    files::check_apart(&[&args.a, &args.b], &args.files.reports)?;
    let [a, b] = [&args.a, &args.b].map(|path| report_of(path, setup));
    match (a.await?, b.await?) {
        (Ok(a), Ok(b)) => compared(args, &a, &b, setup.force),
        (Err(why), _) | (_, Err(why)) => Ok(Outcome::blind(why)),
    }
}

fn compared(args: &Compare, a: &Report, b: &Report, force: bool) -> Result<Outcome, Error> {
    let (file_a, file_b) = (args.a.to_string_lossy(), args.b.to_string_lossy());
    let (a, b) = (side(&file_a, a)?, side(&file_b, b)?);
    let notes: Vec<String> = match strangers(a, b) {
        Some(why) if force => vec![format!("{why}: compared because of --force")],
        Some(why) => {
            let message = format!("{why}: what differs would be theirs (--force compares them)");
            return Err(Error::Usage(message));
        }
        None => Vec::new(),
    };
    let compared = compare::compare(a, b, notes);
    let (verdict, error) = match compared.judgement {
        Difference::Worse => (Verdict::Attention, None),
        Difference::Unknown => (
            Verdict::Unknown,
            Some("nothing could be compared".to_owned()),
        ),
        _ => (Verdict::Healthy, None),
    };
    let status = match (compared.judgement, args.fail_if) {
        (Difference::Unknown, _) => ExitStatus::CouldNotLook,
        (Difference::Worse, Some(FailIf::Worse)) => ExitStatus::Attention,
        _ => ExitStatus::Healthy,
    };
    Ok(Outcome {
        verdict: Some(verdict),
        error,
        exit_status: Some(status),
        ..Outcome::of(
            Body::Compare(Box::new(compared)),
            Vec::new(),
            Footprint::NONE,
        )
    })
}

fn side<'a>(file: &'a str, report: &'a Report) -> Result<Side<'a>, Error> {
    if let Some(Body::Soak(soak)) = &report.body {
        return Ok(Side { file, report, soak });
    }
    let command = clean(report.command, 40);
    let message = format!("{file} is the report of `ibdoc {command}`; two soaks are compared");
    Err(Error::Usage(message))
}
