//! An execution, read on demand: a diagnosis only counts them.

use super::decode::{contract_of_protobuf, contract_of_text};
use super::parts::Contract;
use crate::wire::ids::incoming as ids;
use crate::wire::messages::incoming_form;
use crate::wire::proto::{self, read, text};
use crate::wire::text::Fields;
use crate::wire::{DecodeError, Form, ServerVersion};

/// Stands for a request id that a message leaves out.
const NO_REQUEST: i32 = -1;
/// From here on the text form has no version of its own.
const WITHOUT_VERSION: ServerVersion = ServerVersion(136);

/// One execution.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Execution {
    /// The request it answers, or −1.
    pub req_id: i32,
    /// The order's id, as its client numbered it.
    pub order_id: i32,
    /// The contract that was traded.
    pub contract: Contract,
    /// IB's id of the execution.
    pub execution_id: String,
    /// When it happened, in the Gateway's words.
    pub time: String,
    /// The account.
    pub account: String,
    /// Where it was traded.
    pub exchange: String,
    /// `BOT` or `SLD`.
    pub side: String,
    /// How much of it, as a decimal number.
    pub quantity: String,
    /// The price.
    pub price: f64,
    /// IB's lasting id of the order.
    pub perm_id: i64,
    /// The client that placed the order.
    pub client_id: i32,
    /// How much of the order is filled with it, as a decimal number.
    pub cumulative_quantity: String,
    /// The average price of the order with it.
    pub average_price: f64,
    /// The order's reference, or empty.
    pub order_ref: String,
}

impl Execution {
    /// Reads the body of [`Reply::Execution`](super::Reply::Execution), which came from a server of
    /// this version.
    pub fn decode(body: &[u8], version: ServerVersion) -> Result<Self, DecodeError> {
        match incoming_form(ids::EXECUTION, version) {
            Form::Protobuf => from_protobuf(body),
            Form::Text | Form::Greeting => from_text(body, version),
        }
    }
}

fn from_text(body: &[u8], version: ServerVersion) -> Result<Execution, DecodeError> {
    let id = ids::EXECUTION;
    let mut fields = Fields::new(body);
    if version < WITHOUT_VERSION {
        fields.skip_fields(1);
    }
    let fields = &mut fields;
    Ok(Execution {
        req_id: fields.number(id, "request id")?,
        order_id: fields.value(),
        contract: contract_of_text(fields),
        execution_id: fields.string(),
        time: fields.string(),
        account: fields.string(),
        exchange: fields.string(),
        side: fields.string(),
        quantity: fields.string(),
        price: fields.value(),
        perm_id: fields.value(),
        client_id: fields.value(),
        // The flag of a liquidation stands before it.
        cumulative_quantity: fields.skip_fields(1).string(),
        average_price: fields.value(),
        order_ref: fields.string(),
    })
}

fn from_protobuf(body: &[u8]) -> Result<Execution, DecodeError> {
    let message: proto::ExecutionDetails = read(ids::EXECUTION, body)?;
    let it = message.execution.unwrap_or_default();
    Ok(Execution {
        req_id: message.req_id.unwrap_or(NO_REQUEST),
        order_id: it.order_id.unwrap_or_default(),
        contract: contract_of_protobuf(message.contract),
        execution_id: text(it.id),
        time: text(it.time),
        account: text(it.account),
        exchange: text(it.exchange),
        side: text(it.side),
        quantity: text(it.quantity),
        price: it.price.unwrap_or_default(),
        perm_id: it.perm_id.unwrap_or_default(),
        client_id: it.client_id.unwrap_or_default(),
        cumulative_quantity: text(it.cumulative_quantity),
        average_price: it.average_price.unwrap_or_default(),
        order_ref: text(it.order_ref),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_is_read_with_and_without_its_version() {
        let fields = "900000100 12 265598 AAPL STK - 0 - - NASDAQ USD AAPL NMS 0000e0d5.01 \
            20261126-15:30:00 DU9000001 NASDAQ BOT 100 230.5 4711 7 0 100 230.25 mine - - - 0";
        let body = |first: &str| {
            let all = format!("{first}{fields}");
            let fields = all.split(' ').map(|field| field.replace('-', "") + "\0");
            fields.collect::<String>().into_bytes()
        };
        let old = Execution::decode(&body("10 "), ServerVersion(135)).expect("an execution");
        let new = Execution::decode(&body(""), ServerVersion(178)).expect("an execution");
        assert_eq!(old, new);
        assert_eq!(
            (new.req_id, new.order_id, new.client_id),
            (900_000_100, 12, 7)
        );
        assert_eq!((new.quantity.as_str(), new.price), ("100", 230.5));
        assert_eq!((new.perm_id, new.average_price), (4711, 230.25));
        assert_eq!(new.contract.symbol, "AAPL");
        assert_eq!((new.side.as_str(), new.order_ref.as_str()), ("BOT", "mine"));
    }

    #[test]
    fn the_protobuf_form_is_read_by_its_numbers() {
        let execution =
            b"\x12\x03e.1\x22\x03DU1\x32\x03SLD\x3a\x012\x41\0\0\0\0\0\0\xf8\x3f\x48\x05";
        let mut body = b"\x08\x07\x12\x06\x12\x04AAPL\x1a".to_vec();
        body.push(u8::try_from(execution.len()).expect("a length"));
        body.extend(execution);
        let read = Execution::decode(&body, ServerVersion(226)).expect("an execution");
        assert_eq!((read.req_id, read.perm_id, read.price), (7, 5, 1.5));
        assert_eq!((read.account.as_str(), read.side.as_str()), ("DU1", "SLD"));
        assert_eq!(
            (read.contract.symbol.as_str(), read.quantity.as_str()),
            ("AAPL", "2")
        );
    }

    #[test]
    fn what_is_none_is_an_error_and_never_a_panic() {
        assert!(Execution::decode(b"", ServerVersion(178)).is_err());
        assert!(Execution::decode(b"x\0", ServerVersion(178)).is_err());
        assert!(Execution::decode(b"\xff\xff", ServerVersion(226)).is_err());
    }
}
