//! One thread: its state, the function of the kernel and the system call in which it waits, and its
//! time on a processor.

use std::time::Duration;

use rustix::fd::OwnedFd;

use crate::machine::activity::{Call, Kind, On, Thread, ThreadState, wait};
use crate::machine::process::linux::read;
use crate::text::printable::clean;

/// Longer files of a thread are cut: the longest of them has some hundred bytes.
const LONGEST: usize = 4096;

/// One clock tick of `stat` (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// The thread with this id; `None` if it has ended.
pub(super) fn thread(process: &OwnedFd, tasks: &OwnedFd, id: u32) -> Option<Thread> {
    let text = |name: &str| {
        let (text, _) = read::file(tasks, &format!("{id}/{name}"), LONGEST).ok()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    };
    let stat = text("stat")?;
    let (name, state, ticks) = parse(&stat)?;
    let schedule = text("schedstat").as_deref().and_then(times);
    // What another user may not read is `0`.
    let function = text("wchan").filter(|name| !matches!(name.as_str(), "" | "0"));
    let call = text("syscall").and_then(|call| Call::parse(&call));
    let waits = matches!(state, ThreadState::Waiting | ThreadState::Disk);
    let on = call.filter(|_| waits).and_then(Call::descriptor);
    let (cpu, queued) = schedule.unwrap_or((ticks, Duration::ZERO));
    Some(Thread {
        id,
        name: clean(name, 32),
        state,
        wait: wait(function.as_deref(), call).filter(|_| waits),
        on: on.and_then(|number| on_descriptor(process, number)),
        cpu,
        queued,
    })
}

/// The name, the state and the time on a processor that `stat` tells; the name may have brackets.
fn parse(stat: &str) -> Option<(&str, ThreadState, Duration)> {
    let (head, rest) = stat.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let state = match *fields.first()? {
        "R" => ThreadState::Running,
        "D" => ThreadState::Disk,
        "T" => ThreadState::Stopped,
        "t" => ThreadState::Traced,
        "Z" | "X" | "x" => ThreadState::Ended,
        _ => ThreadState::Waiting,
    };
    let ticks = |index: usize| fields.get(index)?.parse::<u32>().ok();
    let ticks = ticks(11)?.checked_add(ticks(12)?)?;
    Some((name, state, TICK * ticks))
}

/// Nanoseconds on a processor, and ready without one.
fn times(schedule: &str) -> Option<(Duration, Duration)> {
    let mut numbers = schedule.split_ascii_whitespace().map(str::parse);
    let mut next = || Some(Duration::from_nanos(numbers.next()?.ok()?));
    Some((next()?, next()?))
}

fn on_descriptor(process: &OwnedFd, number: i32) -> Option<On> {
    let link = read::link(process, &format!("fd/{number}")).ok()?;
    let kind = if let Some(inode) = read::bracketed(link.as_bytes(), b"socket") {
        Kind::Socket(inode)
    } else if link.starts_with("pipe:") {
        Kind::Pipe
    } else if link.starts_with("/dev/pts/") || link.starts_with("/dev/tty") {
        Kind::Terminal
    } else {
        Kind::Other
    };
    Some(On { number, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_is_read_and_a_cut_line_is_none() {
        let line = "7 (a) (b) t 1 7 7 0 -1 64 1 0 0 0 5 2 0 0 20 0 1 0 9 1 1";
        let (name, state, cpu) = parse(line).unwrap();
        assert_eq!((name, state), ("a) (b", ThreadState::Traced));
        assert_eq!(cpu, Duration::from_millis(70));
        assert_eq!(parse("7 (a) t 1"), None);
        assert_eq!(times("5 x"), None);
        assert_eq!(
            times("5 7 1"),
            Some((Duration::from_nanos(5), Duration::from_nanos(7)))
        );
    }
}
