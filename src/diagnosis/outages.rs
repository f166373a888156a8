//! What a Gateway lost while sessions were held: how often and for how long, which decides whether
//! waiting is still the answer.

use std::time::Duration;

use crate::event::{Notice, Outage, OutageKind};
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::text::duration::shown_long;
use crate::text::words::counted;

/// A connection to IBKR that is lost for longer does not come back by waiting: public reports tell
/// of hours, which a new login ended.
const LONG: Duration = Duration::from_secs(600);
/// What was lost once, for less, and came back needs no attention.
const BRIEF: Duration = Duration::from_secs(60);
/// How many farms are told one by one.
const SHOWN: usize = 10;

/// The notices but those that [`assess_outages`] tells with their times.
pub(super) fn without(notices: &[Notice]) -> Vec<Notice> {
    let lost = |code| matches!(code, 1100 | 2110 | 2103 | 2105 | 2157);
    let others = notices.iter().filter(|notice| !lost(notice.code));
    others.cloned().collect()
}

/// The findings that outages of held sessions make: one for the connection to IBKR, one for all
/// data farms.
pub fn assess_outages(outages: &[Outage], subject: &str) -> Vec<Finding> {
    let (upstream, farms): (Vec<&Outage>, Vec<&Outage>) = outages
        .iter()
        .partition(|outage| outage.what == OutageKind::Upstream);
    let upstream = upstream
        .first()
        .map(|outage| lost_upstream(outage, subject));
    upstream
        .into_iter()
        .chain(lost_farms(&farms, subject))
        .collect()
}

fn lost_upstream(outage: &Outage, subject: &str) -> Finding {
    let summary = format!("the Gateway's connection to IBKR was {}", told(outage));
    let mut finding = Finding::new(Code::UpstreamLost, subject, summary);
    finding.evidence.push(outage.words());
    if outage.longest >= LONG {
        let login = "a new login helps: restart the Gateway softly, for in public reports waiting \
                     did not bring the connection back after so long";
        let look = "look at the Gateway's screen: it may wait for a login";
        finding.remedies = if outage.down_at_end {
            vec![login.to_owned(), look.to_owned()]
        } else {
            vec![
                "compare the times with IBKR's resets and the Internet link of the Gateway"
                    .to_owned(),
                format!("if it lasts so long again: {login}"),
            ]
        };
    } else if !outage.down_at_end {
        finding.remedies = vec![
            "nothing has to be done now: it came back by itself".to_owned(),
            "if it comes back often, look at the Internet link of the Gateway".to_owned(),
        ];
    }
    softened(finding, &[outage])
}

fn lost_farms(farms: &[&Outage], subject: &str) -> Option<Finding> {
    let worst = farms.iter().max_by_key(|farm| farm.down)?;
    let name = worst.what.words(&worst.name);
    let others = match farms.len() - 1 {
        0 => String::new(),
        others => format!("; {} too", counted(others, "other farm")),
    };
    let summary = format!("the {name} was {}{others}", told(worst));
    let mut finding = Finding::new(Code::DataFarmDown, subject, summary);
    let lines = farms.iter().take(SHOWN).map(|farm| farm.words());
    finding.evidence.extend(lines);
    if farms.len() > SHOWN {
        let more = farms.len() - SHOWN;
        finding.evidence.push(format!("and {more} more"));
    }
    if farms.iter().all(|farm| !farm.down_at_end) {
        finding.remedies = vec![
            "nothing has to be done now: the connection is fine, and every farm is back".to_owned(),
        ];
        if farms.iter().any(|farm| farm.lost > 1) {
            finding.remedies = vec![
                "look at the Internet link of the Gateway: a farm that is lost again and again \
                 with the API session up is no fault of its clients"
                    .to_owned(),
                "compare the times with IBKR's status page".to_owned(),
            ];
        }
    }
    Some(softened(finding, farms))
}

/// One short outage that is over is worth knowing, and no more.
fn softened(mut finding: Finding, outages: &[&Outage]) -> Finding {
    let is_brief = |it: &&Outage| it.lost == 1 && it.down < BRIEF && !it.down_at_end;
    if outages.iter().all(is_brief) {
        finding.severity = Severity::Info;
    }
    finding
}

/// How often and how long, in a sentence.
fn told(outage: &Outage) -> String {
    let down = shown_long(outage.down);
    let end = if outage.down_at_end {
        "and was not back at the end"
    } else {
        "and came back"
    };
    match outage.lost {
        1 => format!("lost for {down} {end}"),
        times => format!("lost {times} times for {down} in all {end}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outage(what: OutageKind, lost: u32, seconds: u64, down_at_end: bool) -> Outage {
        let down = Duration::from_secs(seconds);
        Outage {
            what,
            name: "usfarm".to_owned(),
            lost,
            returned: lost - u32::from(down_at_end),
            down,
            longest: down / lost,
            down_at_end,
        }
    }

    fn found(outage: Outage) -> Finding {
        let mut findings = assess_outages(&[outage], "127.0.0.1:4002");
        assert_eq!(findings.len(), 1);
        findings.remove(0)
    }

    #[test]
    fn a_connection_to_ibkr_that_is_lost_for_long_is_no_longer_waited_for() {
        use OutageKind::Upstream;
        let short = found(outage(Upstream, 1, 90, true));
        assert!(short.remedies[0].starts_with("wait"), "{short:?}");
        let long = found(outage(Upstream, 1, 1200, true));
        assert_eq!(long.severity, Severity::Warning);
        assert!(long.summary.contains("20 min"), "{long:?}");
        let told = long.remedies.join("; ");
        assert!(long.remedies[0].contains("new login"), "{told}");
        assert!(!told.contains("wait:"), "{told}");
        let over = found(outage(Upstream, 1, 1200, false));
        assert!(over.summary.contains("came back"), "{over:?}");
        assert_eq!(
            found(outage(Upstream, 1, 8, false)).severity,
            Severity::Info
        );
    }

    #[test]
    fn a_farm_that_flaps_needs_attention_with_its_losses_and_returns() {
        let flaps = found(outage(OutageKind::MarketData, 3, 30, false));
        assert_eq!(flaps.severity, Severity::Warning);
        assert_eq!(flaps.code, Code::DataFarmDown);
        let told = &flaps.evidence[0];
        assert!(told.contains("lost 3 times, back 3 times"), "{told}");
        assert!(told.contains("30 s in all, 10 s at the longest"), "{told}");
        let once = found(outage(OutageKind::HistoricalData, 1, 5, false));
        assert_eq!(once.severity, Severity::Info);
        let down = found(outage(OutageKind::HistoricalData, 1, 5, true));
        assert_eq!(down.severity, Severity::Warning);
        assert!(down.remedies[0].starts_with("wait"), "{down:?}");
    }
}
