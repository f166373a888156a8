//! A session as its part of the report.

use std::time::Duration;

use super::measure::Flow;
use super::{Session, Timestamp};
use crate::event::Speaker;
use crate::report::{
    ClosingKind, RequestEnd, TraceActivity, TraceClock, TraceClose, TraceKind, TraceNotice,
    TraceRequest, TraceSession, TraceSide, TraceUnknown,
};
use crate::trace::chunk::Closing;
use crate::trace::clock::shown;
use crate::trace::requests::{KindTally, Over};
use crate::wire::messages::asked;

impl Session {
    /// The session as its part of the report, with times by this clock.
    pub(in crate::trace) fn report(&self, clock: TraceClock) -> TraceSession {
        let at = |at: Timestamp| shown(clock, at);
        let kept = &self.requests.kept;
        TraceSession {
            session: self.number,
            source: self.ends.source,
            same_as: None,
            client: self.ends.client.clone(),
            gateway: self.ends.gateway.clone(),
            began: at(self.first),
            ended: at(self.last),
            elapsed: self.last.since(self.first),
            has_beginning: self.opening.gateway.is_some() || self.opening.client.is_some(),
            who: self.client(),
            server_version: self.version.map(|version| version.0),
            version_assumed: self.version_assumed,
            connection_time: self.opening.gateway.as_ref().map(|greeting| {
                crate::text::printable::clean(&greeting.connection_time, super::TEXT)
            }),
            accounts: self.opening.accounts.clone(),
            stages: self.waterfall(),
            requests: kept
                .all()
                .into_iter()
                .map(|it| self.request(it, clock))
                .collect(),
            requests_dropped: kept.dropped + self.requests.unfollowed,
            kinds: kept.kinds.iter().map(|(id, it)| kind(*id, it)).collect(),
            notices: self.told(clock),
            notices_dropped: self.notices.dropped,
            said: self
                .said
                .iter()
                .map(|(at, words)| said(clock, *at, words))
                .collect(),
            drills: self
                .drills
                .steps
                .iter()
                .map(|(at, words)| said(clock, *at, words))
                .collect(),
            sent: self.side(Speaker::Client, clock),
            received: self.side(Speaker::Gateway, clock),
            unknown: self.unknown(),
            most_a_second: self.rate.most as u64,
            most_at: self.rate.most_at.and_then(at),
            seconds_over_limit: self.rate.seconds_over,
            close: self.closed(clock),
            activity: TraceActivity {
                stretch: self.activity.stretch,
                client: self.activity.client.clone(),
                gateway: self.activity.gateway.clone(),
            },
        }
    }

    fn request(&self, over: &Over, clock: TraceClock) -> TraceRequest {
        let request = &over.request;
        let is_silent = match over.end {
            RequestEnd::Unfinished | RequestEnd::Silent | RequestEnd::AskedAgain => true,
            RequestEnd::Cancelled => request.answers == 0,
            _ => false,
        };
        let silent = is_silent.then(|| over.at.since(request.last.unwrap_or(request.asked)));
        TraceRequest {
            id: request.row.id,
            name: request.row.name.to_owned(),
            words: request.row.words.to_owned(),
            request_id: request.number,
            asked: shown(clock, request.asked),
            start: request.asked.since(self.first),
            first: request.first.map(|first| first.since(request.asked)),
            elapsed: over.elapsed(),
            end: over.end,
            silent,
            answers: request.answers,
            notice: request.notice.clone(),
        }
    }

    fn told(&self, clock: TraceClock) -> Vec<TraceNotice> {
        let notices = self.notices.iter();
        let notices = notices.map(|notice| TraceNotice {
            code: notice.code,
            message: notice.text.clone(),
            request_id: notice.request_id,
            request: notice.request.clone(),
            at: shown(clock, notice.at),
            start: notice.at.since(self.first),
        });
        notices.collect()
    }

    fn side(&self, side: Speaker, clock: TraceClock) -> TraceSide {
        let flow: &Flow = self.flow(side);
        TraceSide {
            messages: flow.messages,
            bytes: flow.bytes,
            missing: flow.missing,
            unreadable: flow.unreadable,
            longest_silence: flow.longest_silence,
            silent_since: flow.silent_since.and_then(|at| shown(clock, at)),
            not_reading: flow.not_reading,
            not_reading_since: flow.first_not_reading.and_then(|at| shown(clock, at)),
            unread_bytes: flow.unread,
            repeated_bytes: flow.repeated,
            unacknowledged_bytes: flow.unacknowledged,
        }
    }

    fn unknown(&self) -> Vec<TraceUnknown> {
        let unknown = self.unknown.iter();
        let unknown = unknown.map(|((from, id), count)| TraceUnknown {
            from: *from,
            id: *id,
            count: *count,
        });
        unknown.collect()
    }

    fn closed(&self, clock: TraceClock) -> Option<TraceClose> {
        let first = self.close.first()?;
        let other = self.close.other();
        Some(TraceClose {
            first: first.side,
            how: first.how.into(),
            at: shown(clock, first.at),
            other: other.map(|other| other.how.into()),
            other_after: other.map(|other| other.at.since(first.at)),
            by_log: first.how == Closing::Unseen,
            is_unsure: self.close_is_unsure(),
        })
    }
}

impl From<Closing> for ClosingKind {
    fn from(how: Closing) -> Self {
        match how {
            Closing::Fin => ClosingKind::Fin,
            Closing::Reset => ClosingKind::Rst,
            Closing::TimedOut => ClosingKind::TimeOut,
            Closing::Unseen => ClosingKind::Unseen,
        }
    }
}

fn kind(id: u32, tally: &KindTally) -> TraceKind {
    TraceKind {
        id,
        name: asked(id).map_or_else(String::new, |row| row.name.to_owned()),
        count: tally.count,
        ended: tally.ended,
        refused: tally.refused,
        unfinished: tally.unfinished,
        left_open: tally.left_open,
        mean: (tally.timed > 0).then(|| mean(tally)),
        max: tally.max,
    }
}

fn mean(tally: &KindTally) -> Duration {
    tally.total.checked_div(tally.timed).unwrap_or_default()
}

fn said(clock: TraceClock, at: Timestamp, words: &str) -> String {
    match clock {
        TraceClock::None => words.to_owned(),
        _ => format!("{} {words}", at.time_of_day()),
    }
}
