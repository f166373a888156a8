//! What the threads of a process are doing at one moment, as the kernel shows it from outside: no
//! ptrace, and no memory of the process is read (docs/KERNEL.md, "A client's process, from outside").

mod facts;
mod wait;

pub use facts::{Activity, Descriptor, Kind, On, Registered, THREADS, Thread, ThreadState};
pub use wait::{Call, Wait, wait};
