//! What a thread waits for, by the function of the kernel in which it sleeps, and by its system call.
//!
//! The names of such functions change between kernels, so families are matched (docs/KERNEL.md).

/// What a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Wait {
    /// Events of an epoll set or an `io_uring`: an event loop that has nothing to do.
    Events,
    /// Events of descriptors that it names (`poll`, `select`).
    Poll,
    /// A time.
    Sleep,
    /// A lock, a condition or another thread (a futex).
    Lock,
    /// A lock on a file.
    FileLock,
    /// Something to read from a socket, or a connection to accept.
    Receive,
    /// That a socket takes what it writes.
    Send,
    /// That a connection is made.
    Connect,
    /// The other end of a pipe.
    Pipe,
    /// The end of a child.
    Child,
    /// Something typed at a terminal.
    Terminal,
    /// A disk or a file system.
    Disk,
    /// A signal.
    Signal,
    /// Something that is not known here.
    Other,
}

/// The system call in which a thread is, and its arguments as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its number, which differs between architectures.
    pub number: i64,
    /// Its arguments.
    pub arguments: [u64; 6],
}

/// How the names of functions begin or what they contain, and what is waited for there.
const FUNCTIONS: [(&str, Wait); 47] = [
    ("do_epoll_wait", Wait::Events),
    ("ep_poll", Wait::Events),
    ("io_cqring_wait", Wait::Events),
    ("io_wq_", Wait::Events),
    ("poll_schedule_timeout", Wait::Poll),
    ("do_poll", Wait::Poll),
    ("do_sys_poll", Wait::Poll),
    ("do_select", Wait::Poll),
    ("nanosleep", Wait::Sleep),
    ("futex", Wait::Lock),
    ("flock", Wait::FileLock),
    ("locks_lock", Wait::FileLock),
    ("posix_lock", Wait::FileLock),
    ("fcntl_setlk", Wait::FileLock),
    ("do_lock_file_wait", Wait::FileLock),
    ("inet_csk_accept", Wait::Receive),
    ("inet_csk_wait_for_connect", Wait::Receive),
    ("inet_wait_for_connect", Wait::Connect),
    ("inet_stream_connect", Wait::Connect),
    ("unix_wait_for_peer", Wait::Connect),
    ("unix_stream_connect", Wait::Connect),
    ("unix_stream_read", Wait::Receive),
    ("unix_stream_data_wait", Wait::Receive),
    ("unix_stream_recv", Wait::Receive),
    ("wait_for_more_packets", Wait::Receive),
    ("sk_wait_data", Wait::Receive),
    ("tcp_data_wait", Wait::Receive),
    ("tcp_recvmsg", Wait::Receive),
    ("inet_recvmsg", Wait::Receive),
    // Sockets sleep here, and terminals do too: the descriptor tells them apart.
    ("wait_woken", Wait::Receive),
    ("sk_stream_wait", Wait::Send),
    ("sock_alloc_send", Wait::Send),
    ("unix_stream_sendmsg", Wait::Send),
    ("tcp_sendmsg", Wait::Send),
    ("pipe_", Wait::Pipe),
    ("do_wait", Wait::Child),
    ("kernel_wait4", Wait::Child),
    ("n_tty_read", Wait::Terminal),
    ("tty_", Wait::Terminal),
    ("io_schedule", Wait::Disk),
    ("folio_wait", Wait::Disk),
    ("wait_on_page", Wait::Disk),
    ("wait_on_buffer", Wait::Disk),
    ("jbd2", Wait::Disk),
    ("rpc_wait", Wait::Disk),
    ("sigtimedwait", Wait::Signal),
    ("sigsuspend", Wait::Signal),
];

/// What is waited for in this function of the kernel and in this system call; `None` where neither
/// could be read.
pub fn wait(function: Option<&str>, call: Option<Call>) -> Option<Wait> {
    if call.is_some_and(Call::is_sleep) {
        return Some(Wait::Sleep);
    }
    let by_name = function.map(|function| {
        let mut families = FUNCTIONS.iter();
        let family = families.find(|(name, _)| function.contains(name));
        family.map_or(Wait::Other, |(_, wait)| *wait)
    });
    let by_call = call.and_then(Call::wait);
    match (by_name, by_call) {
        (None | Some(Wait::Other), Some(wait)) => Some(wait),
        (by_name, _) => by_name,
    }
}

