//! The request id of a message whose body is otherwise left unread.

use super::RequestIdAt;
use crate::wire::proto::{self, read};
use crate::wire::text::{Fields, number};
use crate::wire::{Form, Frame, ServerVersion};

/// The request id that a message carries, by the place where its row says it stands; `None` where it
/// carries none, or none that can be read.
pub fn request_id(frame: &Frame, at: RequestIdAt, version: ServerVersion) -> Option<i32> {
    if at == RequestIdAt::Nowhere || frame.oversized {
        return None;
    }
    match frame.form {
        Form::Greeting => None,
        Form::Protobuf => first_number(&frame.body),
        Form::Text => {
            let mut fields = Fields::new(&frame.body);
            let field = match at {
                RequestIdAt::Nowhere | RequestIdAt::Protobuf => return None,
                RequestIdAt::Last => return number(fields.last()?),
                RequestIdAt::Moved(_, since, field) if version.0 >= since => field,
                RequestIdAt::Field(field) | RequestIdAt::Moved(field, ..) => field,
            };
            // The message id is field 0 and no part of the body.
            number(fields.nth(usize::from(field).checked_sub(1)?)?)
        }
    }
}

/// Whether the last field of a text message is `1`, or the flag in tag 3 of a protobuf one is set:
/// how historical ticks mark their end.
pub fn has_last_flag(frame: &Frame) -> bool {
    match frame.form {
        Form::Text => Fields::new(&frame.body).last() == Some(b"1"),
        Form::Protobuf => {
            let message = read::<proto::LastFlag>(frame.id, &frame.body);
            message.is_ok_and(|message| message.value == Some(true))
        }
        Form::Greeting => false,
    }
}

/// Whether a request of market data is one of a snapshot, which has an end. In the text form contract,
/// combo and hedge have as many fields as they need, so that the flag is counted from the end: before the
/// options and, from version 114 on, the flag of a regulatory snapshot.
pub fn is_snapshot(frame: &Frame, version: ServerVersion) -> bool {
    match frame.form {
        Form::Text => {
            let mut fields: Vec<&[u8]> = Fields::new(&frame.body).collect();
            let behind = if version.0 >= 114 { 2 } else { 1 };
            fields.truncate(fields.len().saturating_sub(behind));
            fields.last() == Some(&&b"1"[..])
        }
        Form::Protobuf => {
            let message = read::<proto::SnapshotFlag>(frame.id, &frame.body);
            message.is_ok_and(|message| message.value == Some(true))
        }
        Form::Greeting => false,
    }
}

/// The number in tag 1, which stands first in what every known writer sends; the rest of the message
/// may be long and stays unread.
fn first_number(body: &[u8]) -> Option<i32> {
    let rest = body.strip_prefix(&[0x08])?;
    let mut value = 0_u64;
    for (place, byte) in rest.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(7 * u32::try_from(place).ok()?)?;
        if byte & 0x80 == 0 {
            // A negative id is written in the two's complement of 64 bits.
            return i32::try_from(value.cast_signed()).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::messages::{asked, told};
    use bytes::Bytes;

    fn frame(form: Form, id: u32, body: &'static [u8]) -> Frame {
        Frame {
            form,
            id,
            body: Bytes::from_static(body),
            length: 0,
            oversized: false,
        }
    }

    fn of_told(form: Form, id: u32, body: &'static [u8], version: u16) -> Option<i32> {
        let at = told(id).unwrap().request_id;
        request_id(&frame(form, id, body), at, ServerVersion(version))
    }

    #[test]
    fn the_request_id_of_an_error_moved_with_version_194() {
        assert_eq!(of_told(Form::Text, 4, b"2\x007\x00321\0x\0", 178), Some(7));
        assert_eq!(of_told(Form::Text, 4, b"7\x00321\0x\0", 194), Some(7));
        assert_eq!(of_told(Form::Text, 4, b"2\0-1\x002104\0x\0", 178), Some(-1));
    }

    #[test]
    fn a_protobuf_request_id_is_the_first_number_also_a_negative_one() {
        assert_eq!(of_told(Form::Protobuf, 55, b"\x08\x96\x01", 201), Some(150));
        let minus_one = b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
        assert_eq!(of_told(Form::Protobuf, 4, minus_one, 201), Some(-1));
        assert_eq!(of_told(Form::Protobuf, 55, b"\x12\x01a", 201), None);
        assert_eq!(of_told(Form::Protobuf, 55, b"\x08", 201), None);
    }

    #[test]
    fn market_data_are_a_snapshot_by_their_flag_in_both_forms() {
        for (body, version, expected) in [
            (
                &b"11\x003\x000\0AAPL\0STK\0\x000\x001\x000\0\0"[..],
                178,
                true,
            ),
            (b"11\x003\x000\0AAPL\0STK\0\x000\x000\x001\0\0", 178, false),
            (b"11\x003\x000\0AAPL\0STK\0\x000\x001\0\0", 113, true),
            (
                b"11\x003\0BAG\x001\x007\x001\0BUY\0SMART\x000\x00100,101\x001\x000\0\0",
                178,
                true,
            ),
            (b"", 178, false),
        ] {
            let request = frame(Form::Text, 1, body);
            assert_eq!(
                is_snapshot(&request, ServerVersion(version)),
                expected,
                "{body:?}"
            );
        }
        let request = |body| frame(Form::Protobuf, 1, body);
        let version = ServerVersion(206);
        assert!(is_snapshot(&request(b"\x08\x05\x20\x01"), version));
        assert!(!is_snapshot(&request(b"\x08\x05\x28\x01"), version));
    }

    #[test]
    fn a_request_id_in_the_last_field_is_found() {
        let at = asked(19).unwrap().request_id;
        let replaced = frame(Form::Text, 19, b"1\x001\0<xml>\x009\0");
        assert_eq!(request_id(&replaced, at, ServerVersion(178)), Some(9));
    }

    #[test]
    fn historical_ticks_end_with_a_flag_in_both_forms() {
        assert!(has_last_flag(&frame(Form::Text, 96, b"5\x000\x001\0")));
        assert!(!has_last_flag(&frame(Form::Text, 96, b"5\x000\x000\0")));
        assert!(has_last_flag(&frame(
            Form::Protobuf,
            96,
            b"\x08\x05\x18\x01"
        )));
        assert!(!has_last_flag(&frame(Form::Protobuf, 96, b"\x08\x05")));
    }
}
