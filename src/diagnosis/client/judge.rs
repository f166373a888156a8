//! Several looks at a client's process and at one of its connections → whether it reads, and if not,
//! what it does instead. Pure.

use std::time::Duration;

use super::judgement::Judgement;
use super::steady::{Doing, Steady, steady};
use crate::event::Conduct;
use crate::machine::activity::{Descriptor, ThreadState, Wait};
use crate::machine::inspect::Look;
use crate::machine::sockets::{Socket, TcpState};
use crate::text::words::joined;

/// So many threads are named where it is not clear which of them should read.
const SHOWN: usize = 4;

/// So many looks and so long a time are needed to say that something does not read.
const LOOKS: usize = 3;
const WATCHED: Duration = Duration::from_millis(500);

/// Judges a connection, as it was seen last, by all looks at its process.
pub fn judge(looks: &[Look], connection: &Socket) -> Judgement {
    if connection.state == TcpState::CloseWait {
        return Judgement::new(Conduct::Unknown, "the other end has closed the connection");
    }
    let seen = looks.iter().map(|look| Some((look, look.row(connection)?)));
    // A connection that was not there at the first look has been watched since then.
    let seen: Vec<(&Look, &Socket)> = seen.skip_while(Option::is_none).flatten().collect();
    let (looks, rows): (Vec<&Look>, Vec<&Socket>) = seen.into_iter().unzip();
    let ([first, .., last], [then, .., now]) = (looks.as_slice(), rows.as_slice()) else {
        return Judgement::new(Conduct::Unknown, "it was looked at once only");
    };
    if let Some(words) = stopped(&looks) {
        return Judgement::new(Conduct::Stopped, words);
    }
    let unread: Option<Vec<u32>> = rows.iter().map(|row| row.recv_queue).collect();
    let (Some(unread), true) = (unread, now.bytes_received.is_some()) else {
        return Judgement::new(Conduct::Unknown, "what is unread is not told here");
    };
    if rows
        .windows(2)
        .any(|pair| pair[0].bytes_read() != pair[1].bytes_read())
    {
        return Judgement::new(Conduct::Reads, "it reads what comes");
    }
    if unread.contains(&0) {
        let words = if then.bytes_received == now.bytes_received && unread.iter().all(|it| *it == 0)
        {
            "nothing came, and nothing is unread"
        } else {
            "it had read everything at one of the looks"
        };
        return Judgement::new(Conduct::Reads, words);
    }
    if looks.len() < LOOKS || last.at.saturating_sub(first.at) < WATCHED {
        return Judgement::new(Conduct::Unknown, "it was watched for too short a time");
    }
    silent(&looks, now.inode.unwrap_or(0))
}

/// Whether the process is stopped at every look.
fn stopped(looks: &[&Look]) -> Option<&'static str> {
    if looks.iter().all(|look| look.activity.is_frozen) {
        return Some("its control group is frozen");
    }
    let all = |state: ThreadState| {
        looks.iter().all(|look| {
            let mut threads = look
                .activity
                .threads
                .iter()
                .filter(|thread| thread.state != ThreadState::Ended)
                .peekable();
            threads.peek().is_some() && threads.all(|thread| thread.state == state)
        })
    };
    if all(ThreadState::Stopped) {
        Some("it is stopped by a signal")
    } else if all(ThreadState::Traced) {
        Some("a debugger holds it")
    } else {
        None
    }
}

/// What a process does that has read nothing at any of these looks.
fn silent(looks: &[&Look], inode: u64) -> Judgement {
    let threads = steady(looks);
    if threads.iter().any(|it| it.waits_to(Wait::Receive, inode)) {
        let words = "a thread of it waits for more to come of this connection";
        return Judgement::new(Conduct::Reads, words);
    }
    if let Some(thread) = threads.iter().find(|it| it.waits_to(Wait::Send, inode)) {
        let words = format!(
            "{} waits for the Gateway to take what it sends",
            thread.title()
        );
        return Judgement::new(Conduct::WaitsForSocket, words);
    }
    let sockets = looks.last().and_then(|last| last.activity.sockets.as_ref());
    let Some(socket) = sockets.map(|sockets| sockets.get(&inode).cloned().unwrap_or_default())
    else {
        return without_descriptors(&threads);
    };
    let is_idle = threads.iter().any(Steady::is_idle);
    match Registration::of(&socket) {
        Registration::Wakes => of_loop(&threads, &socket),
        Registration::Off => Judgement::new(
            Conduct::Paused,
            "the program has paused reading this connection: its loop is not to be woken for it",
        ),
        Registration::None if socket.never_waits == Some(true) && is_idle => Judgement::new(
            Conduct::Paused,
            "its loop waits for events, and this connection is not among them: the program has \
             paused reading it",
        ),
        Registration::WakesOnce if is_idle && !threads.iter().any(Steady::is_busy) => {
            Judgement::new(
                Conduct::Paused,
                "its loop waits for events, and was told of what came: the program has paused \
                 reading this connection, or what reads it waits for something else",
            )
        }
        Registration::WakesOnce if is_idle => unclear(&threads),
        Registration::WakesOnce => of_busy(&threads).unwrap_or_else(|| unclear(&threads)),
        Registration::None => of_threads(&threads),
    }
}

