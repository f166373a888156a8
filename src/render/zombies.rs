//! The census.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::zombie_plan::{LISTED, more, plan};
use super::{Page, probe, wrapped};
use crate::event::Side;
use crate::machine::HeldPort;
use crate::report::{Action, Zombie, Zombies};
use crate::text::duration::shown;
use crate::text::words::{counted, joined};

/// Writes the listeners, the counts, and a line for each zombie.
pub(super) fn text(body: &Zombies, out: &mut Page<'_>) -> io::Result<()> {
    writeln!(out)?;
    if body.listeners.is_empty() {
        writeln!(out, "  nothing listens on these ports")?;
    }
    for listener in &body.listeners {
        let (who, queue) = (probe::who(listener), probe::queue(listener));
        let port = listener.port;
        let on_port = body.listeners.iter().filter(|other| other.port == port);
        let place = match on_port.count() {
            1 => format!("port {port}"),
            _ => listener.address.to_string(),
        };
        let line = format!("{place} listens: {who}, accept queue {queue}");
        wrapped(&line, "  ", "    ", out)?;
    }
    held_ports(body, out)?;
    let count = body.sockets;
    let (up, half, waiting) = (count.established, count.close_wait, count.unaccepted);
    let line = format!("connections: {up} up, {half} half closed, {waiting} not accepted");
    wrapped(&line, "  ", "    ", out)?;
    let (cleared, left): (Vec<&Zombie>, Vec<&Zombie>) =
        sorted(body).into_iter().partition(|zombie| zombie.cleared);
    let is_done = body.is_after || !body.killed.is_empty() || !body.healed.is_empty();
    if !body.killed.is_empty() || !body.healed.is_empty() || !cleared.is_empty() {
        done(body, &cleared, out)?;
    }
    if body.is_after {
        writeln!(out, "\n  sockets that remain: {}", body.remaining)?;
    }
    if left.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    for zombie in first(&left) {
        write_zombie(zombie, out)?;
    }
    more(left.len(), out)?;
    reasons(&left, out)?;
    plan(&body.plan, is_done, out)
}

/// What keeps a port on which nothing listens, and what comes of it.
pub(super) fn says(held: &HeldPort) -> String {
    format!(
        "{held}, where nothing listens: a relay that does not reuse the address fails with \
         \"Address already in use\""
    )
}

/// What keeps ports on which nothing listens.
fn held_ports(body: &Zombies, out: &mut Page<'_>) -> io::Result<()> {
    for held in &body.held_ports {
        wrapped(&says(held), "  ", "    ", out)?;
    }
    Ok(())
}

/// What was done, and the sockets that have gone.
fn done(body: &Zombies, cleared: &[&Zombie], out: &mut Page<'_>) -> io::Result<()> {
    writeln!(out)?;
    for killed in &body.killed {
        let (name, pid, signal) = (&killed.name, killed.pid, killed.signal);
        let after = shown(killed.elapsed);
        let line = format!("ended {name} (pid {pid}) by SIG{signal} after {after}");
        wrapped(&line, "  ", "    ", out)?;
    }
    for healed in body.healed.iter().take(LISTED) {
        let (name, pid, local, remote) = (&healed.name, healed.pid, healed.local, healed.remote);
        let line = format!("shut down {local} to {remote} in {name} (pid {pid})");
        wrapped(&line, "  ", "    ", out)?;
    }
    more(body.healed.len(), out)?;
    let is_told = |zombie: &Zombie| {
        let ends = (zombie.local, zombie.remote);
        let mut healed = body.healed.iter();
        healed.any(|healed| (healed.local, healed.remote) == ends)
    };
    let untold: Vec<&&Zombie> = cleared.iter().filter(|zombie| !is_told(zombie)).collect();
    for zombie in untold.iter().take(LISTED) {
        let (local, remote, holders) = (zombie.local, zombie.remote, holders(zombie));
        let line = format!("{local} from {remote}, was held by {holders}");
        wrapped(&line, "  cleared  ", "           ", out)?;
    }
    more(untold.len(), out)
}

/// So many of them as are listed, those on which something is done before all others.
fn first<'a>(zombies: &[&'a Zombie]) -> Vec<&'a Zombie> {
    let mut first = zombies.to_vec();
    if first.len() > LISTED {
        first.sort_by_key(|zombie| (zombie.action != Action::Kill, Reverse(zombie.age)));
        first.truncate(LISTED);
    }
    first
}

/// By side, and the oldest first.
fn sorted(body: &Zombies) -> Vec<&Zombie> {
    let mut zombies: Vec<&Zombie> = body.zombies.iter().collect();
    zombies.sort_by_key(|zombie| {
        (
            zombie.side as u8,
            Reverse(zombie.age),
            zombie.remote,
            zombie.local,
        )
    });
    zombies
}

/// One socket: whose, its ends, its state, and who holds it.
fn write_zombie(zombie: &Zombie, out: &mut Page<'_>) -> io::Result<()> {
    let (local, remote) = (zombie.local, zombie.remote);
    let accepted = match zombie.accepted {
        Some(true) => "accepted",
        Some(false) => "not accepted",
        None => "accepted or not: unknown",
    };
    let age = zombie.age.map_or_else(
        || "age unknown".to_owned(),
        |age| {
            let least = if zombie.is_older { "at least " } else { "" };
            format!("{least}{} old", shown(age))
        },
    );
    let queue = zombie
        .recv_queue
        .map_or_else(|| "unknown".to_owned(), |bytes| bytes.to_string());
    let side = side(zombie.side);
    let line = format!("{local} from {remote}, {accepted}, {age}, Recv-Q {queue}");
    wrapped(&line, &format!("  {side:<8} "), "           ", out)?;
    wrapped(
        &format!("held by {}", holders(zombie)),
        "           ",
        "           ",
        out,
    )
}

/// Why nothing is done about some of them yet, in one line for each reason.
fn reasons(zombies: &[&Zombie], out: &mut Page<'_>) -> io::Result<()> {
    let mut reasons: Vec<(&str, u32)> = Vec::new();
    for zombie in zombies
        .iter()
        .filter(|zombie| zombie.action == Action::None)
    {
        match reasons
            .iter_mut()
            .find(|(known, _)| *known == zombie.reason)
        {
            Some((_, count)) => *count += 1,
            None => reasons.push((&zombie.reason, 1)),
        }
    }
    if !reasons.is_empty() {
        writeln!(out)?;
    }
    for (reason, count) in reasons {
        let text = format!("{}: {reason}", counted(count, "socket"));
        wrapped(&text, "  left as they are: ", "    ", out)?;
    }
    Ok(())
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Gateway => "gateway",
        Side::Client => "client",
        Side::Relay => "relay",
    }
}

fn holders(zombie: &Zombie) -> String {
    if zombie.holders.is_empty() {
        let unaccepted = zombie.accepted == Some(false);
        return if unaccepted { "no process" } else { "not seen" }.to_owned();
    }
    let names = zombie.holders.iter().map(|holder| match &holder.name {
        Some(name) => format!("{name} ({})", holder.pid),
        None => holder.pid.to_string(),
    });
    joined(names)
}
