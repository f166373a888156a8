//! The JSON contract `ibdoc/1` as types: adding a field is fine, changing one is not.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::event::{
    AttemptSummary, CensusCount, CodeCounts, Notice, Stage, StageName, millis, optional_millis,
};
use crate::finding::Finding;
use crate::process::{Pid, ProgramKind};
use crate::profile::Judgement;
use crate::stats::Summary;
use crate::target::Role;
use crate::verdict::{ExitStatus, Verdict};
use crate::zombie::Class;

/// The name and version of the contract.
pub const SCHEMA: &str = "ibdoc/1";

/// What every command answers.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// The version of ibdoc.
    pub version: &'static str,
    /// The command, as typed.
    pub command: &'static str,
    /// Whether the Gateway was the embedded simulated one.
    pub simulated: bool,
    /// When it began, RFC 3339 in UTC with milliseconds.
    pub started_at: String,
    /// How long it took.
    #[serde(rename = "elapsed_ms", serialize_with = "millis")]
    pub elapsed: Duration,
    /// The answer in one word.
    pub verdict: Verdict,
    /// What was found, the principal finding first.
    pub findings: Vec<Finding>,
    /// What this run did to the Gateway.
    pub footprint: Footprint,
    /// Why ibdoc could not look; only with the verdict `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The command's own part, under the command's name.
    #[serde(flatten)]
    pub body: Option<Body>,
    /// An exit status that the verdict alone does not give: the signal that ended it, or the
    /// answer of a health check.
    #[serde(skip)]
    pub exit_status: Option<ExitStatus>,
}

/// The part of a report that belongs to one command.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// Of `ibdoc probe`.
    Probe(Probe),
    /// Of `ibdoc handshake`.
    Handshake(Handshake),
    /// Of `ibdoc zombies`.
    Zombies(Zombies),
    /// Of `ibdoc soak`.
    Soak(Box<Soak>),
    /// Of `ibdoc health`.
    Health(Health),
    /// Of `ibdoc sim`.
    Sim(Sim),
}

/// What a run did to the Gateway, measured from the socket table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Footprint {
    /// TCP connections made.
    pub connections: u32,
    /// Of these, still up, half closed or not accepted at the other end; null where that
    /// cannot be seen (another machine, a relay, a forwarded port).
    pub sockets_left: Option<u32>,
    /// The Gateway's accept queue.
    pub accept_queue: AcceptQueue,
}

/// The length of the accept queue before and after, null where it cannot be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AcceptQueue {
    /// Connections waiting before the first of ours.
    pub before: Option<u32>,
    /// Connections waiting at the end.
    pub after: Option<u32>,
}

/// The endpoints that were probed.
#[derive(Clone, Debug, Serialize)]
pub struct Probe {
    /// One for each address.
    pub endpoints: Vec<Endpoint>,
}

/// How an endpoint was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// From this machine's socket table, without a connection.
    Table,
    /// By a connection.
    Connect,
}

/// One probed address.
#[derive(Clone, Debug, Serialize)]
pub struct Endpoint {
    /// `host:port` as it was meant.
    pub address: String,
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What the port conventionally serves.
    pub role: Option<Role>,
    /// How it was looked at.
    pub method: Method,
    /// Whether a LISTEN row takes connections to it; null on another machine.
    pub listening: Option<bool>,
    /// Whether a connection went through; null when none was tried.
    pub reachable: Option<bool>,
    /// Whether it connects although nothing listens here.
    pub forwarded: bool,
    /// Duration of the TCP connect.
    #[serde(rename = "connect_ms", serialize_with = "optional_millis")]
    pub connect: Option<Duration>,
    /// Who listens.
    pub listener: Option<Listener>,
    /// The connections of clients, null on another machine.
    pub clients: Option<CensusCount>,
}

/// Who listens on a port, and its accept queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listener {
    /// The address under which it is reached from this machine.
    pub address: SocketAddr,
    /// The local port.
    pub port: u16,
    /// The process, null when its owner could not be seen.
    pub pid: Option<Pid>,
    /// The program's name.
    pub name: Option<String>,
    /// What kind of program it is.
    pub kind: ProgramKind,
    /// Connections waiting to be accepted.
    pub accept_queue: Option<u32>,
    /// The limit of that queue.
    pub backlog: Option<u32>,
}

