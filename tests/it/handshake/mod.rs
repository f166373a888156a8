//! One whole handshake, seen from outside.

pub(crate) mod accept_queue;
pub(crate) mod clients;
#[cfg(target_os = "linux")]
mod containers;
#[cfg(target_os = "linux")]
pub(crate) mod firewall;
pub(crate) mod footprint;
#[cfg(target_os = "linux")]
mod hosts;
#[cfg(target_os = "linux")]
pub(crate) mod inside;
#[cfg(target_os = "linux")]
pub(crate) mod loss;
#[cfg(target_os = "linux")]
mod names;
#[cfg(target_os = "linux")]
pub(crate) mod network;
#[cfg(target_os = "linux")]
pub(crate) mod path;
#[cfg(target_os = "linux")]
pub(crate) mod path_netns;
pub(crate) mod relay;
#[cfg(target_os = "linux")]
mod relay_deadline;
#[cfg(target_os = "linux")]
mod relay_ends;
#[cfg(target_os = "linux")]
pub(crate) mod relays;
#[cfg(target_os = "linux")]
pub(crate) mod times;
#[cfg(target_os = "linux")]
pub(crate) mod unasked;
#[cfg(target_os = "linux")]
mod unseen;
