//! From what a relay has shown to the report of `ibdoc tap`.

use std::io;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::program::Ended;
use crate::commands::host::Tried;
use crate::commands::{Outcome, Setup};
use crate::finding::verdict::Verdict;
use crate::finding::{self, Finding, principal_first};
use crate::handshake::footprint::Ledger;
use crate::machine::local::is_local;
use crate::machine::path::{self, Place};
use crate::report::{Body, Tap, TapFile, Trace};
use crate::tap::{Observed, RecordFile, RelayTally};
use crate::target::Target;
use crate::text::printable::clean;
use crate::text::words::counted;

/// The Gateway has closed its end of a session that ended within this time.
const SETTLING: Duration = Duration::from_secs(1);
/// Between two looks at it.
const BETWEEN: Duration = Duration::from_millis(20);

/// What a run of the relay has shown.
pub(super) struct Facts {
    pub(super) address: String,
    pub(super) target: Target,
    pub(super) fault: Option<String>,
    /// What became of the command, and whether the drill was given up.
    pub(super) watched: (Option<Ended>, bool),
    pub(super) relayed: io::Result<RelayTally>,
    pub(super) observed: Observed,
}

/// The outcome of it.
pub(super) async fn outcome(facts: Facts, setup: &Setup, mut ledger: Ledger) -> Outcome {
    let (ended, drill_given_up) = facts.watched;
    let observed = facts.observed;
    let (tally, failure) = match facts.relayed {
        Ok(tally) => (tally, None),
        Err(error) => (RelayTally::default(), Some(error.to_string())),
    };
    look_back(&tally, setup, &mut ledger).await;
    let subject = facts.target.to_string();
    let mut findings = observed.findings;
    if let Some(queue) = observed.stuck {
        findings.push(queue.finding(&subject, "the Gateway"));
    }
    findings.extend(ended.as_ref().and_then(|it| it.finding(&subject)));
    principal_first(&mut findings);
    let recordings = [&observed.recordings.0, &observed.recordings.1];
    let given_up = recordings.into_iter().flatten().find_map(|it| {
        let (error, file) = (it.error.as_ref()?, it.path.display());
        Some(format!("failed to record to {file}: {error}"))
    });
    let nothing = || {
        let why = observed.trouble.or(observed.refusing);
        let why = why.map_or_else(String::new, |why| format!(": {why}"));
        format!("no client was carried{why}")
    };
    let untold = untold(&observed.trace, facts.fault.is_some() && !drill_given_up);
    let is_empty = observed.trace.sessions.is_empty() && findings.is_empty();
    // What was found to fail has failed, whatever else is not known.
    let has_failed = finding::verdict(&findings) == Verdict::Failed;
    let given_up = given_up.filter(|_| !has_failed);
    let is_healthy = finding::verdict(&findings) == Verdict::Healthy;
    let error = failure
        .or(ended.as_ref().and_then(|it| it.error.clone()))
        .or(given_up)
        .or_else(|| is_empty.then(nothing))
        .or_else(|| untold.map(str::to_owned).filter(|_| is_healthy))
        .or_else(|| observed.trace.open_question().filter(|_| is_healthy))
        .or_else(|| turned_away(tally.refused).filter(|_| is_healthy));
    let (recording, capture) = observed.recordings;
    let tap = Tap {
        address: facts.address,
        target: subject,
        connections: tally.connections,
        not_reached: tally.not_reached,
        refused: tally.refused,
        most_at_once: u32::try_from(tally.most_at_once).unwrap_or(u32::MAX),
        uncopied_bytes: tally.uncopied,
        recording: recording.map(file),
        capture: capture.map(file),
        fault: facts.fault,
        drill_given_up,
        program: ended.and_then(|it| it.report),
        trace: observed.trace,
    };
    Outcome {
        error,
        ..Outcome::of(Body::Tap(Box::new(tap)), findings, ledger.footprint())
    }
}

/// That clients came which were not carried, and of which nothing is known.
fn turned_away(refused: u32) -> Option<String> {
    let clients = counted(u64::from(refused), "client");
    (refused > 0).then(|| format!("{clients} came and could not be carried"))
}

/// Why nothing is known of how clients take a drill.
fn untold(trace: &Trace, has_drill: bool) -> Option<&'static str> {
    let mut lost = trace.recoveries.iter().map(|it| it.is_judged);
    let mut told = trace.reactions.iter().map(|it| it.is_judged);
    if !lost.all(|it| it) || !told.all(|it| it) {
        return Some("it ended too soon to tell how the client takes the drill");
    }
    let is_met = trace.sessions.iter().any(|it| !it.drills.is_empty());
    (has_drill && !is_met).then_some("no session was there at any step of the drill")
}

/// The outcome where no Gateway answers on any known port of a host.
pub(super) fn nowhere(tried: &Tried, ledger: &Ledger) -> Outcome {
    let findings: Vec<Finding> = tried.findings();
    let telling = tried.most_telling();
    Outcome {
        findings,
        footprint: ledger.footprint(),
        error: telling.and_then(|attempt| attempt.setting.trouble.clone()),
        ..Outcome::default()
    }
}

/// Looks up what the connections left in the Gateway, as far as that can be seen.
async fn look_back(tally: &RelayTally, setup: &Setup, ledger: &mut Ledger) {
    let world = &setup.world;
    let first = tally.pairs.first().map(|pair| pair.remote);
    let way = first.and_then(|address| path::trace(world, address));
    if tally.has_others || way.is_some_and(|way| way.behind().is_some()) {
        ledger.lost_sight();
    }
    for pair in &tally.pairs {
        if is_local(pair.remote.ip()) {
            ledger.opened(*pair, Place::Own);
        } else {
            ledger.opened_out_of_sight(Some(*pair));
        }
    }
    let until = Instant::now() + SETTLING;
    loop {
        ledger.check(world);
        if ledger.left() == 0 || Instant::now() >= until {
            return;
        }
        sleep(BETWEEN).await;
    }
}

fn file(file: RecordFile) -> TapFile {
    TapFile {
        file: clean(&file.path.to_string_lossy(), 200),
        bytes: file.bytes,
        rotations: file.rotations,
        error: file.error.map(|error| clean(&error, 200)),
    }
}
