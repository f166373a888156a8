//! Gateways that are watched: a month under paused time, a night against processes, the command.

#[cfg(unix)]
mod command;
mod contrib;
#[cfg(unix)]
mod hook;
mod metrics;
mod month;
#[cfg(target_os = "linux")]
mod night;
