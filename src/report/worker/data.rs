//! What the commands of `ibdoc worker` are answered.

use std::time::Duration;

use serde::Serialize;

use crate::event::Close;
use crate::finding::Code;
use crate::text::json::{Millis, OptionalMillis};

/// What a command was answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum WorkerData {
    /// Of `connect`.
    Connected(WorkerConnected),
    /// Of `disconnect`.
    Disconnected(WorkerDisconnected),
    /// Of `accounts`.
    Accounts {
        /// The managed accounts.
        accounts: Vec<String>,
    },
    /// Of `positions`.
    Positions {
        /// The positions, in the order in which they came.
        positions: Vec<WorkerPosition>,
    },
    /// Of `account_summary` and `account_values`.
    Values {
        /// The values, in the order in which they came.
        values: Vec<WorkerValue>,
    },
    /// Of `executions`.
    Executions {
        /// The executions, in the order in which they came.
        executions: Vec<WorkerExecution>,
    },
    /// Of `time`.
    Time {
        /// The Gateway's time of day, in seconds since 1970.
        time: i64,
    },
    /// Of `ping`.
    Ping {
        /// The round trip to the Gateway.
        #[serde(rename = "rtt_ms", with = "Millis")]
        rtt: Duration,
    },
    /// Of `health`.
    Health(WorkerHealth),
    /// Of `version`.
    Version {
        /// The version of ibdoc.
        version: String,
        /// The negotiated version; null without a session.
        server_version: Option<u16>,
    },
}

/// A session that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkerConnected {
    /// True.
    pub connected: bool,
    /// The address of the Gateway.
    pub address: String,
    /// The client id.
    pub client_id: i32,
    /// The negotiated version.
    pub server_version: Option<u16>,
    /// The connection time in the Gateway's words.
    pub connection_time: Option<String>,
    /// The managed accounts, in full.
    pub accounts: Vec<String>,
    /// The next valid order id.
    pub next_order_id: Option<i64>,
    /// From the start of the connect until accounts and id were there.
    #[serde(rename = "ready_ms", with = "OptionalMillis")]
    pub ready: Option<Duration>,
    /// Half-closed and unaccepted sockets on the port before it; null where they cannot be seen.
    pub zombies: Option<u32>,
    /// Whether the Gateway is the simulated one of `--sim`.
    pub simulated: bool,
}

/// A session that was ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkerDisconnected {
    /// False.
    pub connected: bool,
    /// How its connection ended; null where there was none.
    pub close: Option<Close>,
}

/// A contract.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkerContract {
    /// IB's id of the contract.
    pub con_id: i32,
    /// The symbol of the underlying.
    pub symbol: String,
    /// `STK`, `FUT`, `OPT` and so on.
    pub sec_type: String,
    /// The last trading day or contract month, or empty.
    pub expiry: String,
    /// The strike of an option, or 0.
    pub strike: f64,
    /// `C` or `P` of an option, else empty or `0`.
    pub right: String,
    /// The multiplier, or 0 if there is none.
    pub multiplier: f64,
    /// The exchange.
    pub exchange: String,
    /// The currency.
    pub currency: String,
    /// The symbol on the exchange.
    pub local_symbol: String,
    /// The trading class.
    pub trading_class: String,
}

/// One position.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkerPosition {
    /// The account that holds it.
    pub account: String,
    /// The contract that is held.
    pub contract: WorkerContract,
    /// How much of it, as a decimal number in a text.
    pub quantity: String,
    /// The average cost of one unit.
    pub average_cost: f64,
}

/// One value of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkerValue {
    /// The account.
    pub account: String,
    /// The name of the value, such as `NetLiquidation`.
    pub tag: String,
    /// The value, as text.
    pub value: String,
    /// Its currency, or empty.
    pub currency: String,
}

/// One execution.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkerExecution {
    /// IB's id of the execution.
    pub execution_id: String,
    /// The account.
    pub account: String,
    /// The contract that was traded.
    pub contract: WorkerContract,
    /// When it happened, in the Gateway's words.
    pub time: String,
    /// Where it was traded.
    pub exchange: String,
    /// `BOT` or `SLD`.
    pub side: String,
    /// How much of it, as a decimal number in a text.
    pub quantity: String,
    /// The price.
    pub price: f64,
    /// The order's id, as its client numbered it.
    pub order_id: i32,
    /// IB's lasting id of the order.
    pub perm_id: i64,
    /// The client that placed the order.
    pub client_id: i32,
    /// How much of the order is filled with it, as a decimal number in a text.
    pub cumulative_quantity: String,
    /// The average price of the order with it.
    pub average_price: f64,
    /// The order's reference, or empty.
    pub order_ref: String,
}

/// Whether the session answers, and since when it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkerHealth {
    /// Whether there is a session and it has just answered.
    pub healthy: bool,
    /// Where the session stands.
    pub state: WorkerState,
    /// What is wrong; null where nothing is.
    pub code: Option<Code>,
    /// The same in one sentence; null where nothing is.
    pub message: Option<String>,
    /// The round trip to the Gateway; null where no answer came.
    #[serde(rename = "rtt_ms", with = "OptionalMillis")]
    pub rtt: Option<Duration>,
    /// How long the session is up; null without one.
    #[serde(rename = "session_ms", with = "OptionalMillis")]
    pub session: Option<Duration>,
    /// How long nothing has been heard of the Gateway; null without a session.
    #[serde(rename = "silent_ms", with = "OptionalMillis")]
    pub silent: Option<Duration>,
    /// How often the other side has ended a session.
    pub drops: u32,
    /// How often a session was made anew.
    pub reconnects: u32,
    /// When the next connection follows by itself; null where none does.
    #[serde(rename = "next_connection_ms", with = "OptionalMillis")]
    pub next_connection: Option<Duration>,
}

/// Where the session of a worker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum WorkerState {
    /// There is none.
    Idle,
    /// It is being made.
    Connecting,
    /// It is up.
    Up,
    /// It was dropped and is made anew.
    Down,
}
