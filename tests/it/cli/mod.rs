//! What can be typed.

mod printed;
pub(crate) mod usage;
