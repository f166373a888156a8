//! The sockets on the port of the Gateway, as a soak counts them.

use crate::report::SoakZombies;

pub(super) use crate::zombie::census_on_path as census;

/// The same counts with those of a later look.
pub(super) fn seen_later(zombies: SoakZombies, after: Option<usize>) -> SoakZombies {
    let ours = zombies
        .ours
        .map(|ours| usize::try_from(ours).unwrap_or(usize::MAX));
    SoakZombies {
        after,
        others: after
            .zip(ours)
            .map(|(after, ours)| after.saturating_sub(ours)),
        ..zombies
    }
}
