//! The table of judgements: what a client's threads do, and whether its socket is in its epoll set.

use std::time::Duration;

use super::judge;
use crate::event::Conduct::{self, *};
use crate::machine::activity::{
    Activity, Descriptor, Kind, On, Registered, Thread, ThreadState, Wait,
};
use crate::machine::inspect::Look;
use crate::machine::sockets::{Socket, TcpState};

const INODE: u64 = 4711;
const LEVEL: Registered = Registered {
    epoll: 3,
    reads: true,
    once: false,
};
const EDGE: Registered = Registered {
    once: true,
    ..LEVEL
};
const OFF: Registered = Registered {
    reads: false,
    ..LEVEL
};

fn row(received: u64, unread: u32) -> Socket {
    let (local, remote) = ("127.0.0.1:50000", "127.0.0.1:4002");
    let (local, remote) = (local.parse().unwrap(), remote.parse().unwrap());
    Socket {
        recv_queue: Some(unread),
        bytes_received: Some(received),
        inode: Some(INODE),
        cookie: Some(1),
        ..Socket::unknown(local, remote, TcpState::Established)
    }
}

fn waits(id: u32, wait: Wait) -> Thread {
    Thread {
        id,
        name: "python3".to_owned(),
        wait: Some(wait),
        ..Thread::default()
    }
}

fn on(thread: Thread, number: i32, kind: Kind) -> Thread {
    let on = Some(On { number, kind });
    Thread { on, ..thread }
}

fn named(thread: Thread, name: &str) -> Thread {
    let name = name.to_owned();
    Thread { name, ..thread }
}

fn socket(never_waits: bool, registered: &[Registered]) -> Descriptor {
    Descriptor {
        numbers: vec![6],
        never_waits: Some(never_waits),
        registered: registered.to_vec(),
    }
}

/// Four looks in 0.9 s at a client that reads nothing; threads that compute get processor time.
fn looks(threads: &[Thread], socket: Option<&Descriptor>) -> Vec<Look> {
    let look = |number: u32| {
        let at = Duration::from_millis(300) * number;
        let threads = threads.iter().cloned().map(|thread| {
            let runs = thread.state == ThreadState::Running;
            let cpu = if runs { at * 9 / 10 } else { Duration::ZERO };
            Thread { cpu, ..thread }
        });
        Look {
            at,
            sockets: vec![row(1000 + u64::from(number) * 100, 500 + number * 100)],
            activity: Activity {
                threads: threads.collect(),
                sockets: socket.map(|socket| [(INODE, socket.clone())].into()),
                ..Activity::default()
            },
        }
    };
    (0..4).map(look).collect()
}

fn judged(threads: &[Thread], socket: &Descriptor) -> (Conduct, String) {
    let looks = looks(threads, Some(socket));
    let judgement = judge(&looks, &looks[3].sockets[0]);
    (judgement.conduct, judgement.reason)
}

fn conduct(threads: &[Thread], socket: &Descriptor) -> Conduct {
    judged(threads, socket).0
}

fn running(id: u32) -> Thread {
    Thread {
        id,
        state: ThreadState::Running,
        ..Thread::default()
    }
}

#[test]
fn a_loop_that_is_not_in_its_epoll_is_told_by_what_its_main_thread_does() {
    let registered = socket(true, &[LEVEL]);
    let other = Kind::Socket(9);
    for (thread, expected) in [
        (waits(1, Wait::Sleep), Sleeps),
        (running(1), Computes),
        (waits(1, Wait::Lock), WaitsForLock),
        (waits(1, Wait::FileLock), WaitsForLock),
        (waits(1, Wait::Receive), WaitsForSocket),
        (on(waits(1, Wait::Receive), 9, other), WaitsForSocket),
        (on(waits(1, Wait::Send), 9, other), WaitsForSocket),
        (waits(1, Wait::Connect), WaitsForSocket),
        (on(waits(1, Wait::Receive), 9, Kind::Pipe), WaitsForOther),
        (
            on(waits(1, Wait::Receive), 0, Kind::Terminal),
            WaitsForOther,
        ),
        (waits(1, Wait::Child), WaitsForOther),
        (waits(1, Wait::Pipe), WaitsForOther),
        (waits(1, Wait::Disk), WaitsForOther),
        (waits(1, Wait::Poll), WaitsForOther),
        // The loop of a synchronous child in Node.
        (on(waits(1, Wait::Events), 17, Kind::Other), WaitsForOther),
        (waits(1, Wait::Signal), NotReading),
        (waits(1, Wait::Other), NotReading),
    ] {
        let seen = judged(std::slice::from_ref(&thread), &registered);
        assert_eq!(seen.0, expected, "{thread:?}: {}", seen.1);
    }
}

