//! The JVM of a watched Gateway, from one reading of its counters to the next. Pure.

use std::time::Duration;

use tokio::time::Instant;

use crate::diagnosis::vitals::{assess_vitals, in_words};
use crate::finding::Finding;
use crate::machine::pid::Pid;
use crate::machine::vitals::{Reading, VitalSigns};
use crate::text::duration::shown;

/// What was found twice within this time is a state of the Gateway, until it was not found for as
/// long: a full heap shows only after a full collection, and one pause is soon over.
const LASTS: Duration = Duration::from_secs(60);

/// What is known of the JVM of one Gateway.
#[derive(Debug, Default)]
pub(super) struct Jvm {
    before: Option<(Pid, Instant, Reading)>,
    signs: Option<VitalSigns>,
    /// What the last reading shows to be wrong, in words.
    now: Option<String>,
    found: Option<Found>,
}

#[derive(Debug)]
struct Found {
    finding: Finding,
    times: u32,
    last: Instant,
}

impl Jvm {
    /// Notes a reading, or that there is none; `subject` is the Gateway.
    pub(super) fn note(&mut self, reading: Option<(Pid, Reading)>, subject: &str, now: Instant) {
        let Some((pid, reading)) = reading else {
            *self = Self::default();
            return;
        };
        let signs = self.before.as_ref().and_then(|(of, at, before)| {
            let is_same = *of == pid;
            is_same.then(|| VitalSigns::between(pid, before, &reading, now - *at))?
        });
        self.before = Some((pid, now, reading));
        // Of a JVM that has just come nothing is known yet.
        let Some(signs) = signs else {
            (self.signs, self.now, self.found) = (None, None, None);
            return;
        };
        let finding = assess_vitals(&signs, subject);
        let still = signs.stood_still.then(|| {
            let measured = shown(signs.measured);
            format!("the clock of the Gateway's JVM stood still for {measured}")
        });
        self.now = finding.as_ref().map(|it| it.summary.clone()).or(still);
        self.remember(finding, now);
        self.signs = Some(signs);
    }

    fn remember(&mut self, finding: Option<Finding>, now: Instant) {
        self.found.take_if(|found| now - found.last > LASTS);
        let Some(finding) = finding else { return };
        let known = self.found.take();
        let known = known.filter(|known| known.finding.code == finding.code);
        self.found = Some(Found {
            times: known.map_or(1, |known| known.times.saturating_add(1)),
            finding,
            last: now,
        });
    }

    /// The signs between the last two readings.
    pub(super) fn signs(&self) -> Option<&VitalSigns> {
        self.signs.as_ref()
    }

    /// What is wrong with it for longer than a moment.
    pub(super) fn finding(&self) -> Option<&Finding> {
        let lasting = self.found.as_ref().filter(|found| found.times > 1);
        lasting.map(|found| &found.finding)
    }

    /// What the last reading shows to be wrong, in words.
    pub(super) fn wrong_now(&self) -> Option<&str> {
        self.now.as_deref()
    }

    /// The signs as evidence of what else is found.
    pub(super) fn evidence(&self) -> Option<String> {
        let signs = self.signs.as_ref()?;
        Some(format!("the Gateway's JVM: {}", in_words(signs)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;
    use crate::machine::vitals::{Collector, Generation};

    const LOOK: Duration = Duration::from_secs(10);

    /// A JVM whose clock has run for `clock` seconds, and which has made so many full collections.
    fn reading(clock: u64, collections: u64) -> Reading {
        let part = |used| Some(Generation { used, max: 1000 });
        let collector = |runs| {
            Some(Collector {
                name: "MSC".to_owned(),
                runs,
                ..Collector::default()
            })
        };
        Reading {
            clock: Some(Duration::from_secs(clock)),
            generations: [part(10), part(990)],
            collectors: [collector(1), collector(collections), None],
            ..Reading::default()
        }
    }

    fn code(jvm: &Jvm) -> Option<Code> {
        jvm.finding().map(|finding| finding.code)
    }

    #[test]
    fn a_full_heap_is_a_state_when_it_is_found_twice_and_until_it_is_not_for_a_minute() {
        let mut jvm = Jvm::default();
        let began = Instant::now();
        let mut look = |looks: u32, collections, young| {
            let mut reading = reading(u64::from(looks) * 10, collections);
            if let Some(collector) = &mut reading.collectors[0] {
                collector.left = young;
            }
            jvm.note(Some((Pid(7), reading)), "gw", began + LOOK * looks);
            (code(&jvm), jvm.wrong_now().is_some())
        };
        let young = Duration::from_secs(1);
        let memory = Some(Code::GatewayMemory);
        assert_eq!(look(0, 1, young), (None, false));
        assert_eq!(look(1, 2, young), (None, true), "once is no state");
        assert_eq!(look(2, 2, young), (None, false));
        assert_eq!(look(3, 3, young), (memory, true));
        // Since a young collection it is not known what a full one would leave.
        assert_eq!(look(9, 3, young), (memory, false));
        assert_eq!(look(10, 3, young), (None, false));
    }

    #[test]
    fn another_process_and_none_are_known_anew_and_a_clock_that_stands_still_is_told() {
        let mut jvm = Jvm::default();
        let began = Instant::now();
        jvm.note(Some((Pid(7), reading(100, 1))), "gw", began);
        jvm.note(Some((Pid(7), reading(100, 1))), "gw", began + LOOK);
        let words = "the clock of the Gateway's JVM stood still for 10.0 s";
        assert_eq!(jvm.wrong_now(), Some(words));
        assert_eq!(code(&jvm), None);
        jvm.note(Some((Pid(8), reading(200, 9))), "gw", began + 2 * LOOK);
        assert_eq!((jvm.signs(), jvm.wrong_now()), (None, None));
        jvm.note(Some((Pid(8), reading(210, 9))), "gw", began + 3 * LOOK);
        assert!(jvm.signs().is_some());
        jvm.note(None, "gw", began + 4 * LOOK);
        assert_eq!(jvm.signs(), None);
    }
}
