//! What was asked for, made once from the arguments.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::machine::pid::Pid;
use crate::machine::sockets::Ports;

/// Which sockets are looked at, and by what the processes that hold them are judged.
#[derive(Clone, Debug, Default)]
pub struct Criteria {
    /// The Gateway ports of the census.
    pub ports: Ports,
    /// How long a socket must have been half closed, and its listener up.
    pub min_age: Duration,
    /// Only these processes, detached ones included; any process if empty.
    pub named: BTreeSet<Pid>,
    /// The processes for which the answer was no.
    pub declined: BTreeSet<Pid>,
    /// The user whose processes may be ended, if not ibdoc's own.
    pub user: Option<u32>,
    /// Whether orphans are to be ended.
    pub kill: bool,
    /// Whether sockets of living clients are to be shut down too.
    pub heal: bool,
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
}
