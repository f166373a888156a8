//! The findings of all sessions as one diagnosis.

use crate::finding::{Finding, principal_first};
use crate::trace::finished::Finished;

/// Findings that are told in full; those beyond are like one that is.
const MOST: usize = 40;

/// One diagnosis: what several sessions show in the same way is told once, and counted.
pub(in crate::trace) fn merged(finished: &[Finished]) -> Vec<Finding> {
    let several = finished.len() > 1;
    let mut merged: Vec<(Finding, Vec<u32>, String)> = Vec::new();
    for it in finished {
        let number = it.session.session;
        for finding in it.findings.iter().map(|it| &it.finding) {
            let kind = kind(finding);
            let same = merged.iter().position(|(known, _, other)| {
                known.code == finding.code && known.subject == finding.subject && *other == kind
            });
            match same {
                Some(place) => {
                    let (_, numbers, _) = &mut merged[place];
                    if numbers.last() != Some(&number) {
                        numbers.push(number);
                    }
                }
                None if merged.len() < MOST => {
                    merged.push((finding.clone(), vec![number], kind));
                }
                None => {}
            }
        }
    }
    let finish = |(mut finding, numbers, _): (Finding, Vec<u32>, String)| {
        match numbers.as_slice() {
            [one] if several => finding.evidence.push(format!("session {one}")),
            [first, rest @ ..] if !rest.is_empty() => {
                let (more, last) = (rest.len(), rest.last().unwrap_or(first));
                let line = format!(
                    "session {first}, and {more} more in the same way, the last one {last}"
                );
                finding.evidence.push(line);
            }
            _ => {}
        }
        finding
    };
    let mut findings: Vec<Finding> = merged.into_iter().map(finish).collect();
    principal_first(&mut findings);
    findings
}

/// The summary without its numbers and times: what stays the same in the next session.
fn kind(finding: &Finding) -> String {
    let head = finding.summary.split([':', ',']).next();
    let letters = head.unwrap_or_default().chars();
    letters.filter(|c| !c.is_ascii_digit()).collect()
}
