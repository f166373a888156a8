//! How the other side, or this machine, ended a connection.

use std::io;

use tokio::time::Instant;

use super::End;
use crate::event::Stage;
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

/// How a reset is told that the connect has already met.
pub const RESET_WHILE_CONNECTING: &str = "reset while connecting";

/// The stage ended by a reset: a client whose connect notices it raises at once, another one waits.
pub fn was_reset(stage: &Stage) -> bool {
    let detail = stage.detail.as_deref().unwrap_or_default();
    [RESET_WHILE_CONNECTING, Closed::Reset.words()]
        .iter()
        .any(|words| detail.starts_with(words))
}

/// No version came since `start`, of which so many bytes were read.
pub(super) fn silent(start: Instant, bytes: usize) -> End {
    let waited = shown(start.elapsed());
    if bytes == 0 {
        End::timeout(Code::SilentAfterConnect, format!("no byte in {waited}"))
    } else {
        let detail = format!("only {bytes} bytes of a version in {waited}");
        End::timeout(Code::SilentAfterConnect, detail)
    }
}
