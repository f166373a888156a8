//! The integration tests, one file a topic.

mod process_children;
mod process_owners;
mod table_live;
