//! The looks at one run: its sockets on the Gateway's port and its memory, as long as it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::unread::Unread;
use crate::machine::World;
use crate::machine::pid::{Pid, ProcessId};
use crate::machine::process::ProgramKind;
use crate::machine::sockets::{AddressPair, Endings, Ports, Snapshot, Socket, TcpState};
use crate::zombie;

/// Looking takes at most a twentieth of the time.
const SHARE: u32 = 20;
/// The shortest and the longest time between two looks.
const BETWEEN: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(100)];
/// So long the looks may be close together: programs connect when they start, and briefly.
const EARLY: Duration = Duration::from_secs(10);

/// The kernel tells of an end within milliseconds, on a busy machine somewhat later.
const SETTLING: Duration = Duration::from_secs(2);

/// Seen so often in another program's hands, a connection is that program's.
const SEEN_ENOUGH: u32 = 2;

/// What the looks at one run have gathered.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing of its own that was seen or not"
)]
pub(super) struct Looks<'a> {
    pub(super) world: &'a World,
    since: Instant,
    pub(super) ports: Ports,
    /// Whether the Gateway is on another machine, so that only the clients' ends are seen here.
    is_remote: bool,
    /// Every connection on the port before the run; `None` when none can be seen.
    before: Option<BTreeSet<AddressPair>>,
    /// Whether the other end of its connections is the Gateway's, and can be seen.
    pub(super) gateway_in_sight: bool,
    /// The processes of the run that still run, orphans too.
    family: BTreeMap<Pid, ProcessId>,
    pub(super) own: BTreeMap<AddressPair, Option<Unread>>,
    /// Connections that none of its processes had, and how often each was looked at.
    others: BTreeMap<AddressPair, u32>,
    /// Whether another program was seen to connect during the run.
    others_came: bool,
    /// Told of connections that end, also between two looks; `None` where the system does not.
    endings: Option<Box<dyn Endings>>,
    /// Connections that were made and ended between two looks: it was not seen by which program.
    brief: BTreeSet<AddressPair>,
    /// Whether a process of the run could not be read.
    pub(super) blind: bool,
    /// The most memory that it and its descendants had resident, each counted in full.
    pub(super) peak_memory: Option<u64>,
    connected: bool,
    unread: u32,
}

impl<'a> Looks<'a> {
    /// The state before a run against a Gateway on `port`: at `local`, or on another machine.
    ///
    /// `not_its_own` are connections that were there before and need not be in the table any more.
    pub(super) fn before(
        world: &'a World,
        port: u16,
        local: Option<SocketAddr>,
        not_its_own: &[AddressPair],
    ) -> Self {
        let ports = Ports::from([port]);
        let readable = !world.is_portable;
        let endings = readable.then(|| world.table.endings()).flatten();
        let snapshot = readable
            .then(|| world.table.snapshot(&ports).ok())
            .flatten();
        let pairs = |snapshot: Snapshot| {
            let pairs = snapshot.sockets.iter().map(|row| pair(row, &ports));
            pairs.chain(not_its_own.iter().copied()).collect()
        };
        let before = snapshot.map(pairs);
        let gateway_in_sight =
            before.is_some() && local.is_some_and(|local| is_gateway_in_sight(world, local));
        Self {
            world,
            since: Instant::now(),
            ports,
            is_remote: local.is_none(),
            before,
            gateway_in_sight,
            family: BTreeMap::new(),
            own: BTreeMap::new(),
            others: BTreeMap::new(),
            others_came: false,
            endings,
            brief: BTreeSet::new(),
            blind: false,
            peak_memory: None,
            connected: false,
            unread: 0,
        }
    }

    /// One look; returns when the next is due.
    pub(super) fn look(&mut self, leader: Pid) -> Instant {
        let now = Instant::now();
        let processes = &self.world.processes;
        let family = processes
            .descendants(leader)
            .or_else(|| processes.group(leader));
        self.blind |= family.is_none();
        self.remember(&family.unwrap_or_default());
        let family = self.family.keys();
        let memory = family.filter_map(|pid| self.world.processes.peak_memory(*pid));
        let memory = memory.reduce(u64::saturating_add);
        self.peak_memory = self.peak_memory.max(memory);
        self.take(leader, now);
        let [shortest, longest] = BETWEEN;
        let cost = now.elapsed();
        if now.duration_since(self.since) > EARLY {
            return now + cost + longest;
        }
        now + cost + (cost * SHARE).clamp(shortest, longest)
    }

