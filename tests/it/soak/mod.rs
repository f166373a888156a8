//! Soaks, held sessions and programs under soak.

pub(crate) mod command;
pub(crate) mod fault;
pub(crate) mod group;
pub(crate) mod hold;
pub(crate) mod limits;
#[cfg(feature = "portable")]
pub(crate) mod portable;
pub(crate) mod program;
pub(crate) mod saved;
