//! One request as it is read, in text or in protobuf, by the layout of its row.

use std::collections::BTreeMap;

use super::raw::{Kind, Raw, Unreadable, check, fields, is_true, whole};
use crate::wire::{Form, Frame, ServerVersion};

/// One part of a request: what the next text field is, and the protobuf field of the same value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The request's own version, in text to servers below this version.
    Version(u16),
    /// The request's id; protobuf field 1.
    Id,
    /// The request's id, in text from this server version on.
    IdSince(u16),
    /// A contract; protobuf field 2.
    Contract(&'static [u32]),
    /// The legs of a contract of the type BAG, in text only.
    Legs,
    /// The hedge of a delta-neutral combination, in text only.
    Hedge,
    /// Text; protobuf field.
    Text(u32),
    /// A whole number, or nothing.
    Int(u32),
    /// A number, or nothing.
    Real(u32),
    /// A flag, or nothing.
    Flag(u32),
    /// A flag, in text from this server version on.
    FlagSince(u16, u32),
    /// Text in the protobuf message of the first field, at the second.
    Of(u32, u32),
}

/// The fields of a contract in the order of most requests, by their protobuf numbers.
pub(super) const CONTRACT: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
/// Without the primary exchange.
pub(super) const NO_PRIMARY: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12];
/// With the flag for expired contracts behind.
pub(super) const EXPIRED: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 18];
/// With the flag for expired contracts and an identifier behind.
pub(super) const IDENTIFIED: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 18, 13, 14];
/// With an identifier behind.
pub(super) const ORDERED: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
/// Of fundamental data.
pub(super) const COMPANY: &[u32] = &[1, 2, 3, 8, 9, 10, 11];
/// The primary exchange of depth requests came later than the request.
pub(super) const DEPTH: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8, 149_009, 10, 11, 12];

/// More legs than a combination has.
const MOST_LEGS: usize = 100;

/// A request that was read.
#[derive(Debug)]
pub(super) struct Inquiry {
    /// The request's id, or −1 where it has none.
    pub(super) id: i32,
    pub(super) version: ServerVersion,
    pub(super) client_id: i32,
    pub(super) contract: Wanted,
    /// What protobuf requests carry as messages, undecoded.
    pub(super) messages: BTreeMap<u32, Vec<u8>>,
    values: BTreeMap<u32, String>,
}

/// The contract that a client describes; empty where it says nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Wanted(BTreeMap<u32, String>);

impl Wanted {
    /// The field of this protobuf number, as text.
    pub(super) fn text(&self, tag: u32) -> &str {
        self.0.get(&tag).map_or("", String::as_str)
    }

    pub(super) fn con_id(&self) -> i32 {
        self.text(1).parse().unwrap_or_default()
    }

    pub(super) fn strike(&self) -> f64 {
        self.text(5).parse().unwrap_or_default()
    }

    /// In words, for the line on stderr; what came from the client, unescaped.
    pub(super) fn words(&self) -> String {
        let said = [1, 2, 3, 4, 5, 6, 8, 10, 11].map(|tag| self.text(tag));
        let said = said
            .into_iter()
            .filter(|text| !["", "0", "0.0"].contains(text));
        said.collect::<Vec<_>>().join(" ")
    }
}

impl Inquiry {
    /// Reads the frame by the layout.
    pub(super) fn read(
        frame: &Frame,
        layout: &[Part],
        version: ServerVersion,
        client_id: i32,
    ) -> Result<Self, Unreadable> {
        if frame.oversized {
            return Err(Unreadable);
        }
        let mut inquiry = Self {
            id: -1,
            version,
            client_id,
            contract: Wanted::default(),
            messages: BTreeMap::new(),
            values: BTreeMap::new(),
        };
        match frame.form {
            Form::Protobuf => inquiry.read_protobuf(&frame.body, layout)?,
            Form::Text | Form::Greeting => inquiry.read_text(&frame.body, layout)?,
        }
        Ok(inquiry)
    }

    /// The text of this protobuf number; empty where there is none.
    pub(super) fn text(&self, tag: u32) -> &str {
        self.values.get(&tag).map_or("", String::as_str)
    }

    /// The text of a field in a message.
    pub(super) fn text_of(&self, message: u32, tag: u32) -> &str {
        self.text(message * 1000 + tag)
    }

    pub(super) fn int(&self, tag: u32) -> i32 {
        self.text(tag).parse().unwrap_or_default()
    }

