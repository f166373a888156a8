//! The way to the Gateway as the doctor shows it, and what stands in it.

use std::net::SocketAddr;

use tokio::time::Instant;

use super::checks::{Examined, status_of};
use crate::diagnosis;
use crate::event::CheckStatus;
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::machine::World;
use crate::machine::accept_queue;
use crate::machine::path::{self, Obstacle, Path, Trouble};
use crate::machine::process::ProgramKind;
use crate::machine::sockets::Ports;
use crate::target::Target;

/// What a census finds at a port that the way has told already.
const TOLD: [Code; 3] = [
    Code::AcceptQueueStuck,
    Code::AcceptsSlowly,
    Code::GatewayStopped,
];

/// The way from the first of the target's addresses on which something listens here.
#[derive(Default)]
pub(super) struct Way {
    pub(super) path: Option<Path>,
    pub(super) obstacle: Option<Obstacle>,
    /// Whether the deadline came before it was known what stands in it.
    is_cut_short: bool,
    subject: String,
}

pub(super) async fn look(world: &World, addresses: &[SocketAddr], until: Instant) -> Way {
    let paths = |address: &SocketAddr| Some((*address, path::trace(world, *address)?));
    let Some((address, path)) = addresses.iter().find_map(paths) else {
        return Way::default();
    };
    let looked = path::obstacle_at(world, address, &path);
    let looked = accept_queue::before(Some(until), looked).await;
    Way {
        is_cut_short: looked.is_none(),
        obstacle: looked.flatten(),
        path: Some(path),
        subject: address.to_string(),
    }
}

impl Way {
    fn findings(&self, is_first: bool) -> Vec<Finding> {
        let obstacle = self.obstacle.as_ref();
        // What is wrong with a relay, or behind it, is the relay check's.
        let wanted = obstacle.filter(|obstacle| {
            let is_behind = matches!(
                obstacle.trouble,
                Trouble::NothingBehind(_) | Trouble::Loop { .. }
            );
            let is_relay = obstacle.hop.kind == ProgramKind::Relay;
            (obstacle.is_first && !is_behind && !is_relay) == is_first
        });
        let subject = self.subject.as_str();
        wanted.map_or_else(Vec::new, |obstacle| diagnosis::obstacles(obstacle, subject))
    }

    /// The check of the Gateway, failed if the program that listens is stopped.
    pub(super) fn of_gateway(&self, gateway: Examined) -> Examined {
        let findings = self.findings(true);
        if findings.is_empty() {
            let first = self.path.as_ref().and_then(|path| path.hops.first());
            let Some(first) = first.filter(|hop| !hop.is_here()) else {
                return gateway;
            };
            let port = first.address.port();
            let summary = format!(
                "{} listens on port {port}{}",
                first.who(),
                first.whereabouts()
            );
            return Examined::new(gateway.check.name, CheckStatus::Ok, summary);
        }
        Examined::of_findings(gateway.check.name, findings, String::new())
    }

    /// The check of the relay, with the way through it, failed if that is not open.
    pub(super) fn of_relay(&self, mut relay: Examined) -> Examined {
        let Some(path) = &self.path else {
            return relay;
        };
        if path.forwarded {
            // A listener that is passed by is no relay on the way.
            relay.findings.clear();
        }
        let leads_on = path.target.is_some() || path.session_from.is_some();
        if path.hops.len() > 1 || leads_on || path.forwarded {
            relay.check.summary = path.to_string();
            if relay.check.status == CheckStatus::Skipped {
                relay.check.status = CheckStatus::Ok;
            }
        }
        if self.is_cut_short {
            relay.check.status = CheckStatus::Unknown;
            relay.check.summary = format!("{}: {}", accept_queue::CUT_SHORT, relay.check.summary);
        }
        let findings = self.findings(false);
        if !findings.is_empty() {
            relay.check.status = status_of(&findings);
            let wrong = &findings[0].summary;
            relay.check.summary = format!("{wrong}: {}", relay.check.summary);
            relay.findings.splice(0..0, findings);
        }
        relay
    }

    /// The ports whose sockets are looked at: the target's, and those of the way behind it that are
    /// in this network namespace.
    pub(super) fn ports(&self, target: &Target) -> Ports {
        let behind = self.path.iter().flat_map(Path::ports_here);
        behind.chain([target.port]).collect()
    }

    /// The check of the sockets. The queue of a program that is stopped empties when it goes on, and
    /// a stuck one on the way has been told.
    pub(super) fn of_sockets(&self, mut sockets: Examined) -> Examined {
        let before = sockets.findings.len();
        sockets
            .findings
            .retain(|finding| !self.has_told(finding, true));
        self.goes_before(&mut sockets.findings, true);
        let nothing = "nothing is stuck but what stands in the way".to_owned();
        if sockets.findings.len() < before {
            return Examined::of_findings(sockets.check.name, sockets.findings, nothing);
        }
        let told = self
            .obstacle
            .as_ref()
            .filter(|it| TOLD.contains(&it.code()));
        if told.is_some() && sockets.check.status == CheckStatus::Ok {
            sockets.check.summary = nothing;
        }
        sockets
    }

    /// Leaves no remedy of a census beside the one of the way that it contradicts: what a stopped
    /// program keeps it may let go once it goes on, and a restart would cost a login.
    pub(super) fn goes_before(&self, findings: &mut [Finding], is_here: bool) {
        let Some(Obstacle { hop, trouble, .. }) = &self.obstacle else {
            return;
        };
        let (Trouble::Stopped(wake), true) = (trouble, hop.is_here() == is_here) else {
            return;
        };
        let port = format!(":{}", hop.address.port());
        for finding in findings {
            let is_its = finding.subject.ends_with(&port);
            if is_its && finding.severity > Severity::Info {
                finding.remedies = vec![format!("{}; then look again", wake.remedy())];
            }
        }
    }

    /// Whether what stands in the way is this finding of a census, which was made in ibdoc's own
    /// network namespace or in the Gateway's.
    pub(super) fn has_told(&self, finding: &Finding, is_here: bool) -> bool {
        let Some(obstacle) = &self.obstacle else {
            return false;
        };
        let port = format!(":{}", obstacle.hop.address.port());
        obstacle.hop.is_here() == is_here
            && TOLD.contains(&finding.code)
            && finding.subject.ends_with(&port)
    }
}
