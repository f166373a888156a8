//! What the findings of a soak weigh: the first of each kind, how often it came, and how much
//! of it the limits allow.

use crate::diagnosis::repeat;
use crate::finding::verdict::{Severity, Verdict};
use crate::finding::{Finding, principal_first, verdict};
use crate::report::Threshold;

/// The first finding of each code and severity, and how often it came, in the order in which they came: what
/// came first is nearer to the cause.
#[derive(Clone, Debug, Default)]
pub struct Gathered(Vec<(Finding, u32)>);

impl Gathered {
    /// Takes the findings of one handshake.
    pub fn add(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            let known = self
                .0
                .iter_mut()
                .find(|(first, _)| is_alike(first, &finding));
            match known {
                Some((_, times)) => *times += 1,
                None => self.0.push((finding, 1)),
            }
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One finding for each code, with how often it came.
    ///
    /// Errors of single attempts are warnings while something worked, and no more than
    /// information when they are what the limits allow.
    pub fn findings(&self, something_worked: bool, allowed: bool) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::with_capacity(self.0.len());
        for (finding, times) in &self.0 {
            let mut finding = finding.clone();
            if *times > 1 && finding.severity > Severity::Info {
                let evidence = format!("{times} times; the first is shown");
                finding.evidence.push(evidence);
                repeat::not_again(&mut finding, !something_worked);
            }
            if finding.severity == Severity::Error && something_worked {
                finding.severity = Severity::Warning;
                if allowed {
                    finding.severity = Severity::Info;
                    finding.evidence.push("within the limits given".to_owned());
                }
            }
            findings.push(finding);
        }
        principal_first(&mut findings);
        findings
    }
}

/// Whether two findings are counted as one: of one code, of which each says as much as the other.
fn is_alike(one: &Finding, other: &Finding) -> bool {
    (one.code, one.severity) == (other.code, other.severity)
}

/// What the findings and thresholds say. A limit missed needs attention, as does a soak that the
/// Gateway made end early or that ended without a session; it is a failure where nothing worked.
pub fn judge(
    findings: &[Finding],
    thresholds: &[Threshold],
    ended_badly: bool,
    something_worked: bool,
) -> Verdict {
    let missed = thresholds.iter().any(|threshold| !threshold.met);
    let worst = verdict(findings);
    match (missed || ended_badly, something_worked) {
        (true, false) => worst.max(Verdict::Failed),
        (true, true) => worst.max(Verdict::Attention),
        (false, _) => worst,
    }
}
