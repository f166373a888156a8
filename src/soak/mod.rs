//! A soak: N handshakes, one held session, the user's own program, and their tallies.

pub mod compare;
pub mod hold;
pub mod program;
pub mod run;
pub mod severity;
pub mod tally;
