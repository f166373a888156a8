//! The date in a log line, and the digits that it is made of.

/// Seconds of a day.
pub(super) const DAY: u64 = 86_400;
const MONTHS: [&[u8]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

/// A number with so many digits.
pub(super) fn number(
    text: &[u8],
    at: &mut usize,
    digits: std::ops::RangeInclusive<usize>,
) -> Option<u64> {
    let (mut value, mut count) = (0, 0);
    for it in text.get(*at..)? {
        if count == *digits.end() || !it.is_ascii_digit() {
            break;
        }
        value = value * 10 + u64::from(it - b'0');
        count += 1;
    }
    let is_one = count >= *digits.start();
    *at += if is_one { count } else { 0 };
    is_one.then_some(value)
}

pub(super) fn one_of(text: &[u8], at: &mut usize, set: &[u8]) -> Option<u8> {
    let it = *text.get(*at)?;
    let is_one = set.contains(&it);
    *at += usize::from(is_one);
    is_one.then_some(it)
}

/// Year, where it is named, month and day.
pub(super) fn date(text: &[u8], at: &mut usize) -> Option<(Option<u64>, u64, u64)> {
    if let Some(month) = month(text, at) {
        while one_of(text, at, b" ").is_some() {}
        return Some((None, month, number(text, at, 1..=2)?));
    }
    let from = *at;
    if let Some(year) = number(text, at, 4..=4)
        && let Some(separator) = one_of(text, at, b"-/.")
    {
        let month = number(text, at, 1..=2)?;
        one_of(text, at, &[separator])?;
        return Some((Some(year), month, number(text, at, 1..=2)?));
    }
    *at = from;
    if let Some(all) = number(text, at, 8..=8) {
        return Some((Some(all / 10_000), all / 100 % 100, all % 100));
    }
    *at = from;
    let first = number(text, at, 1..=2)?;
    let separator = one_of(text, at, b"./-")?;
    let second = match month(text, at) {
        Some(month) => month,
        None => number(text, at, 1..=2)?,
    };
    one_of(text, at, &[separator])?;
    let year = number(text, at, 4..=4)?;
    let is_american = separator == b'/' && first <= 12;
    let (month, day) = if is_american {
        (first, second)
    } else {
        (second, first)
    };
    Some((Some(year), month, day))
}

fn month(text: &[u8], at: &mut usize) -> Option<u64> {
    let name = text.get(*at..*at + 3)?;
    let mut months = MONTHS.iter();
    let place = months.position(|month| name.eq_ignore_ascii_case(month))?;
    *at += 3;
    Some(place as u64 + 1)
}

/// Days since 1970 of a date of the Gregorian calendar; nothing for what is no date, or before.
pub(super) fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin with March end with the day that not all have.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leaps = year / 4 - year / 100 + year / 400;
    let days = year * 365 + leaps + (month * 153 + 2) / 5 + day - 1;
    days.checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (date, text) in [
            ((1970, 1, 1), 0),
            ((2000, 3, 1), 11_017),
            ((2026, 11, 27), 20_784),
        ] {
            assert_eq!(days(date.0, date.1, date.2), Some(text));
        }
        let leap = humantime::parse_rfc3339("2028-02-29T00:00:00Z").unwrap();
        let leap = leap
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs()
            / DAY;
        assert_eq!(days(2028, 2, 29), Some(leap));
        assert_eq!(days(1969, 12, 31), None);
    }
}
