//! How the simulated Gateway misbehaves, and when.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::fault::{FAULTS, Row};
use super::faults::Faults;
use super::{Fault, Moment};
use crate::text::alike::did_you_mean;
use crate::text::typed::parse_duration;
use crate::text::words::joined;

/// The faults of a simulated Gateway, which may change over time.
///
/// Faults of the same time are separated by commas: `read-only,never-closes`. Phases are
/// separated by semicolons, each later one with the time at which it begins, counted from the
/// Gateway's start: `normal;10s:silent;20s:normal`. A phase replaces the one before it. It
/// decides about everything that happens from then on; a session that runs already meets it at
/// its next request, and hears its notices when it begins. A phase behind one that ends by itself
/// needs no time: `normal;10s:restart=90s;accounts-late=5` continues when the restart is over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scenario {
    first: Faults,
    /// The later phases, each with its beginning, in ascending order.
    later: Vec<(Duration, Faults)>,
}

/// Why a text is no scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// The name is unknown.
    #[error(
        "unknown scenario {0:?}: expected {list}, or several separated by commas{meant}",
        meant = meant(.0),
        list = joined(Scenario::forms())
    )]
    Unknown(String),
    /// It has a value where none belongs or none where one does.
    #[error("scenario {0:?} is written as {1}")]
    Form(String, String),
    /// The value has the wrong form.
    #[error("scenario {name} needs {expected}, not {value:?}{meant}")]
    Value {
        /// The name of the scenario.
        name: String,
        /// What its value must be.
        expected: String,
        /// The value that was given.
        value: String,
        /// Which value was probably meant, as a question behind the error; usually empty.
        meant: String,
    },
    /// A later phase does not say when it begins, or begins before the one in front of it.
    #[error(
        "a phase after a semicolon needs its time, later than the one before, \
         such as normal;10s:silent;20s:normal, not {0:?}"
    )]
    Phase(String),
}

/// The scenario that was probably meant, as it is written.
fn meant(typed: &str) -> String {
    let name = typed.split_once('=').map_or(typed, |(name, _)| name);
    let forms: Vec<String> = Scenario::forms().collect();
    let names = forms
        .iter()
        .map(|form| form.split('=').next().unwrap_or(form));
    did_you_mean(name, names)
}

impl Scenario {
    /// Every scenario as it is written, the value in capitals.
    pub fn forms() -> impl Iterator<Item = String> {
        std::iter::once("normal".to_owned()).chain(FAULTS.iter().map(Row::form))
    }

    /// The faults that show at this moment, each as it is written and with what a reader has to
    /// know beside it.
    pub fn help(moment: Moment) -> impl Iterator<Item = String> {
        let shown = FAULTS.iter().filter(move |row| row.moment == moment);
        shown.map(Row::help)
    }

    /// The faults of the first phase, in the order given.
    pub fn faults(&self) -> &[Fault] {
        self.first.list()
    }

    /// The faults of the phase that the Gateway is in at this age.
    pub(super) fn at(&self, age: Duration) -> &Faults {
        self.phase(age).1
    }

    /// The phase that the Gateway is in at this age, and when it began.
    fn phase(&self, age: Duration) -> (Duration, &Faults) {
        let begun = |(from, _): &&(Duration, Faults)| *from <= age;
        let phase = self.later.iter().rev().find(begun);
        phase.map_or((Duration::ZERO, &self.first), |(from, faults)| {
            (*from, faults)
        })
    }

    /// Until which age nothing listens, if that is so at this age.
    pub(super) fn down_until(&self, age: Duration) -> Option<Duration> {
        let (from, faults) = self.phase(age);
        let until = from + faults.restarts_for()?;
        let replaced = self.next_change(age).unwrap_or(until);
        Some(until.min(replaced)).filter(|until| *until > age)
    }

    /// Until which age the login is pending, if that is so at this age; it begins behind a restart
    /// of the same phase.
    pub(super) fn login_pending_until(&self, age: Duration) -> Option<Duration> {
        let (from, faults) = self.phase(age);
        let restart = faults.restarts_for().unwrap_or_default();
        let until = from + restart + faults.login_pending_for()?;
        let replaced = self.next_change(age).unwrap_or(until);
        Some(until.min(replaced)).filter(|until| *until > age)
    }

    /// How long after the Gateway's start the next phase begins.
    pub(super) fn next_change(&self, age: Duration) -> Option<Duration> {
        let ahead = self.later.iter().find(|(from, _)| *from > age);
        ahead.map(|(from, _)| *from)
    }
}

impl From<Vec<Fault>> for Scenario {
    fn from(faults: Vec<Fault>) -> Self {
        Self {
            first: faults.into(),
            later: Vec::new(),
        }
    }
}

