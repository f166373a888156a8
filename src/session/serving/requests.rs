//! The requests of a session that serves, side by side: what is sent next, what a reply means to
//! which, what is overdue. No clock and no socket: `now` is a parameter.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::ask::{Ask, Lane, Question, Told, Unanswered};
use super::flight::{Flight, Meaning};
use super::lanes::Lanes;
use crate::session::pending::is_about_a_request;
use crate::session::sync::TIME_REPEAT;
use crate::wire::{Reply, Request, ServerVersion};

/// Messages in a second at most: a Gateway disconnects a client that sends more than 50.
const MOST_A_SECOND: usize = 40;
const SECOND: Duration = Duration::from_secs(1);
/// Request ids begin here, far above order ids and beside those of the other commands.
const FIRST_ID: i32 = 900_100_000;
/// The one id of account summaries: a Gateway is reported to count them by distinct ids.
const SUMMARY_ID: i32 = 900_000_003;
/// The id of a request whose message carries none; no notice has it.
const NO_ID: i32 = i32::MIN;

/// What waits, what is on the wire, and what is to be told.
#[derive(Debug)]
pub(super) struct Requests {
    version: ServerVersion,
    queue: VecDeque<Ask>,
    flights: Vec<Flight>,
    lanes: Lanes,
    /// When the messages of the last second were sent, the oldest first.
    sent: VecDeque<Instant>,
    cancels: VecDeque<Request>,
    next_id: i32,
    /// How many bytes all rows may take.
    pub(super) room: usize,
    pub(super) told: VecDeque<Told>,
}

impl Requests {
    pub(super) fn new(room: usize) -> Self {
        Self {
            version: ServerVersion::FRAMED,
            queue: VecDeque::new(),
            flights: Vec::new(),
            lanes: Lanes::default(),
            sent: VecDeque::new(),
            cancels: VecDeque::new(),
            next_id: FIRST_ID,
            room,
            told: VecDeque::new(),
        }
    }

    pub(super) fn speak(&mut self, version: ServerVersion) {
        self.version = version;
    }

    pub(super) fn ask(&mut self, ask: Ask) {
        self.queue.push_back(ask);
    }

    /// The next message to send; every message has to be asked for again until there is none.
    pub(super) fn next(&mut self, now: Instant) -> Option<Request> {
        while self.sent.front().is_some_and(|at| *at + SECOND <= now) {
            self.sent.pop_front();
        }
        self.join();
        if self.sent.len() >= MOST_A_SECOND {
            return None;
        }
        let request = match self.cancels.pop_front() {
            Some(cancel) => cancel,
            None => self.repeat(now).or_else(|| self.take_off(now))?,
        };
        self.sent.push_back(now);
        Some(request)
    }

    /// Lets those in the queue wait for a request on the wire that asks the same, where it has its
    /// lane to itself.
    fn join(&mut self) {
        let flights = &mut self.flights;
        self.queue.retain(|ask| {
            let same = |flight: &&mut Flight| {
                ask.question.lane().is_some() && flight.question == ask.question
            };
            let Some(flight) = flights.iter_mut().find(same) else {
                return true;
            };
            flight.waiting.push((ask.key, ask.until));
            false
        });
    }

    fn repeat(&mut self, now: Instant) -> Option<Request> {
        let is_due = |flight: &&mut Flight| repeat_at(flight).is_some_and(|at| at <= now);
        let flight = self.flights.iter_mut().find(is_due)?;
        flight.times_sent += 1;
        self.lanes.repeat(Lane::Time, now);
        Some(flight.question.request(NO_ID))
    }

