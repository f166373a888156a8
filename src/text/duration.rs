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
