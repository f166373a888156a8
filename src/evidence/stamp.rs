//! The times of day in a log, which name no zone.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::text::clock::to_the_second;

/// Java writes the years of the Buddhist calendar under some locales of Thailand: 2569 is 2026.
const BUDDHIST: u16 = 543;

/// A local time without its zone, kept as if it were UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp(SystemTime);

impl Stamp {
    /// Reads `yyyy-MM-dd HH:mm:ss:SSS`, as IBC writes it, also with the digits of another script, or
    /// `yyyy/MM/dd HH:mm:ss`, as socat does; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut digits = String::with_capacity(24);
        let mut shape = String::with_capacity(24);
        for character in text.chars().take(24) {
            if let Some(digit) = decimal(character) {
                digits.push(digit);
                shape.push('0');
            } else {
                shape.push(character);
            }
        }
        match shape.as_str() {
            "0000-00-00 00:00:00:000" => {}
            "0000/00/00 00:00:00" => digits.push_str("000"),
            _ => return None,
        }
        let year: u16 = digits.get(..4)?.parse().ok()?;
        let year = if year > 2400 { year - BUDDHIST } else { year };
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
        let (month, day) = (part(4, 6), part(6, 8));
        let (hour, minute, second) = (part(8, 10), part(10, 12), part(12, 14));
        let millis = part(14, 17);
        let text = format!("{year:04}-{month}-{day}T{hour}:{minute}:{second}.{millis}Z");
        humantime::parse_rfc3339(&text).ok().map(Self)
    }

    /// The time of day and the date, as RFC 3339 writes them, to the second and without a zone.
    fn text(self) -> String {
        let text = to_the_second(self.0);
        text.trim_end_matches('Z').to_owned()
    }

    /// How long after `earlier` this is; nothing where the clock was set back between them.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.duration_since(earlier.0).unwrap_or_default()
    }

    /// So much later.
    #[must_use]
    pub fn after(self, elapsed: Duration) -> Self {
        Self(self.0.checked_add(elapsed).unwrap_or(self.0))
    }

    /// How far this is from the same moment in UTC: ahead of it, or behind.
    pub fn beyond(self, utc: SystemTime) -> Result<Duration, Duration> {
        self.0.duration_since(utc).map_err(|error| error.duration())
    }

    /// `06:00:11` on the day of `today`, or with its date.
    pub fn told(self, today: Option<Self>) -> String {
        let text = self.text();
        let (date, time) = text.split_once('T').unwrap_or_default();
        let of_today = today.map(Self::text);
        if of_today.is_some_and(|today| today.starts_with(date)) {
            time.to_owned()
        } else {
            format!("{date} {time}")
        }
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// The digit of this character in ASCII: logs are written with the digits of the user's locale.
fn decimal(character: char) -> Option<char> {
    const ZEROS: [u32; 7] = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0x1040, 0xff10];
    if character.is_ascii_digit() {
        return Some(character);
    }
    let code = u32::from(character);
    let zero = ZEROS
        .iter()
        .find(|zero| (**zero..**zero + 10).contains(&code))?;
    char::from_digit(code - zero, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Stamp {
        Stamp::parse(text).expect(text)
    }

    #[test]
    fn a_stamp_is_read_in_its_digits_and_calendar_and_anything_else_is_none() {
        let plain = at("2026-11-27 06:00:11:042");
        assert_eq!(plain.to_string(), "2026-11-27T06:00:11");
        assert_eq!(at("2569-11-27 06:00:11:042"), plain);
        assert_eq!(at("٢٠٢٦-١١-٢٧ ٠٦:٠٠:١١:٠٤٢"), plain);
        assert_eq!(at("2026/11/27 06:00:11").to_string(), plain.to_string());
        for none in [
            "",
            "2026-13-27 06:00:11:042",
            "2026-11-27 06:00:11",
            "2026-11-27 06:00:11:04",
            "2026-11-27 06:00:11:0421",
            "1899-11-27 06:00:11:042",
            "0000-00-00 00:00:00:000",
            "9999-99-99 99:99:99:999",
        ] {
            assert_eq!(Stamp::parse(none), None, "{none}");
        }
    }

    #[test]
    fn a_stamp_is_told_with_its_date_on_another_day_only() {
        let (one, other) = (at("2026-11-26 23:59:59:900"), at("2026-11-27 00:00:10:000"));
        assert_eq!(one.told(Some(other)), "2026-11-26 23:59:59");
        assert_eq!(one.told(Some(one)), "23:59:59");
        assert_eq!(one.told(None), "2026-11-26 23:59:59");
        assert_eq!(other.since(one), Duration::from_millis(10_100));
        assert_eq!(one.since(other), Duration::ZERO, "the clock was set back");
    }
}
