//! The integration tests, one file a topic.
