//! Historical data: bars, their updates, schedules, the first time, histograms and old ticks.

use super::body::Body;
use super::calendar::{self, DAY, bar_time};
use super::contracts::{self, Instrument};
use super::desk::{Desk, Feed, Slot};
use super::inquiry::Inquiry;
use super::price::{self, count};
use super::quotes::Answer;
use super::refusal::Refusal;
use super::span::{Span, duration, end, span};
use crate::sim::clock;
use crate::wire::{Reply, ServerVersion};

/// The times of bars name their zone from this version on.
const NAMES_ZONE: u16 = 174;
/// The first time of every contract: 3 January 2005, 14:30.
const FIRST: i64 = 1_104_762_600;

/// What can be shown as bars.
const SHOWN: [&str; 10] = [
    "TRADES",
    "MIDPOINT",
    "BID",
    "ASK",
    "BID_ASK",
    "ADJUSTED_LAST",
    "HISTORICAL_VOLATILITY",
    "OPTION_IMPLIED_VOLATILITY",
    "FEE_RATE",
    "AGGTRADES",
];

/// One bar.
#[derive(Debug, Clone, Copy)]
struct Bar {
    time: i64,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: i32,
    count: i32,
}

impl Bar {
    fn of(instrument: &Instrument, time: i64, seconds: i64) -> Self {
        let at = |part: i64| price::at(instrument, time + seconds * part / 4);
        let inner = [at(0), at(1), at(2), at(3), at(4)];
        Self {
            time,
            open: inner[0],
            high: inner.into_iter().fold(f64::MIN, f64::max),
            low: inner.into_iter().fold(f64::MAX, f64::min),
            close: inner[4],
            volume: count(instrument.con_id, time, 100, 9_000),
            count: count(instrument.con_id, time + 1, 1, 90),
        }
    }

    fn average(&self) -> f64 {
        price::tidy((self.open + self.high + self.low + self.close) / 4.0)
    }

    /// The time as the request wants it: 2 is seconds, and days have no time.
    fn date(&self, seconds: i64, form: i32, version: ServerVersion) -> String {
        if seconds >= DAY {
            calendar::date(self.time)
        } else if form == 2 {
            self.time.to_string()
        } else {
            bar_time(self.time, version >= ServerVersion(NAMES_ZONE))
        }
    }
}

/// Bars (20): all of them, their end, and a stream of the last one if it is to be kept up to date.
pub(super) fn historical_data(desk: &mut Desk, asked: &Inquiry) -> Answer {
    let instrument = contracts::only(&asked.contract)?;
    let what = asked.text(7);
    if what == "SCHEDULE" {
        return schedule(&instrument, asked);
    }
    if !SHOWN.contains(&what) {
        return Err(Refusal::invalid(&format!("Invalid data type: {what}")));
    }
    if what == "TRADES" && instrument.sec_type == "CASH" {
        return Err(Refusal::historical(&format!(
            "No historical market data for {}/CASH@{} Last",
            instrument.symbol, instrument.listed
        )));
    }
    let span = span(asked)?;
    let times = span.times()?;
    let (seconds, form) = (span.bar, asked.int(8));
    if asked.flag(9) {
        if !asked.text(3).is_empty() {
            return Err(Refusal::invalid("Only an empty end can be kept up to date"));
        }
        desk.open(
            Slot::History,
            asked.id,
            Some(instrument.clone()),
            Feed::Bars { seconds, form },
        )?;
    }
    let bars = times.iter();
    let bars: Vec<_> = bars
        .map(|time| Bar::of(&instrument, *time, seconds))
        .collect();
    Ok(replies(asked, &bars, &span))
}

/// The bars of a request in its own form: the times between which they lie stand before them, or in a
/// message of their own.
fn replies(asked: &Inquiry, bars: &[Bar], span: &Span) -> Vec<Reply> {
    let (seconds, form) = (span.bar, asked.int(8));
    let limits = limits(
        bars.first().map_or(span.end, |bar| bar.time),
        span.end,
        asked.version,
    );
    let mut body = Body::new(17, asked.version).head("3", 124);
    body.put(&[1], asked.id);
    if !body.speaks(196) {
        body.text(&limits.0).text(&limits.1);
    }
    body.list(2, bars, |body, bar| {
        body.put(&[1], &bar.date(seconds, form, asked.version));
        body.put(&[2], bar.open)
            .put(&[3], bar.high)
            .put(&[4], bar.low)
            .put(&[5], bar.close);
        body.put(&[6], &bar.volume.to_string())
            .put(&[7], &bar.average().to_string());
        if !body.speaks(124) {
            body.text("false");
        }
        body.put(&[8], bar.count);
    });
    let mut replies = vec![body.reply()];
    if asked.version >= ServerVersion(196) {
        let mut body = Body::new(108, asked.version);
        body.put(&[1], asked.id).put(&[2], &limits.0);
        replies.push(body.put(&[3], &limits.1).reply());
    }
    replies
}

fn limits(from: i64, to: i64, version: ServerVersion) -> (String, String) {
    let names_zone = version >= ServerVersion(NAMES_ZONE);
    (bar_time(from, names_zone), bar_time(to, names_zone))
}

