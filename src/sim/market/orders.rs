//! Orders: each is acknowledged as inactive with a reason, and none is ever filled.

use super::body::Body;
use super::contracts;
use super::desk::Desk;
use super::inquiry::Inquiry;
use super::open_order::open_order;
use super::quotes::Answer;
use super::refusal::Refusal;
use crate::sim::answer::notice;
use crate::wire::{Reply, ServerVersion};

/// Why no order is ever active.
const REASON: &str = "This is a simulated Gateway: it places no orders.";
/// What is added to an order's id for the number that a Gateway gives it.
const PERMANENT: i64 = 900_000_000;

/// A new order (3): the order as inactive, the reason, and its status.
pub(super) fn place(desk: &mut Desk, asked: &Inquiry) -> Answer {
    let instrument = contracts::only(&asked.contract)?;
    let quantity = asked.text_of(3, 6);
    if !quantity.parse::<f64>().is_ok_and(|quantity| quantity > 0.0) {
        return Err(Refusal::invalid("Order size is not above zero").about(quantity));
    }
    desk.note_order(asked.id);
    let order = match (asked.messages.get(&2), asked.messages.get(&3)) {
        (Some(contract), Some(order)) if asked.version >= ServerVersion::PROTOBUF_OPEN_ORDERS => {
            echoed(asked, contract, order)
        }
        _ => {
            let more = (quantity, permanent(asked), REASON);
            open_order(asked, &instrument, more)
        }
    };
    let mut replies = vec![order];
    replies.extend(rejected(asked, quantity));
    Ok(replies)
}

/// The exercise of an option (21), which is answered as an order is.
pub(super) fn exercise(desk: &mut Desk, asked: &Inquiry) -> Answer {
    let option = contracts::only(&asked.contract)?;
    if option.sec_type != "OPT" || asked.int(4) <= 0 {
        return Err(Refusal::invalid(
            "The contract is no option, or the quantity not above zero",
        ));
    }
    desk.note_order(asked.id);
    Ok(rejected(asked, asked.text(4)).into())
}

/// The reason, and the status.
fn rejected(asked: &Inquiry, quantity: &str) -> [Reply; 2] {
    let text = format!("Order rejected - reason:{REASON}");
    [notice(asked.id, 201, &text), status(asked, quantity)]
}

/// The order as it came, inactive (5), with the reason.
fn echoed(asked: &Inquiry, contract: &[u8], order: &[u8]) -> Reply {
    let mut body = Body::new(5, asked.version);
    body.put(&[1], asked.id)
        .echo(2, contract.to_vec())
        .echo(3, order.to_vec());
    // Messages of the same field are one: these fields replace those of the client.
    body.put(&[3, 1], asked.client_id)
        .put(&[3, 2], asked.id)
        .put(&[3, 3], permanent(asked));
    body.put(&[4, 1], "Inactive").put(&[4, 26], REASON).reply()
}

fn permanent(asked: &Inquiry) -> i64 {
    PERMANENT + i64::from(asked.id)
}

/// The status of the order (3).
fn status(asked: &Inquiry, quantity: &str) -> Reply {
    let mut body = Body::new(3, asked.version).head("6", 131);
    body.put(&[1], asked.id)
        .put(&[2], "Inactive")
        .put(&[3], "0")
        .put(&[4], quantity);
    body.put(&[5], 0.0)
        .put(&[6], permanent(asked))
        .put(&[7], 0)
        .put(&[8], 0.0);
    body.put(&[9], asked.client_id)
        .put(&[10], "")
        .since(131, &[11], 0.0)
        .reply()
}

/// The end of an order (4): none is active, so none can be cancelled.
pub(super) fn cancel(desk: &mut Desk, asked: &Inquiry) -> Answer {
    let id = asked.id;
    if desk.has_order(id) {
        let text = format!(
            "OrderId {id} that needs to be cancelled cannot be cancelled, state: Inactive."
        );
        return Err(Refusal::new(10148, &text));
    }
    let text = format!("OrderId {id} that needs to be cancelled is not found.");
    Err(Refusal::new(10147, &text))
}
