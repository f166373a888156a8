//! When the command of `--on-change` is run: at once, again while the trouble lasts, and when it is
//! over. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::event::{ChangeKind, State, StateChange};

/// The troubles that last, by target.
#[derive(Debug)]
pub struct Alarm {
    every: Option<Duration>,
    lasting: BTreeMap<String, Lasting>,
}

#[derive(Debug)]
struct Lasting {
    change: StateChange,
    since: Instant,
    next: Option<Instant>,
}

impl Alarm {
    /// With a reminder in each `every` while a Gateway is not healthy; `None` for none.
    pub fn new(every: Option<Duration>) -> Self {
        Self {
            every,
            lasting: BTreeMap::new(),
        }
    }

    /// Whether the command is run for this change: not for a Gateway that is healthy from the start,
    /// and not again where another reason is found for one that is down.
    pub fn takes(&mut self, change: &StateChange, now: Instant) -> bool {
        if change.state == State::Healthy {
            self.lasting.remove(&change.target);
            return change.kind == ChangeKind::Recovered;
        }
        let lasting = Lasting {
            change: change.clone(),
            since: now,
            next: self.every.map(|every| now + every),
        };
        let known = self.lasting.get_mut(&change.target);
        let is_down = |it: &StateChange| it.state == State::Down;
        if let Some(known) = known.filter(|known| is_down(&known.change) && is_down(change)) {
            known.change = change.clone();
            return false;
        }
        self.lasting.insert(change.target.clone(), lasting);
        true
    }

    /// The reminders that are due, each with how long its state has lasted.
    pub fn due(&mut self, now: Instant) -> Vec<StateChange> {
        let Some(every) = self.every else {
            return Vec::new();
        };
        let mut due = Vec::new();
        for lasting in self.lasting.values_mut() {
            if lasting.next.is_none_or(|next| next > now) {
                continue;
            }
            // Those that were missed while ibdoc did not run are not made up for.
            lasting.next = Some(now + every);
            due.push(StateChange {
                kind: ChangeKind::Reminder,
                previous: lasting.change.state,
                lasted: now - lasting.since,
                ..lasting.change.clone()
            });
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;

    fn change(state: State, kind: ChangeKind) -> StateChange {
        StateChange {
            time: "2026-11-27T10:00:00.000Z".to_owned(),
            target: "127.0.0.1:4002".to_owned(),
            kind,
            state,
            previous: State::Unknown,
            code: (state == State::Down).then_some(Code::Dropped),
            reason: "it is so".to_owned(),
            lasted: Duration::ZERO,
            troubled: None,
            announced: false,
        }
    }

    #[test]
    fn it_is_told_at_once_again_in_time_and_when_it_is_over() {
        let minutes = |it: u64| Duration::from_secs(60 * it);
        let began = Instant::now();
        let mut alarm = Alarm::new(Some(minutes(30)));
        assert!(!alarm.takes(&change(State::Healthy, ChangeKind::Changed), began));
        assert!(alarm.takes(&change(State::Down, ChangeKind::Changed), began));
        let absent = StateChange {
            code: Some(Code::NotListening),
            ..change(State::Down, ChangeKind::Changed)
        };
        assert!(
            !alarm.takes(&absent, began + minutes(1)),
            "it is down already"
        );
        assert!(alarm.due(began + minutes(29)).is_empty());
        let due = alarm.due(began + minutes(30));
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].code, Some(Code::NotListening));
        assert_eq!(
            (due[0].kind, due[0].lasted),
            (ChangeKind::Reminder, minutes(30))
        );
        assert!(alarm.due(began + minutes(31)).is_empty());
        assert_eq!(alarm.due(began + minutes(600)).len(), 1);
        assert!(alarm.takes(&change(State::Healthy, ChangeKind::Recovered), began));
        assert!(alarm.due(began + minutes(1000)).is_empty());
    }
}
