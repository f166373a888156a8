//! The part of a report that belongs to `probe`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::privacy::Accounts;
use crate::event::CensusCount;
use crate::machine::listener::Listener;
use crate::machine::path::Path;
use crate::machine::role::Role;
use crate::text::duration::shown;
use crate::text::json::OptionalMillis;
use crate::text::words::joined;

/// The endpoints that were probed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Probe {
    /// One for each address.
    pub endpoints: Vec<Endpoint>,
}

/// How an endpoint was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// From this machine's socket table, without a connection.
    Table,
    /// By a connection.
    Connect,
}

/// One probed address.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Endpoint {
    /// The target as `host:port`.
    pub address: String,
    /// The host name or IP address.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// What the port conventionally serves.
    pub role: Option<Role>,
    /// How it was looked at.
    pub method: Method,
    /// Whether a LISTEN row takes connections to it; null on another machine.
    pub listening: Option<bool>,
    /// Whether a connection went through; null when none was tried.
    pub reachable: Option<bool>,
    /// What came of the handshake, in words; null where none was made.
    #[serde(default)]
    pub answer: Option<String>,
    /// The negotiated version; null where no Gateway answered, or no handshake was made.
    #[serde(default)]
    pub server_version: Option<u16>,
    /// Whether nothing listens here, and it is forwarded: it connects all the same, or a rule of the
    /// packet filter says so.
    pub forwarded: bool,
    /// Duration of the TCP connect.
    #[serde(rename = "connect_ms", with = "OptionalMillis")]
    pub connect: Option<Duration>,
    /// The process that listens.
    pub listener: Option<Listener>,
    /// The way from it to the Gateway; null where nothing listens on this machine.
    pub path: Option<Path>,
    /// How many client connections the port has; null on another machine.
    pub clients: Option<CensusCount>,
}

impl Endpoint {
    /// Whether a connection went through, and a Gateway answered it where it was asked.
    pub fn connects(&self) -> bool {
        self.reachable == Some(true) && (self.answer.is_none() || self.server_version.is_some())
    }
}

impl Probe {
    /// Which endpoints listen or answer, in one sentence.
    pub(super) fn sentence(&self) -> String {
        let works = |end: &&Endpoint| end.listening == Some(true) || end.connects();
        let working: Vec<&Endpoint> = self.endpoints.iter().filter(works).collect();
        match working.as_slice() {
            [] => "nothing listens".to_owned(),
            [one] if one.reachable == Some(true) => {
                let time = one
                    .connect
                    .map(|time| format!(", connects in {}", shown(time)));
                format!("{} is reachable{}", one.address, time.unwrap_or_default())
            }
            [one] => format!("{} listens", one.address),
            several => {
                let names = joined(several.iter().map(|end| &end.address));
                let are_answers = several.iter().all(|end| end.server_version.is_some());
                let what = if are_answers { "answer" } else { "listen" };
                format!("{names} {what}")
            }
        }
    }

    pub(super) fn hide(&mut self, accounts: &Accounts) {
        for endpoint in &mut self.endpoints {
            if let Some(listener) = &mut endpoint.listener {
                accounts.hide_in_listener(listener);
            }
            accounts.hide_all([&mut endpoint.address, &mut endpoint.host]);
            accounts.hide_all(&mut endpoint.answer);
            accounts.hide_in_path(endpoint.path.as_mut());
        }
    }
}
