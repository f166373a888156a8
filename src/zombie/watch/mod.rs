//! What has changed between two looks at the table: a pure fold over its rows.

pub mod run;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::event::{Change, Owner, Side, What};
use crate::machine::pid::ProcessId;
use crate::machine::sockets::{AddressPair, Ports, Socket, TcpState};

#[derive(Clone, Debug)]
struct OpenSocket {
    socket: Socket,
    owner: Option<Owner>,
    peer: Option<Owner>,
}

/// Everything that is open at the moment, by its addresses.
#[derive(Clone, Debug)]
pub struct Watch {
    ports: Ports,
    open: BTreeMap<AddressPair, OpenSocket>,
    is_first: bool,
    /// The time of day of the look that is taken in.
    time: String,
}

impl Watch {
    /// A watch over these ports that has not looked yet.
    pub fn new(ports: Ports) -> Self {
        Self {
            ports,
            open: BTreeMap::new(),
            is_first: true,
            time: String::new(),
        }
    }

    /// The known owners that have ended: a process that shares their sockets is the owner now.
    pub fn ended(&self, lives: impl Fn(ProcessId) -> bool) -> BTreeSet<ProcessId> {
        let owners = self.open.values().filter_map(|known| known.owner.as_ref());
        let mut ids: BTreeSet<ProcessId> = owners.map(Owner::id).collect();
        ids.retain(|id| !lives(*id));
        ids
    }

    /// Sets the time of day of the next look (RFC 3339).
    pub fn set_time(&mut self, time: String) {
        self.time = time;
    }

    /// Takes in one look; `owners` is asked, at once, only for sockets whose owner may be new or is
    /// among those that have `ended`.
    pub fn update(
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
            named.extend(unknown.iter().map(AddressPair::of).zip(owners));
        }
        let mut now = BTreeMap::new();
        for row in open {
            let before = self.known(row);
            let lives = |owner: &Owner| !ended.contains(&owner.id());
            let owner = match named.get(&AddressPair::of(row)) {
                Some(Some(owner)) => Some(owner.clone()),
                _ => before.and_then(|known| known.owner.clone().filter(lives)),
            };
            let peer = before.and_then(|known| known.peer.clone());
            let known = OpenSocket {
                socket: row.clone(),
                owner,
                peer,
            };
            now.insert(AddressPair::of(row), known);
        }
        self.know_peers(&mut now);
        let changes = self.changes(&now, at);
        self.open = now;
        self.is_first = false;
        changes
    }

    /// The same socket as it was before.
    fn known(&self, row: &Socket) -> Option<&OpenSocket> {
        let before = self.open.get(&AddressPair::of(row));
        before.filter(|known| same(&known.socket, row))
    }

    fn needs_owner(&self, row: &Socket, ended: &BTreeSet<ProcessId>) -> bool {
        let before = self.known(row);
        let is_new = |known: &OpenSocket| {
            let owner = known.owner.as_ref();
            known.socket.inode != row.inode
                || owner.is_some_and(|owner| ended.contains(&owner.id()))
        };
        row.inode != Some(0) && before.is_none_or(is_new)
    }

    /// Each end remembers who held the other one while that was open.
    fn know_peers(&self, now: &mut BTreeMap<AddressPair, OpenSocket>) {
        let pairs: Vec<AddressPair> = now.keys().copied().collect();
        for pair in pairs {
            let other_end = pair.from_other_end();
            let other = now.get(&other_end).or_else(|| self.open.get(&other_end));
            let owner = other.and_then(|other| other.owner.clone());
            if let (Some(owner), Some(known)) = (owner, now.get_mut(&pair)) {
                known.peer = Some(owner);
            }
        }
    }

    fn changes(&self, now: &BTreeMap<AddressPair, OpenSocket>, at: Duration) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut tell = |known: &OpenSocket, what: What| changes.push(self.change(known, what, at));
        for (pair, known) in &self.open {
            if now
                .get(pair)
                .is_none_or(|new| !same(&new.socket, &known.socket))
            {
                tell(known, What::Gone);
            }
        }
        for known in now.values() {
            let Some(before) = self.known(&known.socket) else {
                tell(known, self.how_new(known));
                continue;
            };
            match (before.socket.inode, known.socket.inode) {
                (Some(0), Some(inode)) if inode != 0 => tell(known, What::OwnerGained),
                (Some(inode), Some(0)) if inode != 0 => tell(known, What::OwnerLost),
                _ if is_handed_over(before, known) => {
                    tell(before, What::OwnerLost);
                    tell(known, What::OwnerGained);
                }
                _ if before.owner.is_some() && known.owner.is_none() => {
                    tell(before, What::OwnerLost);
                }
                _ => {}
            }
            let closed = known.socket.state == TcpState::CloseWait;
            if closed && before.socket.state != TcpState::CloseWait {
                tell(known, What::HalfClosed);
            }
        }
        let stays = |end: &AddressPair| {
            let other = now.get(end);
            other.is_some_and(|it| self.known(&it.socket).is_some())
        };
        one_for_each_connection(&mut changes, stays);
        changes
    }

    /// What is told of a socket that was not there before: one thing, the one that counts.
    fn how_new(&self, known: &OpenSocket) -> What {
        match known.socket.state {
            _ if self.is_first => What::Present,
            TcpState::CloseWait => What::HalfClosed,
            _ => What::Appeared,
        }
    }

    fn change(&self, known: &OpenSocket, what: What, at: Duration) -> Change {
        let socket = &known.socket;
        let theirs = self.ports.contains(socket.local.port());
        Change {
            at,
            time: self.time.clone(),
            what,
            side: if theirs { Side::Gateway } else { Side::Client },
            local: socket.local,
            remote: socket.remote,
            state: socket.state.name(),
            owner: known.owner.clone(),
            peer: known.peer.clone(),
            is_told_by_other_end: false,
        }
    }
}

/// Of the two ends of a connection the one that says more speaks for both, or else the Gateway's. An end
/// that comes or goes while the other one `stays` says nothing: a look may fall between the two.
fn one_for_each_connection(changes: &mut [Change], stays: impl Fn(&AddressPair) -> bool) {
    let weight = |change: &Change| match change.what {
        What::HalfClosed => 4,
        What::OwnerGained | What::OwnerLost => 3,
        What::Gone => 2,
        What::Appeared | What::Present if change.state == TcpState::CloseWait.name() => 4,
        What::Appeared | What::Present => 1,
    };
    let rank = |change: &Change| (weight(change), change.side == Side::Gateway);
    let ranked: Vec<_> = changes
        .iter()
        .map(|change| (change.local, change.remote, rank(change)))
        .collect();
    for change in changes {
        let own = rank(change);
        let other_end = AddressPair {
            local: change.remote,
            remote: change.local,
        };
        let mut others = ranked.iter();
        let says_more = others.any(|(local, remote, rank)| {
            (*local, *remote) == (other_end.local, other_end.remote) && *rank > own
        });
        let comes_or_goes = matches!(change.what, What::Appeared | What::Gone);
        change.is_told_by_other_end = says_more || comes_or_goes && stays(&other_end);
    }
}

/// Whether another process holds it than the one that was known to.
fn is_handed_over(before: &OpenSocket, now: &OpenSocket) -> bool {
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
mod tests;
