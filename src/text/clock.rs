//! The time of day as text (RFC 3339, in UTC), whatever the clock of this machine says.

use std::time::{Duration, SystemTime};

/// The last second that four digits of a year can name.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// With milliseconds: `2026-11-27T10:00:00.000Z`.
pub fn with_millis(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(bounded(time)).to_string()
}

/// With nanoseconds: `2026-11-27T10:00:00.000000000Z`.
pub fn with_nanos(time: SystemTime) -> String {
    humantime::format_rfc3339_nanos(bounded(time)).to_string()
}

/// To the second: `2026-11-27T10:00:00Z`.
pub fn to_the_second(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(bounded(time)).to_string()
}

/// humantime panics for what is before 1970 or after 9999: a machine without a battery for its
/// clock may say either.
fn bounded(time: SystemTime) -> SystemTime {
    let last = SystemTime::UNIX_EPOCH + LAST;
    time.clamp(SystemTime::UNIX_EPOCH, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_before_1970_or_after_9999_makes_no_panic() {
        let day = Duration::from_secs(86_400);
        let epoch = SystemTime::UNIX_EPOCH;
        assert_eq!(with_millis(epoch - day), "1970-01-01T00:00:00.000Z");
        assert_eq!(with_nanos(epoch - day), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(to_the_second(epoch + LAST + day), "9999-12-31T23:59:59Z");
        assert_eq!(to_the_second(epoch + day), "1970-01-02T00:00:00Z");
    }
}
