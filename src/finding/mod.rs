//! Findings: what is wrong, on what evidence, and what to do about it.

mod code;
pub mod ib_code;
mod incomplete;
pub mod log_line;
mod restart;
pub mod verdict;

use std::cmp::Reverse;
use std::fmt::Display;

use serde::{Deserialize, Serialize};

pub use code::Code;
pub use incomplete::unite_incomplete;
pub use restart::{WITHOUT_SECOND_FACTOR, explain_restart};

use self::verdict::{Severity, Verdict};

/// Stands in a remedy for the name of the command that is run.
pub const COMMAND: &str = "{command}";

/// Puts the name of the command into the remedies that repeat it with another target.
pub fn name_command(findings: &mut [Finding], command: &str) {
    let remedies = findings
        .iter_mut()
        .flat_map(|finding| &mut finding.remedies);
    for remedy in remedies.filter(|remedy| remedy.contains(COMMAND)) {
        *remedy = remedy.replace(COMMAND, command);
    }
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// The stable name of the finding.
    pub code: Code,
    /// How severe it is.
    pub severity: Severity,
    /// The address, port or process it is about.
    pub subject: String,
    /// What is wrong, in one sentence.
    pub summary: String,
    /// What was measured, one fact each.
    pub evidence: Vec<String>,
    /// What to do, in the order in which to try it.
    pub remedies: Vec<String>,
}

impl Finding {
    /// A finding with the severity and the remedies of its code.
    pub fn new(code: Code, subject: &(impl Display + ?Sized), summary: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            subject: subject.to_string(),
            summary: summary.into(),
            evidence: Vec::new(),
            remedies: code
                .remedies()
                .iter()
                .map(|&remedy| remedy.to_owned())
                .collect(),
        }
    }

    /// Adds what was measured.
    #[must_use]
    pub fn with_evidence(mut self, evidence: impl Into<String>) -> Self {
        self.evidence.push(evidence.into());
        self
    }

    /// Adds all of what was measured.
    #[must_use]
    pub fn with_all_evidence(mut self, evidence: impl IntoIterator<Item = String>) -> Self {
        self.evidence.extend(evidence);
        self
    }
}

/// The verdict of a set of findings: healthy without any above `info`.
pub fn verdict(findings: &[Finding]) -> Verdict {
    findings
        .iter()
        .map(|finding| Verdict::of_severity(finding.severity))
        .max()
        .unwrap_or(Verdict::Healthy)
}

/// The principal finding: the most severe one, the first of equals; nothing where none is above
/// `info`.
pub fn principal(findings: &[Finding]) -> Option<&Finding> {
    let grave = findings
        .iter()
        .filter(|finding| finding.severity > Severity::Info);
    grave.min_by_key(|finding| Reverse(finding.severity))
}

/// Puts the most severe finding first; among equals the order of discovery stays.
pub fn principal_first(findings: &mut [Finding]) {
    let is_of_the_look = |code| matches!(code, Code::RelayListener | Code::TableIncomplete);
    findings.sort_by_key(|finding| (Reverse(finding.severity), is_of_the_look(finding.code)));
}
