//! The integration tests, one file a topic.

mod table_live;