/// How a socket is registered with event loops.
enum Registration {
    /// Woken for as long as there is something to read.
    Wakes,
    /// Woken once for what has come.
    WakesOnce,
    /// Registered, and not to be woken for reading.
    Off,
    /// Not registered.
    None,
}

impl Registration {
    fn of(socket: &Descriptor) -> Self {
        let reads = || socket.registered.iter().filter(|it| it.reads);
        if socket.registered.is_empty() {
            Self::None
        } else if reads().next().is_none() {
            Self::Off
        } else if reads().all(|it| it.once) {
            Self::WakesOnce
        } else {
            Self::Wakes
        }
    }
}

/// A loop that would be woken at once if it waited for events: which thread runs it, and what does
/// that do instead?
fn of_loop(threads: &[Steady], socket: &Descriptor) -> Judgement {
    if let Some(judgement) = of_busy(threads) {
        return judgement;
    }
    // A loop inside of the loop, as of a synchronous child in Node, or a poll of other descriptors.
    let is_elsewhere = |thread: &Steady| match &thread.doing {
        Doing::Waits(Wait::Poll, _) => true,
        Doing::Waits(Wait::Events, Some(on)) => {
            socket.registered.iter().all(|it| it.epoll != on.number)
        }
        _ => false,
    };
    if let Some(main) = threads.iter().find(|it| it.is_main && is_elsewhere(it)) {
        return main.judgement();
    }
    let mut locked = threads.iter().filter(|it| it.is_locked());
    match locked.clone().find(|it| it.is_main) {
        Some(main) => main.judgement(),
        None if threads.iter().all(Steady::is_locked) => locked
            .next()
            .map_or_else(|| unclear(threads), Steady::judgement),
        None => unclear(threads),
    }
}

/// What the main thread does, or else the only other thread that does something from which it would
/// have to come back to read.
fn of_busy(threads: &[Steady]) -> Option<Judgement> {
    let busy: Vec<&Steady> = threads.iter().filter(|it| it.is_busy()).collect();
    if let Some(main) = busy.iter().find(|it| it.is_main) {
        return Some(main.judgement());
    }
    match busy.as_slice() {
        [] => None,
        // The main thread may run the loop and wait for the other one, or the other way round.
        [one] if !threads.iter().any(|it| it.is_main && it.is_locked()) => Some(one.judgement()),
        _ => Some(unclear(threads)),
    }
}

/// A program with a thread for each connection: what the main thread does is no fault where there is
/// another one.
fn of_threads(threads: &[Steady]) -> Judgement {
    let mut readers: Vec<&Steady> = threads.iter().filter(|it| !it.is_main).collect();
    if readers.is_empty() {
        readers = threads.iter().collect();
    }
    // It may be the reader itself, beside threads of a runtime that is not known.
    let main_computes = threads.iter().any(|it| it.is_main && it.is_computing());
    match readers.as_slice() {
        [one] if one.is_busy() => one.judgement(),
        [one, ..] if readers.iter().all(|it| it.is_locked()) && !main_computes => one.judgement(),
        _ => unclear(threads),
    }
}

/// Only the states of its threads are known.
fn without_descriptors(threads: &[Steady]) -> Judgement {
    let mut judgement = match threads {
        [one] if one.is_busy() => one.judgement(),
        _ => unclear(threads),
    };
    judgement
        .reason
        .push_str(" (its descriptors may not be read)");
    judgement
}

/// It does not read, and several things may be why.
fn unclear(threads: &[Steady]) -> Judgement {
    let telling = threads.iter().filter(|it| it.is_busy() || it.is_locked());
    let each: Vec<String> = telling.take(SHOWN).map(Steady::words).collect();
    let words = match each.as_slice() {
        [] => "no thread of it reads".to_owned(),
        each => joined(each),
    };
    Judgement::new(Conduct::NotReading, words)
}
