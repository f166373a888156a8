//! Holding one session: time requests at intervals, fetches in turn, until it is enough,
//! interrupted or dropped.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::holding::{Fetch, Holding, Outcome, Ping};
use super::sync::{Pending, TIME_REPEAT};
use super::{Closed, Heard, Session};
use crate::event::{Event, Moment, MomentKind, Query};
use crate::finding::Code;
use crate::stats::Samples;
use crate::wire::Request;

/// How a session is held.
#[derive(Clone, Copy, Debug)]
pub struct HoldPlan {
    /// For how long.
    pub duration: Duration,
    /// When that time began: with an earlier session, or as soon as this one is held.
    pub since: Option<Instant>,
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
            since: None,
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
    /// When it was ready to be held.
    pub began: Instant,
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

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    /// Holds the session as planned, or until `stop` is ready or the other side ends it.
    pub async fn hold<F>(&mut self, plan: HoldPlan, mut stop: Pin<&mut F>) -> Held
    where
        F: Future<Output = ()>,
    {
        let mut holding = Holding::new(plan);
        (self.events)(Event::Moment(Moment {
            at: holding.began.elapsed(),
            kind: MomentKind::Up,
            code: None,
            number: None,
            text: "the session is up".to_owned(),
        }));
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
        holding.held.elapsed = holding.held.began.elapsed();
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
