//! When the next connection may be made: back-off with jitter, a circuit breaker, and never more than
//! one connection in a minute. Pure: every moment is a parameter.

use std::time::Duration;

use tokio::time::Instant;

use super::pace::Pace;
use crate::report::BreakerState;

/// Failures in a row that open it.
const FAILURES: u32 = 5;
/// Silent failures in a row that open it: each may leave a dialog on the Gateway's screen.
const SILENT_FAILURES: u32 = 3;
/// A wait is shortened or lengthened by as much as this part of it.
const JITTER: f64 = 0.2;

/// How a try to make a session failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The connection was accepted, and nothing came.
    Silent,
    /// Anything else.
    Other,
}

/// The breaker of one Gateway. Closed: tries follow the back-off. Open: none is made. Half-open: one
/// is made, which decides.
#[derive(Clone, Debug)]
pub struct Breaker {
    state: BreakerState,
    /// Failures in a row.
    failures: u32,
    /// Silent failures in a row.
    silent: u32,
    /// The wait after the next failure, without jitter.
    wait: Duration,
    /// No try before this.
    not_before: Option<Instant>,
    last_try: Option<Instant>,
    /// The one before it.
    previous_try: Option<Instant>,
    /// How often it has opened.
    opened: u32,
    /// Tries that it let through when it was half open.
    probes: u32,
}

impl Breaker {
    /// A closed one, which lets the first try through at once.
    pub fn new(pace: &Pace) -> Self {
        Self {
            state: BreakerState::Closed,
            failures: 0,
            silent: 0,
            wait: pace.first_wait,
            not_before: None,
            last_try: None,
            previous_try: None,
            opened: 0,
            probes: 0,
        }
    }

    /// The earliest moment for the next try.
    pub fn next_try(&self, pace: &Pace, now: Instant) -> Instant {
        let apart = self.last_try.map(|last| last + pace.between_connections);
        let times = [Some(now), self.not_before, apart];
        times.into_iter().flatten().max().unwrap_or(now)
    }

    /// A try is made now.
    pub fn tried(&mut self, now: Instant) {
        if self.state == BreakerState::Open {
            self.state = BreakerState::HalfOpen;
            self.probes += 1;
        }
        self.previous_try = self.last_try.replace(now);
    }

    /// The try made no connection: the next one need not keep its distance from it.
    pub fn not_connected(&mut self) {
        self.last_try = self.previous_try;
    }

    /// Another process made a connection to the same Gateway at this moment.
    pub fn other_tried(&mut self, at: Instant) {
        self.last_try = self.last_try.max(Some(at));
    }

    /// The try has made a session.
    pub fn succeeded(&mut self, pace: &Pace) {
        self.state = BreakerState::Closed;
        self.failures = 0;
        self.silent = 0;
        self.wait = pace.first_wait;
        self.not_before = None;
    }

    /// A session that was up has ended: the next try comes after the first wait.
    pub fn dropped(&mut self, pace: &Pace, now: Instant, chance: f64) {
        self.not_before = Some(now + jittered(pace.first_wait, chance));
    }

    /// The try has failed; `chance` from 0 to 1 shifts the wait that follows.
    pub fn failed(&mut self, failure: Failure, pace: &Pace, now: Instant, chance: f64) {
        self.failures += 1;
        self.silent = match failure {
            Failure::Silent => self.silent + 1,
            Failure::Other => 0,
        };
        let is_silent = self.silent >= SILENT_FAILURES;
        let opens = self.state == BreakerState::HalfOpen || self.failures >= FAILURES || is_silent;
        let wait = if opens {
            self.state = BreakerState::Open;
            self.opened += 1;
            if is_silent {
                pace.after_silence
            } else {
                pace.longest_wait
            }
        } else {
            self.wait
        };
        self.wait = (self.wait * 2).min(pace.longest_wait);
        self.not_before = Some(now + jittered(wait, chance));
    }

    /// A new listener has come: what was known of the old one is no reason to wait for long.
    pub fn restarted(&mut self, pace: &Pace, now: Instant, chance: f64) {
        self.failures = 0;
        self.silent = 0;
        self.wait = pace.first_wait;
        let soon = now + jittered(pace.first_wait, chance);
        self.not_before = self.not_before.map(|at| at.min(soon));
    }

    /// Its state.
    pub fn state(&self) -> BreakerState {
        self.state
    }

    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// How often it has opened, and how many tries it let through when it was half open.
    pub fn counts(&self) -> (u32, u32) {
        (self.opened, self.probes)
    }
}

