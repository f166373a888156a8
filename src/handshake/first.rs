//! The Gateway's own port, asked for its version before a connection is made through the relay in
//! front of it: from one that never answers, a reset takes a connection away, and one through a relay
//! stays half closed.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

use super::ahead::Made;
use super::connect::ConnectFailure;
use super::{Attempt, Attempter, Setting, connect, pair};
use crate::event::{Event, Events};
use crate::machine::path::{self, Hop};
use crate::machine::sockets::{SocketTable, Transmission};
use crate::session::{Kernel, Record, Session};

/// Why the Gateway's own port was asked instead of the relay in front of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detour {
    /// It keeps half-closed connections, and one through the relay would have left another.
    KeepsHalfClosed,
    /// It sent no version, and a connection through the relay would have stayed half closed.
    Unanswered,
    /// The way of a relay is not seen to its end; the Gateway to which a relay on its port usually passes
    /// on keeps half-closed connections and sent no version.
    Beside,
    /// It sent its version so late that the command's time does not suffice for a second question.
    Slow,
}

/// A connection that was made.
pub(super) struct Opened {
    pub(super) stream: TcpStream,
    /// The greeting, where it was exchanged already.
    pub(super) greeting: Option<Box<Record>>,
}

impl Attempter<'_> {
    /// Connects to the Gateway's own port where ibdoc comes to it as the relay does, and asks for the
    /// version. The handshake goes on there where none comes, where one more connection through the
    /// relay would stay half closed, or where the time is too short to ask twice; `None` where it goes
    /// through the relay.
    pub(super) async fn ask_first(
        &mut self,
        attempt: &mut Attempt,
        timeout: Duration,
        events: Events<'_>,
    ) -> Option<(Made, Option<Box<Record>>)> {
        if self.has_just_answered(attempt) {
            return None;
        }
        let (hop, why) = self.asked_first(&attempt.setting).await?;
        let keeps = why == Detour::KeepsHalfClosed;
        let other = hop.table();
        let table = other.as_deref().unwrap_or(self.world.table.as_ref());
        let row = table.listener(hop.address).ok()??;
        let start = Instant::now();
        let connected = connect::connect_at(&hop, start + timeout).await?;
        let time = start..Instant::now();
        let made = |result| Made {
            address: hop.address,
            time: time.clone(),
            result,
        };
        let stream = match connected {
            Ok(stream) => stream,
            // What does not get in here does not behind the relay either, and waits there.
            Err(failure)
                if keeps || why != Detour::Beside && failure == ConnectFailure::TimedOut =>
            {
                attempt.setting.listener = Some(self.world.who_listens(&row));
                attempt.setting.detour = Some((hop.clone(), why));
                return Some((made(Err(failure)), None));
            }
            Err(_) => return None,
        };
        let relay = attempt
            .setting
            .listener
            .replace(self.world.who_listens(&row));
        attempt.setting.detour = Some((hop.clone(), why));
        self.note(&stream, hop.address, &attempt.setting);
        if keeps {
            return Some((made(Ok(stream)), None));
        }
        let mut stream = stream;
        let asked = Instant::now();
        let record = self.greet(attempt, table, &mut stream, events).await;
        if let Some(why) = self.why_stay(&record, why, asked.elapsed()) {
            attempt.setting.detour = Some((hop.clone(), why));
            return Some((made(Ok(stream)), Some(Box::new(record))));
        }
        self.ledger.asked_first();
        attempt.setting.detour = None;
        attempt.setting.listener = relay;
        if why != Detour::Beside {
            attempt.setting.answers_itself = Some((hop, asked.elapsed()));
        }
        None
    }

    /// Whether the Gateway answered a moment ago and keeps nothing half closed: a soak asks twice once in
    /// a while, not before each of its handshakes.
    fn has_just_answered(&self, attempt: &Attempt) -> bool {
        let kept = attempt.setting.half_closed.as_ref();
        let has_answered = |address| self.ledger.ways.has_answered(address);
        kept.is_none_or(|kept| kept.before == 0) && attempt.address.is_some_and(has_answered)
    }

    /// Exchanges the versions on a connection that is in this table; its stage is no event.
    async fn greet(
        &self,
        attempt: &Attempt,
        table: &dyn SocketTable,
        stream: &mut TcpStream,
        events: Events<'_>,
    ) -> Record {
        let mut record = Record::new(attempt.record.began(), attempt.record.client_id);
        let pair = pair(stream);
        let look = || {
            let pair = pair?;
            table.find(pair.local, pair.remote).ok()??.transmission
        };
        let unless_stage = &mut |event: Event| {
            if !matches!(event, Event::Stage(_)) {
                events(event);
            }
        };
        let kernel = kernel_of(&attempt.setting, &look);
        Session::greet_over(stream, kernel, self.plan, &mut record, unless_stage).await;
        record
    }

    /// Why the handshake goes on at the port that was asked first, after this greeting, which took so
    /// long: no version came, or the time of the command does not suffice for another.
    fn why_stay(&self, greeting: &Record, why: Detour, took: Duration) -> Option<Detour> {
        if greeting.server_version.is_none() {
            return Some(why);
        }
        let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
        let left = self.plan.deadline.map(left);
        let is_short = left.is_some_and(|left| left < took * 2);
        (is_short && why != Detour::Beside).then_some(Detour::Slow)
    }

    /// The listener that is asked first, and why the handshake ends there if it sends no version.
    async fn asked_first(&self, setting: &Setting) -> Option<(Hop, Detour)> {
        let way = setting.path.as_ref()?;
        if let Some(hop) = path::own_port(self.world, way) {
            let keeps = self.keeps_half_closed(setting).await;
            let why = if keeps {
                Detour::KeepsHalfClosed
            } else {
                Detour::Unanswered
            };
            return Some((hop, why));
        }
        let hop = path::beside(self.world, way)?;
        let keeps = path::half_closed(self.world, &hop).is_some_and(|kept| kept > 0);
        keeps.then_some((hop, Detour::Beside))
    }
}

/// What the kernel tells of the connection, by `look`.
pub(super) fn kernel_of<'a>(
    setting: &Setting,
    look: &'a dyn Fn() -> Option<Transmission>,
) -> Kernel<'a> {
    let is_local = setting.detour.is_some() || setting.local && !setting.forwarded;
    Kernel { look, is_local }
}
