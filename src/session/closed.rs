//! How the other side, or this machine, ended a connection.

use std::io;

use tokio::time::Instant;

use super::End;
use crate::finding::Code;
use crate::text::duration::shown;

/// How the other side ended the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    End,
    Reset,
    /// Any other failure of the stream.
    Failed,
    /// This machine gave it up: no acknowledgement came, or there is no route any more.
    Broken,
    /// The other side takes no more bytes.
    Stalled,
}

impl Closed {
    pub(super) fn words(self) -> &'static str {
        match self {
            Closed::End => "closed by the other side",
            Closed::Reset => "reset by the other side",
            Closed::Failed => "the connection broke",
            Closed::Broken => "given up by this machine, for nothing came back",
            Closed::Stalled => "the other side takes no more bytes",
        }
    }

    pub(super) fn of(result: &io::Result<usize>) -> Result<usize, Self> {
        match result {
            Ok(0) => Err(Closed::End),
            Ok(count) => Ok(*count),
            Err(error) => Err(Closed::by(error)),
        }
    }

    pub(super) fn by(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Closed::Reset,
            io::ErrorKind::TimedOut
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown => Closed::Broken,
            _ => Closed::Failed,
        }
    }
}

/// The end of a stage in which no version came.
pub(super) fn closed_before_version(closed: Closed, start: Instant) -> End {
    let detail = format!("{} after {}", closed.words(), shown(start.elapsed()));
    End::failed(Code::ClosedBeforeVersion, detail)
}
