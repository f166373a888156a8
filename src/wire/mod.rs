//! Frames and messages of the TWS API socket ↔ bytes, in text and in protobuf.
//!
//! Everything here is pure: no socket, no clock. The session and the simulated Gateway share
//! it, so that what one encodes the other decodes. Whatever comes from the wire is hostile: no
//! length is believed before it is checked, and a body is kept only as its bytes arrive.
//!
//! No order can be encoded: [`Request`] has no variant for one, nor for the two requests that
//! bind orders to the asking client (5 and 15).

mod decoder;
mod frame;
mod greeting;
mod ids;
#[doc(hidden)]
pub mod messages;
mod peer;
mod proto;
mod reply;
mod request;
mod text;
mod version;

pub(crate) use frame::PROTOBUF_OFFSET;
pub(crate) use proto::is_protobuf;
pub(crate) use text::number;

pub use decoder::{Decoder, KEEP_LIMIT};
pub use frame::{DecodeError, Form, Frame, FrameError, MAX_LENGTH};
pub use greeting::{ClientGreeting, GreetingError, ServerGreeting};
pub use messages::incoming_form as reply_form;
pub use peer::NotTws;
pub use reply::{
    AccountUpdateMulti, AccountValue, Contract, Execution, Notice, PortfolioValue, Position, Reply,
    SummaryValue,
};
pub use request::{Asked, Request};
pub use version::{ServerVersion, VersionRange, VersionRangeError};

#[cfg(test)]
mod tests;
