//! Why a command has no report.

/// Why a command has no report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was typed has no meaning, or more than one.
    #[error("{0}")]
    Usage(String),
    /// The embedded simulator could not be started.
    #[error("failed to start the simulator: {0}")]
    Look(std::io::Error),
    /// The handlers of the signals that end a command could not be installed.
    #[error("failed to listen for signals: {0}")]
    Signals(std::io::Error),
    /// The threads or the child of a worker could not be started.
    #[error("failed to run the worker: {0}")]
    Worker(std::io::Error),
}
