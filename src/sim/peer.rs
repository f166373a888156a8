//! The stream a simulated connection runs over, and how it learns that it is gone.

use std::future::Future;

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, Interest};
use tokio::net::TcpStream;

/// A client's stream.
pub trait Peer: AsyncRead + AsyncWrite + Unpin + Send {
    /// Waits until the connection is destroyed, where an end of stream is not enough to tell.
    fn gone(&self) -> impl Future<Output = ()> + Send;

    /// Makes the connection end with a reset when it is dropped, where there is such a thing.
    fn reset_when_dropped(&self);
}

impl Peer for TcpStream {
    /// After a FIN every read is an end of stream, also once the reset has come; only the error
    /// readiness tells.
    async fn gone(&self) {
        // An error here means the runtime is shutting down, which ends the connection as well.
        if let Err(error) = self.ready(Interest::ERROR).await {
            tracing::debug!(%error, "cannot watch a closed connection");
        }
    }

    fn reset_when_dropped(&self) {
        if let Err(error) = self.set_zero_linger() {
            tracing::debug!(%error, "already gone");
        }
    }
}

impl Peer for DuplexStream {
    /// A stream in memory knows no reset.
    async fn gone(&self) {
        std::future::pending::<()>().await;
    }

    fn reset_when_dropped(&self) {}
}
