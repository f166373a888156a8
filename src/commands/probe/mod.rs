//! `ibdoc probe`: which process listens, and is it reachable; for ports of this machine the answer
//! comes from the socket table, without a connection (docs/PROTOCOL.md, Limits and hazards).

mod args;
mod host;
mod known;
mod seen;
mod table;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

pub(super) use self::args::Probe;
use super::outcome::cut_short;
use super::{Error, Outcome, Setup};
use crate::diagnosis;
use crate::event::{Event, Events, StageName, StageStatus};
use crate::finding::verdict::Verdict;
use crate::finding::{self, Finding};
use crate::handshake::ahead::Ahead;
use crate::handshake::connect;
use crate::handshake::connect::{ConnectFailure, Look};
use crate::handshake::footprint::Ledger;
use crate::handshake::resolve::resolve;
use crate::handshake::{Attempt, Interrupted};
use crate::machine::accept_queue;
use crate::machine::path::{self, Path};
use crate::report::{Body, Endpoint, Method};
use crate::target::{ClientIds, Target, TypedTarget};
use crate::zombie;
use seen::{Seen, collect, endpoint, is_idle, unlooked, unreached, works};

/// Deadline of the handshakes of one round without `--deadline`.
const DEADLINE: Duration = Duration::from_secs(60);
/// Between two looks at the table while waiting.
const LOCAL_INTERVAL: Duration = Duration::from_millis(500);

/// Runs the command.
pub(super) async fn run(args: &Probe, setup: &Setup, events: Events<'_>) -> Result<Outcome, Error> {
    let mut prober = Prober {
        args,
        setup,
        ledger: Ledger::default(),
        ids: ClientIds::from_random_start(),
        is_cut_short: false,
    };
    let typed: Vec<TypedTarget> = match &setup.simulated {
        Some(_) => setup.typed(args.targets.first())?.into_iter().collect(),
        None => args.targets.clone(),
    };
    let mut outcome = prober.wait(&typed, events).await;
    outcome.footprint = prober.ledger.footprint();
    Ok(outcome.unless_interrupted(&setup.interrupt))
}

struct Prober<'a> {
    args: &'a Probe,
    setup: &'a Setup,
    ledger: Ledger,
    ids: ClientIds,
    /// Whether a handshake of this round ended before it could prove anything.
    is_cut_short: bool,
}

