//! Numbers and spans of time as they are typed, each parsed and validated in one place.

use std::time::Duration;

/// Parses a TCP port, 1 to 65535.
pub fn parse_port(text: &str) -> Result<u16, String> {
    match text.parse::<u16>() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err("expected a port from 1 to 65535".to_owned()),
    }
}

/// Parses the port of a server of our own: 0 is a free one.
pub fn parse_own_port(text: &str) -> Result<u16, String> {
    let port = text.parse();
    port.map_err(|_| "expected a port from 1 to 65535, or 0 for a free one".to_owned())
}

/// Parses a process id, from 1 up.
pub fn parse_pid(text: &str) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(pid) if pid > 0 => Ok(pid),
        _ => Err("expected a process id such as 4711".to_owned()),
    }
}

/// Parses a duration such as `500ms`, `1.5s`, `2m` or `1h 30m`; a bare number is seconds.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    const EXPECTED: &str = "expected a duration such as 500ms, 5s, 1.5s or 2m";
    const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);
    let text = text.trim();
    let parsed = parse_decimal(text).or_else(|| humantime::parse_duration(text).ok());
    parsed
        .filter(|duration| *duration <= LONGEST)
        .ok_or_else(|| EXPECTED.to_owned())
}

fn parse_decimal(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
    let seconds = match unit {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    if number.starts_with('.') || number.ends_with('.') {
        return None;
    }
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}

/// Parses a span of time longer than zero.
pub fn parse_positive_duration(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("expected a duration longer than zero, such as 5s".to_owned()),
        duration => Ok(duration),
    }
}

/// Parses a number of handshakes, at most a million.
pub fn parse_attempts(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(attempts) if attempts <= 1_000_000 => Ok(attempts),
        _ => Err("expected a number of handshakes from 0 to 1000000".to_owned()),
    }
}

/// Parses minutes, fractions allowed, at most a week.
pub fn parse_minutes(text: &str) -> Result<Duration, String> {
    const EXPECTED: &str = "expected minutes from 0 to 10080, such as 2 or 0.5";
    let minutes: f64 = text.trim().parse().map_err(|_| EXPECTED.to_owned())?;
    if !(0.0..=10_080.0).contains(&minutes) {
        return Err(EXPECTED.to_owned());
    }
    Ok(Duration::from_secs_f64(minutes * 60.0))
}

/// Parses hours, fractions allowed, at most a week.
pub fn parse_hours(text: &str) -> Result<Duration, String> {
    const EXPECTED: &str = "expected hours from 0 to 168, such as 8 or 0.5";
    let hours: f64 = text.trim().parse().map_err(|_| EXPECTED.to_owned())?;
    if !(0.0..=168.0).contains(&hours) {
        return Err(EXPECTED.to_owned());
    }
    Ok(Duration::from_secs_f64(hours * 3600.0))
}

/// Parses a part of the whole: `99.5%`, or a fraction from 0 to 1.
pub fn parse_fraction(text: &str) -> Result<f64, String> {
    const EXPECTED: &str = "expected a rate such as 99.5% or 0.995";
    let text = text.trim();
    let number = |text: &str| text.trim().parse::<f64>().map_err(|_| EXPECTED.to_owned());
    let fraction = match text.strip_suffix('%') {
        // To nine decimals, so that 99.9 % is what 999 of 1000 is.
        Some(percent) => (number(percent)? * 1e7).round() / 1e9,
        None => number(text)?,
    };
    if (0.0..=1.0).contains(&fraction) {
        Ok(fraction)
    } else {
        Err(EXPECTED.to_owned())
    }
}

/// Parses a size such as `500kB`, `100MB` or `2GB`, at least 4 kB; a bare number is bytes.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    const EXPECTED: &str = "expected a size of at least 4kB, such as 500kB, 100MB or 2GB";
    const LEAST: u64 = 4_000;
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        _ => return Err(EXPECTED.to_owned()),
    };
    let bytes = number.parse::<u64>().ok();
    let bytes = bytes.and_then(|number| number.checked_mul(factor));
    bytes
        .filter(|bytes| *bytes >= LEAST)
        .ok_or_else(|| EXPECTED.to_owned())
}

/// Parses a limit: a whole number from 0 up.
pub fn parse_count(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| "expected a number from 0 on".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let ms = |text| parse_duration(text).map(|duration| duration.as_millis());
        assert_eq!(ms("500ms"), Ok(500));
        assert_eq!(ms("5"), Ok(5_000));
        assert_eq!(ms("1.5s"), Ok(1_500));
        assert_eq!(ms("1m 30s"), Ok(90_000));
        assert_eq!(ms("0s"), Ok(0));
        for text in [
            "",
            "s",
            "-1s",
            "5 parsecs",
            "1.2.3s",
            ".5s",
            "NaN",
            "inf",
            "1e9h",
            "9999999h",
        ] {
            assert!(ms(text).is_err(), "{text}");
        }
        assert!(parse_positive_duration("0ms").is_err());
    }

    #[test]
    fn minutes_may_be_fractions_but_not_nonsense() {
        assert_eq!(parse_minutes("0.5"), Ok(Duration::from_secs(30)));
        for text in ["-1", "NaN", "inf", "ten", "10081"] {
            assert!(parse_minutes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_size_has_a_unit_and_is_not_too_small() {
        assert_eq!(parse_bytes("100MB"), Ok(100_000_000));
        assert_eq!(parse_bytes("4 k"), Ok(4_000));
        for text in ["", "MB", "3999", "1.5MB", "-1", "5TB", "99999999999GB"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_rate_is_a_percentage_or_a_fraction() {
        assert_eq!(parse_fraction("100%"), Ok(1.0));
        assert_eq!(parse_fraction(" 99.5 % "), Ok(0.995));
        assert_eq!(parse_fraction("0.5"), Ok(0.5));
        assert_eq!(parse_fraction("99.9%"), Ok(999.0 / 1000.0));
        for text in ["", "%", "-1%", "101%", "1.5", "NaN", "inf%", "all"] {
            assert!(parse_fraction(text).is_err(), "{text}");
        }
    }
}
