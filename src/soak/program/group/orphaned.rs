//! The end of a run's group whose ibdoc was killed.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::Instant;

use rustix::process::{Pid as RawPid, Signal, kill_process_group};

use super::members::Members;
use super::{BETWEEN_LOOKS, GRACE};
use crate::machine::World;
use crate::machine::pid::Pid;
use crate::machine::process::Mark;

/// Ends the group that `leader` leads or led: asks, waits, forces; nothing where a member is a
/// Gateway or may be one.
///
/// Its number cannot be another group's as long as a member runs, and is not signalled after that.
pub(in crate::soak::program) fn end_orphaned(
    leader: Pid,
    world: &World,
    local: Option<SocketAddr>,
    chosen: Vec<Mark>,
) {
    let members = Members {
        leader,
        world,
        local,
        chosen,
    };
    let raw = i32::try_from(leader.0).ok().and_then(RawPid::from_raw);
    let Some(raw) = raw else { return };
    for signals in [&[Signal::TERM, Signal::CONT][..], &[Signal::KILL]] {
        let running = members.running().is_none_or(|members| !members.is_empty());
        if !running || members.spare_gateways(false).is_err() {
            return;
        }
        for signal in signals {
            let _ = kill_process_group(raw, *signal);
        }
        let until = Instant::now() + GRACE;
        while members.running().is_none_or(|members| !members.is_empty()) {
            if Instant::now() >= until {
                break;
            }
            sleep(BETWEEN_LOOKS);
        }
    }
}
