//! What has changed between two looks at the table: a pure fold over its rows.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::event::millis;
use crate::process::{Pid, ProcessId};
use crate::report::Side;
use crate::table::{Ports, Socket, TcpState};

/// Who holds a socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Owner {
    /// Its pid.
    pub pid: Pid,
    /// Its name and what it runs.
    pub name: String,
    /// When it was started, in the units of its source: a pid is given out again.
    #[serde(skip)]
    pub started: u64,
}

impl Owner {
    /// The process itself.
    pub const fn id(&self) -> ProcessId {
        ProcessId {
            pid: self.pid,
            started: self.started,
        }
    }
}

/// What happened to a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(transform = crate::report::schema::open)]
pub enum What {
    /// It was there at the first look.
    Present,
    /// It is new.
    Appeared,
    /// The other end has closed, perhaps before it was ever seen.
    HalfClosed,
    /// A program has accepted it, or another one holds it now.
    OwnerGained,
    /// No program has it any more, or not this one.
    OwnerLost,
    /// It has gone, or the kernel is finishing it alone.
    Gone,
}

impl What {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Appeared => "appeared",
            Self::HalfClosed => "half-closed",
            Self::OwnerGained => "owner-gained",
            Self::OwnerLost => "owner-lost",
            Self::Gone => "gone",
        }
    }
}

/// One thing that happened to one socket.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    /// Since the watch began.
    #[serde(rename = "at_ms", serialize_with = "millis")]
    #[schemars(with = "f64")]
    pub at: Duration,
    /// What.
    pub what: What,
    /// On which side of the Gateway's port it is.
    pub side: Side,
    /// Its own address.
    pub local: SocketAddr,
    /// The other end's address.
    pub remote: SocketAddr,
    /// Its state, of the last time that it was seen.
    pub state: &'static str,
    /// Who held it when it was last seen open; null if that was never seen.
    pub owner: Option<Owner>,
    /// Who held the other end when that was last seen open; null if that was never seen.
    pub peer: Option<Owner>,
}

#[derive(Clone, Debug)]
struct Seen {
    socket: Socket,
    owner: Option<Owner>,
    peer: Option<Owner>,
}

type Pair = (SocketAddr, SocketAddr);

/// Everything that is open at the moment, by its addresses.
#[derive(Clone, Debug)]
pub struct Watch {
    ports: Ports,
    seen: BTreeMap<Pair, Seen>,
    is_first: bool,
}

impl Watch {
    /// A watch over these ports that has not looked yet.
    pub fn new(ports: Ports) -> Self {
        Self {
            ports,
            seen: BTreeMap::new(),
            is_first: true,
        }
    }

    /// The known owners that have ended: whoever shares their sockets is the owner now.
    pub fn ended(&self, lives: impl Fn(ProcessId) -> bool) -> BTreeSet<ProcessId> {
        let owners = self.seen.values().filter_map(|seen| seen.owner.as_ref());
        let mut ids: BTreeSet<ProcessId> = owners.map(Owner::id).collect();
        ids.retain(|id| !lives(*id));
        ids
    }

    /// Takes in one look; `owners` is asked, at once, only for sockets whose owner may be new or is
    /// among those that have `ended`.
    pub fn look(
        &mut self,
        rows: &[Socket],
        at: Duration,
        ended: &BTreeSet<ProcessId>,
        owners: impl FnOnce(&[Socket]) -> Vec<Option<Owner>>,
    ) -> Vec<Change> {
        let open: Vec<&Socket> = rows.iter().filter(|row| is_open(row)).collect();
        let unknown: Vec<Socket> = open
            .iter()
            .filter(|row| self.needs_owner(row, ended))
            .map(|row| (*row).clone())
            .collect();
        let mut named = BTreeMap::new();
        if !unknown.is_empty() {
            let owners = owners(&unknown);
            named.extend(unknown.iter().map(pair).zip(owners));
        }
        let mut now = BTreeMap::new();
        for row in open {
            let before = self
                .seen
                .get(&pair(row))
                .filter(|seen| same(&seen.socket, row));
            let owner = match named.get(&pair(row)) {
                Some(Some(owner)) => Some(owner.clone()),
                _ => before.and_then(|seen| seen.owner.clone()),
            };
            let peer = before.and_then(|seen| seen.peer.clone());
            let socket = row.clone();
            now.insert(
                pair(row),
                Seen {
                    socket,
                    owner,
                    peer,
                },
            );
        }
        self.know_peers(&mut now);
        let changes = self.changes(&now, at);
        self.seen = now;
        self.is_first = false;
        changes
    }

