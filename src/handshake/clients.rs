//! The usual client libraries, one row each, read in their sources: the range of versions that
//! each announces, how long it waits, how it walks the addresses of a name, what it needs and asks
//! before it calls itself connected, and what it shows (docs/PROTOCOL.md, Clients).
//!
//! Another client is another row: `--as`, its help and the findings take it from here.

use std::time::Duration;

use crate::event::Query;
use crate::finding::Code;
use crate::session::{Step, Unfinished};
use crate::wire::{ServerVersion, VersionRange};

/// How long `ib_insync` and `ib_async` wait for the TCP connection, then for the API, and then for
/// each request of their start-up: the shortest of all, and so the time in which a Gateway has to
/// be ready.
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
    /// How long it waits for the TCP connection, for the API and for each request of its start-up;
    /// `None` where it has no limit.
    pub step_limit: Option<Duration>,
    /// Which addresses of a name it tries, and in which way.
    pub addresses: AddressWalk,
    /// What it waits for before it calls itself connected.
    pub needs: Needs,
    /// What it asks then, before its connect returns.
    pub start_up: &'static [Step],
    /// How many messages it sends in a second at most; the rest wait.
    pub most_a_second: usize,
    /// IB's numbers that it takes for warnings where they carry a request's id, beside 2100 to 2199.
    pub warnings: &'static [i32],
    /// How a request of its start-up is left out, or what is known to help.
    pub without: &'static [(Query, &'static str)],
    /// How a handshake is made in its name.
    pub played: Played,
    /// What its user sees where no TCP connection is made.
    pub not_connected: &'static str,
    /// What its user sees where the server's version is outside its range.
    pub outside_range: &'static str,
    /// What its user sees where the server closes after the start.
    pub closed_after_start: &'static str,
}

impl Client {
    /// How its user leaves out a request of its start-up, or what is known to help.
    pub fn without(&self, query: Query) -> Option<&'static str> {
        let row = self.without.iter().find(|(known, _)| *known == query);
        row.map(|(_, words)| *words)
    }
}

/// Which addresses of a name a client tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressWalk {
    /// One after the other, each as long as the system or the client's limit lets it.
    InTurn,
    /// The first IPv4 address and no other.
    FirstIpv4,
    /// One after the other, 250 ms apart, until one answers.
    Raced,
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
    /// By the library itself where this build has it, else by ibdoc's own session; not below the
    /// library's oldest version, for which the Gateway is asked before.
    ByLibrary,
}

const fn versions(min: u16, max: u16) -> VersionRange {
    VersionRange {
        min: ServerVersion(min),
        max: ServerVersion(max),
    }
}

/// The start-up of `ib_insync` and `ib_async` for a client id other than 0.
const fn start_up(executions: Unfinished) -> [Step; 2] {
    [
        Step {
            queries: &[
                Query::Positions,
                Query::OpenOrders,
                Query::CompletedOrders,
                Query::AccountUpdates,
                Query::AccountValues,
            ],
            unfinished: Unfinished::Logged,
        },
        Step {
            queries: &[Query::Executions],
            unfinished: executions,
        },
    ]
}

const IB_INSYNC: Client = Client {
    name: "ib_insync",
    title: "ib_insync 0.9.86",
    announces: versions(157, 176),
    step_limit: Some(USUAL_LIMIT),
    addresses: AddressWalk::InTurn,
    needs: Needs::IdAndAccounts,
    start_up: &start_up(Unfinished::Raised),
    most_a_second: 45,
    warnings: &[165, 202, 399, 404, 434, 492, 10167],
    without: &[
        (Query::OpenOrders, "`readonly=True` leaves them out"),
        (Query::CompletedOrders, "`readonly=True` leaves them out"),
        (
            Query::Executions,
            "ib_insync has no option that leaves them out; ib_async has: `fetchFields`",
        ),
    ],
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
    addresses: AddressWalk::FirstIpv4,
    needs: Needs::Id,
    start_up: &[],
    most_a_second: usize::MAX,
    warnings: &[],
    without: &[],
    played: Played::BySession,
    not_connected: "error 502, no TCP connection",
    outside_range: "the version is outside its range",
    closed_after_start: "the session ends",
};

const fn official(name: &'static str, title: &'static str, newest: u16) -> Client {
    Client {
        name,
        title,
        announces: versions(100, newest),
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
        start_up: &start_up(Unfinished::Logged),
        warnings: &[105, 165, 321, 329, 399, 404, 434, 492, 10167],
        without: &[
            (
                Query::OpenOrders,
                "`readonly=True`, or `fetchFields` without ORDERS_OPEN, leaves them out",
            ),
            (
                Query::CompletedOrders,
                "`readonly=True`, or `fetchFields` without ORDERS_COMPLETE, leaves them out",
            ),
            (
                Query::AccountUpdates,
                "`fetchFields` without ACCOUNT_UPDATES leaves them out",
            ),
            (
                Query::AccountValues,
                "`fetchFields` without SUB_ACCOUNT_UPDATES leaves them out",
            ),
            (
                Query::Executions,
                "`fetchFields` without EXECUTIONS leaves them out",
            ),
        ],
        ..IB_INSYNC
    },
    OFFICIAL,
    official("official-10.19", "official API 10.19", 176),
    official("official-10.30", "official API 10.30", 187),
    official("official-10.37", "official API 10.37", 203),
    official("official-10.40", "official API 10.40", 215),
    official("official-10.41", "official API 10.41", 217),
    official("official-10.42", "official API 10.42", 218),
    official("official-10.43", "official API 10.43", 219),
    official("official-10.44", "official API 10.44", 222),
    official("official-10.45", "official API 10.45", 223),
    official("official-10.46", "official API 10.46 to 10.49", 225),
    official("official-10.50", "official API 10.50 to 10.51", 226),
    Client {
        name: "stoqey",
        title: "@stoqey/ib 1.6.10",
        announces: versions(100, 193),
        addresses: AddressWalk::Raced,
        outside_range: "error 506, the version is outside its range",
        ..OFFICIAL
    },
    Client {
        name: "ibapi",
        title: "Rust ibapi 5.5",
        announces: versions(213, 226),
        addresses: AddressWalk::InTurn,
        needs: Needs::IdAndAccounts,
        played: Played::ByLibrary,
        ..OFFICIAL
    },
];

/// What the libraries show where these codes are the finding; `{limit}` is [`USUAL_LIMIT`].
const SHOWN: &[(&[Code], &[&str])] = &[
    (
        &[Code::NotResolved, Code::ResolverFailed],
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
            "ib_insync raises TimeoutError {limit} after it asked for executions that are not \
             finished; any other request of its start-up it logs as timed out, and goes on",
            "ib_async logs each of them as timed out and goes on, unless raiseSyncErrors is set",
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
