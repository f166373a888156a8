//! The finding codes: stable names that scripts match on, each with its severity and the
//! remedies in the order in which to try them.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::verdict::Severity;
use Severity::{Error, Info, Warning};

/// What one code stands for.
struct Entry {
    name: &'static str,
    severity: Severity,
    remedies: &'static [&'static str],
}

macro_rules! codes {
    ($( $(#[doc = $doc:literal])+ $variant:ident, $name:literal, $severity:expr,
        [$($remedy:literal),* $(,)?]; )+) => {
        /// A stable name for one kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $( $(#[doc = $doc])+ $variant, )+ }

        impl Code {
            /// Every code, in the order in which problems are met.
            pub const ALL: &'static [Code] = &[ $( Code::$variant, )+ ];

            fn entry(self) -> Entry {
                match self {
                    $( Code::$variant => Entry {
                        name: $name,
                        severity: $severity,
                        remedies: &[$($remedy),*],
                    }, )+
                }
            }
        }
    };
}

codes! {
    /// The name has no address.
    NotResolved, "not-resolved", Error, [
        "check the spelling of the host name",
        "use 127.0.0.1 for a Gateway on this machine",
        "in a container or behind a VPN: check its DNS",
    ];
    /// Nothing listens on the port.
    NotListening, "not-listening", Error, [
        "start the Gateway or TWS and finish its login, the second factor included",
        "compare the port with Configure > Settings > API > Settings > Socket port",
    ];
    /// No listener yet, but a Gateway or TWS process runs.
    GatewayStarting, "gateway-starting", Error, [
        "finish the login and the second factor on the Gateway's screen",
        "compare the port with Configure > Settings > API > Settings > Socket port",
    ];
    /// Neither an answer nor a refusal.
    Unreachable, "unreachable", Error, [
        "check the host, the VPN and the firewalls on the way",
        "on the Gateway's machine run `ibdoc probe`",
    ];
    /// The Gateway has stopped accepting connections.
    AcceptQueueStuck, "accept-queue-stuck", Error, [
        "restart the Gateway: nothing that is done to its clients frees the queue",
    ];
    /// `localhost` led to `::1`, which did not work.
    Ipv6Localhost, "ipv6-localhost", Warning, [
        "use 127.0.0.1 instead of localhost",
    ];
    /// Connected, greeted, and no byte came back.
    SilentAfterConnect, "silent-after-connect", Error, [
        "look at the Gateway's screen for a dialog: accept incoming connection, login, \
         existing session",
        "run `ibdoc zombies` to see whether half-closed sockets have piled up",
        "if no dialog is open: restart the Gateway",
    ];
    /// The other end closed before any byte.
    ClosedBeforeVersion, "closed-before-version", Error, [
        "find out whether a relay (socat, docker-proxy, ssh -L) listens in front of a dead \
         Gateway",
        "add this client's address to the Trusted IPs of the API settings",
        "in TWS: tick Enable ActiveX and Socket Clients",
        "if it has just been started: wait and try again",
    ];
    /// What answered does not speak the API.
    NotTwsProtocol, "not-tws-protocol", Error, [
        "check the port: 4002 and 4001 are IB Gateway, 7497 and 7496 are TWS",
    ];
    /// The negotiated version is one that ibdoc cannot speak.
    VersionUnsupported, "version-unsupported", Error, [
        "update the Gateway or TWS",
    ];
    /// 326: the client id is taken.
    ClientIdInUse, "client-id-in-use", Error, [
        "use another client id (`--client-id auto` finds a free one)",
        "end the program that holds it; a Gateway may keep the id ten seconds or more after",
    ];
    /// Closed after the start, without saying why.
    ClosedAfterStart, "closed-after-start", Error, [
        "try again in a minute: the session may be logging out or the Gateway restarting",
        "leave a pause between connections: some builds throttle fast ones",
        "libraries guess \"client id in use\" here; nothing on the wire proves it",
    ];
    /// Neither accounts nor an order id came.
    NoAccountsNoId, "no-accounts-no-id", Error, [
        "look at the Gateway's status lights: its login to IBKR may not be finished",
        "try again in a minute; if it stays so, log the Gateway in again",
    ];
    /// The order id came, the accounts did not.
    AccountsMissing, "accounts-missing", Error, [
        "wait a minute after login and try again",
        "if it stays so, log the Gateway in again",
    ];
    /// A list of accounts without an account.
    AccountsEmpty, "accounts-empty", Error, [
        "wait a minute after login and try again",
        "check that this user has an account at all",
    ];
    /// The accounts came later than the usual clients wait.
    AccountsLate, "accounts-late", Warning, [
        "give your client a longer connect timeout than the delay measured here",
        "start it a minute after the Gateway's login",
    ];
    /// The accounts came, the order id did not.
    NextIdMissing, "next-id-missing", Error, [
        "log the Gateway in again: programs of the official API hang here",
    ];
    /// A request was never finished.
    SyncTimeout, "sync-timeout", Error, [
        "try again: the first connection after a start can be slow",
        "give your client a longer request timeout if the account is very large",
    ];
    /// A request was answered with an error.
    SyncRefused, "sync-refused", Error, [
        "read the Gateway's own words in the evidence",
    ];
    /// The API is read-only.
    ReadOnlyApi, "read-only-api", Info, [
        "fine for data; to place orders untick Read-Only API in the API settings",
    ];
    /// Too many messages a second.
    Pacing, "pacing", Warning, ["send fewer than 50 messages a second"];
    /// The Gateway has lost IBKR's servers.
    UpstreamLost, "upstream-lost", Warning, [
        "wait: your socket is fine, the Gateway's link to IBKR is not",
    ];
    /// A data farm is down.
    DataFarmDown, "data-farm-down", Warning, [
        "wait: the connection is fine, IBKR's data farm is not",
    ];
    /// The account is logged in elsewhere.
    CompetingSession, "competing-session", Warning, ["close the other session"];
    /// The API port was changed in the settings.
    PortChanged, "port-changed", Error, ["connect to the new port"];
    /// A held session was ended by the other side.
    Dropped, "dropped", Error, [
        "compare the time with the Gateway's daily restart",
        "look for another login of the same user",
    ];
    /// A time request and its repeat stayed unanswered.
    HeartbeatLost, "heartbeat-lost", Error, [
        "look whether the Gateway still answers a new handshake",
    ];
    /// The Gateway does not close after its client has.
    GatewayKeepsClosedSockets, "gateway-keeps-closed-sockets", Warning, [
        "hold one connection open instead of connecting often",
        "restart the Gateway when convenient: each client that left may have left a socket",
    ];
    /// CLOSE_WAIT on the Gateway's side, accepted.
    ZombieGatewayOwned, "zombie-gateway-owned", Warning, [
        "kill no client for it: the sockets are the Gateway's own",
        "restart the Gateway when convenient",
    ];
    /// CLOSE_WAIT on a relay's side.
    ZombieRelayOwned, "zombie-relay-owned", Warning, [
        "restart the relay or its container, not the Gateway",
    ];
    /// CLOSE_WAIT on the Gateway's port that was never accepted.
    ZombieUnaccepted, "zombie-unaccepted", Warning, [
        "see whether the Gateway still accepts: `ibdoc probe`",
        "if its accept queue does not empty, restart the Gateway",
    ];
    /// CLOSE_WAIT held by an orphaned client.
    ZombieClientOrphan, "zombie-client-orphan", Warning, ["run `ibdoc zombies --kill`"];
    /// CLOSE_WAIT held by a client that is not orphaned.
    ZombieClientLive, "zombie-client-live", Warning, [
        "restart that program properly: it has not noticed that its connection is closed",
    ];
    /// A client leaves the Gateway's answer unread.
    ClientNotReading, "client-not-reading", Warning, [
        "look at that program's event loop: the Gateway has answered",
    ];
    /// The listener is a relay.
    RelayListener, "relay-listener", Info, [
        "run `ibdoc handshake`: a relay accepts connections before the Gateway does",
    ];
    /// Half-closed sockets that never carried a byte.
    ProbeLeftZombies, "probe-left-zombies", Warning, [
        "replace the port check that connects and closes by `ibdoc probe`",
    ];
    /// A process that was to be ended goes on.
    KillFailed, "kill-failed", Warning, [
        "look at the process itself: the evidence says why it was left or could not be ended",
    ];
    /// A half-closed socket of a living client could not be shut down.
    HealFailed, "heal-failed", Warning, [
        "restart that program properly: its socket could not be shut down from outside",
    ];
    /// A Gateway runs in another network namespace, whose sockets are not in this table.
    OtherNamespace, "other-namespace", Info, [
        "run ibdoc in that container, or as root `ibdoc zombies --netns PID` with its pid",
    ];
    /// Owners of some sockets could not be read.
    TableIncomplete, "table-incomplete", Info, [
        "run it as root, or as the user of the Gateway, to see every owner",
    ];
    /// The account's figures are not ready.
    AccountNotReady, "account-not-ready", Warning, [
        "look again in a minute: the figures may be stale",
    ];
    /// 322: both account summaries are taken.
    TooManySubscriptions, "too-many-subscriptions", Warning, [
        "nothing is wrong with the connection: other programs hold both account summaries",
    ];
    /// No LISTEN row, yet it connects.
    ForwardedPort, "forwarded-port", Info, [
        "run ibdoc where the Gateway runs to see its sockets",
    ];
}

impl Code {
    /// The name that scripts match on, kebab-case.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// How severe a finding of this code is.
    pub fn severity(self) -> Severity {
        self.entry().severity
    }

    /// What to do, in the order in which to try it.
    pub fn remedies(self) -> &'static [&'static str] {
        self.entry().remedies
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_kebab_case_and_unique_and_each_has_a_remedy() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            let kebab =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(code.name().bytes().all(kebab), "{code}");
            assert!(!code.remedies().is_empty(), "{code}");
        }
    }
}
