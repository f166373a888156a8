//! The usual client libraries, one row each, read in their sources: the range of versions that
//! each announces, how long it waits, what it needs to call itself connected, and what it shows
//! (docs/PROTOCOL.md, Clients).
//!
//! Another client is another row: `--as`, its help and the findings take it from here.

use std::time::Duration;

use crate::finding::Code;
use crate::wire::{ServerVersion, VersionRange};

/// How long `ib_insync` and `ib_async` wait for the TCP connection, and then again for the API:
/// the shortest of all, and so the time in which a Gateway has to be ready.
pub const USUAL_LIMIT: Duration = Duration::from_secs(4);

/// A client library in one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The name, as it is typed after `--as`.
    pub name: &'static str,
    /// The name and the version, as findings give them.
    pub title: &'static str,
    /// The range of versions that it announces.
    pub announces: VersionRange,
    /// How long it waits for the TCP connection, and then again for the API; `None` where it has no
    /// limit.
    pub step_limit: Option<Duration>,
    /// What it waits for before it calls itself connected.
    pub needs: Needs,
    /// How a handshake is made in its name.
    pub played: Played,
    /// What its user sees where no TCP connection is made.
    pub not_connected: &'static str,
    /// What its user sees where the server's version is outside its range.
    pub outside_range: &'static str,
    /// What its user sees where the server closes after the start.
    pub closed_after_start: &'static str,
}

/// What a client waits for before it calls itself connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// The next valid id and at least one account.
    IdAndAccounts,
    /// The next valid id.
    Id,
}

/// How a handshake is made in a client's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Played {
    /// By ibdoc's own session, which announces the client's range and is judged by its limits.
    BySession,
    /// By the library itself.
    ByLibrary,
    /// Not at all: only its range of versions is known.
    Never,
}

const fn versions(min: u16, max: u16) -> VersionRange {
    VersionRange {
        min: ServerVersion(min),
        max: ServerVersion(max),
    }
}

const IB_INSYNC: Client = Client {
    name: "ib_insync",
    title: "ib_insync 0.9.86",
    announces: versions(157, 176),
    step_limit: Some(USUAL_LIMIT),
    needs: Needs::IdAndAccounts,
    played: Played::BySession,
    not_connected: "no TCP connection",
    outside_range: "the version is outside its range",
    closed_after_start: "it would guess \"clientId already in use?\"",
};

const OFFICIAL: Client = Client {
    name: "official-9.81",
    title: "official API 9.81",
    announces: versions(100, 157),
    step_limit: None,
    needs: Needs::Id,
    played: Played::Never,
    not_connected: "error 502, no TCP connection",
    outside_range: "the version is outside its range",
    closed_after_start: "the session ends",
};

const fn official(name: &'static str, title: &'static str, newest: u16) -> Client {
    Client {
        name,
        title,
        announces: versions(100, newest),
        played: Played::BySession,
        ..OFFICIAL
    }
}

/// Every client library, in the order in which they are listed and compared.
pub static CLIENTS: &[Client] = &[
    IB_INSYNC,
    Client {
        name: "ib_async",
        title: "ib_async 2.1.0",
        announces: versions(157, 178),
        ..IB_INSYNC
    },
    OFFICIAL,
    official("official-10.19", "official API 10.19", 176),
    official("official-10.30", "official API 10.30", 187),
    official("official-10.37", "official API 10.37", 203),
    official("official-10.43", "official API 10.43", 219),
    official("official-10.46", "official API 10.46", 225),
    Client {
        name: "stoqey",
        title: "@stoqey/ib 1.6.10",
        announces: versions(100, 193),
        played: Played::BySession,
        outside_range: "error 506, the version is outside its range",
        ..OFFICIAL
    },
    Client {
        name: "ibapi",
        title: "Rust ibapi 5.5",
        announces: versions(213, 226),
        needs: Needs::IdAndAccounts,
        played: Played::ByLibrary,
        ..OFFICIAL
    },
];