/// The numbers of the system calls that can wait, on the architectures that are known here.
#[cfg(target_arch = "x86_64")]
mod numbers {
    pub(super) const READS: &[i64] = &[0, 17, 19, 45, 47, 299];
    pub(super) const ACCEPTS: &[i64] = &[43, 288];
    pub(super) const WRITES: &[i64] = &[1, 18, 20, 44, 46, 307];
    pub(super) const CONNECTS: &[i64] = &[42];
    pub(super) const EVENTS: &[i64] = &[232, 281, 441, 426];
    pub(super) const POLLS: &[i64] = &[7, 271];
    pub(super) const SELECTS: &[i64] = &[23, 270];
    pub(super) const SLEEPS: &[i64] = &[35, 230];
    pub(super) const LOCKS: &[i64] = &[202, 449, 455];
    pub(super) const CHILDREN: &[i64] = &[61, 247];
    pub(super) const FILE_LOCKS: &[i64] = &[73];
}

#[cfg(target_arch = "aarch64")]
mod numbers {
    pub(super) const READS: &[i64] = &[63, 65, 67, 207, 212, 243];
    pub(super) const ACCEPTS: &[i64] = &[202, 242];
    pub(super) const WRITES: &[i64] = &[64, 66, 68, 206, 211, 269];
    pub(super) const CONNECTS: &[i64] = &[203];
    pub(super) const EVENTS: &[i64] = &[22, 441, 426];
    pub(super) const POLLS: &[i64] = &[73];
    pub(super) const SELECTS: &[i64] = &[72];
    pub(super) const SLEEPS: &[i64] = &[101, 115];
    pub(super) const LOCKS: &[i64] = &[98, 449, 455];
    pub(super) const CHILDREN: &[i64] = &[260, 95];
    pub(super) const FILE_LOCKS: &[i64] = &[32];
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod numbers {
    pub(super) const READS: &[i64] = &[];
    pub(super) const ACCEPTS: &[i64] = &[];
    pub(super) const WRITES: &[i64] = &[];
    pub(super) const CONNECTS: &[i64] = &[];
    pub(super) const EVENTS: &[i64] = &[];
    pub(super) const POLLS: &[i64] = &[];
    pub(super) const SELECTS: &[i64] = &[];
    pub(super) const SLEEPS: &[i64] = &[];
    pub(super) const LOCKS: &[i64] = &[];
    pub(super) const CHILDREN: &[i64] = &[];
    pub(super) const FILE_LOCKS: &[i64] = &[];
}

impl Call {
    /// Reads `/proc/PID/task/TID/syscall`; `None` where the thread is in none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let number = words.next()?.parse().ok()?;
        let mut arguments = [0; 6];
        for argument in &mut arguments {
            let hexadecimal = words.next()?.strip_prefix("0x")?;
            *argument = u64::from_str_radix(hexadecimal, 16).ok()?;
        }
        (number >= 0).then_some(Self { number, arguments })
    }

    /// The descriptor that it is about; none where it is about several.
    pub fn descriptor(self) -> Option<i32> {
        let kinds = [
            numbers::READS,
            numbers::ACCEPTS,
            numbers::WRITES,
            numbers::CONNECTS,
            numbers::EVENTS,
            numbers::FILE_LOCKS,
        ];
        let is_one = kinds.iter().any(|kind| kind.contains(&self.number));
        let low = u32::try_from(self.arguments[0] & 0xffff_ffff).ok()?;
        is_one.then(|| i32::try_from(low).ok()).flatten()
    }

    /// Whether it is a sleep: `nanosleep`, or a `select` of nothing, as older Pythons sleep.
    fn is_sleep(self) -> bool {
        let [count, ..] = self.arguments;
        let selects_nothing = numbers::SELECTS.contains(&self.number) && count == 0;
        let polls_nothing = numbers::POLLS.contains(&self.number) && self.arguments[1] == 0;
        numbers::SLEEPS.contains(&self.number) || selects_nothing || polls_nothing
    }

    fn wait(self) -> Option<Wait> {
        let kinds = [
            (numbers::READS, Wait::Receive),
            (numbers::ACCEPTS, Wait::Receive),
            (numbers::WRITES, Wait::Send),
            (numbers::CONNECTS, Wait::Connect),
            (numbers::EVENTS, Wait::Events),
            (numbers::POLLS, Wait::Poll),
            (numbers::SELECTS, Wait::Poll),
            (numbers::LOCKS, Wait::Lock),
            (numbers::CHILDREN, Wait::Child),
            (numbers::FILE_LOCKS, Wait::FileLock),
        ];
        let kind = kinds.iter().find(|(kind, _)| kind.contains(&self.number));
        kind.map(|(_, wait)| *wait)
    }
}
