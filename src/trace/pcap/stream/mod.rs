//! One direction of a connection: its bytes in their order, whatever the order in which they were
//! captured.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::trace::chunk::Timestamp;

/// Bytes beyond a gap that are kept; with more the gap is given up.
const AHEAD: usize = 1 << 20;
/// For so long a gap may be filled by packets that were captured out of order, once the other side has
/// acknowledged the missing bytes.
const PATIENCE: Duration = Duration::from_millis(200);
/// The same packet within this time was captured twice, on two interfaces; nothing is sent again so
/// soon.
const TWICE: Duration = Duration::from_millis(1);

/// What comes out of a direction, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// What was captured at this moment.
    Bytes(Timestamp, &'a [u8]),
    /// So many bytes were not captured.
    Gap(u64),
    /// So many bytes were sent again.
    Repeated(u64),
    /// The direction ends; when that was captured.
    Fin(Timestamp),
}

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The next byte, counted on beyond 32 bits; `None` before the first segment.
    next: Option<u64>,
    /// What was captured beyond a gap.
    ahead: BTreeMap<u64, (Timestamp, Vec<u8>)>,
    ahead_bytes: usize,
    /// Since when there is a gap.
    since: Option<Timestamp>,
    /// Where the direction ends, and when that was captured.
    end: Option<(u64, Timestamp)>,
    /// The sequence number of the segment that began it.
    first: Option<u32>,
    has_begun: bool,
    is_ended: bool,
    /// When the last new bytes came.
    newest: Timestamp,
    /// What the other side has acknowledged.
    acknowledged: Option<u64>,
    /// By how many bits the windows that this side offers are shifted; `None` where that was not
    /// captured.
    pub(super) scale: Option<u8>,
    /// How far the other side may send, and what was acknowledged when that last moved.
    edge: Option<(u64, u64)>,
    is_full: bool,
}

impl Stream {
    /// The sequence number counted on beyond 32 bits: the nearest to what is expected.
    fn place(&self, sequence: u32) -> u64 {
        let Some(next) = self.next else {
            // Room below for what is captured late.
            return (1 << 32) + u64::from(sequence);
        };
        let low = u32::try_from(next & 0xffff_ffff).unwrap_or_default();
        let distance = i64::from(sequence.wrapping_sub(low).cast_signed());
        next.saturating_add_signed(distance)
    }

    /// The first segment says where the bytes begin.
    pub(super) fn begin(&mut self, sequence: u32) {
        self.has_begun = true;
        self.first = Some(sequence);
        self.next = Some((1 << 32) + u64::from(sequence) + 1);
    }

    /// Whether a segment of this direction was captured.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Whether a segment that dials is of another connection between the same ends than this one.
    pub(super) fn is_dialled_anew(&self, sequence: u32) -> bool {
        self.has_begun && self.first != Some(sequence)
    }

