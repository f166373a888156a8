//! The faults of one phase, and what they decide; each is asked at one point of the normal course.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Fault, Moment, ScenarioError};
use crate::event::Query;

/// A farm that flaps faster would only fill the stream.
const FASTEST_FLAP: Duration = Duration::from_millis(10);

/// The faults of one phase; an empty list is the normal course.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Faults(Vec<Fault>);

/// What the Gateway does with a connection that it has accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    Serve,
    Ignore,
    Close,
    Reset,
    Impersonate(Impostor),
}

/// The services that the Gateway can pretend to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Impostor {
    Http,
    Ssh,
    Tls,
}

/// When the accounts are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accounts {
    AtOnce,
    After(Duration),
    Never,
}

impl Faults {
    pub(super) fn list(&self) -> &[Fault] {
        &self.0
    }

    pub(super) fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }

    /// What the first fault decides about which `decide` says something.
    pub(super) fn find<T>(&self, decide: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(decide)
    }

    /// How far the clock is ahead, in milliseconds.
    pub(super) fn clock_ahead(&self) -> i64 {
        let ahead = self.find(|fault| match fault {
            Fault::ClockAhead(ahead) => Some(ahead.as_millis()),
            _ => None,
        });
        i64::try_from(ahead.unwrap_or_default()).unwrap_or_default()
    }

    /// The time between two connections that are accepted, if they are accepted slowly.
    pub(super) fn accepts_every(&self) -> Option<Duration> {
        self.find(|fault| match fault {
            Fault::AcceptsEvery(time) => Some(*time),
            _ => None,
        })
    }

    /// Decides about connection `number`, counted from 1, while the Gateway keeps `half_closed`
    /// ends in CLOSE_WAIT.
    pub(super) fn on_accept(&self, number: u64, half_closed: u64) -> Admission {
        let decide = |fault: &Fault| match fault {
            Fault::CloseOnAccept => Some(Admission::Close),
            Fault::Flaky(n) => number.is_multiple_of(n.get()).then_some(Admission::Close),
            Fault::ResetOnAccept => Some(Admission::Reset),
            Fault::Silent => Some(Admission::Ignore),
            Fault::ZombieBlocks(n) => (half_closed >= n.get()).then_some(Admission::Ignore),
            Fault::Http => Some(Admission::Impersonate(Impostor::Http)),
            Fault::Ssh => Some(Admission::Impersonate(Impostor::Ssh)),
            Fault::Tls => Some(Admission::Impersonate(Impostor::Tls)),
            _ => None,
        };
        // The most abrupt of several counts, whatever the order in which they are written.
        let rank = |admission: &Admission| match admission {
            Admission::Serve => 0,
            Admission::Impersonate(_) => 1,
            Admission::Ignore => 2,
            Admission::Reset => 3,
            Admission::Close => 4,
        };
        let decided = self.0.iter().filter_map(decide).max_by_key(rank);
        decided.unwrap_or(Admission::Serve)
    }

    pub(super) fn accounts(&self) -> Accounts {
        let due = |fault: &Fault| match fault {
            Fault::AccountsMissing => Some(Accounts::Never),
            Fault::AccountsLate(delay) => Some(Accounts::After(*delay)),
            _ => None,
        };
        self.find(due).unwrap_or(Accounts::AtOnce)
    }

    /// Whether the end marker of this request never comes.
    pub(super) fn hangs(&self, query: Query) -> bool {
        self.has(Fault::SyncHangs(query))
    }

    /// The numbers of the errors that the Gateway says at the start, in the order given.
    pub(super) fn said(&self) -> impl Iterator<Item = i32> {
        self.0.iter().filter_map(|fault| match fault {
            Fault::Says(number) => Some(*number),
            _ => None,
        })
    }

    /// Whether what it says is its last word: no other fault says how the session goes on.
    pub(super) fn parts_with_words(&self) -> bool {
        let goes_on = |fault: &Fault| {
            let is_earlier = matches!(fault.moment(), Moment::Connect | Moment::Version);
            !matches!(fault, Fault::Says(_)) && !is_earlier
        };
        let closes = self.has(Fault::CloseAfterStart);
        self.said().next().is_some() && (closes || !self.0.iter().any(goes_on))
    }

    /// How long after its start a session is dropped.
    pub(super) fn drops_after(&self) -> Option<Duration> {
        let drops = |fault: &Fault| match fault {
            Fault::DropsAfter(delay) => Some(*delay),
            _ => None,
        };
        self.0.iter().filter_map(drops).min()
    }

    /// Whether a session of this age gets no more answers.
    pub(super) fn is_mute(&self, age: Duration) -> bool {
        self.0
            .iter()
            .any(|fault| matches!(fault, Fault::StopsAnsweringAfter(delay) if age >= *delay))
    }

    /// Whether the Gateway keeps its end open after the client has closed.
    pub(super) fn keeps_closed(&self) -> bool {
        let keeps = |fault: &Fault| {
            matches!(
                fault,
                Fault::NeverCloses | Fault::IdStuck | Fault::ZombieBlocks(_)
            )
        };
        self.0.iter().any(keeps)
    }

    /// How long nothing listens from the beginning of the phase on.
    pub(super) fn restarts_for(&self) -> Option<Duration> {
        self.find(|fault| match fault {
            Fault::Restart(time) => Some(*time),
            _ => None,
        })
    }

    /// How long the login is pending.
    pub(super) fn login_pending_for(&self) -> Option<Duration> {
        self.find(|fault| match fault {
            Fault::LoginPending(time) => Some(*time),
            _ => None,
        })
    }

    /// After how long nothing of it is left; `None` if it lasts for ever.
    pub(super) fn lasts_for(&self) -> Option<Duration> {
        let (restart, login) = (self.restarts_for(), self.login_pending_for());
        let ends = |fault: &Fault| matches!(fault, Fault::Restart(_) | Fault::LoginPending(_));
        let any = !self.0.is_empty() && self.0.iter().all(ends);
        any.then(|| restart.unwrap_or_default() + login.unwrap_or_default())
    }

    /// How long a data farm is up, and then down, in turns.
    pub(super) fn flaps_every(&self) -> Option<Duration> {
        self.find(|fault| match fault {
            Fault::Flapping(pace) => Some((*pace).max(FASTEST_FLAP)),
            _ => None,
        })
    }
}

