//! Files of counters for tests, laid out as a JVM lays them out.

/// The entries of a file: a number or a text each.
pub(super) type Entries<'a> = &'a [(&'a str, Result<u64, &'a str>)];

/// A JVM 17 with the serial collector, as it was read, with round times.
pub(super) const SERIAL: Entries<'static> = &[
    ("sun.os.hrt.frequency", Ok(1_000_000_000)),
    ("sun.os.hrt.ticks", Ok(2_000_000_000)),
    ("java.property.java.vm.version", Err("17.0.15+6")),
    ("java.threads.live", Ok(7)),
    ("sun.gc.policy.name", Err("Copy:MSC")),
    ("sun.gc.cause", Err("No GC")),
    (
        "sun.gc.collector.0.name",
        Err("Serial young collection pauses"),
    ),
    ("sun.gc.collector.0.invocations", Ok(3)),
    ("sun.gc.collector.0.time", Ok(26_000_000)),
    ("sun.gc.collector.0.lastEntryTime", Ok(1_000_000_000)),
    ("sun.gc.collector.0.lastExitTime", Ok(1_010_000_000)),
    (
        "sun.gc.collector.1.name",
        Err("Serial full collection pauses"),
    ),
    ("sun.gc.collector.1.invocations", Ok(5)),
    ("sun.gc.collector.1.time", Ok(19_000_000)),
    ("sun.gc.collector.1.lastEntryTime", Ok(1_100_000_000)),
    ("sun.gc.collector.1.lastExitTime", Ok(1_119_000_000)),
    ("sun.gc.generation.0.maxCapacity", Ok(5_570_560)),
    ("sun.gc.generation.0.space.0.used", Ok(4_521_568)),
    ("sun.gc.generation.0.space.1.used", Ok(497_624)),
    ("sun.gc.generation.1.maxCapacity", Ok(11_206_656)),
    ("sun.gc.generation.1.space.0.used", Ok(11_204_568)),
    ("sun.rt.safepointTime", Ok(45_000_000)),
];

/// A JVM 25 with G1, which tells no clock.
pub(super) const G1: Entries<'static> = &[
    ("sun.os.hrt.frequency", Ok(1_000_000_000)),
    ("sun.gc.policy.name", Err("GarbageFirst")),
    ("sun.gc.collector.0.name", Err("G1 young collection pauses")),
    ("sun.gc.collector.1.name", Err("G1 full collection pauses")),
    ("sun.gc.generation.0.maxCapacity", Ok(16_777_216)),
    ("sun.gc.generation.1.maxCapacity", Ok(16_777_216)),
    ("sun.gc.generation.1.space.0.used", Ok(16_444_568)),
];

/// A whole file.
pub(super) struct File {
    pub(super) bytes: Vec<u8>,
}

impl File {
    /// One in this byte order.
    pub(super) fn new(is_little: bool, entries: Entries<'_>) -> Self {
        let four = |number: usize| {
            let number = u32::try_from(number).unwrap();
            if is_little {
                number.to_le_bytes()
            } else {
                number.to_be_bytes()
            }
        };
        let mut bytes = vec![0xca, 0xfe, 0xc0, 0xc0, u8::from(is_little), 2, 0, 1];
        bytes.extend([0; 16]);
        bytes.extend(four(32));
        bytes.extend(four(entries.len()));
        for (name, value) in entries {
            let data = (20 + name.len() + 1).next_multiple_of(8);
            let content = match value {
                Ok(number) if is_little => number.to_le_bytes().to_vec(),
                Ok(number) => number.to_be_bytes().to_vec(),
                Err(text) => [text.as_bytes(), &[0]].concat(),
            };
            let elements = if value.is_ok() { 0 } else { content.len() };
            let length = (data + content.len()).next_multiple_of(8);
            let mut entry = Vec::with_capacity(length);
            entry.extend([four(length), four(20), four(elements)].concat());
            entry.extend([if value.is_ok() { b'J' } else { b'B' }, 1, 1, 3]);
            entry.extend(four(data));
            entry.extend(name.as_bytes());
            entry.resize(data, 0);
            entry.extend(content);
            entry.resize(length, 0);
            bytes.extend(entry);
        }
        let used = four(bytes.len());
        bytes[8..12].copy_from_slice(&used);
        bytes.resize(bytes.len() + 64, 0);
        Self { bytes }
    }
}
