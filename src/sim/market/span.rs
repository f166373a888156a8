//! The time that historical data is asked for: its end, its length and the length of a bar.

use super::calendar::{self, DAY};
use super::inquiry::Inquiry;
use super::refusal::Refusal;
use crate::sim::clock;

/// More bars than this are not sent at once.
const MOST_BARS: i64 = 5_000;

/// Each size of a bar and its seconds.
const SIZES: [(&str, i64); 24] = [
    ("1 secs", 1),
    ("5 secs", 5),
    ("10 secs", 10),
    ("15 secs", 15),
    ("30 secs", 30),
    ("1 min", 60),
    ("2 mins", 120),
    ("3 mins", 180),
    ("5 mins", 300),
    ("10 mins", 600),
    ("15 mins", 900),
    ("20 mins", 1200),
    ("30 mins", 1800),
    ("1 hour", 3600),
    ("2 hours", 7200),
    ("3 hours", 10_800),
    ("4 hours", 14_400),
    ("8 hours", 28_800),
    ("1 day", DAY),
    ("1W", 7 * DAY),
    ("1 week", 7 * DAY),
    ("1M", 30 * DAY),
    ("1 month", 30 * DAY),
    ("1 sec", 1),
];

/// What a request for bars asks, in seconds.
pub(super) struct Span {
    pub(super) end: i64,
    pub(super) length: i64,
    pub(super) bar: i64,
}

impl Span {
    /// The beginnings of its bars, the oldest first; weekends have none.
    pub(super) fn times(&self) -> Result<Vec<i64>, Refusal> {
        let bars = (self.length / self.bar).max(1);
        if bars > MOST_BARS {
            return Err(Refusal::historical("Time length exceed max."));
        }
        let mut time = self.end.div_euclid(self.bar) * self.bar - self.bar;
        let mut times = Vec::new();
        while i64::try_from(times.len()).unwrap_or(i64::MAX) < bars && time > 0 {
            if self.bar <= DAY && calendar::is_weekend(time) {
                time = time.div_euclid(DAY) * DAY - self.bar;
            } else {
                times.push(time);
                time -= self.bar;
            }
        }
        times.reverse();
        Ok(times)
    }
}

/// The time that a request for bars asks for.
pub(super) fn span(asked: &Inquiry) -> Result<Span, Refusal> {
    let size = SIZES.iter().find(|(name, _)| *name == asked.text(4));
    let Some((_, bar)) = size else {
        return Err(Refusal::invalid(&format!(
            "Historical data bar size setting is invalid. Legal ones are: 1 secs, 5 secs, 10 secs, \
             15 secs, 30 secs, 1 min, 2 mins, 3 mins, 5 mins, 10 mins, 15 mins, 20 mins, 30 mins, \
             1 hour, 2 hours, 3 hours, 4 hours, 8 hours, 1 day, 1W, 1M: {}",
            asked.text(4)
        )));
    };
    Ok(Span {
        end: end(asked.text(3))?,
        length: duration(asked.text(5))?,
        bar: *bar,
    })
}

/// The end of the time that is asked for; now if it is empty.
pub(super) fn end(text: &str) -> Result<i64, Refusal> {
    if text.is_empty() {
        return Ok(clock::epoch_seconds());
    }
    calendar::parse(text).ok_or_else(|| {
        let text =
            format!("End Date/Time: The date, time, or time-zone entered is invalid: {text}");
        Refusal::new(10314, &text)
    })
}

/// The length of a time such as `1 D`, in seconds of trading.
pub(super) fn duration(text: &str) -> Result<i64, Refusal> {
    let unit = |unit: &str| match unit {
        "S" => Some(1),
        "D" => Some(DAY),
        // Five days of trading a week, 21 a month and 252 a year.
        "W" => Some(5 * DAY),
        "M" => Some(21 * DAY),
        "Y" => Some(252 * DAY),
        _ => None,
    };
    let parts = text.split_once(' ');
    let parsed = parts.and_then(|(number, name)| Some((number.parse::<u16>().ok()?, unit(name)?)));
    let length = parsed.filter(|(number, _)| *number > 0);
    length
        .map(|(number, unit)| i64::from(number) * unit)
        .ok_or_else(|| {
            Refusal::invalid(&format!(
                "Historical data request duration string is invalid: '{text}', such as 1 D"
            ))
        })
}
