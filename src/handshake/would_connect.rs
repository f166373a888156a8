//! Whether a client library would have got through where a session of ibdoc has just been: pure
//! functions of plain data.

use std::time::Duration;

use super::clients::{Client, Needs};
use crate::event::{StageName, StageStatus};
use crate::finding::Code;
use crate::report::Judgement;
use crate::session::Record;
use crate::text::duration::shown;

/// Whether the client would have connected in the place of the session on record.
///
/// The session has to have announced the client's own range.
pub fn judge(client: &Client, record: &Record) -> Judgement {
    let verdict = verdict(client, record);
    let name = client.name;
    let says = match &verdict {
        Ok(elapsed) => format!("{name} would have connected in {}", shown(*elapsed)),
        Err(why) => format!("{name} would have failed: {why}"),
    };
    Judgement {
        client: name,
        announced: client.announces.to_string(),
        server_version: record.server_version.map(|version| version.0),
        would_connect: verdict.is_ok(),
        elapsed: verdict.ok(),
        says,
    }
}

fn verdict(client: &Client, record: &Record) -> Result<Duration, String> {
    let connect = connected(client, record)?;
    let version = record.stage(StageName::Version);
    if let Some(code) = version.and_then(|stage| stage.code) {
        return Err(without_version(client, code));
    }
    let Some(accounts) = record.stage(StageName::Accounts) else {
        return Err("the connection was lost before startApi".to_owned());
    };
    let api = version.map_or(accounts.start, |stage| stage.start);
    let waited = (accounts.start + accounts.elapsed).saturating_sub(api);
    let came = match client.needs {
        Needs::IdAndAccounts => record.is_ready(),
        Needs::Id => record.next_order_id.is_some(),
    };
    match (came, client.step_limit) {
        (true, Some(limit)) if waited > limit => Err(format!(
            "TimeoutError after {}, although the accounts came at {}",
            shown(limit),
            shown(waited)
        )),
        (true, _) => Ok(connect + waited),
        (false, _) if accounts.status == StageStatus::Failed => {
            let detail = accounts.detail.clone().unwrap_or_default();
            Err(format!("{}: {detail}", client.closed_after_start))
        }
        (false, limit) => Err(no_answer(limit)),
    }
}

/// The time of the TCP connect.
fn connected(client: &Client, record: &Record) -> Result<Duration, String> {
    let connect = record.stage(StageName::Connect);
    let Some(connect) = connect.filter(|stage| stage.status == StageStatus::Ok) else {
        return Err(client.not_connected.to_owned());
    };
    match client.step_limit.filter(|limit| connect.elapsed > *limit) {
        Some(limit) => Err(format!("TimeoutError after {} in connect", shown(limit))),
        None => Ok(connect.elapsed),
    }
}

fn without_version(client: &Client, code: Code) -> String {
    match code {
        Code::SilentAfterConnect => no_answer(client.step_limit),
        Code::VersionUnsupported => client.outside_range.to_owned(),
        _ => "no version came".to_owned(),
    }
}

fn no_answer(limit: Option<Duration>) -> String {
    limit.map_or_else(
        || "it has no timeout and would wait for ever".to_owned(),
        |limit| format!("TimeoutError after {}", shown(limit)),
    )
}
