//! A nightly restart that was announced: when it is, in which time zone. The zones are the system's.

use std::fmt;
use std::time::{Duration, SystemTime};

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A time of day in a time zone.
#[derive(Clone, Debug)]
pub struct RestartAt {
    time: Time,
    zone: TimeZone,
    typed: String,
}

/// Whether this is the name of a time zone of this system.
pub fn is_zone(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

impl RestartAt {
    /// Reads `HH:MM`, in this zone or in that of the machine; errs with what was expected.
    pub fn typed(time: &str, zone: Option<&str>) -> Result<Self, String> {
        let expected = || format!("expected HH:MM, such as 23:45, not {time:?}");
        let (hours, minutes) = time.split_once(':').ok_or_else(expected)?;
        let number = |text: &str| {
            let is_number =
                (1..=2).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
            is_number.then(|| text.parse::<i8>().ok()).flatten()
        };
        let (hours, minutes) = number(hours).zip(number(minutes)).ok_or_else(expected)?;
        let time = Time::new(hours, minutes, 0, 0).map_err(|_| expected())?;
        let zone = match zone {
            Some(name) => {
                let unknown = |_| format!("this system knows no time zone {name:?}");
                TimeZone::get(name).map_err(unknown)?
            }
            None => TimeZone::system(),
        };
        let name = zone.iana_name().unwrap_or("the machine's time zone");
        let typed = format!("{} {name}", time.strftime("%H:%M"));
        Ok(Self { time, zone, typed })
    }

    /// Whether the restart was at most `window` ago. On a day whose clocks skip its time of day it is
    /// as much later as they skip; where they repeat it, it is the first.
    pub fn is_within(&self, now: SystemTime, window: Duration) -> bool {
        let Ok(now) = Timestamp::try_from(now) else {
            return false;
        };
        let today = now.to_zoned(self.zone.clone()).date();
        let days = [today.checked_sub(1.day()).ok(), Some(today)];
        days.into_iter().flatten().any(|day| {
            let restart = day.to_datetime(self.time).to_zoned(self.zone.clone());
            restart.is_ok_and(|restart| {
                let since = now.as_second() - restart.timestamp().as_second();
                u64::try_from(since).is_ok_and(|since| Duration::from_secs(since) < window)
            })
        })
    }
}

impl fmt::Display for RestartAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WINDOW: Duration = Duration::from_secs(15 * 60);

    fn at(text: &str) -> SystemTime {
        text.parse::<Timestamp>().expect("a time").into()
    }

    #[test]
    fn only_a_quarter_of_an_hour_from_the_time_on_is_announced_also_over_midnight() {
        let restart = RestartAt::typed("23:50", Some("UTC")).unwrap();
        let within = |text| restart.is_within(at(text), WINDOW);
        assert!(!within("2026-11-27T23:49:59Z"));
        assert!(within("2026-11-27T23:50:00Z"));
        assert!(within("2026-11-28T00:04:59Z"));
        assert!(!within("2026-11-28T00:05:00Z"));
    }

    #[test]
    fn the_zone_decides_in_winter_and_in_summer_and_where_the_clocks_change() {
        if !is_zone("America/New_York") {
            return;
        }
        let restart = RestartAt::typed("23:45", Some("America/New_York")).unwrap();
        assert!(restart.is_within(at("2026-01-10T04:45:00Z"), WINDOW));
        assert!(restart.is_within(at("2026-07-10T03:45:00Z"), WINDOW));
        assert!(!restart.is_within(at("2026-07-10T04:45:00Z"), WINDOW));
        // On 8 March 2026 the clocks go from 2:00 to 3:00.
        let skipped = RestartAt::typed("02:30", Some("America/New_York")).unwrap();
        assert!(skipped.is_within(at("2026-03-08T07:30:00Z"), WINDOW));
        assert_eq!(restart.to_string(), "23:45 America/New_York");
    }

    #[test]
    fn what_is_no_time_of_day_is_refused() {
        for text in [
            "", "24:00", "12:60", "1200", "12:00:00", "-1:00", "+1:00", "a:b", "123:00",
        ] {
            assert!(RestartAt::typed(text, None).is_err(), "{text}");
        }
        assert!(RestartAt::typed("9:05", Some("Nowhere/Land")).is_err());
    }

    proptest! {
        #[test]
        fn a_day_has_one_window_of_its_length(hours in 0..24_u8, minutes in 0..60_u8) {
            let restart = RestartAt::typed(&format!("{hours}:{minutes}"), Some("UTC")).unwrap();
            let midnight = at("2026-11-27T00:00:00Z");
            let minute = |number: u64| midnight + Duration::from_secs(60 * number);
            let within = (0..24 * 60).filter(|it| restart.is_within(minute(*it), WINDOW));
            prop_assert_eq!(within.count(), 15);
        }
    }
}
