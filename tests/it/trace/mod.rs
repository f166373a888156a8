//! Recorded sessions of other clients.

mod analyser;
mod captures;
mod command;
mod logs;
mod packets;
mod talk;
