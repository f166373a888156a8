//! Whether a client library would have got through where a session of ibdoc has just been, and
//! after how long: pure functions of plain data.

use std::net::SocketAddr;
use std::time::Duration;

use super::Attempt;
use super::clients::{AddressWalk, Client, Needs};
use super::connect::ConnectFailure;
use crate::event::{Query, Stage, StageName, StageStatus};
use crate::finding::Code;
use crate::report::Judgement;
use crate::session::{Record, Unfinished};
use crate::text::duration::shown;
use crate::text::words::listed;
use crate::wire::ServerVersion;

/// The pause of Node between two addresses of a name (`autoSelectFamilyAttemptTimeout`).
const RACE: Duration = Duration::from_millis(250);

/// Why a client fails, and after how long where it does not wait for ever.
struct Failure {
    why: String,
    elapsed: Option<Duration>,
}

/// How a client gets through.
struct Passed {
    /// Until it has what it needs.
    ready: Duration,
    /// Until its connect returns.
    elapsed: Duration,
    /// The requests that it gives up and logs.
    unfinished: Vec<Query>,
}

/// Whether the client would have connected in the place of the attempt.
///
/// The attempt has to have announced the client's own range and carried out its start-up.
pub fn judge(client: &Client, attempt: &Attempt) -> Judgement {
    let record = &attempt.record;
    let verdict = verdict(client, attempt);
    let name = client.name;
    let says = match &verdict {
        Ok(passed) => format!("{name} {}", outcome(client, passed, &record.left_out)),
        Err(failure) => format!("{name} would have failed: {}", failure.why),
    };
    let (elapsed, unfinished) = match &verdict {
        Ok(passed) => (Some(passed.elapsed), passed.unfinished.as_slice()),
        Err(failure) => (failure.elapsed, [].as_slice()),
    };
    let names = |queries: &[Query]| queries.iter().map(|query| query.name()).collect();
    Judgement {
        client: name,
        announced: client.announces.to_string(),
        server_version: record.server_version.map(|version| version.0),
        would_connect: verdict.is_ok(),
        elapsed,
        not_asked: names(&record.left_out),
        unfinished: names(unfinished),
        says,
    }
}

/// The judgement on a client that no connection was made for: its range cannot meet the Gateway's.
pub fn cannot_speak(client: &Client, server: ServerVersion) -> Judgement {
    let (name, oldest) = (client.name, client.announces.min);
    let says = format!("{name} needs version {oldest} or newer, this Gateway speaks {server}");
    not_connected(client, Some(server), says)
}

/// The judgement on a client that was not tried.
pub fn not_tried(client: &Client, why: &str) -> Judgement {
    not_connected(
        client,
        None,
        format!("{} was not tried: {why}", client.name),
    )
}

fn not_connected(client: &Client, version: Option<ServerVersion>, says: String) -> Judgement {
    Judgement {
        client: client.name,
        announced: client.announces.to_string(),
        server_version: version.map(|version| version.0),
        would_connect: false,
        elapsed: None,
        not_asked: Vec::new(),
        unfinished: Vec::new(),
        says,
    }
}

/// What is said of a client that gets through: never that it would have connected where a request
/// of its start-up was not made.
fn outcome(client: &Client, passed: &Passed, left_out: &[Query]) -> String {
    let words = |queries: &[Query]| {
        let words: Vec<String> = queries.iter().map(|query| query.words()).collect();
        listed(&words)
    };
    let ready = shown(passed.ready);
    let elapsed = shown(passed.elapsed);
    let without = passed.unfinished.iter();
    let without: Vec<_> = without.filter_map(|query| client.without(*query)).collect();
    let without = if without.is_empty() {
        String::new()
    } else {
        format!(" ({})", without.join("; "))
    };
    let unfinished = words(&passed.unfinished);
    let not_asked = words(left_out);
    match (unfinished.as_str(), not_asked.as_str()) {
        ("", "") => format!("would have connected in {elapsed}"),
        (unfinished, "") => format!(
            "would have connected in {elapsed}, and logged that {unfinished} were never \
             finished{without}"
        ),
        ("", not_asked) => {
            format!("got its accounts in {ready}; {not_asked} were not asked (`--as-is`)")
        }
        (unfinished, not_asked) => format!(
            "got its accounts in {ready}, and would have logged at {elapsed} that {unfinished} \
             were never finished{without}; {not_asked} were not asked (`--as-is`)"
        ),
    }
}

