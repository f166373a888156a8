//! The line of progress in so many columns.

use super::*;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn moment(kind: MomentKind) -> Event {
    let text = "a long story of what happened to the session, in the Gateway's own words";
    Event::Moment(Moment::new(Duration::ZERO, kind, text))
}

fn held(now: Instant) -> State {
    let mut state = State::default();
    state.take(
        &Event::Holding {
            planned: seconds(120),
        },
        now,
    );
    state.take(&moment(MomentKind::Up), now);
    let rtt = Some(Duration::from_micros(310));
    state.take(
        &Event::Ping {
            at: seconds(1),
            rtt,
        },
        now,
    );
    state
}

#[test]
fn what_is_awaited_is_named_with_how_long_it_may_take() {
    let now = Instant::now();
    let mut state = State::default();
    state.take(&Event::awaiting("the version", seconds(10)), now);
    let line = |state: &State, columns| state.line(now + seconds(3), columns);
    assert_eq!(line(&state, 79), "waiting for the version, 3 s of 10 s");
    assert_eq!(line(&state, 25), "waiting for…, 3 s of 10 s");
    state.take(
        &Event::Client {
            name: "ib_async",
            number: 3,
            of: 8,
        },
        now,
    );
    state.take(&Event::awaiting("the version", seconds(10)), now);
    assert_eq!(
        line(&state, 79),
        "client 3 of 8: ib_async, waiting for the version, 3 s of 10 s"
    );
    assert_eq!(line(&state, 39), "client 3 of 8: ib_async, 3 s of 10 s");
}

#[test]
fn a_held_session_counts_down_and_says_its_state() {
    let now = Instant::now();
    let mut state = held(now);
    let line = state.line(now + seconds(12), 200);
    let bar = format!("{}{}", "█".repeat(3), "░".repeat(27));
    assert_eq!(
        line,
        format!("{bar} 1m 48s left, up, 0 drops, ping 0.31 ms, held 12 s of 2m 00s")
    );
    state.take(&moment(MomentKind::Drop), now + seconds(20));
    assert_eq!(
        state.line(now + seconds(25), 39),
        "1m 35s left, down for 5 s, 1 drop"
    );
    state.take(&moment(MomentKind::Up), now + seconds(30));
    assert_eq!(
        state.line(now + seconds(30), 39),
        "1m 30s left, up, 1 drop, ping 0.31 ms"
    );
}

#[test]
fn nothing_is_said_to_be_left_before_that_is_known() {
    let now = Instant::now();
    let mut state = State::default();
    state.take(&Event::Attempts { planned: 10 }, now);
    let line = state.line(now, 79);
    assert!(
        line.ends_with("0/10 handshakes") && !line.contains("left"),
        "{line}"
    );
    state.take(
        &Event::Holding {
            planned: seconds(90),
        },
        now,
    );
    assert!(state.line(now, 79).contains("1m 30s left, connecting"));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let now = Instant::now();
    let mut awaiting = State::default();
    awaiting.take(
        &Event::awaiting("the address of ".to_owned() + &"x".repeat(250), seconds(5)),
        now,
    );
    let mut down = held(now);
    down.take(&moment(MomentKind::Drop), now);
    down.take(&moment(MomentKind::ReconnectFailed), now);
    for columns in 0..130 {
        for state in [&awaiting, &down, &held(now)] {
            let line = state.line(now + seconds(7), columns);
            assert!(line.chars().count() <= columns, "{columns}: {line}");
        }
    }
}
