//! Sessions that more than one recording shows: a log, a tap and a capture of the same one.

use std::time::Duration;

use super::finished::Finished;
use crate::report::{TraceClock, TraceSession};

/// Two recordings of the beginning of a session are not further apart: a log has it before the connection.
const APART: Duration = Duration::from_secs(2);

/// Notes of each session which earlier one it is, and keeps what its recording alone shows of it. The
/// nearest ones are paired first: of quick reconnects each is near to several.
pub(super) fn mark(finished: &mut [Finished]) {
    let mut pairs = Vec::new();
    for (later, it) in finished.iter().enumerate() {
        let before = finished[..later].iter().enumerate();
        let alike = before.filter(|(_, other)| is_same(other, it));
        pairs.extend(alike.map(|(place, other)| (apart(other, it), place, later)));
    }
    pairs.sort_unstable();
    // Of each session the first one that it is.
    let mut firsts: Vec<usize> = (0..finished.len()).collect();
    for (_, one, other) in pairs {
        let (one, other) = (firsts[one], firsts[other]);
        let sources = |first: usize| {
            let group = firsts.iter().zip(&*finished);
            let group = group.filter(move |(it, _)| **it == first);
            group.map(|(_, it)| it.session.source)
        };
        if one == other || sources(one).any(|it| sources(other).any(|other| it == other)) {
            continue;
        }
        let first = one.min(other);
        for it in &mut firsts {
            if *it == one || *it == other {
                *it = first;
            }
        }
    }
    for later in 1..finished.len() {
        if firsts[later] == later {
            continue;
        }
        for before in (0..later).filter(|it| firsts[*it] == firsts[later]) {
            let (earlier, rest) = finished.split_at_mut(later);
            join(&mut earlier[before], &mut rest[0]);
        }
        finished[later].session.same_as = Some(finished[firsts[later]].session.session);
    }
}

/// Tells what two recordings of a session show once. Only that of tap knows what its drill has done: it
/// stands for both, and explains what the other one alone shows.
fn join(first: &mut Finished, it: &mut Finished) {
    let (tap, other) = if it.is_drilled() && !first.is_drilled() {
        (it, first)
    } else {
        (first, it)
    };
    let known = tap.findings.iter();
    other
        .findings
        .retain(|finding| !known.clone().any(|it| it.is_same(finding)));
    if tap.is_drilled() && !other.is_drilled() {
        for found in &mut other.findings {
            found.explain(&tap.steps, &[], tap.clock);
        }
    }
}

/// When they began, the time between.
fn apart(one: &Finished, other: &Finished) -> Duration {
    one.first.0.abs_diff(other.first.0)
}

/// Whether two recordings show the same session: of one client id, begun at the same time, at the same
/// Gateway, with the same first requests.
fn is_same(one: &Finished, other: &Finished) -> bool {
    let (a, b) = (&one.session, &other.session);
    let is_timed = one.clock != TraceClock::None && other.clock != TraceClock::None;
    let is_apart = a.source != b.source;
    let has_one_id = a.who.client_id.is_some() && a.who.client_id == b.who.client_id;
    let agrees = |differ: bool, known: bool| !(differ && known);
    is_timed
        && is_apart
        && has_one_id
        && apart(one, other) <= APART
        && has_same_ends(one, other)
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

/// Whether the addresses may be those of one connection. A tap stands between two connections: one of its
/// ends is that of each capture, and its client's log names the port of the tap.
fn has_same_ends(one: &Finished, other: &Finished) -> bool {
    let (a, b) = (&one.session, &other.session);
    let same = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
    let port = |it: &TraceSession| {
        let address = it.gateway.as_deref()?;
        address.rsplit_once(':').map(|(_, port)| port.to_owned())
    };
    // A log has no address of its client.
    let has_log = a.client.is_none() || b.client.is_none();
    match (has_log, one.is_of_tap, other.is_of_tap) {
        (true, false, false) => same(&port(a), &port(b)),
        (true, ..) => true,
        (false, true, true) => same(&a.gateway, &b.gateway),
        (false, false, false) => same(&a.gateway, &b.gateway) && same(&a.client, &b.client),
        (false, ..) => same(&a.gateway, &b.gateway) || same(&a.client, &b.client),
    }
}
