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

pub mod cli;
pub mod commands;
pub mod diagnosis;
pub mod event;
pub mod finding;
pub mod handshake;
pub mod machine;
pub mod render;
pub mod report;
pub mod session;
pub mod sim;
pub mod soak;
pub mod stats;
pub mod target;
pub mod text;
pub mod wire;
pub mod zombie;
