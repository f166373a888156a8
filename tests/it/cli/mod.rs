//! What can be typed, and how a command ends and looks.

pub(crate) mod signals;
pub(crate) mod terminal;
pub(crate) mod usage;
