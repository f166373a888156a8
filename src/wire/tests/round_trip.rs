//! What is encoded decodes to the same, at every version and in any pieces.

use proptest::prelude::*;

use super::any::{replies, requests, text, versions};
use super::only_frame;
use crate::wire::{
    Asked, ClientGreeting, Decoder, Form, Frame, Reply, ServerGreeting, ServerVersion, VersionRange,
};

/// What of the reply survives at the version: older errors have fewer fields.
fn surviving(reply: Reply, version: ServerVersion) -> Reply {
    let Reply::Notice(mut notice) = reply else {
        return reply;
    };
    if version < ServerVersion::ADVANCED_ORDER_REJECT {
        notice.advanced_order_reject.clear();
    }
    if version < ServerVersion::ERROR_TIME {
        notice.time_ms = None;
    }
    Reply::Notice(notice)
}

/// Frames cut from the bytes when they arrive in pieces of these sizes, over and over.
fn in_pieces(bytes: &[u8], sizes: &[usize], version: Option<ServerVersion>) -> Vec<Frame> {
    let mut decoder = Decoder::new(version).keeping(64);
    let (mut rest, mut sizes) = (bytes, sizes.iter().cycle());
    let mut frames = Vec::new();
    while !rest.is_empty() {
        let size = sizes
            .next()
            .map_or(rest.len(), |&size| size.min(rest.len()));
        let (piece, left) = rest.split_at(size);
        decoder.feed(piece);
        while let Some(frame) = decoder.next_frame().unwrap() {
            frames.push(frame);
        }
        rest = left;
    }
    assert!(decoder.unread().is_empty());
    frames
}

proptest! {
    #[test]
    fn every_request_round_trips_at_every_version(request in requests(), version in versions()) {
        let frame = only_frame(&request.encode(version), version.0);
        prop_assert_eq!(frame.id, request.id());
        prop_assert!(frame.form == Form::Text || version.has_binary_ids());
        prop_assert_eq!(Asked::decode(&frame), Ok(Asked::Known(request)));
    }

    #[test]
    fn every_reply_round_trips_at_every_version(reply in replies(), version in versions()) {
        let frame = only_frame(&reply.encode(version), version.0);
        prop_assert_eq!(frame.id, reply.id());
        prop_assert_eq!(Reply::decode(&frame, version), Ok(surviving(reply, version)));
    }

    #[test]
    fn fields_after_the_known_ones_are_passed_over(reply in replies(), version in versions()) {
        let opaque = matches!(
            reply,
            Reply::OpenOrder(_) | Reply::CompletedOrder(_) | Reply::Execution(_) | Reply::Other { .. }
        );
        let mut frame = only_frame(&reply.encode(version), version.0);
        let extra: &[u8] = match frame.form {
            Form::Protobuf => b"\xfa\x3f\x04more",
            _ => b"more\x007\0",
        };
        frame.body = [&frame.body, extra].concat().into();
        if !opaque {
            prop_assert_eq!(Reply::decode(&frame, version), Ok(surviving(reply, version)));
        }
    }

    #[test]
    fn any_split_of_the_bytes_gives_the_same_frames(
        replies in prop::collection::vec(replies(), 1..6),
        sizes in prop::collection::vec(1usize..20, 1..8),
        version in versions(),
    ) {
        let bytes: Vec<u8> = replies.iter().flat_map(|reply| reply.encode(version)).collect();
        let whole = in_pieces(&bytes, &[], Some(version));
        prop_assert_eq!(whole.len(), replies.len());
        prop_assert_eq!(in_pieces(&bytes, &sizes, Some(version)), whole);
    }

    #[test]
    fn greetings_round_trip(min in 0u16.., max in 0u16.., time in text(), options in "[+A-Z]{0,9}") {
        let (min, max) = (ServerVersion(min.min(max)), ServerVersion(min.max(max)));
        let greeting = ClientGreeting { range: VersionRange { min, max }, options };
        let bytes = greeting.encode();
        let length = bytes.len();
        prop_assert_eq!(ClientGreeting::decode(&bytes), Ok(Some((greeting, length))));
        let reply = ServerGreeting { version: max, connection_time: time };
        let mut decoder = Decoder::new(None);
        decoder.feed(&reply.encode());
        let frame = decoder.next_frame().unwrap().unwrap();
        prop_assert_eq!(ServerGreeting::decode(&frame.body), Ok(reply));
    }
}
