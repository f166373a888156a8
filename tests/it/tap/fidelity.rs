//! What goes through a relay is what was sent, and ends as it was ended.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use ibdoc::event::Speaker::{self, Client, Gateway};
use ibdoc::report::ClosingKind;
use ibdoc::tap::{Act, Seen};
use ibdoc::trace::Closing;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{Tapped, copied, exchange, observed};

/// Carries bytes both ways in pieces, and holds both ends and the copies against what was sent.
fn carries_unchanged(drill: &str, cases: u32) {
    let tapped = Tapped::start(drill);
    let (mut client_sent, mut gateway_sent) = (Vec::new(), Vec::new());
    let side = || {
        let bytes = prop::collection::vec(any::<u8>(), 0..70_000);
        (bytes, prop::collection::vec(1_usize..9_000, 1..6))
    };
    let mut runner = TestRunner::new(Config::with_cases(cases));
    let sent = std::cell::RefCell::new((&mut client_sent, &mut gateway_sent));
    let ran = runner.run(
        &(side(), side()),
        |((ours, our_cuts), (theirs, their_cuts))| {
            let (client, gateway) = tapped.connect();
            let (heard, read) = thread::scope(|scope| {
                let there = scope.spawn(|| exchange(gateway, &theirs, &their_cuts));
                let here = exchange(client, &ours, &our_cuts);
                (here, there.join().expect("bytes"))
            });
            prop_assert!(heard == theirs && read == ours);
            let mut sent = sent.borrow_mut();
            sent.0.extend(ours);
            sent.1.extend(theirs);
            Ok(())
        },
    );
    ran.expect("bytes that are the same");
    let (seen, tally) = tapped.end();
    assert_eq!(tally.uncopied, 0);
    assert!(copied(&seen, Client) == client_sent && copied(&seen, Gateway) == gateway_sent);
}

#[test]
fn every_byte_goes_on_unchanged_however_it_is_cut() {
    carries_unchanged("", 24);
}

#[test]
fn a_drill_that_has_not_come_to_its_time_changes_nothing() {
    carries_unchanged("1h:drop=executions-end", 24);
}

/// How a side closed, in the order in which it was seen.
fn closings(seen: &[Seen]) -> Vec<(Speaker, Closing)> {
    let closings = seen.iter().filter_map(|it| match it {
        Seen::Act {
            side,
            act: Act::Closed(how),
            ..
        } => Some((*side, *how)),
        _ => None,
    });
    closings.collect()
}

/// The two ends of a connection, the one of this side first.
fn ends(tapped: &Tapped, side: Speaker) -> (TcpStream, TcpStream) {
    let (client, gateway) = tapped.connect();
    match side {
        Client => (client, gateway),
        Gateway => (gateway, client),
    }
}

fn read(stream: &mut TcpStream) -> Result<String, ErrorKind> {
    let mut text = String::new();
    let read = stream.read_to_string(&mut text);
    read.map(|_| text).map_err(|error| error.kind())
}

#[test]
fn a_half_close_of_either_side_is_one_and_the_other_half_goes_on() {
    for drill in ["", "1h:delay=1s"] {
        for side in [Client, Gateway] {
            let tapped = Tapped::start(drill);
            let (mut one, mut other) = ends(&tapped, side);
            one.write_all(b"last words").expect("a write");
            one.shutdown(Shutdown::Write).expect("a FIN");
            assert_eq!(read(&mut other), Ok("last words".to_owned()));
            other.write_all(b"an answer").expect("a write");
            drop(other);
            assert_eq!(read(&mut one), Ok("an answer".to_owned()));
            drop(one);
            let (seen, _) = tapped.end();
            let expected = [(side, Closing::Fin), (side.other(), Closing::Fin)];
            assert_eq!(closings(&seen), expected, "{drill}");
        }
    }
}

#[test]
fn a_reset_of_either_side_is_one_behind_the_bytes_that_came_before_it() {
    for drill in ["", "1h:delay=1s"] {
        for side in [Client, Gateway] {
            let tapped = Tapped::start(drill);
            let (mut one, mut other) = ends(&tapped, side);
            one.write_all(b"last words").expect("a write");
            let mut words = [0; 10];
            other.read_exact(&mut words).expect("the words");
            socket2::SockRef::from(&one)
                .set_linger(Some(Duration::ZERO))
                .expect("zero linger");
            drop(one);
            assert_eq!(read(&mut other), Err(ErrorKind::ConnectionReset));
            let (seen, _) = tapped.end();
            assert_eq!(closings(&seen), [(side, Closing::Reset)], "{drill}");
        }
    }
}

#[test]
fn a_reset_behind_a_half_close_is_passed_on_too() {
    let tapped = Tapped::start("");
    let (mut client, gateway) = tapped.connect();
    gateway.shutdown(Shutdown::Write).expect("a FIN");
    assert_eq!(read(&mut client), Ok(String::new()));
    // The Gateway's end goes with these bytes unread, which resets it.
    client.write_all(b"to nobody").expect("a write");
    let mut byte = [0];
    assert_eq!(gateway.peek(&mut byte).expect("a byte"), 1);
    drop(gateway);
    let (seen, broken) = loop {
        match client.write_all(b"still there?") {
            Ok(()) => thread::sleep(Duration::from_millis(1)),
            Err(error) => break (tapped.end().0, error.kind()),
        }
    };
    assert!(matches!(
        broken,
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
    ));
    let expected = [(Gateway, Closing::Fin), (Gateway, Closing::Reset)];
    assert_eq!(closings(&seen), expected);
    let trace = observed(&seen).trace;
    assert!(trace.sessions.iter().all(|it| {
        let close = it.close.as_ref();
        close.is_some_and(|it| it.first == Gateway && it.how == ClosingKind::Fin)
    }));
}

#[test]
fn a_side_that_does_not_read_holds_the_other_one_up() {
    const MOST: usize = 256 << 20;
    let tapped = Tapped::start("");
    let (mut client, mut gateway) = tapped.connect();
    client.set_nonblocking(true).expect("no blocking");
    let piece = vec![7; 64 << 10];
    let (mut sent, mut refusals) = (0, 0);
    while refusals < 20 {
        match client.write(&piece) {
            Ok(length) => (sent, refusals) = (sent + length, 0),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                refusals += 1;
                thread::sleep(Duration::from_millis(10));
            }
        }
        assert!(sent < MOST, "nothing holds it up");
    }
    client.shutdown(Shutdown::Write).expect("a FIN");
    let mut all = Vec::new();
    gateway.read_to_end(&mut all).expect("bytes");
    assert_eq!(all.len(), sent);
    let (seen, _) = tapped.end();
    let told = |wanted: fn(&Act) -> bool| {
        let acts = seen.iter();
        acts.filter(|it| matches!(it, Seen::Act { side: Gateway, act, .. } if wanted(act)))
            .count()
    };
    assert!(told(|act| matches!(act, Act::NotReading)) > 0);
    assert!(told(|act| matches!(act, Act::Reads)) > 0);
}