/// The wait, shifted by up to a fifth of it.
fn jittered(wait: Duration, chance: f64) -> Duration {
    wait.mul_f64(1.0 + JITTER * (2.0 * chance.clamp(0.0, 1.0) - 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What can happen to a breaker.
    #[derive(Clone, Debug)]
    enum Step {
        Fails(Failure),
        Drops(u64),
        Restarts,
        Waits(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            Just(Step::Fails(Failure::Silent)),
            Just(Step::Fails(Failure::Other)),
            (0..600_u64).prop_map(Step::Drops),
            Just(Step::Restarts),
            (0..2000_u64).prop_map(Step::Waits),
        ]
    }

    proptest! {
        #[test]
        fn no_two_tries_are_less_than_a_minute_apart(
            steps in proptest::collection::vec((step(), 0.0..1.0_f64), 1..60)
        ) {
            let pace = Pace::default();
            let mut breaker = Breaker::new(&pace);
            let mut now = Instant::now();
            let mut last: Option<Instant> = None;
            for (step, chance) in steps {
                let outcome = match step {
                    Step::Waits(seconds) => {
                        now += Duration::from_secs(seconds);
                        continue;
                    }
                    Step::Restarts => {
                        breaker.restarted(&pace, now, chance);
                        continue;
                    }
                    Step::Fails(failure) => Err(failure),
                    Step::Drops(held) => Ok(held),
                };
                now = breaker.next_try(&pace, now);
                if let Some(last) = last {
                    prop_assert!(now >= last + pace.between_connections);
                }
                last = Some(now);
                breaker.tried(now);
                prop_assert!(breaker.state() != BreakerState::Open);
                match outcome {
                    Err(failure) => {
                        let silent = breaker.silent;
                        breaker.failed(failure, &pace, now, chance);
                        let wait = breaker.next_try(&pace, now) - now;
                        prop_assert!(wait >= pace.first_wait.mul_f64(1.0 - JITTER));
                        prop_assert!(wait <= pace.after_silence.mul_f64(1.0 + JITTER));
                        if failure == Failure::Silent && silent + 1 >= SILENT_FAILURES {
                            prop_assert!(wait >= pace.after_silence.mul_f64(1.0 - JITTER));
                        }
                    }
                    Ok(held) => {
                        breaker.succeeded(&pace);
                        prop_assert_eq!(breaker.state(), BreakerState::Closed);
                        now += Duration::from_secs(held);
                        breaker.dropped(&pace, now, chance);
                    }
                }
            }
        }
    }

    #[test]
    fn it_opens_after_five_failures_lets_one_try_through_and_closes_with_a_session() {
        let pace = Pace::default();
        let mut breaker = Breaker::new(&pace);
        let began = Instant::now();
        let mut now = began;
        for _ in 0..5 {
            assert_eq!(breaker.state(), BreakerState::Closed);
            now = breaker.next_try(&pace, now);
            breaker.tried(now);
            breaker.failed(Failure::Other, &pace, now, 0.5);
        }
        assert_eq!(
            (breaker.state(), breaker.counts()),
            (BreakerState::Open, (1, 0))
        );
        let next = breaker.next_try(&pace, now);
        assert_eq!(next - now, pace.longest_wait);
        breaker.tried(next);
        assert_eq!(
            (breaker.state(), breaker.counts()),
            (BreakerState::HalfOpen, (1, 1))
        );
        breaker.failed(Failure::Other, &pace, next, 0.5);
        assert_eq!(
            (breaker.state(), breaker.counts()),
            (BreakerState::Open, (2, 1))
        );
        let next = breaker.next_try(&pace, next);
        breaker.tried(next);
        breaker.succeeded(&pace);
        assert_eq!(
            (breaker.state(), breaker.failures()),
            (BreakerState::Closed, 0)
        );
    }

    #[test]
    fn waits_double_from_five_seconds_to_five_minutes() {
        let pace = Pace {
            between_connections: Duration::ZERO,
            ..Pace::default()
        };
        let mut breaker = Breaker::new(&pace);
        let now = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..4 {
            breaker.tried(now);
            breaker.failed(Failure::Other, &pace, now, 0.5);
            waits.push((breaker.next_try(&pace, now) - now).as_secs());
        }
        assert_eq!(waits, [5, 10, 20, 40]);
    }

    #[test]
    fn a_try_without_a_connection_costs_the_wait_and_not_the_minute() {
        let pace = Pace::default();
        let mut breaker = Breaker::new(&pace);
        let began = Instant::now();
        breaker.tried(began);
        breaker.succeeded(&pace);
        let now = began + Duration::from_secs(3600);
        breaker.tried(now);
        breaker.not_connected();
        breaker.failed(Failure::Other, &pace, now, 0.5);
        assert_eq!(breaker.next_try(&pace, now) - now, pace.first_wait);
        breaker.tried(now);
        breaker.failed(Failure::Other, &pace, now, 0.5);
        assert_eq!(breaker.next_try(&pace, now) - now, pace.between_connections);
    }

    #[test]
    fn a_login_dialog_is_tried_three_times_and_then_every_quarter_of_an_hour() {
        let pace = Pace::default();
        let mut breaker = Breaker::new(&pace);
        let began = Instant::now();
        let (mut now, mut tries) = (began, 0);
        while now < began + Duration::from_secs(3600) {
            tries += 1;
            breaker.tried(now);
            breaker.failed(Failure::Silent, &pace, now, 0.5);
            now = breaker.next_try(&pace, now);
        }
        assert!(tries <= 7, "{tries} connections in an hour");
    }
}
