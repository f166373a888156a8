//! Each fault is named.

pub(crate) mod findings;
