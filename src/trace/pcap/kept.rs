//! What a connection did before it was known whether it is one of the API.

use crate::trace::chunk::{Timestamp, What};

/// A chunk that is kept until it is known whose it is.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) at: Timestamp,
    pub(super) from_first: bool,
    pub(super) what: What<'static>,
    pub(super) bytes: Vec<u8>,
}

/// A chunk that outlives its packet.
pub(super) fn kept_of(at: Timestamp, from_first: bool, what: What<'_>) -> Option<Kept> {
    let mut bytes = Vec::new();
    let what = match what {
        What::Bytes(it) => {
            bytes = it.to_vec();
            What::Bytes(b"")
        }
        What::Met(ends) => What::Met(ends),
        What::Connects => What::Connects,
        What::Accepted => What::Accepted,
        What::Gap(bytes) => What::Gap(bytes),
        What::NotReading(unread) => What::NotReading(unread),
        What::Reads => What::Reads,
        What::Repeated(bytes) => What::Repeated(bytes),
        What::Unacknowledged(bytes) => What::Unacknowledged(bytes),
        What::Closed(how) => What::Closed(how),
        What::Over => What::Over,
        What::Said(_) | What::Drilled(..) => return None,
    };
    Some(Kept {
        at,
        from_first,
        what,
        bytes,
    })
}
