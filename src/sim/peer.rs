//! The streams that a simulated Gateway can serve: TCP, and streams in memory.

use std::future::Future;

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, Interest};
use tokio::net::TcpStream;

/// The Gateway's end of a client's connection.
pub trait Peer: AsyncRead + AsyncWrite + Unpin + Send {
    /// Waits until the connection is destroyed; an end of stream only says that the client has
    /// closed.
    fn gone(&self) -> impl Future<Output = ()> + Send;

    /// Makes the connection end with a reset when it is dropped; a stream in memory has none.
    fn reset_when_dropped(&self);
}

impl Peer for TcpStream {
    /// After a FIN every read is an end of stream, also when a reset has followed: only the
    /// readiness of an error tells.
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
