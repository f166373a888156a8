//! Two readings → what the JVM did between them: pure.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::reading::{Generation, Reading};
use crate::machine::pid::Pid;
use crate::text::json::{Millis, OptionalMillis};

/// Shares are told of at least so long a time.
pub const MEASURED: Duration = Duration::from_millis(200);

/// A heap with more than this part of it in use leaves a concurrent collector short of room.
const SHORT: f64 = 0.9;

/// What can be said of a JVM after two looks at its counters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VitalSigns {
    /// The process.
    pub pid: Pid,
    /// The version of the JVM.
    pub version: Option<String>,
    /// Bytes of the heap in use, garbage included.
    pub heap_used_bytes: Option<u64>,
    /// Bytes that the heap can grow to (`-Xmx`).
    pub heap_max_bytes: Option<u64>,
    /// Bytes of the old generation in use, garbage included; of a heap without generations all of it.
    pub old_used_bytes: Option<u64>,
    /// Bytes that the old generation can grow to.
    pub old_max_bytes: Option<u64>,
    /// The part of the old generation that a collection of it has left in use; null where none has
    /// run since the last young collection.
    pub old_kept: Option<f64>,
    /// The part of the measured time in which the program was held for collections; null where the
    /// time was too short, or the collector works beside the program and has room.
    pub collecting: Option<f64>,
    /// The part of it in which its threads were held at safepoints, collections included.
    pub at_safepoints: Option<f64>,
    /// Collections that began in the measured time.
    pub collections: u64,
    /// For how long the collection that went on at the end had been running; null if none did.
    #[serde(rename = "running_ms", with = "OptionalMillis")]
    pub running: Option<Duration>,
    /// Its threads that are Java's.
    pub threads: Option<u32>,
    /// Whether an allocation had to wait for a collection at both looks (ZGC).
    pub has_stalled: bool,
    /// Whether the JVM's own clock stood still between the looks: the JVM did not get to run, or is
    /// on its way out.
    pub stood_still: bool,
    /// The time between the two looks.
    #[serde(rename = "measured_ms", with = "Millis")]
    pub measured: Duration,
}

impl VitalSigns {
    /// What happened in the time between two readings of one JVM; `None` where the later one is not
    /// the later one of the same JVM.
    pub fn between(pid: Pid, before: &Reading, now: &Reading, measured: Duration) -> Option<Self> {
        let ticked = match (before.clock, now.clock) {
            (Some(before), Some(now)) => Some(now.checked_sub(before)?),
            _ => None,
        };
        let held = before.held.zip(now.held);
        let held = held.map(|(before, now)| now.checked_sub(before));
        let held = match held {
            Some(None) => return None,
            known => known.flatten(),
        };
        let times = Times::between(before, now, measured)?;
        let is_measured = measured >= MEASURED;
        let share = |time: Duration| (time.as_secs_f64() / measured.as_secs_f64()).clamp(0.0, 1.0);
        let shares = |time: Option<Duration>| {
            let time = time.filter(|_| is_measured)?;
            Some(share(time.saturating_add(times.going_on)))
        };
        let (old, heap) = (now.generations[1], heap(now));
        Some(Self {
            pid,
            version: now.version.clone(),
            heap_used_bytes: heap.map(|heap| heap.used),
            heap_max_bytes: heap.map(|heap| heap.max),
            old_used_bytes: old.map(|old| old.used),
            old_max_bytes: old.map(|old| old.max),
            old_kept: kept(before, now, held.map(share)),
            // A collector that works beside the program holds it no longer than safepoints last, and only
            // for lack of memory: else they are those of something else.
            collecting: shares(if times.is_concurrent {
                let is_short = lowest_share(before, now) > Some(SHORT);
                held.filter(|_| is_short).map(|held| held.min(times.spent))
            } else {
                Some(times.spent)
            }),
            at_safepoints: shares(held),
            collections: times.begun,
            running: times.running,
            threads: now.threads,
            has_stalled: before.has_stalled && now.has_stalled,
            stood_still: is_measured && ticked == Some(Duration::ZERO),
            measured,
        })
    }
}

/// What all collectors of a JVM did between two readings.
#[derive(Default)]
struct Times {
    /// In runs that have ended.
    spent: Duration,
    /// In the measured time, in runs that go on and hold the program.
    going_on: Duration,
    /// The longest of those so far, from their beginning.
    running: Option<Duration>,
    /// How many runs began.
    begun: u64,
    /// Whether one of them works beside the program.
    is_concurrent: bool,
}

