//! Prices of the past.

use super::{Case, case, id, stock};

/// Bars, their schedule, first times and histograms; the end of bars is a message of its own from version 196 on.
pub(super) fn bars() -> Vec<Case> {
    let about = |number: u32| id(number).message(2, &stock());
    let bars = |number: u32, what: &str| {
        let it = about(number)
            .text(3, "20261120 21:00:00")
            .text(4, "1 hour")
            .text(5, "1 D");
        it.number(6, 1).text(7, what).number(8, 1)
    };
    vec![
        case(
            20,
            "31|STOCK|0|20261120 21:00:00|1 hour|1 D|1|TRADES|1|0|",
            bars(31, "TRADES"),
            &[17, 108],
            &["31|20261119 21:00:00 UTC|20261120 21:00:00 UTC|24|20261119 21:00:00 UTC|"],
        ),
        case(
            20,
            "32|STOCK|0|20261120 21:00:00|1 hour|1 D|1|SCHEDULE|1|0|",
            bars(32, "SCHEDULE"),
            &[106],
            &["|UTC|1|20261119-14:30:00|20261119-21:00:00|20261119|"],
        ),
        case(
            87,
            "33|STOCK|0|1|TRADES|1",
            about(33).text(4, "TRADES").number(5, 1),
            &[88],
            &["33|20050103-14:30:00|"],
        ),
        case(90, "33", id(33), &[], &[]),
        case(
            88,
            "34|STOCK|0|1|3 days",
            about(34).text(4, "3 days"),
            &[89],
            &["34|11|177.7|"],
        ),
        case(89, "34", id(34), &[], &[]),
    ]
}

/// Old ticks.
pub(super) fn ticks() -> Vec<Case> {
    let about = |number: u32| id(number).message(2, &stock());
    let ticks = |number: u32, what: &str| {
        let it = about(number)
            .text(3, "20261120 15:00:00")
            .text(4, "")
            .number(5, 3);
        it.text(6, what).number(7, 1)
    };
    vec![
        case(
            96,
            "35|STOCK|0|20261120 15:00:00||3|TRADES|1|0|",
            ticks(35, "TRADES"),
            &[98],
            &["35|3|1795186800|0|", "|NASDAQ||1|"],
        ),
        case(
            96,
            "36|STOCK|0|20261120 15:00:00||3|BID_ASK|1|0|",
            ticks(36, "BID_ASK"),
            &[97],
            &["36|3|1795186800|0|177."],
        ),
        case(
            96,
            "37|STOCK|0|20261120 15:00:00||3|MIDPOINT|1|0|",
            ticks(37, "MIDPOINT"),
            &[96],
            &["37|3|1795186800|0|177."],
        ),
    ]
}
