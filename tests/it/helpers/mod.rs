//! What several topics use: the program as a user runs it, scripted peers, validated JSON.

pub(crate) mod against_bytes;
pub(crate) mod command;
#[cfg(target_os = "linux")]
pub(crate) mod host;
#[cfg(target_os = "linux")]
pub(crate) mod java;
pub(crate) mod other_user;
pub(crate) mod program;
pub(crate) mod recorded;
pub(crate) mod scripted;
#[cfg(target_os = "linux")]
pub(crate) mod stopped;
pub(crate) mod unit;
#[cfg(target_os = "linux")]
pub(crate) mod unpacked;
pub(crate) mod validated;
