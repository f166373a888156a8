//! One session, folded from what its two sides did, in bounded memory.

mod closed;
mod drilled;
mod measure;
mod met;
mod notices;
mod opening;
mod pieces;
mod summary;
mod waterfall;
mod who;

use std::collections::BTreeMap;
use std::time::Duration;

use self::closed::Close;
use self::drilled::Drilled;
use self::measure::{Activity, Flow, Rate};
use self::notices::Notices;
use self::opening::{ACCOUNT_UPDATES, ERROR, MANAGED_ACCOUNTS, Opening, START_API};
use super::chunk::{Chunk, Ends, Timestamp, What};
use super::frames::Framer;
use super::requests::Requests;
use crate::event::{MessageRole, Speaker};
use crate::text::printable::clean;
use crate::wire::messages::{self, asked, told};
use crate::wire::{Frame, Reply, ServerVersion};

pub(super) use self::closed::Closed;
pub(super) use self::drilled::Told;
pub(super) use self::measure::LIMIT;
pub use self::met::{Met, Tell};
pub(super) use self::notices::Notice;
pub(super) use self::who::query;

/// What the client's program said that is kept.
const SAID: usize = 50;
/// The longest text of the other side that is kept, in characters.
const TEXT: usize = 300;
/// The kinds that are not known and counted one by one.
const UNKNOWN: usize = 50;
/// What the client asks first, as long as it is taken for its start-up.
const START_UP: usize = 20;

/// One session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) number: u32,
    pub(super) ends: Ends,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) opening: Opening,
    pub(super) version: Option<ServerVersion>,
    pub(super) version_assumed: bool,
    pub(super) requests: Requests,
    pub(super) notices: Notices,
    pub(super) said: Vec<(Timestamp, String)>,
    pub(super) drills: Drilled,
    /// The first requests, with the times at which they were asked.
    pub(super) start_up: Vec<(Timestamp, u32)>,
    pub(super) close: Close,
    client: Framer,
    gateway: Framer,
    sent: Flow,
    received: Flow,
    /// When the Gateway last sent a message that is no error.
    pub(super) told: Option<Timestamp>,
    rate: Rate,
    activity: Activity,
    unknown: BTreeMap<(Speaker, u32), u64>,
}

impl Session {
    pub(super) fn new(number: u32, at: Timestamp, ends: Ends) -> Self {
        let mut session = Self {
            number,
            first: at,
            last: at,
            opening: Opening::default(),
            version: ends.version,
            version_assumed: false,
            requests: Requests::default(),
            notices: Notices::default(),
            said: Vec::new(),
            drills: Drilled::default(),
            start_up: Vec::new(),
            close: Close::default(),
            client: Framer::new(Speaker::Client),
            gateway: Framer::new(Speaker::Gateway),
            sent: Flow::default(),
            received: Flow::default(),
            told: None,
            rate: Rate::default(),
            activity: Activity::default(),
            unknown: BTreeMap::new(),
            ends,
        };
        if let Some(version) = session.version {
            for framer in [&mut session.client, &mut session.gateway] {
                framer.set_version(version);
                framer.seek();
            }
        }
        session
    }

    /// Whether anything was recorded that a client of the API does.
    pub(super) fn is_worth_a_word(&self) -> bool {
        let read = self.sent.messages + self.received.messages > 0;
        read || self.opening.dialled.is_some() || !self.said.is_empty()
    }

    /// Whether the first bytes of the connection were recorded, or would have been.
    pub(super) fn has_opening(&self) -> bool {
        let opening = &self.opening;
        opening.dialled.is_some() || opening.greeted.is_some() || opening.answered.is_some()
    }

    /// The most messages of the client within one second, when that began, and in how many seconds
    /// there were too many.
    pub(super) fn most_a_second(&self) -> Option<(usize, Timestamp, u64)> {
        let at = self.rate.most_at?;
        Some((self.rate.most, at, self.rate.seconds_over))
    }

    /// What a finding is about: the Gateway, or the session where its address was not recorded.
    pub(super) fn subject(&self) -> String {
        let number = || format!("session {}", self.number);
        self.ends.gateway.clone().unwrap_or_else(number)
    }

    /// Whether the client was closed on while it sent its greeting, of which a part was recorded.
    pub(super) fn is_greeting(&self) -> bool {
        self.client.is_greeting()
    }

    /// Whether it is not known which side closed first.
    pub(super) fn close_is_unsure(&self) -> bool {
        self.close.is_unsure(|side| self.flow(side).missing)
    }

    pub(super) fn flow(&self, side: Speaker) -> &Flow {
        match side {
            Speaker::Client => &self.sent,
            Speaker::Gateway => &self.received,
        }
    }

    fn flow_mut(&mut self, side: Speaker) -> &mut Flow {
        match side {
            Speaker::Client => &mut self.sent,
            Speaker::Gateway => &mut self.received,
        }
    }

    fn framer(&mut self, side: Speaker) -> &mut Framer {
        match side {
            Speaker::Client => &mut self.client,
            Speaker::Gateway => &mut self.gateway,
        }
    }

