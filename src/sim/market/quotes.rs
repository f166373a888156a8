//! Market data: quotes, order books and single ticks.

use super::body::Body;
use super::contracts::{self, Instrument};
use super::desk::{Desk, Feed, Slot};
use super::inquiry::Inquiry;
use super::options;
use super::price::{self, count, quote};
use super::refusal::Refusal;
use crate::sim::clock;
use crate::wire::{Reply, ServerVersion};

/// A reply, or an error with the request's id.
pub(super) type Answer = Result<Vec<Reply>, Refusal>;

/// The tick types of bid, ask, last, high, low, volume, close, bid size, ask size, last size, open
/// and the time of the last trade: live ones, and delayed ones.
const TYPES: [[i32; 12]; 2] = [
    [1, 2, 4, 6, 7, 8, 9, 0, 3, 5, 14, 45],
    [66, 67, 68, 72, 73, 74, 75, 69, 70, 71, 76, 88],
];

/// Whose data the simulated login may not see.
pub(super) fn permitted(instrument: &Instrument) -> Result<(), Refusal> {
    if instrument.subscribed {
        return Ok(());
    }
    let text = format!(
        "Requested market data is not subscribed.Delayed market data is available.{} {}/TOP/ALL",
        instrument.symbol, instrument.listed
    );
    Err(Refusal::new(354, &text))
}

/// Market data (1): the first ticks, and a stream unless it is a snapshot.
pub(super) fn market_data(desk: &mut Desk, asked: &Inquiry) -> Answer {
    let instrument = contracts::only(&asked.contract)?;
    if desk.data_type < 3 {
        permitted(&instrument)?;
    }
    let known = |tick: &str| {
        tick.is_empty() || tick == "mdoff" || tick.starts_with(|it: char| it.is_ascii_digit())
    };
    let list = asked.text(3);
    if !list.split(',').all(|tick| known(tick.trim())) {
        return Err(Refusal::invalid(&format!(
            "Incorrect generic tick list of {list}."
        )));
    }
    let delayed = !instrument.subscribed;
    let (id, version) = (asked.id, asked.version);
    if !asked.flag(4) {
        desk.open(
            Slot::Quotes,
            id,
            Some(instrument.clone()),
            Feed::Quotes { delayed },
        )?;
    }
    let mut replies = vec![
        Body::new(58, version)
            .head("1", u16::MAX)
            .put(&[1], id)
            .put(&[2], if delayed { 3 } else { 1 })
            .reply(),
    ];
    if version >= ServerVersion(114) {
        let mut body = Body::new(81, version);
        body.put(&[1], id).put(&[2], &instrument.tick.to_string());
        replies.push(body.put(&[3], "9c0001").put(&[4], 3).reply());
    }
    replies.extend(first_ticks(id, &instrument, delayed, version));
    if asked.flag(4) {
        replies.push(
            Body::new(57, version)
                .head("1", u16::MAX)
                .put(&[1], id)
                .reply(),
        );
    }
    Ok(replies)
}

fn first_ticks(
    id: i32,
    instrument: &Instrument,
    delayed: bool,
    version: ServerVersion,
) -> Vec<Reply> {
    let types = TYPES[usize::from(delayed)];
    let price = |kind: usize, price: f64| {
        tick_price(
            id,
            types[kind],
            price::on_grid(instrument, price),
            0,
            version,
        )
    };
    let mut replies = ticks(id, instrument, delayed, 0, version);
    replies.extend([
        price(3, instrument.price * 1.008),
        price(4, instrument.price * 0.992),
        price(6, instrument.price * 0.997),
        price(10, instrument.price * 0.999),
        tick_size(
            id,
            types[5],
            count(instrument.con_id, 7, 10_000, 90_000),
            version,
        ),
        tick_string(id, types[11], &clock::epoch_seconds().to_string(), version),
    ]);
    replies
}

/// The ticks of one step of a stream.
pub(super) fn ticks(
    id: i32,
    instrument: &Instrument,
    delayed: bool,
    step: i64,
    version: ServerVersion,
) -> Vec<Reply> {
    let types = TYPES[usize::from(delayed)];
    let now = quote(instrument, step);
    let sides = [
        (0, now.bid, 7, now.bid_size),
        (1, now.ask, 8, now.ask_size),
        (2, now.last, 9, now.last_size),
    ];
    let mut replies = Vec::new();
    for (kind, price, size_kind, size) in sides {
        replies.push(tick_price(id, types[kind], price, size, version));
        replies.push(tick_size(id, types[size_kind], size, version));
    }
    if instrument.sec_type == "OPT" {
        let kind = if delayed { 83 } else { 13 };
        let value = options::computed(instrument, now.last);
        replies.push(options::computation(id, kind, &value, version));
    }
    replies
}

fn tick_price(id: i32, kind: i32, price: f64, size: i32, version: ServerVersion) -> Reply {
    let mut body = Body::new(1, version).head("6", u16::MAX);
    body.put(&[1], id).put(&[2], kind).put(&[3], price);
    body.put(&[4], &size.to_string()).put(&[5], 0).reply()
}

fn tick_size(id: i32, kind: i32, size: i32, version: ServerVersion) -> Reply {
    let mut body = Body::new(2, version).head("6", u16::MAX);
    body.put(&[1], id)
        .put(&[2], kind)
        .put(&[3], &size.to_string())
        .reply()
}

