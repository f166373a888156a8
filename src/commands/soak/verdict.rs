//! What a soak has shown becomes a report and a verdict.

use super::args::Limits;
use super::limits::thresholds;
use crate::commands::Outcome;
use crate::diagnosis;
use crate::finding::verdict::Verdict;
use crate::finding::{self, Code, Finding, principal_first};
use crate::report::{self, Body, Stability, Threshold};
use crate::soak::program;
use crate::soak::run::{Soaked, Stop};
use crate::soak::severity::judge;
use crate::target::Target;

/// The limits met or missed, the findings, and the verdict that follows from both.
pub(super) fn outcome(soaked: Soaked, limits: &Limits, target: &Target) -> Outcome {
    let subject = soaked.subject.clone();
    let subject = subject.unwrap_or_else(|| target.to_string());
    let thresholds = thresholds(limits, &soaked);
    let stability = soaked.stability.as_ref();
    // A deadline says nothing of the Gateway, and a signal is the user's.
    let given_up = matches!(soaked.stop, Some(Stop::GivenUp(_) | Stop::Trouble(_)));
    let ended_badly = given_up || stability.is_some_and(|it| !it.up_at_end);
    let findings = findings(&soaked, &thresholds, ended_badly, &subject);
    let worked = match soaked.exec() {
        Some(exec) => exec.succeeded > 0,
        None => something_worked(&soaked),
    };
    let (floor, unseen) = match &soaked.program {
        Some((exec, evidence)) => program::floor(exec.fault, evidence),
        None => (Verdict::Healthy, None),
    };
    let unproven = unproven(&soaked).or(unseen);
    let verdict = match unproven {
        None => judge(&findings, &thresholds, ended_badly, worked),
        // Limits that were missed for want of runs prove no failure.
        Some(_) => finding::verdict(&findings).max(Verdict::Unknown),
    };
    let verdict = verdict.max(floor);
    let exit_status = match soaked.stop {
        Some(Stop::Interrupted(status)) => Some(status),
        _ => None,
    };
    let body = report::Soak {
        address: subject,
        attempts: soaked.attempts,
        stability: soaked.stability,
        zombies: soaked.zombies,
        thresholds,
        exec: soaked.program.map(|(exec, _)| exec),
        not_asked: soaked.not_asked,
        stopped: soaked
            .stop
            .as_ref()
            .and_then(Stop::reason)
            .map(str::to_owned),
        interrupted: exit_status.is_some(),
    };
    Outcome {
        verdict: Some(verdict),
        error: unproven.filter(|_| verdict == Verdict::Unknown),
        exit_status,
        ..Outcome::of(Body::Soak(Box::new(body)), findings, soaked.footprint)
    }
}

/// The findings of the program's runs and of the handshakes, the principal one first.
fn findings(
    soaked: &Soaked,
    thresholds: &[Threshold],
    ended_badly: bool,
    subject: &str,
) -> Vec<Finding> {
    let exec = soaked.exec();
    let limits_met = thresholds.iter().all(|threshold| threshold.met);
    let anything = something_worked(soaked) || exec.is_some_and(|exec| exec.succeeded > 0);
    // With --exec the limits are those of the program's runs.
    let allowed = limits_met && !ended_badly && exec.is_none();
    let mut all = match &soaked.program {
        Some((exec, evidence)) => program::findings(exec, evidence, subject, limits_met),
        None => Vec::new(),
    };
    all.extend(soaked.gathered.findings(anything, allowed));
    let stability = soaked.stability.as_ref();
    let outages = stability.map_or(&[][..], |stability| &stability.outages);
    let was_dropped = stability.is_some_and(|stability| stability.drops > 0);
    for outage in diagnosis::assess_outages(outages, subject) {
        match all.iter_mut().find(|known| known.code == outage.code) {
            // What a drop is explained by stays, and so does what is worse.
            Some(known) if was_dropped || known.severity > outage.severity => {
                known.evidence.extend(outage.evidence);
            }
            // A handshake that met it as well tells less.
            Some(known) => *known = outage,
            None => all.push(outage),
        }
    }
    all.extend(missed(soaked, thresholds, subject));
    principal_first(&mut all);
    all
}

/// A finding for each limit that was missed. What was cut short before it could be measured is no
/// miss.
fn missed(soaked: &Soaked, thresholds: &[Threshold], subject: &str) -> Vec<Finding> {
    let is_cut = unproven(soaked).is_some() || soaked.stop.is_some();
    let missed = thresholds.iter().filter(|limit| !limit.met);
    let missed = missed.filter(|limit| limit.actual.is_some() || !is_cut);
    let finding = |limit: &Threshold| {
        let measured = limit.actual_words();
        let measured = measured.map_or("not measured".to_owned(), |it| format!("measured {it}"));
        let summary = format!("--{}: {}, {measured}", limit.name, limit.limit_words());
        Finding::new(Code::LimitMissed, &subject, summary)
    };
    missed.map(finding).collect()
}

/// Whether a handshake or the held session worked.
fn something_worked(soaked: &Soaked) -> bool {
    // A session that was lost before its first ping was at least made.
    let made = |it: &Stability| it.pings.answered > 0 || it.pings.sent == 0;
    let succeeded = soaked.attempts.as_ref().is_some_and(|it| it.succeeded > 0);
    succeeded || soaked.stability.as_ref().is_some_and(made)
}

/// Why the verdict is not proven: what was planned and not run says nothing.
fn unproven(soaked: &Soaked) -> Option<String> {
    let reason = soaked.stop.as_ref().and_then(Stop::reason);
    let reason = reason.map(str::to_owned);
    if matches!(soaked.stop, Some(Stop::Trouble(_))) {
        return reason;
    }
    let exec = soaked.exec();
    let nothing_run = if let Some(exec) = exec {
        exec.run == 0
    } else {
        let held = soaked.stability.is_some() || !soaked.gathered.is_empty();
        soaked.attempts.as_ref().is_none_or(|it| it.run == 0) && !held
    };
    if nothing_run {
        let why = reason.filter(|_| exec.is_some());
        return Some(why.unwrap_or_else(|| "nothing was run".to_owned()));
    }
    let cut_short = matches!(soaked.stop, Some(Stop::OutOfTime | Stop::Unfinished));
    reason.filter(|_| cut_short)
}
