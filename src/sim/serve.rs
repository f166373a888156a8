//! Serves one client, from its admission to the end of its connection.

use super::connection::Connection;
use super::faults::Admission;
use super::gateway::{Gateway, HalfClosed};
use super::{Fault, Peer, impostor};

impl Gateway {
    /// Serves one client over any stream until either end closes it.
    pub async fn serve(&self, mut stream: impl Peer) {
        if self.down_until().is_some() {
            return;
        }
        let (place, admission) = self.admit();
        let mut kept = None;
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
                let mut connection = Connection::new(self, place, &mut stream);
                let result = connection.converse().await;
                let keeps_id = self.faults().has(Fault::IdStuck);
                kept = Some(connection.place).filter(|_| keeps_id);
                result
            }
        };
        match result {
            Ok(()) if self.faults().keeps_closed() => {
                let _half_closed = HalfClosed::of(self);
                stream.gone().await;
                drop(kept);
            }
            Ok(()) => {}
            Err(end) => tracing::debug!(%end, "connection ended"),
        }
    }
}