    pub(super) fn real(&self, tag: u32) -> f64 {
        self.text(tag).parse().unwrap_or_default()
    }

    pub(super) fn flag(&self, tag: u32) -> bool {
        is_true(self.text(tag))
    }

    fn read_text(&mut self, body: &[u8], layout: &[Part]) -> Result<(), Unreadable> {
        let mut fields = body
            .strip_suffix(b"\0")
            .unwrap_or(body)
            .split(|&byte| byte == 0)
            .map(|field| String::from_utf8_lossy(field).into_owned());
        let mut next = || fields.next().ok_or(Unreadable);
        let version = self.version;
        let speaks = |since: u16| version >= ServerVersion(since);
        for part in layout {
            match *part {
                Part::Version(until) if speaks(until) => {}
                Part::Version(_) => check(Kind::Int, &next()?)?,
                Part::IdSince(since) if !speaks(since) => {}
                Part::Id | Part::IdSince(_) => self.id = next()?.parse().map_err(|_| Unreadable)?,
                Part::Contract(tags) => {
                    for tag in tags.iter().copied() {
                        // The thousands say from which version on the field exists.
                        let since = u16::try_from(tag / 1000).unwrap_or_default();
                        if speaks(since) {
                            let field = next()?;
                            check(contract_kind(tag % 1000), &field)?;
                            self.contract.0.insert(tag % 1000, field);
                        }
                    }
                }
                Part::Legs if self.contract.text(3) != "BAG" => {}
                Part::Legs => {
                    let count: usize = next()?.parse().map_err(|_| Unreadable)?;
                    for _ in 0..count.min(MOST_LEGS) * 4 {
                        next()?;
                    }
                }
                Part::Hedge => {
                    if is_true(&next()?) {
                        for _ in 0..3 {
                            next()?;
                        }
                    }
                }
                Part::FlagSince(since, _) if !speaks(since) => {}
                Part::Text(tag)
                | Part::Int(tag)
                | Part::Real(tag)
                | Part::Flag(tag)
                | Part::FlagSince(_, tag) => {
                    let field = next()?;
                    check(part.kind(), &field)?;
                    self.values.insert(tag, field);
                }
                Part::Of(message, tag) => {
                    self.values.insert(message * 1000 + tag, next()?);
                }
            }
        }
        Ok(())
    }

    fn read_protobuf(&mut self, body: &[u8], layout: &[Part]) -> Result<(), Unreadable> {
        let values = fields(body)?;
        for (tag, value) in &values {
            if let Raw::Bytes(bytes) = value {
                self.messages.insert(*tag, bytes.clone());
            }
        }
        for part in layout {
            match *part {
                Part::Version(_) | Part::Legs | Part::Hedge => {}
                Part::Id | Part::IdSince(_) => {
                    let Some(Raw::Number(id)) = values.get(&1) else {
                        return Err(Unreadable);
                    };
                    self.id = whole(*id);
                }
                Part::Contract(_) => {
                    let Some(bytes) = self.messages.get(&2) else {
                        continue;
                    };
                    for (tag, value) in fields(bytes)? {
                        // Messages inside of a contract (legs, hedge) are nothing the table knows.
                        if tag < 17 || tag == 18 {
                            let text = value.text(contract_kind(tag))?;
                            self.contract.0.insert(tag, text);
                        }
                    }
                }
                Part::Text(tag)
                | Part::Int(tag)
                | Part::Real(tag)
                | Part::Flag(tag)
                | Part::FlagSince(_, tag) => {
                    if let Some(value) = values.get(&tag) {
                        self.values.insert(tag, value.text(part.kind())?);
                    }
                }
                Part::Of(message, tag) => {
                    let inner = self.messages.get(&message).map(|bytes| fields(bytes));
                    if let Some(value) = inner.transpose()?.and_then(|mut it| it.remove(&tag)) {
                        self.values.insert(message * 1000 + tag, value.any());
                    }
                }
            }
        }
        Ok(())
    }
}

impl Part {
    fn kind(self) -> Kind {
        match self {
            Self::Int(_) => Kind::Int,
            Self::Real(_) => Kind::Real,
            Self::Flag(_) | Self::FlagSince(..) => Kind::Flag,
            _ => Kind::Text,
        }
    }
}

fn contract_kind(tag: u32) -> Kind {
    match tag {
        1 => Kind::Int,
        5 => Kind::Real,
        18 => Kind::Flag,
        _ => Kind::Text,
    }
}
