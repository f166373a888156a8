//! The integration tests, one file a topic.

mod generated;
mod sim_client;
mod sim_course;
#[cfg(feature = "ibapi")]
mod sim_ibapi;
mod sim_limits;
mod sim_scenarios;
mod sim_sockets;
mod table_live;
