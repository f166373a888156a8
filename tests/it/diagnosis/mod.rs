//! Each fault is named.

pub(crate) mod at_hand;
pub(crate) mod cases;
pub(crate) mod findings;
pub(crate) mod last_words;
