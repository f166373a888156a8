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
use crate::machine::sockets::Transmission;
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
        let has_none = attempt
            .setting
            .half_closed
            .is_none_or(|kept| kept.before == 0);
        let has_answered = |address| self.ledger.ways.has_answered(address);
        // A soak asks twice once in a while, not before each of its handshakes.
        if has_none && attempt.address.is_some_and(has_answered) {
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
        let mut record = Record::new(attempt.record.began(), attempt.record.client_id);
        let asked = Instant::now();
        {
            let pair = pair(&stream);
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
            Session::greet_over(&mut stream, kernel, self.plan, &mut record, unless_stage).await;
        }
        let ends_here = match record.server_version {
            None => Some(why),
            Some(_) if why != Detour::Beside && self.is_short_of(asked.elapsed()) => {
                Some(Detour::Slow)
            }
            Some(_) => None,
        };
        if let Some(why) = ends_here {
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

    /// Whether the time of the command does not suffice for another question that takes as long.
    fn is_short_of(&self, took: Duration) -> bool {
        let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
        let left = self.plan.deadline.map(left);
        left.is_some_and(|left| left < took * 2)
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
