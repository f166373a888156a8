//! IB's own error and notice numbers, as far as they matter to a connection: what each means and
//! whether it travels on the wire at all.
//!
//! Meanings are those of IB's published list and of the clients' sources.

/// The side that makes a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The Gateway or TWS sends it.
    Wire,
    /// Client libraries make it up; it never travels.
    Library,
}

/// Whether this number only says that a data farm is up or idle, as every login brings it.
pub fn is_routine(number: i32) -> bool {
    matches!(number, 2104 | 2106..=2108 | 2158)
}

/// One number of IB's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IbCode {
    /// The number.
    pub number: u16,
    /// The side that makes it.
    pub origin: Origin,
    /// What it means, in one sentence.
    pub meaning: &'static str,
}

const fn wire(number: u16, meaning: &'static str) -> IbCode {
    IbCode {
        number,
        origin: Origin::Wire,
        meaning,
    }
}

const fn library(number: u16, meaning: &'static str) -> IbCode {
    IbCode {
        number,
        origin: Origin::Library,
        meaning,
    }
}

/// Every number that ibdoc explains, ascending.
pub const ALL: &[IbCode] = &[
    wire(
        100,
        "more than 50 messages a second were sent; the message was dropped",
    ),
    wire(
        162,
        "a request for historical data failed; the text says why",
    ),
    wire(200, "no contract matches the request"),
    wire(201, "an order was rejected; the text says why"),
    wire(202, "an order was cancelled"),
    wire(
        320,
        "the Gateway could not read a request: it did not follow the protocol",
    ),
    wire(
        321,
        "a request was refused as invalid; in Read-Only mode every order request is",
    ),
    wire(
        322,
        "a request could not be processed; for account summaries: too many at once",
    ),
    wire(
        326,
        "the client id is already in use; the Gateway closes the connection",
    ),
    wire(354, "no subscription to this market data"),
    wire(399, "a warning about an order"),
    library(501, "the program is already connected"),
    library(502, "no TCP connection: refused, unreachable, or reset"),
    library(503, "the TWS is too old for the library"),
    library(504, "the program is not connected, or no longer"),
    library(
        505,
        "a message with an unknown id came: the stream is out of step",
    ),
    library(
        506,
        "the version that was negotiated is outside the library's range",
    ),
    library(
        507,
        "a message of a bad length came: often the other side closed in the middle",
    ),
    library(508, "a request could not be sent"),
    wire(
        1100,
        "the Gateway has lost its connection to IBKR; your socket is fine",
    ),
    wire(
        1101,
        "the connection to IBKR is back, and market data has to be asked for again",
    ),
    wire(
        1102,
        "the connection to IBKR is back, and market data goes on",
    ),
    wire(
        1300,
        "the API port was changed in the settings; the Gateway closes the connection",
    ),
    wire(
        2100,
        "the account updates were taken over by another program",
    ),
    wire(2103, "a market data farm is down"),
    wire(2104, "a market data farm is up: good news"),
    wire(2105, "a historical data farm is down"),
    wire(2106, "a historical data farm is up: good news"),
    wire(
        2107,
        "a historical data farm is idle and wakes when it is asked",
    ),
    wire(
        2108,
        "a market data farm is idle and wakes when it is asked",
    ),
    wire(
        2110,
        "the TWS has lost its connection to its server and tries to restore it",
    ),
    wire(2119, "a market data farm is being connected to"),
    wire(2157, "the farm of security definitions is down"),
    wire(2158, "the farm of security definitions is up: good news"),
    wire(
        10197,
        "no market data: the same user has a live session elsewhere",
    ),
];

/// The entry of that number.
pub fn find(number: u16) -> Option<&'static IbCode> {
    ALL.iter().find(|code| code.number == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_ascend_and_those_of_libraries_are_501_to_508() {
        assert!(ALL.is_sorted_by(|a, b| a.number < b.number));
        for code in ALL {
            let made_up = (501..=508).contains(&code.number);
            assert_eq!(code.origin == Origin::Library, made_up, "{}", code.number);
        }
    }
}
