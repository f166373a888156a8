//! The account's positions by request, and its profit and loss.

use super::body::Body;
use super::desk::{Desk, Feed, Slot};
use super::inquiry::Inquiry;
use super::price::{count, tidy};
use super::quotes::Answer;
use super::refusal::Refusal;
use crate::sim::account::{self, ACCOUNT};
use crate::wire::{Contract, Reply, ServerVersion};

/// Refuses an account that is not the simulated user's.
fn known_account(name: &str) -> Result<(), Refusal> {
    if account::is_known(name) {
        return Ok(());
    }
    Err(Refusal::invalid("Invalid account code."))
}

/// The positions of one account (71), and their end (72).
pub(super) fn positions(_: &mut Desk, asked: &Inquiry) -> Answer {
    known_account(asked.text(2))?;
    let one = |position: crate::wire::Position| {
        let mut body = Body::new(71, asked.version).head("1", u16::MAX);
        body.put(&[1], asked.id).put(&[2], ACCOUNT);
        put_contract(&mut body, 3, &position.contract);
        body.put(&[4], &position.quantity)
            .put(&[5], position.average_cost);
        body.put(&[6], asked.text(3)).reply()
    };
    let mut replies: Vec<_> = account::positions().map(one).into();
    let mut end = Body::new(72, asked.version).head("1", u16::MAX);
    replies.push(end.put(&[1], asked.id).reply());
    Ok(replies)
}

fn put_contract(body: &mut Body, tag: u32, it: &Contract) {
    body.put(&[tag, 1], it.con_id)
        .put(&[tag, 2], &it.symbol)
        .put(&[tag, 3], &it.sec_type);
    body.put(&[tag, 4], &it.expiry)
        .put(&[tag, 5], it.strike)
        .put(&[tag, 6], &it.right);
    let multiplier = if it.multiplier == 0.0 {
        String::new()
    } else {
        it.multiplier.to_string()
    };
    body.text(&multiplier);
    if it.multiplier != 0.0 {
        body.extra(&[tag, 7], it.multiplier);
    }
    body.put(&[tag, 8], &it.exchange)
        .put(&[tag, 10], &it.currency);
    body.put(&[tag, 11], &it.local_symbol)
        .put(&[tag, 12], &it.trading_class);
}

/// Profit and loss of the account (94), as a stream.
pub(super) fn profit(desk: &mut Desk, asked: &Inquiry) -> Answer {
    known_account(asked.text(2))?;
    desk.open(Slot::Pnl, asked.id, None, Feed::Pnl)?;
    Ok(vec![profit_at(asked.id, 0, asked.version)])
}

/// Profit and loss of the account at a step of the stream.
pub(super) fn profit_at(id: i32, step: i64, version: ServerVersion) -> Reply {
    let it = account::portfolio();
    let daily = f64::from(count(0, step, -50, 100));
    let mut body = Body::new(94, version);
    body.put(&[1], id)
        .put(&[2], daily)
        .since(129, &[3], it.unrealized_pnl);
    body.since(135, &[4], it.realized_pnl).reply()
}

/// Profit and loss of one position (95), as a stream.
pub(super) fn profit_single(desk: &mut Desk, asked: &Inquiry) -> Answer {
    known_account(asked.text(2))?;
    let con_id = asked.int(4);
    if !account::positions()
        .iter()
        .any(|it| it.contract.con_id == con_id)
    {
        return Err(Refusal::invalid("No position in this contract").about(&con_id.to_string()));
    }
    desk.open(Slot::PnlSingle, asked.id, None, Feed::PnlSingle(con_id))?;
    Ok(single_profit_at(asked.id, con_id, 0, asked.version))
}

/// Profit and loss of one position at a step of the stream.
pub(super) fn single_profit_at(
    id: i32,
    con_id: i32,
    step: i64,
    version: ServerVersion,
) -> Vec<Reply> {
    let positions = account::positions();
    let Some(held) = positions.iter().find(|it| it.contract.con_id == con_id) else {
        return Vec::new();
    };
    let quantity: f64 = held.quantity.parse().unwrap_or_default();
    let daily = f64::from(count(con_id, step, -50, 100));
    let cost = quantity * held.average_cost;
    let mut body = Body::new(95, version);
    body.put(&[1], id)
        .put(&[2], &held.quantity)
        .put(&[3], daily);
    body.since(129, &[4], 541.0).since(135, &[5], 0.0);
    vec![body.put(&[6], tidy(cost + 541.0)).reply()]
}
