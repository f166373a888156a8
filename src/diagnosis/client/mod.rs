//! What a client's process does with what a Gateway sends it, judged from outside.

mod judge;
mod judgement;
mod service;
mod steady;
#[cfg(test)]
mod tests;
mod told;

pub use judge::judge;
pub use judgement::Judgement;
pub use told::{Who, finding, remedies, told};
