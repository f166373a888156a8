//! The time of a log line, in whatever format it stands.

use std::time::Duration;

use super::date::{DAY, date, days, number, one_of};
use crate::report::TraceClock;
use crate::trace::chunk::Timestamp;

/// The time of a line, and what kind of clock it is by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    pub(super) at: Timestamp,
    pub(super) clock: TraceClock,
    /// Where it stands.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the digits of the fraction of its second stand.
    pub(super) fraction: (usize, usize),
}

impl Time {
    /// The same in a text that begins so many bytes before.
    pub(super) fn behind(self, bytes: usize) -> Self {
        let (from, to) = self.fraction;
        Self {
            start: self.start + bytes,
            end: self.end + bytes,
            fraction: (from + bytes, to + bytes),
            ..self
        }
    }
}

/// So many tokens that begin with a digit are looked at.
const LOOKS: usize = 8;

/// The first time in `text` that is a date and a time, else the first time of day, else seconds since
/// 1970.
pub(super) fn find(text: &[u8]) -> Option<Time> {
    let mut time_of_day = None;
    let mut epoch = None;
    let mut looks = 0;
    let mut at = 0;
    while at < text.len() && looks < LOOKS {
        let begins =
            text[at].is_ascii_alphanumeric() && (at == 0 || !text[at - 1].is_ascii_alphanumeric());
        if !begins {
            at += 1;
            continue;
        }
        if text[at].is_ascii_digit() {
            looks += 1;
        }
        if let Some(time) = dated(text, at) {
            return Some(time);
        }
        time_of_day = time_of_day.or_else(|| of_day(text, at));
        epoch = epoch.or_else(|| since_1970(text, at));
        at += text[at..]
            .iter()
            .take_while(|it| it.is_ascii_alphanumeric())
            .count()
            .max(1);
    }
    time_of_day.or(epoch)
}

/// Reads the time that stands where one of the last line stood.
pub(super) fn again(text: &[u8], last: Time) -> Option<Time> {
    let time = match last.clock {
        TraceClock::Utc | TraceClock::Local => {
            dated(text, last.start).or_else(|| since_1970(text, last.start))
        }
        TraceClock::TimeOfDay => of_day(text, last.start),
        TraceClock::None => None,
    };
    time.filter(|time| time.clock == last.clock)
}

/// `2026-11-27 10:43:25.584`, `2026/11/27T…`, `20261127 10:43:25`, `11/27/2026, 10:43:25 AM`,
/// `27.11.2026 …`, `27/Nov/2026:…`, `Nov 27 10:43:25`.
fn dated(text: &[u8], start: usize) -> Option<Time> {
    let mut at = start;
    let (year, month, day) = date(text, &mut at)?;
    let is_separated = one_of(text, &mut at, b", T:").is_some();
    if !is_separated {
        return None;
    }
    while one_of(text, &mut at, b" ").is_some() {}
    let (seconds, fraction) = time(text, &mut at)?;
    // Where the year is not named, the date still tells one day from the next.
    let days = days(year.unwrap_or(2000), month, day)?;
    let zone = zone(text, &mut at);
    let base = Duration::from_secs(days * DAY) + seconds;
    let (at_utc, clock) = match (zone, year) {
        (Some(east), Some(_)) => {
            let offset = Duration::from_secs(east.unsigned_abs() * 60);
            let utc = if east < 0 {
                base + offset
            } else {
                base.saturating_sub(offset)
            };
            (utc, TraceClock::Utc)
        }
        (_, Some(_)) => (base, TraceClock::Local),
        (_, None) => (base, TraceClock::TimeOfDay),
    };
    Some(Time {
        at: Timestamp(at_utc),
        clock,
        start,
        end: at,
        fraction,
    })
}

/// `10:43:25`, with a fraction, and AM or PM; and where the fraction stands.
fn time(text: &[u8], at: &mut usize) -> Option<(Duration, (usize, usize))> {
    let mut hours = number(text, at, 1..=2)?;
    one_of(text, at, b":")?;
    let minutes = number(text, at, 2..=2)?;
    one_of(text, at, b":")?;
    let seconds = number(text, at, 2..=2)?;
    let mut nanos = 0;
    let mut after = *at;
    let mut digits = (after, after);
    if one_of(text, &mut after, b".,:").is_some() {
        let from = after;
        if let Some(fraction) = fraction(text, &mut after) {
            nanos = fraction;
            digits = (from, after);
            *at = after;
        }
    }
    let half = text.get(*at..).unwrap_or_default().trim_ascii_start();
    match half.get(..2) {
        Some(it) if it.eq_ignore_ascii_case(b"pm") && hours < 12 => hours += 12,
        Some(it) if it.eq_ignore_ascii_case(b"am") && hours == 12 => hours = 0,
        _ => {}
    }
    let is_time = hours < 24 && minutes < 60 && seconds <= 60;
    let whole = Duration::from_secs(hours * 3600 + minutes * 60 + seconds);
    is_time.then(|| (whole + Duration::from_nanos(nanos), digits))
}

