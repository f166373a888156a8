//! How the last line began: most lines begin as the one before, but for the fraction of the second.

use std::time::Duration;

use super::time::{self, Time};
use crate::trace::chunk::Timestamp;

/// The last line with a time.
#[derive(Debug, Default)]
pub(super) struct Last {
    /// What stood before its message.
    text: Vec<u8>,
    pub(super) time: Option<Time>,
}

impl Last {
    /// Keeps the time of a line that begins so.
    pub(super) fn keep(&mut self, text: &[u8], time: Time) {
        self.text.clear();
        self.text.extend_from_slice(text);
        self.time = Some(time);
    }

    /// The time in `text`, by the place of the last one if there is one.
    pub(super) fn read(&self, text: &[u8]) -> Option<Time> {
        let again = |last| {
            let within = self.within_second(text, last);
            within.or_else(|| time::again(text, last))
        };
        self.time.and_then(again).or_else(|| time::find(text))
    }

    /// Where all else is as in the last line only the fraction is read: a third of the time that a line
    /// takes went into its date.
    fn within_second(&self, text: &[u8], last: Time) -> Option<Time> {
        let (from, to) = last.fraction;
        let is_alike = text.len() == self.text.len()
            && text.get(..from) == self.text.get(..from)
            && text.get(to..) == self.text.get(to..);
        let mut end = from;
        let nanos = is_alike.then(|| time::fraction(text, &mut end))??;
        let second = Duration::from_secs(last.at.0.as_secs());
        (end == to).then_some(Time {
            at: Timestamp(second + Duration::from_nanos(nanos)),
            ..last
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_same_whatever_the_last_line_was() {
        let lines = [
            "2026-11-27 10:43:25,584 ib_async.client DEBUG ",
            "2026-11-27 10:43:25,009 ib_async.client DEBUG ",
            "2026-11-27 10:43:26,009 ib_async.client DEBUG ",
            "2026-11-27 10:43:26,009 ib_async.wrapper INFO ",
            "2026-11-27 10:43:26.00 ib_async.client DEBUG ",
            "2026-11-27 10:43:26.0x ib_async.client DEBUG ",
            "2026-11-27T10:43:25.584+01:00 ",
            "2026-11-27T10:43:25.585+01:00 ",
            "2026-11-27T10:43:25.586-01:00 ",
            "10:43:25.584 PM ",
            "10:43:25.585 PM ",
            "10:43:25 ",
            "Nov 27 10:43:25 ",
            "1795776205.584 ",
            "1795776205.585 ",
            "1795776205584 ",
            "1795776205585 ",
            "Traceback ",
        ];
        for before in lines {
            for line in lines {
                let mut last = Last::default();
                let Some(time) = time::find(before.as_bytes()) else {
                    continue;
                };
                last.keep(before.as_bytes(), time);
                let without = time::again(line.as_bytes(), time);
                let without = without.or_else(|| time::find(line.as_bytes()));
                assert_eq!(last.read(line.as_bytes()), without, "{before:?} {line:?}");
            }
        }
    }
}
