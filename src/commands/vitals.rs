//! The vital signs of the Gateway's JVM: one look when a command begins, one when it is done.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::diagnosis::vitals::{JUDGED, is_suspicious};
use crate::machine::World;
use crate::machine::path::Path;
use crate::machine::pid::Pid;
use crate::machine::process::ProgramKind;
use crate::machine::vitals::{NoVitals, Reading, VitalSigns};

/// So long is a JVM watched in which something may be wrong.
const WATCHED: Duration = Duration::from_secs(1);

/// The first look at a JVM.
pub(super) struct FirstReading {
    pid: Pid,
    reading: Reading,
    at: Instant,
}

/// Looks for the first time at the process at the end of the way; `None` where that is no JVM of a
/// Gateway or not on this machine, and why it tells nothing where it is one.
pub(super) fn begin(world: &World, path: Option<&Path>) -> Option<Result<FirstReading, NoVitals>> {
    let hop = path?.hops.last()?;
    let pid = hop.pid?;
    let is_gateway = matches!(hop.kind, ProgramKind::Gateway | ProgramKind::Tws);
    match world.processes.vitals(pid) {
        Ok(reading) => Some(Ok(FirstReading {
            pid,
            reading,
            at: Instant::now(),
        })),
        Err(error) => is_gateway.then_some(Err(error)),
    }
}

impl FirstReading {
    /// Looks again; where something may be wrong, after a second and not after `until`. `None` if the
    /// JVM has gone.
    pub(super) async fn end(self, world: &World, until: Option<Instant>) -> Option<VitalSigns> {
        let signs = self.signs(world)?;
        let enough = self.at + WATCHED;
        let is_late = until.is_some_and(|until| enough >= until);
        if signs.measured >= JUDGED || is_late || !is_suspicious(&signs) {
            return Some(signs);
        }
        sleep(enough.saturating_duration_since(Instant::now())).await;
        self.signs(world).or(Some(signs))
    }

    fn signs(&self, world: &World) -> Option<VitalSigns> {
        let now = world.processes.vitals(self.pid).ok()?;
        VitalSigns::between(self.pid, &self.reading, &now, self.at.elapsed())
    }
}
