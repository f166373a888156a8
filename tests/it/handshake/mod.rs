//! One whole handshake, seen from outside.

pub(crate) mod clients;
pub(crate) mod footprint;
#[cfg(target_os = "linux")]
pub(crate) mod network;
#[cfg(target_os = "linux")]
pub(crate) mod times;
