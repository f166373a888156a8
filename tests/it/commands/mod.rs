//! Commands that have no other room.

pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod health;
pub(crate) mod not_asked;
pub(crate) mod stuck_queue;
