//! What `ibdoc worker` takes.

use serde::{Deserialize, Serialize};

use crate::event::WorkerId;

/// A line that `ibdoc worker` takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkerRequest {
    /// Comes back with the answer; no other command that is not answered yet may have it.
    pub id: WorkerId,
    /// What is to be done.
    pub command: WorkerCommand,
    /// How, where the command takes anything.
    #[serde(default, skip_serializing_if = "WorkerParams::is_empty")]
    pub params: WorkerParams,
}

/// The commands of `ibdoc worker`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, schemars(transform = with_aliases))]
pub enum WorkerCommand {
    /// Makes a session: succeeds when the accounts and the next order id are there.
    Connect,
    /// Ends the session in order.
    Disconnect,
    /// The managed accounts.
    #[serde(alias = "get_accounts")]
    Accounts,
    /// The positions of all accounts.
    #[serde(alias = "get_positions")]
    Positions,
    /// Values of all accounts by tag.
    #[serde(alias = "get_account_summary")]
    AccountSummary,
    /// The values of one account.
    #[serde(alias = "get_account_values")]
    AccountValues,
    /// Today's executions.
    #[serde(alias = "get_executions")]
    Executions,
    /// The Gateway's time of day.
    #[serde(alias = "get_time")]
    Time,
    /// A round trip to the Gateway.
    Ping,
    /// Whether the session answers, and since when it stands.
    #[serde(alias = "get_health")]
    Health,
    /// The versions of ibdoc and of the Gateway.
    #[serde(alias = "get_version")]
    Version,
}

/// Other names by which commands go.
pub const ALIASES: [(&str, WorkerCommand); 8] = [
    ("get_accounts", WorkerCommand::Accounts),
    ("get_positions", WorkerCommand::Positions),
    ("get_account_summary", WorkerCommand::AccountSummary),
    ("get_account_values", WorkerCommand::AccountValues),
    ("get_executions", WorkerCommand::Executions),
    ("get_time", WorkerCommand::Time),
    ("get_health", WorkerCommand::Health),
    ("get_version", WorkerCommand::Version),
];

/// Lists the other names of commands too, and admits those of later versions.
#[cfg(test)]
fn with_aliases(schema: &mut schemars::Schema) {
    let names: Vec<&str> = ALIASES.iter().map(|(name, _)| *name).collect();
    if let Some(serde_json::Value::Array(known)) = schema.get_mut("oneOf") {
        known.push(serde_json::json!({
            "description": "Another name of a command.",
            "enum": names,
        }));
    }
    crate::text::json::open(schema);
}

/// How a command is carried out; each command takes some of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct WorkerParams {
    /// The deadline of the command in milliseconds; 10 s without it, 60 s for a connect.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "u64"))]
    pub timeout_ms: Option<u64>,
    /// connect: the host of the Gateway; 127.0.0.1 without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub host: Option<String>,
    /// connect: the port of the Gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "u16"))]
    pub port: Option<u16>,
    /// connect: the client id, or `auto` for a free one from 9000 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "WorkerClientId"))]
    pub client_id: Option<WorkerClientId>,
    /// connect: whether a session that is dropped is made anew; it is without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "bool"))]
    pub reconnect: Option<bool>,
    /// `account_summary`: the account group; `All` without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub group: Option<String>,
    /// `account_summary`: the tags; the account's type, its net liquidation value, cash and buying
    /// power without them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub tags: Option<Vec<String>>,
    /// `account_values`: the account; the first one without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub account: Option<String>,
    /// `account_values`: the model; none without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub model: Option<String>,
}

impl WorkerParams {
    /// Whether nothing is given.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A client id as it is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum WorkerClientId {
    /// This one.
    Fixed(i32),
    /// `auto`.
    Named(String),
}
