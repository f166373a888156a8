//! The end of a soak: its books become a report and a verdict.

use super::Soaking;
use super::limits::{self, Measured, thresholds};
use crate::commands::Outcome;
use crate::event::Events;
use crate::event::Footprint;
use crate::finding::verdict::Verdict;
use crate::finding::{self, Finding, principal_first};
use crate::report;
use crate::report::{Body, Exec, SoakZombies, Stability, Threshold};
use crate::soak::book::Book;
use crate::soak::severity::judge;

impl Soaking<'_> {
    pub(super) fn finish(mut self, mut book: Option<Book>, events: Events<'_>) -> Outcome {
        self.ledger.check(self.setup.world.table.as_ref());
        let after = self.census(events);
        let footprint = self.ledger.footprint();
        let stability = self.books.borrow().figures();
        let table = self.setup.world.table.as_ref();
        let exec = book.as_mut().map(|book| {
            let left = book.still_left(table);
            let ours = footprint.sockets_left.unwrap_or(0);
            book.census(self.before, after, ours);
            book.report(left)
        });
        let thresholds = self.thresholds(stability.as_ref(), &footprint, exec.as_ref());
        let worked = self.something_worked(stability.as_ref());
        let limits_met = thresholds.iter().all(|threshold| threshold.met);
        // A deadline is nobody's doing, and a signal is the user's.
        let given_up = self.stopped.is_some() && !self.out_of_time;
        let ended_badly = given_up || stability.as_ref().is_some_and(|it| !it.up_at_end);
        let succeeded = exec.as_ref().map(|exec| exec.succeeded > 0);
        let findings = {
            let anything = worked || succeeded == Some(true);
            // With --exec the limits are those of the program's runs.
            let allowed = limits_met && !ended_badly && exec.is_none();
            let gathered = self.gathered.findings(anything, allowed);
            let own = book.iter().zip(&exec).flat_map(|(book, exec)| {
                crate::soak::program::findings(exec, &book.evidence, &self.subject(), limits_met)
            });
            let mut all: Vec<Finding> = own.chain(gathered).collect();
            principal_first(&mut all);
            all
        };
        let mut verdict = judge(
            &findings,
            &thresholds,
            ended_badly,
            succeeded.unwrap_or(worked),
        );
        let (floor, unseen) = book
            .as_ref()
            .zip(exec.as_ref())
            .map_or((Verdict::Healthy, None), |(book, exec)| {
                crate::soak::program::floor(exec, &book.evidence)
            });
        let unproven = self.unproven(stability.as_ref(), exec.as_ref()).or(unseen);
        if unproven.is_some() {
            // Limits that were missed for want of runs prove no failure.
            verdict = finding::verdict(&findings).max(Verdict::Unknown);
        }
        verdict = verdict.max(floor);
        let body = report::Soak {
            address: self.subject(),
            attempts: self.tally.attempts(),
            stability,
            zombies: self.zombies(after, &footprint),
            thresholds,
            exec,
            stopped: self.stopped,
            interrupted: self.exit_status.is_some(),
        };
        Outcome {
            verdict: Some(verdict),
            error: unproven.filter(|_| verdict == Verdict::Unknown),
            exit_status: self.exit_status,
            ..Outcome::of(Body::Soak(Box::new(body)), findings, footprint)
        }
    }

    /// Why the verdict is not proven: what was planned and not run says nothing.
    fn unproven(&mut self, stability: Option<&Stability>, exec: Option<&Exec>) -> Option<String> {
        if let Some(trouble) = self.trouble.take() {
            return Some(trouble);
        }
        let nothing_run = match exec {
            Some(exec) => exec.run == 0,
            None => self.tally.run() == 0 && stability.is_none() && self.gathered.is_empty(),
        };
        let stopped = || self.stopped.clone();
        if nothing_run {
            let why = stopped().filter(|_| exec.is_some());
            return Some(why.unwrap_or_else(|| "nothing was run".to_owned()));
        }
        stopped().filter(|_| self.out_of_time)
    }

    pub(super) fn subject(&self) -> String {
        let known = self.tally.subject.clone();
        known.unwrap_or_else(|| self.target.to_string())
    }

    fn thresholds(
        &self,
        stability: Option<&Stability>,
        footprint: &Footprint,
        exec: Option<&Exec>,
    ) -> Vec<Threshold> {
        let (connect, ready) = (self.tally.connect(), self.tally.ready());
        let planned = self.planned > 0;
        let ours = limits::left(footprint, self.tally.unaccepted);
        let left = match exec {
            Some(exec) => ours.zip(exec.left).map(|(ours, left)| ours + left),
            None => ours,
        };
        let handshakes = planned.then(|| (self.tally.succeeded(), self.tally.run()));
        let measured = Measured {
            runs: exec.map(|exec| (exec.succeeded, exec.run)).or(handshakes),
            handshakes: planned.then_some((connect, ready)),
            hold_begun: self.hold_begun,
            stability,
            left,
        };
        thresholds(&self.args.limits, &measured)
    }

    fn something_worked(&self, stability: Option<&Stability>) -> bool {
        // A session that was lost before its first ping was at least made.
        let held = stability.is_some_and(|it| it.pings.answered > 0 || it.pings.sent == 0);
        self.tally.succeeded() > 0 || held
    }

    fn zombies(&self, after: Option<usize>, footprint: &Footprint) -> SoakZombies {
        let run = self.tally.run();
        let ours = footprint.sockets_left;
        let left = ours.filter(|_| run > 0);
        SoakZombies {
            before: self.before,
            after,
            ours,
            others: after.zip(ours).map(|(after, ours)| {
                after.saturating_sub(usize::try_from(ours).unwrap_or(usize::MAX))
            }),
            left_per_attempt: left.map(|left| f64::from(left) / f64::from(run)),
        }
    }
}
