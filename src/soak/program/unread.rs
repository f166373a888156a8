//! Bytes that lie unread in the program's end of a connection, and for how long.

use std::time::Duration;

use tokio::time::Instant;

/// Bytes that lie for less are on their way to their reader.
const LASTING: Duration = Duration::from_secs(1);

/// What lies unread in one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unread {
    bytes: u32,
    /// How many bytes the program had read by then; `None` if the source does not tell.
    read: Option<u64>,
    since: Instant,
}

impl Unread {
    /// A look at a connection: `bytes` unread of `received`. Returns how many of them lie since a
    /// look at least a second ago, in which time nothing was read.
    pub(super) fn look(
        known: &mut Option<Self>,
        now: Instant,
        bytes: u32,
        received: Option<u64>,
    ) -> u32 {
        let read = received.map(|received| received.saturating_sub(bytes.into()));
        let new = Self {
            bytes,
            read,
            since: now,
        };
        let lasting = known.filter(|known| {
            bytes > 0 && known.bytes > 0 && known.read == read && known.bytes <= bytes
        });
        let Some(lasting) = lasting else {
            *known = Some(new);
            return 0;
        };
        if now.duration_since(lasting.since) < LASTING {
            return 0;
        }
        *known = Some(new);
        lasting.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(looks: &[(u64, u32, Option<u64>)]) -> Vec<u32> {
        let start = Instant::now();
        let mut known = None;
        let look = |(at, bytes, received): &(u64, u32, Option<u64>)| {
            let now = start + Duration::from_millis(*at);
            Unread::look(&mut known, now, *bytes, *received)
        };
        looks.iter().map(look).collect()
    }

    #[test]
    fn bytes_that_lie_for_a_second_count() {
        let lie = [
            (0, 80, Some(100)),
            (900, 80, Some(100)),
            (1000, 80, Some(100)),
        ];
        assert_eq!(looks(&lie), [0, 0, 80]);
        let more_comes = [
            (0, 80, Some(100)),
            (600, 90, Some(110)),
            (1100, 200, Some(220)),
        ];
        assert_eq!(looks(&more_comes), [0, 0, 80]);
    }

    #[test]
    fn a_reader_that_is_always_behind_but_reads_is_not_blocked() {
        let behind = [
            (0, 80, Some(100)),
            (600, 80, Some(500)),
            (1200, 80, Some(900)),
        ];
        assert_eq!(looks(&behind), [0, 0, 0]);
        let empty = [
            (0, 0, Some(100)),
            (5000, 0, Some(100)),
            (5100, 80, Some(180)),
        ];
        assert_eq!(looks(&empty), [0, 0, 0]);
    }

    #[test]
    fn without_counts_of_bytes_a_queue_that_never_shrinks_is_what_counts() {
        assert_eq!(looks(&[(0, 80, None), (1000, 80, None)]), [0, 80]);
        assert_eq!(looks(&[(0, 80, None), (1000, 20, None)]), [0, 0]);
    }
}
