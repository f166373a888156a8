//! Each fault is named.

pub(crate) mod cases;
pub(crate) mod findings;