/// One API handshake.
#[derive(Clone, Debug, Serialize)]
pub struct Handshake {
    /// The address that was connected to, or the target where none was.
    pub address: String,
    /// The client id, of the last try.
    pub client_id: i32,
    /// The announced range of versions, `MIN..MAX`.
    pub announced: String,
    /// The negotiated version.
    pub server_version: Option<u16>,
    /// The connection time in the Gateway's words.
    pub connection_time: Option<String>,
    /// From the start of the connect until accounts and id were there; null when they were not.
    #[serde(rename = "ready_ms", serialize_with = "optional_millis")]
    pub ready: Option<Duration>,
    /// Every stage, in order.
    pub stages: Vec<Stage>,
    /// The managed accounts, shortened unless asked otherwise; null when none came.
    pub accounts: Option<Vec<String>>,
    /// The next valid order id.
    pub next_order_id: Option<i64>,
    /// Errors and notices, in the order in which they came.
    pub notices: Vec<Notice>,
    /// Errors and notices beyond those.
    pub notices_dropped: usize,
    /// How the connection was closed; null when there was none.
    pub close: Option<Close>,
    /// Whether the usual clients would have connected; only with `--as`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<Judgement>,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Close {
    /// In what way.
    pub how: CloseHow,
    /// How long the other end took.
    #[serde(rename = "elapsed_ms", serialize_with = "millis")]
    pub elapsed: Duration,
}

/// In what way a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CloseHow {
    /// Both ends closed.
    Clean,
    /// Both ends closed, but the other end is a relay's: it says nothing of the Gateway.
    Relayed,
    /// It was reset.
    Reset,
}

/// The census of half-closed and unaccepted sockets.
#[derive(Clone, Debug, Serialize)]
pub struct Zombies {
    /// The Gateway ports that were looked at.
    pub ports: Vec<u16>,
    /// Who listens on them.
    pub listeners: Vec<Listener>,
    /// Counts over all ports.
    pub sockets: CensusCount,
    /// Each half-closed or unaccepted socket.
    pub zombies: Vec<Zombie>,
    /// Processes that were ended.
    pub killed: Vec<Killed>,
    /// Sockets that were shut down without a kill.
    pub healed: Vec<Healed>,
    /// Half-closed and unaccepted sockets at the end.
    pub remaining: usize,
}

/// One half-closed or unaccepted socket.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Zombie {
    /// Its own address.
    pub local: SocketAddr,
    /// The other end's address.
    pub remote: SocketAddr,
    /// Whose it is.
    pub side: Side,
    /// Whether a program ever accepted it (always true on the client's side); null where
    /// this system cannot tell.
    pub accepted: Option<bool>,
    /// Since the other end's last segment.
    #[serde(rename = "age_ms", serialize_with = "optional_millis")]
    pub age: Option<Duration>,
    /// Bytes unread; after the other end's FIN it counts one more.
    pub recv_queue: Option<u32>,
    /// Its inode, 0 when nobody has accepted it.
    pub inode: Option<u64>,
    /// The processes that hold it.
    pub holders: Vec<Holder>,
    /// What `--kill` does about it.
    pub action: Action,
    /// Why.
    pub reason: String,
}

/// On which side of the Gateway's port a socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Its local port is the Gateway's.
    Gateway,
    /// Its remote port is the Gateway's.
    Client,
    /// Its local port is the Gateway's, and a relay listens there.
    Relay,
}

/// What is done about a zombie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Its holders are ended by `--kill`.
    Kill,
    /// Its holders are left alone.
    Spare,
    /// There is nothing that could be done to it.
    None,
}

/// A process that holds a zombie.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Holder {
    /// Its id.
    pub pid: Pid,
    /// When it started, in the operating system's own count; null when unreadable.
    pub started: Option<u64>,
    /// Its name.
    pub name: Option<String>,
    /// Its user's name, or the id where no local account has it.
    pub user: Option<String>,
    /// What kind of client it is.
    pub class: Class,
    /// Why.
    pub reason: String,
}

/// A process that was ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Killed {
    /// Its id.
    pub pid: Pid,
    /// Its name.
    pub name: String,
    /// The signal that did it.
    pub signal: &'static str,
    /// From the first signal to its end.
    #[serde(rename = "elapsed_ms", serialize_with = "millis")]
    pub elapsed: Duration,
}

/// A socket that was shut down in a program which lives on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Healed {
    /// Its own address.
    pub local: SocketAddr,
    /// The Gateway's address.
    pub remote: SocketAddr,
    /// Who holds it.
    pub pid: Pid,
    /// That program's name.
    pub name: String,
}

