//! The simulated Gateway.
