//! Clients that lost their sessions in a drill, and which session of each is the next one.

use std::collections::{BTreeMap, BTreeSet};

use super::TO_ASK;
use crate::event::Speaker;
use crate::trace::chunk::Timestamp;
use crate::trace::finished::Finished;
use crate::trace::story::{client, client_as};

/// Losses that are judged.
const LOSSES: usize = 1_000;

/// Each session that was lost in a drill, with what its client did then.
pub(super) fn losses<'a>(sessions: impl Iterator<Item = &'a Finished>) -> Vec<Loss<'a>> {
    let mut sessions: Vec<&Finished> = sessions.collect();
    sessions.sort_by_key(|it| it.first);
    let ready = sessions.iter().filter(|it| it.is_ready);
    let last_ready = ready.map(|it| (client(&it.session), it.first)).collect();
    let mut away = Away {
        last_ready,
        ..Away::default()
    };
    let mut over = Vec::new();
    for it in sessions {
        let key = away.whose(it);
        if let Some(loss) = away.losses.get_mut(&key) {
            loss.tries.push(it.session.session);
            if it.is_ready
                && let Some(loss) = away.losses.remove(&key)
            {
                let now = Some(it);
                over.push(Loss { now, ..loss });
            }
        }
        let is_lost = it.is_drilled() && it.session.close.is_some();
        if is_lost && away.losses.len() + over.len() < LOSSES {
            away.losses
                .entry(key.clone())
                .or_insert_with(|| Loss::new(key, it));
        }
    }
    over.extend(away.losses.into_values());
    over
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
pub(super) struct Loss<'a> {
    pub(super) client: String,
    /// The client without its id.
    kind: String,
    pub(super) session: &'a Finished,
    /// The sessions that the client began since, by their numbers.
    pub(super) tries: Vec<u32>,
    /// The last of them, which got ready.
    pub(super) now: Option<&'a Finished>,
    /// Whether another one of this kind may be the one that is back.
    pub(super) is_guess: bool,
}

impl<'a> Loss<'a> {
    fn new(client: String, session: &'a Finished) -> Self {
        Self {
            client,
            kind: client_as(&session.session, None),
            session,
            tries: Vec::new(),
            now: None,
            is_guess: false,
        }
    }

    /// Whether the client itself closed first.
    pub(super) fn is_own_doing(&self) -> bool {
        let close = self.session.session.close.as_ref();
        close.is_some_and(|close| close.first == Speaker::Client)
    }

    /// Whether the client left soon after a drill said something to it, or withheld something.
    pub(super) fn has_fled(&self) -> bool {
        let mut told = self.session.told.iter();
        self.is_own_doing()
            && told.any(|it| it.until.is_none() && self.session.over.since(it.at) < TO_ASK)
    }
}
