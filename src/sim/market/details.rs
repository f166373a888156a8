//! What contracts are: details, symbols, options of an underlying, rules of prices, exchanges.

use super::body::Body;
use super::contracts::{self, EXPIRIES, Instrument};
use super::desk::Desk;
use super::inquiry::Inquiry;
use super::quotes::Answer;
use super::refusal::Refusal;
use crate::wire::Reply;

/// The order types that every contract allows.
const ORDER_TYPES: &str = "ACTIVETIM,AD,ADJUST,ALERT,DAY,GTC,LMT,MKT,STP,STPLMT,TRAIL";
/// Most matching symbols that are sent.
const MOST_SYMBOLS: usize = 16;
/// The numbers of the price rules, and the step of each.
const RULES: [(i32, f64); 4] = [(26, 0.01), (59, 0.005), (67, 0.25), (239, 0.000_05)];

/// Contract details (9): one each for what fits, and their end.
pub(super) fn contract_details(_: &mut Desk, asked: &Inquiry) -> Answer {
    let found = contracts::find(&asked.contract)?;
    let mut replies: Vec<_> = found.iter().map(|it| details(it, asked)).collect();
    let mut end = Body::new(52, asked.version).head("1", u16::MAX);
    replies.push(end.put(&[1], asked.id).reply());
    Ok(replies)
}

/// The exchange of a contract as the request named it.
fn exchange(it: &Instrument, asked: &Inquiry) -> String {
    match asked.contract.text(8) {
        "" => it.routed().to_owned(),
        named => named.to_uppercase(),
    }
}

fn details(it: &Instrument, asked: &Inquiry) -> Reply {
    let mut body = Body::new(10, asked.version).head("8", 164);
    body.put(&[1], asked.id);
    contract(&mut body, it, asked);
    trade(&mut body, it);
    hours(&mut body);
    identifiers(&mut body, it);
    later_fields(&mut body, it);
    body.reply()
}

/// The contract itself, and the step of its price.
fn contract(body: &mut Body, it: &Instrument, asked: &Inquiry) {
    body.put(&[2, 2], it.symbol).put(&[2, 3], it.sec_type);
    body.put(&[2, 4], it.expiry).since(182, &[2, 21], it.expiry);
    body.put(&[2, 5], it.strike)
        .put(&[2, 6], it.right)
        .put(&[2, 8], &exchange(it, asked));
    body.put(&[2, 10], it.currency)
        .put(&[2, 11], &it.local_symbol);
    body.put(&[3, 1], it.class)
        .put(&[2, 12], it.class)
        .put(&[2, 1], it.con_id);
    // The step of the price is text in protobuf.
    body.put(&[3, 2], &it.tick.to_string());
    if body.speaks(110) && !body.speaks(164) {
        body.text("100");
    }
    body.text(&it.multiplier_text());
    if it.multiplier != 0 {
        body.extra(&[2, 7], f64::from(it.multiplier));
    }
}

/// Where it is traded, and what its company does.
fn trade(body: &mut Body, it: &Instrument) {
    body.put(&[3, 3], ORDER_TYPES)
        .put(&[3, 4], &it.exchanges())
        .put(&[3, 5], 1)
        .put(&[3, 6], it.under);
    body.put(&[3, 7], it.name)
        .put(&[2, 9], if it.is_routed() { it.listed } else { "" });
    body.put(&[3, 8], it.expiry.get(..6).unwrap_or_default());
    let (industry, category) = match it.sec_type {
        "STK" if !is_fund(it) => ("Technology", "Computers"),
        _ => ("", ""),
    };
    body.put(&[3, 9], industry)
        .put(&[3, 10], category)
        .put(&[3, 11], "");
}

fn is_fund(it: &Instrument) -> bool {
    it.symbol == "SPY"
}

/// Open from 14:30 to 21:00, the simulator's only hours.
fn hours(body: &mut Body) {
    let hours = "20271115:1430-20271115:2100;20271116:1430-20271116:2100";
    body.put(&[3, 12], "UTC")
        .put(&[3, 13], hours)
        .put(&[3, 14], hours);
    body.put(&[3, 15], "").text("0").extra(&[3, 16], 0.0);
}

fn identifiers(body: &mut Body, it: &Instrument) {
    let isin = Some(it.isin).filter(|isin| !isin.is_empty());
    body.text(if isin.is_some() { "1" } else { "0" });
    if let Some(isin) = isin {
        body.put(&[3, 17, 1], "ISIN").put(&[3, 17, 2], isin);
    }
}

/// What newer versions have besides.
fn later_fields(body: &mut Body, it: &Instrument) {
    let under = contracts::numbered(it.under);
    let (under_symbol, under_type) = under
        .as_ref()
        .map_or(("", ""), |it| (it.symbol, it.sec_type));
    body.since(121, &[3, 18], 1)
        .since(122, &[3, 19], under_symbol)
        .since(122, &[3, 20], under_type);
    let exchanges = it.exchanges();
    let rules = vec![rule(it).to_string(); exchanges.split(',').count()].join(",");
    let kind = match it.sec_type {
        "STK" if is_fund(it) => "ETF",
        "STK" => "COMMON",
        _ => "",
    };
    body.since(126, &[3, 21], &rules)
        .since(134, &[3, 22], it.expiry)
        .since(152, &[3, 23], kind);
    if body.speaks(163) && !body.speaks(164) {
        body.text("1");
    }
    let size = if it.sec_type == "CASH" { "0.01" } else { "1" };
    body.since(164, &[3, 24], size)
        .since(164, &[3, 25], size)
        .since(164, &[3, 26], "100");
    if body.speaks(186) {
        body.text("0");
    }
}

