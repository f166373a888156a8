//! The part of a report that belongs to `handshake`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::client::Judgement;
use super::privacy::{Accounts, shorten};
use crate::event::{Close, Notice, Query, Stage};
use crate::machine::path::Path;
use crate::machine::sockets::Transmission;
use crate::text::duration::shown;
use crate::text::json::OptionalMillis;

/// One API handshake.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Handshake {
    /// The address that was connected to, or the target where none was.
    pub address: String,
    /// The way from the listener to the Gateway; null where nothing listens on this machine.
    pub path: Option<Path>,
    /// The client id, of the last try.
    pub client_id: i32,
    /// The announced range of versions, `MIN..MAX`.
    pub announced: String,
    /// The negotiated version.
    pub server_version: Option<u16>,
    /// The connection time in the Gateway's words.
    pub connection_time: Option<String>,
    /// From the start of the connect until accounts and id were there; null when they were not.
    #[serde(rename = "ready_ms", with = "OptionalMillis")]
    pub ready: Option<Duration>,
    /// Every stage, in order.
    pub stages: Vec<Stage>,
    /// The managed accounts, shortened unless asked otherwise; null when none came.
    pub accounts: Option<Vec<String>>,
    /// The next valid order id.
    pub next_order_id: Option<i64>,
    /// Errors and notices, in the order in which they came.
    pub notices: Vec<Notice>,
    /// How many errors and notices came beyond those.
    pub notices_dropped: usize,
    /// The requests that were not made, by their names in reports: whether they would be answered is
    /// not known.
    pub not_asked: Vec<Query>,
    /// How the connection was closed; null when there was none.
    pub close: Option<Close>,
    /// What became of the bytes that were sent; null where the kernel does not tell it.
    #[serde(default)]
    pub network: Option<Transmission>,
    /// Whether the usual clients would have connected; only with `--as`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub clients: Vec<Judgement>,
}

impl Handshake {
    /// That the API is answered, and after how long, in one sentence.
    pub(super) fn sentence(&self) -> String {
        format!("{} answers the API{}", self.address, ready_in(self.ready))
    }

    pub(super) fn hide(&mut self, accounts: &Accounts) {
        for account in self.accounts.iter_mut().flatten() {
            *account = shorten(account);
        }
        let notices = self.notices.iter_mut();
        accounts.hide_all(notices.map(|notice| &mut notice.message));
        accounts.hide(&mut self.address);
        accounts.hide_all(&mut self.connection_time);
        accounts.hide_in_stages(&mut self.stages);
        let clients = self.clients.iter_mut();
        accounts.hide_all(clients.map(|client| &mut client.says));
        accounts.hide_in_path(self.path.as_mut());
    }
}

/// After how long accounts and id were there, behind that the API answers.
pub(super) fn ready_in(ready: Option<Duration>) -> String {
    ready.map_or_else(String::new, |ready| format!(", ready in {}", shown(ready)))
}
