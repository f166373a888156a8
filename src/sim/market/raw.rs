//! The single fields of a request, in text and in protobuf.

use std::collections::BTreeMap;

use bytes::Buf;
use prost::encoding::{WireType, decode_key, decode_varint};

/// A request that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Int,
    Real,
    Flag,
}

/// Whether the text is of the kind; an empty one is no value, which every kind allows.
pub(super) fn check(kind: Kind, text: &str) -> Result<(), Unreadable> {
    let is_right = text.is_empty()
        || match kind {
            Kind::Text => true,
            Kind::Int => text.parse::<i32>().is_ok(),
            Kind::Real => text.parse::<f64>().is_ok_and(f64::is_finite),
            Kind::Flag => is_true(text) || text == "0" || text.eq_ignore_ascii_case("false"),
        };
    is_right.then_some(()).ok_or(Unreadable)
}

pub(super) fn is_true(text: &str) -> bool {
    text == "1" || text.eq_ignore_ascii_case("true")
}

/// A protobuf field before its kind is known.
#[derive(Debug)]
pub(super) enum Raw {
    Number(u64),
    Real(f64),
    Bytes(Vec<u8>),
}

impl Raw {
    /// As the text form writes it, if it is of the kind.
    pub(super) fn text(&self, kind: Kind) -> Result<String, Unreadable> {
        match (self, kind) {
            // The multiplier of a contract is a number here and text there.
            (Self::Bytes(_) | Self::Real(_), Kind::Text)
            | (Self::Number(_), Kind::Int | Kind::Flag) => Ok(self.any()),
            (Self::Real(number), Kind::Real) if number.is_finite() => Ok(self.any()),
            _ => Err(Unreadable),
        }
    }

    pub(super) fn any(&self) -> String {
        match self {
            Self::Number(number) => whole(*number).to_string(),
            Self::Real(number) => number.to_string(),
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        }
    }
}

/// A number of 32 bits, as protobuf writes a negative one with 64.
pub(super) fn whole(number: u64) -> i32 {
    i32::try_from(number.cast_signed()).unwrap_or(-1)
}

/// The fields of a protobuf message by their numbers; of repeated ones the last.
pub(super) fn fields(mut body: &[u8]) -> Result<BTreeMap<u32, Raw>, Unreadable> {
    let mut fields = BTreeMap::new();
    while !body.is_empty() {
        let (tag, kind) = decode_key(&mut body).map_err(|_| Unreadable)?;
        let value = match kind {
            WireType::Varint => Raw::Number(decode_varint(&mut body).map_err(|_| Unreadable)?),
            WireType::SixtyFourBit => Raw::Real(body.try_get_f64_le().map_err(|_| Unreadable)?),
            WireType::LengthDelimited => {
                let length = decode_varint(&mut body).map_err(|_| Unreadable)?;
                let length = usize::try_from(length).map_err(|_| Unreadable)?;
                let (value, rest) = body.split_at_checked(length).ok_or(Unreadable)?;
                body = rest;
                Raw::Bytes(value.to_vec())
            }
            _ => return Err(Unreadable),
        };
        fields.insert(tag, value);
    }
    Ok(fields)
}
