//! Drills of tap in a recording, and how the clients took them: when each was back, after how many
//! connections, and whether it asked again for what it had subscribed to.

mod away;
mod reaction;

use std::collections::BTreeSet;
use std::time::Duration;

use self::away::Loss;
use super::chunk::{Chunk, DrillSpan, Timestamp};
use super::clock::said;
use super::diagnosis::shown;
use super::finished::Finished;
use super::story::kinds;
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::report::{TraceClock, TraceRecovery, TraceSession};
use crate::text::printable::clean;
use crate::text::words::{counted, listed};

/// Steps that are kept.
const STEPS: usize = 1_000;
/// The longest words of a step, in characters.
const WORDS: usize = 100;
/// A client that is let through gets so long before it is said that it did not come back.
const TO_COME_BACK: Duration = Duration::from_secs(10);
/// So long after it is ready a client gets to ask again for its subscriptions.
const TO_ASK: Duration = Duration::from_secs(5);

/// One step of a drill.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) at: Timestamp,
    /// What was done, as it is typed.
    pub(super) words: String,
    pub(super) span: DrillSpan,
    /// The recording that it is in.
    pub(super) source: usize,
}

/// The steps of the drills in recordings.
#[derive(Debug, Default)]
pub(super) struct Drills {
    all: Vec<Step>,
    /// Those that still work.
    lasting: Vec<Step>,
    /// When the last one ended what lasted.
    over: Option<Timestamp>,
}

impl Drills {
    /// Notes a step.
    pub(super) fn step(&mut self, chunk: &Chunk<'_>, words: &str, span: DrillSpan) -> Step {
        let step = Step {
            at: chunk.at,
            words: clean(words, WORDS),
            span,
            source: chunk.connection.source(),
        };
        if span == DrillSpan::Over {
            self.lasting.clear();
            self.over = Some(step.at);
        } else if span == DrillSpan::Lasts && self.lasting.len() < STEPS {
            self.lasting.push(step.clone());
        }
        if self.all.len() < STEPS {
            self.all.push(step.clone());
        }
        step
    }

    /// The steps that still work.
    pub(super) fn lasting(&self) -> &[Step] {
        &self.lasting
    }

    /// Each step with its time of day.
    pub(super) fn report(&self, clock: TraceClock) -> Vec<String> {
        let line = |step: &Step| match said(clock, step.at) {
            Some(time) => format!("{time} {}", step.words),
            None => step.words.clone(),
        };
        self.all.iter().map(line).collect()
    }

    /// How each client that lost its session in a drill took it, and the finding where it took it
    /// badly. The recording ends at `last`.
    pub(super) fn recoveries(
        &self,
        finished: &[Finished],
        last: Timestamp,
        clock: TraceClock,
    ) -> Vec<(TraceRecovery, Option<Finding>)> {
        if self.all.is_empty() {
            return Vec::new();
        }
        let mut losses = self.losses(finished);
        // Those that were back, in the order in which they were.
        losses.sort_by_key(|it| it.now.map_or((true, None), |now| (false, Some(now.first))));
        let free = self
            .lasting
            .is_empty()
            .then(|| self.over.unwrap_or_default());
        let judged = losses.into_iter().filter_map(|loss| {
            if let Some(now) = loss.now {
                return Some(loss.back(now, last, clock));
            }
            // A client that left by itself, and not amid the drill, was not lost to it.
            let let_through = free.map(|free| last.since(free.max(loss.session.over)));
            let has_time = let_through.is_some_and(|time| time >= TO_COME_BACK);
            let is_lost = !loss.is_own_doing()
                || loss.session.is_still_drilled
                || (loss.has_fled() && has_time);
            is_lost.then(|| loss.away(let_through, last, clock))
        });
        judged.collect()
    }

    /// Each client that lost its session in a drill, with the session with which it was back.
    fn losses<'a>(&self, finished: &'a [Finished]) -> Vec<Loss<'a>> {
        // Another recording may show the same sessions, and knows nothing of the drill.
        let sources: BTreeSet<usize> = self.all.iter().map(|step| step.source).collect();
        let own = finished.iter();
        away::losses(own.filter(|it| sources.contains(&it.session.source)))
    }
}

