//! Every request about the market and orders: its layout, and what answers it.

use super::desk::{Desk, Slot};
use super::inquiry::Part::{
    self, Contract, Flag, FlagSince, Hedge, Id, IdSince, Int, Legs, Of, Real, Text, Version,
};
use super::inquiry::{COMPANY, CONTRACT, DEPTH, EXPIRED, IDENTIFIED, Inquiry, NO_PRIMARY, ORDERED};
use super::quotes::Answer;
use super::{bars, details, options, orders, portfolio, quotes, reference};
use crate::wire::Reply;

/// One request.
pub(super) struct Row {
    /// Its message id.
    pub(super) id: u32,
    /// Its name, for the line on stderr.
    pub(super) name: &'static str,
    /// Its parts, in the order of the text form.
    pub(super) layout: &'static [Part],
    pub(super) action: Action,
}

/// What a request causes.
pub(super) enum Action {
    /// An answer, and perhaps a stream.
    Answer(fn(&mut Desk, &Inquiry) -> Answer),
    /// Always one reply.
    Reply(fn(&Inquiry) -> Reply),
    /// The end of a stream; where there is none, an error with this number and these words in front
    /// of the id, unless the number is 0.
    Cancel(Slot, i32, &'static str),
    /// Nothing.
    Nothing,
    /// Always the same error.
    Refuse(i32, &'static str),
}

use Action::{Answer as Does, Cancel, Nothing, Refuse, Reply as Says};

const ALWAYS: Part = Version(u16::MAX);
const NOT_FOUND: &str = "Can't find EId with tickerId:";
const NO_ADVISOR: &str = "Error processing request.-'bN' : cause - FA data operations ignored for \
    non FA customers.";
const NO_NEWS_FEED: &str = "News feed is not allowed.";
const NO_VERIFICATION: &str = "Error validating request.-'bN' : cause - The simulated Gateway \
    verifies no third-party software";

const fn row(id: u32, name: &'static str, layout: &'static [Part], action: Action) -> Row {
    Row {
        id,
        name,
        layout,
        action,
    }
}

/// The rows, by message id (docs/PROTOCOL.md, All messages).
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row(1, "market data", &[ALWAYS, Id, Contract(CONTRACT), Legs, Hedge, Text(3), Flag(4)], Does(quotes::market_data)),
    row(2, "the end of market data", &[ALWAYS, Id], Cancel(Slot::Quotes, 300, NOT_FOUND)),
    row(3, "an order", &[Version(145), Id, Contract(ORDERED), Of(3, 5), Of(3, 6), Of(3, 8), Of(3, 9), Of(3, 10), Of(3, 11), Of(3, 27), Of(3, 12), Of(3, 68), Of(3, 69), Of(3, 28)], Does(orders::place)),
    row(4, "the end of an order", &[Version(192), Id], Does(orders::cancel)),
    row(10, "market depth", &[ALWAYS, Id, Contract(DEPTH), Int(3), FlagSince(146, 4)], Does(quotes::depth)),
    row(11, "the end of market depth", &[ALWAYS, Id], Cancel(Slot::Depth, 310, "Can't find the subscribed market depth with tickerId:")),
    row(12, "news bulletins", &[ALWAYS, Flag(1)], Says(reference::bulletins)),
    row(13, "the end of news bulletins", &[ALWAYS], Nothing),
    row(14, "the server's log level", &[ALWAYS, Int(1)], Nothing),
    row(18, "the advisor's configuration", &[ALWAYS, Int(1)], Refuse(321, NO_ADVISOR)),
    row(19, "another advisor's configuration", &[ALWAYS, Int(2), Text(3), IdSince(157)], Refuse(321, NO_ADVISOR)),
    row(20, "historical data", &[Version(124), Id, Contract(EXPIRED), Text(3), Text(4), Text(5), Flag(6), Text(7), Int(8), Legs, FlagSince(124, 9)], Does(bars::historical_data)),
    row(21, "the exercise of an option", &[ALWAYS, Id, Contract(NO_PRIMARY), Int(3), Int(4), Text(5), Int(6)], Does(orders::exercise)),
    row(22, "a scanner", &[Version(143), Id, Of(2, 1), Of(2, 2), Of(2, 3), Of(2, 4)], Does(reference::scanner)),
    row(23, "the end of a scanner", &[ALWAYS, Id], Cancel(Slot::Scanner, 365, "No scanner subscription found for ticker id:")),
    row(24, "the scanner's parameters", &[ALWAYS], Says(reference::scanner_parameters)),
    row(25, "the end of historical data", &[ALWAYS, Id], Cancel(Slot::History, 366, "No historical data query found for ticker id:")),
    row(50, "real-time bars", &[ALWAYS, Id, Contract(CONTRACT), Int(3), Text(4), Flag(5)], Does(bars::real_time_bars)),
    row(51, "the end of real-time bars", &[ALWAYS, Id], Cancel(Slot::RealTimeBars, 300, NOT_FOUND)),
    row(52, "fundamental data", &[ALWAYS, Id, Contract(COMPANY), Text(3)], Refuse(430, "We are sorry, but fundamentals data for the security specified is not available.")),
    row(53, "the end of fundamental data", &[ALWAYS, Id], Nothing),
    row(54, "an implied volatility", &[ALWAYS, Id, Contract(CONTRACT), Real(3), Real(4)], Does(options::implied_volatility)),
    row(55, "an option's price", &[ALWAYS, Id, Contract(CONTRACT), Real(3), Real(4)], Does(options::option_price)),
    row(56, "the end of an implied volatility", &[ALWAYS, Id], Nothing),
    row(57, "the end of an option's price", &[ALWAYS, Id], Nothing),
    row(58, "the end of all orders", &[Version(192)], Nothing),
    row(59, "another kind of market data", &[ALWAYS, Int(1)], Does(quotes::data_type)),
    row(65, "a verification", &[ALWAYS], Refuse(321, NO_VERIFICATION)),
    row(66, "a verification", &[ALWAYS], Refuse(321, NO_VERIFICATION)),
    row(67, "the display groups", &[ALWAYS, Id], Says(reference::display_groups)),
    row(68, "the events of a display group", &[ALWAYS, Id, Int(2)], Does(reference::group_events)),
    row(69, "a change of a display group", &[ALWAYS, Id, Text(2)], Does(reference::update_group)),
    row(70, "the end of a display group's events", &[ALWAYS, Id], Cancel(Slot::Group, 0, "")),
    row(72, "a verification", &[ALWAYS], Refuse(321, NO_VERIFICATION)),
    row(73, "a verification", &[ALWAYS], Refuse(321, NO_VERIFICATION)),
    row(74, "the positions of an account", &[ALWAYS, Id, Text(2), Text(3)], Does(portfolio::positions)),
    row(75, "the end of an account's positions", &[ALWAYS, Id], Nothing),
    row(78, "option parameters", &[Id, Text(2), Text(3), Text(4), Int(5)], Does(details::option_parameters)),
    row(79, "soft dollar tiers", &[Id], Says(reference::soft_dollar_tiers)),
    row(80, "family codes", &[], Says(reference::family_codes)),
    row(81, "matching symbols", &[Id, Text(2)], Says(details::matching_symbols)),
    row(82, "the exchanges with market depth", &[], Says(details::depth_exchanges)),
    row(83, "smart components", &[Id, Text(2)], Does(details::smart_components)),
    row(84, "a news article", &[Id, Text(2), Text(3)], Does(reference::news_article)),
    row(85, "news providers", &[], Says(reference::news_providers)),
    row(86, "historical news", &[Id, Int(2), Text(3), Text(4), Text(5), Int(6)], Does(reference::historical_news)),
    row(87, "the first time of data", &[Id, Contract(EXPIRED), Flag(3), Text(4), Int(5)], Does(bars::head_timestamp)),
    row(88, "a histogram", &[Id, Contract(EXPIRED), Flag(3), Text(4)], Does(bars::histogram)),
    row(89, "the end of a histogram", &[Id], Nothing),
    row(90, "the end of the first time of data", &[Id], Nothing),
    row(91, "a market rule", &[Int(1)], Does(details::market_rule)),
    row(92, "profit and loss", &[Id, Text(2), Text(3)], Does(portfolio::profit)),
    row(93, "the end of profit and loss", &[Id], Cancel(Slot::Pnl, 0, "")),
    row(94, "profit and loss of a position", &[Id, Text(2), Text(3), Int(4)], Does(portfolio::profit_single)),
    row(95, "the end of profit and loss of a position", &[Id], Cancel(Slot::PnlSingle, 0, "")),
    row(96, "historical ticks", &[Id, Contract(EXPIRED), Text(3), Text(4), Int(5), Text(6), Flag(7), Flag(8)], Does(bars::historical_ticks)),
    row(97, "single ticks", &[Id, Contract(CONTRACT), Text(3)], Does(quotes::tick_by_tick)),
    row(98, "the end of single ticks", &[Id], Cancel(Slot::TickByTick, 300, NOT_FOUND)),
    row(100, "the calendar's metadata", &[Id], Refuse(10276, NO_NEWS_FEED)),
    row(101, "the end of the calendar's metadata", &[Id], Nothing),
    row(102, "the calendar's events", &[Id], Refuse(10276, NO_NEWS_FEED)),
    row(103, "the end of the calendar's events", &[Id], Nothing),
    row(104, "the user's data", &[Id], Says(reference::user_info)),
    row(106, "the end of contract details", &[Id], Nothing),
    row(107, "the end of historical ticks", &[Id], Nothing),
    row(108, "the settings", &[Id], Says(reference::config)),
    row(109, "other settings", &[Id], Refuse(321, "Error validating request.-'bN' : cause - The simulated Gateway changes no settings")),
    row(9, "contract details", &[ALWAYS, Id, Contract(IDENTIFIED)], Does(details::contract_details)),
];
