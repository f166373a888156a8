//! Commands that have no other room.

pub(crate) mod compare;
pub(crate) mod doctor;
#[cfg(target_os = "linux")]
pub(crate) mod doctor_rows;
pub(crate) mod explain;
pub(crate) mod health;
#[cfg(target_os = "linux")]
pub(crate) mod inspect;
#[cfg(target_os = "linux")]
pub(crate) mod inspected;
#[cfg(target_os = "linux")]
pub(crate) mod jvm;
pub(crate) mod login;
#[cfg(target_os = "linux")]
pub(crate) mod login_found;
pub(crate) mod not_asked;
pub(crate) mod stuck_queue;