    fn needs_owner(&self, row: &Socket, ended: &BTreeSet<ProcessId>) -> bool {
        let before = self
            .seen
            .get(&pair(row))
            .filter(|seen| same(&seen.socket, row));
        let is_new = |seen: &Seen| {
            let owner = seen.owner.as_ref();
            seen.socket.inode != row.inode || owner.is_some_and(|owner| ended.contains(&owner.id()))
        };
        row.inode != Some(0) && before.is_none_or(is_new)
    }

    /// Each end remembers who held the other one while that was open.
    fn know_peers(&self, now: &mut BTreeMap<Pair, Seen>) {
        let pairs: Vec<Pair> = now.keys().copied().collect();
        for (local, remote) in pairs {
            let other = now
                .get(&(remote, local))
                .or_else(|| self.seen.get(&(remote, local)));
            let owner = other.and_then(|other| other.owner.clone());
            if let (Some(owner), Some(seen)) = (owner, now.get_mut(&(local, remote))) {
                seen.peer = Some(owner);
            }
        }
    }

    fn changes(&self, now: &BTreeMap<Pair, Seen>, at: Duration) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut tell = |seen: &Seen, what: What| changes.push(self.change(seen, what, at));
        for (pair, seen) in &self.seen {
            if now
                .get(pair)
                .is_none_or(|new| !same(&new.socket, &seen.socket))
            {
                tell(seen, What::Gone);
            }
        }
        for (pair, seen) in now {
            let before = self
                .seen
                .get(pair)
                .filter(|old| same(&old.socket, &seen.socket));
            let Some(before) = before else {
                tell(seen, self.how_new(seen));
                continue;
            };
            match (before.socket.inode, seen.socket.inode) {
                (Some(0), Some(inode)) if inode != 0 => tell(seen, What::OwnerGained),
                (Some(inode), Some(0)) if inode != 0 => tell(seen, What::OwnerLost),
                _ if is_handed_over(before, seen) => {
                    tell(before, What::OwnerLost);
                    tell(seen, What::OwnerGained);
                }
                _ => {}
            }
            let closed = seen.socket.state == TcpState::CloseWait;
            if closed && before.socket.state != TcpState::CloseWait {
                tell(seen, What::HalfClosed);
            }
        }
        changes
    }

    /// What is told of a socket that was not there before: one thing, the one that counts.
    fn how_new(&self, seen: &Seen) -> What {
        match seen.socket.state {
            _ if self.is_first => What::Present,
            TcpState::CloseWait => What::HalfClosed,
            _ => What::Appeared,
        }
    }

    fn change(&self, seen: &Seen, what: What, at: Duration) -> Change {
        let socket = &seen.socket;
        let theirs = self.ports.contains(socket.local.port());
        Change {
            at,
            what,
            side: if theirs { Side::Gateway } else { Side::Client },
            local: socket.local,
            remote: socket.remote,
            state: socket.state.name(),
            owner: seen.owner.clone(),
            peer: seen.peer.clone(),
        }
    }
}

fn pair(socket: &Socket) -> Pair {
    (socket.local, socket.remote)
}

/// Whether another process holds it than the one that was known to.
fn is_handed_over(before: &Seen, now: &Seen) -> bool {
    let ids = before.owner.as_ref().zip(now.owner.as_ref());
    ids.is_some_and(|(before, now)| before.id() != now.id())
}

/// Whether both rows are the same socket, and not a later one with its addresses.
fn same(before: &Socket, now: &Socket) -> bool {
    before.cookie == now.cookie
}

