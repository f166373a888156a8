//! The body of one reply, written at once in both forms: as text fields in the order of the calls,
//! or as protobuf by the field numbers (docs/PROTOCOL.md, Market data).

use bytes::{BufMut, Bytes};
use prost::encoding::{WireType, encode_key, encode_varint};

use crate::wire::{Form, Reply, ServerVersion, reply_form};

/// A reply that is being written.
#[derive(Debug)]
pub(super) struct Body {
    id: u32,
    version: ServerVersion,
    is_protobuf: bool,
    text: Vec<u8>,
    root: Node,
}

/// A protobuf message that is being built; a field may come in parts, as the text form orders them.
#[derive(Debug, Default)]
struct Node(Vec<(u32, Item)>);

#[derive(Debug)]
enum Item {
    Number(u64),
    Real(f64),
    Bytes(Vec<u8>),
    Message(Node),
}

/// A value that has a text form and a protobuf form.
pub(super) trait Value {
    fn text(self) -> String;
    fn item(self) -> Field;
}

/// The protobuf form of a value.
#[derive(Debug)]
pub(super) struct Field(Item);

impl Value for i32 {
    fn text(self) -> String {
        self.to_string()
    }
    fn item(self) -> Field {
        i64::from(self).item()
    }
}

impl Value for i64 {
    fn text(self) -> String {
        self.to_string()
    }
    fn item(self) -> Field {
        Field(Item::Number(self.cast_unsigned()))
    }
}

impl Value for bool {
    fn text(self) -> String {
        if self { "1" } else { "0" }.to_owned()
    }
    fn item(self) -> Field {
        Field(Item::Number(u64::from(self)))
    }
}

impl Value for f64 {
    /// Keeps the point of a whole number, as IB does: 0.0, not 0.
    fn text(self) -> String {
        format!("{self:?}")
    }
    fn item(self) -> Field {
        Field(Item::Real(self))
    }
}

impl Value for &str {
    /// A NUL inside would begin another field.
    fn text(self) -> String {
        self.replace('\0', "")
    }
    fn item(self) -> Field {
        Field(Item::Bytes(self.as_bytes().to_vec()))
    }
}

impl Value for &String {
    fn text(self) -> String {
        self.as_str().text()
    }
    fn item(self) -> Field {
        self.as_str().item()
    }
}

impl Body {
    pub(super) fn new(id: u32, version: ServerVersion) -> Self {
        Self {
            id,
            version,
            is_protobuf: reply_form(id, version) == Form::Protobuf,
            text: Vec::new(),
            root: Node::default(),
        }
    }

    /// Whether the server version is at least this one.
    pub(super) fn speaks(&self, since: u16) -> bool {
        self.version >= ServerVersion(since)
    }

    /// The message's own version, which text replies of servers below `until` begin with.
    pub(super) fn head(mut self, own: &str, until: u16) -> Self {
        if !self.speaks(until) {
            self.text(own);
        }
        self
    }

    /// A value in both forms; the path is the protobuf field, in the messages in front of it.
    pub(super) fn put(&mut self, path: &[u32], value: impl Value) -> &mut Self {
        if self.is_protobuf {
            self.root.set(path, value.item().0);
        } else {
            self.text(&value.text());
        }
        self
    }

    /// A value that the text form has from this server version on, and protobuf always.
    pub(super) fn since(&mut self, since: u16, path: &[u32], value: impl Value) -> &mut Self {
        if self.is_protobuf || self.speaks(since) {
            self.put(path, value);
        }
        self
    }

    /// A text field that protobuf does not have.
    pub(super) fn text(&mut self, value: &str) -> &mut Self {
        if !self.is_protobuf {
            self.text.put_slice(value.as_bytes());
            self.text.put_u8(0);
        }
        self
    }

    /// A protobuf field that the text form does not have.
    pub(super) fn extra(&mut self, path: &[u32], value: impl Value) -> &mut Self {
        if self.is_protobuf {
            self.root.set(path, value.item().0);
        }
        self
    }

