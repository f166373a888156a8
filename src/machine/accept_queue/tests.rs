//! What two looks at a queue tell.

use super::*;

fn socket(remote_port: u16, state: TcpState, queue: (u32, u32), age: Option<u64>) -> Socket {
    Socket {
        local: ([127, 0, 0, 1], 4002).into(),
        remote: ([127, 0, 0, 1], remote_port).into(),
        state,
        recv_queue: Some(queue.0),
        send_queue: Some(queue.1),
        inode: Some(0),
        uid: None,
        cookie: Some(u64::from(remote_port)),
        age: age.map(Duration::from_secs),
        bytes_received: None,
        last_received: None,
        last_sent: None,
        transmission: None,
        v6_only: None,
        pids: None,
    }
}

fn queue(waiting: u32, limit: u32, rows: &[(u16, u64)]) -> QueueLook {
    let listener = socket(0, TcpState::Listen, (waiting, limit), None);
    let rows: Vec<Socket> = rows
        .iter()
        .map(|(port, age)| socket(*port, TcpState::Established, (0, 0), Some(*age)))
        .collect();
    QueueLook::of(&listener, &rows).expect("a queue")
}

const TWO_SECONDS: Duration = Duration::from_secs(2);
const FIVE_SECONDS: Duration = Duration::from_secs(5);

fn after_all_looks(first: &QueueLook, now: &QueueLook) -> Watched {
    judge(first, now, LOOKS_AT_A_YOUNG_ONE, FIVE_SECONDS)
}

fn long(watched: Watched) -> LongQueue {
    match watched {
        Watched::Long(queue) => queue,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_queue_from_which_nothing_is_taken_is_stuck_full_or_not() {
    for (waiting, limit) in [(2, 50), (3, 2)] {
        let queue = queue(waiting, limit, &[(1, 1), (2, 6)]);
        let early = judge(&queue, &queue, LOOKS_AT_A_YOUNG_ONE - 1, FIVE_SECONDS);
        assert_eq!(early, Watched::Open);
        let stuck = long(after_all_looks(&queue, &queue));
        assert_eq!(
            (stuck.taken, stuck.oldest),
            (0, Some(Duration::from_secs(6)))
        );
        assert_eq!(stuck.code(), Code::AcceptQueueStuck);
        assert!(!stuck.admits());
    }
    // More that come are no move, nor is one that is reset: its place stays.
    let first = queue(2, 50, &[(1, 1), (2, 6)]);
    let more = queue(3, 50, &[(2, 6), (3, 0)]);
    assert!(long(after_all_looks(&first, &more)).is_stuck());
}

#[test]
fn an_old_or_full_queue_that_moves_accepts_slowly() {
    let first = queue(3, 2, &[(1, 9), (2, 8), (3, 7)]);
    // One taken, and another has its place.
    let full = long(after_all_looks(
        &first,
        &queue(3, 2, &[(2, 9), (3, 8), (4, 0)]),
    ));
    assert_eq!(full.taken, 1);
    assert_eq!(full.code(), Code::AcceptsSlowly);
    assert!(!full.admits());
    assert_eq!(full.finding("here", "it").severity, Severity::Error);
    let now = queue(2, 2, &[(2, 9), (3, 8)]);
    let shorter = long(judge(&first, &now, LOOKS_OF_A_MOVE, TWO_SECONDS / 2));
    assert!(shorter.admits());
    let finding = shorter.finding("here", "the Gateway");
    assert_eq!(finding.severity, Severity::Warning);
    assert!(!finding.summary.contains("stopped"), "{finding:?}");
    assert!(
        finding.evidence[0].contains("1 was taken in 1.0 s"),
        "{finding:?}"
    );
}

#[test]
fn other_connections_in_a_later_look_mean_that_it_keeps_up() {
    let first = queue(2, 50, &[(1, 0), (2, 0)]);
    let others = queue(2, 50, &[(3, 0), (4, 0)]);
    assert_eq!(judge(&first, &others, 1, TWO_SECONDS), Watched::KeepsUp);
    assert_eq!(
        judge(&first, &queue(0, 50, &[]), 1, TWO_SECONDS),
        Watched::KeepsUp
    );
    // Reset connections keep their place and have no row.
    let reset = queue(2, 50, &[]);
    assert!(long(after_all_looks(&reset, &reset)).is_stuck());
    assert_eq!(judge(&reset, &others, 1, TWO_SECONDS), Watched::KeepsUp);
    assert!(long(after_all_looks(&first, &reset)).is_stuck());
}

#[test]
fn a_young_queue_is_watched_until_a_slow_gateway_would_have_taken_one() {
    let old = queue(2, 50, &[(1, 20), (2, 19)]);
    let stuck = long(judge(&old, &old, MORE_LOOKS, TWO_SECONDS));
    assert!(stuck.is_stuck());
    let words = "2 wait to be accepted, limit 50, the oldest for 20.0 s; none was taken in 2.0 s";
    assert_eq!(stuck.words(), words);

    let young = queue(2, 50, &[(1, 6), (2, 3)]);
    assert_eq!(
        judge(&young, &young, MORE_LOOKS, TWO_SECONDS),
        Watched::Open
    );
    let fewer = queue(1, 50, &[(2, 6)]);
    let slow = long(judge(&young, &fewer, MORE_LOOKS + 5, TWO_SECONDS));
    assert_eq!((slow.taken, slow.code()), (1, Code::AcceptsSlowly));
    // How long those have waited that were reset is not known.
    let reset = queue(2, 50, &[]);
    assert_eq!(
        judge(&reset, &reset, MORE_LOOKS, TWO_SECONDS),
        Watched::Open
    );
}
