//! The runs of the user's own program.

use std::io::{self, Write};
use std::time::Duration;

use super::figures::{self, write_bound};
use super::{Page, Table, wrapped};
use crate::event::{ExecRun, Tapped};
use crate::report::{Exec, Fault};
use crate::text::duration::shown;
use crate::text::words::counted;

/// Failed runs, and others, that are shown.
const SHOWN: [usize; 2] = [8, 4];

/// Writes who is at fault and why, the counts, and a table of some runs.
pub(super) fn text(exec: &Exec, out: &mut Page<'_>) -> io::Result<()> {
    let at_fault = match exec.fault {
        Fault::None => "nobody",
        Fault::Program => "the program",
        Fault::Gateway => "the Gateway",
        Fault::Unknown => "not known",
    };
    wrapped(
        &format!("at fault: {at_fault}: {}", exec.reason),
        "  ",
        "  ",
        out,
    )?;
    let counts = format!(
        "runs: {} planned, {} run, {} succeeded, {} failed",
        exec.planned, exec.run, exec.succeeded, exec.failed
    );
    wrapped(&counts, "  ", "    ", out)?;
    write_bound(exec.succeeded, exec.run, exec.failure_rate_upper_95, out)?;
    if exec.neutral_run > 0 {
        let of = format!("{} of {}", exec.neutral_succeeded, exec.neutral_run);
        let around = format!("ibdoc's own handshakes around them: {of} succeeded");
        wrapped(&around, "  ", "    ", out)?;
    }
    if let Some(times) = exec.elapsed_ms {
        let [median, p95, max] = [times.p50, times.p95, times.max]
            .map(|ms| shown(Duration::from_secs_f64(ms.max(0.0) / 1e3)));
        let duration = format!("duration: median {median}, p95 {p95}, longest {max}");
        wrapped(&duration, "  ", "    ", out)?;
    }
    if let Some(memory) = figures::most_memory(exec) {
        writeln!(out, "  peak memory: {memory}")?;
    }
    outlived(&exec.runs, out)?;
    tapped(&exec.runs, out)?;
    runs(exec, out)
}

/// What became of the processes that outlived their run.
fn outlived(runs: &[ExecRun], out: &mut Page<'_>) -> io::Result<()> {
    let late = |run: &&ExecRun| run.timed_out;
    let ended = |run: &ExecRun| u64::from(run.others_ended.unwrap_or(0));
    let at_deadline: u64 = runs.iter().filter(late).map(ended).sum();
    let after: u64 = runs.iter().map(ended).sum::<u64>() - at_deadline;
    let left = runs.iter().filter_map(|run| run.others_left);
    let left: u64 = left.map(u64::from).sum();
    let stays = "left alone: one of them ignores SIGHUP (nohup)";
    for (count, what, fate) in [
        (after, "that outlived a run", "ended"),
        (at_deadline, "of runs at their deadline", "ended with them"),
        (left, "that outlived a run", stays),
    ] {
        if count > 0 {
            let was = if count == 1 { "was" } else { "were" };
            wrapped(
                &format!("{} {what} {was} {fate}", counted(count, "process")),
                "  ",
                "    ",
                out,
            )?;
        }
    }
    Ok(())
}

/// What the runs said and read, where a relay saw it.
fn tapped(runs: &[ExecRun], out: &mut Page<'_>) -> io::Result<()> {
    let tapped: Vec<&Tapped> = runs.iter().filter_map(|run| run.tapped.as_ref()).collect();
    if tapped.is_empty() {
        return Ok(());
    }
    let sum = |of: fn(&Tapped) -> u64| tapped.iter().map(|it| of(it)).sum::<u64>();
    let sessions = counted(sum(|it| it.sessions.into()), "session");
    let ready = sum(|it| it.ready.into());
    let (sent, received) = (sum(|it| it.sent), sum(|it| it.received));
    let not_closed = sum(|it| it.not_closed.into());
    let words = format!(
        "through the relay: {sessions}, {ready} of them ready, {sent} messages →, {received} ←, \
         {not_closed} not closed in order"
    );
    wrapped(&words, "  ", "    ", out)
}

/// A few runs, the failed ones first in line for a place, in their order.
fn runs(exec: &Exec, out: &mut Page<'_>) -> io::Result<()> {
    let of = |succeeded: bool| {
        exec.runs
            .iter()
            .filter(move |run| run.succeeded == succeeded)
    };
    let last = |count: usize, most: usize| count.saturating_sub(most);
    let failed = of(false).skip(last(of(false).count(), SHOWN[0]));
    let others = of(true).skip(last(of(true).count(), SHOWN[1]));
    let mut some: Vec<&ExecRun> = failed.chain(others).collect();
    some.sort_by_key(|run| run.run);
    if some.is_empty() {
        return Ok(());
    }
    let header = [
        "RUN",
        "ENDED",
        "AFTER",
        "MEMORY",
        "CONNECTED",
        "UNREAD",
        "LEFT",
        "GATEWAY",
    ];
    let mut table = Table::new(header, &["UNREAD", "MEMORY", "CONNECTED"]);
    for run in &some {
        table.add(row(run));
    }
    writeln!(out)?;
    table.write(out)?;
    let shown = u32::try_from(some.len()).unwrap_or(u32::MAX);
    let more = exec.run.saturating_sub(shown);
    if more > 0 {
        writeln!(out, "  and {more} more")?;
    }
    let unseen = |run: &&ExecRun| run.connected.is_none() || run.left.is_none();
    if some.iter().any(unseen) {
        let what = "?: could not be seen: another machine, a relay, another user's process, or \
                    a connection too short to be looked at";
        wrapped(what, "  ", "  ", out)?;
    }
    Ok(())
}

fn row(run: &ExecRun) -> [String; 8] {
    let unknown = || "?".to_owned();
    let answered = |answered| if answered { "answers" } else { "fails" };
    [
        run.run.to_string(),
        ended(run),
        shown(run.elapsed),
        figures::memory(run).unwrap_or_else(unknown),
        run.connected
            .map_or_else(unknown, |it| if it { "yes" } else { "no" }.to_owned()),
        run.unread_bytes
            .map_or_else(unknown, |bytes| bytes.to_string()),
        left(run),
        run.neutral
            .map_or_else(|| "-".to_owned(), |it| answered(it).to_owned()),
    ]
}

fn ended(run: &ExecRun) -> String {
    match (run.timed_out, run.exit_status, run.signal) {
        (true, ..) => "deadline".to_owned(),
        (_, Some(status), _) => format!("status {status}"),
        (_, None, Some(signal)) => format!("signal {signal}"),
        (_, None, None) => "?".to_owned(),
    }
}

/// Sockets left in the Gateway, and connections that others still held.
fn left(run: &ExecRun) -> String {
    let left = run
        .left
        .map_or_else(|| "?".to_owned(), |left| left.to_string());
    match run.held {
        Some(held) if held > 0 => format!("{left}, {held} held"),
        _ => left,
    }
}
