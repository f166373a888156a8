//! What the usual client libraries show their user where a stage fails, from their sources:
//! `ib_insync` 0.9.86, `ib_async` 2.1.0, the official Python API 9.81.1 (`client.py`,
//! `connection.py`) and `@stoqey/ib` 1.6.10 (`socket.ts`).

use crate::finding::Code;
use crate::wire::{ServerVersion, VersionRange};

/// What the usual clients announce: they accept a Gateway that speaks any of it.
const CLIENTS: [(&str, u16, u16); 9] = [
    ("ib_insync 0.9.86", 157, 176),
    ("ib_async 2.1.0", 157, 178),
    ("official API 9.81", 100, 157),
    ("official API 10.19", 100, 176),
    ("official API 10.30", 100, 187),
    ("official API 10.37", 100, 203),
    ("official API 10.43", 100, 219),
    ("official API 10.46", 100, 225),
    ("Rust ibapi 5.5", 213, 226),
fn titles(clients: &[&Client]) -> String {
    if clients.is_empty() {
        "none".to_owned()
    } else {
        joined(clients.iter().map(|client| client.title))
    }
}

];

/// What the libraries show where this is the finding; empty where their sources do not tell.
pub(super) fn shown_for(code: Code) -> &'static [&'static str] {
    match code {
        Code::NotResolved => &[
            "ib_async and ib_insync show: API connection failed: gaierror",
            "the official API shows: 502 Couldn't connect to TWS",
        ],
        Code::NotListening | Code::GatewayStarting => &[
            "ib_async and ib_insync show: ConnectionRefusedError, make sure API port on TWS/IBG \
             is open",
            "the official API and @stoqey/ib show: 502",
        ],
        Code::Unreachable => &[
            "ib_async and ib_insync show: TimeoutError (after 4 s unless told otherwise)",
            "the official API waits as long as the system does, then shows: 502",
        ],
        Code::AcceptQueueStuck | Code::SilentAfterConnect => &[
            "ib_async and ib_insync show: TimeoutError (after 4 s unless told otherwise)",
            "the official Python API hangs in connect() without a message",
        ],
        Code::ClosedBeforeVersion => &[
            "ib_async and ib_insync show: Disconnected, then TimeoutError",
            "the official Python API returns from connect() as if nothing were wrong, then \
             shows: 504 Not connected",
        ],
        Code::NotTwsProtocol => &[
            "ib_async and ib_insync show: TimeoutError, for they wait for a message that never \
             fills",
        ],
        Code::VersionUnsupported => &[
            "ib_async and ib_insync show: TWS/gateway version must be >= 972; @stoqey/ib \
             shows: 506 above version 193",
        ],
        Code::ClientIdInUse => &[
            "the official API shows this 326; ib_async and ib_insync also show: Peer closed \
             connection. clientId … already in use?",
        ],
        Code::ClosedAfterStart => &[
            "ib_async and ib_insync show: Peer closed connection. clientId … already in use? \
             That is a guess: no 326 came",
            "the official API calls connectionClosed, then shows: 504 Not connected",
        ],
        Code::PortChanged | Code::Dropped => &[
            "ib_async and ib_insync show: Peer closed connection; the official API calls \
             connectionClosed",
        ],
        Code::AccountsMissing | Code::AccountsEmpty => &[
            "ib_async and ib_insync show: TimeoutError, for they wait for a non-empty list of \
             accounts",
            "the official API starts, for it waits for the next id only",
        ],
        Code::NoAccountsNoId | Code::NextIdMissing => &[
            "ib_async and ib_insync show: TimeoutError, for they wait for accounts and next id",
            "programs of the official API that wait for nextValidId hang",
        ],
        Code::SyncTimeout => &[
            "ib_async and ib_insync log for their own requests: … request timed out, and go on \
             unless raiseSyncErrors is set",
        ],
        _ => &[],
    }
}

/// Which of the usual clients would agree with a server on a version, and which would not.
pub(super) fn accepting(version: ServerVersion) -> String {
    let (mut accept, mut refuse) = (Vec::new(), Vec::new());
    for (name, min, max) in CLIENTS {
        let range = VersionRange {
            min: ServerVersion(min),
            max: ServerVersion(max),
        };
        // A server answers the lower of its own version and the client's newest.
        let met = range.negotiate(version).is_some();
        if met { &mut accept } else { &mut refuse }.push(name);
    }
    let list = |names: Vec<&str>| {
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    };
    format!(
        "version {version} is accepted by {}; refused by {}",
        titles(&accept),
        titles(&refuse)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_gateway_is_refused_by_the_clients_that_begin_later() {
        let words = accepting(ServerVersion(150));
        assert!(words.contains("accepted by official API 9.81"), "{words}");
        assert!(
            words.contains("refused by ib_insync 0.9.86, ib_async 2.1.0, Rust"),
            "{words}"
        );
        assert!(accepting(ServerVersion(99)).contains("accepted by none"));
    }
}
