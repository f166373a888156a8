//! The integration tests, one file a topic.

mod against_bytes;
#[cfg(target_os = "linux")]
mod attempt_times;
mod cli_clients;
mod cli_contract;
mod cli_doctor;
mod cli_explain;
mod cli_findings;
mod cli_footprint;
mod cli_health;
#[cfg(target_os = "linux")]
mod cli_network;
#[cfg(unix)]
mod cli_report;
mod cli_soak;
mod cli_usage;
mod command;
mod contract;
mod exec_clients;
mod generated;
mod generated_schema;
mod hostile;
mod layers;
mod process_children;
mod process_facts;
mod process_owners;
mod scripted;
mod session_held;
mod session_stages;
mod sim_client;
mod sim_course;
mod sim_faults;
#[cfg(feature = "ibapi")]
mod sim_ibapi;
mod sim_limits;
mod sim_scenarios;
mod sim_sockets;
mod soak_limits;
mod stability;
mod table_agreement;
mod table_listeners;
mod table_live;
mod validated;
mod wire_cases;
mod zombie_foreign;
mod zombie_gateway;
mod zombie_heal;
mod zombie_kill;
mod zombie_listener;
mod zombie_netns;
mod zombie_portable;
mod zombie_sharers;
mod zombie_spared;
mod zombie_stop;
mod zombie_text;
mod zombie_unread;
mod zombie_unseen;
mod zombie_watch;
mod zombie_zoo;
