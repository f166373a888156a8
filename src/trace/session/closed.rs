//! Who closed first and how, and what the other side did then.

use crate::event::Speaker;
use crate::trace::chunk::{Closing, Timestamp};

/// One end of a connection that was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trace) struct Closed {
    pub(in crate::trace) at: Timestamp,
    pub(in crate::trace) side: Speaker,
    pub(in crate::trace) how: Closing,
    /// How many requests were not complete then.
    pub(in crate::trace) waiting: usize,
}

/// How both ends were closed.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::trace) struct Close {
    first: Option<Closed>,
    other: Option<Closed>,
}

impl Close {
    pub(super) fn take(&mut self, at: Timestamp, side: Speaker, how: Closing, waiting: usize) {
        let closed = Closed {
            at,
            side,
            how,
            waiting,
        };
        match (&mut self.first, &mut self.other) {
            (None, _) => self.first = Some(closed),
            // A FIN behind a gap is handed on late, with the time of its capture.
            (Some(first), None) if first.side != side && at < first.at => {
                self.other = self.first.replace(closed);
            }
            (Some(first), None) if first.side != side => self.other = Some(closed),
            // A reset behind a FIN of the same side: what it did in the end.
            (Some(_), Some(other))
                if how == Closing::Reset && other.side == side && other.how == Closing::Fin =>
            {
                *other = closed;
            }
            _ => {}
        }
    }

    /// The side that closed first.
    pub(in crate::trace) fn first(&self) -> Option<Closed> {
        self.first
    }

    /// Whether a FIN of the other side may have come before, among bytes of it that are missing.
    pub(in crate::trace) fn is_unsure(&self, missing_of: impl Fn(Speaker) -> u64) -> bool {
        let has_fin = self.other.is_some_and(|it| it.how == Closing::Fin);
        self.first.is_some_and(|first| {
            first.how == Closing::Fin && !has_fin && missing_of(first.side.other()) > 0
        })
    }

    /// What the other side did then.
    pub(in crate::trace) fn other(&self) -> Option<Closed> {
        self.other
    }
}
