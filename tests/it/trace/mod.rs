//! Recorded sessions of other clients.

mod analyser;
mod captures;
mod command;
mod drill;
mod foreign;
mod late;
mod logs;
mod made;
mod packets;
mod reactions;
mod same;
pub(crate) mod talk;
mod unsure;
