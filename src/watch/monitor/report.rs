//! What a Gateway that is watched has shown so far.

use tokio::time::Instant;

use super::Monitor;
use crate::event::State;
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding, principal};
use crate::report::{BreakerFigures, Watched};
use crate::watch::standing::Standing;

impl Monitor {
    /// The finding of its state, with the remedies of what was found; nothing where it is healthy.
    pub fn finding(&self) -> Option<Finding> {
        let code = self.standing.code?;
        let beside = self.jvm.finding().into_iter().chain(&self.of_clients);
        let mut known = self.findings.iter().chain(beside);
        let known = known.find(|finding| finding.code == code).cloned();
        let mut finding = known
            .unwrap_or_else(|| Finding::new(code, &self.address, self.standing.reason.clone()));
        let is_of_jvm = matches!(code, Code::GatewayMemory | Code::GatewayPaused);
        if !is_of_jvm {
            finding.evidence.extend(self.jvm.evidence());
        } else if self.standing.state == State::Down {
            finding.severity = Severity::Error;
            let symptom = principal(&self.findings);
            finding
                .evidence
                .extend(symptom.map(|it| it.summary.clone()));
        }
        Some(finding)
    }

    /// Its state, and why.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The figures so far.
    pub fn report(&self) -> Watched {
        let now = Instant::now();
        let mut figures = self.figures.report(now);
        let lasted = (now - self.since).as_secs_f64();
        *figures.seconds.entry(self.standing.state).or_default() += lasted;
        let (opened, probes) = self.breaker.counts();
        let next_try = self.next_try(now) - now;
        Watched {
            address: self.address.clone(),
            state: self.standing.state,
            code: self.standing.code,
            reason: self.standing.reason.clone(),
            since: self.since_time.clone(),
            breaker: BreakerFigures {
                state: self.breaker.state(),
                failures: self.breaker.failures(),
                opened,
                probes,
                next_try: (!self.is_up()).then_some(next_try),
            },
            sockets: self.seen.as_ref().map(|seen| seen.sockets),
            vitals: self.jvm.signs().cloned(),
            ..figures
        }
    }
}
