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

    /// Judges the first bytes that a client sent; `None` where they are not those of another protocol that
    /// is known.
    pub fn recognise_client(first: &[u8]) -> Option<Self> {
        match first {
            // A record of the handshake, with a ClientHello.
            [0x16, 0x03, 0..=4, _, _, 1, ..] => Some(Self::Tls),
            [b'S', b'S', b'H', b'-', ..] => Some(Self::Ssh),
            _ if METHODS.iter().any(|it| first.starts_with(it)) => Some(Self::Http),
            _ => None,
        }
    }

    /// What answered in place of a Gateway, in words.
    pub fn answered(self) -> String {
        match self {
            Self::Http => "an HTTP server answered".to_owned(),
            Self::Ssh => "an SSH server answered".to_owned(),
            Self::Tls => "a TLS server answered".to_owned(),
            Self::ImpossibleLength(length) => {
                format!("the first four bytes, 0x{length:08x}, are no length of this protocol")
            }
            Self::Other => "the first bytes are no version of this protocol".to_owned(),
        }
    }
}

/// What the request of an HTTP client begins with, HTTP/2 at the end.
const METHODS: [&[u8]; 9] = [
    b"GET ",
    b"POST ",
    b"PUT ",
    b"HEAD ",
    b"DELETE ",
    b"OPTIONS ",
    b"PATCH ",
    b"CONNECT ",
    b"PRI * ",
];

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

    #[test]
    fn the_usual_wrong_clients_are_named() {
        let cases: [(&[u8], Option<NotTws>); 6] = [
            (b"\x16\x03\x01\x02\0\x01\0\x01\xfc", Some(NotTws::Tls)),
            (b"GET / HTTP/1.1\r\n", Some(NotTws::Http)),
            (b"PRI * HTTP/2.0\r\n", Some(NotTws::Http)),
            (b"SSH-2.0-OpenSSH_9.6\r\n", Some(NotTws::Ssh)),
            (b"API\0\0\0\0\x09v100..187", None),
            (b"\0\0\0\x0871\x002\x007\0\0", None),
        ];
        for (first, expected) in cases {
            assert_eq!(NotTws::recognise_client(first), expected, "{first:?}");
        }
    }
}
