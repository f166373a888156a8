//! Holding one session: time requests at intervals, fetches in turn, until it is enough,
//! interrupted or dropped.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::sync::{Pending, Progress, TIME_REPEAT};
use super::{Closed, Heard, Session};
use crate::event::{Event, Query};
use crate::finding::Code;
use crate::stats::Samples;
use crate::wire::{Reply, Request};

/// How a session is held.
#[derive(Clone, Copy, Debug)]
pub struct HoldPlan {
    /// For how long.
    pub duration: Duration,
    /// Between time requests; never under 1.1 s.
    pub ping_every: Duration,
    /// Between fetches.
    pub fetch_every: Duration,
    /// Until a fetch counts as unanswered.
    pub fetch_timeout: Duration,
}

impl HoldPlan {
    /// The usual intervals: a time request every 5 s, a fetch every 15 s.
    pub fn lasting(duration: Duration, fetch_timeout: Duration) -> Self {
        Self {
            duration,
            ping_every: Duration::from_secs(5),
            fetch_every: Duration::from_secs(15),
            fetch_timeout,
        }
    }
}

/// Why the holding of a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeldEnd {
    /// The time was over.
    Done,
    /// It was asked to stop.
    Interrupted,
    /// The other side ended the connection.
    Dropped {
        /// In what way.
        how: String,
        /// The finding it makes.
        code: Code,
    },
}

/// What became of a held session.
#[derive(Clone, Debug)]
pub struct Held {
    /// How long it was held.
    pub elapsed: Duration,
    /// Time requests; a repeat counts as the same.
    pub pings_sent: u32,
    /// Answered time requests.
    pub pings_answered: u32,
    /// Time requests whose repeat stayed unanswered too.
    pub pings_missed: u32,
    /// Round trips, from the first request of each.
    pub round_trips: Samples,
    /// Fetches asked.
    pub fetches_sent: u32,
    /// Fetches answered up to their end marker.
    pub fetches_answered: u32,
    /// Until the end marker.
    pub fetch_times: Samples,
    /// Whether the last fetch was still under way at the end.
    pub fetch_cut_off: bool,
    /// What the Gateway said when it refused fetches, the first few.
    pub refusals: Vec<String>,
    /// Why it ended.
    pub end: HeldEnd,
}

/// How many refusals are kept in the Gateway's words.
const REFUSALS_KEPT: usize = 3;
/// An answer that has not come after this long was dropped.
const LATE: Duration = Duration::from_secs(10);

/// A time request under way.
#[derive(Clone, Copy, Debug)]
struct Ping {
    sent: Instant,
    repeated: bool,
}

struct Fetch {
    pending: Pending,
    query: Query,
    sent: Instant,
}

/// What the end of a ping or fetch leads to.
struct Outcome {
    event: Event,
    cancel: Option<Request>,
}

/// The state between two messages.
struct Holding {
    plan: HoldPlan,
    began: Instant,
    held: Held,
    ping: Option<Ping>,
    /// When the time requests were sent whose answers may still come.
    late: VecDeque<Instant>,
    fetch: Option<Fetch>,
    next_ping: Instant,
    next_fetch: Instant,
}

impl Holding {
    fn new(plan: HoldPlan) -> Self {
        let began = Instant::now();
        Self {
            plan,
            began,
            held: Held {
                elapsed: Duration::ZERO,
                pings_sent: 0,
                pings_answered: 0,
                pings_missed: 0,
                round_trips: Samples::default(),
                fetches_sent: 0,
                fetches_answered: 0,
                fetch_times: Samples::default(),
                fetch_cut_off: false,
                refusals: Vec::new(),
                end: HeldEnd::Done,
            },
            ping: None,
            late: VecDeque::new(),
            fetch: None,
            // The handshake has just asked the time, and a second request within a second
            // would be dropped without a word.
            next_ping: began + TIME_REPEAT,
            next_fetch: began + plan.fetch_every,
        }
    }

    fn over_at(&self) -> Instant {
        self.began + self.plan.duration
    }

    /// When something is due next: after the time is over only what is under way.
    fn due(&self) -> Instant {
        let over_at = self.over_at();
        let upcoming = |at: Instant| (at < over_at).then_some(at);
        let ping = match self.ping {
            Some(ping) if ping.repeated => Some(self.ping_missed_at(ping)),
            Some(ping) => Some(ping.sent + TIME_REPEAT),
            None => upcoming(self.next_ping()),
        };
        let fetch = match &self.fetch {
            Some(fetch) => Some(fetch.sent + self.plan.fetch_timeout),
            None => upcoming(self.next_fetch),
        };
        let end = self.is_idle().then_some(over_at);
        [ping, fetch, end]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(over_at)
    }

    /// A repeat has as long as the first request had, and never less than 1.1 s.
    fn ping_missed_at(&self, ping: Ping) -> Instant {
        ping.sent + (2 * TIME_REPEAT).max(self.plan.ping_every.saturating_sub(TIME_REPEAT))
    }

    fn is_idle(&self) -> bool {
        self.ping.is_none() && self.fetch.is_none()
    }

    fn hear(&mut self, reply: &Reply) -> Option<Outcome> {
        if matches!(reply, Reply::CurrentTime(_)) {
            return self.pong();
        }
        match self.fetch.as_mut()?.pending.progress(reply) {
            Progress::Row | Progress::Unrelated => None,
            Progress::End => self.end_fetch(true),
            Progress::Refused(code, text) => {
                if self.held.refusals.len() < REFUSALS_KEPT {
                    self.held.refusals.push(format!("{code} {text}"));
                }
                // A refused request has nothing to cancel.
                let ended = self.end_fetch(false);
                ended.map(|outcome| Outcome {
                    cancel: None,
                    ..outcome
                })
            }
        }
    }

