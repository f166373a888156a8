//! Which ports are looked at where none were named, and in which network namespace.

use crate::machine::pid::Pid;
use crate::machine::process;
use crate::machine::sockets::{self, Ports, Socket};
use crate::machine::{RunningGateway, World, ports_with};

/// This machine's processes, and the sockets that this one of them sees; errs if there is none.
pub(crate) fn other_namespace(pid: u32) -> Result<World, String> {
    let table = sockets::in_namespace_of(Pid(pid));
    let table = table.ok_or_else(|| format!("no process {pid} on this machine"))?;
    Ok(World::new(table, process::system()))
}

/// The ports to look at, and the Gateways that were looked for on the way to them.
pub(crate) struct Scope {
    pub(crate) ports: Ports,
    /// `None` where ports were named, or where no other port has a listener.
    pub(crate) gateways: Option<Vec<RunningGateway>>,
}

impl Scope {
    /// These ports and no other.
    pub(crate) fn named(ports: Ports) -> Self {
        let gateways = None;
        Self { ports, gateways }
    }

    /// The ports that Gateways have by default, and those of Gateways where there may be one
    /// beside them.
    pub(crate) fn with_gateways(world: &World) -> Self {
        let known = ports_with(&[]);
        let is_known = |row: &Socket| known.contains(row.local.port());
        let listeners = world.table.listeners();
        let no_other = listeners.is_ok_and(|rows| rows.sockets.iter().all(is_known));
        if no_other && world.table.is_whole_machine() {
            return Self::named(known);
        }
        let gateways = world.running_gateways();
        Self {
            ports: ports_with(&gateways),
            gateways: Some(gateways),
        }
    }
}
