//! What a request is answered that the simulated Gateway cannot serve.

/// An error with the request's own id, and what the line on stderr says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: i32,
    pub(super) text: String,
    /// What was asked for, as the client wrote it; empty where the text says it.
    pub(super) about: String,
}

impl Refusal {
    pub(super) fn new(code: i32, text: &str) -> Self {
        Self {
            code,
            text: text.to_owned(),
            about: String::new(),
        }
    }

    /// An invalid request, in the words in which a Gateway says so.
    pub(super) fn invalid(cause: &str) -> Self {
        Self::new(
            321,
            &format!("Error validating request.-'bN' : cause - {cause}"),
        )
    }

    /// A failure of the service for historical data.
    pub(super) fn historical(cause: &str) -> Self {
        Self::new(
            162,
            &format!("Historical Market Data Service error message:{cause}"),
        )
    }

    /// Adds what was asked for.
    pub(super) fn about(mut self, about: &str) -> Self {
        about.clone_into(&mut self.about);
        self
    }
}
