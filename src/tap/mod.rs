//! A transparent relay in front of a Gateway, and what it saw: every byte goes on unchanged and at
//! once, and a copy of it is recorded and judged.
//!
//! The relay has a thread of its own. What it carries is told to the observer as [`Seen`], over a
//! channel of bounded size: where the observer lags, bytes are left out of the copy and counted, and
//! nothing is delayed. A drill is the one thing that changes what is carried, and only on purpose.

mod drill;
mod observer;
mod record;
mod relay;
mod seen;

pub use drill::{Action, Drill};
pub use observer::{Observed, Observer};
pub use record::{RecordFile, Recorder, earlier, is_recording};
pub use relay::{CONNECT, MOST_SESSIONS, Relay, RelayPlan, RelayTally};
pub use seen::{Act, Refusal, Seen};
