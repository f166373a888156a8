//! Moments as the clock of a recording has them.

use super::chunk::Timestamp;
use crate::report::TraceClock;

/// A moment as the report has it: RFC 3339, with `Z` where the clock is UTC; the time of day where
/// there is no date.
pub(super) fn shown(clock: TraceClock, at: Timestamp) -> Option<String> {
    match clock {
        TraceClock::Utc => Some(format!("{}Z", at.date_and_time())),
        TraceClock::Local => Some(at.date_and_time()),
        TraceClock::TimeOfDay => Some(at.time_of_day()),
        TraceClock::None => None,
    }
}

/// A moment in a sentence: the time of day.
pub(super) fn said(clock: TraceClock, at: Timestamp) -> Option<String> {
    (clock != TraceClock::None).then(|| at.time_of_day())
}
