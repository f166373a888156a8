//! Times as IB writes them, always in UTC, and the times a client may write.

use std::time::{Duration, SystemTime};

/// A day in seconds.
pub(super) const DAY: i64 = 86_400;

/// The date: `yyyymmdd`.
pub(super) fn date(seconds: i64) -> String {
    rfc3339(seconds)
        .chars()
        .take(10)
        .filter(|it| *it != '-')
        .collect()
}

/// The date and the time: `yyyymmdd-hh:mm:ss`.
pub(super) fn dashed(seconds: i64) -> String {
    format!("{}-{}", date(seconds), time_of_day(seconds))
}

/// The time of a bar: `yyyymmdd hh:mm:ss UTC`, with two spaces and no zone below version 174.
pub(super) fn bar_time(seconds: i64, names_zone: bool) -> String {
    if names_zone {
        format!("{} {} UTC", date(seconds), time_of_day(seconds))
    } else {
        format!("{}  {}", date(seconds), time_of_day(seconds))
    }
}

/// The time of news: `yyyy-mm-dd hh:mm:ss.0`.
pub(super) fn news_time(seconds: i64) -> String {
    let text = rfc3339(seconds).replace('T', " ").replace('Z', "");
    format!("{text}.0")
}

fn time_of_day(seconds: i64) -> String {
    rfc3339(seconds).chars().skip(11).take(8).collect()
}

fn rfc3339(seconds: i64) -> String {
    // The last second that the formatter takes is that of the year 9999.
    let seconds = u64::try_from(seconds)
        .unwrap_or_default()
        .min(253_402_300_799);
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    humantime::format_rfc3339_seconds(time).to_string()
}

/// Whether no exchange is open: a Saturday or a Sunday.
pub(super) fn is_weekend(seconds: i64) -> bool {
    // 1 January 1970 was a Thursday.
    matches!(seconds.div_euclid(DAY).rem_euclid(7), 2 | 3)
}

/// The seconds since 1970 of `yyyymmdd hh:mm:ss`, of `yyyymmdd-hh:mm:ss`, or of a date alone; a
/// zone behind is taken as UTC.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let date = text.get(..8)?;
    let (year, month, day) = (date.get(..4)?, date.get(4..6)?, date.get(6..)?);
    let rest = text.get(8..)?.trim_start_matches(['-', ' ']);
    let time = if rest.is_empty() {
        "00:00:00"
    } else {
        rest.get(..8)?
    };
    let time = humantime::parse_rfc3339(&format!("{year}-{month}-{day}T{time}Z")).ok()?;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_back_what_they_show() {
        let noon = 1_795_348_800;
        assert_eq!(bar_time(noon, true), "20261122 12:00:00 UTC");
        assert_eq!(bar_time(noon, false), "20261122  12:00:00");
        for text in [
            "20261122 12:00:00 UTC",
            "20261122-12:00:00",
            "20261122  12:00:00",
        ] {
            assert_eq!(parse(text), Some(noon), "{text}");
        }
        assert_eq!(parse("20261122"), Some(noon - 43_200));
        assert!(is_weekend(noon) && !is_weekend(noon + DAY));
        for text in [
            "",
            "2026",
            "20261322 12:00:00",
            "20261122 12",
            "äöüäöüäö",
            "202611222",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(date(-5), "19700101");
        assert_eq!(date(i64::MAX), "99991231");
    }
}