/// Whether a watch tells of it: in any other state the kernel is alone with it, and it passes.
pub fn is_open(socket: &Socket) -> bool {
    matches!(
        socket.state,
        TcpState::Established | TcpState::CloseWait | TcpState::SynSent
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATEWAY: u16 = 4002;

    fn socket(local: u16, remote: u16, state: TcpState, inode: u64) -> Socket {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Socket {
            local: address(local),
            remote: address(remote),
            state,
            recv_queue: Some(0),
            send_queue: Some(0),
            inode: Some(inode),
            uid: Some(0),
            cookie: Some(u64::from(local) << 16 | u64::from(remote)),
            age: None,
            bytes_received: None,
            v6_only: None,
            pids: None,
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

    fn look(watch: &mut Watch, rows: &[Socket]) -> Vec<(What, Side, Option<u32>, Option<u32>)> {
        let named = |rows: &[Socket]| rows.iter().map(owner).collect();
        let pid = |owner: Option<Owner>| owner.map(|owner| owner.pid.0);
        let changes = watch.look(rows, Duration::ZERO, &BTreeSet::new(), named);
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

    fn watch() -> Watch {
        let mut watch = Watch::new(Ports::from([GATEWAY]));
        assert_eq!(look(&mut watch, &[]), []);
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
        assert_eq!(look(&mut watch, &open), appeared);
        assert_eq!(look(&mut watch, &open), []);
        let left = [theirs(TcpState::CloseWait, 9), ours(TcpState::FinWait2)];
        let told = [
            (What::Gone, Side::Client, Some(7), Some(9)),
            (What::HalfClosed, Side::Gateway, Some(9), Some(7)),
        ];
        assert_eq!(look(&mut watch, &left), told);
        assert_eq!(look(&mut watch, &left[..1]), []);
        assert_eq!(
            look(&mut watch, &[]),
            [(What::Gone, Side::Gateway, Some(9), Some(7))]
        );
    }

    #[test]
    fn a_port_check_that_was_never_seen_open_has_no_owner() {
        let told = look(&mut watch(), &[theirs(TcpState::CloseWait, 9)]);
        assert_eq!(told, [(What::HalfClosed, Side::Gateway, Some(9), None)]);
    }

    #[test]
    fn what_was_half_closed_before_the_watch_is_present() {
        let mut watch = Watch::new(Ports::from([GATEWAY]));
        let rows = [theirs(TcpState::CloseWait, 9)];
        let present = [(What::Present, Side::Gateway, Some(9), None)];
        assert_eq!(look(&mut watch, &rows), present);
        assert_eq!(look(&mut watch, &rows), []);
    }

    #[test]
    fn a_connection_gains_its_owner_when_it_is_accepted() {
        let mut watch = watch();
        look(&mut watch, &[theirs(TcpState::Established, 0)]);
        let told = look(&mut watch, &[theirs(TcpState::Established, 9)]);
        assert_eq!(told, [(What::OwnerGained, Side::Gateway, Some(9), None)]);
        let told = look(&mut watch, &[theirs(TcpState::Established, 0)]);
        assert_eq!(told, [(What::OwnerLost, Side::Gateway, Some(9), None)]);
    }

    #[test]
    fn owners_are_asked_for_only_when_something_is_new() {
        let mut watch = Watch::new(Ports::from([GATEWAY]));
        let rows = [
            ours(TcpState::Established),
            theirs(TcpState::Established, 0),
        ];
        let told = watch.look(&rows, Duration::ZERO, &BTreeSet::new(), |asked| {
            assert_eq!(asked.len(), 1, "nobody has the other one");
            asked.iter().map(owner).collect()
        });
        assert!(told.iter().all(|change| change.what == What::Present));
        watch.look(&rows, Duration::ZERO, &BTreeSet::new(), |_| {
            panic!("nothing is new")
        });
    }

    #[test]
    fn an_owner_that_has_ended_gives_way_to_whoever_holds_its_socket() {
        let mut watch = watch();
        look(&mut watch, &[ours(TcpState::Established)]);
        assert_eq!(watch.ended(|_| true), BTreeSet::new());
        let ended = watch.ended(|id| id.pid != Pid(7));
        let child = Owner {
            pid: Pid(8),
            name: "python3".to_owned(),
            started: 2,
        };
        let closed = [ours(TcpState::CloseWait)];
        let named = |rows: &[Socket]| vec![Some(child.clone()); rows.len()];
        let told = watch.look(&closed, Duration::ZERO, &ended, named);
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
        look(&mut watch, &[ours(TcpState::Established)]);
        let later = Socket {
            cookie: Some(1),
            inode: Some(8),
            ..ours(TcpState::Established)
        };
        let told = look(&mut watch, &[later]);
        let expected = [
            (What::Gone, Side::Client, Some(7), None),
            (What::Appeared, Side::Client, Some(8), None),
        ];
        assert_eq!(told, expected);
    }
}
