//! When the next connection may be made: after the first quick ones at most one a minute, for each
//! may leave an open dialog or a taken place on a sick Gateway. Pure: `now` is a parameter.

use std::time::Duration;

use tokio::time::Instant;

/// The least wait before the first connection after a drop.
const FIRST: Duration = Duration::from_secs(1);
/// The waits after the first connections.
const QUICK: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(20)];
/// The wait before every other one.
const MINUTE: Duration = Duration::from_secs(60);
/// A tenth of the wait at most is added, so that programs which fail together do not return together.
const JITTER: f64 = 0.1;
/// After this long a session has shown that the trouble is over.
const SETTLED: Duration = Duration::from_secs(60);

/// Connections since the last session that settled.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gate {
    made: usize,
    next: Option<Instant>,
}

impl Gate {
    /// Notes a connection that is made now; `chance` is from 0 to 1.
    pub(super) fn connected(&mut self, now: Instant, chance: f64) {
        let wait = QUICK.get(self.made).copied().unwrap_or(MINUTE);
        self.made += 1;
        self.next = Some(now + wait.mul_f64(1.0 + JITTER * chance));
    }

    /// Notes a session that has ended after so long.
    pub(super) fn ended(&mut self, session: Duration) {
        if session >= SETTLED {
            *self = Self::default();
        }
    }

    /// When the worker itself may connect, which it does not at once.
    pub(super) fn next(&self, now: Instant) -> Instant {
        let least = now + FIRST;
        self.next.map_or(least, |next| next.max(least))
    }

    /// How long a connect has to wait that was asked for: the quick ones need not.
    pub(super) fn too_soon(&self, now: Instant) -> Option<Duration> {
        let next = self.next.filter(|_| self.made > QUICK.len())?;
        let wait = next.saturating_duration_since(now);
        (!wait.is_zero()).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn in_an_hour_of_failures_there_is_one_connection_a_minute_after_the_quick_ones() {
        let mut gate = Gate::default();
        let began = Instant::now();
        let (mut now, mut made) = (began, Vec::new());
        while now < began + Duration::from_secs(3600) {
            now = gate.next(now);
            gate.connected(now, 0.0);
            made.push(now);
        }
        let waits: Vec<u64> = made
            .windows(2)
            .map(|it| (it[1] - it[0]).as_secs())
            .collect();
        assert_eq!(waits[..3], [5, 20, 60]);
        assert!(waits[2..].iter().all(|wait| *wait >= 60));
        assert!((60..=64).contains(&made.len()), "{}", made.len());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connect_that_is_asked_for_again_and_again_waits_too() {
        let mut gate = Gate::default();
        let now = Instant::now();
        for _ in 0..3 {
            assert_eq!(gate.too_soon(now), None);
            gate.connected(now, 1.0);
        }
        assert_eq!(gate.too_soon(now), Some(Duration::from_secs(66)));
        gate.ended(Duration::from_secs(59));
        assert!(gate.too_soon(now).is_some());
        gate.ended(Duration::from_secs(60));
        assert_eq!(gate.too_soon(now), None);
    }
}