    fn take_off(&mut self, now: Instant) -> Option<Request> {
        let place = self.queue.iter().position(|ask| {
            let free_at = self.ready_at(&ask.question, now);
            free_at.is_some_and(|at| at <= now)
        })?;
        let ask = self.queue.remove(place)?;
        let req_id = match ask.question {
            Question::Accounts | Question::Time | Question::Positions => NO_ID,
            Question::Summary { .. } => SUMMARY_ID,
            Question::Values { .. } | Question::Executions => self.take_id(),
        };
        let request = ask.question.request(req_id);
        if self.version < request.since() {
            self.told.push_back(Told::Answered {
                key: ask.key,
                answer: Err(Unanswered::Unknown(request.since().0)),
                elapsed: Duration::ZERO,
            });
            return self.take_off(now);
        }
        if let Some(lane) = ask.question.lane() {
            self.lanes.send(lane, now);
        }
        self.flights.push(Flight::new(ask, req_id, now));
        Some(request)
    }

    fn take_id(&mut self) -> i32 {
        let id = self.next_id;
        self.next_id = id.checked_add(1).unwrap_or(FIRST_ID);
        id
    }

    /// When the question may be sent; `None` until something else has happened.
    fn ready_at(&self, question: &Question, now: Instant) -> Option<Instant> {
        let Some(lane) = question.lane() else {
            return Some(now);
        };
        let is_busy = |flight: &Flight| flight.question.lane() == Some(lane);
        if self.flights.iter().any(is_busy) {
            return None;
        }
        self.lanes.free_at(lane, now)
    }

