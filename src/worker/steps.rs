//! How the session of a worker goes from one phase to the next.

use std::time::Duration;

use tokio::time::Instant;

use super::connection::{Connection, Finished, is_vacant};
use super::phase::{Down, Phase, Standing};
use super::request::Wanted;
use super::state::State;
use crate::event::{Dropped, Event, ReconnectFailed, Reconnected};
use crate::finding::{Code, Finding, principal};
use crate::report::worker::{WorkerConnected, WorkerData, WorkerError, WorkerWord};
use crate::session::serving::Up;
use crate::text::duration::shown;

/// Between two looks while nothing listens: they cost no connection.
const LOOK: Duration = Duration::from_secs(1);
/// Between two tries that took no place at the Gateway: refused, or not made before a full queue.
const NOT_MADE: Duration = Duration::from_secs(5);
/// How long a connection may take that the worker makes by itself.
const LIMIT: Duration = Duration::from_secs(60);
/// Bytes that answers may take; the worker sets it anew with each turn.
const ROOM: usize = 64 << 20;

impl State<'_> {
    /// Begins a connection.
    pub(super) fn begin(&mut self, wanted: &Wanted, limit: Duration, now: Instant) {
        let lasting = self.lasting.clone();
        self.begun = now;
        let connection = Connection::begin(self.around, wanted, lasting, limit, ROOM);
        self.connection = Some(connection);
    }

    /// Does what the time asks for.
    pub(super) fn step(&mut self, now: Instant) {
        match self.phase {
            Phase::Connecting { until, .. } if now >= until => {
                if let Some(connection) = &self.connection {
                    connection.stop();
                }
            }
            Phase::Down(down) if self.connection.is_none() && now >= down.next => {
                self.try_again(down, now);
            }
            _ => {}
        }
    }

    fn try_again(&mut self, mut down: Down, now: Instant) {
        let Some(wanted) = self.wanted.clone() else {
            self.phase = Phase::Idle;
            return;
        };
        if !self.is_forwarded && is_vacant(self.around.world, &wanted.target) {
            down.next = now + LOOK;
            self.phase = Phase::Down(down);
            if !down.told_vacant {
                let message = "nothing listens: it is waited for, and no connection made before";
                self.tell_failure(Some(Code::NotListening), message.to_owned(), None);
                self.phase = Phase::Down(Down {
                    told_vacant: true,
                    ..down
                });
            }
            return;
        }
        self.begin(&wanted, LIMIT, now);
    }

    /// The session is up.
    pub(super) fn is_up(&mut self, up: Up) {
        let now = Instant::now();
        self.counts.sessions += 1;
        self.findings.clear();
        let standing = Phase::Up(Standing {
            since: now,
            server_version: up.server_version.map(|version| version.0),
            first_account: up.accounts.first().cloned().unwrap_or_default(),
        });
        match std::mem::replace(&mut self.phase, standing) {
            Phase::Connecting { key, .. } => {
                if let Some(entry) = self.table.take(key) {
                    let data = WorkerData::Connected(self.connected(up));
                    self.succeed(entry.id, data);
                }
                for held in std::mem::take(&mut self.held) {
                    self.ask(held);
                }
            }
            Phase::Down(down) => {
                self.counts.reconnects += 1;
                self.event(&Event::Reconnected(Reconnected {
                    address: self.address(),
                    client_id: up.client_id,
                    server_version: up.server_version.map(|version| version.0),
                    accounts: up.accounts,
                    next_order_id: up.next_order_id,
                    down: now - down.since,
                    tries: down.tries + 1,
                }));
            }
            other => self.phase = other,
        }
    }

    fn connected(&self, up: Up) -> WorkerConnected {
        WorkerConnected {
            connected: true,
            address: self.address(),
            client_id: up.client_id,
            server_version: up.server_version.map(|version| version.0),
            connection_time: up.connection_time,
            accounts: up.accounts,
            next_order_id: up.next_order_id,
            ready: up.ready,
            zombies: self.connection.as_ref().and_then(|it| it.zombies),
            simulated: self.around.simulated.is_some(),
        }
    }

    fn address(&self) -> String {
        let wanted = self.wanted.as_ref();
        wanted.map_or_else(String::new, |wanted| wanted.target.to_string())
    }

    /// The connection has ended.
    pub(super) fn over(&mut self, finished: Finished) {
        let now = Instant::now();
        if let Some(connection) = &self.connection {
            connection.desk.end();
        }
        if finished.was_made {
            self.gate.connected(self.begun, fastrand::f64());
        }
        self.is_forwarded = finished.attempt.setting.forwarded;
        let dropped = self.connection.as_ref().and_then(|it| it.desk.dropped());
        let zombies = self.connection.as_ref().and_then(|it| it.zombies);
        if let (Phase::Up(standing), Some((how, code))) = (&self.phase, &dropped) {
            let (session, how, code) = (now - standing.since, how.clone(), *code);
            self.has_dropped(session, code, how);
        }
        // What is still told belongs to the session that has ended.
        self.fetch();
        self.connection = None;
        match self.phase {
            Phase::Connecting {
                key, limit, down, ..
            } => {
                self.not_connected_for(key, limit, &finished);
                self.phase = down.map_or(Phase::Idle, |down| {
                    Phase::Down(Down {
                        tries: down.tries + u32::from(finished.was_made),
                        next: self.gate.next(now),
                        ..down
                    })
                });
            }
            Phase::Up(_) => self.go_down(now),
            Phase::Down(down) => self.failed_again(down, &finished, zombies, now),
            Phase::Closing { key } => {
                self.phase = Phase::Idle;
                self.has_disconnected(key, finished.attempt.record.close);
            }
            Phase::Idle => {}
        }
        self.lasting = finished.lasting;
    }

    fn has_dropped(&mut self, session: Duration, code: Code, how: String) {
        self.counts.drops += 1;
        self.gate.ended(session);
        let address = self.address();
        self.findings = vec![Finding::new(code, &address, how.clone())];
        let reconnects = self.wanted.as_ref().is_some_and(|it| it.reconnect);
        self.event(&Event::Dropped(Dropped {
            address,
            code,
            message: how,
            session,
            reconnects,
        }));
    }

    fn go_down(&mut self, now: Instant) {
        let reconnects = self.wanted.as_ref().is_some_and(|it| it.reconnect);
        self.phase = if reconnects {
            Phase::Down(Down {
                since: now,
                tries: 0,
                next: self.gate.next(now),
                told_vacant: false,
            })
        } else {
            Phase::Idle
        };
    }

    fn failed_again(
        &mut self,
        down: Down,
        finished: &Finished,
        zombies: Option<u32>,
        now: Instant,
    ) {
        let next = if finished.was_made {
            self.gate.next(now)
        } else {
            now + NOT_MADE
        };
        self.phase = Phase::Down(Down {
            tries: down.tries + u32::from(finished.was_made),
            next,
            ..down
        });
        let error = Self::why_not(finished, LIMIT);
        let code = principal(&finished.findings).map(|finding| finding.code);
        self.tell_failure(code, error.message, zombies);
    }

    fn tell_failure(&mut self, code: Option<Code>, message: String, zombies: Option<u32>) {
        let Phase::Down(down) = self.phase else {
            return;
        };
        self.event(&Event::ReconnectFailed(ReconnectFailed {
            address: self.address(),
            code,
            message,
            zombies,
            tries: down.tries,
            next: Some(down.next.saturating_duration_since(Instant::now())),
        }));
    }

    /// Answers a connect that has failed, and what waited for it.
    fn not_connected_for(&mut self, key: u64, limit: Duration, finished: &Finished) {
        let error = Self::why_not(finished, limit);
        self.findings.clone_from(&finished.findings);
        if let Some(entry) = self.table.take(key) {
            self.fail(Some(entry.id), error);
        }
        let error = WorkerError::new(
            WorkerWord::NotConnected,
            "the session that it waited for was not made",
        );
        self.fail_held(&error);
    }

    /// Why a connection brought no session.
    fn why_not(finished: &Finished, limit: Duration) -> WorkerError {
        let attempt = &finished.attempt;
        if let Some(trouble) = &attempt.setting.trouble {
            return WorkerError::new(WorkerWord::CouldNotLook, trouble.clone());
        }
        if let Some(finding) = principal(&finished.findings)
            && attempt.interrupted.is_none()
        {
            let evidence = finding.evidence.first();
            let evidence = evidence.map_or_else(String::new, |it| format!(" ({it})"));
            let message = format!("{}{evidence}", finding.summary);
            return WorkerError {
                remedies: finding.remedies.clone(),
                ..WorkerError::new(finding.code, message)
            };
        }
        let stage = attempt.interrupted.map_or("the handshake", |it| it.stage);
        let message = format!("no session within {}: {stage} had not ended", shown(limit));
        WorkerError::new(WorkerWord::TimedOut, message)
    }

    /// The error of a command whose session has ended.
    pub(super) fn session_ended(&self) -> WorkerError {
        let finding = self.findings.first();
        match (&self.phase, finding) {
            (Phase::Up(_), Some(finding)) => {
                let message = format!("the session has ended: {}", finding.summary);
                WorkerError::new(finding.code, message)
            }
            _ => WorkerError::new(WorkerWord::Disconnected, "the session was ended"),
        }
    }

    /// Answers what waits for a session with this error.
    pub(super) fn fail_held(&mut self, error: &WorkerError) {
        for held in std::mem::take(&mut self.held) {
            if let Some(entry) = self.table.take(held.key) {
                self.fail(Some(entry.id), error.clone());
            }
        }
    }

    /// Answers every command with this error.
    pub(super) fn fail_all(&mut self, error: &WorkerError) {
        self.held.clear();
        for entry in self.table.drain() {
            self.fail(Some(entry.id), error.clone());
        }
    }

    /// The same for every command but one.
    pub(super) fn fail_all_but(&mut self, key: u64, error: &WorkerError) {
        let kept = self.table.take(key);
        self.fail_all(error);
        if let Some(kept) = kept {
            self.table.put_back(key, kept);
        }
    }
}
