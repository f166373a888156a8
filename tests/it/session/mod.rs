//! One API session over a scripted stream.

pub(crate) mod held;
pub(crate) mod stages;
