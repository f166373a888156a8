//! What the Gateway's own notices tell: good news, faults, and faults that later ones clear.

use crate::event::Notice;
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::text::duration::shown;

/// How many notices a finding shows; the report has them all.
const SHOWN: usize = 5;

/// IB's number for an API port that was changed in the settings.
const PORT_CHANGED: i32 = 1300;

/// The findings that notices make; a fault that a later notice clears is none.
pub(super) fn assess(notices: &[Notice], subject: &str) -> Vec<Finding> {
    assess_notices(notices, subject, &words)
}

/// The same, with a notice as evidence in other words.
pub(crate) fn assess_notices(
    notices: &[Notice],
    subject: &str,
    words: &dyn Fn(&Notice) -> String,
) -> Vec<Finding> {
    let mut found: Vec<(Finding, usize)> = Vec::new();
    for (at, notice) in notices.iter().enumerate() {
        let Some((code, summary)) = judge(notice).filter(|_| stands(notice, &notices[at..])) else {
            continue;
        };
        let evidence = words(notice);
        if let Some((known, count)) = found.iter_mut().find(|(known, _)| known.code == code) {
            *count += 1;
            if *count <= SHOWN {
                known.evidence.push(evidence);
            }
        } else {
            let mut finding = Finding::new(code, subject, summary).with_evidence(evidence);
            // What it says keeps nothing from working, unless it explains what does not.
            finding.severity = finding.severity.min(Severity::Warning);
            found.push((finding, 1));
        }
    }
    let finish = |(finding, count): (Finding, usize)| match count.checked_sub(SHOWN) {
        Some(more @ 1..) => finding.with_evidence(format!("and {more} more like these")),
        _ => finding,
    };
    found.into_iter().map(finish).collect()
}

/// A notice as evidence: number, words and when it came.
pub(super) fn words(notice: &Notice) -> String {
    format!(
        "{} {} (at {})",
        notice.code,
        notice.message,
        shown(notice.at)
    )
}

fn judge(notice: &Notice) -> Option<(Code, &'static str)> {
    match notice.code {
        100 => Some((Code::Pacing, "the Gateway says that messages come too fast")),
        1100 | 2110 => Some((
            Code::UpstreamLost,
            "the Gateway has lost its connection to IBKR",
        )),
        2103 | 2105 | 2157 => Some((Code::DataFarmDown, "a data farm is down")),
        10141 => Some((
            Code::PaperDisclaimer,
            "the Gateway says that the paper-trading disclaimer has not been accepted",
        )),
        10197 => Some((
            Code::CompetingSession,
            "the account is logged in elsewhere too",
        )),
        _ => None,
    }
}

/// Whether no notice of `all` that came after this one takes it back.
pub(crate) fn stands(notice: &Notice, all: &[Notice]) -> bool {
    let later = all.iter().skip_while(|other| *other != notice);
    let clears = |other: &Notice| match notice.code {
        1100 | 2110 => matches!(other.code, 1101 | 1102),
        // The number of a farm that is up follows on that of one that is down.
        broken @ (2103 | 2105 | 2157) => {
            other.code == broken + 1 && farm(&other.message) == farm(&notice.message)
        }
        _ => false,
    };
    !later.skip(1).any(clears)
}

/// The farm's name, which follows the last colon of a notice.
fn farm(message: &str) -> &str {
    message.rsplit(':').next().unwrap_or_default().trim()
}

/// The notice that announces another API port, and that port if it names one.
pub(crate) fn port_change(notices: &[Notice]) -> Option<(&Notice, Option<u16>)> {
    let notice = notices.iter().find(|notice| notice.code == PORT_CHANGED)?;
    let numbers = notice.message.split(|c: char| !c.is_ascii_digit());
    let port = numbers.filter_map(|word| word.parse().ok()).next_back();
    Some((notice, port.filter(|port| *port > 0)))
}

/// What the notices say of the Gateway's own link to IBKR, where a session does not get ready.
pub(super) fn upstream_words(notices: &[Notice]) -> String {
    let is = |codes: &[i32]| notices.iter().any(|notice| codes.contains(&notice.code));
    if is(&[1100, 2110]) {
        "the Gateway said itself that it has no connection to IBKR".to_owned()
    } else if is(&[2104, 2106, 2158]) {
        "notices came that its data farms are up: its login to IBKR is not what is missing"
            .to_owned()
    } else if notices.is_empty() {
        "no notice of any data farm came either: its login to IBKR may not be finished".to_owned()
    } else {
        "no notice came that a data farm is up".to_owned()
    }
}

/// The finding of a changed port, with the new one where the notice names it.
pub(crate) fn port_changed(subject: &str, notice: &Notice, port: Option<u16>) -> Finding {
    let summary = match port {
        Some(port) => format!("the API port was changed in the Gateway's settings, to {port}"),
        None => "the API port was changed in the Gateway's settings".to_owned(),
    };
    let mut finding = Finding::new(Code::PortChanged, subject, summary)
        .with_evidence(format!("{} {}", notice.code, notice.message));
    if let Some(port) = port {
        finding.remedies = vec![format!("connect to port {port}")];
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn notice(code: i32, message: &str) -> Notice {
        Notice {
            code,
            message: message.to_owned(),
            request_id: -1,
            at: Duration::from_millis(400),
        }
    }

    fn codes(notices: &[Notice]) -> Vec<Code> {
        let findings = assess(notices, "127.0.0.1:4002");
        findings.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn the_usual_farm_notices_are_good_news() {
        let usual = [
            notice(2104, "Market data farm connection is OK:usfarm"),
            notice(2106, "HMDS data farm connection is OK:ushmds"),
            notice(2158, "Sec-def data farm connection is OK:secdefnj"),
            notice(2107, "HMDS data farm connection is inactive:euhmds"),
        ];
        assert_eq!(codes(&usual), []);
    }

    #[test]
    fn a_farm_is_down_until_the_same_farm_is_back() {
        let broken = notice(2103, "Market data farm connection is broken:usfarm");
        let other = notice(2104, "Market data farm connection is OK:eufarm");
        let same = notice(2104, "Market data farm connection is OK:usfarm");
        assert_eq!(codes(&[broken.clone(), other]), [Code::DataFarmDown]);
        assert_eq!(codes(&[broken, same]), []);
    }

    #[test]
    fn a_lost_upstream_is_cleared_only_by_a_later_notice() {
        let lost = notice(1100, "Connectivity between IB and TWS has been lost.");
        let back = notice(1102, "Connectivity has been restored - data maintained.");
        assert_eq!(codes(&[back.clone(), lost.clone()]), [Code::UpstreamLost]);
        assert_eq!(codes(&[lost, back]), []);
    }

    #[test]
    fn a_flood_of_the_same_notice_is_shown_in_part_and_counted() {
        let flood = vec![notice(100, "Max rate of messages"); 40];
        let findings = assess(&flood, "127.0.0.1:4002");
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].evidence.len(), SHOWN + 1);
        assert_eq!(findings[0].evidence[SHOWN], "and 35 more like these");
        assert!(findings[0].evidence[0].ends_with("(at 400 ms)"));
    }

    #[test]
    fn the_new_port_is_read_from_the_end_of_the_notice() {
        let said = [notice(1300, "Please reconnect on the new port -4444")];
        assert_eq!(port_change(&said).and_then(|(_, port)| port), Some(4444));
        assert!(matches!(
            port_change(&[notice(1300, "changed")]),
            Some((_, None))
        ));
        assert!(port_change(&[]).is_none());
    }
}
