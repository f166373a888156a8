//! Cuts a stream of bytes into frames, in bounded memory.

use bytes::{Buf, BytesMut};

use super::ServerVersion;
use super::frame::{Form, Frame, FrameError, MAX_LENGTH};

/// The longest frame that is kept whole, in bytes; the body of a longer one is skipped.
pub const KEEP_LIMIT: usize = 1 << 20;

/// How much room [`Decoder::buffer`] offers to one read, in bytes.
const READ_AHEAD: usize = 8 << 10;

/// How much of an oversized frame is kept, in bytes: enough to read its message id.
const HEAD: usize = 16;

/// Cuts a stream of bytes into frames.
///
/// Its memory is bounded whatever the peer sends, as long as every read is followed by
/// [`Decoder::next_frame`] until that returns `None`.
#[derive(Debug)]
pub struct Decoder {
    version: Option<ServerVersion>,
    buffer: BytesMut,
    keep_limit: usize,
    skipping: Option<Skipping>,
}

/// A frame too long to keep, and how much of it is still to come.
#[derive(Debug)]
struct Skipping {
    frame: Frame,
    left: usize,
}

impl Decoder {
    /// A decoder for the version agreed on, or, with `None`, for a stream that begins with the
    /// server's greeting.
    pub fn new(version: Option<ServerVersion>) -> Self {
        Self {
            version,
            buffer: BytesMut::new(),
            keep_limit: KEEP_LIMIT,
            skipping: None,
        }
    }

    /// Keeps only frames up to `limit` bytes whole, instead of [`KEEP_LIMIT`].
    #[must_use]
    pub fn keeping(mut self, limit: usize) -> Self {
        self.keep_limit = limit.max(HEAD);
        self
    }

    /// Fixes the version agreed on; it decides how the following frames are read.
    pub fn set_version(&mut self, version: ServerVersion) {
        self.version = Some(version);
    }

    /// Appends bytes that arrived.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The buffer to read into, with room for one read.
    pub fn buffer(&mut self) -> &mut BytesMut {
        self.buffer.reserve(READ_AHEAD);
        &mut self.buffer
    }

    /// The bytes that have not become a frame yet.
    pub fn unread(&self) -> &[u8] {
        &self.buffer
    }

    /// The next frame, or `None` until more bytes arrive.
    ///
    /// After an error the stream is lost: every further call gives the same error.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        if self.skipping.is_some() {
            return Ok(self.skip());
        }
        let Some(length) = self
            .buffer
            .first_chunk::<4>()
            .copied()
            .map(u32::from_be_bytes)
        else {
            return Ok(None);
        };
        if length > MAX_LENGTH {
            return Err(FrameError::TooLong(length));
        }
        let size = length as usize;
        let available = &self.buffer[4..];
        if size > self.keep_limit {
            return if available.len() < HEAD {
                Ok(None)
            } else {
                self.begin_skipping(length)
            };
        }
        let Some(payload) = available.get(..size) else {
            return Ok(None);
        };
        let (form, id, offset) = Frame::head(payload, length, self.version)?;
        let mut frame = self.buffer.split_to(4 + size);
        frame.advance(4 + offset);
        Ok(Some(Frame {
            form,
            id,
            body: frame.freeze(),
            length,
            oversized: false,
        }))
    }

    /// The same, where a whole frame without a message id is one with the id 0, which no message has.
    pub fn next_with_any_id(&mut self) -> Result<Option<Frame>, FrameError> {
        let error = match self.next_frame() {
            Err(error @ (FrameError::TooShort(_) | FrameError::NoMessageId)) => error,
            frame => return frame,
        };
        let length = self.buffer.first_chunk::<4>().copied();
        let length = length.map_or(0, u32::from_be_bytes);
        let size = 4 + length as usize;
        if self.buffer.len() < size {
            return Err(error);
        }
        let mut frame = self.buffer.split_to(size);
        frame.advance(4);
        Ok(Some(Frame {
            form: Form::Text,
            id: 0,
            body: frame.freeze(),
            length,
            oversized: false,
        }))
    }

    fn begin_skipping(&mut self, length: u32) -> Result<Option<Frame>, FrameError> {
        let (form, id, _) = Frame::head(&self.buffer[4..4 + HEAD], length, self.version)?;
        let body = bytes::Bytes::new();
        let frame = Frame {
            form,
            id,
            body,
            length,
            oversized: true,
        };
        self.skipping = Some(Skipping {
            frame,
            left: 4 + length as usize,
        });
        Ok(self.skip())
    }

    fn skip(&mut self) -> Option<Frame> {
        let mut skipping = self.skipping.take()?;
        let gone = skipping.left.min(self.buffer.len());
        self.buffer.advance(gone);
        skipping.left -= gone;
        if skipping.left == 0 {
            return Some(skipping.frame);
        }
        self.skipping = Some(skipping);
        None
    }
}
