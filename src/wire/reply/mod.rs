//! The replies of a server: those that a diagnosis rests on, and the others by their ids
//! (docs/PROTOCOL.md, Messages).

mod decode;
mod encode;
mod execution;
mod parts;

use bytes::Bytes;

pub use execution::Execution;
pub use parts::{
    AccountUpdateMulti, AccountValue, Contract, Notice, PortfolioValue, Position, SummaryValue,
};

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
        /// The next valid order id.
        i32,
    ),
    /// An error, a warning or a notice (4).
    Notice(
        /// Its number and its words.
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
        /// Account, contract and quantity.
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
        /// The portfolio line.
        PortfolioValue,
    ),
    /// When the account updates were computed (8).
    AccountUpdateTime(
        /// As `hh:mm`.
        String,
    ),
    /// The account updates are complete for now (54).
    AccountDownloadEnd {
        /// The account whose updates they are.
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
    /// Any other reply, unread.
    Other {
        /// The message id.
        id: u32,
        /// The body as it came.
        body: Bytes,
    },
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
