//! Drills of tap in a recording, and how the clients took them: when each was back, after how many
//! connections, and whether it asked again for what it had subscribed to.

mod reaction;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(super) use self::reaction::reactions;
use super::chunk::{Chunk, DrillSpan, Timestamp};
use super::clock::said;
use super::diagnosis::shown;
use super::finished::Finished;
use super::story::{client, client_as, kinds};
use crate::event::Speaker;
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::report::{TraceClock, TraceRecovery, TraceSession};
use crate::text::printable::clean;
use crate::text::words::{counted, listed};

/// Steps that are kept.
const STEPS: usize = 1_000;
/// Losses that are judged.
const LOSSES: usize = 1_000;
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
        // Another recording may show the same sessions, and knows nothing of the drill.
        let sources: BTreeSet<usize> = self.all.iter().map(|step| step.source).collect();
        let own = finished
            .iter()
            .filter(|it| sources.contains(&it.session.source));
        let mut sessions: Vec<&Finished> = own.collect();
        sessions.sort_by_key(|it| it.first);
        let ready = sessions.iter().filter(|it| it.is_ready);
        let last_ready = ready.map(|it| (client(&it.session), it.first)).collect();
        let mut away = Away {
            last_ready,
            ..Away::default()
        };
        let mut judged = Vec::new();
        for it in sessions {
            let key = away.whose(it);
            if let Some(loss) = away.losses.get_mut(&key) {
                loss.connections += 1;
                if it.is_ready
                    && let Some(loss) = away.losses.remove(&key)
                {
                    judged.push(loss.back(it, last, clock));
                }
            }
            let is_lost = it.is_drilled && it.session.close.is_some();
            if is_lost && away.losses.len() + judged.len() < LOSSES {
                away.losses
                    .entry(key.clone())
                    .or_insert_with(|| Loss::new(key, it));
            }
        }
        let mut losses = away.losses;
        let free = self
            .lasting
            .is_empty()
            .then(|| self.over.unwrap_or_default());
        // A client that left by itself, and not amid the drill, was not lost to it.
        losses.retain(|_, it| !it.is_own_doing() || it.session.is_still_drilled);
        let away = losses.into_values().map(|it| it.away(free, last, clock));
        judged.extend(away);
        judged
    }
}

/// The clients that are away.
#[derive(Default)]
struct Away<'a> {
    losses: BTreeMap<String, Loss<'a>>,
    /// Every client so far.
    known: BTreeSet<String>,
    /// When the last session of each client began that got ready.
    last_ready: BTreeMap<String, Timestamp>,
}

impl Away<'_> {
    /// Whose session it is: a client's that is away, also where it comes back with another client id.
    fn whose(&mut self, now: &Finished) -> String {
        let key = client(&now.session);
        if now.session.who.client_id.is_none() {
            // A try that did not get as far as its client id is of the only client that is away.
            return match self.losses.first_key_value() {
                Some((only, _)) if self.losses.len() == 1 => only.clone(),
                _ => key,
            };
        }
        let is_new = self.known.insert(key.clone());
        if !is_new || self.losses.contains_key(&key) {
            return key;
        }
        let kind = client_as(&now.session, None);
        let comes_itself = |client: &str| self.last_ready.get(client) > Some(&now.first);
        let alike = self.losses.values_mut();
        let mut alike: Vec<_> = alike
            .filter(|it| it.kind == kind && !comes_itself(&it.client))
            .collect();
        alike.sort_by_key(|it| it.session.over);
        let others = alike.len() > 1;
        for it in &mut alike {
            it.is_guess |= others;
        }
        alike.first().map_or(key, |it| it.client.clone())
    }
}

/// A session that was lost in a drill.
struct Loss<'a> {
    client: String,
    /// The client without its id.
    kind: String,
    session: &'a Finished,
    /// How many the client made since.
    connections: u64,
    /// Whether another one of this kind may be the one that is back.
    is_guess: bool,
}

impl<'a> Loss<'a> {
    fn new(client: String, session: &'a Finished) -> Self {
        Self {
            client,
            kind: client_as(&session.session, None),
            session,
            connections: 0,
            is_guess: false,
        }
    }
}

impl Loss<'_> {
    fn report(&self, clock: TraceClock) -> TraceRecovery {
        TraceRecovery {
            client: self.client.clone(),
            session: self.session.session.session,
            lost_at: super::clock::shown(clock, self.session.over),
            connections: self.connections,
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
        let connections = counted(self.connections, "connection");
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

    /// The client was not back when the recording ended; `free` is when the drill was over, if it was.
    fn away(
        self,
        free: Option<Timestamp>,
        last: Timestamp,
        clock: TraceClock,
    ) -> (TraceRecovery, Option<Finding>) {
        let away = shown(last.since(self.session.over));
        let connections = counted(self.connections, "connection");
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
        let let_through = free.map(|free| last.since(free.max(self.session.over)));
        let evidence = match let_through {
            None => "the drill was still on when the recording ended".to_owned(),
            Some(time) => {
                let time = shown(time);
                format!("the recording ended {time} after the drill let clients through again")
            }
        };
        let is_its_own = self.is_own_doing();
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

    /// Whether the client itself closed first.
    fn is_own_doing(&self) -> bool {
        let close = self.session.session.close.as_ref();
        close.is_some_and(|close| close.first == Speaker::Client)
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
