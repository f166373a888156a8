//! News, lists, accounts and orders.

use super::{ACCOUNT, Case, case, id, option, stock};
use crate::sim::market::Message;

/// News and bulletins.
pub(super) fn news() -> Vec<Case> {
    vec![
        case(
            85,
            "",
            Message::new(),
            &[85],
            &["2|BRFG|Briefing.com General Market Columns|DJNL|"],
        ),
        case(
            84,
            "51|BRFG|BRFG$00000001|",
            id(51).text(2, "BRFG").text(3, "BRFG$00000001"),
            &[83],
            &["51|0|Simulated headline"],
        ),
        case(
            86,
            "52|265598|BRFG+DJNL|||2|",
            id(52)
                .number(2, 265_598)
                .text(3, "BRFG+DJNL")
                .text(4, "")
                .text(5, "")
                .number(6, 2),
            &[86, 87],
            &["52|2026-11-22 10:00:00.0|BRFG|BRFG$00000001|", "52|1|"],
        ),
        case(
            12,
            "1|1",
            id(1),
            &[14],
            &["1|1|1|This is a simulated Gateway.|"],
        ),
        case(13, "1", Message::new(), &[], &[]),
    ]
}

/// Scanners and groups of displays.
pub(super) fn lists() -> Vec<Case> {
    let scan = Message::new()
        .number(1, 2)
        .text(2, "STK")
        .text(3, "STK.US.MAJOR")
        .text(4, "MOST_ACTIVE");
    vec![
        case(
            24,
            "1",
            Message::new(),
            &[19],
            &["<scanCode>MOST_ACTIVE</scanCode>"],
        ),
        case(
            22,
            "53|2|STK|STK.US.MAJOR|MOST_ACTIVE|||||||||||||||||||||",
            id(53).message(2, &scan),
            &[20],
            &["3|53|2|0|265598|AAPL|STK||0.0||SMART|USD|AAPL|NMS|NMS|"],
        ),
        case(23, "1|53", id(53), &[], &[]),
        case(67, "1|54", id(54), &[67], &["1|54|1|2|3|"]),
        case(68, "1|55|1", id(55).number(2, 1), &[68], &["1|55|none|"]),
        case(
            69,
            "1|55|8314@SMART",
            id(55).text(2, "8314@SMART"),
            &[68],
            &["1|55|8314@SMART|"],
        ),
        case(70, "1|55", id(55), &[], &[]),
    ]
}

/// Profit and loss, positions of models, families and user info.
pub(super) fn accounts() -> Vec<Case> {
    let of = |number: u32| id(number).text(2, ACCOUNT).text(3, "");
    vec![
        case(
            74,
            "1|41|DU9000021|",
            of(41),
            &[71, 72],
            &[
                "1|41|DU9000021|265598|AAPL|STK||0.0|||NASDAQ|USD|AAPL|NMS|100|172.34||",
                "1|41|",
            ],
        ),
        case(75, "1|41", id(41), &[], &[]),
        case(92, "42|DU9000021|", of(42), &[94], &["42|", "|541.0|0.0|"]),
        case(93, "42", id(42), &[], &[]),
        case(
            94,
            "43|DU9000021||265598",
            of(43).number(4, 265_598),
            &[95],
            &["43|100|", "|17775.0|"],
        ),
        case(95, "43", id(43), &[], &[]),
        case(80, "1", Message::new(), &[78], &["1|DU9000021|F9000021|"]),
        case(104, "44", id(44), &[107], &["44||"]),
    ]
}

/// Orders and what is refused of them, and exercises.
pub(super) fn orders() -> Vec<Case> {
    let order = Message::new()
        .text(5, "BUY")
        .text(6, "10")
        .text(8, "LMT")
        .real(9, 100.0);
    let exercise = id(62)
        .message(2, &option())
        .number(3, 1)
        .number(4, 1)
        .text(5, ACCOUNT)
        .number(6, 0);
    vec![
        case(
            3,
            "61|STOCK|||BUY|10|LMT|100.0||||||||||||||||||||||||||",
            id(61).message(2, &stock()).message(3, &order),
            &[5, 4, 3],
            &[
                "61|265598|AAPL|STK|",
                "|BUY|10|LMT|100.0|",
                "|0|Inactive|",
                "61|Inactive|0|10|0.0|900000061|0|0.0|7||0.0|",
                "code: 201",
                "req_id: 61",
            ],
        ),
        case(
            21,
            "2|62|0|SPY|OPT|20271217|600.0|C|100|SMART|USD|||1|1|DU9000021|0",
            exercise,
            &[4, 3],
            &["62|Inactive|0|1|"],
        ),
        case(58, "1", Message::new(), &[], &[]),
        case(14, "1|5", id(5), &[], &[]),
    ]
}
