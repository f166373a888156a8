//! A drill: what the relay does to its clients, and when.
//!
//! `after=60s:cut; 2s:refuse; 90s:pass`: each time counts from the step before it, the first one from
//! the start of the relay. `say=1100@300s` counts from the start.

mod action;
mod state;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

pub use self::action::Action;
pub(super) use self::state::State;
use crate::text::typed::parse_duration;
use crate::trace::DrillSpan;

/// More steps are not taken.
const MOST_STEPS: usize = 1_000;
const EXPECTED: &str = "expected steps such as 'after=60s:cut; 2s:refuse; 90s:pass', with cut, refuse, pass, \
                        drop=NAME, delay=D, stall=client, stall=gateway, say=NUMBER@D or id-taken";

/// A drill: its steps in the order in which they are done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drill {
    text: String,
    steps: Vec<(Duration, Action)>,
}

impl Drill {
    /// Each step with its time from the start of the relay.
    pub fn steps(&self) -> &[(Duration, Action)] {
        &self.steps
    }

    /// This drill, and another one beside it.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        if !self.text.is_empty() {
            self.text.push_str("; ");
        }
        self.text.push_str(&other.text);
        self.steps.extend(other.steps);
        self.steps.sort_by_key(|(at, _)| *at);
        self
    }

    /// Whether any step changes single messages, so that what is carried has to be cut into them.
    pub(super) fn shapes(&self) -> bool {
        self.steps.iter().any(|(_, action)| action.shapes())
    }
}

impl fmt::Display for Drill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Drill {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut now = Duration::ZERO;
        let mut steps = Vec::new();
        for step in text.split(';').map(str::trim) {
            let (time, actions) = match step.split_once(':') {
                Some((time, actions)) => (Some(time.trim()), actions),
                None => (None, step),
            };
            if let Some(time) = time {
                let time = time.strip_prefix("after=").unwrap_or(time);
                let time = parse_duration(time).map_err(|_| format!("{time}: {EXPECTED}"))?;
                now = now.saturating_add(time);
            }
            for word in actions.split(',').map(str::trim) {
                let (word, at) = match word.split_once('@') {
                    Some((word, at)) if word.starts_with("say=") => {
                        let at = parse_duration(at).map_err(|_| format!("{at}: {EXPECTED}"))?;
                        (word, at)
                    }
                    _ => (word, now),
                };
                let action: Action = word.parse().map_err(|why| match why {
                    Some(why) => why,
                    None => format!("{word}: {EXPECTED}"),
                })?;
                if at.is_zero() && matches!(action.span(), DrillSpan::Once) {
                    return Err(format!(
                        "{word}: no client is there at the start; such as {word}@5s for say, 5s:{word} \
                         for the others"
                    ));
                }
                steps.push((at, action));
            }
        }
        if steps.len() > MOST_STEPS {
            return Err(format!("a drill has at most {MOST_STEPS} steps"));
        }
        steps.sort_by_key(|(at, _)| *at);
        let text = text.trim().to_owned();
        Ok(Self { text, steps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        let drill: Drill = text.parse().unwrap();
        let steps = drill.steps().iter();
        steps
            .map(|(at, action)| format!("{}: {action}", at.as_millis()))
            .collect()
    }

    #[test]
    fn each_time_counts_from_the_step_before_and_that_of_a_saying_from_the_start() {
        assert_eq!(
            said("after=60s:cut; 2s:refuse; 1m 30s:pass"),
            ["60000: cut", "62000: refuse", "152000: pass"]
        );
        assert_eq!(
            said("delay=200ms, drop=executions-end; 5:say=1100@1s,stall=gateway"),
            [
                "0: delay=200ms",
                "0: drop=executions-end",
                "1000: say=1100",
                "5000: stall=gateway"
            ]
        );
        let both = Drill::from_str("10s:cut").unwrap();
        let both = both.and("5s:id-taken".parse().unwrap());
        assert_eq!(both.steps()[0].0, Duration::from_secs(5));
        assert_eq!(both.to_string(), "10s:cut; 5s:id-taken");
    }

    #[test]
    fn what_is_no_step_is_refused_and_a_slip_in_a_name_is_answered() {
        for text in [
            "",
            ";",
            "cut;",
            "after=:cut",
            "x:cut",
            "cut@5s",
            "say=",
            "say=x",
            "stall=me",
            "delay=",
            "delay=-1s",
            "drop=",
            "5s:",
            "reset",
        ] {
            assert!(text.parse::<Drill>().is_err(), "{text}");
        }
        let slip = "drop=execution-end".parse::<Drill>().unwrap_err();
        assert!(slip.contains("executions-end"), "{slip}");
    }
}
