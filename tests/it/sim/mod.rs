//! The simulated Gateway.

pub(crate) mod client;
pub(crate) mod course;
pub(crate) mod faults;
#[cfg(feature = "ibapi")]
pub(crate) mod ibapi;
#[cfg(feature = "ibapi")]
pub(crate) mod ibapi_market;
pub(crate) mod limits;
pub(crate) mod market;
pub(crate) mod restart;
pub(crate) mod scenarios;
pub(crate) mod sockets;
