//! One Gateway that is watched: what is seen of it, its state, and what is told when that changes.

mod beside;
mod report;

use std::time::{Duration, SystemTime};

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use crate::event::{ChangeKind, Event, MomentKind, State, StateChange};
use crate::finding::{Code, Finding, principal};
use crate::session::{HeldEnd, Outages};
use crate::text::clock::with_millis;
use crate::text::duration::shown_whole;
use crate::watch::breaker::{Breaker, Failure};
use crate::watch::figures::Figures;
use crate::watch::jvm::Jvm;
use crate::watch::look::Seen;
use crate::watch::pace::Pace;
use crate::watch::restart_at::RestartAt;
use crate::watch::standing::{Session, Signs, Standing, Table, Trouble, judge};
use crate::watch::tried::Tried;
use crate::watch::unread::Unread;

/// Answers that come so soon after time was lost were waited for by nobody.
const AFTER_LOST_TIME: Duration = Duration::from_secs(15);

/// One Gateway that is watched.
#[derive(Debug)]
pub struct Monitor {
    address: String,
    pace: Pace,
    restart: Option<RestartAt>,
    tell: UnboundedSender<Event>,
    signs: Signs,
    seen: Option<Seen>,
    unread: Unread,
    jvm: Jvm,
    outages: Outages,
    breaker: Breaker,
    figures: Figures,
    standing: Standing,
    since: Instant,
    since_time: String,
    troubled_since: Option<Instant>,
    /// Since when the held session has not answered.
    silent_since: Option<Instant>,
    lost_time_at: Option<Instant>,
    gave_up: bool,
    /// The findings of the last try, with their remedies.
    findings: Vec<Finding>,
    /// That of a client that reads nothing.
    of_clients: Option<Finding>,
}

impl Monitor {
    /// Of a Gateway that was not looked at yet; changes and accounts go to `tell`.
    pub fn new(
        address: String,
        pace: Pace,
        restart: Option<RestartAt>,
        tell: UnboundedSender<Event>,
    ) -> Self {
        Self {
            address,
            restart,
            tell,
            signs: Signs::default(),
            seen: None,
            unread: Unread::default(),
            jvm: Jvm::default(),
            outages: Outages::default(),
            breaker: Breaker::new(&pace),
            pace,
            figures: Figures::default(),
            standing: Standing {
                reason: "not looked yet".to_owned(),
                ..Standing::default()
            },
            since: Instant::now(),
            since_time: with_millis(SystemTime::now()),
            troubled_since: None,
            silent_since: None,
            lost_time_at: None,
            gave_up: false,
            findings: Vec::new(),
            of_clients: None,
        }
    }

    /// Notes what this look shows, or why the table could not be read.
    pub fn saw(&mut self, seen: Result<Seen, String>) {
        match seen {
            Ok(seen) => {
                let table = seen.table(self.seen.as_ref());
                let before = std::mem::replace(&mut self.signs.table, table);
                if before.is_stuck() && !self.signs.table.is_stuck() {
                    // A fresh handshake that was not made for it says no more than the look.
                    self.signs
                        .fresh
                        .take_if(|it| it.code == Code::AcceptQueueStuck);
                }
                self.unread.note(&seen.unread, Instant::now());
                let before = self.seen.as_ref().map(|before| before.listener);
                if seen.listener.is_some() && before.is_some_and(|before| before != seen.listener) {
                    let now = Instant::now();
                    self.breaker.restarted(&self.pace, now, fastrand::f64());
                }
                self.seen = Some(seen);
                if self.is_absent() && !self.is_up() {
                    // Once it listens again this is told until the next connection, not the drop anew.
                    let reason = "the port is listened on again, and no connection was made yet";
                    let trouble = Trouble::new(Code::NotListening, reason);
                    self.signs.session = Session::Lost(trouble);
                }
            }
            Err(reason) => self.signs.table = Table::Blind(reason),
        }
        self.settle();
    }

