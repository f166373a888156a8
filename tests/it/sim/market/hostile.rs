//! Malformed and hostile requests are answered with 320, and end nothing.

use ibdoc::wire::{Reply, Request};

use super::requests::cases;
use super::{Message, framed, protobuf, refusal, replies, session, text};

#[tokio::test(start_paused = true)]
async fn malformed_requests_are_answered_with_320_and_no_id() {
    let mut client = session(178, "normal").await;
    for (id, request) in [
        // No number where one belongs.
        (9, "8|x|265598||||||||||||0||||"),
        (9, "8|1|apple||||||||||||0||||"),
        (9, "8|1|265598||||strike||||||||0||||"),
        (9, "eight|1|265598||||||||||||0||||"),
        (9, "8|99999999999|265598||||||||||||0||||"),
        (1, "11|1|265598||||||||||||maybe||perhaps|0|"),
        (20, "1|265598||||||||||||0||1 day|1 D|yes|TRADES|1|0|"),
        (91, "rule"),
        (62, "1|x|All|NetLiquidation"),
        (7, "3|x|0||||||"),
        // Fields that are missing.
        (9, ""),
        (9, "8"),
        (9, "8|1|265598"),
        (1, "11|1|265598||||||||||||0"),
        (92, "1"),
        (4, ""),
        // A combination with more legs than it has fields, and no number of them.
        (
            1,
            "11|1|0|X|BAG||0|||SMART||USD|||2147483647|1|1|BUY|SMART|0||0|0|",
        ),
        (1, "11|1|0|X|BAG||0|||SMART||USD|||-1|0||0|0|"),
        // Messages that no client sends.
        (250, "1"),
        (0, "1"),
        (60, "1|1"),
    ] {
        let got = replies(&mut client, &text(178, id, request)).await;
        let (req_id, code, words) = refusal(&got);
        assert_eq!((req_id, code), (-1, 320), "{id} {request}: {words}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_frame_without_a_message_id_is_answered_with_320_too() {
    for (version, frames) in [
        (
            178,
            &[
                &b"abc\x001\0"[..],
                b"-5\x001\0",
                b"99999999999999999999\x001\0",
                b"49",
                b"\0",
                b"",
            ][..],
        ),
        (226, &[b"abc", b""]),
    ] {
        let mut client = session(version, "normal").await;
        for frame in frames {
            let got = replies(&mut client, &framed(frame.to_vec())).await;
            let (req_id, code, words) = refusal(&got);
            assert_eq!((req_id, code), (-1, 320), "{frame:?}: {words}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn malformed_protobuf_is_answered_with_320_and_no_id() {
    let broken = |bytes: &[u8]| Message(bytes.to_vec());
    let mut client = session(226, "normal").await;
    for (id, message) in [
        (9, Message::new()),
        (9, Message::new().text(1, "no number")),
        (
            9,
            Message::new()
                .number(1, 1)
                .message(2, &Message::new().text(1, "x")),
        ),
        (
            9,
            Message::new()
                .number(1, 1)
                .message(2, &broken(b"\x0a\xff\xff\xff\xff\x0f")),
        ),
        (9, broken(b"\x08")),
        (9, broken(b"\x0f\x01")),
        (
            9,
            broken(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        ),
        (1, Message::new().number(1, 1).text(4, "true")),
        (
            54,
            Message::new()
                .number(1, 1)
                .message(2, &Message::new())
                .real(3, f64::NAN),
        ),
        (62, broken(b"\x0a\xff")),
        (61, broken(b"\xff\xff\xff")),
        (199, Message::new().number(1, 1)),
    ] {
        let got = replies(&mut client, &protobuf(id, &message)).await;
        let (req_id, code, words) = refusal(&got);
        assert_eq!((req_id, code), (-1, 320), "{id}: {words}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_too_long_is_answered_with_320() {
    let mut client = session(178, "normal").await;
    let long = format!("15|{}", "A".repeat(80_000));
    let got = replies(&mut client, &text(178, 81, &long)).await;
    assert_eq!(refusal(&got).1, 320);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_cut_anywhere_ends_nothing() {
    let mut older = session(178, "normal").await;
    let mut newer = session(226, "normal").await;
    for case in cases() {
        for end in 0..case.text.len() {
            let cut = text(178, case.id, &case.text[..end]);
            replies(&mut older, &cut).await;
        }
        for end in 0..case.protobuf.0.len() {
            let cut = protobuf(case.id, &Message(case.protobuf.0[..end].to_vec()));
            replies(&mut newer, &cut).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn made_up_bytes_end_nothing() {
    for version in [100, 157, 226] {
        let mut client = session(version, "normal").await;
        let mut random = fastrand::Rng::with_seed(u64::from(version));
        for _ in 0..3_000 {
            let id = random.u32(1..112);
            // Starts and times have a course of their own.
            if matches!(id, 8 | 71) {
                continue;
            }
            let fields: Vec<String> = (0..random.usize(0..30))
                .map(|_| match random.u8(0..5) {
                    0 => random.i32(-3..1_000).to_string(),
                    1 => random.i64(..).to_string(),
                    2 => "AAPL".to_owned(),
                    3 => "\u{fffd}\u{1b}[31m".to_owned(),
                    _ => String::new(),
                })
                .collect();
            let frame = if version > 200 && random.bool() {
                let bytes = (0..random.usize(0..60)).map(|_| random.u8(..)).collect();
                protobuf(id, &Message(bytes))
            } else {
                text(version, id, &fields.join("|"))
            };
            replies(&mut client, &frame).await;
        }
        assert!(matches!(
            client.answer(Request::Ids).await,
            Reply::NextValidId(_)
        ));
    }
}
