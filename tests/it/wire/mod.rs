//! Frames and bytes.

pub(crate) mod cases;
pub(crate) mod hostile;
