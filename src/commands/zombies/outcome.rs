//! The report of `ibdoc zombies`.

use crate::commands::{Outcome, Setup};
use crate::event::Footprint;
use crate::finding;
use crate::finding::verdict::Verdict;
use crate::machine::World;
use crate::machine::pid::Pid;
use crate::report::Body;
use crate::zombie::look::Unseen;
use crate::zombie::{Census, Results};

/// Why nothing can be said although nothing was found.
const HIDDEN: &str = "who holds sockets is not seen: /proc cannot be read, or hides processes (hidepid); as root it \
     may be";

/// Why nothing can be said although nothing was found.
const UNSEEN: &str = "no Gateway's sockets could be looked at from here";

/// The report; nothing found is unknown and not healthy where not everything could be seen.
pub(super) fn outcome(results: &Results, unseen: Unseen, setup: &Setup, world: &World) -> Outcome {
    let footprint = Footprint {
        sockets_left: Some(0),
        ..Footprint::default()
    };
    let body = Body::Zombies(results.body());
    let mut outcome = Outcome::of(body, results.findings(unseen.findings), footprint);
    let no_sight = || unseen.is_all.then(|| UNSEEN.to_owned());
    outcome.error = results.error().or_else(no_sight);
    if finding::verdict(&outcome.findings) == Verdict::Healthy {
        // Nothing is left whose holder matters.
        let is_clear = results.has_acted() && results.last().snapshot.stuck.is_empty();
        let is_blind = setup.simulated.is_none() && !is_clear && world.processes.is_blind();
        let hidden = || is_blind.then(|| HIDDEN.to_owned());
        let half_seen = || half_seen(results.last(), setup.outside?);
        outcome.error = outcome.error.or_else(hidden).or_else(half_seen);
    }
    outcome
}

/// Why a look from outside a network namespace does not show that nothing is wrong there: a queue or
/// an owner that it cannot see.
fn half_seen(census: &Census, pid: Pid) -> Option<String> {
    let mut listening = census.snapshot.listening.iter();
    let unseen = listening.find(|it| it.row.accept_queue().is_none() || it.who.pid.is_none())?;
    Some(format!(
        "on port {} no half-closed socket is seen, but its accept queue or its owner is not seen \
         from outside the network namespace; as root they are: `sudo ibdoc zombies --netns {pid}`",
        unseen.row.local.port()
    ))
}
