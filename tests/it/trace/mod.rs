//! Recorded sessions of other clients.

mod analyser;
mod captures;
mod command;
mod drill;
mod logs;
mod packets;
pub(crate) mod talk;
mod unsure;
