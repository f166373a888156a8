//! Whether bytes of a side, of which the beginning was not recorded, are messages of the API: by their
//! frames, and by what stands in them.

use super::frames::{id, is_head};
use crate::event::Speaker;
use crate::wire::{MAX_LENGTH, PROTOBUF_OFFSET, is_protobuf};

/// So many frames in a row are no accident.
pub(super) const RUN: usize = 3;

/// Whether these are frames of this side, the first one whole.
pub(super) fn looks_like(side: Speaker, bytes: &[u8]) -> bool {
    let Some(length) = bytes.first_chunk::<4>() else {
        return false;
    };
    let end = 4 + u32::from_be_bytes(*length).min(MAX_LENGTH) as usize;
    let rest = bytes.get(end..);
    is_head(side, bytes) == Some(true)
        && rest.is_some_and(|rest| is_head(side, rest) != Some(false))
}

/// The ids of the whole frames of this side that follow one another from some place on, up to the end;
/// none where there are none.
pub(super) fn run(side: Speaker, bytes: &[u8]) -> Vec<u32> {
    let mut runs = (0..bytes.len()).filter_map(|from| ids(side, &bytes[from..]));
    runs.find(|ids| !ids.is_empty()).unwrap_or_default()
}

/// The ids of the whole frames of this side, where there is nothing else.
fn ids(side: Speaker, mut bytes: &[u8]) -> Option<Vec<u32>> {
    let mut ids = Vec::new();
    while let Some(true) = is_head(side, bytes) {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length).min(MAX_LENGTH) as usize;
        let Some((body, behind)) = rest.split_at_checked(length) else {
            return Some(ids);
        };
        if !is_message(body) {
            return None;
        }
        ids.push(id(rest)?);
        bytes = behind;
    }
    is_head(side, bytes).is_none().then_some(ids)
}

/// Whether a body is one of the API: protobuf behind its id, or fields of text that each end with a NUL.
/// Protocols that count their messages in four bytes have ids as well.
fn is_message(body: &[u8]) -> bool {
    let mut fields = body;
    if let Some((binary, rest)) = body.split_first_chunk::<4>().filter(|(it, _)| it[0] == 0) {
        if u32::from_be_bytes(*binary) > PROTOBUF_OFFSET {
            return is_protobuf(rest);
        }
        if rest.is_empty() {
            return true;
        }
        fields = rest;
    }
    let is_text = |byte: &u8| *byte >= b' ' || matches!(*byte, 0 | b'\t' | b'\n' | b'\r');
    fields.ends_with(b"\0") && fields.iter().all(is_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_text_or_protobuf_behind_a_known_id() {
        let cases: [(&[u8], bool); 9] = [
            (b"7\x003\x005\0\0\0", true),
            (b"\0\0\0\x31\x31\0", true),
            (b"\0\0\0\x50", true),
            (b"\0\0\x01\x0f\x08\x05", true),
            (b"\0\0\x00\xf9", true),
            // ZooKeeper's number, kind and path; Kafka's numbers; JSON without an end.
            (b"\0\0\0\x07\0\0\0\x04\0\0\0\x06/a/b/c\0", false),
            (b"\0\0\0\xcf\0\0\0\0\0\0\x07\xcc", false),
            (b"\0\0\0\x0b\0\0\0\x04\0\x06client", false),
            (b"7\0{}", false),
        ];
        for (body, is_one) in cases {
            assert_eq!(is_message(body), is_one, "{body:?}");
        }
    }
}
