//! The bytes of a direction come out in their order, and what was not captured is a gap.

use super::*;
use proptest::prelude::*;

fn at(millis: u64) -> Timestamp {
    Timestamp(Duration::from_millis(millis))
}

fn said(stream: &mut Stream, millis: u64, sequence: u32, payload: &[u8], fin: bool) -> String {
    let mut said = String::new();
    stream.take(at(millis), sequence, payload, fin, &mut |piece| {
        said += &word(&piece);
    });
    said
}

fn word(piece: &Piece<'_>) -> String {
    match piece {
        Piece::Bytes(_, bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Piece::Gap(bytes) => format!("<{bytes}>"),
        Piece::Repeated(bytes) => format!("({bytes})"),
        Piece::Fin(_) => ".".to_owned(),
    }
}

#[test]
fn numbers_wrap_around_and_segments_come_out_of_order() {
    let mut stream = Stream::default();
    stream.begin(u32::MAX - 2);
    assert_eq!(said(&mut stream, 0, u32::MAX - 1, b"ab", false), "ab");
    assert_eq!(said(&mut stream, 1, 2, b"ef", false), "");
    assert_eq!(said(&mut stream, 2, 0, b"cd", false), "cdef");
    assert_eq!(said(&mut stream, 3, 4, b"g", true), "g.");
}

#[test]
fn what_is_sent_again_is_counted_and_its_new_part_is_handed_on() {
    let mut stream = Stream::default();
    stream.begin(0);
    assert_eq!(said(&mut stream, 0, 1, b"abcd", false), "abcd");
    assert_eq!(said(&mut stream, 0, 1, b"abcd", false), "");
    assert_eq!(said(&mut stream, 300, 1, b"abcd", false), "(4)");
    assert_eq!(said(&mut stream, 301, 3, b"cdef", false), "ef");
    assert_eq!(said(&mut stream, 302, 6, b"x", false), "");
}

#[test]
fn a_gap_is_given_up_once_the_other_side_has_the_bytes() {
    let mut stream = Stream::default();
    stream.begin(0);
    assert_eq!(said(&mut stream, 0, 11, b"late", false), "");
    assert_eq!(said(&mut stream, 900, 15, b"r", false), "");
    let mut told = String::new();
    assert!(stream.acknowledge(at(950), 16));
    stream.give_up_late(at(950), &mut |piece| told += &word(&piece));
    assert_eq!(told, "<10>later");
    assert_eq!(said(&mut stream, 1_000, 16, b"!", false), "!");
}

#[test]
fn what_the_other_side_has_of_a_direction_that_was_not_captured_is_a_gap() {
    let mut stream = Stream::default();
    let mut told = String::new();
    for (millis, number) in [(0, 1_001), (10, 1_031), (20, 1_091), (900, 1_091)] {
        if stream.acknowledge(at(millis), number) {
            stream.give_up_late(at(millis), &mut |piece| told += &word(&piece));
        }
    }
    assert_eq!(told, "<90>");
    assert!(stream.acknowledge(at(910), 1_101));
    stream.give_up_late(at(910), &mut |piece| told += &word(&piece));
    stream.finish(&mut |piece| told += &word(&piece));
    assert_eq!(told, "<90><10>");
    // It is captured before what it acknowledges, as on two queues of a card.
    let mut stream = Stream::default();
    stream.begin(0);
    assert!(stream.acknowledge(at(0), 5));
    stream.give_up_late(at(0), &mut |piece| panic!("{piece:?}"));
    assert_eq!(said(&mut stream, 1, 1, b"abcd", false), "abcd");
    assert!(!stream.acknowledge(at(900), 5));
}

#[test]
fn a_fin_behind_a_gap_waits_for_it_or_for_the_end() {
    let mut stream = Stream::default();
    stream.begin(0);
    assert_eq!(said(&mut stream, 0, 6, b"", true), "");
    let mut rest = String::new();
    stream.finish(&mut |piece| rest += &word(&piece));
    assert_eq!(rest, "<5>.");
}

#[test]
fn a_window_that_closes_tells_how_much_is_unread_at_least() {
    let mut stream = Stream {
        scale: Some(2),
        ..Stream::default()
    };
    assert_eq!(stream.offer(1_000, 100), None);
    assert_eq!(stream.offer(1_200, 50), None);
    assert_eq!(stream.offer(1_400, 0), Some(Window::Full(Some(400))));
    assert_eq!(stream.offer(1_400, 0), None);
    assert_eq!(stream.offer(1_400, 100), Some(Window::Open));
}

proptest! {
    #[test]
    fn any_order_of_overlapping_segments_gives_the_same_bytes(
        first in any::<u32>(),
        cuts in prop::collection::vec((0_usize..60, 1_usize..20), 1..40),
        order in any::<u64>(),
    ) {
        let text: Vec<u8> = (0..80).map(|place| b'a' + place % 26).collect();
        let mut pieces: Vec<(usize, usize)> = cuts;
        pieces.extend((0..80).step_by(5).map(|start| (start, 5)));
        let mut random = fastrand::Rng::with_seed(order);
        random.shuffle(&mut pieces);
        let mut stream = Stream::default();
        stream.begin(first);
        let mut got = Vec::new();
        for (start, length) in pieces {
            let sequence = first.wrapping_add(1 + u32::try_from(start).unwrap());
            stream.take(at(0), sequence, &text[start..start + length], false, &mut |piece| {
                if let Piece::Bytes(_, bytes) = piece {
                    got.extend_from_slice(bytes);
                }
            });
        }
        prop_assert_eq!(got, text);
    }
}
