//! The table of another network namespace: `inet_diag` asked by a thread that has entered it, and
//! the text files of a process there where that is not allowed (it needs `CAP_SYS_ADMIN`).

use std::fs::File;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::thread;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::{ProcNet, rows_of};
use crate::machine::sockets::{Snapshot, SocketTable, TableError, Wanted};

/// The reader of the network namespace of one process.
#[derive(Debug)]
pub struct Namespaced {
    link: PathBuf,
    text: ProcNet,
}

impl Namespaced {
    /// Of the process with this directory in `/proc`.
    pub fn new(process: &Path) -> Self {
        Self {
            link: process.join("ns/net"),
            text: ProcNet::new(process.join("net")),
        }
    }

    /// Calls `act` in the network namespace; `None` where that cannot be entered.
    pub fn within<T: Send>(&self, act: impl FnOnce() -> T + Send) -> Option<T> {
        let namespace = File::open(&self.link).ok()?;
        // The thread alone changes its namespace, and ends in it.
        thread::scope(|scope| {
            let inside = scope.spawn(|| {
                let kind = Some(LinkNameSpaceType::Network);
                move_into_link_name_space(namespace.as_fd(), kind).ok()?;
                Some(act())
            });
            inside.join().ok()?
        })
    }
}

impl SocketTable for Namespaced {
    fn read(&self, wanted: Wanted<'_>) -> Result<Snapshot, TableError> {
        self.within(|| rows_of(wanted).ok())
            .flatten()
            .map_or_else(|| self.text.read(wanted), Ok)
    }
}
