//! The checks of the doctor: each looks once, and returns what it saw.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::Setup;
use super::Tried;
use crate::commands::outcome::cut_short;
use crate::event::{Check, CheckStatus, StageName, StageStatus};
use crate::finding::verdict::Verdict;
use crate::finding::{self, Code, Finding};
use crate::handshake::Attempt;
use crate::handshake::connect;
use crate::handshake::connect::Look;
use crate::machine::World;
use crate::machine::accept_queue;
use crate::machine::listener::Listener;
use crate::machine::process::ProgramKind;
use crate::machine::sockets::Ports;
use crate::target::Target;
use crate::text::duration::{shown, shown_whole};
use crate::text::words::counted;
use crate::zombie::Criteria;
use crate::zombie::look::{self, Observer};

/// Half-closed sockets younger than this may still pass.
pub(super) const MIN_AGE: Duration = Duration::from_secs(60);

/// What one check saw, and how the check ended.
pub(super) struct Examined {
    /// The check, but for its time.
    pub(super) check: Check,
    pub(super) findings: Vec<Finding>,
    /// How long it took, where that is not the time since the check before it.
    pub(super) elapsed: Option<Duration>,
}

impl Examined {
    pub(super) fn new(name: &'static str, status: CheckStatus, summary: impl Into<String>) -> Self {
        Self {
            check: Check {
                name,
                status,
                summary: summary.into(),
                elapsed: Duration::ZERO,
            },
            findings: Vec::new(),
            elapsed: None,
        }
    }

    /// With the time that it took.
    pub(super) fn lasting(mut self, elapsed: Duration) -> Self {
        self.elapsed = Some(elapsed);
        self
    }

    /// A check that was not made, and why.
    pub(super) fn skipped(name: &'static str, reason: &str) -> Self {
        Self::new(name, CheckStatus::Skipped, reason)
    }

    /// The status that the findings ask for, and the principal one's summary.
    pub(super) fn of_findings(name: &'static str, findings: Vec<Finding>, healthy: String) -> Self {
        let status = status_of(&findings);
        let principal = finding::principal(&findings);
        let summary = principal.map_or(healthy, |finding| finding.summary.clone());
        Self {
            findings,
            ..Self::new(name, status, summary)
        }
    }
}

/// How a check with these findings ended.
pub(super) fn status_of(findings: &[Finding]) -> CheckStatus {
    match finding::verdict(findings) {
        Verdict::Healthy => CheckStatus::Ok,
        Verdict::Attention => CheckStatus::Attention,
        Verdict::Unknown => CheckStatus::Unknown,
        Verdict::Failed => CheckStatus::Failed,
    }
}

/// Why the tables of this machine say nothing about the target.
enum Elsewhere {
    /// The target is on another machine.
    Remote,
    /// The name has no address, or the resolver gave none.
    Nowhere,
    /// The table could not be read.
    Blind(String),
}

impl Elsewhere {
    fn examined(self, name: &'static str) -> Examined {
        match self {
            Elsewhere::Remote => Examined::skipped(name, "it is not seen on this machine"),
            Elsewhere::Nowhere => Examined::skipped(name, "its address is not known"),
            Elsewhere::Blind(error) => Examined::new(name, CheckStatus::Unknown, error),
        }
    }
}

/// The listener on the first of these addresses that has one; `None` if none has.
fn listener(world: &World, addresses: &[SocketAddr]) -> Result<Option<Listener>, Elsewhere> {
    if addresses.is_empty() {
        return Err(Elsewhere::Nowhere);
    }
    let mut local = false;
    for address in addresses {
        match connect::look(world.table.as_ref(), *address) {
            Look::Remote => {}
            Look::Unlistened => local = true,
            Look::Listening(row) => return Ok(Some(world.who_listens(&row))),
            Look::Blind(error) => return Err(Elsewhere::Blind(error)),
        }
    }
    if local {
        Ok(None)
    } else {
        Err(Elsewhere::Remote)
    }
}

/// Which Gateway and TWS processes run, and which process listens on the port.
pub(super) fn gateway(world: &World, target: &Target, addresses: &[SocketAddr]) -> Examined {
    let name = "gateway";
    let gateways = world.running_gateways();
    let running: Vec<String> = gateways.iter().map(ToString::to_string).collect();
    let running = if running.is_empty() {
        "no Gateway or TWS process is seen here".to_owned()
    } else {
        running.join("; ")
    };
    match listener(world, addresses) {
        Ok(Some(listener)) => {
            let who = listener
                .name
                .unwrap_or_else(|| "an owner that is not seen".to_owned());
            let summary = format!("{who} listens on port {}; {running}", target.port);
            // The way may lead to one that is stopped.
            let is_gateway = matches!(listener.kind, ProgramKind::Gateway | ProgramKind::Tws);
            let status = if gateways.iter().any(|it| it.is_stopped) && !is_gateway {
                CheckStatus::Unknown
            } else {
                CheckStatus::Ok
            };
            Examined::new(name, status, summary)
        }
        Ok(None) => {
            // A forwarded port connects all the same: the handshake tells.
            let summary = format!("nothing listens on port {} here; {running}", target.port);
            Examined::new(name, CheckStatus::Unknown, summary)
        }
        Err(elsewhere) => elsewhere.examined(name),
    }
}