    /// The look at what has outlived it, in the group and out of it.
    pub(super) fn ended(&mut self, leader: Pid) {
        let group = self.world.processes.group(leader);
        self.remember(&group.unwrap_or_default());
        let snapshot = self.take(leader, Instant::now());
        let rows = snapshot.iter().flat_map(|snapshot| &snapshot.sockets);
        let brief = rows
            .filter(|row| row.state != TcpState::SynSent && self.is_of_unknown_origin(row))
            .map(|row| pair(row, &self.ports));
        let brief: Vec<AddressPair> = brief.collect();
        self.brief.extend(brief);
        self.take_ended();
    }

    /// Waits until the kernel has told of every connection that ended with the run, if none was
    /// seen: its word comes a little later than the end.
    pub(super) async fn settle(&mut self) {
        if self.connected() != Some(false) {
            return;
        }
        let marked = self.endings.as_mut().is_some_and(|it| it.mark().is_ok());
        if !marked {
            self.endings = None;
            return;
        }
        let until = Instant::now() + SETTLING;
        while Instant::now() < until {
            tokio::time::sleep(BETWEEN[0]).await;
            self.take_ended();
            if self.endings.as_ref().is_none_or(|it| it.is_mark_told()) {
                return;
            }
        }
        self.endings = None;
    }

    /// Notes the connections that have ended since the last look and were never seen.
    fn take_ended(&mut self) {
        let Some(endings) = &mut self.endings else {
            return;
        };
        let Some(ended) = endings.take() else {
            self.endings = None;
            return;
        };
        // The Gateway's end stands for a connection that was made; of the client's alone only
        // bytes tell that it was not refused.
        let made = ended.iter().filter(|row| {
            let is_gateways = self.ports.contains(row.local.port());
            row.touches(&self.ports) && (is_gateways || row.bytes_received.unwrap_or(0) > 0)
        });
        let made = made.filter(|row| self.is_of_unknown_origin(row));
        let made: Vec<AddressPair> = made.map(|row| pair(row, &self.ports)).collect();
        self.brief.extend(made);
    }

    /// Remembers which processes belong to the run, so that orphans are found again; those that
    /// have ended are forgotten.
    fn remember(&mut self, pids: &[Pid]) {
        let processes = &self.world.processes;
        let identify = |pid: Pid| processes.identify(pid).ok().flatten();
        self.family.retain(|pid, id| identify(*pid) == Some(*id));
        let ids = pids.iter().filter_map(|pid| identify(*pid));
        self.family.extend(ids.map(|id| (id.pid, id)));
    }

    /// Reads the table, and what it tells of the run's connections.
    fn take(&mut self, leader: Pid, now: Instant) -> Option<Snapshot> {
        self.before.as_ref()?;
        let Ok(snapshot) = self.world.table.snapshot(&self.ports) else {
            self.blind = true;
            return None;
        };
        self.claim(&snapshot.sockets, leader);
        self.take_ended();
        // A connection of which both ends have gone has left nothing.
        let rows = snapshot.sockets.iter();
        let there: BTreeSet<AddressPair> = rows.map(|row| pair(row, &self.ports)).collect();
        self.own.retain(|pair, _| there.contains(pair));
        for (pair, unread) in &mut self.own {
            let Some(row) = snapshot.row(pair.local, pair.remote) else {
                continue;
            };
            let theirs = snapshot.row(pair.remote, pair.local);
            let accepted = theirs.and_then(Socket::accepted) != Some(false);
            self.connected |= accepted && row.state.is_connected();
            // A received end of stream counts as a byte of the queue.
            let end = u32::from(row.state == TcpState::CloseWait);
            if let Some(queue) = row.recv_queue {
                let bytes = queue.saturating_sub(end);
                let received = row
                    .bytes_received
                    .map(|received| received.saturating_sub(end.into()));
                let lasting = Unread::look(unread, now, bytes, received);
                self.unread = self.unread.max(lasting);
            }
        }
        Some(snapshot)
    }

    /// Finds out which new connections the run's own processes have.
    fn claim(&mut self, sockets: &[Socket], leader: Pid) {
        let new = sockets.iter().filter(|row| self.is_new_client(row));
        let mut new: Vec<Socket> = new.cloned().collect();
        self.claim_for(&mut new, &self.family());
        let unknown = |row: &Socket| !self.others.contains_key(&pair(row, &self.ports));
        // A process orphaned within the group is no descendant any more; looked for once.
        if new.iter().any(unknown)
            && let Some(group) = self.world.processes.group(leader)
        {
            self.claim_for(&mut new, &group);
        }
        self.others_came |= !new.is_empty();
        for row in new {
            *self.others.entry(pair(&row, &self.ports)).or_default() += 1;
        }
    }

