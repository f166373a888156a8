//! The part of a report that belongs to `inspect`.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::privacy::Accounts;
use crate::event::Conduct;
use crate::machine::pid::Pid;
use crate::machine::process::ProgramKind;
use crate::text::json::{Millis, OptionalMillis};
use crate::text::words::{counted, joined};

/// The clients that were looked at.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Inspect {
    /// The Gateway ports to which they are connected.
    pub ports: Vec<u16>,
    /// Each client.
    pub clients: Vec<InspectedClient>,
    /// Connections of clients whose process could not be seen.
    pub unseen: usize,
    /// The time between the first and the last look.
    #[serde(rename = "watched_ms", with = "Millis")]
    pub watched: Duration,
}

/// A client's process, as it is seen from outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InspectedClient {
    /// Its pid.
    pub pid: Pid,
    /// Its name and the script that it runs.
    pub name: String,
    /// What kind of program it is.
    pub kind: ProgramKind,
    /// The name of its user, or the id where no local account has it.
    pub user: Option<String>,
    /// Who is in charge of it, such as `tmux pane %3` or `bot.service`; null where nothing shows.
    pub in_charge: Option<String>,
    /// For how long it has been running.
    #[serde(rename = "up_ms", with = "OptionalMillis")]
    pub up: Option<Duration>,
    /// How many threads it has; null where they cannot be listed.
    pub threads: Option<u32>,
    /// Time on a processor in the time of the looks, as a part of one processor.
    pub cpu: Option<f64>,
    /// Bytes of memory that are resident.
    pub memory_bytes: Option<u64>,
    /// Descriptors that are open; null where they may not be read.
    pub descriptors: Option<u64>,
    /// How many may be open.
    pub descriptor_limit: Option<u64>,
    /// Its connections that are half closed: the Gateway has gone or closed.
    pub half_closed: usize,
    /// The worst of what it does with its connections.
    pub conduct: Conduct,
    /// The same in words.
    pub reason: String,
    /// What could not be seen, and how it can; null where all of it was.
    pub hidden: Option<String>,
    /// Its connections to the ports.
    pub connections: Vec<InspectedConnection>,
}

/// One connection of a client to a Gateway port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InspectedConnection {
    /// The client's address.
    pub local: SocketAddr,
    /// The Gateway's address.
    pub remote: SocketAddr,
    /// Whether the other end has closed and this one has not.
    pub half_closed: bool,
    /// It is at least so old: the time since it sent something, or was seen first.
    #[serde(rename = "age_at_least_ms", with = "OptionalMillis")]
    pub age_at_least: Option<Duration>,
    /// It is at most so old, as old as its process.
    #[serde(rename = "age_at_most_ms", with = "OptionalMillis")]
    pub age_at_most: Option<Duration>,
    /// Bytes that came.
    pub bytes_received: Option<u64>,
    /// Bytes that were sent and acknowledged.
    pub bytes_sent: Option<u64>,
    /// Since the last byte came.
    #[serde(rename = "last_received_ms", with = "OptionalMillis")]
    pub last_received: Option<Duration>,
    /// Since the last byte was sent.
    #[serde(rename = "last_sent_ms", with = "OptionalMillis")]
    pub last_sent: Option<Duration>,
    /// Bytes that lie unread.
    pub unread_bytes: Option<u32>,
    /// Bytes that were read in the time of the looks.
    pub read_bytes: Option<u64>,
    /// Bytes that the other end has not acknowledged.
    pub unacknowledged_bytes: Option<u32>,
    /// The smoothed round trip.
    #[serde(rename = "round_trip_ms", with = "OptionalMillis")]
    pub round_trip: Option<Duration>,
    /// Segments that were sent again.
    pub segments_again: Option<u32>,
    /// What the client does with what comes.
    pub conduct: Conduct,
    /// The same in words.
    pub reason: String,
}

impl Inspect {
    /// In one line.
    pub(super) fn sentence(&self) -> String {
        let ports = joined(&self.ports);
        match self.clients.as_slice() {
            [] => format!("no program of this machine is connected to {ports}"),
            [one] => format!("{} (pid {}): {}", one.name, one.pid, one.reason),
            several => {
                let silent = several.iter().filter(|it| it.conduct.is_silent()).count();
                let reading = several
                    .iter()
                    .filter(|it| it.conduct == Conduct::Reads)
                    .count();
                let clients = counted(several.len(), "client");
                match silent {
                    0 if reading == several.len() => format!("{clients}, all read what comes"),
                    0 => format!("{clients}, {reading} of them seen to read what comes"),
                    _ => format!("{clients}, {silent} of them leave unread what comes"),
                }
            }
        }
    }

    pub(super) fn hide(&mut self, accounts: &Accounts) {
        for client in &mut self.clients {
            accounts.hide_all([&mut client.name, &mut client.reason]);
            accounts.hide_all(&mut client.in_charge);
            accounts.hide_all(client.connections.iter_mut().map(|it| &mut it.reason));
        }
    }
}
