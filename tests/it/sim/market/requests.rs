//! One request of each kind, in text as of version 178 and in protobuf as of version 226.

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
        contracts(),
        prices(),
        history(),
        accounts(),
        news(),
        orders(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn contracts() -> Vec<Case> {
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

fn prices() -> Vec<Case> {
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

fn history() -> Vec<Case> {
    let about = |number: u32| id(number).message(2, &stock());
    let bars = |number: u32, what: &str| {
        let it = about(number)
            .text(3, "20261120 21:00:00")
            .text(4, "1 hour")
            .text(5, "1 D");
        it.number(6, 1).text(7, what).number(8, 1)
    };
    let ticks = |number: u32, what: &str| {
        let it = about(number)
            .text(3, "20261120 15:00:00")
            .text(4, "")
            .number(5, 3);
        it.text(6, what).number(7, 1)
    };
    // The end of the bars is a message of its own from version 196 on.
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

fn accounts() -> Vec<Case> {
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

fn news() -> Vec<Case> {
    let scan = Message::new()
        .number(1, 2)
        .text(2, "STK")
        .text(3, "STK.US.MAJOR")
        .text(4, "MOST_ACTIVE");
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

fn orders() -> Vec<Case> {
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
