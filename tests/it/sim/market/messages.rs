//! Each kind of request is answered, in text and in protobuf.

use ibdoc::wire::Reply;

use super::requests::{Case, cases};
use super::{Message, body, protobuf, replies, session, text};

/// The ids of the replies, each once.
fn ids(replies: &[Reply]) -> Vec<u32> {
    let mut ids = Vec::new();
    for reply in replies {
        if !ids.contains(&reply.id()) {
            ids.push(reply.id());
        }
    }
    ids
}

#[tokio::test(start_paused = true)]
async fn every_request_is_answered_in_text() {
    let mut client = session(178, "normal").await;
    for case in cases() {
        let got = replies(&mut client, &text(178, case.id, &case.text)).await;
        // What only newer servers send.
        let newer = |id: &u32| matches!((case.id, *id), (20, 108));
        let expected: Vec<_> = case
            .replies
            .iter()
            .filter(|id| !newer(id))
            .copied()
            .collect();
        assert_eq!(ids(&got), expected, "{} {}: {got:?}", case.id, case.text);
        let bodies = got.iter().map(body).collect::<Vec<_>>().join("\n");
        for said in case.says {
            assert!(
                bodies.contains(said),
                "{} lacks {said} in {bodies}",
                case.id
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_request_is_answered_in_protobuf() {
    let mut client = session(226, "normal").await;
    for case in cases() {
        let got = replies(&mut client, &protobuf(case.id, &case.protobuf)).await;
        assert_eq!(ids(&got), case.replies, "{}: {got:?}", case.id);
        for reply in &got {
            holds_no_text_fields(&case, reply);
        }
    }
}

/// A protobuf body begins with the key of a field, and reads to its end.
fn holds_no_text_fields(case: &Case, reply: &Reply) {
    let Reply::Other { body, .. } = reply else {
        return;
    };
    let fields = fields(body).unwrap_or_else(|| panic!("{} is answered by {body:?}", case.id));
    let first = fields.first().map(|(tag, _)| *tag);
    assert!(
        first.is_none() || first == Some(1),
        "{}: {fields:?}",
        case.id
    );
}

/// The fields of a protobuf message: number, and the bytes of those that have a length.
pub(crate) fn fields(mut body: &[u8]) -> Option<Vec<(u32, Vec<u8>)>> {
    let mut fields = Vec::new();
    while !body.is_empty() {
        let key = varint(&mut body)?;
        let value = match key & 7 {
            0 => varint(&mut body)?.to_string().into_bytes(),
            1 => {
                let (value, rest) = body.split_at_checked(8)?;
                body = rest;
                value.to_vec()
            }
            2 => {
                let length = usize::try_from(varint(&mut body)?).ok()?;
                let (value, rest) = body.split_at_checked(length)?;
                body = rest;
                value.to_vec()
            }
            _ => return None,
        };
        fields.push((u32::try_from(key >> 3).ok()?, value));
    }
    Some(fields)
}

fn varint(body: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = body.split_first()?;
        *body = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[tokio::test(start_paused = true)]
async fn the_same_request_is_text_below_its_version_and_protobuf_from_it_on() {
    for (id, since, request) in [
        (9, 205, "8|1|265598||||||||||||0||||"),
        (1, 206, "11|1|265598||||||||||||0||1|0|"),
        (87, 208, "1|265598||||||||||||0|1|TRADES|1"),
        (85, 209, ""),
        (24, 210, "1"),
        (80, 212, "1"),
        (82, 213, ""),
    ] {
        for version in [since - 1, since] {
            let mut client = session(version, "normal").await;
            let got = replies(&mut client, &text(version, id, request)).await;
            let is_protobuf = got.iter().any(|reply| match reply {
                Reply::Other { body, .. } => !body.ends_with(b"\0"),
                _ => false,
            });
            assert!(!got.is_empty(), "{id} at {version}");
            assert_eq!(is_protobuf, version == since, "{id} at {version}: {got:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn contract_details_have_the_fields_of_their_version() {
    // The fields as the official client reads them; each version adds some, and 164 takes three.
    const COUNTS: [(u16, usize); 12] = [
        (100, 33),
        (110, 34),
        (121, 35),
        (122, 37),
        (126, 38),
        (134, 39),
        (152, 40),
        (163, 41),
        (164, 41),
        (182, 42),
        (186, 43),
        (204, 43),
    ];
    for (version, count) in COUNTS {
        let mut client = session(version, "normal").await;
        let issuer = if version >= 176 { "||" } else { "|" };
        let request = format!("8|1|265598||||||||||||0|{issuer}");
        let got = replies(&mut client, &text(version, 9, &request)).await;
        let details = body(&got[0]);
        assert_eq!(details.matches('|').count(), count, "{version}: {details}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_is_acknowledged_as_inactive_and_its_id_is_taken() {
    let order = Message::new().text(5, "SELL").text(6, "3").text(8, "MKT");
    let contract = Message::new().number(1, 265_598);
    let request = Message::new()
        .number(1, 40)
        .message(2, &contract)
        .message(3, &order);
    let mut client = session(226, "normal").await;
    let got = replies(&mut client, &protobuf(3, &request)).await;
    let [
        Reply::OpenOrder(order),
        Reply::Notice(reason),
        Reply::Other { id: 3, body },
    ] = &got[..]
    else {
        panic!("{got:?}");
    };
    assert!(String::from_utf8_lossy(order).contains("SELL"));
    assert!(String::from_utf8_lossy(order).contains("Inactive"));
    assert_eq!((reason.req_id, reason.code), (40, 201));
    assert!(reason.text.contains("simulated"), "{}", reason.text);
    let status = fields(body).unwrap();
    assert_eq!(status[1], (2, b"Inactive".to_vec()));
    assert_eq!(status[2], (3, b"0".to_vec()), "filled");
    assert_eq!(status[3], (4, b"3".to_vec()), "remaining");
    let next = client.answer(ibdoc::wire::Request::Ids).await;
    assert_eq!(next, Reply::NextValidId(41));
}
