//! What follows the name of a fault, as it is written.

use std::num::NonZeroU64;
use std::time::Duration;

use super::ScenarioError;
use crate::event::Query;
use crate::text::alike::did_you_mean;
use crate::text::typed::parse_duration;

/// The names of the requests that can hang or be refused.
pub(super) fn request_names() -> String {
    Query::ALL.map(Query::name).join(", ")
}

/// That the value is not what is expected; behind it which one was probably meant.
fn wrong(name: &str, expected: &str, value: &str, meant: &str) -> ScenarioError {
    ScenarioError::Value {
        name: name.to_owned(),
        expected: expected.to_owned(),
        value: value.to_owned(),
        meant: meant.to_owned(),
    }
}

/// The value as a time: a number of seconds, or one with its unit.
pub(super) fn seconds(name: &str, value: &str) -> Result<Duration, ScenarioError> {
    /// A year: longer than any simulation, and short enough to be added to any instant.
    const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);
    let seconds = value.parse().ok();
    seconds
        .and_then(|value| Duration::try_from_secs_f64(value).ok())
        .or_else(|| parse_duration(value).ok())
        .filter(|duration| *duration <= LONGEST)
        .ok_or_else(|| wrong(name, "a time such as 2, 0.5 or 90s", value, ""))
}

/// The value as a number from 1 up.
pub(super) fn count(name: &str, value: &str) -> Result<NonZeroU64, ScenarioError> {
    let count = value.parse();
    count.map_err(|_| wrong(name, "a whole number from 1 up", value, ""))
}

/// The value as a number of IB's.
pub(super) fn number(name: &str, value: &str) -> Result<i32, ScenarioError> {
    let number = value.parse().ok().filter(|number| *number >= 0);
    number.ok_or_else(|| wrong(name, "a number of IB's such as 2110", value, ""))
}

/// The value as a request.
pub(super) fn request(name: &str, value: &str) -> Result<Query, ScenarioError> {
    let found = Query::ALL.into_iter().find(|query| query.name() == value);
    found.ok_or_else(|| {
        let expected = format!("a request ({})", request_names());
        let meant = did_you_mean(value, Query::ALL.map(Query::name));
        wrong(name, &expected, value, &meant)
    })
}
