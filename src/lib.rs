//! `ibdoc` is a doctor for the API socket of Interactive Brokers' TWS and IB Gateway.

pub mod printable;
pub mod process;
pub mod sim;
pub mod table;
pub mod wire;
