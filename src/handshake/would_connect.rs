//! Whether a client library would have got through where a session of ibdoc has just been, and
//! after how long: pure functions of plain data.

use std::time::Duration;

use super::Attempt;
use super::address_walk::{self, NotConnected};
use super::clients::{Client, Needs};
use super::passed::Passed;
use crate::event::{Query, Stage, StageName, StageStatus};
use crate::finding::Code;
use crate::report::{Judgement, client::Outcome};
use crate::session::{Record, Unfinished, was_reset};
use crate::text::duration::shown;
use crate::wire::ServerVersion;

/// A stage that ended so much before the client's limit was cut off by ibdoc's own.
const SLACK: Duration = Duration::from_millis(50);

/// Why a client does not get through.
struct Failure {
    why: String,
    /// After how long; `None` where it waits for ever or that is not known.
    elapsed: Option<Duration>,
    /// Whether it is the client that fails, and not ibdoc that did not wait for it.
    is_known: bool,
    /// The request of its start-up that it gives up on.
    query: Option<Query>,
}

impl Failure {
    fn new(why: String, elapsed: Option<Duration>) -> Self {
        Self {
            why,
            elapsed,
            is_known: true,
            query: None,
        }
    }

    fn unknown(why: String) -> Self {
        Self {
            is_known: false,
            ..Self::new(why, None)
        }
    }

    /// The same, counted from before the TCP connect.
    fn after(self, connect: Duration) -> Self {
        Self {
            elapsed: self.elapsed.map(|elapsed| connect + elapsed),
            ..self
        }
    }
}

impl From<NotConnected> for Failure {
    fn from(failure: NotConnected) -> Self {
        Self::new(failure.why, failure.elapsed)
    }
}

/// Whether the client would have connected in the place of the attempt.
///
/// The attempt has to have announced the client's own range and carried out its start-up.
pub fn judge(client: &Client, attempt: &Attempt) -> Judgement {
    let record = &attempt.record;
    let name = client.name;
    let names = |queries: &[Query]| queries.iter().map(|query| query.name()).collect();
    let blank = Judgement {
        not_asked: names(&record.left_out),
        ..blank(client, record.server_version)
    };
    match verdict(client, attempt) {
        Ok(passed) => Judgement {
            would_connect: true,
            outcome: if record.left_out.is_empty() {
                Outcome::Connects
            } else {
                Outcome::Incomplete
            },
            elapsed: Some(passed.elapsed),
            unfinished: names(&passed.unfinished),
            refused: passed
                .refused
                .iter()
                .map(|(query, _)| query.name())
                .collect(),
            says: format!("{name} {}", passed.in_words(client, &record.left_out)),
            ..blank
        },
        Err(failure) if failure.is_known => Judgement {
            outcome: Outcome::Fails,
            elapsed: failure.elapsed,
            unfinished: failure.query.iter().map(|query| query.name()).collect(),
            says: format!("{name} would have failed: {}", failure.why),
            ..blank
        },
        Err(failure) => Judgement {
            says: format!("{name}: not known, {}", failure.why),
            ..blank
        },
    }
}

/// The judgement on a client that no connection was made for: its range cannot meet the Gateway's.
pub fn cannot_speak(client: &Client, server: ServerVersion) -> Judgement {
    let (name, oldest) = (client.name, client.announces.min);
    Judgement {
        outcome: Outcome::Fails,
        says: format!("{name} needs version {oldest} or newer, this Gateway speaks {server}"),
        ..blank(client, Some(server))
    }
}

/// The judgement on a client that was not tried.
pub fn not_tried(client: &Client, why: &str) -> Judgement {
    Judgement {
        says: format!("{} was not tried: {why}", client.name),
        ..blank(client, None)
    }
}

/// A judgement that says nothing yet.
fn blank(client: &Client, version: Option<ServerVersion>) -> Judgement {
    Judgement {
        client: client.name,
        announced: client.announces.to_string(),
        server_version: version.map(|version| version.0),
        would_connect: false,
        outcome: Outcome::Unknown,
        elapsed: None,
        not_asked: Vec::new(),
        unfinished: Vec::new(),
        refused: Vec::new(),
        says: String::new(),
    }
}

fn verdict(client: &Client, attempt: &Attempt) -> Result<Passed, Failure> {
    let record = &attempt.record;
    if let Some(trouble) = &attempt.setting.trouble {
        return Err(Failure::unknown(trouble.clone()));
    }
    let connect = address_walk::connect_time(client, attempt)?;
    let version = record.stage(StageName::Version);
    if let Some((stage, code)) = version.and_then(|stage| Some((stage, stage.code?))) {
        return Err(without_version(client, stage, code).after(connect));
    }
    let Some(accounts) = record.stage(StageName::Accounts) else {
        let why = "the connection was lost before startApi".to_owned();
        return Err(Failure::new(why, None));
    };
    let api = version.map_or(accounts.start, |stage| stage.start);
    let ready = has_what_it_needs(client, record, accounts, api);
    let ready = connect + ready.map_err(|failure| failure.after(connect))?;
    let mut passed = Passed {
        ready,
        elapsed: ready,
        unfinished: Vec::new(),
        refused: Vec::new(),
    };
    for step in client.start_up {
        for query in step.queries {
            let Some(stage) = record.stage(StageName::Sync(*query)) else {
                continue;
            };
            let elapsed = connect + end(stage).saturating_sub(api);
            passed.elapsed = passed.elapsed.max(elapsed);
            start_up_request(client, *query, stage, step.unfinished, &mut passed)?;
        }
    }
    Ok(passed)
}

