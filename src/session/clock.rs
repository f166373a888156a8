//! The Gateway's time of day beside this machine's.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The last second that RFC 3339 can write, 9999-12-31T23:59:59Z.
const LAST: u64 = 253_402_300_799;

/// What the Gateway said of the time, and when its answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The Gateway's seconds since 1970.
    pub theirs: i64,
    /// This machine's time when the answer came.
    pub ours: SystemTime,
}

impl Clock {
    /// An answer that has just come.
    pub fn just_now(theirs: i64) -> Self {
        let ours = SystemTime::now();
        Self { theirs, ours }
    }

    /// This machine's seconds since 1970.
    pub fn our_seconds(&self) -> i64 {
        let since = self.ours.duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }
}

/// Seconds since 1970 as a time of day; as a number where they are none.
pub fn time_of_day(seconds: i64) -> String {
    match u64::try_from(seconds) {
        Ok(seconds @ ..=LAST) => {
            let at = UNIX_EPOCH + Duration::from_secs(seconds);
            humantime::format_rfc3339_seconds(at).to_string()
        }
        _ => format!("{seconds} seconds since 1970"),
    }
}