impl Times {
    /// `None` where a counter went back: it is another JVM's.
    fn between(before: &Reading, now: &Reading, measured: Duration) -> Option<Self> {
        let mut times = Self::default();
        let pairs = before.collectors.iter().zip(&now.collectors);
        for (earlier, later) in
            pairs.filter_map(|(earlier, later)| Some((earlier.as_ref()?, later.as_ref()?)))
        {
            let spent = later.time.checked_sub(earlier.time)?;
            times.spent = times.spent.saturating_add(spent);
            times.is_concurrent |= later.is_concurrent();
            let is_new = later.is_running() && earlier.entered < later.entered;
            let begun = later.runs.checked_sub(earlier.runs)?;
            times.begun = times
                .begun
                .saturating_add(begun)
                .saturating_add(u64::from(is_new));
            if !later.is_running() || later.is_concurrent() {
                continue;
            }
            // Without the JVM's clock only a run that was there at both looks has a length.
            let until = |start: Duration| match now.clock {
                Some(clock) => clock.saturating_sub(start),
                None if is_new => Duration::ZERO,
                None => measured,
            };
            let first = before.clock.unwrap_or_default().max(later.entered);
            times.going_on = times.going_on.saturating_add(until(first));
            times.running = times.running.max(Some(until(later.entered)));
        }
        Some(times)
    }
}

/// Both generations together.
fn heap(now: &Reading) -> Option<Generation> {
    let [young, old] = now.generations;
    let Some(young) = young else { return old };
    let old = old?;
    let used = young.used.saturating_add(old.used);
    let max = if now.is_shared {
        old.max.max(young.max)
    } else {
        young.max.saturating_add(old.max)
    };
    Some(Generation { used, max })
}

/// The part of the old generation that a collection of it has left in use. Between collections it
/// fills up with garbage, which is no sign: a full collection has to have ended after the last young
/// one, or between the looks.
fn kept(before: &Reading, now: &Reading, held: Option<f64>) -> Option<f64> {
    let kept = lowest_share(before, now)?;
    let runs = |reading: &Reading, index: usize| Some(reading.collectors[index].as_ref()?.runs);
    let has_run = |index| runs(now, index) > runs(before, index);
    let [young, full, _] = &now.collectors;
    let is_after = match full {
        // It counts while the program allocates: only one that held the program up proves anything.
        Some(full) if full.is_concurrent() => has_run(1) && held > Some(0.2),
        Some(full) => {
            let young = young.as_ref().map_or(Duration::ZERO, |young| young.left);
            full.runs > 0 && (has_run(1) || full.left >= young)
        }
        // ZGC: what is in use is garbage too, until an allocation has to wait.
        None => now.has_stalled && before.has_stalled && (has_run(0) || has_run(2)),
    };
    is_after.then_some(kept)
}

