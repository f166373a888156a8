//! What can be typed, and how a command ends and looks.

mod printed;
pub(crate) mod signals;
pub(crate) mod terminal;
pub(crate) mod usage;
