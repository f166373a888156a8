//! The integration tests, one file a topic.

mod process_children;
mod process_facts;
mod process_owners;
mod table_agreement;
mod table_listeners;
mod table_live;
