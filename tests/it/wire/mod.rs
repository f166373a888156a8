//! Frames and bytes.

pub(crate) mod hostile;
