//! A line for each connection to which something happens while it is watched.

use std::io::{self, Write};

use super::{Page, Paint, wrapped};
use crate::event::{Change, Owner, Side, WatchStart, What};
use crate::text::words::{joined, plural};

/// Below the time.
pub(super) const INDENT: &str = "               ";

/// What stands when the watch begins.
pub fn start(start: &WatchStart, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let (time, ports) = (time_of_day(&start.time), &start.ports);
    let ports = format!("{} {}", plural(ports.len(), "port"), joined(ports));
    let (up, half, waiting) = (start.established, start.close_wait, start.unaccepted);
    let counts = format!("{up} up, {half} half closed, {waiting} not accepted");
    let line = format!("watching {ports}: {counts}");
    let page = &mut Page::new(paint, out);
    wrapped(&line, &format!("{time}  "), INDENT, page)?;
    page.flush()
}

/// Writes the line and hands it over at once, because a reader waits for each; of both ends of a
/// connection one speaks. With `quiet` only what is half closed is told.
pub fn change(change: &Change, quiet: bool, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let is_half_closed = change.state == "CLOSE_WAIT" && change.what != What::Gone;
    if change.is_told_by_other_end || quiet && !is_half_closed {
        return Ok(());
    }
    let time = time_of_day(&change.time);
    let (side, client, gateway) = match change.side {
        Side::Client => ("client", change.local, change.remote),
        Side::Gateway | Side::Relay => ("gateway", change.remote, change.local),
    };
    let unseen = || " (owner not seen)".to_owned();
    let owner = change.owner.as_ref().map_or_else(unseen, named);
    // The end that speaks for both may be the only one that is here, or that a process still has.
    let peer = change.peer.as_ref().map_or_else(String::new, named);
    let (of_client, of_gateway) = match change.side {
        Side::Client => (owner, peer),
        Side::Gateway | Side::Relay => (peer, owner),
    };
    let (what, state) = (change.what.name(), change.state);
    let line =
        format!("{what:<12}  {client}{of_client} to {gateway}{of_gateway}, {side} side {state}");
    let page = &mut Page::new(paint, out);
    wrapped(&line, &format!("{time}  "), INDENT, page)?;
    page.flush()
}

/// `10:00:00.000Z` of `2026-11-22T10:00:00.000Z`.
pub(super) fn time_of_day(time: &str) -> &str {
    time.split_once('T').map_or(time, |(_, time)| time)
}

fn named(owner: &Owner) -> String {
    format!(" ({}, pid {})", owner.name, owner.pid)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::event::What;
    use crate::machine::pid::Pid;

    fn sample() -> Change {
        let owner = Owner {
            pid: Pid(4_194_304),
            name: "python3.12 a_strategy_with_a_long_name_for_the_open.py".to_owned(),
            started: 1,
        };
        Change {
            at: Duration::from_secs(86_399),
            time: "2026-11-22T10:00:00.000Z".to_owned(),
            what: What::OwnerGained,
            side: Side::Client,
            local: "[fd00:1234:5678:9abc:def0:1234:5678:9abc]:54321"
                .parse()
                .unwrap(),
            remote: "[fd00:1234:5678:9abc:def0:1234:5678:9abd]:4002"
                .parse()
                .unwrap(),
            state: "ESTABLISHED",
            owner: Some(owner.clone()),
            peer: Some(owner),
            is_told_by_other_end: false,
        }
    }

    fn written(change: &Change, quiet: bool) -> String {
        let mut out = Vec::new();
        super::change(change, quiet, Paint::PLAIN, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_line_is_wider_than_the_text_and_each_has_the_time_of_day() {
        let text = written(&sample(), false);
        let is_narrow = |line: &str| line.chars().count() <= 80;
        assert!(text.lines().all(is_narrow), "{text}");
        assert!(text.starts_with("10:00:00.000Z  owner-gained"), "{text}");
        assert!(text.contains("4194304"), "{text}");
        let alone = Change {
            peer: None,
            ..sample()
        };
        assert!(!written(&alone, false).contains("not seen"));
    }

    #[test]
    fn a_quiet_watch_tells_only_what_is_half_closed_and_one_end_speaks() {
        let half_closed = Change {
            what: What::HalfClosed,
            state: "CLOSE_WAIT",
            ..sample()
        };
        assert_eq!(written(&sample(), true), "");
        assert!(!written(&half_closed, true).is_empty());
        let gone = Change {
            what: What::Gone,
            ..half_closed.clone()
        };
        assert_eq!(written(&gone, true), "");
        let other_end = Change {
            is_told_by_other_end: true,
            ..half_closed
        };
        assert_eq!(written(&other_end, false), "");
    }

    #[test]
    fn a_watch_opens_with_what_stands() {
        let begin = WatchStart {
            ports: vec![4001, 4002],
            time: "2026-11-22T10:00:00.000Z".to_owned(),
            established: 3,
            close_wait: 1,
            unaccepted: 0,
        };
        let mut out = Vec::new();
        start(&begin, Paint::PLAIN, &mut out).unwrap();
        let expected =
            "10:00:00.000Z  watching ports 4001, 4002: 3 up, 1 half closed, 0 not accepted\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
