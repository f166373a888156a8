//! The looks at a client → its part of the report, and a finding where it leaves unread what comes.

use std::cmp::Reverse;
use std::time::Duration;

use super::judge::judge;
use crate::event::Conduct;
use crate::finding::{Code, Finding};
use crate::machine::inspect::Client;
use crate::machine::sockets::{Socket, TcpState};
use crate::report::{InspectedClient, InspectedConnection};
use crate::text::duration::shown_whole;
use crate::text::words::counted;

/// What is known of a client beside the looks at it.
#[derive(Clone, Debug, Default)]
pub struct Who {
    /// The name of its user.
    pub user: Option<String>,
    /// Who is in charge of it.
    pub in_charge: Option<String>,
    /// Whether root asks.
    pub is_root: bool,
}

/// A client's part of the report.
pub fn told(client: &Client, who: Who) -> InspectedClient {
    let rows = client.connections().iter();
    let mut connections: Vec<InspectedConnection> =
        rows.map(|row| connection(client, row)).collect();
    connections.sort_by_key(|it| (Reverse(it.conduct.is_silent()), it.local));
    let half_closed = connections.iter().filter(|it| it.half_closed).count();
    let worst = connections.iter().find(|it| it.conduct.is_silent());
    let worst = worst.or_else(|| connections.iter().find(|it| !it.half_closed));
    let (conduct, reason) = match worst {
        Some(it) => (it.conduct, it.reason.clone()),
        None if half_closed > 0 => {
            let words = format!("{} half closed", counted(half_closed, "connection"));
            (Conduct::Unknown, words)
        }
        None if client
            .looks
            .iter()
            .all(|look| look.activity.sockets.is_none()) =>
        {
            let words = "its descriptors may not be read, and so its connections are not seen";
            (Conduct::Unknown, words.to_owned())
        }
        None => (
            Conduct::Unknown,
            "it has no connection to these ports".to_owned(),
        ),
    };
    let first = client.looks.first().map(|look| (look.at, &look.activity));
    let last = client.looks.last().map(|look| (look.at, &look.activity));
    let cpu = first.zip(last).and_then(|((began, before), (ended, now))| {
        let time = ended.checked_sub(began).filter(|time| !time.is_zero())?;
        let cpu = now.cpu.checked_sub(before.cpu)?;
        (now.thread_count > 0).then(|| cpu.as_secs_f64() / time.as_secs_f64())
    });
    let now = last.map(|(_, now)| now);
    InspectedClient {
        pid: client.facts.id.pid,
        name: client.facts.title(),
        kind: client.kind,
        user: who.user,
        in_charge: who.in_charge,
        up: client.facts.up,
        threads: now.map(|it| it.thread_count).filter(|count| *count > 0),
        cpu,
        memory_bytes: now.and_then(|it| it.memory),
        descriptors: now.and_then(|it| it.open),
        descriptor_limit: now.and_then(|it| it.open_limit),
        half_closed,
        conduct,
        reason,
        hidden: hidden(client, who.is_root),
        connections,
    }
}

/// What this user could not see of it.
fn hidden(client: &Client, is_root: bool) -> Option<String> {
    let activity = &client.looks.last()?.activity;
    if cfg!(not(target_os = "linux")) {
        return Some("what its threads do is seen on Linux only".to_owned());
    }
    let waits = activity.threads.iter().any(|thread| thread.wait.is_some());
    let calls = activity.threads.iter().any(|thread| thread.on.is_some());
    let missing = match (activity.sockets.is_some(), waits) {
        (false, false) => "its descriptors, and what its threads wait for",
        (false, true) => "its descriptors",
        (true, false) if !calls => "what its threads wait for",
        _ => return None,
    };
    let way = if is_root {
        "may not be seen, not even by root"
    } else {
        "may be seen by its user and by root"
    };
    Some(format!("{missing} {way}"))
}