    /// The Gateway is behind a packet filter: this machine's table shows nothing of it.
    pub fn leave_sight(&mut self) {
        self.signs.table = Table::Elsewhere;
        self.seen = None;
        self.unread = Unread::default();
    }

    /// Whether nothing listens on this machine, so that no connection is made.
    pub fn is_absent(&self) -> bool {
        self.signs.table == Table::Absent
    }

    /// Whether a connection could be let in: not where nothing listens, nor into a queue from which
    /// nothing is taken.
    pub fn may_connect(&self) -> bool {
        !self.is_absent() && !self.signs.table.is_stuck()
    }

    /// Whether a session is up.
    pub fn is_up(&self) -> bool {
        matches!(self.signs.session, Session::Up { .. })
    }

    /// Whether the held session answered its last time request.
    pub fn answers(&self) -> bool {
        self.signs.session == Session::Up { missed: 0 }
    }

    /// Time was lost: what stayed unanswered meanwhile says nothing of the Gateway.
    pub fn lost_time(&mut self, now: Instant) {
        self.lost_time_at = Some(now);
    }

    /// Whether the held session has been silent for so long that a new one is worth more.
    pub fn gives_up(&mut self, now: Instant) -> bool {
        let since = self.silent_since;
        self.gave_up = since.is_some_and(|since| now - since >= self.pace.give_up);
        self.gave_up
    }

    /// Notes what a session or a handshake tells; `is_late` while ibdoc itself did not run.
    pub fn observe(&mut self, event: Event, is_late: bool) {
        self.figures.observe(&event);
        match &event {
            Event::Moment(moment) if moment.kind == MomentKind::Up => self.came_up(),
            Event::Ping { rtt, .. } => self.ping(rtt.is_some(), is_late),
            Event::Notice(notice) | Event::LaterNotice(notice) => {
                let now = Instant::now();
                self.outages.hear(notice.code, &notice.message, now);
                self.hear_lost(now);
            }
            Event::Accounts(_) => {
                // Without a receiver the watch is over.
                let _ = self.tell.send(event);
                return;
            }
            _ => return,
        }
        self.settle();
    }

    fn hear_lost(&mut self, now: Instant) {
        let outages = self.outages.until(now).into_iter();
        let lost = outages.filter(|outage| outage.down_at_end);
        self.signs.lost = lost.map(|outage| (outage.what, outage.name)).collect();
    }

    fn came_up(&mut self) {
        let now = Instant::now();
        self.figures.came_up(now);
        self.breaker.succeeded(&self.pace);
        self.signs.session = Session::Up { missed: 0 };
        self.signs.fresh = None;
        self.silent_since = None;
        self.findings.clear();
    }

    fn ping(&mut self, is_answered: bool, is_late: bool) {
        let Session::Up { missed } = &mut self.signs.session else {
            return;
        };
        let now = Instant::now();
        let lost = self.lost_time_at;
        if is_answered {
            *missed = 0;
            self.silent_since = None;
        } else if !is_late && lost.is_none_or(|at| now - at > AFTER_LOST_TIME) {
            *missed += 1;
            self.silent_since.get_or_insert(now);
        }
    }

    /// The earliest moment for the next try.
    pub fn next_try(&self, now: Instant) -> Instant {
        self.breaker.next_try(&self.pace, now)
    }

    /// A try is made now. The notices of a new session say anew what is lost.
    pub fn tries(&mut self, now: Instant) {
        self.breaker.tried(now);
        self.outages = Outages::default();
        self.signs.lost.clear();
    }

    /// Another process connected to the same Gateway at this moment.
    pub fn other_tried(&mut self, at: Instant) {
        self.breaker.other_tried(at);
    }