fn verdict(client: &Client, attempt: &Attempt) -> Result<Passed, Failure> {
    let record = &attempt.record;
    let connect = connected(client, attempt)?;
    let version = record.stage(StageName::Version);
    if let Some(code) = version.and_then(|stage| stage.code) {
        return Err(without_version(client, connect, version, code));
    }
    let Some(accounts) = record.stage(StageName::Accounts) else {
        return Err(Failure {
            why: "the connection was lost before startApi".to_owned(),
            elapsed: None,
        });
    };
    let api = version.map_or(accounts.start, |stage| stage.start);
    let ready = connect
        + has_what_it_needs(client, record, accounts, api).map_err(|failure| Failure {
            elapsed: failure.elapsed.map(|elapsed| connect + elapsed),
            ..failure
        })?;
    let mut passed = Passed {
        ready,
        elapsed: ready,
        unfinished: Vec::new(),
    };
    for step in client.start_up {
        for query in step.queries {
            let Some(stage) = record.stage(StageName::Sync(*query)) else {
                continue;
            };
            let elapsed = connect + end(stage).saturating_sub(api);
            passed.elapsed = passed.elapsed.max(elapsed);
            match (stage.code, step.unfinished) {
                (Some(Code::ClientWouldFail), Unfinished::Logged) => passed.unfinished.push(*query),
                (Some(Code::ClientWouldFail), Unfinished::Raised) => {
                    return Err(never_finished(client, *query, elapsed));
                }
                (Some(_), _) if is_lost(stage) => {
                    let why = format!(
                        "ConnectionError after {}, the connection ended while it asked for {}",
                        shown(elapsed),
                        query.words()
                    );
                    let elapsed = Some(elapsed);
                    return Err(Failure { why, elapsed });
                }
                _ => {}
            }
        }
    }
    Ok(passed)
}

fn end(stage: &Stage) -> Duration {
    stage.start + stage.elapsed
}

/// Whether the connection ended in the stage: what else can fail there is a refused request.
fn is_lost(stage: &Stage) -> bool {
    stage.status == StageStatus::Failed && stage.code != Some(Code::SyncRefused)
}

fn never_finished(client: &Client, query: Query, elapsed: Duration) -> Failure {
    let without = client
        .without(query)
        .map_or_else(String::new, |words| format!("; {words}"));
    let (shown, words) = (shown(elapsed), query.words());
    Failure {
        why: format!("TimeoutError after {shown}, {words} were never finished{without}"),
        elapsed: Some(elapsed),
    }
}

/// How long after the greeting the client has what it needs.
fn has_what_it_needs(
    client: &Client,
    record: &Record,
    accounts: &Stage,
    api: Duration,
) -> Result<Duration, Failure> {
    let waited = end(accounts).saturating_sub(api);
    let came = match client.needs {
        Needs::IdAndAccounts => record.is_ready(),
        Needs::Id => record.next_order_id.is_some(),
    };
    match (came, client.step_limit) {
        (true, Some(limit)) if waited > limit => Err(Failure {
            why: format!(
                "TimeoutError after {}, although the accounts came at {}",
                shown(limit),
                shown(waited)
            ),
            elapsed: Some(limit),
        }),
        (true, _) => Ok(waited),
        (false, _) if accounts.status == StageStatus::Failed => {
            let detail = accounts.detail.as_deref().unwrap_or_default();
            let shown = format!("{}: {detail}", client.closed_after_start);
            Err(closed(client.step_limit, &shown, waited))
        }
        (false, limit) => Err(no_answer(limit)),
    }
}

/// The time that the client's TCP connect takes.
fn connected(client: &Client, attempt: &Attempt) -> Result<Duration, Failure> {
    let connect = attempt.record.stage(StageName::Connect);
    let connect = connect.filter(|stage| stage.status == StageStatus::Ok);
    let tried = attempt.setting.tried.as_slice();
    let reached = attempt.address.filter(|_| connect.is_some());
    let walked = walk(client, tried, reached)?;
    let elapsed = walked + attempt.setting.connected_in.unwrap_or_default();
    match client.step_limit.filter(|limit| elapsed > *limit) {
        Some(limit) => Err(timed_out_in_connect(limit, "")),
        None => Ok(elapsed),
    }
}

