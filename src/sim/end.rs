//! Why the simulated Gateway closes a connection.

use std::io;

use crate::wire::{FrameError, GreetingError, ServerVersion};

/// The reasons for which the Gateway closes a connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum End {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Greeting(#[from] GreetingError),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("the client speaks no version up to {0}")]
    NoCommonVersion(ServerVersion),
    #[error("the client id {0} is in use")]
    ClientIdInUse(i32),
    #[error("the scenario closes the connection")]
    Scenario,
}
