//! How the packets of a capture are packed, and by which clock.

use std::time::Duration;

use pcap_parser::Linktype;
use pcap_parser::pcapng::InterfaceDescriptionBlock;

use crate::trace::chunk::Timestamp;

/// Ticks in a second where nothing else is said, or what cannot be counted.
const MICROSECONDS: u64 = 1_000_000;

/// How the packets are packed.
#[derive(Debug)]
pub(super) enum Format {
    /// Not known before the first bytes are there.
    Unknown,
    Pcap {
        is_big_endian: bool,
        nanos: bool,
        link: Linktype,
    },
    Pcapng {
        is_big_endian: bool,
        interfaces: Vec<Interface>,
    },
    /// The rest cannot be read.
    Broken,
}

/// An interface of a pcapng file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interface {
    pub(super) link: Linktype,
    /// Ticks of its clock in a second.
    resolution: u64,
    /// Seconds that are added.
    offset: i64,
}

impl Interface {
    /// The interface that a block describes.
    pub(super) fn of(block: &InterfaceDescriptionBlock<'_>) -> Self {
        Self {
            link: block.linktype,
            resolution: resolution(block.if_tsresol),
            offset: block.if_tsoffset,
        }
    }

    /// So many ticks of its clock as a moment.
    pub(super) fn time(self, ticks: u64) -> Timestamp {
        let (whole, part) = (ticks / self.resolution, ticks % self.resolution);
        let seconds = whole.saturating_add_signed(self.offset);
        let nanos = u128::from(part) * 1_000_000_000 / u128::from(self.resolution);
        let nanos = u32::try_from(nanos).unwrap_or_default();
        Timestamp(Duration::new(seconds, nanos))
    }
}

/// Ticks in a second: a power of ten, or of two where the top bit is set.
fn resolution(of: u8) -> u64 {
    let base: u64 = if of & 0x80 == 0 { 10 } else { 2 };
    let ticks = base.checked_pow(u32::from(of & 0x7f));
    ticks.unwrap_or(MICROSECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_ticks_in_powers_of_ten_or_of_two() {
        for (of, ticks) in [
            (0, 1),
            (6, 1_000_000),
            (9, 1_000_000_000),
            (0x80, 1),
            (0x94, 1 << 20),
            (0xbf, 1 << 63),
            (0x7f, MICROSECONDS),
            (0xff, MICROSECONDS),
        ] {
            assert_eq!(resolution(of), ticks, "{of:#x}");
        }
        let interface = Interface {
            link: Linktype::RAW,
            resolution: resolution(0x8a),
            offset: 0,
        };
        let at = Duration::from_millis(5_500);
        assert_eq!(interface.time(5 * 1_024 + 512), Timestamp(at));
    }
}
