//! What is said of a client.

use crate::event::Conduct;

/// What a client does with what comes on a connection, with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What it does.
    pub conduct: Conduct,
    /// The same in words, such as `its main thread sleeps`.
    pub reason: String,
}

impl Judgement {
    /// One with these words.
    pub(super) fn new(conduct: Conduct, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { conduct, reason }
    }
}