/// Many handshakes and one held session.
#[derive(Clone, Debug, Serialize)]
pub struct Soak {
    /// `host:port`.
    pub address: String,
    /// The handshakes; null when none were planned.
    pub attempts: Option<Attempts>,
    /// The held session; null when none was planned or reached.
    pub stability: Option<Stability>,
    /// Half-closed and unaccepted sockets on the port.
    pub zombies: SoakZombies,
    /// The limits that decide the verdict.
    pub thresholds: Vec<Threshold>,
    /// Why it stopped before its plan was done.
    pub stopped: Option<String>,
    /// Whether a signal ended it.
    pub interrupted: bool,
}

/// The handshakes of a soak.
#[derive(Clone, Debug, Serialize)]
pub struct Attempts {
    /// How many were asked for.
    pub planned: u32,
    /// How many ran to their end.
    pub run: u32,
    /// Those without a finding of severity error.
    pub succeeded: u32,
    /// The others.
    pub failed: u32,
    /// Exact one-sided 95 % upper bound of the failure rate, a fraction; null when none ran.
    pub failure_rate_upper_95: Option<f64>,
    /// TCP connect times.
    pub connect_ms: Option<Summary>,
    /// From the start of the connect until accounts and id were there.
    pub ready_ms: Option<Summary>,
    /// Every stage that passed, by name.
    pub stages: BTreeMap<StageName, Summary>,
    /// Failures by finding code.
    pub failures: CodeCounts,
    /// The last runs, at most 1,000.
    pub runs: Vec<AttemptSummary>,
}

/// The held session of a soak.
#[derive(Clone, Debug, Serialize)]
pub struct Stability {
    /// How long the session was held.
    pub seconds: f64,
    /// Time requests.
    pub pings: Pings,
    /// Positions and account summaries in turn.
    pub fetches: Fetches,
    /// Times that the other side ended the session.
    pub drops: u32,
    /// Times that a new session was made after a drop.
    pub reconnects: u32,
}

/// Time requests on a held session.
#[derive(Clone, Debug, Serialize)]
pub struct Pings {
    /// Asked; a repeat counts as the same.
    pub sent: u32,
    /// Answered, the repeat included.
    pub answered: u32,
    /// Round trips, from the first request of each.
    pub rtt_ms: Option<Summary>,
}

/// Fetches on a held session.
#[derive(Clone, Debug, Serialize)]
pub struct Fetches {
    /// Asked.
    pub sent: u32,
    /// Answered up to their end marker.
    pub answered: u32,
    /// Until their end marker.
    pub elapsed_ms: Option<Summary>,
}

/// Half-closed and unaccepted sockets on the soaked port, all programs' together.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SoakZombies {
    /// Before the first handshake; null where it cannot be seen.
    pub before: Option<usize>,
    /// After the last; null where it cannot be seen.
    pub after: Option<usize>,
    /// Of our own connections, by address pair, per handshake; null where it cannot be seen.
    pub left_per_attempt: Option<f64>,
}

/// A limit that decides the verdict of a soak.
#[derive(Clone, Debug, Serialize)]
pub struct Threshold {
    /// The option that sets it, without the dashes.
    pub name: &'static str,
    /// The limit.
    pub limit: f64,
    /// What was measured; null when it could not be.
    pub actual: Option<f64>,
    /// Whether the limit was kept.
    pub met: bool,
}

/// The answer of a health check.
#[derive(Clone, Debug, Serialize)]
pub struct Health {
    /// The address that was connected to, or the target where none was.
    pub address: String,
    /// Whether the exit status is 0.
    pub healthy: bool,
    /// The negotiated version.
    pub server_version: Option<u16>,
    /// Duration of the TCP connect.
    #[serde(rename = "connect_ms", serialize_with = "optional_millis")]
    pub connect: Option<Duration>,
    /// From the start of the connect until accounts and id were there.
    #[serde(rename = "ready_ms", serialize_with = "optional_millis")]
    pub ready: Option<Duration>,
}

/// A simulated Gateway that ran on its own.
#[derive(Clone, Debug, Serialize)]
pub struct Sim {
    /// Where it listened.
    pub address: SocketAddr,
    /// The version it spoke.
    pub server_version: u16,
    /// How it behaved.
    pub scenario: String,
}

impl Serialize for Pid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.0)
    }
}

impl Serialize for ProgramKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
