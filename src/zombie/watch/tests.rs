use super::*;
use crate::machine::pid::Pid;
use std::net::SocketAddr;

const GATEWAY: u16 = 4002;

fn socket(local: u16, remote: u16, state: TcpState, inode: u64) -> Socket {
    let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
    Socket {
        inode: Some(inode),
        cookie: Some(u64::from(local) << 16 | u64::from(remote)),
        ..Socket::unknown(address(local), address(remote), state)
    }
}

fn theirs(state: TcpState, inode: u64) -> Socket {
    socket(GATEWAY, 50_000, state, inode)
}

fn ours(state: TcpState) -> Socket {
    socket(50_000, GATEWAY, state, 7)
}

fn owner(socket: &Socket) -> Option<Owner> {
    let inode = socket.inode.filter(|inode| *inode != 0)?;
    Some(Owner {
        pid: Pid(u32::try_from(inode).unwrap()),
        name: "python3".to_owned(),
        started: 1,
    })
}

fn update(watch: &mut Watch, rows: &[Socket]) -> Vec<(What, Side, Option<u32>, Option<u32>)> {
    let named = |rows: &[Socket]| rows.iter().map(owner).collect();
    let pid = |owner: Option<Owner>| owner.map(|owner| owner.pid.0);
    let changes = watch.update(rows, Duration::ZERO, &BTreeSet::new(), named);
    let told = |change: Change| {
        (
            change.what,
            change.side,
            pid(change.owner),
            pid(change.peer),
        )
    };
    changes.into_iter().map(told).collect()
}

/// What the text says of these rows.
fn spoken(watch: &mut Watch, rows: &[Socket]) -> Vec<(What, Side)> {
    let named = |rows: &[Socket]| rows.iter().map(owner).collect();
    let changes = watch.update(rows, Duration::ZERO, &BTreeSet::new(), named);
    let spoken = changes.iter().filter(|change| !change.is_told_by_other_end);
    spoken.map(|change| (change.what, change.side)).collect()
}

fn watch() -> Watch {
    let mut watch = Watch::new(Ports::from([GATEWAY]));
    assert_eq!(update(&mut watch, &[]), []);
    watch
}

#[test]
fn a_zombie_is_told_with_the_client_that_left_it() {
    let mut watch = watch();
    let open = [
        theirs(TcpState::Established, 9),
        ours(TcpState::Established),
    ];
    let appeared = [
        (What::Appeared, Side::Gateway, Some(9), Some(7)),
        (What::Appeared, Side::Client, Some(7), Some(9)),
    ];
    assert_eq!(update(&mut watch, &open), appeared);
    assert_eq!(update(&mut watch, &open), []);
    let left = [theirs(TcpState::CloseWait, 9), ours(TcpState::FinWait2)];
    let told = [
        (What::Gone, Side::Client, Some(7), Some(9)),
        (What::HalfClosed, Side::Gateway, Some(9), Some(7)),
    ];
    assert_eq!(update(&mut watch, &left), told);
    assert_eq!(update(&mut watch, &left[..1]), []);
    assert_eq!(
        update(&mut watch, &[]),
        [(What::Gone, Side::Gateway, Some(9), Some(7))]
    );
}

#[test]
fn a_port_check_that_was_never_seen_open_has_no_owner() {
    let told = update(&mut watch(), &[theirs(TcpState::CloseWait, 9)]);
    assert_eq!(told, [(What::HalfClosed, Side::Gateway, Some(9), None)]);
}

#[test]
fn what_was_half_closed_before_the_watch_is_present() {
    let mut watch = Watch::new(Ports::from([GATEWAY]));
    let rows = [theirs(TcpState::CloseWait, 9)];
    let present = [(What::Present, Side::Gateway, Some(9), None)];
    assert_eq!(update(&mut watch, &rows), present);
    assert_eq!(update(&mut watch, &rows), []);
}

#[test]
fn a_connection_gains_its_owner_when_it_is_accepted() {
    let mut watch = watch();
    update(&mut watch, &[theirs(TcpState::Established, 0)]);
    let told = update(&mut watch, &[theirs(TcpState::Established, 9)]);
    assert_eq!(told, [(What::OwnerGained, Side::Gateway, Some(9), None)]);
    let told = update(&mut watch, &[theirs(TcpState::Established, 0)]);
    assert_eq!(told, [(What::OwnerLost, Side::Gateway, Some(9), None)]);
}