fn connection(client: &Client, row: &Socket) -> InspectedConnection {
    let judgement = judge(&client.looks, row);
    let seen = client
        .looks
        .iter()
        .find_map(|look| Some((look.at, look.row(row)?)));
    let last = client.looks.last().map_or(Duration::ZERO, |look| look.at);
    let watched = seen.map(|(at, _)| last.saturating_sub(at));
    // It was read at the first look.
    let up = client.facts.up.map(|up| up + last);
    let age = watched
        .max(row.last_sent)
        .max(row.last_received.filter(|_| row.bytes_received > Some(0)));
    let sent = row.transmission;
    InspectedConnection {
        local: row.local,
        remote: row.remote,
        half_closed: row.state == TcpState::CloseWait,
        // A sum of clocks is never older than the process.
        age_at_least: age.map(|age| up.map_or(age, |up| age.min(up))),
        age_at_most: up,
        bytes_received: row.bytes_received,
        // The connection itself counts as one.
        bytes_sent: sent.map(|it| it.bytes_acknowledged.saturating_sub(1)),
        last_received: row.last_received.filter(|_| row.bytes_received > Some(0)),
        last_sent: row.last_sent,
        unread_bytes: row.recv_queue,
        read_bytes: seen.and_then(|(_, then)| row.bytes_read()?.checked_sub(then.bytes_read()?)),
        unacknowledged_bytes: sent.map(|it| it.unacknowledged),
        round_trip: sent.map(|it| it.round_trip),
        segments_again: sent.map(|it| it.segments_again),
        conduct: judgement.conduct,
        reason: judgement.reason,
    }
}

/// That a client has left unread what came for at least `enough`, and why.
pub fn finding(client: &Client, told: &InspectedClient, enough: Duration) -> Option<Finding> {
    let silent = told.connections.iter().filter(|it| it.conduct.is_silent());
    let row = |it: &InspectedConnection| {
        let mut rows = client.connections().iter();
        rows.find(|row| (row.local, row.remote) == (it.local, it.remote))
            .cloned()
    };
    let unread_for = |row: &Socket| {
        let first = client
            .looks
            .iter()
            .find_map(|look| Some((look.at, look.row(row)?)));
        let (at, then) = first?;
        let watched = client.looks.last()?.at.checked_sub(at)?;
        let watched = Some(watched).filter(|_| row.has_read_nothing_since(then))?;
        // What has not moved for longer than it was watched has been unread for as long.
        Some(watched.max(row.age.unwrap_or_default()))
    };
    let old = silent.filter_map(|it| {
        let row = row(it)?;
        Some((it, unread_for(&row).filter(|time| *time >= enough)?))
    });
    let (worst, time) = old.max_by_key(|(_, time)| *time)?;
    let title = format!("{} (pid {})", told.name, told.pid);
    let summary = format!(
        "the Gateway has answered, and {title} has not read it: {}",
        worst.reason
    );
    let evidence = format!(
        "{title} at {} has {} bytes unread, and read none in {}",
        worst.local,
        worst.unread_bytes.unwrap_or_default(),
        shown_whole(time)
    );
    let mut finding = Finding::new(Code::ClientNotReading, &worst.remote, summary);
    finding.remedies = remedies(told);
    Some(finding.with_evidence(evidence))
}

/// What to do about a client that does this, and how to see the line of code.
pub fn remedies(told: &InspectedClient) -> Vec<String> {
    let pid = told.pid;
    let first = match told.conduct {
        Conduct::Sleeps => {
            "let the loop wait without a sleep that blocks it: `await asyncio.sleep()`, a timer of the loop"
        }
        Conduct::Computes => "move the computation out of the loop, to another thread or process",
        Conduct::Starved => "give this machine less to do, or the program a higher priority",
        Conduct::WaitsForSocket => {
            "give the other connection a time limit, or a client that the loop can await"
        }
        Conduct::WaitsForLock => {
            "do not wait in the loop for a lock, or for a result that the same loop has to bring: await it"
        }
        Conduct::WaitsForOther => "do not wait in the loop for a child, a pipe or a file: await it",
        Conduct::Paused => {
            "let the program go on reading (`resume_reading`, `resume`), or take less in at a time"
        }
        Conduct::Stopped => return vec![format!("let it go on: `kill -CONT {pid}`")],
        Conduct::Reads | Conduct::Unknown | Conduct::NotReading => {
            "look at that program's event loop: the Gateway has answered"
        }
    };
    let mut remedies = vec![first.to_owned()];
    remedies.extend(tool(told));
    remedies
}

/// The command that shows where a program stands; ibdoc itself runs none.
fn tool(told: &InspectedClient) -> Option<String> {
    let pid = told.pid;
    let runtime = told.name.split([' ', '.']).next()?;
    let command = match runtime {
        _ if runtime.starts_with("python") => format!("py-spy dump --pid {pid}"),
        "java" => format!("jstack {pid}"),
        "dotnet" => format!("dotnet-stack report -p {pid}"),
        _ => return None,
    };
    Some(format!(
        "see the line of code at which it stands: `{command}`"
    ))
}
