//! The look inside: the sockets of a Gateway that the way leads to in another network namespace of
//! this machine.

use tokio::time::Instant;

use super::checks::{Examined, MIN_AGE};
use super::way::Way;
use crate::commands::inside::from_outside;
use crate::event::CheckStatus;
use crate::finding::Finding;
use crate::finding::verdict::Severity;
use crate::machine::World;
use crate::machine::accept_queue;
use crate::machine::netns::way_in;
use crate::machine::process;
use crate::machine::sockets::Ports;
use crate::text::duration::shown_whole;
use crate::zombie::Criteria;
use crate::zombie::look::{self, Observer};

/// What the sockets in the Gateway's own network namespace show.
pub(super) struct Inside {
    findings: Vec<Finding>,
    /// What was seen where nothing was found.
    summary: String,
    /// Why it could not be looked at.
    blind: Option<String>,
}

/// Looks where the Gateway is; `None` where that is ibdoc's own network namespace, or not known.
pub(super) async fn look(way: &Way, until: Instant) -> Option<Inside> {
    let path = way.path.as_ref()?;
    let hop = path.hops.last().filter(|hop| !hop.is_here())?;
    // Who may not enter reads no ages there, and what is young cannot be told from what is old.
    hop.within(|| ())?;
    let (table, place) = (hop.table()?, hop.place.as_deref()?);
    let world = World::new(table, process::system());
    let there = path.hops.iter().filter(|other| other.seat == hop.seat);
    let ports: Ports = there.map(|hop| hop.address.port()).collect();
    let mut criteria = Criteria::of_report(ports, MIN_AGE);
    criteria.is_elsewhere = true;
    let mut census = match Observer::new(&world).look(&criteria) {
        Ok(census) => census,
        Err(error) => return Some(Inside::blind(place, &error.to_string())),
    };
    let watch = look::queues::watch(&mut census.snapshot, &world);
    if accept_queue::before(Some(until), watch).await.is_none() {
        return Some(Inside::blind(place, accept_queue::CUT_SHORT));
    }
    let mut findings = census.findings();
    // Who listens is said by the way, and what is not seen of clients there is no question here.
    findings.retain(|it| it.severity > Severity::Info);
    let before = findings.len();
    findings.retain(|it| !way.has_told(it, false));
    way.goes_before(&mut findings, false);
    let is_told = findings.len() < before;
    if let Some(pid) = hop.pid {
        from_outside(&mut findings, &way_in(pid));
    }
    for finding in &mut findings {
        finding.subject = format!("{}, in {place}", finding.subject);
    }
    let summary = match census.snapshot.stuck.len() {
        _ if is_told => format!("nor is anything else in {place}"),
        0 => format!("nor is any in {place}"),
        count => format!(
            "{count} half closed or waiting in {place}, none for {}",
            shown_whole(MIN_AGE)
        ),
    };
    Some(Inside {
        findings,
        summary,
        blind: None,
    })
}

impl Inside {
    fn blind(place: &str, why: &str) -> Self {
        Self {
            findings: Vec::new(),
            summary: String::new(),
            blind: Some(format!("in {place}: {why}")),
        }
    }

    /// Adds what is seen inside to the check of the sockets outside, and puts it first.
    pub(super) fn before(self, mut outside: Examined) -> Examined {
        if let Some(blind) = self.blind {
            if outside.check.status == CheckStatus::Ok {
                outside.check.status = CheckStatus::Unknown;
                outside.check.summary = blind;
            }
            return outside;
        }
        if self.findings.is_empty() {
            if outside.check.status == CheckStatus::Skipped {
                let summary = format!("no socket is stuck here, {}", self.summary);
                return Examined::new(outside.check.name, CheckStatus::Ok, summary);
            }
            if outside.check.status == CheckStatus::Ok {
                let summary = &mut outside.check.summary;
                *summary = format!("{summary}; {}", self.summary);
            }
            return outside;
        }
        let findings = [self.findings, outside.findings].concat();
        Examined::of_findings(outside.check.name, findings, String::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;

    fn finding(code: Code, subject: &str) -> Finding {
        Finding::new(code, subject, format!("seen at {subject}"))
    }

    fn inside(findings: Vec<Finding>) -> Inside {
        let summary = "nor is any in container 1".to_owned();
        let blind = None;
        Inside {
            findings,
            summary,
            blind,
        }
    }

    #[test]
    fn what_is_seen_inside_is_told_first() {
        let kept = [Code::ZombieGatewayOwned, Code::ProbeLeftZombies];
        let there = kept.map(|code| finding(code, "inside")).to_vec();
        let here = [Code::ProbeLeftZombies, Code::ZombieClientLive];
        let here = here.map(|code| finding(code, "outside")).to_vec();
        let outside = Examined::of_findings("sockets", here, String::new());
        let both = inside(there).before(outside);
        let told: Vec<(Code, &str)> = both
            .findings
            .iter()
            .map(|finding| (finding.code, finding.subject.as_str()))
            .collect();
        let expected = [
            (Code::ZombieGatewayOwned, "inside"),
            (Code::ProbeLeftZombies, "inside"),
            (Code::ProbeLeftZombies, "outside"),
            (Code::ZombieClientLive, "outside"),
        ];
        assert_eq!(told, expected);
        assert_eq!(both.check.status, CheckStatus::Attention);
        assert_eq!(both.check.summary, "seen at inside");
    }

    #[test]
    fn where_nothing_is_found_inside_the_check_says_that_it_was_looked() {
        let healthy = || Examined::new("sockets", CheckStatus::Ok, "no socket is stuck");
        let told = inside(Vec::new()).before(healthy()).check;
        assert_eq!(
            told.summary,
            "no socket is stuck; nor is any in container 1"
        );
        let skipped = Examined::skipped("sockets", "it is not seen on this machine");
        let told = inside(Vec::new()).before(skipped).check;
        assert_eq!(told.status, CheckStatus::Ok);
        let unseen = Inside {
            blind: Some("in container 1: refused".to_owned()),
            ..inside(Vec::new())
        };
        let told = unseen.before(healthy()).check;
        assert_eq!(
            (told.status, told.summary.as_str()),
            (CheckStatus::Unknown, "in container 1: refused")
        );
    }
}
