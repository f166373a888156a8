//! A line for each change of the state of a Gateway that is watched, and the report of a watch.

use std::io::{self, Write};
use std::time::Duration;

use super::watch::{INDENT, time_of_day};
use super::{Page, Paint, told, wrapped};
use crate::diagnosis::vitals::in_words;
use crate::event::{ChangeKind, GatewaysWatched, LostTime, State, StateChange};
use crate::report::{Watch, Watched};
use crate::text::duration::{shown, shown_long};
use crate::text::words::{counted, joined};

/// What is watched.
pub fn gateways_watched(
    start: &GatewaysWatched,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    told(&joined(&start.targets), "watching ", INDENT, paint, out)?;
    match &start.metrics {
        Some(address) => writeln!(out, "metrics at {address}"),
        None => Ok(()),
    }
}

/// Time of day, Gateway, state, reason and code, and how long the state before had lasted: one line, which
/// only a terminal wraps. With `quiet` only what is not healthy is told.
pub fn state_change(
    change: &StateChange,
    quiet: bool,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    if quiet && change.state == State::Healthy {
        return Ok(());
    }
    let time = time_of_day(&change.time);
    let state = paint.verdict(
        change.state.verdict(),
        &format!("{:<9}", change.state.name()),
    );
    let code = change
        .code
        .map(|code| format!(" [{code}]"))
        .unwrap_or_default();
    let before = match (change.kind, change.troubled) {
        (ChangeKind::Recovered, Some(troubled)) => {
            format!("; recovered after {}", shown_long(troubled))
        }
        _ if change.previous == State::Unknown => String::new(),
        _ => {
            let (previous, lasted) = (change.previous.name(), shown_long(change.lasted));
            format!("; was {previous} for {lasted}")
        }
    };
    let (target, reason) = (&change.target, &change.reason);
    let first = format!("{time}  {target}  {state}  ");
    told(
        &format!("{reason}{code}{before}"),
        &first,
        INDENT,
        paint,
        out,
    )
}

/// Time in which nothing was watched.
pub fn lost_time(lost: &LostTime, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let (time, lost) = (time_of_day(&lost.time), shown_long(lost.lost));
    let text = format!("ibdoc itself did not run for {lost}: it was stopped, or the machine slept");
    told(&text, &format!("{time}  "), INDENT, paint, out)
}

/// The figures of each Gateway.
pub(super) fn text(body: &Watch, out: &mut Page<'_>) -> io::Result<()> {
    for target in &body.targets {
        writeln!(out)?;
        let state = target.state.name();
        let code = target
            .code
            .map(|code| format!(" [{code}]"))
            .unwrap_or_default();
        let (address, reason) = (&target.address, &target.reason);
        wrapped(
            &format!("{address}  {state}: {reason}{code}"),
            "  ",
            "    ",
            out,
        )?;
        for line in lines(target) {
            wrapped(&line, "    ", "      ", out)?;
        }
    }
    if body.lost_times > 0 {
        let (times, lost) = (counted(body.lost_times, "time"), shown_long(body.lost));
        writeln!(out)?;
        let line = format!("ibdoc itself did not run {times}, for {lost} in all");
        wrapped(&line, "  ", "  ", out)?;
    }
    let hook = body.hook;
    if hook != crate::report::Hook::default() {
        let (run, failed) = (hook.succeeded + hook.failed, hook.failed);
        let line = format!(
            "--on-change: {}, {failed} failed, {} skipped",
            counted(run, "run"),
            hook.skipped
        );
        wrapped(&line, "  ", "  ", out)?;
    }
    Ok(())
}

/// The figures of one Gateway, one line for each kind.
pub(super) fn lines(target: &Watched) -> Vec<String> {
    let states = State::ALL.into_iter().filter_map(|state| {
        let seconds = *target.seconds.get(&state)?;
        let lasted = shown_long(Duration::from_secs_f64(seconds.max(0.0)));
        Some(format!("{} for {lasted}", state.name()))
    });
    let mut lines = vec![
        joined(states),
        sessions(target),
        requests(target),
        connections(target),
    ];
    lines.extend(sockets(target));
    let jvm = target.vitals.as_ref();
    lines.extend(jvm.map(|signs| format!("JVM: {}", in_words(signs))));
    lines.retain(|line| !line.is_empty());
    lines
}

/// Sessions that were made and lost, with the codes of why.
fn sessions(target: &Watched) -> String {
    let sessions = &target.sessions;
    let drops: u32 = sessions.drops.values().sum();
    let failures: u32 = sessions.failures.values().sum();
    let codes = sessions.drops.iter().chain(&sessions.failures);
    let codes = codes.map(|(code, count)| format!("{count} {code}"));
    let counts = [
        format!("{} made", counted(sessions.made, "session")),
        format!("{drops} dropped"),
        format!("{} failed", counted(failures, "attempt")),
    ];
    joined(counts.into_iter().chain(codes))
}

/// Time requests, and how long an answer takes.
fn requests(target: &Watched) -> String {
    let pings = &target.pings;
    let median = pings.rtt_ms.map(|rtt| {
        let median = Duration::from_secs_f64(rtt.p50.max(0.0) / 1e3);
        format!("{} in the middle", shown(median))
    });
    let counts = [
        format!("{} answered", counted(pings.answered, "time request")),
        format!("{} missed", pings.missed),
    ];
    joined(counts.into_iter().chain(median))
}

/// Fresh handshakes, all connections, and the breaker that holds them back.
fn connections(target: &Watched) -> String {
    let breaker = target.breaker;
    format!(
        "{}, {} failed; {}; breaker {}, opened {}",
        counted(target.fresh.run, "fresh handshake"),
        target.fresh.failed,
        counted(target.connections, "connection"),
        breaker.state.name(),
        counted(breaker.opened, "time"),
    )
}

/// Sockets of the Gateway's port at the last look.
fn sockets(target: &Watched) -> Option<String> {
    let seen = target.sockets?;
    let queue = seen.accept_queue.map(|it| format!("accept queue {it}"));
    let counts = [
        format!("{} up", seen.established),
        format!(
            "{} half closed at the Gateway's end",
            seen.close_wait_gateway
        ),
        format!("{} at the clients'", seen.close_wait_client),
        format!("{} not accepted", seen.unaccepted),
    ];
    Some(joined(counts.into_iter().chain(queue)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_one_line_which_a_terminal_wraps_at_its_width() {
        let change = StateChange {
            state: State::Down,
            previous: State::Healthy,
            reason: "the Gateway ended the held session: closed by the other side".to_owned(),
            lasted: Duration::from_secs(61),
            time: "2026-11-22T10:00:00.000Z".to_owned(),
            target: "127.0.0.1:4002".to_owned(),
            kind: ChangeKind::Changed,
            code: None,
            troubled: None,
            announced: false,
        };
        let shown = |size| {
            let mut out = Vec::new();
            let paint = Paint {
                size,
                ..Paint::PLAIN
            };
            state_change(&change, false, paint, &mut out).expect("memory is written to");
            String::from_utf8(out).expect("text")
        };
        let piped = shown(None);
        assert_eq!(piped.lines().count(), 1);
        let narrow = shown(Some((60, 24)));
        assert!(narrow.lines().all(|line| line.len() <= 60), "{narrow}");
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(words(&narrow), words(&piped));
    }
}
