//! IBC's log: lines, what they mean, and how they are read.

pub mod dialog;
pub mod line;
pub mod marker;
pub mod read;
