//! How to restart a Gateway without its second factor: said once in a report, behind the first
//! remedy that names a restart.

use super::Finding;

/// How the second factor is kept out of a restart (IBC user guide, command server; IB Gateway,
/// Lock and Exit).
pub const WITHOUT_SECOND_FACTOR: &str = "a restart costs a login: IBC's command server takes \
    RESTART, and the Gateway has an auto-restart of its own; both do without the second factor, but \
    not across a Sunday";

/// The words by which a remedy names a restart of the Gateway.
const NAMES_IT: &str = "restart the Gateway";

/// In each sentence that tells how it is done, so that none is told twice.
const SAID: &str = "without the second factor";

/// Adds the sentence behind the first remedy that names a restart of the Gateway.
pub fn explain_restart(findings: &mut [Finding]) {
    for finding in findings {
        let mut remedies = finding.remedies.iter();
        if let Some(place) = remedies.position(|remedy| remedy.contains(NAMES_IT)) {
            let is_said = |remedy: &String| remedy.contains(SAID);
            if finding.remedies.get(place + 1).is_some_and(is_said) {
                return;
            }
            let words = WITHOUT_SECOND_FACTOR.to_owned();
            finding.remedies.insert(place + 1, words);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;

    #[test]
    fn the_first_restart_of_a_report_is_explained_and_no_other() {
        let stuck = Finding::new(Code::AcceptQueueStuck, &"here", "stuck");
        let relay = Finding::new(Code::ZombieRelayOwned, &"here", "the relay's");
        let mut findings = [relay, stuck.clone(), stuck];
        explain_restart(&mut findings);
        let explained = |finding: &Finding| {
            let mut remedies = finding.remedies.iter();
            remedies.position(|remedy| remedy == WITHOUT_SECOND_FACTOR)
        };
        let places: Vec<_> = findings.iter().map(explained).collect();
        assert_eq!(places, [None, Some(1), None]);
    }

    #[test]
    fn every_remedy_of_a_code_that_restarts_a_gateway_is_recognised() {
        for code in Code::ALL {
            for remedy in code.remedies() {
                let other = [
                    "restart the relay",
                    "restart that program",
                    "daily restart",
                    "no restart",
                ];
                let is_other = other.iter().any(|words| remedy.contains(words));
                let names_one = remedy.contains("restart ") && !is_other;
                assert!(!names_one || remedy.contains(NAMES_IT), "{code}: {remedy}");
            }
        }
    }
}
