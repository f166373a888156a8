//! Holding one session: time requests at intervals, fetches in turn, until the time is over, a
//! signal comes or the other side ends it.

use std::future::Future;
use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::hold_plan::{Held, HeldEnd, HoldPlan};
use super::holding::{Fetch, Holding, Outcome, Ping};
use super::pending::Pending;
use super::sync::TIME_REPEAT;
use super::{Closed, Incoming, Session};
use crate::event::{Event, Moment, MomentKind, Query};
use crate::finding::Code;
use crate::wire::Request;

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    /// Holds the session as planned, or until `stop` is ready or the other side ends it.
    pub async fn hold<F>(&mut self, plan: HoldPlan, mut stop: Pin<&mut F>) -> Held
    where
        F: Future<Output = ()>,
    {
        let mut holding = Holding::new(plan);
        let at = holding.began.elapsed();
        let up = Moment::new(at, MomentKind::Up, "the session is up");
        (self.events)(Event::Moment(up));
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
                Incoming::Reply(reply) => {
                    let outcome = holding.hear(&reply);
                    if let Err(closed) = self.conclude(outcome).await {
                        break self.dropped(closed.words());
                    }
                }
                Incoming::Quiet => {}
                Incoming::Closed(closed) => break self.dropped(closed.words()),
                Incoming::Garbled(error) => break self.dropped(&error),
            }
        };
        holding.held.fetch_cut_off = holding.fetch.is_some();
        holding.held.elapsed = holding.held.began.elapsed();
        holding.held.outages = self.record.outages.until(Instant::now());
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
                    asked: self.written,
                });
                holding.next_ping = now + holding.plan.ping_every;
            }
            Some(ping) if !ping.repeated && now >= ping.sent + TIME_REPEAT => {
                self.send_beside(&Request::CurrentTime).await?;
                holding.ping = Some(Ping {
                    repeated: true,
                    ..ping
                });
            }
            Some(ping) if ping.repeated && now >= holding.ping_missed_at(ping) => {
                holding.ping = None;
                holding.late.extend([ping.sent, ping.sent + TIME_REPEAT]);
                holding.held.pings_missed += 1;
                holding.held.pings_unheard += u32::from(self.is_unheard(ping.asked));
                let missed = holding.ping_outcome(None);
                self.conclude(Some(missed)).await?;
            }
            _ => {}
        }
        Ok(())
    }

    async fn act_on_fetch(&mut self, holding: &mut Holding, now: Instant) -> Result<(), Closed> {
        let overdue = |fetch: &Fetch| now >= fetch.sent + holding.plan.fetch_timeout;
        if let Some(fetch) = holding.fetch.as_ref().filter(|fetch| overdue(fetch)) {
            holding.held.fetches_unheard += u32::from(self.is_unheard(fetch.asked));
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
                asked: self.written,
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
            Some(request) => self.send_beside(&request).await,
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
