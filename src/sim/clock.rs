//! The simulated Gateway's wall clock, as IB writes it; always UTC.

use std::time::SystemTime;

use crate::text::clock::to_the_second;

/// Milliseconds since 1970.
pub(super) fn epoch_millis() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or_default()
}

/// Seconds since 1970.
pub(super) fn epoch_seconds() -> i64 {
    epoch_millis() / 1000
}

/// The time of connection: `yyyymmdd HH:MM:SS TZ`.
pub(super) fn connection_time(now: SystemTime) -> String {
    let now = to_the_second(now);
    now.replace('-', "").replace('T', " ").replace('Z', " UTC")
}

/// The time of account updates: `HH:MM`.
pub(super) fn hours_and_minutes(now: SystemTime) -> String {
    let now = to_the_second(now);
    now.get(11..16).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times_are_written_as_ib_writes_them() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_341_600);
        assert_eq!(connection_time(now), "20261122 10:00:00 UTC");
        assert_eq!(hours_and_minutes(now), "10:00");
    }
}
