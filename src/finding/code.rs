//! The finding codes: stable names that scripts match on, each with its severity and the
//! remedies in the order in which to try them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::verdict::Severity;
use crate::text::json::known;
use Severity::{Error, Info, Warning};

/// What one code stands for.
struct Entry {
    name: &'static str,
    severity: Severity,
    meaning: &'static str,
    seen: &'static str,
    causes: &'static [&'static str],
    remedies: &'static [&'static str],
}

macro_rules! codes {
    ($( $(#[doc = $doc:literal])+ $variant:ident, $name:literal, $severity:expr,
        $seen:literal, [$($cause:literal),* $(,)?], [$($remedy:literal),* $(,)?]; )+) => {
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
                        meaning: concat!($($doc),+),
                        seen: $seen,
                        causes: &[$($cause),*],
                        remedies: &[$($remedy),*],
                    }, )+
                }
            }
        }
    };
}

codes! {
    /// The name has no address.
    NotResolved, "not-resolved", Error,
        "the resolver answers that there is no such name, or that it has no address", [
        "a typing error",
        "a name that is known only in another container network, or behind a VPN",
    ], [
        "check the spelling of the host name",
        "use 127.0.0.1 for a Gateway on this machine",
        "in a container or behind a VPN: check its DNS",
    ];
    /// The resolver did not answer, or could not: it says nothing of the name.
    ResolverFailed, "resolver-failed", Error,
        "the resolver gave no answer in time, or an error that is not about the name", [
        "a name server that is down or cannot be reached",
        "a VPN that is down, or that took the name server with it",
        "the DNS of a container",
    ], [
        "check the name servers of this machine (/etc/resolv.conf on Linux), its VPN and network: \
         the name may be right",
        "use an address instead of the name: it needs no resolver",
    ];
    /// Nothing listens on the port.
    NotListening, "not-listening", Error,
        "the connection is refused, and no LISTEN row is in the socket table", [
        "the Gateway does not run, or its login is not finished",
        "its daily restart",
        "another port in its settings",
    ], [
        "start the Gateway or TWS and finish its login, the second factor included",
        "compare the port with Configure > Settings > API > Settings > Socket port",
    ];
    /// No listener yet, but a Gateway or TWS process runs.
    GatewayStarting, "gateway-starting", Error,
        "no LISTEN row for the port, while a Gateway or TWS process runs", [
        "login or second factor not finished",
        "its API is on another port, or switched off",
    ], [
        "finish the login and the second factor on the Gateway's screen",
        "compare the port with Configure > Settings > API > Settings > Socket port",
    ];
    /// The Gateway's login to IBKR is not complete.
    LoginPending, "login-pending", Error,
        "IBC's log says that the login has begun, or that a new one is needed, and has not completed, and the API does not work", [
        "a start that goes on",
        "a session that was lost: the Gateway waits for a new login, and its API port may stay open",
    ], [
        "look at the Gateway's screen and finish the login",
    ];
    /// The second factor of the login has been asked for, and not given.
    SecondFactorPending, "second-factor-pending", Error,
        "IBC's log says that the second factor was asked for and that the login has not completed, and the API does not work", [
        "nobody has confirmed it on the phone; IBKR waits about 180 s",
        "IBC has given up waiting (exit status 1111, which the shell sees as 87)",
    ], [
        "confirm the second factor on the phone, or start the login again and do so",
    ];
    /// The login was refused, or did not begin.
    LoginFailed, "login-failed", Error,
        "IBC's log says that the login was refused or that no login dialog was displayed, and the API does not work", [
        "a wrong user name or password",
        "too many failed attempts",
        "IBKR's system is not available",
        "the Gateway did not come up (exit status 1112, which the shell sees as 88)",
    ], [
        "read on the Gateway's screen why, and log in there once by hand",
    ];
    /// A dialog on the Gateway's screen waits for an answer.
    DialogOpen, "dialog-open", Error,
        "IBC's log says that a dialog is open which keeps the API from answering, and it does not answer", [
        "the address of a client is not trusted: the Gateway asks whether to accept it",
        "a client wants to write while the API is read-only",
    ], [
        "answer the dialog on the Gateway's screen",
    ];
    /// The user is logged in elsewhere.
    SessionElsewhere, "session-elsewhere", Error,
        "IBC's log says that another session of the user exists, and the API does not work", [
        "the same user name is logged in to TWS, another Gateway, the mobile app or the website",
    ], [
        "log the other session out, or give the Gateway a user name of its own",
        "tell IBC which session wins: ExistingSessionDetectedAction in its config.ini",
    ];
    /// A setting stands where it is ignored.
    IgnoredSetting, "ignored-setting", Warning,
        "the address of this client stands in jts.ini or in IBC's TrustedTwsApiClientIPs, which count only with FIX=yes, and the API does not answer this client", [
        "trusted addresses were set in a file that counts only for logins by FIX",
    ], [
        "set the address in Configure > Settings > API > Settings > Trusted IPs on the Gateway's screen",
    ];
    /// The Gateway listens, on another port or address.
    WrongPort, "wrong-port", Error,
        "nothing listens on the port, while a Gateway or TWS listens on another one", [
        "paper and live mixed up",
        "a relay in front that is not running",
        "another port in its settings",
    ], [
        "use the port on which the Gateway listens",
        "compare the port with Configure > Settings > API > Settings > Socket port",
    ];
    /// No Gateway listens behind the relay, or the relay in front of one is missing.
    RelayWithoutGateway, "relay-without-gateway", Error,
        "nothing listens where the relay on the port passes on; or nothing listens on the relay's port", [
        "the Gateway behind the relay does not run, or its login is not finished",
        "the relay passes on to another port than the Gateway's",
        "the relay does not run, or could not bind its port",
    ], [
        "start the Gateway behind the relay and finish its login, the second factor included",
        "compare the target of the relay with the Gateway's Socket port",
        "read the relay's log: \"Connection refused\" is a target on which nothing listens",
    ];
    /// The process that listens is stopped.
    GatewayStopped, "gateway-stopped", Error,
        "the process that listens is stopped (state T), or its control group is frozen", [
        "SIGSTOP, or ^Z in its terminal",
        "docker pause",
        "a debugger",
    ], [
        "let it go on, `kill -CONT PID` or `docker unpause`: it needs no restart and no login",
    ];
    /// The Gateway's Java virtual machine has no memory left to work with.
    GatewayMemory, "gateway-memory", Warning,
        "the old generation of the Gateway's heap stays above 95 % after a collection, or more than half of the time goes into collections", [
        "a heap of 768 MB, the Gateway's default, with many market data lines, orders or clients",
        "a Gateway that has been up for weeks",
        "a machine that is too busy for the collector's threads",
    ], [
        "give the Gateway more heap: Configure > Settings > Memory Allocation, -Xmx in ibgateway.vmoptions or tws.vmoptions, JAVA_HEAP_SIZE in the Docker images of gnzsnz",
        "restart the Gateway: the new limit counts from then on, and until then a restart empties the heap",
        "ask it for less: fewer market data lines and historical requests at a time",
    ];
    /// The Gateway's Java virtual machine holds all its threads for long.
    GatewayPaused, "gateway-paused", Warning,
        "the threads of the Gateway's JVM are held at safepoints for more than half of the time, without collections that follow each other", [
        "one long collection of a large heap",
        "a heap dump or a thread dump that somebody has asked for",
        "a machine that swaps, or that gives the Gateway too little of its processors",
    ], [
        "look again in a minute: such a pause ends by itself",
        "see whether this machine swaps or is short of processors: `vmstat 1`",
        "if it comes again: give the Gateway more heap, or a machine with more memory",
    ];
    /// A port of a Gateway's process that is not the API.
    CommandPort, "command-port", Info,
        "a Gateway's process listens on 7462, or on another port beside its API", [
        "IBC's command server, which listens before the login is finished",
    ], [
        "ask the API's own port: this one proves nothing about it",
    ];
    /// Neither an answer nor a refusal.
    Unreachable, "unreachable", Error,
        "no answer, or no route, at every address of the name", [
        "a firewall",
        "a wrong host",
        "a VPN that is down",
    ], [
        "check the host, the VPN and the firewalls on the way",
        "on the Gateway's machine run `ibdoc probe`",
    ];
    /// A firewall of this machine stands before the listener.
    LocalFirewall, "local-firewall", Error,
        "the connection is refused or not answered, or what is sent on it is not acknowledged, although the LISTEN row of this machine stands", [
        "a rule of iptables or nftables that rejects or drops",
        "a rule that sends the port elsewhere",
        "a security tool",
    ], [
        "look for the rule: `iptables -S` and `ip6tables -S`, or `nft list ruleset`, as root",
        "leave the Gateway as it is: it listens, and the packets do not get to it",
    ];
    /// What is sent does not get through to the other machine, or only in part.
    Network, "network", Error,
        "bytes were sent again and the kernel at the other end has not acknowledged them; as information, some had to be sent again", [
        "packets that are lost: radio, an overloaded line, a VPN",
        "a firewall or a NAT on the way that has forgotten the connection",
        "the other machine is gone, asleep or cut off",
    ], [
        "measure the way itself: `ping` or `mtr` to that machine, while this goes on",
        "check the VPN, the firewalls and the NAT on the way",
        "leave the Gateway as it is: what was sent has not got there",
    ];
    /// The Gateway has stopped accepting connections.
    AcceptQueueStuck, "accept-queue-stuck", Error,
        "connections wait to be accepted, and none of them is taken in two seconds, or in five where a slow Gateway has such a queue too", [
        "the API layer of the Gateway hangs, often after many half-closed connections",
    ], [
        "restart the Gateway: nothing that is done to its clients frees the queue",
    ];
    /// The Gateway accepts, and connections wait for long.
    AcceptsSlowly, "accepts-slowly", Warning,
        "connections are taken from the accept queue while it is looked at, and one waits for a second or more, or no further one fits", [
        "many programs connect at the same time, or one of them again and again",
        "the machine, or the Gateway's Java, is short of processor time or memory",
    ], [
        "wait until those that wait are accepted, and connect fewer programs at a time",
        "look at what the machine and the Gateway's process are busy with: `top`",
        "leave the Gateway running: it accepts, one after the other",
    ];
    /// `localhost` led to `::1`, which did not work.
    Ipv6Localhost, "ipv6-localhost", Warning,
        "localhost led to ::1 first, which refused or was closed at once", [
        "the order of the hosts file",
        "a Gateway that listens on, or trusts, 127.0.0.1 only",
    ], [
        "use 127.0.0.1 instead of localhost",
    ];
    /// One address of the name does not answer, another one does.
    DeadAddress, "dead-address", Warning,
        "an address of the name did not connect, or did not answer, and another one did", [
        "IPv6 without a route, or a Gateway that listens on IPv4 only",
        "an old DNS record",
    ], [
        "use the address that answers instead of the name",
    ];
    /// As many clients are connected as a Gateway admits.
    TooManyClients, "32-clients", Error,
        "the connection ends before the version while 32 connections stand", [
        "a program that connects again and again and keeps its old connections",
    ], [
        "end or mend the program that holds the connections",
    ];
    /// Connected, greeted, and no byte came back.
    SilentAfterConnect, "silent-after-connect", Error,
        "the connection is accepted, the greeting sent, and no version comes", [
        "a dialog on the Gateway's screen: accept connection, login, existing session",
        "a hanging API layer",
        "half-closed sockets that piled up",
    ], [
        "look at the Gateway's screen for a dialog: accept incoming connection, login, \
         existing session",
        "run `ibdoc zombies` to see whether half-closed sockets have piled up",
        "if no dialog is open: restart the Gateway",
    ];
    /// The other end closed before any byte.
    ClosedBeforeVersion, "closed-before-version", Error,
        "the connection ends before the version came", [
        "a relay in front of a dead Gateway",
        "an address that is not trusted",
        "the API is switched off (TWS)",
        "it is still starting",
        "32 clients are connected",
        "no version in the announced range",
    ], [
        "find out whether a relay (socat, docker-proxy, ssh -L) listens in front of a dead \
         Gateway",
        "add this client's address to the Trusted IPs of the API settings",
        "in TWS: tick Enable ActiveX and Socket Clients",
        "if it has just been started: wait and try again",
    ];
    /// What answered does not speak the API.
    NotTwsProtocol, "not-tws-protocol", Error,
        "the bytes that came are no frame of the protocol", [
        "another service on the port: HTTP, SSH, TLS",
        "a stream out of step",
    ], [
        "check the port: 4002 and 4001 are IB Gateway, 7497 and 7496 are TWS",
    ];
    /// The negotiated version is one that ibdoc cannot speak.
    VersionUnsupported, "version-unsupported", Error,
        "the version that came is outside the announced range", [
        "an old or very new TWS",
        "a library with a narrow range",
    ], [
        "update the Gateway or TWS",
    ];
    /// 326: the client id is taken.
    ClientIdInUse, "client-id-in-use", Error,
        "the Gateway sent 326", [
        "a program that runs with this id",
        "your own orphaned client",
        "an id that the Gateway has not released yet",
    ], [
        "use another client id (`--client-id auto` finds a free one)",
        "end the program that holds it; a Gateway may keep the id ten seconds or more after",
    ];
    /// Closed after the start, without saying why.
    ClosedAfterStart, "closed-after-start", Error,
        "the connection ends after startApi without 326", [
        "the session is being logged out",
        "connections that come too fast",
        "the Gateway restarts",
    ], [
        "try again in a minute: the session may be logging out or the Gateway restarting",
        "leave a pause between connections: some builds throttle fast ones",
        "libraries guess \"client id in use\" here; nothing on the wire proves it",
    ];
    /// The paper-trading disclaimer has not been accepted.
    PaperDisclaimer, "paper-disclaimer", Error,
        "the Gateway sent 10141", [
        "the disclaimer of a paper login is open in the Gateway's window",
    ], [
        "accept the paper-trading disclaimer in the Gateway's window",
        "with IBC set AcceptNonBrokerageAccountWarning=yes, so that it is accepted at each login",
    ];
    /// The Gateway said why, and then closed or fell silent.
    GatewaySays, "gateway-says", Error,
        "an error came from the Gateway, and then it closed or answered no more", [
        "whatever the Gateway's own words say",
    ], [
        "read the Gateway's own words in the evidence",
    ];
    /// Neither accounts nor an order id came.
    NoAccountsNoId, "no-accounts-no-id", Error,
        "neither message 15 nor message 9 came in time", [
        "the login to IBKR's servers is not finished",
        "a hanging session",
    ], [
        "look at the Gateway's status lights: its login to IBKR may not be finished",
        "try again in a minute; if it stays so, log the Gateway in again",
    ];
    /// The order id came, the accounts did not.
    AccountsMissing, "accounts-missing", Error,
        "message 9 came, message 15 did not, also not when asked for", [
        "the backend is not ready after login",
    ], [
        "wait a minute after login and try again",
        "if it stays so, log the Gateway in again",
    ];
    /// A list of accounts without an account.
    AccountsEmpty, "accounts-empty", Error,
        "message 15 came without an account in it", [
        "a user without accounts",
        "the backend is not ready after login",
    ], [
        "wait a minute after login and try again",
        "check that this user has an account at all",
    ];
    /// The accounts came later than the usual clients wait.
    AccountsLate, "accounts-late", Warning,
        "accounts and id came, but later than the usual clients wait", [
        "a slow backend after login",
    ], [
        "give your client a longer connect timeout than the delay measured here",
        "start it a minute after the Gateway's login",
    ];
    /// The accounts came, the order id did not.
    NextIdMissing, "next-id-missing", Error,
        "message 15 came, message 9 did not, also not when asked for", [
        "a hanging session",
    ], [
        "log the Gateway in again: programs of the official API hang here",
    ];
    /// A request was never finished.
    SyncTimeout, "sync-timeout", Error,
        "a request got no end marker within its timeout", [
        "the first connection after a start",
        "a very large account",
        "another subscriber",
    ], [
        "try again: the first connection after a start can be slow",
        "give your client a longer request timeout if the account is very large",
    ];
    /// A client library's own start-up would fail, or be late.
    ClientWouldFail, "client-would-fail", Warning,
        "accounts and id came, and a request of the client's own start-up was not finished", [
        "executions or orders that are never finished",
        "the first connection after a start",
    ], [
        "use the option of the client that leaves the request out",
        "try again: the first connection after a start can be slow",
        "restart the Gateway if the same request stays unanswered",
    ];
    /// A request was answered with an error.
    SyncRefused, "sync-refused", Warning,
        "a request was answered with an error, and not because of Read-Only API", [
        "the account code of an advisor's login, whose first account is the master",
        "more than 50 accounts",
        "another subscriber",
    ], [
        "read the Gateway's own words in the evidence",
    ];
    /// The API is read-only.
    ReadOnlyApi, "read-only-api", Info,
        "the Gateway sent 321 to a request", [
        "Read-Only API is ticked in the API settings",
    ], [
        "fine for data; to place orders untick Read-Only API in the API settings",
    ];
    /// Too many messages a second.
    Pacing, "pacing", Warning,
        "the Gateway sent 100", [
        "more than 50 messages a second",
    ], ["send fewer than 50 messages a second"];
    /// The Gateway has lost IBKR's servers.
    UpstreamLost, "upstream-lost", Warning,
        "1100 or 2110 came, and no 1101 or 1102 after it", [
        "the Internet link of the Gateway",
        "IBKR's servers",
    ], [
        "wait: your socket is fine, the Gateway's link to IBKR is not",
    ];
    /// A data farm is down.
    DataFarmDown, "data-farm-down", Warning,
        "2103, 2105 or 2157 came, and no word of the same farm being back", [
        "IBKR's data farm",
    ], [
        "wait: the connection is fine, IBKR's data farm is not",
    ];
    /// The account is logged in elsewhere.
    CompetingSession, "competing-session", Warning,
        "the Gateway sent 10197", [
        "another login of the same user, on a phone for example",
    ], ["close the other session"];
    /// The API port was changed in the settings.
    PortChanged, "port-changed", Error,
        "the Gateway sent 1300 and closed", [
        "somebody changed the API port in its settings",
    ], ["connect to the new port"];
    /// A held session was ended by the other side.
    Dropped, "dropped", Error,
        "a session that worked was ended by the other side", [
        "the daily restart",
        "a crash",
        "another login of the same user",
    ], [
        "compare the time with the Gateway's daily restart",
        "look for another login of the same user",
    ];
    /// A time request and its repeat stayed unanswered.
    HeartbeatLost, "heartbeat-lost", Error,
        "a time request and its repeat 1.1 s later stayed unanswered while the socket was up", [
        "a hanging Gateway",
        "a half-open link",
        "another program that asks the time too fast",
    ], [
        "see whether the Gateway still answers a new handshake: `ibdoc handshake`",
        "if it does not: restart the Gateway",
    ];
    /// A session that is held answers, and a new one is not let in.
    NewSessionsHang, "new-sessions-hang", Warning,
        "a held session answers its time requests while a fresh handshake beside it brings no accounts", [
        "a dialog on the Gateway's screen",
        "a Gateway that has stopped taking new sessions and serves the old ones",
        "32 clients are connected",
    ], [
        "look at the Gateway's screen for an open dialog",
        "leave the programs that are connected running: once ended, they would not get in again",
        "restart the Gateway when convenient",
    ];
    /// The Gateway does not close after its client has.
    GatewayKeepsClosedSockets, "gateway-keeps-closed-sockets", Warning,
        "the other end did not close within a second after ibdoc did", [
        "a Gateway that keeps one socket for each client that leaves",
    ], [
        "hold one connection open instead of connecting often",
        "restart the Gateway when convenient: each client that left may have left a socket",
    ];
    /// CLOSE_WAIT on the Gateway's side, accepted.
    ZombieGatewayOwned, "zombie-gateway-owned", Warning,
        "CLOSE_WAIT on the Gateway's own port, accepted", [
        "clients that left while the Gateway does not close its side",
    ], [
        "kill no client for it: the sockets belong to the program that listens",
        "restart the Gateway when convenient",
    ];
    /// CLOSE_WAIT on a relay's side.
    ZombieRelayOwned, "zombie-relay-owned", Warning,
        "CLOSE_WAIT on the port of a relay", [
        "a relay that did not notice that its client left",
        "a hanging Gateway behind it",
    ], [
        "restart the relay or its container, not the Gateway",
    ];
    /// CLOSE_WAIT on the Gateway's port that was never accepted.
    ZombieUnaccepted, "zombie-unaccepted", Warning,
        "CLOSE_WAIT on the Gateway's port that no program has", [
        "clients that gave up while the Gateway did not accept",
    ], [
        "see whether the Gateway still accepts: `ibdoc probe`",
        "if its accept queue does not empty, restart the Gateway",
    ];
    /// CLOSE_WAIT held by an orphaned client.
    ZombieClientOrphan, "zombie-client-orphan", Warning,
        "CLOSE_WAIT held by a client whose parent is gone", [
        "the Gateway closed, and the client had died half-way",
    ], ["run `ibdoc zombies --kill` with the same --port and --min-age"];
    /// CLOSE_WAIT held by a client that is not orphaned, or by one that is out of sight.
    ZombieClientLive, "zombie-client-live", Warning,
        "CLOSE_WAIT held by a client that somebody still runs, or whose owner cannot be seen", [
        "a program that does not read its socket, so it has not noticed the end (Recv-Q above 0)",
        "a program that read the end and leaked the descriptor (Recv-Q 0)",
    ], [
        "restart that program properly: it has not noticed that its connection is closed",
    ];
    /// A client leaves the Gateway's answer unread.
    ClientNotReading, "client-not-reading", Warning,
        "bytes lie unread in the queue of an established client", [
        "the event loop of that program is blocked",
    ], [
        "look at that program's event loop: the Gateway has answered",
    ];
    /// The listener is a relay.
    RelayListener, "relay-listener", Info,
        "the listener is socat, docker-proxy, ssh or the like", [
        "a published container port or a tunnel",
    ], [
        "run `ibdoc handshake`: a relay accepts connections before the Gateway does",
    ];
    /// Half-closed sockets that never carried a byte.
    ProbeLeftZombies, "probe-left-zombies", Warning,
        "CLOSE_WAIT on the Gateway's port that never carried a byte", [
        "a port check that connects and closes: nc -z, a TCP health check",
    ], [
        "replace the port check that connects and closes by `ibdoc probe`",
    ];
    /// A process that was to be ended goes on.
    KillFailed, "kill-failed", Warning,
        "a process that the plan named is still there, or could not be signalled", [
        "it changed between look and signal",
        "not enough privilege",
    ], [
        "look at the process itself: the evidence says why it was left or could not be ended",
    ];
    /// A half-closed socket of a living client could not be shut down.
    HealFailed, "heal-failed", Warning,
        "a socket that was to be shut down is still half closed, or was not reached", [
        "it changed between look and shutdown",
        "not enough privilege",
    ], [
        "restart that program properly: its socket could not be shut down from outside",
    ];
    /// A Gateway runs in another network namespace, whose sockets are not in this table.
    OtherNamespace, "other-namespace", Info,
        "a Gateway or TWS process has another network namespace than ibdoc", [
        "it runs in a container",
    ], [
        "run ibdoc in that container, or as root `ibdoc zombies --netns PID` with its pid",
    ];
    /// Owners of some sockets could not be read.
    TableIncomplete, "table-incomplete", Info,
        "the owner of a socket, or a part of the table, could not be read", [
        "not enough privilege",
        "a container's own namespace",
    ], [
        "run it as root of the machine itself, as administrator, or as the user of the Gateway, to see every owner",
    ];
    /// A paper account on the port of live ones, or the other way round.
    AccountKind, "account-kind", Info,
        "the accounts are paper accounts (DU, DF) and the port is by convention that of live ones, or the other way round", [
        "ports mixed up in the Gateway's settings",
        "a login to the other kind of account",
    ], [
        "check that this is the account you mean before you place orders",
        "compare the port with Configure > Settings > API > Settings > Socket port",
    ];
    /// The Gateway's clock and this machine's differ.
    ClockSkew, "clock-skew", Info,
        "the time that the Gateway sent (message 49) is more than a minute from this machine's", [
        "a machine whose clock nobody sets (no NTP)",
        "a virtual machine or laptop that was asleep",
        "a clock that was set to local time as if it were UTC",
    ], [
        "let NTP set the clock of the machine that is wrong",
    ];
    /// The account's figures are not ready.
    AccountNotReady, "account-not-ready", Warning,
        "AccountReady=false among the account values", [
        "the backend is not ready after login, or resets at night",
    ], [
        "look again in a minute: the figures may be stale",
    ];
    /// 322: both account summaries are taken.
    TooManySubscriptions, "too-many-subscriptions", Warning,
        "the Gateway sent 322", [
        "other programs hold both account summaries",
    ], [
        "nothing is wrong with the connection: other programs hold both account summaries",
    ];
    /// Runs of the user's own program failed.
    ProgramFailed, "program-failed", Error,
        "a run under `soak --exec` ended with a status other than 0, by a signal, or at its deadline", [
        "an error in the program",
        "a deadline that is too short for it",
        "a client id that another program, or its own last run, still holds",
    ], [
        "run it again with --show-output and read what it prints",
        "give it more time with --exec-timeout if it only needs longer",
    ];
    /// The user's own program leaves sockets or connections behind.
    ProgramLeaks, "program-leaks", Error,
        "a run under `soak --exec` left sockets half closed or not accepted in the Gateway, while it closed its end of ibdoc's own connections, or left a connection to a process that outlived it", [
        "it leaves amid its handshake, or checks the port without one",
        "a child or worker that inherited the connection",
        "it leaves while the Gateway does not accept",
    ], [
        "let the program disconnect, and wait for that, before it ends",
        "end its workers first, or start them before it connects",
    ];
    /// A client did not come back after a drill.
    DrillNotBack, "drill-not-back", Error,
        "after a drill of `ibdoc tap` had ended a client's session, no other one of it got ready although clients were let through again", [
        "the program does not notice that its connection has ended",
        "it reconnects once, or not at all, or has given up before the Gateway was back",
    ], [
        "reconnect on the end of the connection and on each failed try, with a growing pause, and without an end",
        "run the drill again and look at what the client did: `ibdoc tap --write FILE`, then `ibdoc trace FILE --timeline`",
    ];
    /// A client that was back after a drill did not ask for its subscriptions again.
    DrillNotAskedAgain, "drill-not-asked-again", Warning,
        "after a drill of `ibdoc tap` a client's new session did not ask for what the one before had subscribed to, or did not ask for its market data again after 1101", [
        "the program subscribes where it starts, and not where it connects",
        "it does not look at 1101, after which market data is lost",
    ], [
        "subscribe after each connect, and for market data after 1101: the Gateway keeps nothing of a session that has ended",
    ];
    /// The user's own program was never seen connected to the Gateway.
    ProgramNotConnected, "program-not-connected", Warning,
        "no run under `soak --exec` was seen with a connection to the Gateway's port, and none was made there that could have been its own", [
        "the program connects to another host or port",
        "it ends before it connects",
        "it needs no connection",
    ], [
        "let it take the address from IBDOC_TARGET_HOST and IBDOC_TARGET_PORT",
        "run it again with --show-output and read what it prints",
    ];
    /// No LISTEN row, yet it connects.
    ForwardedPort, "forwarded-port", Info,
        "no LISTEN row on this machine, yet the port connects", [
        "DNAT, container publishing, mirrored networking of WSL",
    ], [
        "run ibdoc where the Gateway runs to see its sockets",
    ];
    /// A soak did not keep a limit.
    LimitMissed, "limit-missed", Warning,
        "what a soak measured is beyond a limit that was given or that applies without one, or could \
         not be measured", [
        "what the other findings name",
        "a limit tighter than the way to the Gateway allows",
    ], [
        "look at the other findings and at the slowest handshake first",
        "set the limit that is meant: `ibdoc soak --help` lists them",
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

    /// What it means, in one sentence.
    pub fn meaning(self) -> &'static str {
        self.entry().meaning.trim()
    }

    /// By what it is recognised.
    pub fn seen(self) -> &'static str {
        self.entry().seen
    }

    /// What usually causes it, the likeliest first.
    pub fn causes(self) -> &'static [&'static str] {
        self.entry().causes
    }

    /// The code of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
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

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        known(from, "finding", Code::named)
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
