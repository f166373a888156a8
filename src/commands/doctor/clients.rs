//! The check of the other programs that are connected to the port: whether each reads, and whether
//! its connection is still open at both ends. Young evidence is looked at until it is old enough.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::checks::Examined;
use crate::commands::unread;
use crate::event::CheckStatus;
use crate::finding::{Code, Finding};
use crate::machine::World;
use crate::machine::process::{Ownership, Search};
use crate::machine::sockets::{Ports, Socket, TableError, TcpState};
use crate::target::Target;
use crate::text::duration::shown;
use crate::zombie::look::{self, Observer};
use crate::zombie::{Census, Criteria, UNREAD_FOR, has_read_nothing};

const NAME: &str = "clients";

/// Between two looks at what is young.
const EVERY: Duration = Duration::from_millis(500);

/// What is said of clients.
const OF_CLIENTS: [Code; 3] = [
    Code::ClientNotReading,
    Code::ZombieClientLive,
    Code::ZombieClientOrphan,
];

/// The clients of one look, and for how long what they show has been watched.
struct Looked {
    clients: Vec<Socket>,
    /// Those that leave bytes unread, or are half closed, and have been seen so for long enough.
    old: Vec<Socket>,
    /// Those of which that is not known yet.
    young: Vec<Socket>,
    watched: Duration,
}

/// Which other programs are connected to the port, and whether they read. What is young is watched
/// until then at the latest; without such a time it is only said to be young.
pub(super) async fn check(
    world: &World,
    target: &Target,
    addresses: &[SocketAddr],
    until: Option<Instant>,
) -> Examined {
    let ports: Ports = std::iter::once(target.port).collect();
    let looked = match watch(world, &ports, addresses, until).await {
        Ok(looked) => looked,
        Err(error) => return Examined::new(NAME, CheckStatus::Unknown, error.to_string()),
    };
    if looked.clients.is_empty() {
        let nobody = "no other program of this machine is connected";
        return Examined::new(NAME, CheckStatus::Ok, nobody);
    }
    let Some(words) = conditions(world, &looked) else {
        let summary = format!(
            "{} connections; their owners could not be read",
            looked.clients.len()
        );
        return Examined::new(NAME, CheckStatus::Unknown, summary);
    };
    if looked.old.is_empty() {
        return Examined::new(NAME, CheckStatus::Ok, words);
    }
    match findings(world, target.port, looked) {
        Ok(mut findings) => {
            unread::explain(&mut findings, world, &ports, until).await;
            // The programs are told here, the finding tells what is wrong.
            let mut examined = Examined::of_findings(NAME, findings, words.clone());
            examined.check.summary = words;
            examined
        }
        Err(error) => Examined::new(NAME, CheckStatus::Unknown, error.to_string()),
    }
}

/// Looks until nothing is young any more.
async fn watch(
    world: &World,
    ports: &Ports,
    addresses: &[SocketAddr],
    until: Option<Instant>,
) -> Result<Looked, TableError> {
    let began = Instant::now();
    let mut watched: Option<Vec<Socket>> = None;
    loop {
        let clients = clients(world, ports, addresses)?;
        let doubtful = clients.iter().filter(|row| is_doubtful(row));
        let (old, young): (Vec<Socket>, Vec<Socket>) = doubtful.cloned().partition(is_old);
        let still = |row: &Socket| {
            let mut before = watched.iter().flatten();
            watched.is_none() || before.any(|before| is_unchanged(before, row))
        };
        // What began after the first look would be watched for ever.
        let young: Vec<Socket> = young.into_iter().filter(|row| still(row)).collect();
        let elapsed = began.elapsed();
        let mut looked = Looked {
            clients,
            old,
            young,
            watched: elapsed,
        };
        if looked.young.is_empty() {
            return Ok(looked);
        }
        if elapsed >= UNREAD_FOR {
            looked.old.append(&mut looked.young);
            return Ok(looked);
        }
        if until.is_none_or(|until| Instant::now() + EVERY >= until) {
            return Ok(looked);
        }
        watched = Some(looked.young);
        sleep(EVERY.min(UNREAD_FOR.saturating_sub(elapsed))).await;
    }
}

/// The clients' ends of the connections to these addresses.
fn clients(
    world: &World,
    ports: &Ports,
    addresses: &[SocketAddr],
) -> Result<Vec<Socket>, TableError> {
    let mut rows = world.table.snapshot(ports)?.sockets;
    rows.retain(|row| {
        addresses.contains(&row.remote)
            && matches!(row.state, TcpState::Established | TcpState::CloseWait)
    });
    Ok(rows)
}

