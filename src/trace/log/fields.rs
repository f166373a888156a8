//! The fields of a message, as a log has them: separated by commas.

use crate::event::Speaker;
use crate::wire::{ServerVersion, messages, number};

/// Messages whose last fields may hold commas.
const ERROR: &[u8] = b"4";
const ACCOUNTS: &[u8] = b"15";

/// Makes the frame that the fields came from. Where a text holds commas, its place in the message says
/// which of them separate fields.
pub(super) fn encode(
    frame: &mut Vec<u8>,
    side: Speaker,
    fields: &[u8],
    version: Option<ServerVersion>,
) {
    frame.clear();
    frame.extend_from_slice(&[0; 4]);
    let id = fields.split(|it| *it == b',').next().unwrap_or_default();
    let with_text = match (side, id) {
        (Speaker::Gateway, ERROR) => Some(error_commas(fields, version)),
        // Everything behind the version of the message is one list.
        (Speaker::Gateway, ACCOUNTS) => Some((2, 0)),
        _ => None,
    };
    frame.extend_from_slice(fields);
    frame.push(0);
    let commas = with_text.map(|_| memchr::memchr_iter(b',', fields).count());
    let separators = frame[4..].iter_mut().filter(|it| **it == b',');
    for (place, it) in separators.enumerate() {
        let separates =
            with_text.is_none_or(|(head, tail)| place < head || Some(place + 1 + tail) > commas);
        if separates {
            *it = 0;
        }
    }
    let length = u32::try_from(frame.len() - 4).unwrap_or(u32::MAX);
    frame[..4].copy_from_slice(&length.to_be_bytes());
}

/// How many commas at the beginning and at the end of an error separate fields.
fn error_commas(fields: &[u8], version: Option<ServerVersion>) -> (usize, usize) {
    let version = version.unwrap_or(ServerVersion(178));
    let head = if version >= ServerVersion::ERROR_TIME {
        3
    } else {
        4
    };
    let mut tail = usize::from(version >= ServerVersion::ADVANCED_ORDER_REJECT);
    tail += usize::from(version >= ServerVersion::ERROR_TIME);
    // A JSON that is there has commas of its own: it is left with the text.
    if fields.ends_with(b"}") {
        tail = 0;
    }
    (head, tail)
}

/// The message id and the request id of a message.
pub(super) fn ids(
    side: Speaker,
    fields: &[u8],
    version: Option<ServerVersion>,
) -> Option<(u32, Option<i32>)> {
    let mut parts = fields.split(|it| *it == b',');
    let id = u32::try_from(number(parts.next()?.trim_ascii())?).ok()?;
    let at = match side {
        Speaker::Client => messages::asked(id)?.request_id,
        Speaker::Gateway => messages::told(id)?.request_id,
    };
    let version = version.unwrap_or(ServerVersion(178));
    let place = match at {
        messages::RequestIdAt::Moved(_, since, place) if version.0 >= since => place,
        messages::RequestIdAt::Field(place) | messages::RequestIdAt::Moved(place, ..) => place,
        messages::RequestIdAt::Last => return Some((id, parts.next_back().and_then(number))),
        messages::RequestIdAt::Nowhere | messages::RequestIdAt::Protobuf => {
            return Some((id, None));
        }
    };
    Some((id, parts.nth(usize::from(place) - 1).and_then(number)))
}
