//! How a client came to leave a socket half closed, and what is said of each way.

use super::{Snapshot, StuckSocket};
use crate::report::Step;

/// How a socket came to be left half closed by a client that is no orphan.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CloseWaitCause {
    /// A relay holds it, which closes when its own client does.
    Relayed,
    /// A relay holds it, and is stopped.
    RelayStopped,
    /// Its holder has not read the end.
    Unnoticed,
    /// Its holder has read the end and keeps the descriptor.
    Leaked,
    /// Its holder is running, and what it has read is not known.
    Kept,
    /// Its holder is out of this user's sight.
    Hidden,
    /// Everything was read, and no process has it.
    Unowned,
}

impl CloseWaitCause {
    pub(super) const ALL: [Self; 7] = [
        Self::RelayStopped,
        Self::Unnoticed,
        Self::Leaked,
        Self::Kept,
        Self::Hidden,
        Self::Unowned,
        // The client that it waits for comes first.
        Self::Relayed,
    ];

    pub(super) fn of(stuck: &StuckSocket, snapshot: &Snapshot) -> Self {
        let is_relay = |pid| snapshot.is_relay(pid);
        if !stuck.holders.is_empty() && stuck.holders.iter().copied().all(is_relay) {
            let stopped = stuck.holders.iter().any(|pid| snapshot.is_stopped(*pid));
            return if stopped {
                Self::RelayStopped
            } else {
                Self::Relayed
            };
        }
        match (stuck.holders.is_empty(), stuck.socket.recv_queue) {
            (true, _) if stuck.hidden => Self::Hidden,
            (true, _) => Self::Unowned,
            (false, Some(0)) => Self::Leaked,
            (false, Some(_)) => Self::Unnoticed,
            (false, None) => Self::Kept,
        }
    }

    /// What is said of one socket, or of several.
    pub(super) const fn words(self, many: bool, is_root: bool) -> &'static str {
        match (self, many) {
            (Self::Relayed, false) => {
                "half closed, and the relay that has it open waits for its own client to close"
            }
            (Self::Relayed, true) => {
                "half closed, and the relay that has them open waits for its own clients to close"
            }
            (Self::RelayStopped, false) => "half closed, and the relay that has it open is stopped",
            (Self::RelayStopped, true) => {
                "half closed, and the relay that has them open is stopped"
            }
            (Self::Unnoticed, false) => {
                "half closed, and the program that has it open has not noticed the end: it does \
                 not read its socket"
            }
            (Self::Unnoticed, true) => {
                "half closed, and whoever has them open has not noticed the end: nobody reads them"
            }
            (Self::Leaked, false) => {
                "half closed, read to the end and kept open all the same: a leaked descriptor"
            }
            (Self::Leaked, true) => {
                "half closed, read to the end and kept open all the same: leaked descriptors"
            }
            (Self::Kept, false) => "half closed, and a program that is running keeps it open",
            (Self::Kept, true) => "half closed, and kept open by what is running",
            (Self::Hidden, _) if is_root => {
                "half closed, and the owner cannot be seen from here, not even by root"
            }
            (Self::Hidden, _) => {
                "half closed, and the owner cannot be seen from this account: run ibdoc with sudo"
            }
            (Self::Unowned, false) => "half closed, and no process was found that has it open",
            (Self::Unowned, true) => "half closed, and no process was found that has them open",
        }
    }

    /// The command of the plan that shows whose these sockets are, or lets their holder go on.
    pub(super) fn look(self, rows: &[&StuckSocket], steps: &[Step]) -> Option<String> {
        let is_wanted = |step: &&Step| match step.pid {
            None => self == Self::Hidden,
            Some(pid) => {
                self == Self::RelayStopped && rows.iter().any(|row| row.holders.contains(&pid))
            }
        };
        let mut steps = steps.iter().filter(is_wanted);
        let command = steps.find_map(|step| step.command.as_ref())?;
        Some(format!("`{command}`"))
    }

    /// What to do, where that of the code does not fit; `heal` and `look` are the commands of the
    /// plan that shut the sockets down, or show whose they are or let their holder go on.
    pub(super) fn remedies(self, heal: Option<&str>, look: Option<&str>) -> Option<Vec<String>> {
        let unnoticed =
            "or restart that program properly: it has not noticed that its connection is closed";
        let leaked = "in that program, close the socket when a read says that it has ended";
        match (self, heal) {
            (Self::Relayed, _) => Some(vec![
                "see to the client that is connected to the relay: the relay closes when that \
                 client does"
                    .to_owned(),
                "restart the relay if no client is connected to it any more".to_owned(),
            ]),
            (Self::RelayStopped, _) => Some(vec![look.map_or_else(
                || "let the relay go on".to_owned(),
                |go_on| format!("let the relay go on: {go_on}"),
            )]),
            (Self::Unnoticed | Self::Kept, Some(heal)) => Some(vec![
                format!("shut the socket down, and the program lives on: {heal}"),
                unnoticed.to_owned(),
            ]),
            (Self::Unnoticed | Self::Kept, None) => None,
            (Self::Leaked, None) => Some(vec![
                leaked.to_owned(),
                "until then, restart it properly".to_owned(),
            ]),
            (Self::Leaked, Some(heal)) => Some(vec![
                leaked.to_owned(),
                format!("until then, restart it properly, or shut the socket down: {heal}"),
            ]),
            (Self::Hidden, _) => Some(vec![look.map_or_else(
                || "look in the container that has it, or on its host".to_owned(),
                |look| format!("see whose it is: {look}"),
            )]),
            (Self::Unowned, _) => Some(vec![
                "look again: the process that had it may just have ended".to_owned(),
                "if it stays, it is on its way through a unix socket, and goes when the program that is to \
                 receive it ends or closes it: the plan names whose unix sockets have descriptors to receive"
                    .to_owned(),
            ]),
        }
    }
}