impl FromStr for Scenario {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut phases = text.split(';').map(str::trim);
        let first: Faults = phases.next().unwrap_or_default().parse()?;
        let mut later: Vec<(Duration, Faults)> = Vec::new();
        for phase in phases {
            let wrong = || ScenarioError::Phase(phase.to_owned());
            let (before, last) = later
                .last()
                .map_or((Duration::ZERO, &first), |(from, faults)| (*from, faults));
            let (from, faults) = match phase.split_once(':') {
                Some((from, faults)) => (parse_duration(from).map_err(|_| wrong())?, faults),
                None => (before + last.lasts_for().ok_or_else(wrong)?, phase),
            };
            if from <= before {
                return Err(wrong());
            }
            later.push((from, faults.parse()?));
        }
        Ok(Self { first, later })
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        self.later.iter().try_for_each(|(from, faults)| {
            write!(f, ";{}:{faults}", humantime::format_duration(*from))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_scenario_reads_back_what_it_shows() {
        for form in Scenario::forms() {
            let text = form
                .replace("SECONDS", "0.5")
                .replace("REQUEST", "account-values")
                .replace('N', "3");
            let scenario: Scenario = text.parse().unwrap();
            assert_eq!(scenario.to_string(), text);
        }
        let both: Scenario = "flaky=3,never-closes".parse().unwrap();
        assert_eq!(both.to_string(), "flaky=3,never-closes");
        assert_eq!(both.faults().len(), 2);
    }

    #[test]
    fn an_unknown_scenario_is_answered_with_the_list() {
        for text in ["", "slow", "normal,", "Silent", "normal;5s:"] {
            let error = text.parse::<Scenario>().unwrap_err().to_string();
            assert!(error.contains("close-on-accept"), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_slip_of_the_fingers_in_a_scenario_is_answered_with_what_was_meant() {
        let error = |text: &str| text.parse::<Scenario>().unwrap_err().to_string();
        for (text, meant) in [
            ("Silent", "; did you mean silent?"),
            ("normal;5s:acounts-late=3", "; did you mean accounts-late?"),
        ] {
            assert!(error(text).contains(meant), "{}", error(text));
        }
        assert!(!error("slow").contains("did you mean"));
        for (text, form) in [
            ("silent=1", "\"silent=1\" is written as silent"),
            ("flaky", "\"flaky\" is written as flaky=N"),
        ] {
            assert!(error(text).ends_with(form), "{}", error(text));
        }
    }

    #[test]
    fn a_wrong_value_is_answered_with_what_was_expected() {
        for text in [
            "flaky=0",
            "flaky=x",
            "zombie-blocks=",
            "accounts-late=-1",
            "accounts-late=NaN",
            "accounts-late=",
            "drops-after=1e18",
            "sync-hangs=everything",
        ] {
            let error = text.parse::<Scenario>().unwrap_err().to_string();
            assert!(error.contains("needs a"), "{text:?}: {error}");
        }
    }

    #[test]
    fn phases_follow_one_another_at_their_times() {
        let scenario: Scenario = "normal; 10s:silent,drip ;1m 30s:normal".parse().unwrap();
        assert_eq!(scenario.to_string(), "normal;10s:silent,drip;1m 30s:normal");
        let at = |seconds| scenario.at(Duration::from_secs(seconds)).to_string();
        assert_eq!(at(9), "normal");
        assert_eq!(at(10), "silent,drip");
        assert_eq!(at(90), "normal");
        let next = |seconds| scenario.next_change(Duration::from_secs(seconds));
        assert_eq!(next(0), Some(Duration::from_secs(10)));
        assert_eq!(next(10), Some(Duration::from_secs(90)));
        assert_eq!(next(90), None);
    }

    #[test]
    fn a_phase_behind_one_that_ends_by_itself_needs_no_time() {
        let scenario: Scenario = "normal; 2s:restart=3s; normal".parse().unwrap();
        assert_eq!(scenario.to_string(), "normal;2s:restart=3;5s:normal");
        let scenario: Scenario = "restart=1m,login-pending=90s;silent".parse().unwrap();
        assert_eq!(
            scenario.to_string(),
            "restart=60,login-pending=90;2m 30s:silent"
        );
    }

    #[test]
    fn a_restart_ends_by_itself_or_with_its_phase_and_the_login_follows_it() {
        let scenario: Scenario =
            "normal;10s:restart=20s,login-pending=5s;60s:restart=20s;70s:normal"
                .parse()
                .unwrap();
        let seconds = |age: Option<Duration>| age.map(|age| age.as_secs());
        let down = |age| seconds(scenario.down_until(Duration::from_secs(age)));
        let pending = |age| seconds(scenario.login_pending_until(Duration::from_secs(age)));
        assert_eq!(
            [9, 10, 29, 30, 61, 70].map(down),
            [None, Some(30), Some(30), None, Some(70), None]
        );
        assert_eq!(
            [9, 10, 34, 35, 61].map(pending),
            [None, Some(35), Some(35), None, None]
        );
    }

    #[test]
    fn a_phase_without_its_time_is_refused_with_an_example() {
        for text in [
            "normal;silent",
            "normal;0s:silent",
            "drip;5s:ssh;5s:tls",
            "drip;x:ssh",
        ] {
            let error = text.parse::<Scenario>().unwrap_err().to_string();
            assert!(error.contains("normal;10s:silent"), "{text:?}: {error}");
        }
    }
}
