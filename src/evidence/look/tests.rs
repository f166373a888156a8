//! Ages of a log, by what is known of its times.

use super::*;

fn log(lines: &str) -> Log {
    let mut reader = Reader::default();
    reader.feed(lines.as_bytes());
    reader.log().clone()
}

fn at(text: &str) -> SystemTime {
    humantime::parse_rfc3339(text).expect("a time")
}

#[test]
fn the_age_of_a_log_is_its_files_or_its_engines_or_at_least_its_own() {
    let plain = log("2026-11-27 06:00:11:000 IBC: Login has completed\n");
    let (hour, now) = (Duration::from_secs(3600), at("2026-11-27T06:00:11Z"));
    assert_eq!(age(&plain, Some(now - hour), now), Some(Age::Known(hour)));
    assert_eq!(
        age(&plain, Some(now + hour), now),
        Some(Age::Known(Duration::ZERO))
    );
    assert_eq!(age(&plain, None, now), None, "its zone is not known");
    assert_eq!(
        age(&plain, None, now + 20 * hour),
        Some(Age::AtLeast(6 * hour))
    );
    let stamped = log("2026-11-27T05:00:11Z 2026-11-27 06:00:11:000 IBC: Login has completed\n");
    assert_eq!(age(&stamped, None, now), Some(Age::Known(hour)));
}
