//! What a client library asks at its start, as data.

use std::time::Duration;

use crate::event::Query;

/// Requests that a client sends at once and awaits together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The requests, in the order in which they are sent.
    pub queries: &'static [Query],
    /// What the client does with those that are not finished within its limit.
    pub unfinished: Unfinished,
}

/// What a client does with a request that is not finished within its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfinished {
    /// It logs the request and goes on.
    Logged,
    /// It raises an error and disconnects.
    Raised,
}

/// A client's start-up, as it is to be carried out.
#[derive(Clone, Copy, Debug)]
pub struct StartUp {
    /// The steps, one after the other.
    pub steps: &'static [Step],
    /// How long the client waits for each request.
    pub limit: Duration,
    /// How many messages the client sends in a second at most.
    pub most_a_second: usize,
    /// IB's numbers that the client takes for warnings, so that they end no request.
    pub warnings: &'static [i32],
    /// Whether requests are made too that a Read-Only Gateway may answer with a dialog, or that
    /// end another program's subscription.
    pub as_is: bool,
}
