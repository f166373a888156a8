//! One frame: its form, its message id, its body, and the errors of reading it (docs/PROTOCOL.md,
//! Frames).

use bytes::{BufMut, Bytes};

use super::ServerVersion;
use super::text;

/// The longest legal frame, in bytes after the length; a longer one means a wrong peer or a
/// stream out of step.
pub const MAX_LENGTH: u32 = 0x00FF_FFFF;

/// What is added to the id of a message whose body is protobuf.
pub(crate) const PROTOBUF_OFFSET: u32 = 200;

/// How the body of a frame is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// The server's first reply, which has no message id.
    Greeting,
    /// Fields, each closed by a NUL.
    Text,
    /// One protobuf message.
    Protobuf,
}

/// One frame off the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// How the body is written.
    pub form: Form,
    /// The message id, without the offset of protobuf; 0 in a greeting.
    pub id: u32,
    /// What follows the message id; empty if the frame was oversized.
    pub body: Bytes,
    /// The length as it stood on the wire, in bytes.
    pub length: u32,
    /// Whether the frame was legal but too long to keep, so that its body was skipped.
    pub oversized: bool,
}

/// A stream that cannot be cut into frames any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The length is above [`MAX_LENGTH`].
    #[error("a frame of {0} bytes is longer than the protocol allows")]
    TooLong(u32),
    /// The frame has no room for its four-byte message id.
    #[error("a frame of {0} bytes is too short for a message id")]
    TooShort(u32),
    /// A text frame does not begin with a message id.
    #[error("a text frame does not begin with a message id")]
    NoMessageId,
}

/// A message whose body is not that of its id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A field is missing or not of its type.
    #[error("message {id} has no valid {field}")]
    Field {
        /// The message id.
        id: u32,
        /// The field, in words.
        field: &'static str,
    },
    /// The body is not the protobuf message it should be.
    #[error("message {id} is not valid protobuf: {reason}")]
    Protobuf {
        /// The message id.
        id: u32,
        /// What the protobuf library says.
        reason: String,
    },
    /// The body was too long to keep.
    #[error("message {id} of {length} bytes is too long to read")]
    Oversized {
        /// The message id.
        id: u32,
        /// The length on the wire, in bytes.
        length: u32,
    },
    /// The frame is a greeting, not a message.
    #[error("a greeting where a message was expected")]
    Greeting,
}

impl Frame {
    /// Whether this is the server's greeting.
    pub fn is_greeting(&self) -> bool {
        self.form == Form::Greeting
    }

    /// The message id and the offset of the body in `payload`, which may be only the beginning
    /// of the frame.
    pub(super) fn head(
        payload: &[u8],
        length: u32,
        version: Option<ServerVersion>,
    ) -> Result<(Form, u32, usize), FrameError> {
        match version {
            None => Ok((Form::Greeting, 0, 0)),
            Some(version) if version.has_binary_ids() => {
                let id = payload
                    .first_chunk::<4>()
                    .ok_or(FrameError::TooShort(length))?;
                match u32::from_be_bytes(*id) {
                    id if id > PROTOBUF_OFFSET => Ok((Form::Protobuf, id - PROTOBUF_OFFSET, 4)),
                    id => Ok((Form::Text, id, 4)),
                }
            }
            Some(_) => text::leading_id(payload)
                .map(|(id, offset)| (Form::Text, id, offset))
                .ok_or(FrameError::NoMessageId),
        }
    }
}

/// Builds one frame, message id first.
pub(super) struct FrameBuilder {
    bytes: Vec<u8>,
}

impl FrameBuilder {
    /// Begins a frame in the form the version calls for.
    pub(super) fn new(id: u32, form: Form, version: ServerVersion) -> Self {
        let mut bytes = Vec::with_capacity(64);
        bytes.put_u32(0);
        match (version.has_binary_ids(), form) {
            (true, Form::Protobuf) => bytes.put_u32(id + PROTOBUF_OFFSET),
            (true, _) => bytes.put_u32(id),
            (false, _) => text::put_field(&mut bytes, &id.to_string()),
        }
        Self { bytes }
    }

    /// Appends one text field.
    pub(super) fn field(&mut self, value: impl text::Field) -> &mut Self {
        value.put(&mut self.bytes);
        self
    }

    /// Appends a protobuf message.
    pub(super) fn message(&mut self, message: &impl prost::Message) {
        message.encode_raw(&mut self.bytes);
    }

    /// Appends a body that is already encoded.
    pub(super) fn raw(&mut self, body: &[u8]) {
        self.bytes.put_slice(body);
    }

    /// The whole frame.
    pub(super) fn finish(mut self) -> Vec<u8> {
        set_length(&mut self.bytes);
        self.bytes
    }
}

/// Writes the length of what follows into the first four bytes.
pub(super) fn set_length(bytes: &mut [u8]) {
    let length = u32::try_from(bytes.len().saturating_sub(4)).unwrap_or(u32::MAX);
    if let Some(head) = bytes.first_chunk_mut::<4>() {
        *head = length.to_be_bytes();
    }
}
