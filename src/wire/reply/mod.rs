//! What a server says: the messages a diagnosis rests on, and the rest by its id.

mod decode;
mod encode;

use bytes::Bytes;

use super::ids::incoming as ids;

/// A message from the server.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// The accounts of this user (15); none is possible.
    ManagedAccounts(
        /// The account names, without empty ones.
        Vec<String>,
    ),
    /// The next valid order id (9).
    NextValidId(
        /// The id.
        i32,
    ),
    /// An error, a warning or a notice (4).
    Notice(
        /// What it says.
        Notice,
    ),
    /// The server's time (49).
    CurrentTime(
        /// Seconds since 1970.
        i64,
    ),
    /// The server's time (109).
    CurrentTimeMillis(
        /// Milliseconds since 1970.
        i64,
    ),
    /// One value of an account summary (63).
    AccountSummary(
        /// The value.
        SummaryValue,
    ),
    /// The account summary is complete (64).
    AccountSummaryEnd {
        /// The request it answers, or −1.
        req_id: i32,
    },
    /// One position (61).
    Position(
        /// The position.
        Position,
    ),
    /// The positions are complete (62).
    PositionEnd,
    /// One value of the account updates (6).
    AccountValue(
        /// The value.
        AccountValue,
    ),
    /// One portfolio line of the account updates (7).
    PortfolioValue(
        /// The line.
        PortfolioValue,
    ),
    /// When the account updates were computed (8).
    AccountUpdateTime(
        /// As `hh:mm`.
        String,
    ),
    /// The account updates are complete for now (54).
    AccountDownloadEnd {
        /// The account.
        account: String,
    },
    /// One value of the updates of several accounts (73).
    AccountUpdateMulti(
        /// The value.
        AccountUpdateMulti,
    ),
    /// The updates of several accounts are complete for now (74).
    AccountUpdateMultiEnd {
        /// The request it answers, or −1.
        req_id: i32,
    },
    /// An open order (5), unread.
    OpenOrder(
        /// The body as it came.
        Bytes,
    ),
    /// The open orders are complete (53).
    OpenOrdersEnd,
    /// A completed order (101), unread.
    CompletedOrder(
        /// The body as it came.
        Bytes,
    ),
    /// The completed orders are complete (102).
    CompletedOrdersEnd,
    /// An execution (11), unread.
    Execution(
        /// The body as it came.
        Bytes,
    ),
    /// The executions are complete (55).
    ExecutionsEnd {
        /// The request it answers, or −1.
        req_id: i32,
    },
    /// Anything else, unread.
    Other {
        /// The message id.
        id: u32,
        /// The body as it came.
        body: Bytes,
    },
}

/// An error, a warning or a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The request it belongs to; −1 if none or unknown.
    pub req_id: i32,
    /// IB's code.
    pub code: i32,
    /// IB's text.
    pub text: String,
    /// The JSON of a rejected advanced order, usually empty; from version 166.
    pub advanced_order_reject: String,
    /// When it happened, in milliseconds since 1970; from version 194.
    pub time_ms: Option<i64>,
}

/// One value of an account summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryValue {
    /// The request it answers, or −1.
    pub req_id: i32,
    /// The account.
    pub account: String,
    /// The tag, such as `NetLiquidation`.
    pub tag: String,
    /// The value, as text.
    pub value: String,
    /// Its currency, or empty.
    pub currency: String,
}

/// One position.
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    /// The account that holds it.
    pub account: String,
    /// What is held.
    pub contract: Contract,
    /// How much of it, as a decimal number.
    pub quantity: String,
    /// The average cost of one unit.
    pub average_cost: f64,
}

/// What is traded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Contract {
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
    /// The exchange; in a portfolio line the primary one.
    pub exchange: String,
    /// The currency.
    pub currency: String,
    /// The symbol on the exchange.
    pub local_symbol: String,
    /// The trading class.
    pub trading_class: String,
}

/// One value of the account updates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountValue {
    /// What it is, such as `AccountReady`.
    pub key: String,
    /// The value, as text.
    pub value: String,
    /// Its currency, or empty.
    pub currency: String,
    /// The account.
    pub account: String,
}

/// One portfolio line of the account updates.
#[derive(Debug, Clone, PartialEq)]
pub struct PortfolioValue {
    /// What is held.
    pub contract: Contract,
    /// How much of it, as a decimal number.
    pub quantity: String,
    /// The price of one unit.
    pub market_price: f64,
    /// The value of the whole.
    pub market_value: f64,
    /// The average cost of one unit.
    pub average_cost: f64,
    /// Profit not yet taken.
    pub unrealized_pnl: f64,
    /// Profit taken today.
    pub realized_pnl: f64,
    /// The account that holds it.
    pub account: String,
}

/// One value of the updates of several accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountUpdateMulti {
    /// The request it answers, or −1.
    pub req_id: i32,
    /// The account.
    pub account: String,
    /// The model, usually empty.
    pub model: String,
    /// What it is, such as `NetLiquidation`.
    pub key: String,
    /// The value, as text.
    pub value: String,
    /// Its currency, or empty.
    pub currency: String,
}

impl Reply {
    /// The message id on the wire, without the offset of protobuf.
    pub fn id(&self) -> u32 {
        match self {
            Self::ManagedAccounts(_) => ids::MANAGED_ACCOUNTS,
            Self::NextValidId(_) => ids::NEXT_VALID_ID,
            Self::Notice(_) => ids::ERROR,
            Self::CurrentTime(_) => ids::CURRENT_TIME,
            Self::CurrentTimeMillis(_) => ids::CURRENT_TIME_MILLIS,
            Self::AccountSummary(_) => ids::ACCOUNT_SUMMARY,
            Self::AccountSummaryEnd { .. } => ids::ACCOUNT_SUMMARY_END,
            Self::Position(_) => ids::POSITION,
            Self::PositionEnd => ids::POSITION_END,
            Self::AccountValue(_) => ids::ACCOUNT_VALUE,
            Self::PortfolioValue(_) => ids::PORTFOLIO_VALUE,
            Self::AccountUpdateTime(_) => ids::ACCOUNT_UPDATE_TIME,
            Self::AccountDownloadEnd { .. } => ids::ACCOUNT_DOWNLOAD_END,
            Self::AccountUpdateMulti(_) => ids::ACCOUNT_UPDATE_MULTI,
            Self::AccountUpdateMultiEnd { .. } => ids::ACCOUNT_UPDATE_MULTI_END,
            Self::OpenOrder(_) => ids::OPEN_ORDER,
            Self::OpenOrdersEnd => ids::OPEN_ORDERS_END,
            Self::CompletedOrder(_) => ids::COMPLETED_ORDER,
            Self::CompletedOrdersEnd => ids::COMPLETED_ORDERS_END,
            Self::Execution(_) => ids::EXECUTION,
            Self::ExecutionsEnd { .. } => ids::EXECUTIONS_END,
            Self::Other { id, .. } => *id,
        }
    }
}
