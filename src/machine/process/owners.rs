//! The answer to "who holds these sockets?", in which *hidden* and *unheld* are two things.

use crate::machine::pid::Pid;
use crate::machine::sockets::Socket;

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// Until each socket has a holder: likely programs first, then the newest process.
    First,
    /// The same, and of the processes that are related to a holder those that hold one too: who runs the
    /// same program, such as the workers of a pool, and the holder's ancestors and descendants. Others are
    /// hardly handed a socket, and all of them take a walk as long as that of `ss -p`.
    Related,
    /// Every holder of every socket: what is needed before a kill.
    Every,
}

/// The processes, each with the name of the file that it runs; `None` where that may not be read.
pub type Programs = Vec<(Pid, Option<Vec<u8>>)>;

/// Who holds each of the sockets asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// The holders of each socket, in the order asked, ascending and without repeats.
    pub holders: Vec<Vec<Pid>>,
    /// Processes whose descriptors could not be read; complete only if all were visited.
    pub unreadable: Vec<Pid>,
    /// Processes may exist that are not visible at all (`hidepid`, an inner pid namespace).
    pub invisible: bool,
    /// Why not every holder that can be read was found: something failed that may hit any process.
    pub missed: Option<String>,
    /// What the processes run, where the search has read that of all of them.
    pub programs: Option<Programs>,
}

/// Who holds one socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership<'a> {
    /// These processes.
    Held(&'a [Pid]),
    /// The kernel alone: no program has accepted it, or it is being finished.
    Kernel,
    /// None that could be read, but some could not be, or are not even visible.
    Hidden,
    /// Everything was read and no process holds it: it went away meanwhile.
    Unheld,
}

impl Owners {
    /// Who holds `socket`, which was asked for at `index`.
    pub fn of(&self, index: usize, socket: &Socket) -> Ownership<'_> {
        match self.holders.get(index) {
            Some(holders) if !holders.is_empty() => Ownership::Held(holders),
            _ if socket.inode == Some(0) => Ownership::Kernel,
            _ if self.is_complete() && socket.inode.is_some() => Ownership::Unheld,
            _ => Ownership::Hidden,
        }
    }

    /// Whether no process was kept from view.
    pub fn is_complete(&self) -> bool {
        self.unreadable.is_empty() && !self.invisible && self.missed.is_none()
    }
}