/// What one request of the start-up means to the client.
fn start_up_request(
    client: &Client,
    query: Query,
    stage: &Stage,
    unfinished: Unfinished,
    passed: &mut Passed,
) -> Result<(), Failure> {
    let (elapsed, asked) = (passed.elapsed, query.words());
    // For the client it is one silence, whoever is to blame for it.
    let is_unheard = stage.status == StageStatus::Timeout
        && matches!(stage.code, Some(Code::Network | Code::LocalFirewall));
    let code = if is_unheard {
        Some(Code::ClientWouldFail)
    } else {
        stage.code
    };
    match (code, unfinished) {
        (None, _) => Ok(()),
        (Some(Code::ClientWouldFail), _) if is_cut_off(client, stage) => {
            let waited = shown(stage.elapsed);
            let why = format!("ibdoc waited for {asked} only {waited}");
            Err(Failure::unknown(why))
        }
        (Some(Code::ClientWouldFail), Unfinished::Logged) => {
            passed.unfinished.push(query);
            Ok(())
        }
        (Some(Code::ClientWouldFail), Unfinished::Raised) => {
            let without = client.without(query);
            let without = without.map_or_else(String::new, |words| format!("; {words}"));
            let after = shown(elapsed);
            let why = format!("TimeoutError after {after}, {asked} were never finished{without}");
            Err(Failure {
                query: Some(query),
                ..Failure::new(why, Some(elapsed))
            })
        }
        (Some(Code::SyncRefused | Code::ReadOnlyApi | Code::TooManySubscriptions), _) => {
            let detail = stage.detail.as_deref().unwrap_or_default();
            let number = detail.split_whitespace().next().unwrap_or_default();
            passed.refused.push((query, number.to_owned()));
            Ok(())
        }
        (Some(Code::NotTwsProtocol), _) => Err(Failure::unknown(format!(
            "for bytes that are no message came while it asked for {asked}"
        ))),
        (Some(_), _) => {
            let after = shown(elapsed);
            let why = format!(
                "ConnectionError after {after}, the connection ended while it asked for {asked}"
            );
            Err(Failure::new(why, Some(elapsed)))
        }
    }
}

fn end(stage: &Stage) -> Duration {
    stage.start + stage.elapsed
}

/// Whether ibdoc gave the stage up before the client would have.
fn is_cut_off(client: &Client, stage: &Stage) -> bool {
    let limit = client.step_limit;
    stage.status == StageStatus::Timeout && limit.is_some_and(|limit| stage.elapsed + SLACK < limit)
}

/// How long after the greeting the client has what it needs.
fn has_what_it_needs(
    client: &Client,
    record: &Record,
    accounts: &Stage,
    api: Duration,
) -> Result<Duration, Failure> {
    let came = match client.needs {
        Needs::IdAndAccounts => record.id_at.zip(record.accounts_at).map(|(a, b)| a.max(b)),
        Needs::Id => record.id_at,
    };
    let waited = came.unwrap_or(end(accounts)).saturating_sub(api);
    match (came, client.step_limit) {
        (Some(_), Some(limit)) if waited > limit => {
            let (limit_words, came) = (shown(limit), shown(waited));
            let why =
                format!("TimeoutError after {limit_words}, although the accounts came at {came}");
            Err(Failure::new(why, Some(limit)))
        }
        (Some(at), None) if record.asked_again_at.is_some_and(|asked| at >= asked) => {
            let why = "what it waits for came only when ibdoc asked for it again; it has no timeout \
                       and would wait for ever";
            Err(Failure::new(why.to_owned(), None))
        }
        (Some(_), _) => Ok(waited),
        (None, _) if accounts.status == StageStatus::Failed => {
            let detail = accounts.detail.as_deref().unwrap_or_default();
            let shown = match accounts.code {
                Some(Code::ClientIdInUse) => format!("326 came: {detail}"),
                Some(Code::ClosedAfterStart) => format!("{} ({detail})", client.closed_after_start),
                _ => detail.to_owned(),
            };
            Err(closed(client.step_limit, &shown, waited))
        }
        (None, _) => Err(no_answer(client, accounts)),
    }
}

fn without_version(client: &Client, version: &Stage, code: Code) -> Failure {
    let waited = version.elapsed;
    match code {
        Code::SilentAfterConnect | Code::Network | Code::LocalFirewall => {
            no_answer(client, version)
        }
        Code::VersionUnsupported => closed(client.step_limit, client.outside_range, waited),
        // Both were seen of asyncio on Linux: its connect looks at the socket once more.
        _ if was_reset(version) && client.step_limit.is_some() => {
            let why = "no version came (ConnectionResetError at once if the reset comes first)";
            closed(client.step_limit, why, waited)
        }
        _ => closed(client.step_limit, "no version came", waited),
    }
}

/// What becomes of a client whose connection ends before it has what it needs: one with a limit
/// goes on waiting for it until then.
fn closed(limit: Option<Duration>, why: &str, waited: Duration) -> Failure {
    let why = limit.map_or_else(
        || why.to_owned(),
        |limit| format!("TimeoutError after {}; {why}", shown(limit)),
    );
    Failure::new(why, Some(limit.unwrap_or(waited)))
}

/// What becomes of a client whose answer did not come in this stage.
fn no_answer(client: &Client, stage: &Stage) -> Failure {
    let waited = shown(stage.elapsed);
    match client.step_limit {
        Some(limit) if is_cut_off(client, stage) => Failure::unknown(format!(
            "ibdoc waited only {waited} of its {}",
            shown(limit)
        )),
        Some(limit) => {
            let why = format!("TimeoutError after {}", shown(limit));
            Failure::new(why, Some(limit))
        }
        None => Failure::new(
            format!("no answer in {waited}; it has no timeout and would wait for ever"),
            None,
        ),
    }
}