/// The digits of a fraction of a second, in nanoseconds.
pub(super) fn fraction(text: &[u8], at: &mut usize) -> Option<u64> {
    let from = *at;
    let fraction = number(text, at, 1..=9)?;
    let digits = u32::try_from(*at - from).unwrap_or(9);
    Some(fraction * 10_u64.pow(9 - digits))
}

/// Minutes east of UTC.
fn zone(text: &[u8], at: &mut usize) -> Option<i64> {
    let mut after = *at;
    // A blank stands before the zone in the logs of web servers.
    if matches!(text.get(after..after + 2), Some([b' ', b'+' | b'-'])) {
        after += 1;
    }
    let minutes = match one_of(text, &mut after, b"Z+- ")? {
        b'Z' => 0,
        b' ' => {
            let is_utc = text.get(after..after + 3) == Some(b"UTC");
            after += 3;
            is_utc.then_some(0)?
        }
        sign => {
            let hours = number(text, &mut after, 2..=2)?;
            one_of(text, &mut after, b":");
            let minutes = number(text, &mut after, 2..=2)?;
            let east = i64::try_from(hours * 60 + minutes).ok()?;
            if sign == b'-' { -east } else { east }
        }
    };
    *at = after;
    Some(minutes)
}

fn of_day(text: &[u8], start: usize) -> Option<Time> {
    let mut end = start;
    let (at, fraction) = time(text, &mut end)?;
    Some(Time {
        at: Timestamp(at),
        clock: TraceClock::TimeOfDay,
        start,
        end,
        fraction,
    })
}

/// `1795776205.584`, or milliseconds with 13 digits.
fn since_1970(text: &[u8], start: usize) -> Option<Time> {
    let mut end = start;
    let from;
    let at = if let Some(millis) = number(text, &mut end, 13..=13) {
        from = end;
        Duration::from_millis(millis)
    } else {
        end = start;
        let seconds = number(text, &mut end, 10..=10)?;
        one_of(text, &mut end, b".")?;
        from = end;
        Duration::from_secs(seconds) + Duration::from_nanos(fraction(text, &mut end)?)
    };
    Some(Time {
        at: Timestamp(at),
        clock: TraceClock::Utc,
        start,
        end,
        fraction: (from, end),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(String, TraceClock)> {
        let time = find(text.as_bytes())?;
        Some((time.at.date_and_time(), time.clock))
    }

    #[test]
    fn times_are_found_in_the_formats_of_the_usual_loggers() {
        use TraceClock::{Local, TimeOfDay, Utc};
        for (text, clock) in [
            ("2026-11-27 10:43:25,584 ib_async.client DEBUG ", Local),
            ("2026-11-27T10:43:25.584Z [debug    ] ", Utc),
            ("2026-11-27T11:43:25.584+01:00 ", Utc),
            ("2026-11-27 08:43:25.584-0200 ", Utc),
            (
                "2026-11-27 10:43:25.584 | DEBUG    | ib_async.client:sendMsg:339 - ",
                Local,
            ),
            ("[11/27/2026, 10:43:25.584 AM] ", Local),
            ("27.11.2026 10:43:25.584 ", Local),
            ("[27/Nov/2026:10:43:25.584 +0000] ", Utc),
            ("20261127 10:43:25.584 ", Local),
            ("2026/11/27 10:43:25.584 ", Local),
            ("bot[12345] 1795776205.584 DEBUG ", Utc),
            ("{\"ts\": 1795776205584, \"message\": \"", Utc),
            ("bot-1  | 2026-11-27 10:43:25,584 ", Local),
        ] {
            let expected = Some(("2026-11-27T10:43:25.584".to_owned(), clock));
            assert_eq!(found(text), expected, "{text}");
        }
        let syslog = found("Nov 27 10:43:25 host bot[123]: DEBUG:ib_async.client:");
        assert_eq!(
            syslog,
            Some(("2000-11-27T10:43:25.000".to_owned(), TimeOfDay))
        );
        assert_eq!(
            found("10:43:25 DEBUG "),
            Some(("1970-01-01T10:43:25.000".to_owned(), TimeOfDay))
        );
        assert_eq!(found("DEBUG:ib_async.client:"), None);
        assert_eq!(
            found("99:99:99 1234 2026-13-45 10:00:00"),
            found("10:00:00")
        );
    }

    #[test]
    fn the_next_line_is_read_where_the_last_one_was() {
        let first = find(b"2026-11-27 10:43:25,584 x").unwrap();
        let next = again(b"2026-11-27 10:43:26,001 y", first).unwrap();
        assert_eq!(next.at.since(first.at), Duration::from_millis(417));
        assert_eq!(again(b"Traceback (most recent call last):", first), None);
    }
}
