//! The reader of a JVM's counters against arbitrary bytes, and two readings against each other.

#![no_main]

use std::time::Duration;

use ibdoc::diagnosis::vitals::{assess_vitals, in_words};
use ibdoc::machine::pid::Pid;
use ibdoc::machine::vitals::{VitalSigns, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (before, now) = data.split_at(data.len() / 2);
    let _ = parse(data);
    if let (Ok(before), Ok(now)) = (parse(before), parse(now))
        && let Some(signs) = VitalSigns::between(Pid(1), &before, &now, Duration::from_secs(1))
    {
        let _ = assess_vitals(&signs, "it");
        let _ = in_words(&signs);
    }
});
