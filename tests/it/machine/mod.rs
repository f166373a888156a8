//! The socket table and the processes of this machine.

pub(crate) mod children;
pub(crate) mod facts;
pub(crate) mod listeners;
pub(crate) mod owners;
#[cfg(feature = "portable")]
pub(crate) mod portable;
pub(crate) mod table;
pub(crate) mod vitals;
