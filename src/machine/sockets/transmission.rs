//! What became of the bytes that one connection sent, as the kernel of this machine counts it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::text::json::Millis;
use crate::text::words::counted;

/// The kernel's figures of ibdoc's own end of a connection (`struct tcp_info`).
///
/// The other end's kernel acknowledges, and not its program: a stopped program still does, and
/// through a relay the relay's machine does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Transmission {
    /// Bytes written and not acknowledged by the other end's kernel; a close counts as one.
    pub unacknowledged: u32,
    /// How many times in a row the oldest of them was sent again.
    pub retransmits: u8,
    /// How often the wait for its acknowledgement was doubled.
    pub backoff: u8,
    /// Segments that were sent.
    pub segments: u32,
    /// Segments that were sent again, those excepted that the other end had twice.
    pub segments_again: u32,
    /// Times that a segment came before one that had been sent earlier: one was lost or overtaken.
    pub out_of_order: u32,
    /// Bytes that the other end's kernel has acknowledged.
    pub bytes_acknowledged: u64,
    /// The smoothed round trip.
    #[serde(rename = "round_trip_ms", with = "Millis")]
    pub round_trip: Duration,
    /// Bytes that the other end is ready to take; null on kernels before 5.4.
    pub window: Option<u32>,
}

impl Transmission {
    /// Whether bytes were sent in vain: not acknowledged though they were sent again, or though this
    /// machine would send them. An end that takes no more, for its program does not read, is no loss.
    pub fn is_held_up(&self) -> bool {
        let tried_again = self.segments_again > 0 || self.retransmits > 0 || self.backoff > 0;
        self.unacknowledged > 0 && tried_again && self.window != Some(0)
    }

    /// Whether a part of what was sent, or of what came, was lost on the way.
    pub fn has_losses(&self) -> bool {
        self.segments_again > 0 || self.retransmits > 0 || self.out_of_order > 0
    }

    /// The part of the segments that had to be sent again; 0 where none was sent.
    pub fn loss(&self) -> f64 {
        let sent = self.segments.max(self.segments_again).max(1);
        f64::from(self.segments_again) / f64::from(sent)
    }

    /// What was lost, in words.
    pub fn losses_in_words(&self) -> String {
        let again = self.segments_again.max(self.retransmits.into());
        let part = (self.loss() * 100.0).round();
        let late = counted(self.out_of_order, "segment");
        match (again, self.out_of_order) {
            (0, _) => format!("{late} came out of order"),
            (_, 0) => format!(
                "{again} of {} segments sent again ({part} %)",
                self.segments
            ),
            _ => format!(
                "{again} of {} segments sent again ({part} %), {late} came out of order",
                self.segments
            ),
        }
    }
}
