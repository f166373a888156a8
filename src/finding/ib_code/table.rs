//! The table of IB's numbers.
//!
//! Meanings are those of IB's published list and of the clients' sources; where a meaning is only
//! reported by users, or not known, the text says so.

use super::{IbCode, Origin};
use crate::finding::Code;
use crate::finding::Code::{
    AccountNotReady, AccountsEmpty, ClientIdInUse, ClosedAfterStart, ClosedBeforeVersion,
    CompetingSession, DataFarmDown, Dropped, GatewaySays, GatewayStarting, NotListening,
    NotResolved, NotTwsProtocol, Pacing, PaperDisclaimer, PortChanged, ReadOnlyApi, SyncRefused,
    SyncTimeout, TooManySubscriptions, Unreachable, UpstreamLost, VersionUnsupported,
};

const fn wire(
    number: i32,
    meaning: &'static str,
    remedies: &'static [&'static str],
    findings: &'static [Code],
) -> IbCode {
    entry(number, Origin::Wire, meaning, remedies, findings)
}

const fn library(
    number: i32,
    meaning: &'static str,
    remedies: &'static [&'static str],
    findings: &'static [Code],
) -> IbCode {
    entry(number, Origin::Library, meaning, remedies, findings)
}

const fn entry(
    number: i32,
    origin: Origin,
    meaning: &'static str,
    remedies: &'static [&'static str],
    findings: &'static [Code],
) -> IbCode {
    IbCode {
        number,
        last: number,
        origin,
        meaning,
        remedies,
        findings,
    }
}

const NOTHING: &str = "nothing: it is no error";
const DELAYED: &str = "or ask for delayed data first: market data type 3";
const SUBSCRIBE: &str = "check the market data subscriptions of this user in IBKR's Client Portal";
const CONNECT_AGAIN: &str = "look at what was logged just before it, and connect again";

