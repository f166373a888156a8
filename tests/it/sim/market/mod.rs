//! What the simulated Gateway answers about contracts, prices, news and orders.

pub(crate) mod hostile;
pub(crate) mod messages;
pub(crate) mod refusals;
pub(crate) mod requests;
pub(crate) mod streams;

use ibdoc::wire::{Notice, Reply, Request};
use tokio::io::{AsyncWriteExt, DuplexStream};

use crate::helpers::scripted::connect;
use crate::sim::client::{Client, gateway};

/// Where messages are protobuf, what is added to their ids.
const PROTOBUF: u32 = 200;

/// A session that was started at this version, everything that follows the start read.
pub(crate) async fn session(version: u16, scenario: &str) -> Client<DuplexStream> {
    let stream = connect(&gateway(version, scenario));
    let mut client = Client::greet(stream).await.expect("a greeting");
    client.start(7).await;
    let is_last = |reply: &Reply| matches!(reply, Reply::Notice(notice) if notice.code == 2158);
    client.until(is_last).await;
    client
}

/// A frame of text: the fields are separated by `|`.
pub(crate) fn text(version: u16, id: u32, fields: &str) -> Vec<u8> {
    let mut body = Vec::new();
    if version >= 201 {
        body.extend(id.to_be_bytes());
    } else {
        body.extend(format!("{id}\0").bytes());
    }
    if !fields.is_empty() {
        body.extend(fields.replace('|', "\0").bytes().chain([0]));
    }
    framed(body)
}

/// A frame of protobuf.
pub(crate) fn protobuf(id: u32, message: &Message) -> Vec<u8> {
    let mut body = (id + PROTOBUF).to_be_bytes().to_vec();
    body.extend(&message.0);
    framed(body)
}

pub(crate) fn framed(body: Vec<u8>) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a short frame");
    length.to_be_bytes().into_iter().chain(body).collect()
}

/// A protobuf message, field by field.
#[derive(Clone, Default)]
pub(crate) struct Message(pub(crate) Vec<u8>);

impl Message {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A number from 0 up, or a flag.
    pub(crate) fn number(mut self, tag: u8, value: u32) -> Self {
        self.key(tag, 0);
        self.varint(value);
        self
    }

    pub(crate) fn real(mut self, tag: u8, value: f64) -> Self {
        self.key(tag, 1);
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(crate) fn text(self, tag: u8, value: &str) -> Self {
        self.bytes(tag, value.as_bytes())
    }

    pub(crate) fn message(self, tag: u8, value: &Self) -> Self {
        self.bytes(tag, &value.0)
    }

    fn bytes(mut self, tag: u8, value: &[u8]) -> Self {
        self.key(tag, 2);
        self.varint(u32::try_from(value.len()).expect("short"));
        self.0.extend(value);
        self
    }

    fn key(&mut self, tag: u8, kind: u32) {
        self.varint(u32::from(tag) << 3 | kind);
    }

    fn varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.0
                .push(u8::try_from(value & 0x7f).expect("seven bits") | 0x80);
            value >>= 7;
        }
        self.0.push(u8::try_from(value).expect("seven bits"));
    }
}

/// Everything that answers the frame: what comes before the answer to a request behind it.
pub(crate) async fn replies(client: &mut Client<DuplexStream>, frame: &[u8]) -> Vec<Reply> {
    client
        .stream
        .write_all(frame)
        .await
        .expect("the Gateway reads");
    client.ask(Request::Ids).await;
    let is_last = |reply: &Reply| matches!(reply, Reply::NextValidId(_));
    let mut replies = client.until(is_last).await;
    replies.pop();
    replies
}

/// The only reply, which is an error: its request's id, its number and its words.
pub(crate) fn refusal(replies: &[Reply]) -> (i32, i32, String) {
    match replies {
        [
            Reply::Notice(Notice {
                req_id, code, text, ..
            }),
        ] => (*req_id, *code, text.clone()),
        other => panic!("no refusal: {other:?}"),
    }
}

/// The body of a reply as it came; text with `|` for NUL.
pub(crate) fn body(reply: &Reply) -> String {
    match reply {
        Reply::Other { body, .. } | Reply::OpenOrder(body) => {
            String::from_utf8_lossy(body).replace('\0', "|")
        }
        other => format!("{other:?}"),
    }
}
