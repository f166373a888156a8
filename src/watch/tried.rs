//! What became of one session that was to be held.

use crate::finding::Finding;
use crate::session::HeldEnd;

/// What became of one session.
#[derive(Debug, Default)]
pub struct Tried {
    /// How it ended; `None` when it could not be made.
    pub held: Option<HeldEnd>,
    /// What was found, the principal finding first.
    pub findings: Vec<Finding>,
    /// Whether no connection was made: nothing listened, or the queue was stuck.
    pub unconnected: bool,
    /// Why this machine could not look or connect: it says nothing of the Gateway.
    pub trouble: Option<String>,
}