    /// When something is due next.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let asks = self.queue.iter();
        let overdue = asks.clone().map(|ask| ask.until);
        let waiting = self.flights.iter().flat_map(|flight| &flight.waiting);
        let given_up = waiting.map(|(_, until)| *until);
        let ready = asks.filter_map(|ask| self.ready_at(&ask.question, now));
        let repeats = self.flights.iter().filter_map(repeat_at);
        // Nothing can be sent before the pace allows it.
        let paced = (self.sent.len() >= MOST_A_SECOND).then(|| self.sent.front());
        let paced = paced.flatten().map_or(now, |oldest| *oldest + SECOND);
        let cancels = (!self.cancels.is_empty()).then_some(now);
        let to_send = ready.chain(repeats).chain(cancels).min();
        let to_send = to_send.map(|at| at.max(paced));
        overdue.chain(given_up).chain(to_send).min()
    }

    /// Gives up what is overdue.
    pub(super) fn expire(&mut self, now: Instant) {
        let (lanes, flights, told) = (&self.lanes, &self.flights, &mut self.told);
        self.queue.retain(|ask| {
            if ask.until > now {
                return true;
            }
            let lane = ask.question.lane();
            let is_busy = |lane: Lane| flights.iter().any(|it| it.question.lane() == Some(lane));
            let held_back = match lane {
                Some(lane) if lanes.owes(lane) => {
                    "the answer to an earlier request, which was given up, may still come"
                }
                Some(lane) if is_busy(lane) => "an earlier request of this kind is not finished",
                _ => "as many messages as a Gateway takes were sent before it",
            };
            told.push_back(Told::Answered {
                key: ask.key,
                answer: Err(Unanswered::TimedOut {
                    rows: 0,
                    held_back: Some(held_back),
                }),
                elapsed: Duration::ZERO,
            });
            false
        });
        for place in (0..self.flights.len()).rev() {
            let flight = &mut self.flights[place];
            let rows = flight.row_count();
            let elapsed = now - flight.sent;
            let over = flight.waiting.extract_if(.., |(_, until)| *until <= now);
            self.told.extend(over.map(|(key, _)| Told::Answered {
                key,
                answer: Err(Unanswered::TimedOut {
                    rows,
                    held_back: None,
                }),
                elapsed,
            }));
            if flight.waiting.is_empty() {
                self.abandon(place);
            }
        }
    }

    /// Ends a request for which nobody waits any more; its answer may still come.
    fn abandon(&mut self, place: usize) -> Flight {
        let flight = self.flights.swap_remove(place);
        self.cancels.extend(flight.question.cancel(flight.req_id));
        if let Some(lane) = flight.question.lane() {
            self.lanes.owe(lane, flight.times_sent);
        }
        flight
    }

    /// Takes a reply; false where it belongs to no request.
    pub(super) fn hear(&mut self, reply: &Reply, now: Instant) -> bool {
        self.lanes.heard(now);
        let version = self.version;
        let mut meant = None;
        for (place, flight) in self.flights.iter_mut().enumerate() {
            match flight.hear(reply, version) {
                Meaning::Unrelated => {}
                meaning => {
                    meant = Some((place, meaning));
                    break;
                }
            }
        }
        match meant.or_else(|| self.unnamed_refusal(reply)) {
            Some((_, Meaning::Row | Meaning::Unrelated)) => self.keep_within_room(now),
            Some((place, Meaning::End)) => self.land(place, now),
            Some((place, Meaning::Refused(why))) => {
                // A refused request has nothing to cancel.
                let flight = self.flights.swap_remove(place);
                self.told.extend(flight.failed(&why, now));
            }
            None => {
                self.hear_late(reply, now);
                return false;
            }
        }
        true
    }

    fn land(&mut self, place: usize, now: Instant) {
        let flight = self.flights.swap_remove(place);
        self.cancels.extend(flight.question.cancel(flight.req_id));
        if let Some(lane) = flight.question.lane() {
            self.lanes.owe(lane, flight.times_sent - 1);
        }
        self.told.extend(flight.answered(now));
    }

    /// An error without a request's id answers a request only if no other could be meant; a request
    /// for the time or the accounts has nothing that could be refused.
    fn unnamed_refusal(&self, reply: &Reply) -> Option<(usize, Meaning)> {
        let Reply::Notice(notice) = reply else {
            return None;
        };
        if notice.req_id != -1 || !is_about_a_request(notice.code) {
            return None;
        }
        let can_be_refused = |flight: &Flight| {
            let lane = flight.question.lane();
            !matches!(lane, Some(Lane::Time | Lane::Accounts))
        };
        let mut possible = self.flights.iter().enumerate();
        let mut possible = possible.by_ref().filter(|(_, it)| can_be_refused(it));
        let (place, flight) = possible.next()?;
        let is_alone = possible.next().is_none();
        is_alone.then(|| (place, flight.refusal(notice, flight.req_id)))
    }

    /// What came for a request that was given up.
    fn hear_late(&mut self, reply: &Reply, now: Instant) {
        match reply {
            Reply::ManagedAccounts(_) => self.lanes.late_end(Lane::Accounts),
            Reply::CurrentTime(_) => self.lanes.late_end(Lane::Time),
            Reply::PositionEnd => self.lanes.late_end(Lane::Positions),
            Reply::AccountSummaryEnd { req_id } if *req_id == SUMMARY_ID => {
                self.lanes.late_end(Lane::Summary);
            }
            Reply::Position(_) => self.lanes.late_row(Lane::Positions, now),
            Reply::AccountSummary(_) => self.lanes.late_row(Lane::Summary, now),
            _ => {}
        }
    }

    /// Gives the largest answer up where all together have no room.
    fn keep_within_room(&mut self, now: Instant) {
        let kept: usize = self.flights.iter().map(|flight| flight.bytes).sum();
        if kept <= self.room {
            return;
        }
        let flights = self.flights.iter().enumerate();
        let largest = flights.max_by_key(|(_, flight)| flight.bytes);
        if let Some((place, _)) = largest {
            let flight = self.abandon(place);
            self.told.extend(flight.failed(&Unanswered::TooLarge, now));
        }
    }

    /// Answers everything that is asked with the end of the session.
    pub(super) fn end(&mut self, now: Instant) {
        for flight in self.flights.drain(..) {
            self.told.extend(flight.failed(&Unanswered::Ended, now));
        }
        let asks = self.queue.drain(..);
        self.told.extend(asks.map(|ask| Told::Answered {
            key: ask.key,
            answer: Err(Unanswered::Ended),
            elapsed: Duration::ZERO,
        }));
    }
}

/// When a time request is sent again: a Gateway may have dropped it.
fn repeat_at(flight: &Flight) -> Option<Instant> {
    let is_first = flight.question == Question::Time && flight.times_sent == 1;
    is_first.then(|| flight.sent + TIME_REPEAT)
}