#[test]
fn a_socket_that_wakes_nobody_is_paused_on_purpose() {
    let idle = [waits(1, Wait::Events)];
    assert_eq!(conduct(&idle, &socket(true, &[])), Paused);
    assert_eq!(conduct(&idle, &socket(true, &[OFF])), Paused);
    assert_eq!(conduct(&idle, &socket(true, &[EDGE])), Paused);
    // A loop with a poll of its own descriptors.
    assert_eq!(conduct(&[waits(1, Wait::Poll)], &socket(true, &[])), Paused);
    // It is not the loop that keeps a task from reading, nor certainly the other thread.
    let with_a_sleeper = [waits(1, Wait::Events), waits(2, Wait::Sleep)];
    assert_eq!(conduct(&with_a_sleeper, &socket(true, &[EDGE])), NotReading);
    assert_eq!(
        conduct(&[waits(1, Wait::Sleep)], &socket(true, &[EDGE])),
        Sleeps
    );
}

#[test]
fn the_main_thread_of_a_program_with_a_reader_thread_is_no_fault() {
    let blocking = socket(false, &[]);
    let main = waits(1, Wait::Sleep);
    let with = |reader: Thread| judged(&[main.clone(), reader], &blocking);
    assert_eq!(with(waits(2, Wait::Lock)).0, WaitsForLock);
    assert_eq!(with(running(2)).0, Computes);
    let own = on(waits(2, Wait::Receive), 6, Kind::Socket(INODE));
    assert_eq!(with(own).0, Reads);
    let sends = on(waits(2, Wait::Send), 6, Kind::Socket(INODE));
    assert_eq!(with(sends).0, WaitsForSocket);
    let (conduct, words) = judged(
        &[main.clone(), waits(2, Wait::Lock), waits(3, Wait::Sleep)],
        &blocking,
    );
    assert_eq!(conduct, NotReading, "which of the two reads is not seen");
    assert!(
        words.contains("thread 2") && words.contains("thread 3"),
        "{words}"
    );
    assert_eq!(judged(&[main], &blocking).0, Sleeps, "its only thread");
}

#[test]
fn a_loop_and_the_thread_that_it_may_wait_for_are_both_named() {
    let threads = [waits(1, Wait::Lock), waits(2, Wait::Sleep)];
    let (conduct, words) = judged(&threads, &socket(true, &[LEVEL]));
    assert_eq!(conduct, NotReading);
    assert!(
        words.contains("main thread waits") && words.contains("sleeps"),
        "{words}"
    );
}

#[test]
fn threads_of_a_runtime_are_no_readers_and_a_jvm_sleeps_as_it_waits() {
    let blocking = socket(false, &[]);
    let threads = [
        named(waits(1, Wait::Lock), "java"),
        named(waits(2, Wait::Lock), "java"),
        named(waits(3, Wait::Sleep), "VM Periodic Tas"),
        named(waits(4, Wait::Lock), "VM Thread"),
        named(waits(5, Wait::Lock), "reader"),
    ];
    let (conduct, words) = judged(&threads, &blocking);
    assert_eq!(conduct, WaitsForLock);
    assert!(
        words.contains("5 (reader)") && words.contains("or sleeps"),
        "{words}"
    );
    let mut computing = threads.to_vec();
    computing[4] = named(running(5), "reader");
    assert_eq!(judged(&computing, &blocking).0, Computes);
    let mono = |main| [main, named(waits(2, Wait::Lock), "SGen worker")];
    assert_eq!(judged(&mono(running(1)), &blocking).0, Computes);
    let (_, words) = judged(&mono(waits(1, Wait::Lock)), &blocking);
    assert!(words.contains("or sleeps"), "{words}");
}