/// Whether a relay listens in front of the Gateway.
pub(super) fn relay(world: &World, addresses: &[SocketAddr]) -> Examined {
    let name = "relay";
    match listener(world, addresses) {
        Ok(Some(listener)) => {
            let findings = crate::machine::listener::assess_listener(
                &listener,
                &listener.address.to_string(),
                true,
            );
            let summary = match listener.kind {
                ProgramKind::Relay => "a relay listens: a connection proves nothing by itself",
                ProgramKind::Unknown => "not known: the listener could not be identified",
                _ if listener.may_be_relay() => {
                    "no known relay listens; whether this program passes connections on shows only \
                     while one is open"
                }
                _ => "none",
            };
            let status = if listener.kind == ProgramKind::Unknown {
                CheckStatus::Unknown
            } else {
                CheckStatus::Ok
            };
            Examined {
                findings,
                ..Examined::new(name, status, summary)
            }
        }
        Ok(None) => Examined::skipped(name, "nothing listens here"),
        Err(elsewhere) => elsewhere.examined(name),
    }
}

/// The accept queue, and half-closed and unaccepted sockets.
pub(super) async fn sockets(
    setup: &Setup,
    ports: Ports,
    addresses: &[SocketAddr],
    until: Instant,
) -> Examined {
    let name = "sockets";
    let listens = match listener(&setup.world, addresses) {
        Ok(listener) => listener.is_some(),
        Err(elsewhere) => return elsewhere.examined(name),
    };
    let mut criteria = Criteria::of_report(ports, MIN_AGE);
    criteria.is_elsewhere = setup.is_elsewhere;
    match Observer::new(&setup.world).look(&criteria) {
        Ok(mut census) => {
            let watch = look::queues::watch(&mut census.snapshot, &setup.world);
            if accept_queue::before(Some(until), watch).await.is_none() {
                return Examined::new(name, CheckStatus::Unknown, accept_queue::CUT_SHORT);
            }
            let healthy = match census.snapshot.stuck.len() {
                0 if listens => "the accept queue is not stuck, nor is any socket".to_owned(),
                0 => "no socket is stuck".to_owned(),
                count => format!(
                    "{count} half closed or waiting, none for {}",
                    shown_whole(MIN_AGE)
                ),
            };
            let mut findings = census.findings();
            // What it asks for the doctor does.
            let relays = findings.iter_mut();
            relays
                .filter(|finding| finding.code == Code::RelayListener)
                .for_each(|finding| finding.remedies.clear());
            Examined::of_findings(name, findings, healthy)
        }
        Err(error) => Examined::new(name, CheckStatus::Unknown, error.to_string()),
    }
}

/// What each known port of a host is, and what was found there.
pub(super) fn ports(tried: &Tried) -> (Examined, Vec<Finding>) {
    let name = "ports";
    let findings = tried.findings();
    let each = tried.each().join("; ");
    let check = match tried.first() {
        Some(_) => Examined::new(name, CheckStatus::Ok, each),
        None => Examined::new(name, CheckStatus::Failed, each),
    };
    (check, findings)
}

/// One handshake with its requests.
pub(super) fn handshake(name: &'static str, attempt: &Attempt, findings: Vec<Finding>) -> Examined {
    if let Some(trouble) = &attempt.setting.trouble {
        return Examined::new(name, CheckStatus::Unknown, trouble.clone());
    }
    if let Some(interrupted) = attempt.interrupted
        && finding::verdict(&findings) < Verdict::Failed
    {
        let words = interrupted.words();
        return Examined {
            findings,
            ..Examined::new(name, CheckStatus::Unknown, words)
        };
    }
    if let Some(words) = cut_short(attempt) {
        return Examined {
            findings,
            ..Examined::new(name, CheckStatus::Unknown, words)
        };
    }
    let version = attempt.record.server_version;
    let version = version.map_or_else(String::new, |version| format!(", version {version}"));
    let accounts = attempt.record.accounts.as_ref().map_or(0, Vec::len);
    let ready = attempt.record.ready.map_or_else(String::new, shown);
    let stages = attempt.record.stages.iter();
    let synced = stages.filter(|stage| {
        matches!(stage.name, StageName::Sync(_)) && stage.status == StageStatus::Ok
    });
    let accounts = counted(accounts, "account");
    let answered = synced.count();
    let healthy = format!("ready in {ready}{version}, {accounts}, {answered} requests answered");
    Examined::of_findings(name, findings, healthy)
}
