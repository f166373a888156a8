//! The clients' connections in which bytes lie unread, from one look to the next. Pure.

use std::time::Duration;

use tokio::time::Instant;

use crate::machine::sockets::Socket;

/// The rows in which bytes lie and nothing was read since they were seen first, and when that was.
#[derive(Debug, Default)]
pub(super) struct Unread(Vec<(Socket, Instant)>);

impl Unread {
    /// Notes the rows of a look in which bytes lie unread.
    pub(super) fn note(&mut self, rows: &[Socket], now: Instant) {
        let mut before = std::mem::take(&mut self.0);
        let first = |row: &Socket| {
            let known = |it: &&mut (Socket, Instant)| {
                let same = (it.0.local, it.0.remote) == (row.local, row.remote);
                same && row.has_read_nothing_since(&it.0)
            };
            let known = before.iter_mut().find(known);
            known.map_or_else(|| (row.clone(), now), |it| it.clone())
        };
        self.0 = rows.iter().map(first).collect();
    }

    /// Those in which nothing was read for at least `enough`.
    pub(super) fn lasting(&self, enough: Duration, now: Instant) -> Vec<&Socket> {
        let old = self.0.iter().filter(|(_, since)| now - *since >= enough);
        old.map(|(row, _)| row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::sockets::TcpState;

    fn row(port: u16, received: u64, unread: u32) -> Socket {
        let local = std::net::SocketAddr::from(([127, 0, 0, 1], port));
        let gateway = std::net::SocketAddr::from(([127, 0, 0, 1], 4002));
        Socket {
            recv_queue: Some(unread),
            bytes_received: Some(received),
            cookie: Some(7),
            ..Socket::unknown(local, gateway, TcpState::Established)
        }
    }

    #[test]
    fn only_a_connection_in_which_nothing_is_read_from_look_to_look_lasts() {
        let (began, look) = (Instant::now(), Duration::from_secs(10));
        let mut unread = Unread::default();
        unread.note(&[row(1, 100, 30), row(2, 100, 30)], began);
        assert!(unread.lasting(look, began).is_empty(), "once is no pause");
        // The first has read 50 bytes meanwhile; to the second more has come.
        unread.note(&[row(1, 150, 30), row(2, 150, 80)], began + look);
        let lasting = unread.lasting(look, began + look);
        assert_eq!(lasting.len(), 1);
        assert_eq!(lasting[0].local.port(), 2);
        unread.note(&[], began + 2 * look);
        unread.note(&[row(2, 150, 80)], began + 3 * look);
        assert!(unread.lasting(look, began + 3 * look).is_empty());
    }
}
