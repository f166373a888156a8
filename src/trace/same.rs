//! Sessions that more than one recording shows: a log, a tap and a capture of the same one.

use std::time::Duration;

use super::finished::Finished;
use crate::report::TraceClock;

/// Two recordings of the beginning of a session are not further apart: a log has it before the connection.
const APART: Duration = Duration::from_secs(2);

/// Notes of each session which earlier one it is, and keeps what its recording alone shows of it.
pub(super) fn mark(finished: &mut [Finished]) {
    for place in 1..finished.len() {
        let (before, rest) = finished.split_at_mut(place);
        let Some(it) = rest.first_mut() else {
            return;
        };
        let source = it.session.source;
        let is_taken = |number: u32| {
            let mut same = before.iter();
            same.any(|other| {
                other.session.source == source && other.session.same_as == Some(number)
            })
        };
        let alike = before
            .iter()
            .enumerate()
            .filter(|(_, other)| is_same(other, it) && !is_taken(other.session.session));
        let nearest = alike.min_by_key(|(_, other)| apart(other, it));
        let Some(nearest) = nearest.map(|(nearest, _)| nearest) else {
            continue;
        };
        let first = &mut before[nearest];
        it.session.same_as = Some(first.session.session);
        if it.is_drilled && !first.is_drilled {
            // Only the recording of tap knows what its drill has done.
            first.findings.clear();
        }
        let known = |code| first.findings.iter().any(|finding| finding.code == code);
        it.findings.retain(|finding| !known(finding.code));
    }
}

/// When they began, the time between.
fn apart(one: &Finished, other: &Finished) -> Duration {
    one.first.0.abs_diff(other.first.0)
}

/// Whether two recordings show the same session: of one client id, begun at the same time, with the same
/// first requests.
fn is_same(one: &Finished, other: &Finished) -> bool {
    let (a, b) = (&one.session, &other.session);
    let is_timed = one.clock != TraceClock::None && other.clock != TraceClock::None;
    let is_apart = a.source != b.source && a.same_as.is_none();
    let has_one_id = a.who.client_id.is_some() && a.who.client_id == b.who.client_id;
    let agrees = |differ: bool, known: bool| !(differ && known);
    is_timed
        && is_apart
        && has_one_id
        && apart(one, other) <= APART
        && a.who
            .start_up
            .iter()
            .zip(&b.who.start_up)
            .all(|(a, b)| a == b)
        && agrees(
            a.accounts != b.accounts,
            a.accounts.is_some() && b.accounts.is_some(),
        )
        && agrees(
            a.server_version != b.server_version,
            !a.version_assumed && !b.version_assumed,
        )
}
