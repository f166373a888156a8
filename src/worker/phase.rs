//! Where the session of a worker stands.

use std::time::Duration;

use tokio::time::Instant;

/// Where the session of a worker stands.
#[derive(Debug)]
pub(super) enum Phase {
    /// There is none.
    Idle,
    /// It is being made for a connect.
    Connecting {
        key: u64,
        until: Instant,
        limit: Duration,
        /// Since when a session that was dropped was made anew before.
        down: Option<Down>,
    },
    /// It is up.
    Up(Standing),
    /// It was dropped and is made anew.
    Down(Down),
    /// It is being ended, for the disconnect with this key.
    Closing { key: Option<u64> },
}

/// A session that is up.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) since: Instant,
    pub(super) server_version: Option<u16>,
    pub(super) first_account: String,
}

/// A session that was dropped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Down {
    pub(super) since: Instant,
    /// Connections that were made since.
    pub(super) tries: u32,
    pub(super) next: Instant,
    /// Whether it was told that nothing listens.
    pub(super) told_vacant: bool,
}
