//! The integration tests, one file a topic.

mod table_live;
mod sim_client;
mod sim_course;
#[cfg(feature = "ibapi")]
mod sim_ibapi;
mod sim_limits;
mod sim_scenarios;
mod sim_sockets;
