//! Which addresses of a name a client tries before it reaches the Gateway, and how long that takes
//! it: judged from what ibdoc met at each of them.

use std::net::SocketAddr;
use std::time::Duration;

use super::Attempt;
use super::clients::{AddressWalk, Client};
use super::connect::ConnectFailure;
use crate::event::{StageName, StageStatus};
use crate::text::duration::shown;

/// The pause of Node between two addresses of a name (`autoSelectFamilyAttemptTimeout`).
const RACE: Duration = Duration::from_millis(250);

/// Why a client makes no TCP connection.
pub(super) struct NotConnected {
    /// The reason in words.
    pub(super) why: String,
    /// After how long its user knows; `None` where that is the system's affair.
    pub(super) elapsed: Option<Duration>,
}

/// How long the client's TCP connect takes.
pub(super) fn connect_time(client: &Client, attempt: &Attempt) -> Result<Duration, NotConnected> {
    let connect = attempt.record.stage(StageName::Connect);
    let is_made = connect.is_some_and(|stage| stage.status == StageStatus::Ok);
    let elapsed = match attempt.address.filter(|_| is_made) {
        Some(reached) => walk(client, &attempt.setting.tried, reached)?,
        None => return Err(nowhere(client, attempt)),
    };
    let elapsed = elapsed + attempt.setting.connected_in.unwrap_or_default();
    match client.step_limit.filter(|limit| elapsed > *limit) {
        Some(limit) => Err(timed_out(limit, "")),
        None => Ok(elapsed),
    }
}

/// The reason why the client does not reach the Gateway by this name, if it does not.
pub fn keeps_out(client: &Client, attempt: &Attempt) -> Option<String> {
    let reached = attempt.address?;
    let walked = walk(client, &attempt.setting.tried, reached);
    walked.err().map(|failure| failure.why)
}

/// No address connected, or there was none.
fn nowhere(client: &Client, attempt: &Attempt) -> NotConnected {
    let tried = attempt.setting.tried.as_slice();
    let is_silent = tried.iter().any(|(_, failure)| !ends_at_once(failure));
    if let Some(limit) = client.step_limit.filter(|_| is_silent) {
        return timed_out(limit, "");
    }
    let stages = attempt.record.stages.iter();
    let failed = stages.rev().find(|stage| stage.status != StageStatus::Ok);
    let detail = failed.and_then(|stage| stage.detail.as_deref());
    let detail = detail.map_or_else(String::new, |detail| format!(" ({detail})"));
    NotConnected {
        why: format!("{}{detail}", client.not_connected),
        elapsed: (!is_silent).then_some(Duration::ZERO),
    }
}

/// How long the client spends on the addresses before the one that answers; `tried` are those that
/// ibdoc tried before it, in the resolver's order.
fn walk(
    client: &Client,
    tried: &[(SocketAddr, ConnectFailure)],
    reached: SocketAddr,
) -> Result<Duration, NotConnected> {
    let is_silent = |failure: &ConnectFailure| !ends_at_once(failure);
    match client.addresses {
        AddressWalk::Raced => {
            // The first one that connects wins the race, and what comes after it is not tried.
            connects_first(client, tried, |_| true)?;
            let silent = tried.iter().filter(|(_, failure)| is_silent(failure));
            Ok(RACE * u32::try_from(silent.count()).unwrap_or(u32::MAX))
        }
        AddressWalk::InTurn => {
            let first = tried.iter().find(|(_, failure)| is_silent(failure));
            connects_first(client, tried, |failure| !is_silent(failure))?;
            match (first, client.step_limit) {
                (None, _) => Ok(Duration::ZERO),
                (Some((address, _)), Some(limit)) => {
                    let why =
                        format!(", for {address} does not answer and it tries one after the other");
                    Err(timed_out(limit, &why))
                }
                (Some((address, _)), None) => Err(NotConnected {
                    why: format!(
                        "it waits for {address}, which does not answer, as long as the system does"
                    ),
                    elapsed: None,
                }),
            }
        }
        AddressWalk::FirstIpv4 => first_ipv4(client, tried, reached),
    }
}

/// Errs where the client connects to an address that sends no version, before it meets one that it
/// does not get past (`passes` tells that of the others).
fn connects_first(
    client: &Client,
    tried: &[(SocketAddr, ConnectFailure)],
    passes: impl Fn(&ConnectFailure) -> bool,
) -> Result<(), NotConnected> {
    let met = tried.iter().take_while(|(_, failure)| passes(failure));
    let mut met = met.filter_map(|(address, failure)| match failure {
        ConnectFailure::Unanswered(words) => Some((address, words)),
        _ => None,
    });
    let Some((address, words)) = met.next() else {
        return Ok(());
    };
    let why = format!("it connects to {address}, which {words}");
    Err(match client.step_limit {
        Some(limit) => NotConnected {
            why: format!("TimeoutError after {}: {why}", shown(limit)),
            elapsed: Some(limit),
        },
        None => NotConnected { why, elapsed: None },
    })
}

fn first_ipv4(
    client: &Client,
    tried: &[(SocketAddr, ConnectFailure)],
    reached: SocketAddr,
) -> Result<Duration, NotConnected> {
    let fails = |why: String, elapsed| NotConnected {
        why: format!("{}: {why}", client.not_connected),
        elapsed,
    };
    match tried.iter().find(|(address, _)| address.is_ipv4()) {
        None if reached.is_ipv4() => Ok(Duration::ZERO),
        None => {
            let why = format!("it tries IPv4 only, and {reached} is none");
            Err(fails(why, Some(Duration::ZERO)))
        }
        Some((address, ConnectFailure::Unanswered(words))) => Err(NotConnected {
            why: format!("it connects to {address}, which {words}"),
            elapsed: None,
        }),
        Some((address, failure)) => {
            let words = failure.words();
            let why = format!("it tries {address} only, the first IPv4 address ({words})");
            Err(fails(why, ends_at_once(failure).then_some(Duration::ZERO)))
        }
    }
}

fn timed_out(limit: Duration, why: &str) -> NotConnected {
    NotConnected {
        why: format!("TimeoutError after {} in connect{why}", shown(limit)),
        elapsed: Some(limit),
    }
}

/// Whether the failure comes at once, so that the next address is tried at once.
fn ends_at_once(failure: &ConnectFailure) -> bool {
    !matches!(
        failure,
        ConnectFailure::TimedOut
            | ConnectFailure::Stuck(_)
            | ConnectFailure::Filtered {
                is_silent: true,
                ..
            }
    )
}
