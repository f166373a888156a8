//! One request of each kind, in text as of version 178 and in protobuf as of version 226.

mod contracts;
mod history;
mod others;
mod prices;

use super::Message;

/// A request, and what answers it.
pub(crate) struct Case {
    pub(crate) id: u32,
    pub(crate) text: String,
    pub(crate) protobuf: Message,
    /// The ids of the replies, each once, in the order in which they first come.
    pub(crate) replies: &'static [u32],
    /// What the text form of the replies holds.
    pub(crate) says: &'static [&'static str],
}

pub(crate) const ACCOUNT: &str = "DU9000021";

fn stock_text() -> &'static str {
    "0|AAPL|STK||0.0|||SMART||USD||"
}

pub(crate) fn stock() -> Message {
    contract("AAPL", "STK", "SMART")
}

fn contract(symbol: &str, kind: &str, exchange: &str) -> Message {
    let it = Message::new().text(2, symbol).text(3, kind);
    it.text(8, exchange).text(10, "USD")
}

fn option() -> Message {
    contract("SPY", "OPT", "SMART")
        .text(4, "20271217")
        .real(5, 600.0)
        .text(6, "C")
        .real(7, 100.0)
}

fn option_text() -> &'static str {
    "0|SPY|OPT|20271217|600.0|C|100|SMART||USD||"
}

fn id(number: u32) -> Message {
    Message::new().number(1, number)
}

fn case(
    id: u32,
    text: &str,
    protobuf: Message,
    replies: &'static [u32],
    says: &'static [&'static str],
) -> Case {
    let text = text
        .replace("STOCK", stock_text())
        .replace("OPTION", option_text());
    Case {
        id,
        text,
        protobuf,
        replies,
        says,
    }
}

/// Every kind of request that is served.
pub(crate) fn cases() -> Vec<Case> {
    [
        contracts::details(),
        contracts::definitions(),
        prices::quotes(),
        prices::streams(),
        history::bars(),
        history::ticks(),
        others::accounts(),
        others::news(),
        others::lists(),
        others::orders(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
