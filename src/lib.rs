//! `ibdoc` is a doctor for the API socket of Interactive Brokers' TWS and IB Gateway.
//!
//! Data flows one way:
//!
//! ```text
//! argv → cli → target                  what was typed → what is meant
//!   → commands::x::run(..)             gather → decide → Report; prints nothing
//!       gather: attempt (connect, session), stability, exec,
//!               table + process ── Event ──► progress, ndjson
//!       decide: finding::assess, zombie, exec::fault  pure functions of plain data
//!   → Report → render (text | json | ndjson) → stdout
//!            → render (json | junit | markdown | html) → report_file
//!            → report_file (json | junit | markdown | html) → the files of --report
//!            → verdict → exit status
//! ```
//!
//! What the other side does wrong is data; an error means that ibdoc could not look.

pub mod ask;
pub mod attempt;
pub mod cli;
pub mod commands;
pub mod connect;
pub mod event;
pub mod exec;
pub mod finding;
pub mod footprint;
pub mod gateway_end;
#[cfg(target_os = "linux")]
pub mod heal;
pub mod ib_code;
pub mod interrupt;
pub mod kill;
pub mod output;
pub mod printable;
pub mod privacy;
pub mod process;
pub mod profile;
pub mod progress;
pub mod queue;
pub mod render;
pub mod report;
pub mod report_file;
#[cfg(feature = "ibapi")]
pub mod second_opinion;
pub mod session;
pub mod sim;
pub mod stability;
pub mod stats;
pub mod table;
pub mod target;
pub mod typed;
pub mod verdict;
pub mod watch;
pub mod wire;
pub mod world;
pub mod zombie;
