//! Recognises from its first bytes a peer that is another service than TWS or the Gateway.

use super::MAX_LENGTH;

/// What a peer turned out to speak instead of the TWS API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotTws {
    /// An HTTP server, version 1 or 2.
    Http,
    /// An SSH server.
    Ssh,
    /// A TLS endpoint, answering with a record or an alert.
    Tls,
    /// Something whose first four bytes are no length a TWS would send.
    ImpossibleLength(
        /// The four bytes, read as a length.
        u32,
    ),
    /// Something whose first frame is not a version.
    Other,
}

/// The longest reply to a greeting that is believed, in bytes: real ones hold a version and a time.
const LONGEST_REPLY: u32 = 4096;

impl NotTws {
    /// Judges the first bytes that a server sent; `None` while they may still be a version.
    pub fn recognise(first: &[u8]) -> Option<Self> {
        if first.starts_with(b"HTTP") || is_http2_settings(first) {
            return Some(Self::Http);
        }
        if first.starts_with(b"SSH-") {
            return Some(Self::Ssh);
        }
        if matches!(first, [0x14..=0x17, 0x03, 0..=4, ..]) {
            return Some(Self::Tls);
        }
        let (length, body) = first.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length);
        if length > MAX_LENGTH {
            return Some(Self::ImpossibleLength(length));
        }
        let plausible = (1..=LONGEST_REPLY).contains(&length)
            && body
                .first()
                .is_none_or(|byte| byte.is_ascii_digit() || *byte == b'-');
        (!plausible).then_some(Self::Other)
    }
}

/// A SETTINGS frame on stream 0, with which an HTTP/2 server begins; its first four bytes would
/// pass for a length.
fn is_http2_settings(first: &[u8]) -> bool {
    matches!(first, [0, _, length, 4, 0, 0, 0, 0, 0, ..] if length % 6 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_wrong_peers_are_named() {
        let cases: [(&[u8], Option<NotTws>); 12] = [
            (b"HTTP/1.1 400 Bad Request\r\n", Some(NotTws::Http)),
            (b"\0\0\x12\x04\0\0\0\0\0\0\x03", Some(NotTws::Http)),
            (b"SSH-2.0-OpenSSH_9.6\r\n", Some(NotTws::Ssh)),
            (b"\x15\x03\x01\0\x02\x02\x46", Some(NotTws::Tls)),
            (b"\x16\x03\x03\0\x5a", Some(NotTws::Tls)),
            (
                b"220 mail.example.org ESMTP",
                Some(NotTws::ImpossibleLength(0x3232_3020)),
            ),
            (b"\0\0\0\x04\x05\0\0\0", Some(NotTws::Other)),
            (b"\0\0\0\0", Some(NotTws::Other)),
            (b"\0\x10\0\0", Some(NotTws::Other)),
            (b"\0\0\0\x1a176\x0020261122 10:00:00 UTC\0", None),
            (b"\0\0\0", None),
            (b"", None),
        ];
        for (first, expected) in cases {
            assert_eq!(NotTws::recognise(first), expected, "{first:?}");
        }
    }
}
