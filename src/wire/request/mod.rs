//! The requests of a client: those that ibdoc may send, and those that the simulated Gateway is
//! asked (docs/PROTOCOL.md, Messages).

mod decode;
mod encode;

use super::ServerVersion;
use super::ids::outgoing as ids;

/// Everything ibdoc may ask a Gateway; none of it touches an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Begins the session under a client id (71).
    StartApi {
        /// The client id, unique among the clients of the Gateway.
        client_id: i32,
        /// Optional capabilities, usually empty.
        capabilities: String,
    },
    /// The accounts of this user (17).
    ManagedAccounts,
    /// The next valid order id (8).
    Ids,
    /// The server's time in seconds (49).
    CurrentTime,
    /// The server's time in milliseconds (105).
    CurrentTimeMillis,
    /// Values of all accounts by tag, until cancelled (62).
    AccountSummary {
        /// The request's id.
        req_id: i32,
        /// The account group, usually `All`.
        group: String,
        /// The tags, separated by commas.
        tags: String,
    },
    /// Ends an account summary (63).
    CancelAccountSummary {
        /// The id of the request to end.
        req_id: i32,
    },
    /// The positions of all accounts, until cancelled (61).
    Positions,
    /// Ends the positions (64).
    CancelPositions,
    /// Begins or ends the one subscription to account updates (6).
    AccountUpdates {
        /// Whether to begin it.
        subscribe: bool,
        /// The account; empty for the only one.
        account: String,
    },
    /// The open orders of this client (5); under the client id 0 it would bind orders that were
    /// placed by hand.
    OpenOrders,
    /// The open orders of all clients, binding none (16).
    AllOpenOrders,
    /// The orders completed today (99).
    CompletedOrders {
        /// Whether to leave out those not placed through the API.
        api_only: bool,
    },
    /// Today's executions, unfiltered (7).
    Executions {
        /// The request's id.
        req_id: i32,
    },
    /// The values of one account, disturbing no other subscriber, until cancelled (76).
    AccountUpdatesMulti {
        /// The request's id.
        req_id: i32,
        /// The account.
        account: String,
        /// The model, usually empty.
        model: String,
        /// Whether to send only the ledger and the net liquidation value.
        ledger_and_nlv: bool,
    },
    /// Ends the values of one account (77).
    CancelAccountUpdatesMulti {
        /// The id of the request to end.
        req_id: i32,
    },
}

/// What a client of the simulated Gateway asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A request that ibdoc may send too.
    Known(Request),
    /// Binds orders that were placed by hand to the client (15).
    AutoOpenOrders {
        /// Whether future orders are bound.
        bind: bool,
    },
    /// Any other request, by its message id.
    Other(
        /// The message id.
        u32,
    ),
}

impl Asked {
    /// The message id on the wire, without the offset of protobuf.
    pub fn id(&self) -> u32 {
        match self {
            Self::Known(request) => request.id(),
            Self::AutoOpenOrders { .. } => ids::AUTO_OPEN_ORDERS,
            Self::Other(id) => *id,
        }
    }
}

impl Request {
    /// The message id on the wire, without the offset of protobuf.
    pub fn id(&self) -> u32 {
        match self {
            Self::StartApi { .. } => ids::START_API,
            Self::ManagedAccounts => ids::MANAGED_ACCOUNTS,
            Self::Ids => ids::IDS,
            Self::CurrentTime => ids::CURRENT_TIME,
            Self::CurrentTimeMillis => ids::CURRENT_TIME_MILLIS,
            Self::AccountSummary { .. } => ids::ACCOUNT_SUMMARY,
            Self::CancelAccountSummary { .. } => ids::CANCEL_ACCOUNT_SUMMARY,
            Self::Positions => ids::POSITIONS,
            Self::CancelPositions => ids::CANCEL_POSITIONS,
            Self::AccountUpdates { .. } => ids::ACCOUNT_UPDATES,
            Self::OpenOrders => ids::OPEN_ORDERS,
            Self::AllOpenOrders => ids::ALL_OPEN_ORDERS,
            Self::CompletedOrders { .. } => ids::COMPLETED_ORDERS,
            Self::Executions { .. } => ids::EXECUTIONS,
            Self::AccountUpdatesMulti { .. } => ids::ACCOUNT_UPDATES_MULTI,
            Self::CancelAccountUpdatesMulti { .. } => ids::CANCEL_ACCOUNT_UPDATES_MULTI,
        }
    }

    /// The oldest server version that understands the request.
    pub fn since(&self) -> ServerVersion {
        match self {
            Self::CurrentTimeMillis => ServerVersion::CURRENT_TIME_MILLIS,
            Self::CompletedOrders { .. } => ServerVersion::COMPLETED_ORDERS,
            Self::AccountUpdatesMulti { .. } | Self::CancelAccountUpdatesMulti { .. } => {
                ServerVersion::ACCOUNT_UPDATES_MULTI
            }
            _ => ServerVersion::FRAMED,
        }
    }
}
