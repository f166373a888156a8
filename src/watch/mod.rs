//! A watch: Gateways looked at for as long as it runs, each with one held session, reconnects that
//! harm nothing, metrics, and a command that is run at each change.

mod alarm;
mod breaker;
mod figures;
mod hook;
mod jvm;
pub mod keep;
mod lock;
mod look;
pub mod monitor;
mod notify;
mod pace;
mod pulse;
mod restart_at;
pub mod run;
mod serve;
mod standing;
mod tried;
mod unread;

pub use alarm::Alarm;
pub use breaker::{Breaker, Failure};
pub use hook::Hook;
pub use lock::Lock;
pub use look::{Seen, look};
pub use notify::{Notify, is_service};
pub use pace::Pace;
pub use pulse::{BEAT, Pulse, awake, since_1970};
pub use restart_at::{RestartAt, is_zone};
pub use serve::{answer, serve};
pub use standing::{Session, Signs, Standing, Table, Trouble, judge};
pub use tried::Tried;
