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

const fn row(id: u32, layout: &'static [Part], action: Action) -> Row {
    Row { id, layout, action }
}

/// The rows, by message id (docs/PROTOCOL.md, All messages).
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    row(1, &[ALWAYS, Id, Contract(CONTRACT), Legs, Hedge, Text(3), Flag(4)], Does(quotes::market_data)),
    row(2, &[ALWAYS, Id], Cancel(Slot::Quotes, 300, NOT_FOUND)),
    row(3, &[Version(145), Id, Contract(ORDERED), Of(3, 5), Of(3, 6), Of(3, 8), Of(3, 9), Of(3, 10), Of(3, 11), Of(3, 27), Of(3, 12), Of(3, 68), Of(3, 69), Of(3, 28)], Does(orders::place)),
    row(4, &[Version(192), Id], Does(orders::cancel)),
    row(10, &[ALWAYS, Id, Contract(DEPTH), Int(3), FlagSince(146, 4)], Does(quotes::depth)),
    row(11, &[ALWAYS, Id], Cancel(Slot::Depth, 310, "Can't find the subscribed market depth with tickerId:")),
    row(12, &[ALWAYS, Flag(1)], Says(reference::bulletins)),
    row(13, &[ALWAYS], Nothing),
    row(14, &[ALWAYS, Int(1)], Nothing),
    row(18, &[ALWAYS, Int(1)], Refuse(321, NO_ADVISOR)),
    row(19, &[ALWAYS, Int(2), Text(3), IdSince(157)], Refuse(321, NO_ADVISOR)),
    row(20, &[Version(124), Id, Contract(EXPIRED), Text(3), Text(4), Text(5), Flag(6), Text(7), Int(8), Legs, FlagSince(124, 9)], Does(bars::historical_data)),
    row(21, &[ALWAYS, Id, Contract(NO_PRIMARY), Int(3), Int(4), Text(5), Int(6)], Does(orders::exercise)),
    row(22, &[Version(143), Id, Of(2, 1), Of(2, 2), Of(2, 3), Of(2, 4)], Does(reference::scanner)),
    row(23, &[ALWAYS, Id], Cancel(Slot::Scanner, 365, "No scanner subscription found for ticker id:")),
    row(24, &[ALWAYS], Says(reference::scanner_parameters)),
    row(25, &[ALWAYS, Id], Cancel(Slot::History, 366, "No historical data query found for ticker id:")),
    row(50, &[ALWAYS, Id, Contract(CONTRACT), Int(3), Text(4), Flag(5)], Does(bars::real_time_bars)),
    row(51, &[ALWAYS, Id], Cancel(Slot::RealTimeBars, 300, NOT_FOUND)),
    row(52, &[ALWAYS, Id, Contract(COMPANY), Text(3)], Refuse(430, "We are sorry, but fundamentals data for the security specified is not available.")),
    row(53, &[ALWAYS, Id], Nothing),
    row(54, &[ALWAYS, Id, Contract(CONTRACT), Real(3), Real(4)], Does(options::implied_volatility)),
    row(55, &[ALWAYS, Id, Contract(CONTRACT), Real(3), Real(4)], Does(options::option_price)),
    row(56, &[ALWAYS, Id], Nothing),
    row(57, &[ALWAYS, Id], Nothing),
    row(58, &[Version(192)], Nothing),
    row(59, &[ALWAYS, Int(1)], Does(quotes::data_type)),
    row(65, &[ALWAYS], Refuse(321, NO_VERIFICATION)),
    row(66, &[ALWAYS], Refuse(321, NO_VERIFICATION)),
    row(67, &[ALWAYS, Id], Says(reference::display_groups)),
    row(68, &[ALWAYS, Id, Int(2)], Does(reference::group_events)),
    row(69, &[ALWAYS, Id, Text(2)], Does(reference::update_group)),
    row(70, &[ALWAYS, Id], Cancel(Slot::Group, 0, "")),
    row(72, &[ALWAYS], Refuse(321, NO_VERIFICATION)),
    row(73, &[ALWAYS], Refuse(321, NO_VERIFICATION)),
    row(74, &[ALWAYS, Id, Text(2), Text(3)], Does(portfolio::positions)),
    row(75, &[ALWAYS, Id], Nothing),
    row(78, &[Id, Text(2), Text(3), Text(4), Int(5)], Does(details::option_parameters)),
    row(79, &[Id], Says(reference::soft_dollar_tiers)),
    row(80, &[], Says(reference::family_codes)),
    row(81, &[Id, Text(2)], Says(details::matching_symbols)),
    row(82, &[], Says(details::depth_exchanges)),
    row(83, &[Id, Text(2)], Does(details::smart_components)),
    row(84, &[Id, Text(2), Text(3)], Does(reference::news_article)),
    row(85, &[], Says(reference::news_providers)),
    row(86, &[Id, Int(2), Text(3), Text(4), Text(5), Int(6)], Does(reference::historical_news)),
    row(87, &[Id, Contract(EXPIRED), Flag(3), Text(4), Int(5)], Does(bars::head_timestamp)),
    row(88, &[Id, Contract(EXPIRED), Flag(3), Text(4)], Does(bars::histogram)),
    row(89, &[Id], Nothing),
    row(90, &[Id], Nothing),
    row(91, &[Int(1)], Does(details::market_rule)),
    row(92, &[Id, Text(2), Text(3)], Does(portfolio::profit)),
    row(93, &[Id], Cancel(Slot::Pnl, 0, "")),
    row(94, &[Id, Text(2), Text(3), Int(4)], Does(portfolio::profit_single)),
    row(95, &[Id], Cancel(Slot::PnlSingle, 0, "")),
    row(96, &[Id, Contract(EXPIRED), Text(3), Text(4), Int(5), Text(6), Flag(7), Flag(8)], Does(bars::historical_ticks)),
    row(97, &[Id, Contract(CONTRACT), Text(3)], Does(quotes::tick_by_tick)),
    row(98, &[Id], Cancel(Slot::TickByTick, 300, NOT_FOUND)),
    row(100, &[Id], Refuse(10276, NO_NEWS_FEED)),
    row(101, &[Id], Nothing),
    row(102, &[Id], Refuse(10276, NO_NEWS_FEED)),
    row(103, &[Id], Nothing),
    row(104, &[Id], Says(reference::user_info)),
    row(106, &[Id], Nothing),
    row(107, &[Id], Nothing),
    row(108, &[Id], Says(reference::config)),
    row(109, &[Id], Refuse(321, "Error validating request.-'bN' : cause - The simulated Gateway changes no settings")),
    row(9, &[ALWAYS, Id, Contract(IDENTIFIED)], Does(details::contract_details)),
];
