//! What contracts are.

use super::{Case, case, contract, id, option, stock};
use crate::sim::market::Message;

/// Details of a stock, an option, a currency and a future.
pub(super) fn details() -> Vec<Case> {
    let about = |number: u32| id(number).message(2, &stock());
    vec![
        case(
            9,
            "8|11|STOCK|0||||",
            about(11),
            &[10, 52],
            &["|265598|", "APPLE INC", "US0378331005", "1|11|"],
        ),
        case(
            9,
            "8|12|OPTION|0||||",
            id(12).message(2, &option()),
            &[10, 52],
            &["SPY   271217C00600000", "|690123456|"],
        ),
        case(
            9,
            "8|13|12087792||||||||||||0||||",
            id(13).message(2, &Message::new().number(1, 12_087_792)),
            &[10, 52],
            &["EUR.USD", "IDEALPRO"],
        ),
        case(
            9,
            "8|14|0|ES|FUT|202712|0|||CME||USD|||0||||",
            id(14).message(2, &contract("ES", "FUT", "CME").text(4, "202712")),
            &[10, 52],
            &["ESZ7", "|20271217|", "|50|"],
        ),
    ]
}

/// Symbols, chains of options, rules, exchanges, and what an option is worth.
pub(super) fn definitions() -> Vec<Case> {
    vec![
        case(
            81,
            "15|AA",
            id(15).text(2, "AA"),
            &[79],
            &["15|1|265598|AAPL|STK|NASDAQ|USD|1|OPT|"],
        ),
        case(
            78,
            "16|SPY||STK|756733",
            id(16)
                .text(2, "SPY")
                .text(3, "")
                .text(4, "STK")
                .number(5, 756_733),
            &[75, 76],
            &[
                "16|SMART|756733|SPY|100|3|20271217|",
                "|5|580.0|590.0|",
                "16|",
            ],
        ),
        case(91, "26", id(26), &[93], &["26|1|0.0|0.01|"]),
        case(82, "", Message::new(), &[80], &["5|NASDAQ|STK||Deep2|1|"]),
        case(
            83,
            "17|9c0001",
            id(17).text(2, "9c0001"),
            &[82],
            &["17|4|0|NASDAQ|Q|"],
        ),
        case(79, "18", id(18), &[77], &["18|0|"]),
        case(
            54,
            "3|19|OPTION|50.0|600.0|",
            id(19).message(2, &option()).real(3, 50.0).real(4, 600.0),
            &[21],
            &["19|53|0|0."],
        ),
        case(
            55,
            "3|20|OPTION|0.2|600.0|",
            id(20).message(2, &option()).real(3, 0.2).real(4, 600.0),
            &[21],
            &["20|53|0|0.2|0."],
        ),
    ]
}
