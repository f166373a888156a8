//! What was measured: too many messages a second, bytes left unread, bytes sent again.

use std::time::Duration;

use super::{About, Found, Look, shown};
use crate::event::Speaker;
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::report::TraceClock;
use crate::text::words::counted;
use crate::trace::chunk::Timestamp;
use crate::trace::session::LIMIT;

/// A receive window is full for moments while a program reads as fast as it can.
const UNREAD: Duration = Duration::from_secs(1);

/// The findings of what was measured, beside those that are there already.
pub(super) fn assess(look: &Look<'_>, known: &[Code]) -> Vec<Found> {
    let has = |code| known.contains(&code);
    let other = |finding| Found::new(finding, About::Other);
    let mut findings = Vec::new();
    if !has(Code::Pacing) {
        findings.extend(too_fast(look).map(other));
    }
    findings.extend(not_reading(look));
    if !has(Code::Network) {
        findings.extend(lost(look).map(other));
    }
    findings
}

fn too_fast(look: &Look<'_>) -> Option<Finding> {
    let (most, at, seconds) = look.session.most_a_second()?;
    if most <= LIMIT {
        return None;
    }
    let at = look.at(at);
    let summary = format!(
        "{} sent {most} messages within one second{at}; a Gateway takes {LIMIT}",
        look.who()
    );
    let evidence = format!("more than {LIMIT} in {}", counted(seconds, "second"));
    Some(look.finding(Code::Pacing, summary).with_evidence(evidence))
}

/// A client that left unread what the Gateway sent.
fn not_reading(look: &Look<'_>) -> Option<Found> {
    let flow = look.session.flow(Speaker::Client);
    let since = flow.first_not_reading?;
    if flow.not_reading < UNREAD && look.clock != TraceClock::None {
        return None;
    }
    let (who, at) = (look.who(), look.at(since));
    let lasted = shown(flow.not_reading);
    let goes_on = if flow.is_not_reading() {
        ", and to the end"
    } else {
        ""
    };
    let summary = format!("{who} read nothing for {lasted}, first{at}{goes_on}");
    let unread = flow
        .unread
        .map(|bytes| format!("{bytes} bytes waited to be read"));
    let finding = look.finding(Code::ClientNotReading, summary);
    let evidence = "its receive window was full: the Gateway could send nothing more";
    let finding = finding.with_evidence(evidence).with_all_evidence(unread);
    let until = Timestamp(since.0 + flow.not_reading);
    Some(Found::new(finding, About::Unread(since, until)))
}

/// Bytes that had to be sent again, or never got there.
fn lost(look: &Look<'_>) -> Option<Finding> {
    let sides = [Speaker::Client, Speaker::Gateway];
    let mut evidence = Vec::new();
    let mut is_grave = false;
    for side in sides {
        let flow = look.session.flow(side);
        let words = side.words();
        if flow.repeated > 0 {
            evidence.push(format!("{words} sent {} bytes again", flow.repeated));
        }
        if flow.unacknowledged > 0 && flow.repeated > 0 {
            is_grave = true;
            evidence.push(format!(
                "{} bytes of {words} were never acknowledged",
                flow.unacknowledged
            ));
        }
    }
    if evidence.is_empty() {
        return None;
    }
    let who = look.who();
    let summary = if is_grave {
        format!("what was sent on the connection of {who} did not get to the other end")
    } else {
        format!("some of what was sent on the connection of {who} had to be sent again")
    };
    let mut finding = look
        .finding(Code::Network, summary)
        .with_all_evidence(evidence);
    if !is_grave {
        finding.severity = Severity::Info;
    }
    Some(finding)
}
