//! `ibdoc worker`: one API session, spoken to in lines of JSON by any language.

use std::env;

use clap::Args;

use super::Error;
use super::examples::shown;
use super::nature::Nature;
use super::outcome::Outcome;
use super::setup::{Setup, listen};
use crate::finding::verdict::ExitStatus;
use crate::render;
use crate::report::Body;
use crate::report::worker::WorkerParams;
use crate::text::clock::with_millis;
use crate::worker::{self, RESUME, Surroundings};

/// One API session for a program of any language, by lines of JSON
///
/// Reads commands from stdin and answers them on stdout, one line of JSON each:
/// `{"id":1,"command":"connect","params":{"port":4002}}`. Commands: `connect`, `disconnect`,
/// `accounts`, `positions`, `account_summary`, `account_values`, `executions`, `time`, `ping`,
/// `health`, `version`. They run side by side, each with a deadline (`timeout_ms`), and a success
/// means that the end marker of the answer came. Lines with "event" tell what nobody asked: dropped, reconnected, notice. A session
/// that is dropped is made anew, unless connect says `"reconnect":false`. It places no order and asks
/// no market data. Account numbers are written in full.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc worker --supervise", "in a child that is started again after a crash"),
    ("ibdoc worker --sim", "try it without a Gateway: connect takes no port"),
    ("python3 examples/worker/python/hold.py 4002", "a client in Python that holds a session"),
]))]
pub struct Worker {
    /// Keep the session in a child process, and start that again after a crash
    #[arg(long, env = "IBDOC_SUPERVISE")]
    pub supervise: bool,
}

impl Worker {
    /// Whether this process is the child of one that supervises it.
    pub(super) fn is_child(&self) -> bool {
        self.supervise && env::var_os(RESUME).is_some()
    }
}

/// Runs the worker in a child, unless this is that child, or it is to run in this process.
pub(super) async fn supervise(
    args: &Worker,
    nature: Nature<'_>,
) -> Result<Option<ExitStatus>, Error> {
    if !args.supervise || args.is_child() {
        return Ok(None);
    }
    let interrupt = listen(nature)?;
    let ended = worker::supervise(interrupt).await;
    ended.map(Some).map_err(Error::Worker)
}

/// Runs the worker: its lines are written before this returns, the report as the last one.
pub(super) async fn run(setup: &Setup) -> Result<ExitStatus, Error> {
    let around = Surroundings {
        world: &setup.world,
        timeouts: setup.timeouts,
        force: setup.force,
        simulated: setup.simulated.clone(),
    };
    let resume = resumed();
    let interrupt = setup.interrupt.clone();
    let ended = worker::run(&around, resume.as_ref(), interrupt, setup.deadline(None));
    let ended = ended.await.map_err(Error::Worker)?;
    let body = Body::Worker(ended.worker);
    let findings = ended.findings.clone();
    let mut outcome = Outcome::of(body, findings, ended.footprint);
    outcome.exit_status = setup.interrupt.now();
    let report = outcome.into_report("worker", setup);
    let mut line = Vec::new();
    let written = render::ndjson_report(
        &report,
        &with_millis(std::time::SystemTime::now()),
        &mut line,
    );
    line.truncate(line.trim_ascii_end().len());
    let is_told = written.is_ok() && ended.has_reader && ended.last_line(line).await;
    let status = report.exit_status;
    Ok(status.unwrap_or(if is_told {
        report.verdict.exit_status()
    } else {
        ExitStatus::CouldNotLook
    }))
}

/// The session that the parent of this process wants to have made anew.
fn resumed() -> Option<WorkerParams> {
    let text = env::var(RESUME).ok()?;
    #[expect(clippy::disallowed_methods, reason = "the rule is one of the tests")]
    serde_json::from_str(&text).ok()
}
