//! The file's format: pure, bounded, and safe on anything (`perfMemory.hpp` of `OpenJDK`).

use std::time::Duration;

use super::reading::{Collector, Generation, NoVitals, Reading};
use crate::text::printable::clean;

/// More of a file is not read: the usual one has 32 KiB.
pub const LARGEST: usize = 1024 * 1024;

/// More entries than this are not looked at: a JVM 25 has about 250.
const ENTRIES: usize = 4096;

/// Longer names and texts are none of those that are wanted.
const LONGEST: usize = 256;

/// More characters of a version or a name are not kept.
const SHOWN: usize = 64;

/// The length of what stands before the entries, and before the name of an entry.
const PROLOGUE: usize = 32;
const ENTRY: usize = 20;

/// Reads one copy of the file; errs where it is none, or contradicts itself.
pub fn parse(bytes: &[u8]) -> Result<Reading, NoVitals> {
    raw(bytes).ok_or(NoVitals::Damaged)
}

fn raw(bytes: &[u8]) -> Option<Reading> {
    let prologue = bytes.get(..PROLOGUE)?;
    // The magic number is big endian on every machine; then byte order, version 2.0, accessible.
    let is_little = match (&prologue[..4], &prologue[4..8]) {
        ([0xca, 0xfe, 0xc0, 0xc0], [order @ (0 | 1), 2, _, 1]) => *order == 1,
        _ => return None,
    };
    let file = File { bytes, is_little };
    let used = file.length(8)?.min(bytes.len());
    let (mut at, count) = (file.length(24)?, file.length(28)?);
    let mut found = Found::default();
    for _ in 0..count.min(ENTRIES) {
        let length = file.length(at)?;
        if length < ENTRY || at.checked_add(length)? > used {
            return None;
        }
        let entry = File {
            bytes: bytes.get(at..at + length)?,
            is_little,
        };
        entry.note(&mut found)?;
        at += length;
    }
    found.reading()
}

/// The bytes of the file or of one entry, with their order.
#[derive(Clone, Copy)]
struct File<'a> {
    bytes: &'a [u8],
    is_little: bool,
}

impl<'a> File<'a> {
    fn length(&self, at: usize) -> Option<usize> {
        let bytes = *self.bytes.get(at..)?.first_chunk::<4>()?;
        let number = if self.is_little {
            i32::from_le_bytes(bytes)
        } else {
            i32::from_be_bytes(bytes)
        };
        usize::try_from(number).ok()
    }

    fn number(&self, at: usize) -> Option<u64> {
        let bytes = *self.bytes.get(at..)?.first_chunk::<8>()?;
        let number = if self.is_little {
            i64::from_le_bytes(bytes)
        } else {
            i64::from_be_bytes(bytes)
        };
        Some(u64::try_from(number).unwrap_or(0))
    }

    fn text(&self, at: usize, limit: usize) -> Option<&'a str> {
        let rest = self.bytes.get(at..)?;
        let rest = rest.get(..limit.min(LONGEST)).unwrap_or(rest);
        let end = rest.iter().position(|byte| *byte == 0)?;
        std::str::from_utf8(&rest[..end]).ok()
    }

    /// Notes this entry, if it is one of those that are wanted; `None` where it is damaged.
    fn note(&self, found: &mut Found) -> Option<()> {
        let (name, elements, data) = (self.length(4)?, self.length(8)?, self.length(16)?);
        let kind = *self.bytes.get(12)?;
        let Some(name) = self.text(name, LONGEST) else {
            return Some(());
        };
        match kind {
            b'J' if elements == 0 => found.number(name, self.number(data)?),
            b'B' => {
                if let Some(text) = self.text(data, elements) {
                    found.text(name, text);
                }
            }
            _ => {}
        }
        Some(())
    }
}

/// The entries that are wanted, as they stand there.
#[derive(Default)]
struct Found {
    frequency: u64,
    ticks: Option<u64>,
    held: Option<u64>,
    threads: Option<u64>,
    version: Option<String>,
    policy: Option<String>,
    has_stalled: bool,
    /// Of each collector: its name, runs, time, and when it was entered and left.
    collectors: [(Option<String>, [u64; 4]); 3],
    /// Of each generation: its maximum, and what its spaces have in use.
    generations: [(Option<u64>, u64); 2],
}

impl Found {
    fn number(&mut self, name: &str, value: u64) {
        match name {
            "sun.os.hrt.frequency" => self.frequency = value,
            "sun.os.hrt.ticks" => self.ticks = Some(value),
            "sun.rt.safepointTime" => self.held = Some(value),
            "java.threads.live" => self.threads = Some(value),
            _ => {}
        }
        if let Some((index, field)) = numbered(name, "sun.gc.collector.") {
            let fields = ["invocations", "time", "lastEntryTime", "lastExitTime"];
            let field = fields.iter().position(|known| *known == field);
            if let (Some(collector), Some(field)) = (self.collectors.get_mut(index), field) {
                collector.1[field] = value;
            }
        }
        if let Some((index, field)) = numbered(name, "sun.gc.generation.")
            && let Some(generation) = self.generations.get_mut(index)
        {
            match (field, numbered(field, "space.")) {
                ("maxCapacity", _) => generation.0 = Some(value),
                (_, Some((_, "used"))) => generation.1 = generation.1.saturating_add(value),
                _ => {}
            }
        }
    }