/// The number of the price rule of a contract.
fn rule(it: &Instrument) -> i32 {
    let rule = RULES
        .iter()
        .find(|(_, step)| step.total_cmp(&it.tick).is_eq());
    rule.map_or(26, |(number, _)| *number)
}

/// The steps of the price under a rule (93).
pub(super) fn market_rule(_: &mut Desk, asked: &Inquiry) -> Answer {
    let number = asked.int(1);
    let Some((_, step)) = RULES.iter().find(|(known, _)| *known == number) else {
        return Err(Refusal::invalid(&format!(
            "Invalid market rule id: {number}"
        )));
    };
    let mut body = Body::new(93, asked.version);
    body.put(&[1], number)
        .list(2, &[(0.0, *step)], |body, (from, step)| {
            body.put(&[1], *from).put(&[2], *step);
        });
    Ok(vec![body.reply()])
}

/// The stocks and indices whose symbol or name has the pattern (79).
pub(super) fn matching_symbols(asked: &Inquiry) -> Reply {
    let pattern = asked.text(2).to_uppercase();
    let fits = |it: &Instrument| {
        let is_base = matches!(it.sec_type, "STK" | "IND");
        let name = it.name.to_uppercase();
        is_base
            && !pattern.is_empty()
            && (it.symbol.starts_with(&pattern) || name.contains(&pattern))
    };
    let found: Vec<_> = contracts::all().filter(fits).take(MOST_SYMBOLS).collect();
    let mut body = Body::new(79, asked.version);
    body.put(&[1], asked.id).list(2, &found, |body, it| {
        body.put(&[1, 1], it.con_id)
            .put(&[1, 2], it.symbol)
            .put(&[1, 3], it.sec_type);
        body.put(&[1, 9], it.listed).put(&[1, 10], it.currency);
        let derived: &[&str] = if contracts::strikes(it.con_id).is_empty() {
            &[]
        } else {
            &["OPT"]
        };
        body.values(2, derived);
        body.since(176, &[1, 15], it.name).since(176, &[1, 16], "");
    });
    body.reply()
}

/// The expiries and strikes of the options on a contract (75), and their end (76).
pub(super) fn option_parameters(_: &mut Desk, asked: &Inquiry) -> Answer {
    let under = contracts::numbered(asked.int(5));
    let fits = |it: &Instrument| it.symbol == asked.text(2) && it.sec_type == asked.text(4);
    let Some(under) = under.filter(fits) else {
        let about = format!("{} {} {}", asked.text(2), asked.text(4), asked.int(5));
        return Err(Refusal::invalid("Invalid contract id").about(&about));
    };
    let strikes = contracts::strikes(under.con_id);
    let exchanges: &[&str] = if strikes.is_empty() {
        &[]
    } else {
        &["SMART", "CBOE"]
    };
    let wanted = |exchange: &&&str| asked.text(3).is_empty() || asked.text(3) == **exchange;
    let one = |exchange: &&str| {
        let mut body = Body::new(75, asked.version);
        body.put(&[1], asked.id)
            .put(&[2], *exchange)
            .put(&[3], under.con_id);
        body.put(&[4], under.symbol).put(&[5], "100");
        body.values(6, &EXPIRIES).values(7, &strikes).reply()
    };
    let mut replies: Vec<_> = exchanges.iter().filter(wanted).map(one).collect();
    replies.push(Body::new(76, asked.version).put(&[1], asked.id).reply());
    Ok(replies)
}

/// The exchanges with order books (80).
pub(super) fn depth_exchanges(asked: &Inquiry) -> Reply {
    let rows = [
        ("NASDAQ", "STK"),
        ("NYSE", "STK"),
        ("ARCA", "STK"),
        ("CME", "FUT"),
        ("IDEALPRO", "CASH"),
    ];
    let mut body = Body::new(80, asked.version);
    body.list(1, &rows, |body, (exchange, kind)| {
        body.put(&[1], *exchange).put(&[2], *kind);
        body.since(120, &[3], "")
            .since(120, &[4], "Deep2")
            .since(120, &[5], 1);
        if !body.speaks(120) {
            body.text("1");
        }
    });
    body.reply()
}

/// The exchanges behind a combined quote (82).
pub(super) fn smart_components(_: &mut Desk, asked: &Inquiry) -> Answer {
    if asked.text(2).is_empty() || !"9c0001".starts_with(asked.text(2)) {
        return Err(Refusal::invalid("Invalid exchange map id").about(asked.text(2)));
    }
    let rows = [
        (0, "NASDAQ", "Q"),
        (1, "NYSE", "N"),
        (2, "ARCA", "P"),
        (3, "CBOE", "B"),
    ];
    let mut body = Body::new(82, asked.version);
    body.put(&[1], asked.id)
        .list(2, &rows, |body, (bit, exchange, letter)| {
            body.put(&[1], *bit).put(&[2], *exchange).put(&[3], *letter);
        });
    Ok(vec![body.reply()])
}