fn tick_string(id: i32, kind: i32, value: &str, version: ServerVersion) -> Reply {
    let mut body = Body::new(46, version).head("6", u16::MAX);
    body.put(&[1], id).put(&[2], kind).put(&[3], value).reply()
}

/// The kind of market data from now on (59).
pub(super) fn data_type(desk: &mut Desk, asked: &Inquiry) -> Answer {
    let kind = asked.int(1);
    if !(1..=4).contains(&kind) {
        return Err(Refusal::invalid(&format!(
            "Invalid market data type: {kind}"
        )));
    }
    desk.data_type = kind;
    Ok(Vec::new())
}

/// Market depth (10): the whole book, and a row of it each second.
pub(super) fn depth(desk: &mut Desk, asked: &Inquiry) -> Answer {
    let instrument = contracts::only(&asked.contract)?;
    if instrument.sec_type == "IND" || !instrument.subscribed {
        let text = format!(
            "Deep market data is not supported for this combination of security \
            type/exchange: {} {}",
            instrument.sec_type, instrument.listed
        );
        return Err(Refusal::new(10092, &text));
    }
    let rows = match asked.int(3) {
        rows @ 1..=20 => rows,
        rows => return Err(Refusal::invalid(&format!("Invalid number of rows: {rows}"))),
    };
    let smart = asked.flag(4);
    desk.open(
        Slot::Depth,
        asked.id,
        Some(instrument.clone()),
        Feed::Depth { rows, smart },
    )?;
    let row = |row: i32| {
        [0, 1].map(|side| {
            depth_row(
                asked.id,
                &instrument,
                (row, 0, side),
                smart,
                0,
                asked.version,
            )
        })
    };
    Ok((0..rows).flat_map(row).collect())
}

/// One row of the book: its place, what happens to it (0 inserted, 1 updated), and its side (0 ask,
/// 1 bid).
pub(super) fn depth_row(
    id: i32,
    instrument: &Instrument,
    (row, operation, side): (i32, i32, i32),
    smart: bool,
    step: i64,
    version: ServerVersion,
) -> Reply {
    let away = f64::from(row) * instrument.tick;
    let now = quote(instrument, step);
    let price = if side == 0 {
        now.ask + away
    } else {
        now.bid - away
    };
    let price = price::on_grid(instrument, price);
    let shares = count(instrument.con_id, step + i64::from(row * 2 + side), 1, 30) * 100;
    let mut body = Body::new(if smart { 13 } else { 12 }, version).head("1", u16::MAX);
    body.put(&[1], id).put(&[2, 1], row);
    if smart {
        body.put(&[2, 6], instrument.listed);
    }
    body.put(&[2, 2], operation)
        .put(&[2, 3], side)
        .put(&[2, 4], price);
    body.put(&[2, 5], &shares.to_string());
    if smart {
        body.since(146, &[2, 7], true);
    }
    body.reply()
}

/// Single ticks (97), by the name of their type.
pub(super) fn tick_by_tick(desk: &mut Desk, asked: &Inquiry) -> Answer {
    let instrument = contracts::only(&asked.contract)?;
    let kind = match asked.text(3) {
        "Last" => 1,
        "AllLast" => 2,
        "BidAsk" => 3,
        "MidPoint" => 4,
        other => {
            return Err(Refusal::invalid(&format!("Invalid tick type: {other}")));
        }
    };
    let has_trades = !matches!(instrument.sec_type, "CASH");
    if !instrument.subscribed || (kind < 3 && !has_trades) {
        let text = format!(
            "Failed to request tick-by-tick data:No market data permissions for {} {}",
            instrument.listed, instrument.sec_type
        );
        return Err(Refusal::new(10189, &text));
    }
    let feed = Feed::TickByTick(kind);
    desk.open(Slot::TickByTick, asked.id, Some(instrument.clone()), feed)?;
    Ok(vec![single_tick(
        asked.id,
        &instrument,
        kind,
        0,
        asked.version,
    )])
}

/// One single tick: 1 and 2 are trades, 3 is a quote, 4 a price in the middle.
pub(super) fn single_tick(
    id: i32,
    instrument: &Instrument,
    kind: i32,
    step: i64,
    version: ServerVersion,
) -> Reply {
    let now = quote(instrument, step);
    let time = clock::epoch_seconds();
    let mut body = Body::new(99, version);
    body.put(&[1], id).put(&[2], kind);
    match kind {
        1 | 2 => {
            body.put(&[3, 1], time).put(&[3, 3], now.last);
            body.put(&[3, 4], &now.last_size.to_string());
            body.text("0")
                .put(&[3, 5], instrument.listed)
                .put(&[3, 6], "");
        }
        3 => {
            body.put(&[4, 1], time)
                .put(&[4, 3], now.bid)
                .put(&[4, 4], now.ask);
            body.put(&[4, 5], &now.bid_size.to_string());
            body.put(&[4, 6], &now.ask_size.to_string()).text("0");
        }
        _ => {
            let middle = price::tidy(f64::midpoint(now.bid, now.ask));
            body.put(&[5, 1], time)
                .put(&[5, 2], middle)
                .extra(&[5, 3], "0");
        }
    }
    body.reply()
}