    fn text(&mut self, name: &str, value: &str) {
        let told = || Some(clean(value, SHOWN));
        match name {
            "java.property.java.vm.version" => self.version = told(),
            "sun.gc.policy.name" => self.policy = told(),
            "sun.gc.cause" | "sun.gc.lastCause" => {
                self.has_stalled |= value == "Allocation Stall";
            }
            _ => {}
        }
        if let Some((index, "name")) = numbered(name, "sun.gc.collector.")
            && let Some(collector) = self.collectors.get_mut(index)
        {
            collector.0 = told();
        }
    }

    fn reading(self) -> Option<Reading> {
        let frequency = Some(self.frequency).filter(|frequency| *frequency > 0)?;
        let time = |ticks: u64| {
            let part = u128::from(ticks % frequency) * 1_000_000_000 / u128::from(frequency);
            let part = u64::try_from(part).unwrap_or_default();
            Duration::from_secs(ticks / frequency) + Duration::from_nanos(part)
        };
        let collector = |(name, [runs, spent, entered, left]): (Option<String>, [u64; 4])| {
            Some(Collector {
                name: name?,
                runs,
                time: time(spent),
                entered: time(entered),
                left: time(left),
            })
        };
        let generation = |(max, used): (Option<u64>, u64)| {
            let max = max.filter(|max| *max > 0)?;
            Some(Generation { used, max })
        };
        Some(Reading {
            version: self.version,
            clock: self.ticks.map(time),
            // G1 and collectors without a policy give both generations the whole heap.
            is_shared: self.policy.is_none_or(|policy| policy == "GarbageFirst"),
            has_stalled: self.has_stalled,
            generations: self.generations.map(generation),
            collectors: self.collectors.map(collector),
            held: self.held.map(time),
            threads: self.threads.and_then(|count| u32::try_from(count).ok()),
        })
    }
}

/// The number and the rest of a name such as `sun.gc.collector.1.time`.
fn numbered<'a>(name: &'a str, prefix: &str) -> Option<(usize, &'a str)> {
    let (number, rest) = name.strip_prefix(prefix)?.split_once('.')?;
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::vitals::made::{File as Made, G1, SERIAL};
    use proptest::prelude::*;

    #[test]
    fn both_byte_orders_say_the_same() {
        for entries in [SERIAL, G1] {
            let little = parse(&Made::new(true, entries).bytes).unwrap();
            let big = parse(&Made::new(false, entries).bytes).unwrap();
            assert_eq!(little, big);
        }
    }

    #[test]
    fn the_counters_of_a_serial_heap_are_read() {
        let reading = parse(&Made::new(true, SERIAL).bytes).unwrap();
        assert_eq!(reading.version.as_deref(), Some("17.0.15+6"));
        assert_eq!(reading.clock, Some(Duration::from_secs(2)));
        assert_eq!(reading.threads, Some(7));
        let [young, old] = reading.generations.map(Option::unwrap);
        assert_eq!((young.used, young.max), (5_019_192, 5_570_560));
        assert_eq!((old.used, old.max), (11_204_568, 11_206_656));
        let [young, full, pauses] = reading.collectors;
        assert_eq!(young.unwrap().name, "Serial young collection pauses");
        assert_eq!(full.unwrap().time, Duration::from_millis(19));
        assert_eq!(pauses, None);
        assert!(!reading.is_shared);
        assert!(parse(&Made::new(true, G1).bytes).unwrap().is_shared);
    }

    #[test]
    fn a_text_cannot_steer_a_terminal_and_no_command_line_is_kept() {
        let entries = [
            ("sun.os.hrt.frequency", Ok(1)),
            ("java.property.java.vm.version", Err("17\u{1b}[2J")),
            ("sun.rt.javaCommand", Err("ibc --pw=secret")),
        ];
        let reading = parse(&Made::new(true, &entries).bytes).unwrap();
        assert_eq!(reading.version.as_deref(), Some("17\u{fffd}[2J"));
        assert!(!format!("{reading:?}").contains("secret"));
    }

    #[test]
    fn a_file_that_is_none_or_is_not_accessible_is_damaged() {
        let file = Made::new(true, SERIAL);
        let changed = |at: usize, byte: u8| {
            let mut bytes = file.bytes.clone();
            bytes[at] = byte;
            parse(&bytes)
        };
        assert!(parse(&file.bytes).is_ok());
        for (at, byte) in [(0, 0), (4, 2), (5, 3), (7, 0), (24, 255), (28 + 3, 255)] {
            assert_eq!(changed(at, byte), Err(NoVitals::Damaged), "byte {at}");
        }
        assert_eq!(parse(&[]), Err(NoVitals::Damaged));
        let no_frequency = [("java.threads.live", Ok(7))];
        assert!(parse(&Made::new(true, &no_frequency).bytes).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse(&bytes);
            let mut file = Made::new(true, SERIAL).bytes;
            for (at, byte) in bytes.iter().enumerate() {
                let place = (at * 7919 + usize::from(*byte)) % file.len();
                file[place] = *byte;
            }
            let _ = parse(&file);
        }

        #[test]
        fn a_cut_file_never_panics(length in 0..3000_usize) {
            let file = Made::new(true, SERIAL).bytes;
            let _ = parse(&file[..length.min(file.len())]);
        }
    }
}
