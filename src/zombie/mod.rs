//! Half-closed and unaccepted sockets on the Gateway ports: whose they are, what that means, and
//! which processes may be ended for it. Pure functions of plain data.
//!
//! [`Sight`] is what one look at the machine has gathered; `plan` decides, `assess` explains.

mod assess;
mod census;
mod class;
pub mod end;
mod leaving;
pub mod look;
mod plan;
mod seen;
mod share;
mod sight;
#[cfg(test)]
mod tests;
mod unit;
pub mod watch;

pub use assess::{assess, queue_findings};
pub use census::{
    count, describe, has_read_nothing, is_outgoing, is_unread, is_zombie, may_be_unread, side,
    unread_for, worded,
};
pub use class::{Judgement, Own, Setting, Subject, class, unhealable};
pub use plan::{Plan, Wishes, healable, judge, plan};
pub use seen::{Seen, lacks_ages};
pub use share::may_share;
pub use sight::{Listening, Sight, Stuck};
