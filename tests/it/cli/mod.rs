//! What can be typed.

pub(crate) mod usage;
