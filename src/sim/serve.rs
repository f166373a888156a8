//! Serves one client, from its admission to the end of its connection.

use super::connection::Connection;
use super::faults::Admission;
use super::gateway::{Gateway, HalfClosed};
use super::{Peer, impostor};

impl Gateway {
    /// Serves one client over any stream until either end closes it.
    pub async fn serve(&self, mut stream: impl Peer) {
        let (place, admission) = self.admit();
        let result = match (place, admission) {
            (_, Admission::Reset) => return stream.reset_when_dropped(),
            (None, _) | (_, Admission::Close) => {
                tracing::debug!("closed on accept");
                return;
            }
            (Some(_), Admission::Impersonate(impostor)) => {
                impostor::answer(&mut stream, impostor).await
            }
            (Some(place), Admission::Ignore) => {
                Connection::new(self, place, &mut stream).ignore().await
            }
            (Some(place), Admission::Serve) => {
                Connection::new(self, place, &mut stream).converse().await
            }
        };
        match result {
            Ok(()) if self.faults().keeps_closed() => {
                let _kept = HalfClosed::of(self);
                stream.gone().await;
            }
            Ok(()) => {}
            Err(end) => tracing::debug!(%end, "connection ended"),
        }
    }
}