#[test]
fn owners_are_asked_for_only_when_something_is_new() {
    let mut watch = Watch::new(Ports::from([GATEWAY]));
    let rows = [
        ours(TcpState::Established),
        theirs(TcpState::Established, 0),
    ];
    let told = watch.update(&rows, Duration::ZERO, &BTreeSet::new(), |asked| {
        assert_eq!(asked.len(), 1, "nobody has the other one");
        asked.iter().map(owner).collect()
    });
    assert!(told.iter().all(|change| change.what == What::Present));
    watch.update(&rows, Duration::ZERO, &BTreeSet::new(), |_| {
        panic!("nothing is new")
    });
}

#[test]
fn an_owner_that_has_ended_gives_way_to_whoever_holds_its_socket() {
    let mut watch = watch();
    update(&mut watch, &[ours(TcpState::Established)]);
    assert_eq!(watch.ended(|_| true), BTreeSet::new());
    let ended = watch.ended(|id| id.pid != Pid(7));
    let child = Owner {
        pid: Pid(8),
        name: "python3".to_owned(),
        started: 2,
    };
    let closed = [ours(TcpState::CloseWait)];
    let named = |rows: &[Socket]| vec![Some(child.clone()); rows.len()];
    let told = watch.update(&closed, Duration::ZERO, &ended, named);
    let told: Vec<(What, u32)> = told
        .into_iter()
        .map(|change| (change.what, change.owner.unwrap().pid.0))
        .collect();
    let expected = [
        (What::OwnerLost, 7),
        (What::OwnerGained, 8),
        (What::HalfClosed, 8),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_later_socket_with_the_same_addresses_is_another_one() {
    let mut watch = watch();
    update(&mut watch, &[ours(TcpState::Established)]);
    let later = Socket {
        cookie: Some(1),
        inode: Some(8),
        ..ours(TcpState::Established)
    };
    let told = update(&mut watch, &[later]);
    let expected = [
        (What::Gone, Side::Client, Some(7), None),
        (What::Appeared, Side::Client, Some(8), None),
    ];
    assert_eq!(told, expected);
}

#[test]
fn one_end_speaks_for_each_connection_and_the_half_closed_one_first() {
    let mut watch = watch();
    let open = [
        theirs(TcpState::Established, 9),
        ours(TcpState::Established),
    ];
    assert_eq!(spoken(&mut watch, &open), [(What::Appeared, Side::Gateway)]);
    let left = [theirs(TcpState::CloseWait, 9), ours(TcpState::FinWait2)];
    assert_eq!(
        spoken(&mut watch, &left),
        [(What::HalfClosed, Side::Gateway)]
    );
    assert_eq!(spoken(&mut watch, &[]), [(What::Gone, Side::Gateway)]);
}

#[test]
fn an_end_that_comes_after_the_other_one_or_goes_before_it_says_nothing() {
    let mut watch = watch();
    let client = ours(TcpState::Established);
    let both = [theirs(TcpState::Established, 9), client.clone()];
    let appeared = [(What::Appeared, Side::Client)];
    assert_eq!(spoken(&mut watch, &[ours(TcpState::SynSent)]), appeared);
    assert_eq!(spoken(&mut watch, &both), []);
    let fin_sent = [theirs(TcpState::FinWait2, 9), client];
    assert_eq!(spoken(&mut watch, &fin_sent), []);
    let left = [theirs(TcpState::FinWait2, 9), ours(TcpState::CloseWait)];
    assert_eq!(
        spoken(&mut watch, &left),
        [(What::HalfClosed, Side::Client)]
    );
    assert_eq!(spoken(&mut watch, &[]), [(What::Gone, Side::Client)]);
}

#[test]
fn an_owner_that_has_ended_and_left_no_other_has_lost_its_socket() {
    let mut watch = watch();
    update(&mut watch, &[ours(TcpState::Established)]);
    let ended = watch.ended(|_| false);
    let none = |rows: &[Socket]| vec![None; rows.len()];
    let rows = [ours(TcpState::Established)];
    let told = watch.update(&rows, Duration::ZERO, &ended, none);
    let told: Vec<(What, Option<u32>)> = told
        .into_iter()
        .map(|change| (change.what, change.owner.map(|owner| owner.pid.0)))
        .collect();
    assert_eq!(told, [(What::OwnerLost, Some(7))]);
}
