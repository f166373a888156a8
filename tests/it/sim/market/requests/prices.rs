//! Prices as they come.

use super::{Case, case, id, option, stock};

/// Prices and order books.
pub(super) fn quotes() -> Vec<Case> {
    let about = |number: u32| id(number).message(2, &stock());
    vec![
        case(
            1,
            "11|21|STOCK|0||1|0|",
            about(21).number(4, 1),
            &[58, 81, 1, 2, 46, 57],
            &["6|21|1|177.", "1|21|"],
        ),
        case(
            1,
            "11|22|OPTION|0||0|0|",
            id(22).message(2, &option()),
            &[58, 81, 1, 2, 21, 46],
            &["22|13|0|0.2|"],
        ),
        case(2, "2|22", id(22), &[], &[]),
        case(59, "1|3", id(3), &[], &[]),
        case(
            10,
            "5|23|STOCK|3|0|",
            about(23).number(3, 3),
            &[12],
            &["1|23|0|0|0|177.", "1|23|2|0|1|177."],
        ),
        case(11, "1|23|0", id(23), &[], &[]),
        case(
            10,
            "5|24|STOCK|2|1|",
            about(24).number(3, 2).number(4, 1),
            &[13],
            &["1|24|0|NASDAQ|0|1|177."],
        ),
        case(11, "1|24|1", id(24), &[], &[]),
    ]
}

/// Bars of five seconds, and each tick.
pub(super) fn streams() -> Vec<Case> {
    let about = |number: u32| id(number).message(2, &stock());
    vec![
        case(
            50,
            "3|25|STOCK|5|TRADES|1|",
            about(25).number(3, 5).text(4, "TRADES"),
            &[50],
            &["1|25|"],
        ),
        case(51, "1|25", id(25), &[], &[]),
        case(
            97,
            "26|STOCK|Last|0|0",
            about(26).text(3, "Last"),
            &[99],
            &["26|1|", "|NASDAQ|"],
        ),
        case(98, "26", id(26), &[], &[]),
        case(
            97,
            "27|STOCK|BidAsk|0|1",
            about(27).text(3, "BidAsk"),
            &[99],
            &["27|3|"],
        ),
        case(98, "27", id(27), &[], &[]),
        case(
            97,
            "28|STOCK|MidPoint|0|1",
            about(28).text(3, "MidPoint"),
            &[99],
            &["28|4|"],
        ),
        case(98, "28", id(28), &[], &[]),
    ]
}
