//! The protobuf messages that are read or written, declared by hand.
//!
//! Several messages share a shape and are declared once by that shape. Fields of protobuf type
//! `string` are declared as bytes, so that text which is not UTF-8 is replaced as in the text
//! form, instead of losing the whole message.

use prost::Message;

use super::DecodeError;
use super::text::lossy;

/// A text field that is present.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the declarations below hold options"
)]
pub(super) fn some(text: &str) -> Option<Vec<u8>> {
    Some(text.as_bytes().to_vec())
}

/// A text field that is left out when empty.
pub(super) fn some_unless_empty(text: &str) -> Option<Vec<u8>> {
    (!text.is_empty()).then(|| text.as_bytes().to_vec())
}

/// The text of a field that may be absent.
pub(super) fn text(field: Option<Vec<u8>>) -> String {
    let bytes = field.unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_else(|error| lossy(error.as_bytes()))
}

/// Reads a message, naming it by its id in the error.
pub(super) fn read<M: Message + Default>(id: u32, body: &[u8]) -> Result<M, DecodeError> {
    M::decode(body).map_err(|error| DecodeError::Protobuf {
        id,
        reason: error.to_string(),
    })
}

/// Whether these are the fields of some message, one after the other.
pub(crate) fn is_protobuf(body: &[u8]) -> bool {
    <() as Message>::decode(body).is_ok()
}

/// A request id alone: cancels and end markers.
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct RequestId {
    #[prost(int32, optional, tag = "1")]
    pub(super) req_id: Option<i32>,
}

/// One 32-bit number: `NextValidId`, `IdsRequest`.
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Number {
    #[prost(int32, optional, tag = "1")]
    pub(super) value: Option<i32>,
}

/// One 64-bit number: `CurrentTime`, `CurrentTimeInMillis`.
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Time {
    #[prost(int64, optional, tag = "1")]
    pub(super) value: Option<i64>,
}

/// One flag: `CompletedOrdersRequest`, `AutoOpenOrdersRequest`.
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Flag {
    #[prost(bool, optional, tag = "1")]
    pub(super) value: Option<bool>,
}

/// The flag in tag 3 alone: whether historical ticks are complete.
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct LastFlag {
    #[prost(bool, optional, tag = "3")]
    pub(super) value: Option<bool>,
}

/// The flag in tag 4 alone: whether market data are a snapshot.
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct SnapshotFlag {
    #[prost(bool, optional, tag = "4")]
    pub(super) value: Option<bool>,
}

/// One text: `ManagedAccounts`, `AccountUpdateTime`, `AccountDataEnd`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Text {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(super) value: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct StartApiRequest {
    #[prost(int32, optional, tag = "1")]
    pub(super) client_id: Option<i32>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(super) capabilities: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct AccountSummaryRequest {
    #[prost(int32, optional, tag = "1")]
    pub(super) req_id: Option<i32>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(super) group: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(super) tags: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct AccountDataRequest {
    #[prost(bool, optional, tag = "1")]
    pub(super) subscribe: Option<bool>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(super) account: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct AccountUpdatesMultiRequest {
    #[prost(int32, optional, tag = "1")]
    pub(super) req_id: Option<i32>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(super) account: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(super) model: Option<Vec<u8>>,
    #[prost(bool, optional, tag = "4")]
    pub(super) ledger_and_nlv: Option<bool>,
}

/// The filter is present and empty: everything the client may see.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ExecutionRequest {
    #[prost(int32, optional, tag = "1")]
    pub(super) req_id: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(super) filter: Option<ExecutionFilter>,
}

/// Read without its fields, which prost passes over.
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct ExecutionFilter {}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ErrorMessage {
    #[prost(int32, optional, tag = "1")]
    pub(super) req_id: Option<i32>,
    #[prost(int64, optional, tag = "2")]
    pub(super) time_ms: Option<i64>,
    #[prost(int32, optional, tag = "3")]
    pub(super) code: Option<i32>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(super) text: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub(super) advanced_order_reject: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct AccountSummary {
    #[prost(int32, optional, tag = "1")]
    pub(super) req_id: Option<i32>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(super) account: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(super) tag: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(super) value: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub(super) currency: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct AccountValue {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(super) key: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(super) value: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(super) currency: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(super) account: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct AccountUpdateMulti {
    #[prost(int32, optional, tag = "1")]
    pub(super) req_id: Option<i32>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(super) account: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(super) model: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(super) key: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub(super) value: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "6")]
    pub(super) currency: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Contract {
    #[prost(int32, optional, tag = "1")]
    pub(super) con_id: Option<i32>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(super) symbol: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(super) sec_type: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(super) expiry: Option<Vec<u8>>,
    #[prost(double, optional, tag = "5")]
    pub(super) strike: Option<f64>,
    #[prost(bytes = "vec", optional, tag = "6")]
    pub(super) right: Option<Vec<u8>>,
    #[prost(double, optional, tag = "7")]
    pub(super) multiplier: Option<f64>,
    #[prost(bytes = "vec", optional, tag = "8")]
    pub(super) exchange: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "9")]
    pub(super) primary_exchange: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "10")]
    pub(super) currency: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "11")]
    pub(super) local_symbol: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "12")]
    pub(super) trading_class: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Position {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(super) account: Option<Vec<u8>>,
    #[prost(message, optional, tag = "2")]
    pub(super) contract: Option<Contract>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(super) quantity: Option<Vec<u8>>,
    #[prost(double, optional, tag = "4")]
    pub(super) average_cost: Option<f64>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct PortfolioValue {
    #[prost(message, optional, tag = "1")]
    pub(super) contract: Option<Contract>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(super) quantity: Option<Vec<u8>>,
    #[prost(double, optional, tag = "3")]
    pub(super) market_price: Option<f64>,
    #[prost(double, optional, tag = "4")]
    pub(super) market_value: Option<f64>,
    #[prost(double, optional, tag = "5")]
    pub(super) average_cost: Option<f64>,
    #[prost(double, optional, tag = "6")]
    pub(super) unrealized_pnl: Option<f64>,
    #[prost(double, optional, tag = "7")]
    pub(super) realized_pnl: Option<f64>,
    #[prost(bytes = "vec", optional, tag = "8")]
    pub(super) account: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ExecutionDetails {
    #[prost(int32, optional, tag = "1")]
    pub(super) req_id: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub(super) contract: Option<Contract>,
    #[prost(message, optional, tag = "3")]
    pub(super) execution: Option<Execution>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Execution {
    #[prost(int32, optional, tag = "1")]
    pub(super) order_id: Option<i32>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(super) id: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(super) time: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(super) account: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub(super) exchange: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "6")]
    pub(super) side: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "7")]
    pub(super) quantity: Option<Vec<u8>>,
    #[prost(double, optional, tag = "8")]
    pub(super) price: Option<f64>,
    #[prost(int64, optional, tag = "9")]
    pub(super) perm_id: Option<i64>,
    #[prost(int32, optional, tag = "10")]
    pub(super) client_id: Option<i32>,
    #[prost(bytes = "vec", optional, tag = "12")]
    pub(super) cumulative_quantity: Option<Vec<u8>>,
    #[prost(double, optional, tag = "13")]
    pub(super) average_price: Option<f64>,
    #[prost(bytes = "vec", optional, tag = "14")]
    pub(super) order_ref: Option<Vec<u8>>,
}
