//! Whether ibdoc itself ran all the time: it may be stopped, and a machine may sleep.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// Between two beats.
pub const BEAT: Duration = Duration::from_secs(1);
/// A beat that comes so much too late was no mere delay.
const LATE: Duration = Duration::from_secs(5);

/// Beats once in a second, and tells when one was missed.
#[derive(Clone, Copy, Debug)]
pub struct Pulse {
    last: Instant,
    /// The time that goes on while the machine sleeps, at the last beat.
    last_awake: Duration,
}

impl Pulse {
    /// The first beat.
    pub fn new(now: Instant, awake: Duration) -> Self {
        Self {
            last: now,
            last_awake: awake,
        }
    }

    /// Whether nothing ran for a while before this moment.
    pub fn is_late(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) > BEAT + LATE
    }

    /// A beat; the time that was lost since the last one.
    pub fn beat(&mut self, now: Instant, awake: Duration) -> Option<Duration> {
        let ran = now.saturating_duration_since(self.last);
        let passed = awake.saturating_sub(self.last_awake);
        (self.last, self.last_awake) = (now, awake);
        let lost = ran.max(passed).saturating_sub(BEAT);
        (lost > LATE).then_some(lost)
    }
}

/// A clock that goes on while the machine sleeps, from any beginning.
pub fn awake() -> Duration {
    #[cfg(target_os = "linux")]
    {
        use rustix::time::{ClockId, clock_gettime};
        let time = clock_gettime(ClockId::Boottime);
        Duration::try_from(time).unwrap_or_default()
    }
    #[cfg(not(target_os = "linux"))]
    SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()
}

/// The wall clock in seconds since 1970.
pub fn since_1970(time: SystemTime) -> f64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_and_a_sleep_are_lost_time_and_a_delay_is_none() {
        let seconds = Duration::from_secs;
        let began = Instant::now();
        let mut pulse = Pulse::new(began, seconds(100));
        assert_eq!(pulse.beat(began + seconds(3), seconds(103)), None);
        // Stopped: both clocks went on.
        assert!(pulse.is_late(began + seconds(43)));
        let lost = pulse.beat(began + seconds(43), seconds(143));
        assert_eq!(lost, Some(seconds(39)));
        // Asleep: only one of them did.
        let lost = pulse.beat(began + seconds(44), seconds(3743));
        assert_eq!(lost, Some(seconds(3599)));
        assert_eq!(pulse.beat(began + seconds(45), seconds(3744)), None);
    }
}
