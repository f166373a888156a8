//! What of the findings of a session a drill of tap made, and what is the Gateway's own doing.

use std::time::Duration;

use crate::finding::Finding;
use crate::finding::verdict::Severity;
use crate::handshake::clients::USUAL_LIMIT;
use crate::report::TraceClock;
use crate::text::words::listed;
use crate::trace::chunk::Timestamp;
use crate::trace::clock;
use crate::wire::messages::{asked, told_by_name};

/// How many of the steps that made it a finding names.
const NAMED: usize = 3;
/// A cut ends each session at once; so long after it, on a busy machine.
const CUT: Duration = Duration::from_secs(2);
/// The message of an error, which may end any request.
const ERROR: u32 = 4;

/// A request: its message id, and its request id.
pub(in crate::trace) type Which = (u32, Option<i32>);

/// What of a session a finding is about, and when that was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::trace) enum About {
    /// The Gateway's side closed.
    Close(Timestamp),
    /// The connection was refused.
    Refusal(Timestamp),
    /// The client id was said to be taken.
    Id(Timestamp),
    /// The session did not get ready, or late; with the messages that did not come.
    Opening(Timestamp, Timestamp, Vec<u32>),
    /// A request was not finished.
    Unfinished(Which, Timestamp, Timestamp),
    /// Requests were answered with errors, the first of them this one.
    Refused(Which, Vec<Timestamp>),
    /// Notices came.
    Notices(Vec<Timestamp>),
    /// The client did not read.
    Unread(Timestamp, Timestamp),
    /// What no drill makes.
    Other,
}

/// A finding of a session.
#[derive(Clone, Debug)]
pub(in crate::trace) struct Found {
    pub(in crate::trace) finding: Finding,
    pub(in crate::trace) about: About,
    /// Whether a drill made it.
    pub(in crate::trace) is_made: bool,
}

/// Steps of a drill, each with its time.
pub(in crate::trace) type Steps = [(Timestamp, String)];

impl Found {
    pub(super) fn new(finding: Finding, about: About) -> Self {
        Self {
            finding,
            about,
            is_made: false,
        }
    }

    /// Whether it and a finding of another recording of the session are the same.
    pub(in crate::trace) fn is_same(&self, other: &Self) -> bool {
        match (&self.about, &other.about) {
            (About::Close(_), About::Close(_)) => true,
            (About::Unfinished(one, ..), About::Unfinished(other, ..))
            | (About::Refused(one, _), About::Refused(other, _)) => one == other,
            _ => self.finding.code == other.finding.code,
        }
    }

    /// What was made on purpose says so, and decides no verdict; `said` has the times of the notices that
    /// the drill said, with the steps that said them.
    pub(in crate::trace) fn explain(
        &mut self,
        steps: &Steps,
        said: &[(Timestamp, usize)],
        clock: TraceClock,
    ) {
        let made = self.about.made_by(steps, said);
        if made.is_empty() || self.is_made {
            return;
        }
        let last = &made[made.len().saturating_sub(NAMED)..];
        let words = last.iter().map(|(at, words)| {
            let time = clock::said(clock, *at);
            time.map_or_else(|| words.clone(), |time| format!("{words} at {time}"))
        });
        let words: Vec<String> = words.collect();
        let line = format!("made by tap's drill: {}", listed(&words));
        self.is_made = true;
        self.finding.severity = Severity::Info;
        self.finding.evidence.insert(0, line);
        self.finding.remedies.clear();
    }
}

impl About {
    /// The steps that can have made this and were in force then; none where it is not a drill's doing.
    fn made_by<'a>(
        &self,
        steps: &'a Steps,
        said: &[(Timestamp, usize)],
    ) -> Vec<&'a (Timestamp, String)> {
        let within = |is_it: &dyn Fn(&str) -> bool, from: Timestamp, to: Timestamp| {
            let lasting = steps.iter().enumerate();
            let lasting = lasting.filter(|(place, (at, words))| {
                is_it(words) && is_in_force(*at, words, &steps[*place..], from, to)
            });
            lasting.map(|(_, step)| step).collect::<Vec<_>>()
        };
        match self {
            Self::Close(at) => {
                let cuts = steps.iter().filter(|(_, words)| words == "cut");
                cuts.filter(|(cut, _)| cut <= at && at.since(*cut) < CUT)
                    .collect()
            }
            Self::Refusal(at) => within(&|words| words == "refuse", *at, *at),
            Self::Id(at) => within(&|words| words == "id-taken", *at, *at),
            Self::Opening(from, to, missing) => {
                let drops = |id: u32| within(&|words| dropped(words) == Some(id), *from, *to);
                let each: Vec<_> = missing.iter().map(|id| drops(*id)).collect();
                if !each.is_empty() && each.iter().all(|steps| !steps.is_empty()) {
                    return each.concat();
                }
                within(&holds_back, *from, *to)
            }
            Self::Unfinished((id, _), from, to) => {
                let row = asked(*id);
                let can = |words: &str| match dropped(words) {
                    Some(id) => id == ERROR || row.is_some_and(|row| row.is_answered_by(id)),
                    None => holds_back(words),
                };
                within(&can, *from, *to)
            }
            Self::Unread(from, to) => within(&holds_back, *from, *to),
            Self::Refused(_, times) | Self::Notices(times) => {
                let step = |at| said.iter().find(|(time, _)| time == at);
                let made = times.iter().map(|at| steps.get(step(at)?.1));
                made.collect::<Option<Vec<_>>>().unwrap_or_default()
            }
            Self::Other => Vec::new(),
        }
    }
}

fn holds_back(words: &str) -> bool {
    words.starts_with("stall=") || words.starts_with("delay=")
}

/// The message that a step leaves out.
fn dropped(words: &str) -> Option<u32> {
    told_by_name(words.strip_prefix("drop=")?)
}

/// Whether a step that lasts can have made what was awaited between these times: what was in vain for long
/// before it, or after what it held back went on, is not its doing. `later` begins with the step itself.
fn is_in_force(at: Timestamp, words: &str, later: &Steps, from: Timestamp, to: Timestamp) -> bool {
    let over = later.iter().find(|(_, words)| words == "pass");
    let over = over.map(|(over, _)| *over);
    let goes_on = holds_back(words) && over.is_some_and(|over| to.since(over) >= USUAL_LIMIT);
    let is_during = at <= to && over.is_none_or(|over| over >= from);
    is_during && !goes_on && at.since(from) < USUAL_LIMIT
}