    /// What became of a try, or of the session that it made.
    pub fn ended(&mut self, tried: Tried, now: Instant) {
        let chance = fastrand::f64();
        self.signs.fresh = None;
        self.silent_since = None;
        if tried.unconnected {
            self.breaker.not_connected();
        }
        self.signs.session = match (&tried.held, &tried.trouble) {
            (Some(end), _) => {
                let lost = self.end_of_session(end);
                self.figures.ended(lost.as_ref().map(|lost| lost.code), now);
                self.breaker.dropped(&self.pace, now, chance);
                lost.map_or(Session::NotYet, Session::Lost)
            }
            (None, Some(trouble)) => {
                self.breaker.failed(Failure::Other, &self.pace, now, chance);
                Session::Trouble(trouble.clone())
            }
            (None, None) => {
                let finding = principal(&tried.findings);
                let code = finding.map_or(Code::Unreachable, |finding| finding.code);
                let failure = match code {
                    Code::SilentAfterConnect | Code::NoAccountsNoId => Failure::Silent,
                    _ => Failure::Other,
                };
                self.breaker.failed(failure, &self.pace, now, chance);
                self.figures.failed(code);
                let reason = finding.map_or("no session could be made", |it| &it.summary);
                Session::Lost(Trouble::new(code, reason))
            }
        };
        self.findings = tried.findings;
        self.settle();
    }

    fn end_of_session(&mut self, end: &HeldEnd) -> Option<Trouble> {
        match end {
            HeldEnd::Dropped { how, code } => {
                let reason = format!("the Gateway ended the held session: {how}");
                Some(Trouble::new(*code, reason))
            }
            HeldEnd::Interrupted if self.gave_up => {
                let silent = shown_whole(self.pace.give_up);
                let reason = format!("the held session was silent for {silent}, and was given up");
                Some(Trouble::new(Code::HeartbeatLost, reason))
            }
            HeldEnd::Interrupted | HeldEnd::Done => None,
        }
    }

    /// What a fresh handshake found; `None` when this machine could not make it.
    pub fn fresh(&mut self, findings: &[Finding], has_accounts: bool) {
        self.figures.fresh.run += 1;
        self.figures.fresh.failed += u32::from(!has_accounts);
        self.signs.fresh = None;
        if !has_accounts && self.is_up() {
            let finding = principal(findings);
            let code = finding.map_or(Code::SilentAfterConnect, |finding| finding.code);
            let reason = finding.map_or("it brought no accounts", |it| &it.summary);
            self.signs.fresh = Some(Trouble::new(code, reason));
        }
        self.settle();
    }

    /// Whether the last fresh handshake brought no accounts.
    pub fn has_hung(&self) -> bool {
        self.signs.fresh.is_some()
    }

    /// Judges anew, and tells a change.
    pub fn settle(&mut self) {
        let restart = self.restart.as_ref();
        let time = SystemTime::now();
        self.signs.announced = restart.is_some_and(|it| it.is_within(time, self.pace.announced));
        let Some(standing) = judge(&self.signs) else {
            return;
        };
        if !standing.differs(&self.standing) {
            self.standing = standing;
            return;
        }
        let now = Instant::now();
        let lasted = now - self.since;
        self.figures.lasted(self.standing.state, lasted);
        let previous = std::mem::replace(&mut self.standing, standing);
        let standing = &self.standing;
        let is_well = standing.state == State::Healthy;
        let troubled_since = self.troubled_since.take();
        self.since = now;
        self.since_time = with_millis(time);
        if !is_well {
            self.troubled_since = troubled_since.or(Some(now));
        }
        let troubled = troubled_since.filter(|_| is_well).map(|since| now - since);
        let change = StateChange {
            time: self.since_time.clone(),
            target: self.address.clone(),
            kind: if troubled.is_some() {
                ChangeKind::Recovered
            } else {
                ChangeKind::Changed
            },
            state: standing.state,
            previous: previous.state,
            code: standing.code,
            reason: standing.reason.clone(),
            lasted,
            troubled,
            announced: standing.announced,
        };
        self.figures.changed(change.clone());
        // Without a receiver the watch is over.
        let _ = self.tell.send(Event::State(change));
    }
}