    /// An answer to a time request. No ping is sent while an answer to an earlier one may still
    /// come, so the answer is that of the ping under way.
    fn pong(&mut self) -> Option<Outcome> {
        let Some(ping) = self.ping.take() else {
            self.late.pop_front();
            return None;
        };
        let rtt = ping.sent.elapsed();
        self.held.pings_answered += 1;
        self.held.round_trips.record(rtt);
        if ping.repeated {
            self.late.push_back(ping.sent + TIME_REPEAT);
        }
        Some(self.ping_outcome(Some(rtt)))
    }

    /// When the next ping may be sent: not before every answer that is still owed has come, or
    /// has been owed for so long that it was dropped. Else its time would be another's.
    fn next_ping(&self) -> Instant {
        let owed = self.late.back().map(|sent| *sent + LATE);
        owed.map_or(self.next_ping, |owed| owed.max(self.next_ping))
    }

    fn ping_outcome(&self, rtt_ms: Option<Duration>) -> Outcome {
        let at_ms = self.began.elapsed();
        Outcome {
            event: Event::Ping { at_ms, rtt_ms },
            cancel: None,
        }
    }

    fn end_fetch(&mut self, answered: bool) -> Option<Outcome> {
        let fetch = self.fetch.take()?;
        let elapsed = fetch.sent.elapsed();
        if answered {
            self.held.fetches_answered += 1;
            self.held.fetch_times.record(elapsed);
        }
        Some(Outcome {
            event: Event::Fetch {
                at_ms: self.began.elapsed(),
                what: fetch.query.name(),
                elapsed_ms: answered.then_some(elapsed),
            },
            cancel: fetch.pending.cancel(""),
        })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    /// Holds the session as planned, or until `stop` is ready or the other side ends it.
    pub async fn hold<F>(&mut self, plan: HoldPlan, mut stop: Pin<&mut F>) -> Held
    where
        F: Future<Output = ()>,
    {
        let mut holding = Holding::new(plan);
        let end = loop {
            let now = Instant::now();
            if now >= holding.over_at() && holding.is_idle() {
                break HeldEnd::Done;
            }
            if let Err(closed) = self.act(&mut holding, now).await {
                break self.dropped(closed.words());
            }
            let heard = tokio::select! {
                biased;
                () = stop.as_mut() => break HeldEnd::Interrupted,
                heard = self.hear(holding.due()) => heard,
            };
            match heard {
                Heard::Reply(reply) => {
                    let outcome = holding.hear(&reply);
                    if let Err(closed) = self.conclude(outcome).await {
                        break self.dropped(closed.words());
                    }
                }
                Heard::Quiet => {}
                Heard::Closed(closed) => break self.dropped(closed.words()),
                Heard::Garbled(error) => break self.dropped(&error),
            }
        };
        holding.held.fetch_cut_off = holding.fetch.is_some();
        holding.held.elapsed = holding.began.elapsed();
        holding.held.end = end;
        holding.held
    }

    /// Sends what is due at `now` and gives up what is overdue.
    async fn act(&mut self, holding: &mut Holding, now: Instant) -> Result<(), Closed> {
        self.act_on_ping(holding, now).await?;
        self.act_on_fetch(holding, now).await
    }

    async fn act_on_ping(&mut self, holding: &mut Holding, now: Instant) -> Result<(), Closed> {
        match holding.ping {
            None if now >= holding.next_ping() && now < holding.over_at() => {
                self.send(&Request::CurrentTime).await?;
                holding.held.pings_sent += 1;
                holding.late.clear();
                holding.ping = Some(Ping {
                    sent: now,
                    repeated: false,
                });
                holding.next_ping = now + holding.plan.ping_every;
            }
            Some(ping) if !ping.repeated && now >= ping.sent + TIME_REPEAT => {
                self.send(&Request::CurrentTime).await?;
                holding.ping = Some(Ping {
                    repeated: true,
                    ..ping
                });
            }
            Some(ping) if ping.repeated && now >= holding.ping_missed_at(ping) => {
                holding.ping = None;
                holding.late.extend([ping.sent, ping.sent + TIME_REPEAT]);
                holding.held.pings_missed += 1;
                let missed = holding.ping_outcome(None);
                self.conclude(Some(missed)).await?;
            }
            _ => {}
        }
        Ok(())
    }

    async fn act_on_fetch(&mut self, holding: &mut Holding, now: Instant) -> Result<(), Closed> {
        let overdue = |fetch: &Fetch| now >= fetch.sent + holding.plan.fetch_timeout;
        if holding.fetch.as_ref().is_some_and(overdue) {
            let outcome = holding.end_fetch(false);
            self.conclude(outcome).await?;
        }
        if holding.fetch.is_none() && now >= holding.next_fetch && now < holding.over_at() {
            let query = if holding.held.fetches_sent.is_multiple_of(2) {
                Query::Positions
            } else {
                Query::AccountSummary
            };
            let pending = Pending::new(query);
            let account = self.first_account();
            self.send(&pending.request(&account)).await?;
            holding.held.fetches_sent += 1;
            holding.fetch = Some(Fetch {
                pending,
                query,
                sent: now,
            });
            holding.next_fetch = now + holding.plan.fetch_every;
        }
        Ok(())
    }

    async fn conclude(&mut self, outcome: Option<Outcome>) -> Result<(), Closed> {
        let Some(Outcome { event, cancel }) = outcome else {
            return Ok(());
        };
        (self.events)(event);
        match cancel {
            Some(request) => self.send(&request).await,
            None => Ok(()),
        }
    }

    fn dropped(&self, how: &str) -> HeldEnd {
        HeldEnd::Dropped {
            how: how.to_owned(),
            code: self.code_of_loss(Code::Dropped),
        }
    }
}
