//! What could not be seen, told once.

use super::{Code, Finding};

/// Makes one of the findings that say what could not be seen and ask for the same: the first keeps its
/// place, and what the others say becomes its evidence.
pub fn unite_incomplete(findings: &mut Vec<Finding>) {
    let mut united: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings.drain(..) {
        let is_same = |other: &&mut Finding| {
            finding.code == Code::TableIncomplete
                && other.code == finding.code
                && other.severity == finding.severity
                && other.remedies == finding.remedies
        };
        match united.iter_mut().find(is_same) {
            Some(first) if finding.evidence.is_empty() => {
                let words = format!("{}: {}", finding.subject, finding.summary);
                first.evidence.push(words);
            }
            Some(first) => first.evidence.extend(finding.evidence),
            None => united.push(finding),
        }
    }
    *findings = united;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unseen(subject: &str, evidence: &[&str]) -> Finding {
        let finding = Finding::new(Code::TableIncomplete, subject, "not seen");
        finding.with_all_evidence(evidence.iter().map(|&fact| fact.to_owned()))
    }

    #[test]
    fn what_asks_for_the_same_is_one_finding() {
        let other = Finding {
            remedies: vec!["look elsewhere".to_owned()],
            ..unseen("c", &[])
        };
        let stuck = Finding::new(Code::AcceptQueueStuck, "d", "stuck");
        let mut findings = vec![
            stuck.clone(),
            unseen("a", &[]),
            other.clone(),
            unseen("b", &[]),
            unseen("this user", &["9 processes could not be read"]),
            stuck.clone(),
        ];
        unite_incomplete(&mut findings);
        let one = unseen("a", &["b: not seen", "9 processes could not be read"]);
        assert_eq!(findings, [stuck.clone(), one, other, stuck]);
    }
}
