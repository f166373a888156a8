//! Durations as words.

use std::time::Duration;

/// A duration as it is read: milliseconds below a second, seconds above.
pub fn shown(duration: Duration) -> String {
    if duration < Duration::from_millis(10) {
        format!("{:.2} ms", duration.as_secs_f64() * 1e3)
    } else if duration < Duration::from_secs(1) {
        format!("{:.0} ms", duration.as_secs_f64() * 1e3)
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// The same without tenths of a second, for what lasts long.
pub fn shown_whole(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        shown(duration)
    } else {
        format!("{:.0} s", duration.as_secs_f64())
    }
}

/// What may last for hours: seconds below two minutes, then minutes, then hours and minutes.
pub fn shown_long(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..=119 => shown_whole(duration),
        120..=7199 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Milliseconds with as many decimals as their size asks for.
pub fn span(ms: f64) -> String {
    let duration = Duration::try_from_secs_f64(ms / 1e3).unwrap_or_default();
    let seconds = duration.as_secs();
    match seconds {
        0 if ms <= 0.0 => "0 s".to_owned(),
        0 if ms < 0.1 => format!("{:.0} µs", ms * 1e3),
        0..=119 => shown(duration),
        120..=7199 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A moment of a held session in minutes and seconds: `1m 05s`.
pub fn clock(at: Duration) -> String {
    let seconds = at.as_secs_f64();
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    let whole = at.as_secs();
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}h {minutes:02}m {seconds:02}s")
    } else {
        format!("{minutes}m {seconds:02}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_people_do() {
        let clock = |seconds| clock(Duration::from_secs_f64(seconds));
        assert_eq!(clock(5.25), "5.2 s");
        assert_eq!(clock(65.0), "1m 05s");
        assert_eq!(clock(7265.0), "2h 01m 05s");
    }
}