impl From<Vec<Fault>> for Faults {
    fn from(faults: Vec<Fault>) -> Self {
        Self(faults)
    }
}

impl FromStr for Faults {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut faults = Vec::new();
        for part in text.split(',').map(str::trim) {
            if part != "normal" {
                faults.push(part.parse()?);
            }
        }
        Ok(Self(faults))
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, rest)) = self.0.split_first() else {
            return f.write_str("normal");
        };
        first.fmt(f)?;
        rest.iter().try_for_each(|fault| write!(f, ",{fault}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Faults {
        text.parse().unwrap()
    }

    #[test]
    fn every_nth_connection_is_flaky() {
        let flaky = faults("flaky=3");
        let closed: Vec<_> = (1..=7)
            .filter(|&n| flaky.on_accept(n, 0) == Admission::Close)
            .collect();
        assert_eq!(closed, [3, 6]);
    }

    #[test]
    fn the_most_abrupt_of_several_admissions_counts() {
        assert_eq!(faults("ssh,silent").on_accept(1, 0), Admission::Ignore);
        assert_eq!(
            faults("close-on-accept,silent").on_accept(1, 0),
            Admission::Close
        );
        assert_eq!(faults("drip,read-only").on_accept(1, 0), Admission::Serve);
    }

    #[test]
    fn zombies_block_from_their_number_on() {
        let blocked = faults("zombie-blocks=3");
        assert!(blocked.keeps_closed());
        assert_eq!(blocked.on_accept(9, 2), Admission::Serve);
        assert_eq!(blocked.on_accept(9, 3), Admission::Ignore);
    }
}
