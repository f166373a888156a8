//! The JSON contract and what is generated from the code.

pub(crate) mod command_contract;
pub(crate) mod contract;
pub(crate) mod generated;
pub(crate) mod privacy;
pub(crate) mod read;
pub(crate) mod schema;