/// What the libraries show where these codes are the finding; `{limit}` is [`USUAL_LIMIT`].
const SHOWN: &[(&[Code], &[&str])] = &[
    (
        &[Code::NotResolved],
        &[
            "ib_async and ib_insync show: API connection failed: gaierror",
            "the official API shows: 502 Couldn't connect to TWS",
        ],
    ),
    (
        &[Code::NotListening, Code::GatewayStarting],
        &[
            "ib_async and ib_insync show: ConnectionRefusedError, make sure API port on TWS/IBG \
             is open",
            "the official API and @stoqey/ib show: 502",
        ],
    ),
    (
        &[Code::Unreachable],
        &[
            "ib_async and ib_insync show: TimeoutError (after {limit} unless told otherwise)",
            "the official API waits as long as the system does, then shows: 502",
        ],
    ),
    (
        &[Code::AcceptQueueStuck, Code::SilentAfterConnect],
        &[
            "ib_async and ib_insync show: TimeoutError (after {limit} unless told otherwise)",
            "the official Python API hangs in connect() without a message",
        ],
    ),
    (
        &[Code::ClosedBeforeVersion],
        &[
            "ib_async and ib_insync show: Disconnected, then TimeoutError",
            "the official Python API returns from connect() as if nothing were wrong, then \
             shows: 504 Not connected",
        ],
    ),
    (
        &[Code::NotTwsProtocol],
        &[
            "ib_async and ib_insync show: TimeoutError, for they wait for a message that never \
             fills",
        ],
    ),
    (
        &[Code::VersionUnsupported],
        &[
            "ib_async and ib_insync show: TWS/gateway version must be >= 972; @stoqey/ib \
             shows: 506 above version 193",
        ],
    ),
    (
        &[Code::ClientIdInUse],
        &[
            "the official API shows this 326; ib_async and ib_insync also show: Peer closed \
             connection. clientId … already in use?",
        ],
    ),
    (
        &[Code::ClosedAfterStart],
        &[
            "ib_async and ib_insync show: Peer closed connection. clientId … already in use? \
             That is a guess: no 326 came",
            "the official API calls connectionClosed, then shows: 504 Not connected",
        ],
    ),
    (
        &[Code::PortChanged, Code::Dropped],
        &[
            "ib_async and ib_insync show: Peer closed connection; the official API calls \
             connectionClosed",
        ],
    ),
    (
        &[Code::AccountsMissing, Code::AccountsEmpty],
        &[
            "ib_async and ib_insync show: TimeoutError, for they wait for a non-empty list of \
             accounts",
            "the official API starts, for it waits for the next id only",
        ],
    ),
    (
        &[Code::NoAccountsNoId, Code::NextIdMissing],
        &[
            "ib_async and ib_insync show: TimeoutError, for they wait for accounts and next id",
            "programs of the official API that wait for nextValidId hang",
        ],
    ),
    (
        &[Code::SyncTimeout],
        &[
            "ib_async and ib_insync log for their own requests: … request timed out, and go on \
             unless raiseSyncErrors is set",
        ],
    ),
];

/// What the libraries show where this is the finding; empty where their sources do not tell.
pub fn shown_for(code: Code) -> Vec<String> {
    let limit = format!("{} s", USUAL_LIMIT.as_secs());
    let rows = SHOWN.iter().filter(|(codes, _)| codes.contains(&code));
    rows.flat_map(|(_, lines)| *lines)
        .map(|line| line.replace("{limit}", &limit))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_clients_have_the_same_name() {
        for client in CLIENTS {
            let same = |other: &&Client| other.name == client.name || other.title == client.title;
            assert_eq!(CLIENTS.iter().filter(same).count(), 1, "{}", client.name);
        }
    }

    #[test]
    fn the_usual_limit_is_the_shortest_of_all() {
        let limits = CLIENTS.iter().filter_map(|client| client.step_limit);
        assert_eq!(limits.min(), Some(USUAL_LIMIT));
    }

    #[test]
    fn the_limit_and_a_guess_are_told_as_what_they_are() {
        let unreachable = shown_for(Code::Unreachable).join(" ");
        assert!(unreachable.contains("(after 4 s unless"), "{unreachable}");
        let closed = shown_for(Code::ClosedAfterStart).join(" ");
        assert!(closed.contains("guess: no 326 came"), "{closed}");
    }
}