    /// Takes what one side did.
    pub(super) fn take(&mut self, chunk: &Chunk<'_>, tell: Tell<'_>) {
        let (at, side) = (chunk.at, chunk.side);
        self.last = self.last.max(at);
        match &chunk.what {
            What::Connects => self.opening.dialled = self.opening.dialled.or(Some(at)),
            What::Accepted => self.opening.accepted = self.opening.accepted.or(Some(at)),
            What::Bytes(bytes) => self.bytes(chunk, bytes, tell),
            What::Gap(bytes) => {
                let lost = self.framer(side).gap();
                let flow = self.flow_mut(side);
                flow.missing += bytes;
                flow.unreadable += lost;
                if side == Speaker::Gateway {
                    self.requests.gap();
                }
            }
            What::NotReading(unread) => self.flow_mut(side).stops_reading(at, *unread),
            What::Reads => self.flow_mut(side).reads(at),
            What::Repeated(bytes) => self.flow_mut(side).repeated += bytes,
            What::Unacknowledged(bytes) => self.flow_mut(side).unacknowledged = *bytes,
            What::Closed(how) => {
                let waiting = self.requests.waiting().len();
                self.close.take(at, side, *how, waiting);
            }
            What::Said(words) if self.said.len() < SAID => {
                self.said.push((at, clean(words, TEXT)));
            }
            What::Met(_) | What::Said(_) | What::Drilled(..) | What::Over => {}
        }
    }

    fn message(&mut self, chunk: &Chunk<'_>, frame: &Frame, tell: Tell<'_>) {
        self.count(chunk);
        let (at, version) = (chunk.at, self.version.unwrap_or(ServerVersion::FRAMED));
        let place = match chunk.side {
            Speaker::Client => asked(frame.id).map(|row| row.request_id),
            Speaker::Gateway => told(frame.id).map(|row| row.request_id),
        };
        let request_id = place.and_then(|at| messages::request_id(frame, at, version));
        let mut words = None;
        let (role, elapsed) = match (chunk.side, frame.id) {
            (Speaker::Client, id) => {
                let switches_off = self.asked(at, frame);
                if !switches_off {
                    self.drills.asks(id);
                }
                self.requests
                    .ask(at, frame, request_id, version, switches_off)
            }
            (Speaker::Gateway, ERROR) => self.notice(at, frame, version, &mut words),
            (Speaker::Gateway, _) => {
                self.told = Some(at);
                self.opening.told(at, frame, version);
                self.requests.answer(at, frame, request_id, version)
            }
        };
        if role == MessageRole::Unknown && self.unknown.len() < UNKNOWN {
            *self.unknown.entry((chunk.side, frame.id)).or_default() += 1;
        }
        tell(&Met {
            at,
            session: self.number,
            connection: chunk.connection,
            from: chunk.side,
            frame: Some(frame),
            request_id,
            role,
            elapsed,
            bytes: 4 + u64::from(frame.length),
            words,
            accounts: self.named(chunk.side, frame),
        });
    }

    /// The accounts that a message names, if it is the list of them.
    fn named(&self, side: Speaker, frame: &Frame) -> &[String] {
        let is_list = side == Speaker::Gateway && frame.id == MANAGED_ACCOUNTS;
        let accounts = self.opening.accounts.as_deref().filter(|_| is_list);
        accounts.unwrap_or_default()
    }

    /// What the start of the API and the first requests tell of the client; whether the message
    /// switches account updates off.
    fn asked(&mut self, at: Timestamp, frame: &Frame) -> bool {
        if self.start_up.len() < START_UP && self.opening.started.is_some() {
            self.start_up.push((at, frame.id));
        }
        if !matches!(frame.id, START_API | ACCOUNT_UPDATES) {
            return false;
        }
        self.opening.asked(at, frame)
    }

    fn notice(
        &mut self,
        at: Timestamp,
        frame: &Frame,
        version: ServerVersion,
        words: &mut Option<String>,
    ) -> (MessageRole, Option<Duration>) {
        let Ok(Reply::Notice(notice)) = Reply::decode(frame, version) else {
            return (MessageRole::Unasked, None);
        };
        let text = clean(&notice.text, TEXT);
        let said = format!("{} {text}", notice.code);
        let tied = self.requests.notice(at, notice.code, &said, notice.req_id);
        *words = Some(said);
        let (request, elapsed) = tied.unzip();
        self.notices.add(Notice {
            at,
            code: notice.code,
            request_id: notice.req_id,
            text,
            request,
        });
        (MessageRole::Notice, elapsed)
    }

    /// The session, or its recording, is over at `at`.
    pub(super) fn end(&mut self, at: Timestamp) {
        let last = self.close.first().map_or(at, |first| first.at);
        self.requests.end(last);
        for side in [Speaker::Client, Speaker::Gateway] {
            let flow = self.flow_mut(side);
            flow.ends(last);
        }
    }
}
