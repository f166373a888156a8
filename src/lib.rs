//! `ibdoc` is a doctor for the API socket of Interactive Brokers' TWS and IB Gateway.
//!
//! It is a program first. Two of its modules are meant for others too: [`wire`], the messages of
//! the API socket as bytes, and [`sim`], a simulated Gateway for tests. Everything else is public
//! only for the program and its tests, has no documentation here, and may change in any version.
//!
//! # A simulated Gateway inside a test
//!
//! From `examples/simulated_gateway.rs`:
//!
//! ```no_run
#![doc = include_str!("../examples/simulated_gateway.rs")]
//! ```
//!
//! # A handshake with its stages
//!
//! From `examples/handshake_stages.rs`:
//!
//! ```no_run
#![doc = include_str!("../examples/handshake_stages.rs")]
//! ```
//!
//! # The layers
//!
//! An import points to a lower layer only, and no two files import each other in a circle; a test
//! holds both. `docs/ARCHITECTURE.md` tells more.
//!
//! ```text
//! commands     one file a command: what can be typed, gather, decide, return a report
//! cli          options of every command, output, progress, questions
//! render       a report as text, JSON, ndjson, JUnit, Markdown, HTML, metrics
//! soak         many handshakes, one held session, the user's own program
//! tap          a transparent relay, what it saw, and drills
//! trace        recorded sessions of other clients
//! watch        Gateways watched for as long as it runs: state, reconnects, metrics, hooks
//! worker       one session for other programs, by lines of JSON
//! diagnosis    what was seen → findings
//! zombie       half-closed and unaccepted sockets: look, class, plan, end, watch
//! handshake    one handshake with its surroundings: resolve, look, connect, session, receipt
//! session sim  one API session over any stream; the simulated Gateway
//! report       the JSON contract as types
//! event        what happens meanwhile, as data
//! target       what is meant by a target and a client id
//! evidence     a Gateway's log and settings in files: what they say of its login
//! machine      this machine: sockets, processes, signals
//! finding      codes, severities, verdicts, IB's numbers
//! wire stats text
//! ```
//!
//! What the other side does wrong is data; an error means that ibdoc could not look.

#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod commands;
#[doc(hidden)]
pub mod diagnosis;
#[doc(hidden)]
pub mod event;
#[doc(hidden)]
pub mod evidence;
#[doc(hidden)]
pub mod finding;
#[doc(hidden)]
pub mod handshake;
#[doc(hidden)]
pub mod machine;
#[doc(hidden)]
pub mod render;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod session;
pub mod sim;
#[doc(hidden)]
pub mod soak;
#[doc(hidden)]
pub mod stats;
#[doc(hidden)]
pub mod tap;
#[doc(hidden)]
pub mod target;
#[doc(hidden)]
pub mod text;
#[doc(hidden)]
pub mod trace;
#[doc(hidden)]
pub mod watch;
pub mod wire;
#[doc(hidden)]
pub mod worker;
#[doc(hidden)]
pub mod zombie;