impl Prober<'_> {
    /// Looks until it is healthy or `--wait` is over; without it, once.
    async fn wait(&mut self, typed: &[TypedTarget], events: Events<'_>) -> Outcome {
        let limit = self.args.wait.map(|wait| {
            let deadline = self.setup.deadline.unwrap_or(wait);
            self.setup.began + wait.min(deadline)
        });
        let mut earlier = None;
        loop {
            let round = Instant::now();
            self.is_cut_short = false;
            let mut outcome = self.look_once(typed, events).await;
            // The end of the wait may cut the last one short: the one before proves more.
            if let Some(whole) = earlier.take().filter(|_| self.is_cut_short) {
                outcome = whole;
            }
            let Some(limit) = limit else {
                return outcome;
            };
            let works = works(&outcome);
            let elapsed = self.setup.began.elapsed();
            let interrupt = &mut self.setup.interrupt.clone();
            if works || Instant::now() >= limit || interrupt.now().is_some() {
                return outcome;
            }
            let principal = finding::principal(&outcome.findings);
            let reason = principal.map(|finding| finding.summary.clone());
            events(Event::Waiting {
                elapsed,
                limit: limit.saturating_duration_since(self.setup.began),
                reason: reason.or(outcome.error.clone()).unwrap_or_default(),
            });
            // A local port that does not listen costs nothing to look at; anything that was
            // connected to is not connected to again for a while.
            let connected = matches!(&outcome.body, Some(Body::Probe(probe))
                if probe.endpoints.iter().any(|end| end.method == Method::Connect && !is_idle(end)));
            let interval = if connected {
                self.ledger.pause()
            } else {
                LOCAL_INTERVAL
            };
            let next = (round + interval).min(limit);
            let received = tokio::time::timeout_at(next, interrupt.received()).await;
            if received.is_ok() || Instant::now() >= limit {
                return outcome;
            }
            earlier = (!self.is_cut_short).then_some(outcome);
        }
    }

    async fn look_once(&mut self, typed: &[TypedTarget], events: Events<'_>) -> Outcome {
        if typed.is_empty() {
            return self.look_at_known_ports(events).await;
        }
        let mut all = Vec::new();
        for typed in typed {
            match typed {
                TypedTarget::Port(target) => all.push(self.look_at(target, events).await),
                TypedTarget::Host(host) => all.extend(self.look_at_host(host, events).await),
            }
        }
        collect(all)
    }

    /// The moment at which the command has to be over.
    fn deadline(&self) -> Instant {
        let (setup, wait) = (self.setup, self.args.wait);
        let deadline = match (setup.deadline, wait) {
            (Some(deadline), Some(wait)) => deadline.min(wait),
            (Some(limit), None) | (None, Some(limit)) => limit,
            (None, None) => return Instant::now() + DEADLINE,
        };
        setup.began + deadline
    }

    /// The moment until which a name is resolved, or a connection made.
    fn connect_until(&self) -> Instant {
        let connect = Instant::now() + self.setup.timeouts.connect;
        self.deadline().min(connect)
    }

    /// Looks at one target; a signal ends the look with what is known by then.
    async fn look_at(&mut self, target: &Target, events: Events<'_>) -> Seen {
        let mut interrupt = self.setup.interrupt.clone();
        tokio::select! {
            // A handshake that was interrupted has an answer of its own.
            biased;
            seen = self.look_to_the_end(target, events) => seen,
            status = interrupt.received() => Seen {
                blind: status.signal().map(|signal| format!("interrupted by {signal}")),
                ..unlooked(target, None)
            },
        }
    }

    async fn look_to_the_end(&mut self, target: &Target, events: Events<'_>) -> Seen {
        let until = self.connect_until();
        let resolved = resolve(&target.host, target.port, until).await;
        let ahead = Ahead::of(&target.host, resolved.clone());
        let Ok(addresses) = resolved else {
            // A name without an address is the handshake's finding.
            return self.handshake(target, ahead, events).await;
        };
        let table = self.setup.world.table.as_ref();
        let mut looks = addresses
            .iter()
            .map(|address| (*address, connect::look(table, *address)));
        // localhost may lead to ::1 first while the Gateway listens on 127.0.0.1 only.
        let listening = looks.find(|(_, look)| matches!(look, Look::Listening(_)));
        let first = || (addresses[0], connect::look(table, addresses[0]));
        let (address, look) = listening.unwrap_or_else(first);
        match look {
            Look::Listening(row) if !self.args.connect => {
                let world = &self.setup.world;
                let path = self.ledger.ways.trace(world, address, Some(&row));
                // It may be led past the listener to where nothing listens.
                let led_past = path
                    .as_ref()
                    .map_or_else(|| path::leads_past(address), |path| path.forwarded);
                if led_past || path.as_ref().is_some_and(Path::leads_out_of_sight) {
                    return self.handshake(target, ahead, events).await;
                }
                let is_no_api = path.as_ref().is_some_and(Path::may_end_at_command_server);
                let seen = table::seen(&self.setup.world, target, address, &row, path);
                let Some(mut seen) = accept_queue::before(Some(self.deadline()), seen).await else {
                    return Seen {
                        blind: Some(accept_queue::CUT_SHORT.to_owned()),
                        ..unlooked(target, None)
                    };
                };
                if is_no_api {
                    let why = "who listens is not seen, on the usual port of IBC's command server: it \
                               proves nothing of the API";
                    seen.blind.get_or_insert_with(|| why.to_owned());
                }
                if finding::verdict(&seen.findings) > Verdict::Healthy {
                    self.ledger.ways.forget(address);
                }
                seen
            }
            Look::Blind(error) => Seen {
                blind: Some(error),
                ..unlooked(target, None)
            },
            Look::Remote if self.args.tcp_only => self.tcp_only(target, &addresses).await,
            Look::Remote | Look::Unlistened | Look::Listening(_) => {
                self.handshake(target, ahead, events).await
            }
        }
    }

    /// Makes one whole handshake up to the accounts: a bare connection can leave a CLOSE_WAIT
    /// socket in the Gateway.
    async fn handshake(&mut self, target: &Target, ahead: Ahead, events: Events<'_>) -> Seen {
        let plan = self.setup.short_plan(Some(self.deadline()));
        let mut attempter = self.setup.attempter(&plan, &mut self.ledger);
        attempter.ahead = ahead;
        let ids = &mut self.ids;
        let attempt = attempter.run_with_free_id(target, ids, None, events).await;
        let findings = diagnosis::assess_attempt(&attempt, &plan);
        let is_too_short = attempt.is_too_short(&plan);
        self.is_cut_short |= is_too_short;
        let seen = self.seen_of(&attempt, findings);
        Seen {
            blind: seen.blind.or(cut_short(&attempt).filter(|_| is_too_short)),
            is_unproven: is_too_short,
            ..seen
        }
    }

    /// What a handshake showed of its endpoint.
    fn seen_of(&self, attempt: &Attempt, findings: Vec<Finding>) -> Seen {
        let connect = attempt.record.stage(StageName::Connect).cloned();
        let connected = connect.filter(|stage| stage.status == StageStatus::Ok);
        let clients = self.clients(attempt, attempt.target.port);
        let cut_short = attempt.record.cut_short && connected.is_none();
        let setting = attempt.setting.clone();
        let path = setting.path.as_ref();
        let is_forwarded = setting.forwarded
            || setting.forwarded_to.is_some()
            || path.is_some_and(|path| path.forwarded);
        let interrupted = attempt.interrupted.as_ref().map(Interrupted::words);
        let blind = setting.trouble.clone().or(interrupted).or_else(|| {
            let error = "the deadline of the command passed before it connected";
            cut_short.then(|| error.to_owned())
        });
        Seen {
            endpoint: Endpoint {
                method: Method::Connect,
                listening: setting.local.then_some(
                    setting.led_past.is_some() || setting.listener.is_some() && !setting.forwarded,
                ),
                reachable: Some(connected.is_some()),
                answer: Some(diagnosis::host::outcome(attempt, &findings)),
                server_version: attempt.record.server_version.map(|version| version.0),
                forwarded: is_forwarded,
                connect: connected.map(|stage| stage.elapsed),
                listener: setting.listener,
                path: setting.path,
                clients,
                ..endpoint(&attempt.target)
            },
            findings,
            blind,
            is_unproven: false,
        }
    }

    fn clients(&self, attempt: &Attempt, port: u16) -> Option<crate::event::CensusCount> {
        let setting = &attempt.setting;
        let in_sight = setting.local && setting.listener.is_some() && !setting.forwarded;
        let ports = std::iter::once(port).collect();
        let snapshot = in_sight.then(|| self.setup.world.table.snapshot(&ports))?;
        snapshot
            .ok()
            .map(|snapshot| zombie::count(&snapshot.sockets, &ports))
    }

    /// Connects to each address in turn until one accepts, and resets that connection.
    async fn tcp_only(&mut self, target: &Target, addresses: &[SocketAddr]) -> Seen {
        let until = self.connect_until();
        let mut seen = unreached(target);
        for address in addresses {
            let start = Instant::now();
            match connect::connect(*address, until).await {
                Ok(_) => {
                    self.ledger.opened_out_of_sight(None);
                    seen.endpoint.reachable = Some(true);
                    seen.endpoint.connect = Some(start.elapsed());
                    seen.findings.clear();
                    return seen;
                }
                Err(ConnectFailure::ResetAtOnce) => {
                    self.ledger.opened_and_reset_by_peer();
                    seen.endpoint.reachable = Some(true);
                    let failure = ConnectFailure::ResetAtOnce;
                    seen.findings = vec![diagnosis::not_connected(*address, &failure)];
                    return seen;
                }
                Err(ConnectFailure::Ours(error) | ConnectFailure::Prohibited(error)) => {
                    seen.blind = Some(error);
                }
                Err(failure) => {
                    let finding = diagnosis::not_connected(*address, &failure);
                    seen.findings.push(finding);
                }
            }
        }
        seen
    }
}
