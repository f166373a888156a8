//! Evidence that is neither on the wire nor in the socket table: the log of IBC and settings, as far as
//! they tell of a Gateway's login (docs/LOGIN.md). All of it is read; nothing of a Gateway is touched.

pub mod log;
pub mod login;
pub mod look;
pub mod settings;
pub mod stamp;
