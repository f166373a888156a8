//! The sockets whose holders are looked for by several threads at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::machine::sockets::Socket;

/// The sockets that are looked for, and how many have no holder yet.
pub(super) struct Wanted {
    /// Ascending.
    inodes: Vec<u64>,
    is_missing: Vec<AtomicBool>,
    missing: AtomicUsize,
}

impl Wanted {
    pub(super) fn new(sockets: &[Socket]) -> Self {
        Self::of(sockets.iter().filter_map(|socket| socket.inode))
    }

    /// The sockets of these inodes; 0 is none.
    pub(super) fn of(inodes: impl IntoIterator<Item = u64>) -> Self {
        let inodes = inodes.into_iter().filter(|inode| *inode != 0);
        let mut inodes: Vec<u64> = inodes.collect();
        inodes.sort_unstable();
        inodes.dedup();
        Self {
            is_missing: inodes.iter().map(|_| AtomicBool::new(true)).collect(),
            missing: AtomicUsize::new(inodes.len()),
            inodes,
        }
    }

    /// Whether the socket is looked for, which has a holder from now on.
    pub(super) fn take(&self, inode: u64) -> bool {
        let Ok(place) = self.inodes.binary_search(&inode) else {
            return false;
        };
        if self.is_missing[place].swap(false, Ordering::Relaxed) {
            self.missing.fetch_sub(1, Ordering::Relaxed);
        }
        true
    }

    /// Whether each socket has a holder.
    pub(super) fn is_complete(&self) -> bool {
        self.missing.load(Ordering::Relaxed) == 0
    }

    /// Whether only the kernel has them.
    pub(super) fn is_empty(&self) -> bool {
        self.inodes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn socket(inode: Option<u64>) -> Socket {
        let nowhere = "127.0.0.1:1".parse().unwrap();
        Socket {
            local: nowhere,
            remote: nowhere,
            state: crate::machine::sockets::TcpState::CloseWait,
            recv_queue: None,
            send_queue: None,
            inode,
            uid: None,
            cookie: None,
            age: None,
            bytes_received: None,
            v6_only: None,
            pids: None,
        }
    }

    #[test]
    fn it_is_complete_when_each_inode_has_been_taken_once_however_often_it_is() {
        let sockets = [Some(7), Some(0), None, Some(5), Some(7)].map(socket);
        let wanted = Wanted::new(&sockets);
        assert!(!wanted.is_empty() && !wanted.is_complete());
        assert!(wanted.take(7) && wanted.take(7) && !wanted.take(0) && !wanted.take(6));
        assert!(!wanted.is_complete());
        assert!(wanted.take(5) && wanted.is_complete());
    }

    #[test]
    fn sockets_of_the_kernel_are_not_looked_for() {
        let wanted = Wanted::new(&[Some(0), None].map(socket));
        assert!(wanted.is_empty() && wanted.is_complete());
    }
}