impl Loss<'_> {
    fn report(&self, clock: TraceClock) -> TraceRecovery {
        TraceRecovery {
            client: self.client.clone(),
            session: self.session.session.session,
            lost_at: super::clock::shown(clock, self.session.over),
            connections: self.tries.len() as u64,
            ..TraceRecovery::default()
        }
    }

    /// The client was back with this session.
    fn back(
        self,
        now: &Finished,
        last: Timestamp,
        clock: TraceClock,
    ) -> (TraceRecovery, Option<Finding>) {
        let ready = now.ready.unwrap_or(now.first);
        let back = ready.since(self.session.over);
        let until = match now.session.close {
            Some(_) => now.over,
            None => last,
        };
        let had = kinds(&self.session.session, true);
        let asked = kinds(&now.session, false);
        let missing: Vec<String> = had.difference(&asked).cloned().collect();
        let is_judged = until.since(ready) >= TO_ASK && !self.is_guess;
        let again = match (had.is_empty(), missing.is_empty(), is_judged) {
            (true, ..) => "; it had subscribed to nothing".to_owned(),
            _ if self.is_guess => "; others like it were away too, so whether it asked again for \
                                   what it had subscribed to is not known"
                .to_owned(),
            (_, true, _) => "; it asked again for what it had subscribed to".to_owned(),
            (_, _, true) => format!("; it did not ask again for {}", listed(&missing)),
            (_, _, false) => format!(
                "; it had not asked again for {} when the recording ended {} later",
                listed(&missing),
                shown(until.since(ready))
            ),
        };
        let connections = counted(self.tries.len(), "connection");
        let (client, after) = (who(&self.session.session), shown(back));
        let renamed = now.session.who.client_id;
        let renamed = renamed.filter(|_| renamed != self.session.session.who.client_id);
        let renamed = renamed.map_or_else(String::new, |id| format!(" as client id {id}"));
        let summary = format!("{client} was back{renamed} after {after} and {connections}{again}");
        let finding = (is_judged && !missing.is_empty()).then(|| {
            let subject = subject(&self.session.session);
            Finding::new(Code::DrillNotAskedAgain, &subject, summary.clone())
        });
        let recovery = TraceRecovery {
            back: Some(back),
            is_judged: had.is_empty() || is_judged || (missing.is_empty() && !self.is_guess),
            not_asked_again: if self.is_guess { Vec::new() } else { missing },
            summary,
            ..self.report(clock)
        };
        (recovery, finding)
    }

    /// The client was not back when the recording ended, so long after the drill let it through, if it did.
    fn away(
        self,
        let_through: Option<Duration>,
        last: Timestamp,
        clock: TraceClock,
    ) -> (TraceRecovery, Option<Finding>) {
        let away = shown(last.since(self.session.over));
        let connections = counted(self.tries.len(), "connection");
        let summary = format!(
            "{} was not back {away} after it {}, with {connections} that were seen",
            who(&self.session.session),
            if self.is_own_doing() {
                "left"
            } else {
                "lost its session"
            }
        );
        let subject = subject(&self.session.session);
        let mut finding = Finding::new(Code::DrillNotBack, &subject, summary.clone());
        let evidence = match let_through {
            None => "the drill was still on when the recording ended".to_owned(),
            Some(time) => {
                let time = shown(time);
                format!("the recording ended {time} after the drill let clients through again")
            }
        };
        let is_its_own = self.is_own_doing() && !self.has_fled();
        if is_its_own {
            let words = "the client closed first, and may have done so without the drill";
            finding = finding.with_evidence(words);
        }
        let is_early = let_through.is_none_or(|time| time < TO_COME_BACK);
        if is_its_own || is_early {
            // Too soon to tell, or not the drill's doing.
            finding.severity = Severity::Info;
            finding.remedies.clear();
        }
        let recovery = TraceRecovery {
            is_judged: is_its_own || !is_early,
            summary,
            ..self.report(clock)
        };
        (recovery, Some(finding.with_evidence(evidence)))
    }
}

/// The client of a session in a sentence.
fn who(session: &TraceSession) -> String {
    let who = &session.who;
    let title = match who.title.as_str() {
        "an unknown client" => "a client",
        title => title,
    };
    match who.client_id {
        Some(id) => format!("{title} (client id {id})"),
        None => title.to_owned(),
    }
}

/// What a finding about a session is about.
fn subject(session: &TraceSession) -> String {
    let number = || format!("session {}", session.session);
    session.gateway.clone().unwrap_or_else(number)
}