/// The sessions of the days that are asked for (106).
fn schedule(instrument: &Instrument, asked: &Inquiry) -> Answer {
    let span = Span {
        bar: DAY,
        end: end(asked.text(3))?,
        length: duration(asked.text(5))?,
    };
    let days = span.times()?;
    tracing::trace!(symbol = instrument.symbol, days = days.len(), "schedule");
    let mut body = Body::new(106, asked.version);
    let first = days.first().copied().unwrap_or(span.end);
    body.put(&[1], asked.id).put(&[2], &calendar::dashed(first));
    body.put(&[3], &calendar::dashed(span.end)).put(&[4], "UTC");
    body.list(5, &days, |body, day| {
        body.put(&[1], &calendar::dashed(day + 52_200));
        body.put(&[2], &calendar::dashed(day + 75_600))
            .put(&[3], &calendar::date(*day));
    });
    Ok(vec![body.reply()])
}

/// The last bar again, as it is now (90).
pub(super) fn update(
    id: i32,
    instrument: &Instrument,
    (seconds, form): (i64, i32),
    version: ServerVersion,
) -> Reply {
    let now = clock::epoch_seconds();
    let mut bar = Bar::of(instrument, now.div_euclid(seconds) * seconds, seconds);
    bar.close = price::at(instrument, now).clamp(bar.low, bar.high);
    let mut body = Body::new(90, version);
    body.put(&[1], id)
        .put(&[2, 8], bar.count)
        .put(&[2, 1], &bar.date(seconds, form, version));
    body.put(&[2, 2], bar.open)
        .put(&[2, 5], bar.close)
        .put(&[2, 3], bar.high);
    body.put(&[2, 4], bar.low)
        .put(&[2, 7], &bar.average().to_string());
    body.put(&[2, 6], &bar.volume.to_string()).reply()
}

/// Bars of five seconds as they pass (50).
pub(super) fn real_time_bars(desk: &mut Desk, asked: &Inquiry) -> Answer {
    let instrument = contracts::only(&asked.contract)?;
    super::quotes::permitted(&instrument)?;
    if !["TRADES", "MIDPOINT", "BID", "ASK"].contains(&asked.text(4)) {
        return Err(Refusal::invalid(&format!(
            "Invalid data type: {}",
            asked.text(4)
        )));
    }
    desk.open(
        Slot::RealTimeBars,
        asked.id,
        Some(instrument.clone()),
        Feed::RealTimeBars,
    )?;
    Ok(vec![real_time_bar(asked.id, &instrument, asked.version)])
}

/// The bar of five seconds that has just passed (50).
pub(super) fn real_time_bar(id: i32, instrument: &Instrument, version: ServerVersion) -> Reply {
    let time = clock::epoch_seconds().div_euclid(5) * 5 - 5;
    let bar = Bar::of(instrument, time, 5);
    let mut body = Body::new(50, version).head("1", u16::MAX);
    body.put(&[1], id)
        .put(&[2], bar.time)
        .put(&[3], bar.open)
        .put(&[4], bar.high);
    body.put(&[5], bar.low)
        .put(&[6], bar.close)
        .put(&[7], &bar.volume.to_string());
    body.put(&[8], &bar.average().to_string())
        .put(&[9], bar.count)
        .reply()
}

/// The first time there is data of (88).
pub(super) fn head_timestamp(_: &mut Desk, asked: &Inquiry) -> Answer {
    contracts::only(&asked.contract)?;
    if !SHOWN.contains(&asked.text(4)) {
        return Err(Refusal::invalid(&format!(
            "Invalid data type: {}",
            asked.text(4)
        )));
    }
    let time = if asked.int(5) == 2 {
        FIRST.to_string()
    } else {
        calendar::dashed(FIRST)
    };
    Ok(vec![
        Body::new(88, asked.version)
            .put(&[1], asked.id)
            .put(&[2], &time)
            .reply(),
    ])
}

/// How much was traded at which price (89).
pub(super) fn histogram(_: &mut Desk, asked: &Inquiry) -> Answer {
    let instrument = contracts::only(&asked.contract)?;
    let rows: Vec<i32> = (-5..=5).collect();
    let mut body = Body::new(89, asked.version);
    body.put(&[1], asked.id).list(2, &rows, |body, row| {
        let price = instrument.price + f64::from(*row) * instrument.tick;
        let size = count(instrument.con_id, i64::from(*row), 100, 9_000);
        body.put(&[1], price::on_grid(&instrument, price))
            .put(&[2], &size.to_string());
    });
    Ok(vec![body.reply()])
}

/// Old ticks (96 prices in the middle, 97 quotes, 98 trades), one a second.
pub(super) fn historical_ticks(_: &mut Desk, asked: &Inquiry) -> Answer {
    let instrument = contracts::only(&asked.contract)?;
    let id = match asked.text(6) {
        "MIDPOINT" => 96,
        "BID_ASK" => 97,
        "TRADES" => 98,
        other => return Err(Refusal::invalid(&format!("Invalid data type: {other}"))),
    };
    let number = i64::from(asked.int(5).clamp(1, 1000));
    let first = match (asked.text(3), asked.text(4)) {
        ("", until) => end(until)? - number,
        (from, _) => end(from)?,
    };
    let times: Vec<i64> = (first..first + number).collect();
    let mut body = Body::new(id, asked.version);
    body.put(&[1], asked.id).list(2, &times, |body, time| {
        let now = price::quote(&instrument, *time);
        body.put(&[1], *time).text("0");
        match id {
            96 => body
                .put(&[2], price::tidy(f64::midpoint(now.bid, now.ask)))
                .put(&[3], "0"),
            97 => body
                .put(&[3], now.bid)
                .put(&[4], now.ask)
                .put(&[5], &now.bid_size.to_string())
                .put(&[6], &now.ask_size.to_string()),
            _ => body
                .put(&[3], now.last)
                .put(&[4], &now.last_size.to_string())
                .put(&[5], instrument.listed)
                .put(&[6], ""),
        };
    });
    Ok(vec![body.put(&[3], true).reply()])
}
