//! What was asked for, made once from the arguments.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::machine::pid::Pid;
use crate::machine::process::Users;
use crate::machine::sockets::Ports;

/// Which sockets are looked at, and by what the processes that hold them are judged.
#[derive(Clone, Debug, Default)]
pub struct Criteria {
    /// The Gateway ports of the census.
    pub ports: Ports,
    /// How long a socket must have been half closed, and its listener up.
    pub min_age: Duration,
    /// Only these processes, those that are ended only when named included; `None` for any orphan.
    pub named: Option<BTreeSet<Pid>>,
    /// The user whose processes may be ended, if not ibdoc's own.
    pub user: Option<u32>,
    /// Whether processes are to be ended.
    pub kill: bool,
    /// Whether sockets of living clients are to be shut down too.
    pub heal: bool,
    /// Whether the look is into another network namespace, in which what is typed has to run.
    pub is_elsewhere: bool,
}

impl Criteria {
    /// A report on these ports, by which no process ends.
    pub fn of_report(ports: Ports, min_age: Duration) -> Self {
        Self {
            ports,
            min_age,
            ..Self::default()
        }
    }

    /// Whether this process was named.
    pub fn names(&self, pid: Pid) -> bool {
        self.named
            .as_ref()
            .is_some_and(|named| named.contains(&pid))
    }

    /// The name of the user who was named.
    pub(super) fn user_name(&self, users: &Users) -> Option<String> {
        self.user.map(|uid| users.name(uid))
    }

    /// Whether nothing was named, or this process was.
    pub fn admits(&self, pid: Pid) -> bool {
        self.named.is_none() || self.names(pid)
    }
}