    /// A protobuf message that came from the client, as it is.
    pub(super) fn echo(&mut self, tag: u32, message: Vec<u8>) -> &mut Self {
        if self.is_protobuf {
            self.root.0.push((tag, Item::Bytes(message)));
        }
        self
    }

    /// A list of messages, each written by `one`; in text their number comes first.
    pub(super) fn list<T>(
        &mut self,
        tag: u32,
        items: &[T],
        one: impl Fn(&mut Self, &T),
    ) -> &mut Self {
        self.text(&items.len().to_string());
        self.each(tag, items, one)
    }

    /// The messages of a list without their number.
    pub(super) fn each<T>(
        &mut self,
        tag: u32,
        items: &[T],
        one: impl Fn(&mut Self, &T),
    ) -> &mut Self {
        for item in items {
            let mut body = Self {
                text: Vec::new(),
                root: Node::default(),
                ..*self
            };
            one(&mut body, item);
            self.text.extend(body.text);
            self.root.0.push((tag, Item::Message(body.root)));
        }
        self
    }

    /// A list of plain values; in text their number comes first.
    pub(super) fn values<T: Value + Copy>(&mut self, tag: u32, values: &[T]) -> &mut Self {
        self.text(&values.len().to_string());
        for value in values.iter().copied() {
            if self.is_protobuf {
                self.root.0.push((tag, value.item().0));
            } else {
                self.text(&value.text());
            }
        }
        self
    }

    /// The whole reply.
    pub(super) fn reply(&mut self) -> Reply {
        let body = if self.is_protobuf {
            self.root.bytes()
        } else {
            std::mem::take(&mut self.text)
        };
        Reply::Other {
            id: self.id,
            body: Bytes::from(body),
        }
    }
}

impl Node {
    fn set(&mut self, path: &[u32], item: Item) {
        match path {
            [] => {}
            [tag] => self.0.push((*tag, item)),
            [tag, rest @ ..] => {
                let known =
                    |(known, item): &(u32, Item)| known == tag && matches!(item, Item::Message(_));
                let at = self.0.iter().position(known).unwrap_or_else(|| {
                    self.0.push((*tag, Item::Message(Self::default())));
                    self.0.len() - 1
                });
                if let Some((_, Item::Message(node))) = self.0.get_mut(at) {
                    node.set(rest, item);
                }
            }
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (tag, item) in &self.0 {
            match item {
                Item::Number(value) => {
                    encode_key(*tag, WireType::Varint, &mut bytes);
                    encode_varint(*value, &mut bytes);
                }
                Item::Real(value) => {
                    encode_key(*tag, WireType::SixtyFourBit, &mut bytes);
                    bytes.put_f64_le(*value);
                }
                Item::Bytes(value) => put_bytes(*tag, value, &mut bytes),
                Item::Message(node) => put_bytes(*tag, &node.bytes(), &mut bytes),
            }
        }
        bytes
    }
}

fn put_bytes(tag: u32, value: &[u8], bytes: &mut Vec<u8>) {
    encode_key(tag, WireType::LengthDelimited, bytes);
    encode_varint(value.len() as u64, bytes);
    bytes.put_slice(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(version: u16) -> Vec<u8> {
        let mut body = Body::new(10, ServerVersion(version)).head("8", 164);
        body.put(&[1], 9).put(&[2, 2], "SPY");
        body.since(182, &[2, 21], "").put(&[2, 5], 1.5);
        body.list(3, &["a", "b"], |body, item| {
            body.put(&[1], *item);
        });
        match body.reply() {
            Reply::Other { body, .. } => body.to_vec(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn text_fields_come_in_the_order_of_the_calls_and_by_version() {
        assert_eq!(body(163), b"8\x009\0SPY\x001.5\x002\0a\0b\0");
        assert_eq!(body(182), b"9\0SPY\0\x001.5\x002\0a\0b\0");
    }

    #[test]
    fn protobuf_gathers_the_parts_of_a_message() {
        let expected = b"\x08\x09\x12\x11\x12\x03SPY\xaa\x01\0\x29\0\0\0\0\0\0\xf8\x3f\
            \x1a\x03\x0a\x01a\x1a\x03\x0a\x01b";
        assert_eq!(body(205), expected);
    }
}
