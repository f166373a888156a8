//! Half-closed and unaccepted sockets on the Gateway ports: which processes hold them, what that
//! means, and which processes may be ended for it. "Zombie" is the word of the command and of the
//! findings; here a socket is half closed (CLOSE_WAIT) or, with one that was not accepted, stuck.
//!
//! [`look`] gathers a [`Snapshot`], [`Census::judge`] decides about it by the [`Criteria`],
//! [`end`] carries the plan out, and [`Results`] tells what came of it.

mod assess;
mod by_hand;
mod cause;
mod census;
mod class;
mod criteria;
pub mod end;
mod first_look;
mod healable;
mod instead;
mod kept;
pub mod look;
mod on_path;
mod plan;
mod results;
mod share;
mod snapshot;
mod sockets;
mod steps;
#[cfg(test)]
mod tests;
mod theirs;
mod typed;
mod unit;
pub mod watch;

pub use assess::queue_findings;
pub use census::Census;
pub use class::{Context, Judgement, PeerProcess, Subject, class, unhealable};
pub use criteria::Criteria;
pub use first_look::FirstLook;
pub use on_path::census_on_path;
pub use plan::Plan;
pub use results::Results;
pub use share::may_share;
pub use snapshot::{Listening, Snapshot, StuckSocket};
pub use sockets::{
    UNREAD_FOR, count, has_read_nothing, is_outgoing, is_unread, is_zombie, may_be_unread, side,
    unread_for,
};
pub use typed::{Rights, Typist};
