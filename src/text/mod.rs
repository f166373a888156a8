//! Text in and out: what was typed, what may be printed, durations and counts as words, and how
//! durations stand in JSON.

pub mod alike;
pub mod clock;
pub mod duration;
pub mod json;
pub mod printable;
pub mod shell;
pub mod typed;
pub mod words;
