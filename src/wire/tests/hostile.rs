//! Whatever a peer sends, the codec neither panics nor believes a length.

use proptest::prelude::*;

use super::only_frame;
use crate::wire::{
    Asked, ClientGreeting, DecodeError, Decoder, Frame, FrameError, KEEP_LIMIT, MAX_LENGTH, NotTws,
    Reply, ServerGreeting, ServerVersion,
};

/// Decodes the bytes in every way; only a panic fails.
fn decode_all(bytes: &[u8], version: Option<ServerVersion>) {
    let mut decoder = Decoder::new(version);
    decoder.feed(bytes);
    while let Ok(Some(frame)) = decoder.next_frame() {
        let _ = Reply::decode(&frame, version.unwrap_or(ServerVersion::FRAMED));
        let _ = Asked::decode(&frame);
        let _ = ServerGreeting::decode(&frame.body);
    }
}

/// One frame around any body, so that bodies are reached.
fn framed(id: u32, body: &[u8], version: ServerVersion) -> Vec<u8> {
    let head = if version.has_binary_ids() {
        id.to_be_bytes().to_vec()
    } else {
        format!("{id}\0").into_bytes()
    };
    let length = u32::try_from(head.len() + body.len()).unwrap();
    [&length.to_be_bytes(), head.as_slice(), body].concat()
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), version in 90u16..240) {
        decode_all(&bytes, None);
        decode_all(&bytes, Some(ServerVersion(version)));
        let _ = ClientGreeting::decode(&bytes);
        let _ = ClientGreeting::decode(&[b"API\0", bytes.as_slice()].concat());
        let _ = ServerGreeting::decode(&bytes);
        let _ = NotTws::recognise(&bytes);
    }

    #[test]
    fn no_body_panics(
        id in 0u32..330,
        body in prop::collection::vec(any::<u8>(), 0..120),
        version in 100u16..=226,
    ) {
        let version = ServerVersion(version);
        decode_all(&framed(id, &body, version), Some(version));
    }

    #[test]
    fn no_fields_panic(
        id in 0u32..120,
        fields in prop::collection::vec("[-0-9a-z.]{0,12}", 0..24),
        version in 100u16..=226,
    ) {
        let version = ServerVersion(version);
        decode_all(&framed(id, fields.join("\0").as_bytes(), version), Some(version));
    }

    #[test]
    fn a_length_over_the_limit_is_refused_from_its_four_bytes(
        length in MAX_LENGTH + 1..,
        version in prop::option::of(100u16..=226),
    ) {
        let mut decoder = Decoder::new(version.map(ServerVersion));
        decoder.feed(&length.to_be_bytes());
        prop_assert_eq!(decoder.next_frame(), Err(FrameError::TooLong(length)));
        prop_assert_eq!(decoder.next_frame(), Err(FrameError::TooLong(length)));
    }

    #[test]
    fn a_legal_length_reserves_nothing(length in 100u32..=MAX_LENGTH, version in 100u16..=226) {
        let mut decoder = Decoder::new(Some(ServerVersion(version)));
        decoder.feed(&length.to_be_bytes());
        prop_assert_eq!(decoder.next_frame(), Ok(None));
        prop_assert!(decoder.buffer().capacity() < 64 << 10);
    }
}

#[test]
fn a_frame_over_the_keep_limit_is_skipped_while_it_is_counted() {
    for (version, head, id) in [(176, &b"61\x003\0"[..], 61), (226, b"\0\0\x01\x05", 61)] {
        let mut decoder = Decoder::new(Some(ServerVersion(version)));
        decoder.feed(&MAX_LENGTH.to_be_bytes());
        decoder.feed(head);
        let mut left = MAX_LENGTH as usize - head.len();
        let piece = [b'x'; 8 << 10];
        let frame = loop {
            let size = left.min(piece.len());
            decoder.feed(&piece[..size]);
            left -= size;
            if let Some(frame) = decoder.next_frame().unwrap() {
                break frame;
            }
            assert!(decoder.unread().len() < KEEP_LIMIT);
            assert!(decoder.buffer().capacity() < 2 * KEEP_LIMIT);
        };
        assert_eq!(left, 0);
        let Frame {
            id: found,
            length,
            oversized,
            body,
            ..
        } = &frame;
        assert_eq!(
            (*found, *length, *oversized, body.len()),
            (id, MAX_LENGTH, true, 0)
        );
        let error = DecodeError::Oversized {
            id,
            length: MAX_LENGTH,
        };
        assert_eq!(Reply::decode(&frame, ServerVersion(version)), Err(error));
        decoder.feed(&Reply::PositionEnd.encode(ServerVersion(version)));
        assert_eq!(
            decoder.next_frame().unwrap().unwrap().id,
            62,
            "the stream is still in step"
        );
    }
}

#[test]
fn a_frame_without_room_for_its_id_is_an_error() {
    let next = |bytes: &[u8], version| {
        let mut decoder = Decoder::new(Some(ServerVersion(version)));
        decoder.feed(bytes);
        decoder.next_frame()
    };
    assert_eq!(next(b"\0\0\0\0", 201), Err(FrameError::TooShort(0)));
    assert_eq!(next(b"\0\0\0\x03\0\0\0", 201), Err(FrameError::TooShort(3)));
    assert_eq!(next(b"\0\0\0\0", 200), Err(FrameError::NoMessageId));
    assert_eq!(next(b"\0\0\0\x04HTTP", 200), Err(FrameError::NoMessageId));
}

#[test]
fn a_broken_body_is_an_error_only_where_a_diagnosis_rests_on_it() {
    let decode = |id: u32, body: &[u8], version| {
        let bytes = framed(id, body, ServerVersion(version));
        Reply::decode(&only_frame(&bytes, version), ServerVersion(version))
    };
    for id in [5, 11, 101, 3, 77] {
        assert!(decode(id, b"\xff\xff", 176).is_ok(), "{id}");
        assert!(decode(id + 200, b"\xff\xff", 226).is_ok(), "{id}");
    }
    assert!(
        decode(61, b"3\0DU1\0x\0", 176).is_ok(),
        "a short position counts"
    );
    let field = |id, field| Err(DecodeError::Field { id, field });
    assert_eq!(decode(9, b"1\0x\0", 176), field(9, "order id"));
    assert_eq!(decode(4, b"2\0-1\0\0", 176), field(4, "code"));
    assert_eq!(decode(49, b"1\0", 176), field(49, "time"));
    assert_eq!(decode(209, b"", 226), field(9, "order id"));
    assert!(matches!(
        decode(209, b"\xff", 226),
        Err(DecodeError::Protobuf { id: 9, .. })
    ));
}

#[test]
fn text_that_is_not_utf_8_is_replaced_in_both_forms() {
    let text = |id: u32, body: &[u8], version| {
        let bytes = framed(id, body, ServerVersion(version));
        match Reply::decode(&only_frame(&bytes, version), ServerVersion(version)) {
            Ok(Reply::Notice(notice)) => notice.text,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        text(4, b"2\0-1\x00321\0gesch\xfctzt\0", 165),
        "gesch\u{fffd}tzt"
    );
    assert_eq!(text(204, b"\x18\xc1\x02\x22\x03a\xfcb", 226), "a\u{fffd}b");
}