/// Whether it leaves bytes unread or is half closed.
fn is_doubtful(row: &Socket) -> bool {
    row.state == TcpState::CloseWait || row.recv_queue.is_some_and(|bytes| bytes > 0)
}

/// Whether the table itself says that it has lasted; an age that the table does not tell is young.
fn is_old(row: &Socket) -> bool {
    row.age.is_some_and(|age| age >= UNREAD_FOR)
}

/// Whether the same socket still is half closed, or has read nothing since.
fn is_unchanged(before: &Socket, now: &Socket) -> bool {
    let same = (before.local, before.remote, before.inode) == (now.local, now.remote, now.inode);
    let half_closed = [before, now]
        .iter()
        .all(|row| row.state == TcpState::CloseWait);
    same && (half_closed || has_read_nothing(before, now))
}

/// Each program once, with what its connections show; nothing where the owners cannot be read.
fn conditions(world: &World, looked: &Looked) -> Option<String> {
    let owners = world
        .processes
        .owners(&looked.clients, Search::First)
        .ok()?;
    let mut lines: BTreeMap<String, u32> = BTreeMap::new();
    for (index, row) in looked.clients.iter().enumerate() {
        let who = match owners.of(index, row) {
            Ownership::Held([pid, ..]) => {
                let facts = world.processes.facts(*pid).ok().flatten();
                let title = facts.map(|facts| format!("{} (pid {pid})", facts.title()));
                title.unwrap_or_else(|| format!("pid {pid}"))
            }
            _ => "an owner that is not seen".to_owned(),
        };
        let line = format!("{who} {}", condition(row, looked));
        *lines.entry(line).or_default() += 1;
    }
    let words = lines.into_iter().map(|(line, count)| match count {
        1 => line,
        _ => format!("{line} ({count} times)"),
    });
    Some(words.collect::<Vec<_>>().join("; "))
}

fn condition(row: &Socket, looked: &Looked) -> String {
    let is_same = |other: &Socket| (other.local, other.remote) == (row.local, row.remote);
    let young = if looked.young.iter().any(is_same) {
        ": too young to say more"
    } else {
        ""
    };
    match (row.state, row.recv_queue) {
        (TcpState::CloseWait, _) => {
            let since = row
                .age
                .map_or_else(String::new, |age| format!(" for {}", shown(age)));
            format!("is half closed{since}{young}")
        }
        (_, Some(bytes)) if bytes > 0 && looked.old.iter().any(is_same) => {
            format!("leaves {bytes} bytes unread")
        }
        (_, Some(bytes)) if bytes > 0 && !young.is_empty() => {
            format!("has {bytes} bytes to read{young}")
        }
        (_, Some(_)) => "is connected and reads".to_owned(),
        (_, None) => "is connected".to_owned(),
    }
}

/// What `ibdoc zombies` says of the same sockets.
fn findings(world: &World, port: u16, looked: Looked) -> Result<Vec<Finding>, TableError> {
    let ports: Ports = std::iter::once(port).collect();
    let criteria = Criteria::of_report(ports, UNREAD_FOR);
    let mut snapshot = Observer::new(world).gather(&criteria)?;
    let is_old = |row: &Socket| {
        let mut old = looked.old.iter();
        old.any(|old| (old.local, old.remote) == (row.local, row.remote))
    };
    snapshot.stuck.retain(|stuck| is_old(&stuck.socket));
    for stuck in &mut snapshot.stuck {
        // It was watched for so long, whatever the table tells.
        stuck.is_older |= stuck.socket.age < Some(looked.watched);
        stuck.socket.age = stuck.socket.age.max(Some(looked.watched));
    }
    let known: Vec<SocketAddr> = snapshot.unread.iter().map(|it| it.socket.local).collect();
    let mut unread = looked.old;
    unread.retain(|row| row.state == TcpState::Established && !known.contains(&row.local));
    let ages: Vec<_> = unread.iter().map(|row| (row.local, row.age)).collect();
    look::unread::add(&mut snapshot, unread, looked.watched, world);
    for stuck in &mut snapshot.unread {
        let local = stuck.socket.local;
        let age = ages.iter().find(|(known, _)| *known == local);
        if let Some((_, age)) = age.filter(|(_, age)| *age >= Some(UNREAD_FOR)) {
            // Its last bytes lay there before the first look.
            (stuck.socket.age, stuck.is_older) = (*age, false);
        }
    }
    let mut findings = Census::judge(snapshot, &criteria).findings();
    findings.retain(|finding| OF_CLIENTS.contains(&finding.code));
    Ok(findings)
}
