//! `ibdoc report`: a JSON report that was written earlier, shown and written again.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::examples::shown;
use super::{Error, files};
use crate::cli::{Format, Global, ReportFiles};
use crate::event::{Event, Events};
use crate::report::privacy::Accounts;
use crate::report::read::read;
use crate::report::{Body, Report};

/// Show a JSON report again, and write it in other formats
///
/// `ibdoc report soak.json --report soak.html`. The status is that of the report's verdict.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc report soak.json", "show a report of last week"),
    ("ibdoc report soak.json --report soak.html", "make a page of it"),
]))]
pub struct Again {
    /// The JSON report of any command
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// Where the report is also written to.
    #[command(flatten)]
    pub files: ReportFiles,
}

/// Reads the report; errs when the file is none, and when there are no such files of its command.
pub(super) fn run(args: &Again, global: &Global, events: Events<'_>) -> Result<Report, Error> {
    files::check_apart(&[&args.file], &args.files.reports)?;
    let file = args.file.display();
    let report = read(&args.file);
    let mut report = report.map_err(|why| Error::Usage(format!("failed to read {file}: {why}")))?;
    files::check(report.command, &args.files.reports)?;
    if !global.show_accounts {
        let mut accounts = Accounts::default();
        if let Some(Body::Handshake(body)) = &report.body {
            accounts.learn(body.accounts.as_deref().unwrap_or_default());
        }
        accounts.mask_report(&mut report);
    }
    // As text the doctor shows its checks as they end, and its report does not repeat them.
    if let Some(Body::Doctor(body)) = &report.body
        && global.format == Format::Text
    {
        let checks = body.checks.iter().cloned();
        checks.for_each(|check| events(Event::Check(check)));
    }
    Ok(report)
}