fn timed_out_in_connect(limit: Duration, why: &str) -> Failure {
    Failure {
        why: format!("TimeoutError after {} in connect{why}", shown(limit)),
        elapsed: Some(limit),
    }
}

/// How long the client spends on the addresses before the one that answers; `reached` is that one,
/// `tried` are those that ibdoc tried before it, in the resolver's order.
fn walk(
    client: &Client,
    tried: &[(SocketAddr, ConnectFailure)],
    reached: Option<SocketAddr>,
) -> Result<Duration, Failure> {
    let refused = |elapsed| Failure {
        why: client.not_connected.to_owned(),
        elapsed,
    };
    let Some(reached) = reached else {
        let all_refused = tried.iter().all(|(_, failure)| answers_at_once(failure));
        return match client.step_limit {
            Some(limit) if !all_refused => Err(timed_out_in_connect(limit, "")),
            _ => Err(refused(all_refused.then_some(Duration::ZERO))),
        };
    };
    let silent = tried
        .iter()
        .find(|(_, failure)| !answers_at_once(failure))
        .map(|(address, _)| *address);
    match client.addresses {
        AddressWalk::Raced => {
            let silent = tried
                .iter()
                .filter(|(_, failure)| !answers_at_once(failure));
            Ok(RACE * u32::try_from(silent.count()).unwrap_or(u32::MAX))
        }
        AddressWalk::InTurn => match (silent, client.step_limit) {
            (None, _) => Ok(Duration::ZERO),
            (Some(address), Some(limit)) => Err(timed_out_in_connect(
                limit,
                &format!(
                    ", for {address} does not answer and it tries one address after the other"
                ),
            )),
            (Some(address), None) => Err(Failure {
                why: format!(
                    "it waits for {address}, which does not answer, as long as the system does"
                ),
                elapsed: None,
            }),
        },
        AddressWalk::FirstIpv4 => {
            let first = tried.iter().find(|(address, _)| address.is_ipv4());
            match first {
                None if reached.is_ipv4() => Ok(Duration::ZERO),
                None => Err(refused(Some(Duration::ZERO))),
                Some((address, failure)) => Err(Failure {
                    why: format!(
                        "{}: it tries {address} only, the first IPv4 address ({})",
                        client.not_connected,
                        failure.words()
                    ),
                    elapsed: answers_at_once(failure).then_some(Duration::ZERO),
                }),
            }
        }
    }
}

/// Whether the failure comes at once, so that the next address is tried at once.
fn answers_at_once(failure: &ConnectFailure) -> bool {
    !matches!(failure, ConnectFailure::TimedOut | ConnectFailure::Stuck(_))
}

/// Whether the client reaches the Gateway by a name whose addresses were tried in this way; the
/// reason where it does not.
pub fn reaches(client: &Client, attempt: &Attempt) -> Result<(), String> {
    let walked = walk(client, &attempt.setting.tried, attempt.address);
    walked.map(|_| ()).map_err(|failure| failure.why)
}

fn without_version(
    client: &Client,
    connect: Duration,
    version: Option<&Stage>,
    code: Code,
) -> Failure {
    let waited = version.map_or(Duration::ZERO, |stage| stage.elapsed);
    let failure = match code {
        Code::SilentAfterConnect => no_answer(client.step_limit),
        Code::VersionUnsupported => closed(client.step_limit, client.outside_range, waited),
        _ => closed(client.step_limit, "no version came", waited),
    };
    Failure {
        elapsed: failure.elapsed.map(|elapsed| connect + elapsed),
        ..failure
    }
}

/// What becomes of a client whose connection ends before it has what it needs: one with a limit
/// goes on waiting for it until then.
fn closed(limit: Option<Duration>, why: &str, waited: Duration) -> Failure {
    Failure {
        why: limit.map_or_else(
            || why.to_owned(),
            |limit| format!("TimeoutError after {}; {why}", shown(limit)),
        ),
        elapsed: Some(limit.unwrap_or(waited)),
    }
}

fn no_answer(limit: Option<Duration>) -> Failure {
    let why = limit.map_or_else(
        || "it has no timeout and would wait for ever".to_owned(),
        |limit| format!("TimeoutError after {}", shown(limit)),
    );
    Failure {
        why,
        elapsed: limit,
    }
}
