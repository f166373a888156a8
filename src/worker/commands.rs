//! What each command does, and how it is answered.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::data;
use super::input::Line;
use super::phase::Phase;
use super::request::{Command, Wanted, deadline, parse, wanted};
use super::state::{Held, State};
use crate::finding::Code;
use crate::report::worker::{
    WorkerCommand, WorkerData, WorkerDisconnected, WorkerError, WorkerHealth, WorkerId,
    WorkerParams, WorkerState, WorkerWord,
};
use crate::session::serving::{Ask, Question, Rows, Unanswered};

/// The deadline of a command without one of its own.
const USUAL: Duration = Duration::from_secs(10);
/// That of a connect: the stages have deadlines of their own.
const CONNECT: Duration = Duration::from_secs(60);
/// How much longer a connect may take than the stage that has its deadline.
const MARGIN: Duration = Duration::from_millis(250);
/// The tags of an account summary without any of its own.
const TAGS: &str = "AccountType,NetLiquidation,TotalCashValue,BuyingPower";

impl State<'_> {
    /// Takes one line.
    pub(super) fn take(&mut self, line: &Line) {
        let command = match parse(line) {
            Ok(command) => command,
            Err(wrong) => {
                // An id that is taken belongs to another command's answer.
                let id = wrong.id.filter(|id| !self.table.holds(id));
                return self.fail(id, wrong.error);
            }
        };
        self.counts.commands += 1;
        if self.table.holds(&command.id) {
            let message = "a command with this id is not answered yet";
            return self.fail(None, WorkerError::new(WorkerWord::DuplicateId, message));
        }
        match command.name {
            WorkerCommand::Version => {
                let server_version = match &self.phase {
                    Phase::Up(standing) => standing.server_version,
                    _ => None,
                };
                let version = env!("CARGO_PKG_VERSION").to_owned();
                let data = WorkerData::Version {
                    version,
                    server_version,
                };
                self.succeed(command.id, data);
            }
            WorkerCommand::Connect => self.connect(command),
            WorkerCommand::Disconnect => self.disconnect(command.id),
            _ => self.ask_or_hold(command),
        }
    }

    /// Asks the session, or waits with it for the one that is being made.
    fn ask_or_hold(&mut self, command: Command) {
        let until = Instant::now() + deadline(&command.params, USUAL);
        match &self.phase {
            Phase::Up(_) => {
                let key = self.table.add(command.id.clone(), command.name);
                self.ask(Held {
                    key,
                    command,
                    until,
                });
            }
            Phase::Connecting { .. } if command.name != WorkerCommand::Health => {
                let key = self.table.add(command.id.clone(), command.name);
                self.held.push(Held {
                    key,
                    command,
                    until,
                });
            }
            _ if command.name == WorkerCommand::Health => {
                let health = self.health(None, None);
                self.succeed(command.id, WorkerData::Health(health));
            }
            _ => {
                let error = self.not_connected();
                self.fail(Some(command.id), error);
            }
        }
    }

    fn not_connected(&self) -> WorkerError {
        let message = match &self.phase {
            Phase::Down(_) => "the session was dropped and is being made anew",
            _ => "there is no session: connect makes one",
        };
        WorkerError::new(WorkerWord::NotConnected, message)
    }

    /// Asks the session that is up.
    pub(super) fn ask(&mut self, held: Held) {
        let (Phase::Up(standing), Some(connection)) = (&self.phase, &self.connection) else {
            return;
        };
        let Command {
            name: command,
            params,
            ..
        } = held.command;
        connection.desk.ask(Ask {
            key: held.key,
            question: question(command, params, &standing.first_account),
            until: held.until,
        });
    }

    /// Answers a command with what the session has brought.
    pub(super) fn answered(
        &mut self,
        key: u64,
        answer: Result<Rc<Rows>, Unanswered>,
        elapsed: Duration,
    ) {
        let Some(entry) = self.table.take(key) else {
            return;
        };
        let command = entry.command;
        match answer {
            Ok(_) if command == WorkerCommand::Health => {
                let health = self.health(Some(elapsed), None);
                self.succeed(entry.id, WorkerData::Health(health));
            }
            Ok(rows) => self.succeed(entry.id, data::data(command, &rows, elapsed)),
            Err(why) => match data::error(command, &why, elapsed) {
                Some(error) if command == WorkerCommand::Health => {
                    let health = self.health(None, Some(error));
                    self.succeed(entry.id, WorkerData::Health(health));
                }
                Some(error) => self.fail(Some(entry.id), error),
                None => {
                    let error = self.session_ended();
                    self.fail(Some(entry.id), error);
                }
            },
        }
    }

    fn health(&self, rtt: Option<Duration>, error: Option<WorkerError>) -> WorkerHealth {
        let now = Instant::now();
        let (state, since) = match &self.phase {
            Phase::Idle | Phase::Closing { .. } => (WorkerState::Idle, None),
            Phase::Connecting { .. } => (WorkerState::Connecting, None),
            Phase::Up(standing) => (WorkerState::Up, Some(standing.since)),
            Phase::Down(_) => (WorkerState::Down, None),
        };
        let heard = self.connection.as_ref().and_then(|it| it.desk.heard());
        let missed = error.as_ref().map(|_| Code::HeartbeatLost);
        let next = match &self.phase {
            Phase::Down(down) => Some(down.next.saturating_duration_since(now)),
            _ => None,
        };
        let last = self.findings.first();
        let without = || match state {
            WorkerState::Up => None,
            _ => Some(last.map_or("there is no session".to_owned(), |it| it.summary.clone())),
        };
        WorkerHealth {
            healthy: rtt.is_some(),
            state,
            code: missed.or(last.map(|finding| finding.code)),
            message: error.map(|error| error.message).or_else(without),
            rtt,
            session: since.map(|since| now - since),
            silent: since.and(heard).map(|heard| now - heard),
            drops: self.counts.drops,
            reconnects: self.counts.reconnects,
            next_connection: next,
        }
    }

    fn connect(&mut self, command: Command) {
        let wanted = match wanted(&command.params, self.around.simulated.as_ref()) {
            Ok(wanted) => wanted,
            Err(error) => return self.fail(Some(command.id), error),
        };
        if self.connection.is_some() {
            let message = match &self.phase {
                Phase::Up(_) => "there is a session already: disconnect ends it",
                Phase::Closing { .. } => "the session before it is being ended",
                _ => "a session is being made already",
            };
            let error = WorkerError::new(WorkerWord::AlreadyConnected, message);
            return self.fail(Some(command.id), error);
        }
        let now = Instant::now();
        if let Some(wait) = self.gate.too_soon(now) {
            let message = format!(
                "the last connections failed, and each may leave an open dialog or a taken place: \
                 the next one may be made in {} s",
                wait.as_secs() + 1
            );
            let mut error = WorkerError::new(WorkerWord::TooSoon, message);
            error.retry_after_ms = u64::try_from(wait.as_millis()).ok();
            return self.fail(Some(command.id), error);
        }
        self.begin_for(command.id, wanted, &command.params, now);
    }

    fn begin_for(&mut self, id: WorkerId, wanted: Wanted, params: &WorkerParams, now: Instant) {
        let limit = deadline(params, CONNECT);
        let down = match self.phase {
            Phase::Down(down) if self.wanted.as_ref() == Some(&wanted) => Some(down),
            _ => None,
        };
        let key = self.table.add(id, WorkerCommand::Connect);
        self.begin(&wanted, limit, now);
        self.is_forwarded &= self.wanted.as_ref() == Some(&wanted);
        self.wanted = Some(wanted);
        self.phase = Phase::Connecting {
            key,
            // The stages end before, and say more.
            until: now + limit + MARGIN,
            limit,
            down,
        };
    }

    fn disconnect(&mut self, id: WorkerId) {
        match &self.phase {
            Phase::Idle | Phase::Closing { .. } => {
                let error = self.not_connected();
                return self.fail(Some(id), error);
            }
            Phase::Connecting { .. } | Phase::Up(_) | Phase::Down(_) => {}
        }
        let key = self.table.add(id, WorkerCommand::Disconnect);
        let error = WorkerError::new(WorkerWord::Disconnected, "disconnect has ended the session");
        self.fail_all_but(key, &error);
        if let Some(connection) = &self.connection {
            connection.stop();
            self.phase = Phase::Closing { key: Some(key) };
        } else {
            self.phase = Phase::Idle;
            self.findings.clear();
            self.has_disconnected(Some(key), None);
        }
    }

    /// Answers a disconnect.
    pub(super) fn has_disconnected(
        &mut self,
        key: Option<u64>,
        close: Option<crate::event::Close>,
    ) {
        let entry = key.and_then(|key| self.table.take(key));
        if let Some(entry) = entry {
            let data = WorkerData::Disconnected(WorkerDisconnected {
                connected: false,
                close,
            });
            self.succeed(entry.id, data);
        }
    }

    /// Gives up what has waited too long for a session.
    pub(super) fn expire_held(&mut self, now: Instant) {
        for held in self
            .held
            .extract_if(.., |held| held.until <= now)
            .collect::<Vec<_>>()
        {
            if let Some(entry) = self.table.take(held.key) {
                let message = "there was no session within the deadline of the command";
                self.fail(
                    Some(entry.id),
                    WorkerError::new(WorkerWord::TimedOut, message),
                );
            }
        }
    }
}

/// What the session is asked for a command.
fn question(command: WorkerCommand, params: WorkerParams, first_account: &str) -> Question {
    match command {
        WorkerCommand::Accounts => Question::Accounts,
        WorkerCommand::Positions => Question::Positions,
        WorkerCommand::AccountSummary => Question::Summary {
            group: params.group.unwrap_or_else(|| "All".to_owned()),
            tags: params.tags.map_or(TAGS.to_owned(), |tags| tags.join(",")),
        },
        WorkerCommand::AccountValues => Question::Values {
            account: params.account.unwrap_or_else(|| first_account.to_owned()),
            model: params.model.unwrap_or_default(),
        },
        WorkerCommand::Executions => Question::Executions,
        WorkerCommand::Connect
        | WorkerCommand::Disconnect
        | WorkerCommand::Time
        | WorkerCommand::Ping
        | WorkerCommand::Health
        | WorkerCommand::Version => Question::Time,
    }
}
