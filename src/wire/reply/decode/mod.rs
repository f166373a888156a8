//! Bytes to replies.
//!
//! Strict only where a diagnosis depends on it: codes, ids and times. A price or a strike that
//! cannot be read is 0, and fields beyond the known ones are passed over.

mod protobuf;
mod text;

pub(super) use self::protobuf::contract as contract_of_protobuf;
pub(super) use self::text::contract as contract_of_text;

use super::Reply;
use crate::wire::ids::incoming as ids;
use crate::wire::{DecodeError, Form, Frame, ServerVersion};

impl Reply {
    /// Reads a message; the frame says in which form it came, the version how its text is laid
    /// out.
    pub fn decode(frame: &Frame, version: ServerVersion) -> Result<Self, DecodeError> {
        if frame.is_greeting() {
            return Err(DecodeError::Greeting);
        }
        if let Some(unread) = unread(frame) {
            return Ok(unread);
        }
        if frame.oversized {
            return Err(DecodeError::Oversized {
                id: frame.id,
                length: frame.length,
            });
        }
        match frame.form {
            Form::Protobuf => protobuf::decode(frame),
            Form::Text | Form::Greeting => text::decode(frame, version),
        }
    }
}

/// The messages whose body is not looked at.
fn unread(frame: &Frame) -> Option<Reply> {
    Some(match frame.id {
        ids::OPEN_ORDER => Reply::OpenOrder(frame.body.clone()),
        ids::OPEN_ORDERS_END => Reply::OpenOrdersEnd,
        ids::COMPLETED_ORDER => Reply::CompletedOrder(frame.body.clone()),
        ids::COMPLETED_ORDERS_END => Reply::CompletedOrdersEnd,
        ids::EXECUTION => Reply::Execution(frame.body.clone()),
        ids::POSITION_END => Reply::PositionEnd,
        ids::ERROR
        | ids::ACCOUNT_VALUE..=ids::NEXT_VALID_ID
        | ids::MANAGED_ACCOUNTS
        | ids::CURRENT_TIME
        | ids::ACCOUNT_DOWNLOAD_END
        | ids::EXECUTIONS_END
        | ids::POSITION
        | ids::ACCOUNT_SUMMARY
        | ids::ACCOUNT_SUMMARY_END
        | ids::ACCOUNT_UPDATE_MULTI
        | ids::ACCOUNT_UPDATE_MULTI_END
        | ids::CURRENT_TIME_MILLIS => return None,
        id => Reply::Other {
            id,
            body: frame.body.clone(),
        },
    })
}

/// Far more than any user has: a frame has room for half a million short names.
const MOST_ACCOUNTS: usize = 1000;

/// The list may end in a comma, and an empty list is one empty name; it is kept up to
/// [`MOST_ACCOUNTS`] names.
fn accounts(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .take(MOST_ACCOUNTS)
        .map(str::to_owned)
        .collect()
}
