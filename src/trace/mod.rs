//! Recorded sessions of other clients: what was said, and what it shows.
//!
//! Every recording is a series of [`Chunk`]s: what one side of one connection did at one moment. The
//! [`Analyser`] folds them into sessions and findings; it knows no file and no clock, and its memory
//! does not grow with the length of a recording.

mod analyser;
mod chunk;
mod clock;
mod diagnosis;
mod drill;
mod finished;
mod frames;
mod lines;
mod log;
mod message;
mod notes;
mod pcap;
mod reader;
pub mod recording;
mod requests;
mod runs;
mod same;
mod session;
mod story;

pub use analyser::Analyser;
pub use chunk::{Chunk, Closing, ConnectionId, DrillSpan, Ends, Timestamp, What};
pub use finished::Finished;
pub use message::message;
pub use reader::Reader;
pub use session::{Met, Tell};