/// The part of the old generation that was in use at both readings.
fn lowest_share(before: &Reading, now: &Reading) -> Option<f64> {
    let part = |reading: &Reading| {
        let old = reading.generations[1]?;
        Some((old.used as f64 / old.max as f64).min(1.0))
    };
    Some(part(before)?.min(part(now)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::vitals::made::{File, G1, SERIAL};
    use crate::machine::vitals::{Collector, parse};

    const SECOND: Duration = Duration::from_secs(1);

    fn ms(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    fn serial() -> Reading {
        parse(&File::new(true, SERIAL).bytes).unwrap()
    }

    /// One second later, with this changed.
    fn later(change: impl FnOnce(&mut Reading)) -> Reading {
        let mut later = serial();
        later.clock = later.clock.map(|clock| clock + SECOND);
        change(&mut later);
        later
    }

    fn between(before: &Reading, now: &Reading) -> Option<VitalSigns> {
        VitalSigns::between(Pid(7), before, now, SECOND)
    }

    fn collector(reading: &mut Reading, index: usize) -> &mut Collector {
        reading.collectors[index].as_mut().unwrap()
    }

    #[test]
    fn a_heap_of_two_parts_is_their_sum_and_one_that_they_share_is_itself() {
        let signs = between(&serial(), &later(|_| ())).unwrap();
        assert_eq!(signs.heap_max_bytes, Some(16_777_216));
        assert_eq!(signs.heap_used_bytes, Some(16_223_760));
        let g1 = parse(&File::new(true, G1).bytes).unwrap();
        let shared = between(&g1, &g1).unwrap();
        assert_eq!(shared.heap_max_bytes, Some(16_777_216));
        assert!(!shared.stood_still, "it tells no clock");
    }

    #[test]
    fn shares_are_those_of_the_time_between_the_looks() {
        let now = later(|it| {
            let full = collector(it, 1);
            full.time += ms(300);
            full.runs += 3;
            it.held = it.held.map(|held| held + ms(400));
        });
        let signs = between(&serial(), &now).unwrap();
        assert_eq!(
            (signs.collecting, signs.at_safepoints),
            (Some(0.3), Some(0.4))
        );
        assert_eq!(signs.collections, 3);
        let short = VitalSigns::between(Pid(7), &serial(), &now, ms(100)).unwrap();
        assert_eq!(short.collecting, None, "a tenth of a second says little");
    }

    #[test]
    fn a_collection_that_goes_on_counts_from_its_beginning_or_the_first_look() {
        let now = later(|it| collector(it, 1).entered = ms(2400));
        let signs = between(&serial(), &now).unwrap();
        assert_eq!(
            (signs.collecting, signs.running),
            (Some(0.6), Some(ms(600)))
        );
        assert_eq!(signs.collections, 1);
        let mut before = serial();
        collector(&mut before, 1).entered = ms(1500);
        let now = later(|it| collector(it, 1).entered = ms(1500));
        let signs = between(&before, &now).unwrap();
        assert_eq!(
            (signs.collecting, signs.running),
            (Some(1.0), Some(ms(1500)))
        );
        let mut without = (before, now);
        (without.0.clock, without.1.clock) = (None, None);
        let signs = between(&without.0, &without.1).unwrap();
        assert_eq!(signs.collecting, Some(1.0), "it was there at both looks");
    }

    #[test]
    fn what_is_left_after_a_full_collection_is_told_and_what_has_grown_since_is_not() {
        let kept = between(&serial(), &later(|_| ())).unwrap().old_kept;
        assert!(kept > Some(0.99), "no young collection since: {kept:?}");
        let mut before = serial();
        collector(&mut before, 0).left = ms(1500);
        let young = |it: &mut Reading| collector(it, 0).left = ms(1500);
        assert_eq!(between(&before, &later(young)).unwrap().old_kept, None);
        let again = later(|it| {
            young(it);
            collector(it, 1).runs += 1;
        });
        assert!(between(&before, &again).unwrap().old_kept > Some(0.99));
        let freed = later(|it| {
            collector(it, 1).runs += 1;
            it.generations[1].as_mut().unwrap().used = 1_000_000;
        });
        assert!(between(&serial(), &freed).unwrap().old_kept < Some(0.1));
    }

    #[test]
    fn a_collector_beside_the_program_is_no_pause() {
        let concurrent = |it: &mut Reading| collector(it, 1).name = "Shenandoah full".to_owned();
        let mut before = serial();
        concurrent(&mut before);
        let now = later(|it| {
            concurrent(it);
            let cycles = collector(it, 1);
            (cycles.runs, cycles.time) = (cycles.runs + 9, cycles.time + ms(900));
            cycles.entered = ms(2900);
            it.held = it.held.map(|held| held + ms(20));
        });
        let signs = between(&before, &now).unwrap();
        assert_eq!(signs.collecting, Some(0.02));
        assert_eq!((signs.running, signs.old_kept), (None, None));
        // With room in the heap its threads are not held for collections.
        let roomy = |mut reading: Reading| {
            reading.generations[1].as_mut().unwrap().used = 1_000_000;
            reading
        };
        let signs = between(&roomy(before), &roomy(now)).unwrap();
        assert_eq!((signs.collecting, signs.at_safepoints), (None, Some(0.02)));
    }

    #[test]
    fn the_counters_of_another_jvm_and_a_clock_that_stands_still_are_told_apart() {
        let other = later(|it| collector(it, 1).runs = 0);
        assert_eq!(between(&serial(), &other), None);
        let older = later(|it| it.clock = Some(SECOND));
        assert_eq!(between(&serial(), &older), None);
        assert!(between(&serial(), &serial()).unwrap().stood_still);
    }
}
