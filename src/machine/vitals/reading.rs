//! What a JVM's counters say at one moment.

use std::time::Duration;

/// Why a JVM tells nothing of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoVitals {
    /// It has no such file mapped, as with `-XX:-UsePerfData` or `-XX:+PerfDisableSharedMem`.
    #[error("its JVM keeps no file of counters")]
    Absent,
    /// The file or the maps of the process may not be read.
    #[error("its JVM's counters can be read by its user and by root")]
    Denied,
    /// What stands there is no such file, belongs to another user, or is damaged.
    #[error("its JVM's file of counters is damaged")]
    Damaged,
    /// This system has no reader of it.
    #[error("a JVM's counters are read on Linux only")]
    Unsupported,
}

/// What the file says at one moment. Times are those of the JVM's own clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The version of the JVM.
    pub version: Option<String>,
    /// Its clock, at most 50 ms old; JVMs from 24 on do not tell it.
    pub clock: Option<Duration>,
    /// The young and the old generation; a heap without generations is the second alone.
    pub generations: [Option<Generation>; 2],
    /// Of young collections, of full ones (or every one), and of the pauses of concurrent ones.
    pub collectors: [Option<Collector>; 3],
    /// Whether the two generations share one maximum.
    pub is_shared: bool,
    /// Whether an allocation has waited for the collector, in the last collection or the one that goes on.
    pub has_stalled: bool,
    /// For how long all its threads have been held, ever; without what goes on.
    pub held: Option<Duration>,
    /// Its threads that are Java's.
    pub threads: Option<u32>,
}

/// A part of the heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Generation {
    /// Bytes in use, garbage included.
    pub used: u64,
    /// Bytes that it can grow to.
    pub max: u64,
}

/// One sort of collection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collector {
    /// As the JVM calls it.
    pub name: String,
    /// How often it has run.
    pub runs: u64,
    /// For how long in all, without the run that goes on.
    pub time: Duration,
    /// When its last run began.
    pub entered: Duration,
    /// When the last run that has ended ended.
    pub left: Duration,
}

impl Collector {
    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.entered > self.left
    }

    /// Whether its time counts while the program goes on.
    pub fn is_concurrent(&self) -> bool {
        self.name.starts_with("Shenandoah")
    }
}
