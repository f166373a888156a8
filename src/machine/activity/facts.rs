//! What one look at a process shows.

use std::collections::BTreeMap;
use std::time::Duration;

use super::wait::Wait;

/// One look at a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Its threads, the main one first; at most [`THREADS`].
    pub threads: Vec<Thread>,
    /// How many threads it has.
    pub thread_count: u32,
    /// Whether its control group is frozen (`docker pause`).
    pub is_frozen: bool,
    /// Its sockets by their inodes; `None` where its descriptors may not be read.
    pub sockets: Option<BTreeMap<u64, Descriptor>>,
    /// How many descriptors it has open.
    pub open: Option<u64>,
    /// How many it may have open (the soft limit); `None` also where there is none.
    pub open_limit: Option<u64>,
    /// Bytes of memory that are resident.
    pub memory: Option<u64>,
    /// Time on a processor, of all its threads.
    pub cpu: Duration,
}

/// More threads of a process are not looked at.
pub const THREADS: usize = 512;

/// One socket of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Descriptor {
    /// The numbers under which it is open.
    pub numbers: Vec<i32>,
    /// Whether a read of it waits for nothing (`O_NONBLOCK`), as event loops want it.
    pub never_waits: Option<bool>,
    /// How it is registered with the process's epoll descriptors.
    pub registered: Vec<Registered>,
}

/// A socket in an epoll set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The epoll descriptor.
    pub epoll: i32,
    /// Whether it is woken when there is something to read.
    pub reads: bool,
    /// Whether it is woken once for what has come (`EPOLLET`), and not for as long as it lies there.
    pub once: bool,
}

/// One thread at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// Its id; that of the main thread is the process's.
    pub id: u32,
    /// Its name, cleaned.
    pub name: String,
    /// What it is doing.
    pub state: ThreadState,
    /// What it waits for, where it waits and that may be read.
    pub wait: Option<Wait>,
    /// What it reads, writes or waits on, where it is one descriptor and that may be read.
    pub on: Option<On>,
    /// Time on a processor.
    pub cpu: Duration,
    /// Time that it was ready to run and had no processor.
    pub queued: Duration,
}

/// What a thread is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThreadState {
    /// On a processor, or ready for one.
    Running,
    /// Waiting for something.
    #[default]
    Waiting,
    /// Waiting for a disk or the like.
    Disk,
    /// Stopped by a signal.
    Stopped,
    /// Held by a debugger.
    Traced,
    /// It has ended.
    Ended,
}

/// The descriptor that a system call is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct On {
    /// Its number.
    pub number: i32,
    /// What it is.
    pub kind: Kind,
}

/// What a descriptor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A socket with this inode.
    Socket(u64),
    /// A pipe.
    Pipe,
    /// A terminal.
    Terminal,
    /// Anything else.
    Other,
}
