//! How clients took what a drill said to them, and a side of which nothing was passed on.

use std::collections::BTreeSet;
use std::time::Duration;

use super::away::Loss;
use super::{Drills, TO_ASK, subject, who};
use crate::event::Speaker;
use crate::finding::{Code, Finding};
use crate::report::{TraceClock, TraceReaction};
use crate::text::words::listed;
use crate::trace::chunk::Timestamp;
use crate::trace::clock;
use crate::trace::diagnosis::shown;
use crate::trace::finished::Finished;
use crate::trace::session::Told;
use crate::trace::story::client;
use crate::wire::messages::asked;

/// Reactions that are judged.
const MOST: usize = 1_000;
/// What has to be asked for again after 1101: prices, depth, live bars, scanners and single ticks.
const LOST_BY_1101: [u32; 6] = [1, 10, 20, 22, 50, 97];

impl Drills {
    /// How each client took each step that met it, and the finding where it took it badly. The recording
    /// ends at `last`.
    pub(in crate::trace) fn reactions(
        &self,
        finished: &[Finished],
        last: Timestamp,
        clock: TraceClock,
    ) -> Vec<(TraceReaction, Option<Finding>)> {
        let losses = self.losses(finished);
        let met = finished
            .iter()
            .flat_map(|it| it.told.iter().map(move |told| (it, told)));
        let judged = met.filter_map(|(session, told)| {
            let has_closed = session.session.close.as_ref();
            let left = has_closed.is_some_and(|close| close.first == Speaker::Client);
            let over = told
                .until
                .map_or(session.over, |until| until.min(session.over));
            let look = Look {
                session,
                told,
                left: left && over == session.over,
                over,
                loss: loss(&losses, session),
                last,
            };
            // What ended the session is judged by itself.
            let is_cut = has_closed.is_some() && !left && told.until.is_none();
            (!is_cut || look.lasted() >= TO_ASK).then(|| look.reaction(clock))
        });
        judged.take(MOST).collect()
    }
}

/// The loss of this session, or the one after which it was a try.
fn loss<'a, 'b>(losses: &'b [Loss<'a>], session: &Finished) -> Option<&'b Loss<'a>> {
    let number = session.session.session;
    let is_of = |it: &&Loss<'_>| it.session.session.session == number;
    let is_back = |it: &Loss<'_>| it.now.is_some_and(|now| now.session.session == number);
    let mut all = losses.iter();
    all.clone()
        .find(is_of)
        .or_else(|| all.find(|it| it.tries.contains(&number) && !is_back(it)))
}

/// A step that met a session.
struct Look<'a> {
    session: &'a Finished,
    told: &'a Told,
    /// Whether the client closed then.
    left: bool,
    /// When a side closed, what lasted was ended, or the recording was over.
    over: Timestamp,
    /// The session as one that was lost.
    loss: Option<&'a Loss<'a>>,
    last: Timestamp,
}

impl Look<'_> {
    /// The session with which the client was back, where it left.
    fn next(&self) -> Option<&Finished> {
        self.loss.filter(|_| self.left)?.now
    }

    fn lasted(&self) -> Duration {
        self.over.since(self.told.at)
    }

    fn reaction(&self, clock: TraceClock) -> (TraceReaction, Option<Finding>) {
        let session = &self.session.session;
        let is_judged = self.left || self.lasted() >= TO_ASK;
        let (again, missing) = match self.told.words.as_str() {
            // Which client was back is not known where several like it were away.
            "say=1101" if !self.loss.is_some_and(|it| it.is_guess) => self.after_loss(),
            "say=1102" => (self.after_none(), Vec::new()),
            _ => Default::default(),
        };
        let summary = format!("{}{again}", self.course());
        // Of a client that was back, the recovery is judged.
        let is_bad = !missing.is_empty() && self.lasted() >= TO_ASK && self.next().is_none();
        let finding = is_bad
            .then(|| Finding::new(Code::DrillNotAskedAgain, &subject(session), summary.clone()));
        let reaction = TraceReaction {
            client: client(session),
            session: session.session,
            step: self.told.words.clone(),
            at: clock::shown(clock, self.told.at),
            lasted: self.lasted(),
            has_left: self.left,
            is_judged,
            not_asked_again: missing,
            summary,
        };
        (reaction, finding)
    }

    /// Whether the client kept its session, and whether it was back.
    fn course(&self) -> String {
        let (who, step, lasted) = (
            who(&self.session.session),
            &self.told.words,
            shown(self.lasted()),
        );
        if self.left {
            let back = if let Some(next) = self.next() {
                let ready = next.ready.unwrap_or(next.first);
                format!("was back {} later", shown(ready.since(self.over)))
            } else {
                let away = shown(self.last.since(self.over));
                format!("was not back when the recording ended {away} later")
            };
            return format!("{who} left {lasted} after {step}, and {back}");
        }
        let until = match (self.told.until, &self.session.session.close) {
            (Some(until), _) if until == self.over => "the drill let everything pass again",
            (_, Some(_)) => "the session was ended",
            (_, None) => "the recording ended",
        };
        format!("{who} kept its session after {step}, until {until} {lasted} later")
    }

    /// After 1101: whether it asked again for what was lost, here or in the session that followed.
    fn after_loss(&self) -> (String, Vec<String>) {
        let mut asked = self.told.asked.clone();
        if let Some(next) = self.next() {
            asked.extend(next.session.requests.iter().map(|it| it.id));
        }
        let had: BTreeSet<u32> = self.told.had.iter().copied().collect();
        let lost: BTreeSet<u32> = LOST_BY_1101
            .into_iter()
            .filter(|id| had.contains(id))
            .collect();
        let missing = titles(lost.difference(&asked));
        let words = if lost.is_empty() {
            "; it had no market data that could be lost".to_owned()
        } else if missing.is_empty() {
            format!("; it asked again for {}", listed(&titles(&lost)))
        } else {
            format!(
                "; it did not ask again for {}, which 1101 says is lost",
                listed(&missing)
            )
        };
        (words, missing)
    }

    /// After 1102: whether it asked again, although nothing was lost.
    fn after_none(&self) -> String {
        let again = titles(self.told.had.intersection(&self.told.asked));
        if again.is_empty() {
            "; it asked for nothing again, and nothing was lost".to_owned()
        } else {
            format!(
                "; it then asked for {}, which 1102 does not call for",
                listed(&again)
            )
        }
    }
}

/// Requests as sentences name them.
fn titles<'a>(ids: impl IntoIterator<Item = &'a u32>) -> Vec<String> {
    let rows = ids.into_iter().filter_map(|id| asked(*id));
    rows.map(|row| format!("{} ({})", row.words, row.id))
        .collect()
}
