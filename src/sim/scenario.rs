//! How the simulated Gateway misbehaves, and what its faults decide.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Fault;

/// The faults of a simulated Gateway; none is the normal course.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scenario {
    faults: Vec<Fault>,
}

/// A scenario that does not exist, or lacks its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// The name is unknown, or has a value where none belongs or none where one does.
    #[error("unknown scenario {0:?}: expected {list}, or several separated by commas", list = Scenario::FORMS.join(", "))]
    Unknown(String),
    /// The value has the wrong form.
    #[error("scenario {name} needs {expected}, not {value:?}")]
    Value {
        /// The scenario.
        name: &'static str,
        /// What its value must be.
        expected: &'static str,
        /// What it was.
        value: String,
    },
}

/// What becomes of a connection when it is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    Serve,
    Ignore,
    Close,
}

/// When the accounts are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accounts {
    AtOnce,
    After(Duration),
    Never,
}

impl Scenario {
    /// Every scenario as it is written, for help texts.
    pub const FORMS: [&str; 8] = [
        "normal",
        "silent",
        "close-on-accept",
        "client-id-in-use",
        "accounts-late=SECONDS",
        "accounts-missing",
        "never-closes",
        "flaky=N",
    ];

    /// The faults, in the order given.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// Decides about the connection of this number, counted from 1.
    pub(super) fn on_accept(&self, number: u64) -> Admission {
        let closes = self.faults.iter().any(|fault| match fault {
            Fault::CloseOnAccept => true,
            Fault::Flaky(n) => number.is_multiple_of(n.get()),
            _ => false,
        });
        if closes {
            Admission::Close
        } else if self.has(Fault::Silent) {
            Admission::Ignore
        } else {
            Admission::Serve
        }
    }

    pub(super) fn refuses_client_ids(&self) -> bool {
        self.has(Fault::ClientIdInUse)
    }

    pub(super) fn accounts(&self) -> Accounts {
        let due = |fault: &Fault| match fault {
            Fault::AccountsMissing => Some(Accounts::Never),
            Fault::AccountsLate(delay) => Some(Accounts::After(*delay)),
            _ => None,
        };
        self.faults.iter().find_map(due).unwrap_or(Accounts::AtOnce)
    }

    pub(super) fn never_closes(&self) -> bool {
        self.has(Fault::NeverCloses)
    }
}

impl From<Vec<Fault>> for Scenario {
    fn from(faults: Vec<Fault>) -> Self {
        Self { faults }
    }
}

impl FromStr for Scenario {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut faults = Vec::new();
        for part in text.split(',').map(str::trim) {
            if part != "normal" {
                faults.push(part.parse()?);
            }
        }
        Ok(Self { faults })
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, rest)) = self.faults.split_first() else {
            return f.write_str("normal");
        };
        first.fmt(f)?;
        rest.iter().try_for_each(|fault| write!(f, ",{fault}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_scenario_reads_back_what_it_shows() {
        for form in Scenario::FORMS {
            let text = form.replace("SECONDS", "0.5").replace('N', "3");
            let scenario: Scenario = text.parse().unwrap();
            assert_eq!(scenario.to_string(), text);
        }
        let both: Scenario = "flaky=3,never-closes".parse().unwrap();
        assert_eq!(both.to_string(), "flaky=3,never-closes");
        assert_eq!(both.faults().len(), 2);
    }

    #[test]
    fn an_unknown_scenario_is_answered_with_the_list() {
        for text in ["", "slow", "silent=1", "flaky", "normal,", "Silent"] {
            let error = text.parse::<Scenario>().unwrap_err().to_string();
            assert!(error.contains("close-on-accept"), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_wrong_value_is_answered_with_what_was_expected() {
        for text in [
            "flaky=0",
            "flaky=x",
            "accounts-late=-1",
            "accounts-late=NaN",
            "accounts-late=",
        ] {
            let error = text.parse::<Scenario>().unwrap_err().to_string();
            assert!(error.contains("needs a"), "{text:?}: {error}");
        }
    }

    #[test]
    fn every_nth_connection_is_flaky() {
        let scenario: Scenario = "flaky=3".parse().unwrap();
        let closed: Vec<_> = (1..=7)
            .filter(|&n| scenario.on_accept(n) == Admission::Close)
            .collect();
        assert_eq!(closed, [3, 6]);
    }
}