    /// Takes a segment and hands on what is in order.
    pub(super) fn take(
        &mut self,
        at: Timestamp,
        sequence: u32,
        payload: &[u8],
        fin: bool,
        out: &mut dyn FnMut(Piece<'_>),
    ) {
        self.has_begun = true;
        let start = self.place(sequence);
        let next = *self.next.get_or_insert(start);
        let end = start + payload.len() as u64;
        if fin {
            self.end.get_or_insert((end, at));
        }
        if start > next {
            self.keep(at, start, payload);
        } else if end > next {
            let known = usize::try_from(next - start).unwrap_or_default();
            self.newest = at;
            self.next = Some(end);
            out(Piece::Bytes(at, &payload[known..]));
            // The other side had to wait for these bytes: it reads the rest only now.
            self.drain(Some(at), out);
        } else if payload.len() > 1 && at.since(self.newest) >= TWICE {
            // One byte before the next is a keep-alive.
            out(Piece::Repeated(payload.len() as u64));
        }
        self.give_up_late(at, out);
        self.close(out);
    }

    fn keep(&mut self, at: Timestamp, start: u64, payload: &[u8]) {
        self.since.get_or_insert(at);
        if payload.is_empty() {
            return;
        }
        let known = self.ahead.get(&start).map_or(0, |(_, bytes)| bytes.len());
        if payload.len() > known {
            self.ahead_bytes += payload.len() - known;
            self.ahead.insert(start, (at, payload.to_vec()));
        }
    }

    /// Hands on what was kept and is in order now, at this moment, or at that of its capture.
    fn drain(&mut self, at: Option<Timestamp>, out: &mut dyn FnMut(Piece<'_>)) {
        while let Some((start, _)) = self.ahead.first_key_value() {
            let (start, next) = (*start, self.next.unwrap_or_default());
            if start > next {
                return;
            }
            let Some((captured, bytes)) = self.ahead.remove(&start) else {
                return;
            };
            self.ahead_bytes -= bytes.len();
            let known = usize::try_from(next - start).unwrap_or(usize::MAX);
            if let Some(new) = bytes.get(known..).filter(|new| !new.is_empty()) {
                self.next = Some(start + bytes.len() as u64);
                out(Piece::Bytes(at.unwrap_or(captured), new));
            }
        }
        self.since = None;
    }

    /// Gives a gap up that is not going to be filled: the other side has the bytes, and the capture
    /// has not.
    pub(super) fn give_up_late(&mut self, at: Timestamp, out: &mut dyn FnMut(Piece<'_>)) {
        let (Some(since), Some(next)) = (self.since, self.next) else {
            return;
        };
        let has_them = self
            .acknowledged
            .is_some_and(|acknowledged| acknowledged > next);
        if self.ahead_bytes > AHEAD || (has_them && at.since(since) >= PATIENCE) {
            self.give_up(out);
        }
    }

    /// Passes over the first gap.
    fn give_up(&mut self, out: &mut dyn FnMut(Piece<'_>)) {
        let Some(next) = self.next else {
            return;
        };
        let first = self.ahead.first_key_value().map(|(start, _)| *start);
        let to = first.or(self.end.map(|it| it.0)).or(self.acknowledged);
        let Some(to) = to.filter(|to| *to > next) else {
            self.since = None;
            return;
        };
        self.next = Some(to);
        out(Piece::Gap(to - next));
        self.drain(None, out);
    }

    fn close(&mut self, out: &mut dyn FnMut(Piece<'_>)) {
        let Some((end, captured)) = self.end else {
            return;
        };
        if self.next.is_some_and(|next| next >= end) && !self.is_ended {
            self.is_ended = true;
            // The FIN takes a place too.
            self.next = self.next.map(|next| next + 1);
            out(Piece::Fin(captured));
        }
    }

    /// No more segments come: what is behind gaps is handed on.
    pub(super) fn finish(&mut self, out: &mut dyn FnMut(Piece<'_>)) {
        while !self.ahead.is_empty() {
            self.give_up(out);
        }
        self.give_up(out);
        self.close(out);
    }

    /// The other side has acknowledged so far: what was not captured of that is a gap, also where nothing
    /// of this direction was captured, as with a filter by the Gateway's port as destination. Whether there
    /// is one, which may be too old by now.
    pub(super) fn acknowledge(&mut self, at: Timestamp, number: u32) -> bool {
        let place = self.place(number);
        let next = *self.next.get_or_insert(place);
        self.acknowledged = self.acknowledged.max(Some(place));
        let is_missing = place > next;
        if is_missing {
            self.since.get_or_insert(at);
        }
        is_missing
    }

    /// Bytes that the other side has not acknowledged; `None` where it was never heard.
    pub(super) fn unacknowledged(&self) -> Option<u64> {
        let sent = self.next?.saturating_sub(u64::from(self.is_ended));
        Some(sent.saturating_sub(self.acknowledged?))
    }

    /// This side offers a window in a segment that acknowledges `acknowledged`: whether it has become
    /// full, and at least how many bytes it has not read then, or that it reads again.
    pub(super) fn offer(&mut self, acknowledged: u32, window: u16) -> Option<Window> {
        let shift = self.scale.unwrap_or_default();
        let (was, at) = (self.edge, u64::from(acknowledged));
        let edge = at + (u64::from(window) << shift);
        if was.is_none_or(|(old, _)| edge > old || at + (1 << 31) < old) {
            self.edge = Some((edge, at));
        }
        let was_full = std::mem::replace(&mut self.is_full, window == 0);
        match (was_full, window == 0) {
            (false, true) => {
                let read = self.edge.map(|(_, read)| read).filter(|read| *read <= at);
                let unread = read.map(|read| at - read).filter(|_| self.scale.is_some());
                Some(Window::Full(unread))
            }
            (true, false) => Some(Window::Open),
            _ => None,
        }
    }
}

/// What became of a receive window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Window {
    /// No more bytes fit; at least so many are unread, where that is known.
    Full(Option<u64>),
    /// There is room again.
    Open,
}
