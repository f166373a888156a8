//! The rules on made-up processes.

#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

mod any;
mod made;
mod rules;
mod whom;
