//! What the findings of a soak weigh: the first of each kind, how often it came, and how much
//! of it the limits allow.

use std::collections::BTreeMap;

use crate::finding::{Code, Finding, principal_first, verdict};
use crate::report::Threshold;
use crate::verdict::{Severity, Verdict};

/// The first finding of each code, and how often it came.
#[derive(Debug, Default)]
pub(super) struct Gathered(BTreeMap<Code, (Finding, u32)>);

impl Gathered {
    pub(super) fn add(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            self.0
                .entry(finding.code)
                .and_modify(|(_, times)| *times += 1)
                .or_insert((finding, 1));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One finding for each code, with how often it came.
    ///
    /// Errors of single attempts are warnings while something worked, and no more than
    /// information when every limit is met: then they are what the limits allow.
    pub(super) fn findings(&self, something_worked: bool, limits_met: bool) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::with_capacity(self.0.len());
        for (finding, times) in self.0.values() {
            let mut finding = finding.clone();
            if *times > 1 && finding.severity > Severity::Info {
                let evidence = format!("{times} times; the first is shown");
                finding.evidence.push(evidence);
            }
            if finding.severity == Severity::Error && something_worked {
                finding.severity = Severity::Warning;
                if limits_met {
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

/// What the findings and thresholds say: any limit missed needs attention, and is a failure
/// where nothing worked at all.
pub(super) fn judge(
    findings: &[Finding],
    thresholds: &[Threshold],
    something_worked: bool,
) -> Verdict {
    let missed = thresholds.iter().any(|threshold| !threshold.met);
    let worst = verdict(findings);
    match (missed, something_worked) {
        (true, false) => worst.max(Verdict::Failed),
        (true, true) => worst.max(Verdict::Attention),
        (false, _) => worst,
    }
}