#[test]
fn a_main_thread_that_computes_is_named_beside_helpers_that_wait() {
    let threads = [running(1), named(waits(2, Wait::Lock), "of a new runtime")];
    let (conduct, words) = judged(&threads, &socket(false, &[]));
    assert_eq!(conduct, NotReading);
    assert!(
        words.contains("computes") && words.contains("of a new runtime"),
        "{words}"
    );
}

#[test]
fn a_thread_without_a_processor_is_starved_and_computes_with_a_part_of_one() {
    let part = |ran: u32, queued: u32| {
        let mut looks = looks(&[running(1)], Some(&socket(true, &[LEVEL])));
        for look in &mut looks {
            let thread = &mut look.activity.threads[0];
            (thread.cpu, thread.queued) = (look.at * ran / 100, look.at * queued / 100);
        }
        judge(&looks, &looks[3].sockets[0]).conduct
    };
    assert_eq!(part(5, 90), Starved);
    assert_eq!(part(20, 70), Computes);
    assert_eq!(part(80, 0), Computes);
    assert_eq!(part(10, 10), NotReading);
}

#[test]
fn a_client_that_read_anything_or_had_nothing_left_at_one_look_is_not_accused() {
    let mut looks = looks(&[waits(1, Wait::Sleep)], Some(&socket(true, &[LEVEL])));
    let last = looks[3].sockets[0].clone();
    assert_eq!(judge(&looks, &last).conduct, Sleeps);
    assert_eq!(judge(&looks[..2], &last).conduct, Unknown, "too few looks");
    assert_eq!(judge(&looks[..1], &last).conduct, Unknown);
    looks[1].sockets[0].recv_queue = Some(599);
    assert_eq!(judge(&looks, &last).conduct, Reads, "it has read one byte");
    looks[1].sockets[0] = row(500, 0);
    assert_eq!(judge(&looks, &last).conduct, Reads);
    for look in &mut looks {
        look.sockets[0].bytes_received = None;
    }
    assert_eq!(judge(&looks, &last).conduct, Unknown);
}

#[test]
fn a_process_that_is_stopped_is_stopped_whatever_its_threads_waited_for() {
    let stopped = Thread {
        state: ThreadState::Stopped,
        ..waits(1, Wait::Sleep)
    };
    let registered = socket(true, &[LEVEL]);
    assert_eq!(
        conduct(std::slice::from_ref(&stopped), &registered),
        Stopped
    );
    let traced = Thread {
        state: ThreadState::Traced,
        ..stopped.clone()
    };
    assert_eq!(conduct(&[traced], &registered), Stopped);
    let other = [stopped, waits(2, Wait::Sleep)];
    assert_ne!(conduct(&other, &registered), Stopped, "one thread alone");
    let mut frozen = looks(&[waits(1, Wait::Events)], None);
    for look in &mut frozen {
        look.activity.is_frozen = true;
    }
    assert_eq!(judge(&frozen, &frozen[3].sockets[0]).conduct, Stopped);
}

#[test]
fn what_may_not_be_read_is_said() {
    let looks = looks(
        &[Thread {
            id: 1,
            ..Thread::default()
        }],
        None,
    );
    let judgement = judge(&looks, &looks[3].sockets[0]);
    assert_eq!(judgement.conduct, NotReading);
    assert!(
        judgement.reason.contains("may not be read"),
        "{}",
        judgement.reason
    );
}
