//! A soak: N handshakes, one held session, the user's own program, and their tallies.

pub mod book;
pub mod hold;
pub mod program;
pub mod severity;
pub mod tally;
