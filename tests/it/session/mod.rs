//! One API session over a scripted stream.

pub(crate) mod held;
pub(crate) mod kernel;
pub(crate) mod requests;
mod serving;
pub(crate) mod stages;