    fn claim_for(&mut self, new: &mut Vec<Socket>, pids: &[Pid]) {
        for pid in pids {
            let held = self.world.processes.held(*pid, new).ok().flatten();
            let Some(held) = held else {
                // One that has ended cannot be read either, and has no sockets any more.
                self.blind |= self.world.processes.peak_memory(*pid).is_some();
                continue;
            };
            let pairs: Vec<AddressPair> = held.iter().map(|row| pair(row, &self.ports)).collect();
            new.retain(|row| !pairs.contains(&pair(row, &self.ports)));
            for pair in pairs {
                self.others.remove(&pair);
                self.own.insert(pair, None);
            }
        }
    }

    /// Whether this is a client's end, in a process's hands, of a connection made during the run.
    fn is_new_client(&self, row: &Socket) -> bool {
        row.state != TcpState::Listen
            && !self.ports.contains(row.local.port())
            && zombie::is_outgoing(row, &self.ports) == self.is_remote
            && row.inode.is_some_and(|inode| inode != 0)
            && self.is_new(&pair(row, &self.ports))
    }

    /// Whether the connection was made during the run, and is not known to be the run's.
    fn is_new(&self, pair: &AddressPair) -> bool {
        let before = self.before.as_ref();
        before.is_some_and(|it| !it.contains(pair)) && !self.own.contains_key(pair)
    }

    /// Whether a program of this machine made the connection during the run, and it was not seen
    /// which.
    pub(super) fn is_of_unknown_origin(&self, row: &Socket) -> bool {
        let pair = pair(row, &self.ports);
        let is_here = row.remote.ip().is_loopback() || row.remote.ip() == row.local.ip();
        let looks = self.others.get(&pair).copied().unwrap_or(0);
        row.state != TcpState::Listen
            && is_here != self.is_remote
            && self.is_new(&pair)
            && looks < SEEN_ENOUGH
    }

    /// Whether a connection that was too short to be looked at is the run's: no other program was
    /// seen to connect to the port meanwhile.
    pub(super) fn counts_brief(&self) -> bool {
        !self.others_came
    }

    /// Its connections whose client's end a process still holds, now that it has ended itself.
    pub(super) fn held(&self) -> Option<u32> {
        self.before.as_ref()?;
        let table = &self.world.table;
        let held = |pair: &&AddressPair| {
            let row = table.find(pair.local, pair.remote).ok().flatten();
            row.is_some_and(|row| row.inode.is_some_and(|inode| inode != 0))
        };
        let count = self.own.keys().filter(held).count();
        (count > 0 || !self.blind).then(|| u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Whether it was seen connected; `None` if it may have been without being seen.
    pub(super) fn connected(&self) -> Option<bool> {
        self.before.as_ref()?;
        if self.connected || (!self.brief.is_empty() && self.counts_brief()) {
            return Some(true);
        }
        // Where each end is told, none on this port means that there was none, whatever else of the
        // machine could not be read.
        let is_told = self.endings.is_some() || !self.blind;
        (is_told && self.brief.is_empty()).then_some(false)
    }

    /// The processes of the run.
    pub(super) fn family(&self) -> Vec<Pid> {
        self.family.keys().copied().collect()
    }

    /// The most bytes that lay unread for a second.
    pub(super) fn unread(&self) -> Option<u64> {
        self.before.as_ref()?;
        // What escapes the looks lasts for less than a second.
        (self.unread > 0 || !self.blind).then_some(self.unread.into())
    }
}

/// The addresses of a connection as the client has them, whichever end this is.
pub(super) fn pair(row: &Socket, ports: &Ports) -> AddressPair {
    let pair = AddressPair::of(row);
    if ports.contains(row.local.port()) {
        pair.from_other_end()
    } else {
        pair
    }
}

/// Whether it is known that a Gateway listens there, and no relay, whose end of a connection says
/// nothing of the Gateway.
fn is_gateway_in_sight(world: &World, local: SocketAddr) -> bool {
    let row = world.table.listener(local).ok().flatten();
    let kind = row.map(|row| world.who_listens(&row).kind);
    !matches!(kind, None | Some(ProgramKind::Relay | ProgramKind::Unknown))
}