/// Every number that ibdoc explains, ascending.
pub const ALL: &[IbCode] = &[
    wire(
        -1,
        "not an error number but a request id: the message belongs to no request of yours; in the C# client also the number of an error without one",
        &["look at the error number beside it"],
        &[],
    ),
    wire(
        0,
        "a notice without a number; the usual one warns that the limit of 50 messages a second is near",
        &["read its text; if it is about the rate, send fewer messages"],
        &[Pacing],
    ),
    wire(
        100,
        "more than 50 messages a second were sent; the Gateway may disconnect the client if that goes on",
        &[
            "send fewer than 50 messages a second: many clients have a throttle of their own",
            "cancel and ask again less often: cancels count too",
        ],
        &[Pacing, Dropped],
    ),
    wire(
        101,
        "all market data lines of this login are in use (100 by default), those of other programs and of TWS windows included",
        &["cancel data that is no longer needed, or buy more lines"],
        &[],
    ),
    wire(
        103,
        "an order id was used twice; the Gateway wants ids above all earlier ones of this client id",
        &["take the id from nextValidId (message 9) after each connect, and count up from it"],
        &[],
    ),
    wire(
        162,
        "a request for historical data failed; the text says why: no data, no permission, a pacing violation, or a login elsewhere",
        &[
            "for a pacing violation: at most 60 requests in ten minutes, no identical ones within 15 s",
        ],
        &[],
    ),
    wire(
        200,
        "no contract matches the request, or more than one does",
        &["name exchange, currency and security type, or the contract id"],
        &[],
    ),
    wire(201, "an order was rejected; the text says why", &[], &[]),
    wire(
        202,
        "an order was cancelled; that is the confirmation, unless the text gives a reason",
        &[],
        &[],
    ),
    wire(
        300,
        "a cancel or a change named a market data request that the Gateway does not have: it had ended or was refused before",
        &[
            "harmless after a reconnect or a snapshot; otherwise look for the error that ended the request",
        ],
        &[],
    ),
    wire(
        309,
        "the number of market depth requests at a time is used up (3 by default)",
        &["cancel one before asking for the next"],
        &[],
    ),
    wire(
        317,
        "the order book of a market depth request was reset",
        &[
            "empty your copy of the book before the next entries; nothing is wrong with the connection",
        ],
        &[],
    ),
    wire(
        320,
        "the Gateway could not read a request: it did not follow the protocol, often because the library is made for another version",
        &["use a library that knows this Gateway's version: `ibdoc handshake` tells it"],
        &[SyncRefused],
    ),
    wire(
        321,
        "a request was refused as invalid. In Read-Only mode every request about orders and ids is; \"Invalid account code\" is about the account that was named",
        &[
            "read the text: for Read-Only API untick it in the API settings, if orders are wanted",
            "for an account code: name an account of the list, with an advisor's login not the master",
        ],
        &[ReadOnlyApi, SyncRefused],
    ),
    wire(
        322,
        "a request could not be processed. For account summaries: a third at a time, or more than 50 accounts; for others the text says why",
        &["cancel account summaries that are done; other programs on this Gateway count too"],
        &[TooManySubscriptions, SyncRefused],
    ),
    wire(
        323,
        "the Gateway failed while it read a request; the text gives its own cause",
        &["compare the library's version with the Gateway's: `ibdoc handshake` tells it"],
        &[SyncRefused],
    ),
    wire(
        326,
        "the client id is already in use; the Gateway closes the connection. An id may stay taken for ten seconds and more after its program has ended",
        &[
            "use another client id, or end the program that has it",
            "after a quick reconnect: wait ten seconds and more",
            "if it stays taken although no program has it: only a restart of the Gateway frees it",
        ],
        &[ClientIdInUse],
    ),
    wire(
        327,
        "only client id 0 may bind the orders that were placed by hand in TWS",
        &["connect with client id 0 for that, or leave auto-open-orders out"],
        &[SyncRefused],
    ),
    wire(
        330,
        "only advisors and brokers with sub-accounts may ask for that list of accounts",
        &["take the accounts that come by themselves after the connect"],
        &[SyncRefused],
    ),
    wire(
        331,
        "the advisor's login has no managed accounts at the moment",
        &["wait a minute after the login and try again; otherwise ask IBKR"],
        &[AccountsEmpty],
    ),
    wire(
        344,
        "the request is for financial advisors, and this account is none",
        &["leave the request out: the connection is fine"],
        &[SyncRefused],
    ),
    wire(
        354,
        "no subscription to this market data",
        &[SUBSCRIBE, DELAYED],
        &[],
    ),
    wire(
        357,
        "the client's version is too old for this Gateway or for this request",
        &["update the client library"],
        &[VersionUnsupported],
    ),
    wire(
        366,
        "a cancel named a historical data request that the Gateway does not have: it had ended before",
        &["harmless: do not cancel what is finished"],
        &[],
    ),
    wire(
        399,
        "a warning about an order, often only that it waits for the market to open",
        &[],
        &[],
    ),
    wire(
        420,
        "a request for live bars or ticks was refused; the text says why: no permission, too fast, or a login from another address",
        &[SUBSCRIBE],
        &[CompetingSession],
    ),
    library(
        501,
        "the program is already connected and connects once more",
        &["disconnect first, or use one connection for everything"],
        &[],
    ),
    library(
        502,
        "no TCP connection came about, or it ended at once: Gateway not running or its login not finished, another port or host, the API switched off (TWS), an address that is not trusted, a firewall, or 32 clients already connected",
        &[
            "run `ibdoc probe`: it says whether anything listens, and on which port",
            "compare the port with Configure > Settings > API > Settings > Socket port",
            "in a container use the Gateway's service name and the container's port, not 127.0.0.1",
        ],
        &[
            NotListening,
            Unreachable,
            GatewayStarting,
            ClosedBeforeVersion,
            NotResolved,
        ],
    ),
    library(
        503,
        "the Gateway or TWS is too old for the library, or for this one request",
        &["update the Gateway or TWS, or leave the request out"],
        &[VersionUnsupported],
    ),
    library(
        504,
        "the program is not connected: it asks before the connect was finished, or after the connection was lost",
        &[
            "wait for nextValidId (message 9) before the first request",
            CONNECT_AGAIN,
        ],
        &[NotListening, ClosedAfterStart, Dropped],
    ),
    library(
        505,
        "a message with an unknown id came: the stream is out of step, or the library is older than the Gateway",
        &["update the library; look whether two threads read or write the same socket"],
        &[VersionUnsupported, NotTwsProtocol],
    ),
    library(
        506,
        "the library does not accept the version that came: the Gateway is older or newer than its range (@stoqey/ib 1.6 takes none above 193), or the answer was not read as a version: a relay, another service, or one packet with more in it (old official clients)",
        &["run `ibdoc handshake`: it tells the version and which clients accept it"],
        &[VersionUnsupported, NotTwsProtocol],
    ),
    library(
        507,
        "a message of a bad length came; in Java any end of the stream: the Gateway closed in the middle, as when the client id is taken, the session is logged out or TWS is locked",
        &[
            "look for 326 just before it; without one nothing proves that the client id is taken",
            CONNECT_AGAIN,
        ],
        &[ClientIdInUse, ClosedAfterStart, Dropped, NotTwsProtocol],
    ),
    library(
        508,
        "bad message: the library could not decode what came; often it is older than the Gateway",
        &["update the library; look whether an error in a callback of your own is the cause"],
        &[VersionUnsupported],
    ),
    library(
        509,
        "Python and C++: an error while reading the socket; Java, C# and Node: a message could not be sent. Either way the connection is gone",
        &[CONNECT_AGAIN],
        &[Dropped, ClosedAfterStart],
    ),
    IbCode {
        number: 510,
        last: 578,
        origin: Origin::Library,
        meaning: "a request could not be sent; each number stands for one request (510 market data, 513 account updates, 514 executions, 516 open orders, 540 positions). Usually the connection was gone before; 517 is an unknown contract",
        remedies: &[CONNECT_AGAIN],
        findings: &[Dropped, ClosedAfterStart],
    },
    library(
        520,
        "Python and C++: no socket could be made, as when the program has too many open files; Java, C# and Node: a cancel of market depth could not be sent",
        &["look at the limit of open files of the program; otherwise as 510"],
        &[Dropped],
    ),
    library(
        530,
        "Python and C++: an error of TLS, which a usual Gateway does not speak; Java, C# and Node: a cancel of live bars could not be sent",
        &["connect without TLS; otherwise as 510"],
        &[NotTwsProtocol, Dropped],
    ),
    IbCode {
        number: 579,
        last: 589,
        origin: Origin::Library,
        meaning: "newer errors inside of the library: 579 a symbol with characters that the API does not take, 585 advisor profiles that are not supported any more, 586 reading while not connected, 588 a request that could not be encoded; the others: a request that could not be sent",
        remedies: &[
            "for a request that could not be sent, and for 586: look at what was logged just before it, and connect again",
        ],
        findings: &[Dropped],
    },
    wire(
        1100,
        "the Gateway has lost its connection to IBKR, not to its clients. It comes at the nightly reset, when the Internet link fails, or when the user logs in elsewhere",
        &[
            "wait for 1101 or 1102",
            "if it lasts for more than some minutes: look at the Gateway's screen, it may ask for a new login",
        ],
        &[UpstreamLost],
    ),
    wire(
        1101,
        "the connection to IBKR is back, and market data has to be asked for again",
        &["ask for market data and live bars again"],
        &[UpstreamLost],
    ),
    wire(
        1102,
        "the connection to IBKR is back, and market data goes on",
        &[NOTHING],
        &[UpstreamLost],
    ),
    wire(
        1300,
        "the API port was changed in the settings; the Gateway closes the connection",
        &["connect to the new port, which the text names"],
        &[PortChanged],
    ),
    wire(
        2100,
        "the account updates of this client were ended by a newer request for them: by another program, or by a second one of your own",
        &["ask once for account updates, or use account updates multi or the account summary"],
        &[],
    ),
    wire(
        2101,
        "account updates were refused: another client has them for another account",
        &["end the other subscription, or use account updates multi (request 76)"],
        &[GatewaySays, SyncTimeout],
    ),
    wire(
        2102,
        "an order cannot be changed yet: the Gateway still works on it",
        &["wait for its status, then change it"],
        &[],
    ),
    wire(
        2103,
        "a market data farm is down: at night IBKR's reset, otherwise the Internet link or IBKR",
        &["wait for 2104 of the same farm: the API connection is fine"],
        &[DataFarmDown],
    ),
    wire(
        2104,
        "a market data farm is up: good news",
        &[NOTHING],
        &[DataFarmDown],
    ),
    wire(
        2105,
        "a historical data farm is down",
        &["wait for 2106 of the same farm: the API connection is fine"],
        &[DataFarmDown],
    ),
    wire(
        2106,
        "a historical data farm is up: good news",
        &[NOTHING],
        &[DataFarmDown],
    ),
    wire(
        2107,
        "a historical data farm is idle and wakes when it is asked",
        &[NOTHING],
        &[],
    ),
    wire(
        2108,
        "a market data farm is idle and wakes when it is asked",
        &[NOTHING],
        &[],
    ),
    wire(
        2109,
        "\"outside regular trading hours\" was ignored for an order; the order is placed",
        &[],
        &[],
    ),
    wire(
        2110,
        "the Gateway or TWS has lost its connection to its server and tries to restore it",
        &[
            "wait for 1101 or 1102; requests may stay unanswered until then",
            "outside IBKR's nightly reset: look at the Gateway's Internet link",
        ],
        &[UpstreamLost, SyncTimeout],
    ),
    wire(
        2119,
        "a market data farm is being connected to",
        &["wait for 2104"],
        &[DataFarmDown],
    ),
    wire(
        2137,
        "a warning: the order would turn a long position short, or a short one long",
        &[
            "nothing for the connection; the warning can be switched off under Messages in the settings",
        ],
        &[],
    ),
    wire(
        2148,
        "a warning, as all from 2100 to 2169; IBKR's published list does not have it, so only its text tells the meaning",
        &["read the text; it is no sign of a broken connection"],
        &[],
    ),
    wire(
        2150,
        "profit and loss of a position cannot be computed, as without a market price or outside trading hours",
        &["nothing for the connection: take the value as missing"],
        &[],
    ),
    wire(
        2151,
        "positions are not available yet (not in IBKR's published list, reported by users): the link to IBKR is lost, or the session was displaced",
        &["wait, and look for 1100, 2110 or another login of the same user"],
        &[GatewaySays, UpstreamLost, CompetingSession, AccountNotReady],
    ),
    wire(
        2152,
        "tells for which exchanges market depth comes, and for which a permission is missing",
        &[SUBSCRIBE],
        &[],
    ),
    wire(
        2157,
        "the farm of security definitions is down",
        &["wait for 2158; contracts may not be found until then"],
        &[DataFarmDown],
    ),
    wire(
        2158,
        "the farm of security definitions is up: good news",
        &[NOTHING],
        &[DataFarmDown],
    ),
    wire(
        2168,
        "a warning: the order attribute eTradeOnly is not supported any more",
        &["set it to false, or update the library"],
        &[],
    ),
    wire(
        2169,
        "a warning: the order attribute firmQuoteOnly is not supported any more",
        &["set it to false, or update the library"],
        &[],
    ),
    wire(
        10_089,
        "this market data needs a further subscription for use through the API; delayed data may come instead",
        &[SUBSCRIBE, DELAYED],
        &[],
    ),
    wire(
        10_090,
        "a part of the market data is not subscribed, as the underlying of an option; the rest comes",
        &[SUBSCRIBE],
        &[],
    ),
    wire(
        10_091,
        "a part of the market data needs a further subscription for use through the API",
        &[SUBSCRIBE, DELAYED],
        &[],
    ),
    wire(
        10_141,
        "the paper-trading disclaimer has not been accepted in the Gateway's window; the Gateway closes the connection",
        &[
            "accept the disclaimer in the Gateway's or TWS's window",
            "with IBC: AcceptNonBrokerageAccountWarning=yes",
            "just after a start: try again, it has been reported for a login that was not finished",
        ],
        &[PaperDisclaimer, ClosedAfterStart],
    ),
    wire(
        10_147,
        "the order that was to be cancelled is not found, as when its id belongs to another client",
        &["ask for open orders and compare ids and client ids"],
        &[],
    ),
    wire(
        10_148,
        "the order cannot be cancelled any more; the text says its state (filled, cancelled)",
        &[],
        &[],
    ),
    wire(
        10_167,
        "no subscription to this market data; delayed data is shown instead",
        &["nothing, if delayed data will do", SUBSCRIBE],
        &[],
    ),
    wire(
        10_168,
        "no subscription to this market data, and delayed data is not switched on",
        &[SUBSCRIBE, DELAYED],
        &[],
    ),
    wire(
        10_182,
        "live updates of historical bars ended or could not start: the data farm was disconnected",
        &[
            "ask for the bars again once the farm is back (2104, 2106): they do not come back by themselves",
        ],
        &[DataFarmDown],
    ),
    wire(
        10_185,
        "a cancel of profit and loss named a subscription that does not exist",
        &["harmless: do not cancel what was not asked for"],
        &[],
    ),
    wire(
        10_186,
        "by IBKR's list: market data is not subscribed and delayed data not switched on; seen in clients also for a cancel of profit and loss of a position that does not exist: the text says which",
        &[SUBSCRIBE, DELAYED],
        &[],
    ),
    wire(
        10_187,
        "historical ticks could not be given, usually for want of a market data permission",
        &[SUBSCRIBE],
        &[],
    ),
    wire(
        10_189,
        "tick-by-tick data was refused: no market data permission, or a login of the same user from another address",
        &[SUBSCRIBE, "close the other session of this user"],
        &[CompetingSession],
    ),
    wire(
        10_190,
        "the number of tick-by-tick requests at a time is used up; it depends on the market data lines",
        &["cancel one before asking for the next, or use ordinary market data"],
        &[],
    ),
    wire(
        10_197,
        "no market data: the same user has a live session elsewhere, as live and paper account at once or a phone",
        &[
            "close the other session: the live one has the market data",
            "then ask for the market data again",
        ],
        &[CompetingSession],
    ),
    wire(
        10_225,
        "trades were taken back by the exchange, and the subscription of live bars has ended",
        &["ask for the bars again: some libraries do so by themselves"],
        &[],
    ),
    wire(
        10_358,
        "fundamental data is not allowed for this user",
        &["leave it out, or subscribe to it; paper accounts have been reported without it"],
        &[],
    ),
];
