//! The integration tests, in folders like `src`.

mod cli;
mod commands;
mod diagnosis;
mod handshake;
mod helpers;
mod house;
mod machine;
mod render;
mod report;
mod session;
mod sim;
mod soak;
mod tap;
mod trace;
mod watch;
mod wire;
mod worker;
mod zombie;
