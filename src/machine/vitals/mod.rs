//! The vital signs of a Java virtual machine, from the file of counters that it keeps for tools.
//!
//! A `HotSpot` JVM maps `hsperfdata_USER/PID` and writes its counters there; to read the file disturbs
//! nothing. Names and layouts were read off JVMs 11, 17, 21 and 25 with each of their collectors
//! (docs/KERNEL.md, "A JVM's counters").

#[cfg(test)]
mod made;
mod perf_data;
mod reading;
mod signs;

pub use perf_data::{LARGEST, parse};
pub use reading::{Collector, Generation, NoVitals, Reading};
pub use signs::{MEASURED, VitalSigns};
