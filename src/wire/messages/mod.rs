//! Every message of both directions: its name, where its request id stands, from which version on it
//! is protobuf, what answers it and what ends it (docs/PROTOCOL.md, All messages).
//!
//! The one table of them: the codec takes the forms from it, the simulated Gateway its words, and a
//! trace pairs requests with their answers by it.

mod client;
mod gateway;
mod names;
mod request_id;

use std::sync::LazyLock;

use super::{Form, ServerVersion};

pub use client::ASKED;
pub use gateway::TOLD;
pub use names::{told_by_name, told_names, typed_name};
pub use request_id::{has_last_flag, is_snapshot, request_id};

/// Where the request id of a message stands in the text form, the message id being field 0; the
/// protobuf form has it in tag 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestIdAt {
    /// It carries none.
    Nowhere,
    /// In this field.
    Field(u8),
    /// In the first field below this version, in the last one from it on.
    Moved(u8, u16, u8),
    /// In the last field.
    Last,
    /// The message has no text form.
    Protobuf,
}

/// What ends the answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Nothing answers it.
    Silent,
    /// It is about an order, and nothing marks its end.
    Order,
    /// It is answered, and nothing marks the end.
    Open,
    /// Any of these messages.
    Any(&'static [u32]),
    /// All of these messages.
    All(&'static [u32]),
    /// Any of these messages, if the last field, or the flag in tag 3, is set.
    LastField(&'static [u32]),
    /// Any of these end what there is at first, or nothing does; what changes follows until the
    /// request with this id cancels it.
    Stream(&'static [u32], u32),
}

/// A message from the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The message id.
    pub id: u32,
    /// The name in IB's sources.
    pub name: &'static str,
    /// What is asked, in words.
    pub words: &'static str,
    /// Where the request id stands.
    pub request_id: RequestIdAt,
    /// The version from which on it is protobuf; 0 where it never is.
    pub protobuf: u16,
    /// The messages that answer it.
    pub answers: &'static [u32],
    /// What ends the answer.
    pub ends: Ends,
}

impl Asked {
    /// Whether this message of a Gateway answers or ends it.
    pub fn is_answered_by(&self, id: u32) -> bool {
        let ends = match self.ends {
            Ends::Any(ends) | Ends::All(ends) | Ends::LastField(ends) | Ends::Stream(ends, _) => {
                ends
            }
            Ends::Silent | Ends::Order | Ends::Open => &[],
        };
        self.answers.contains(&id) || ends.contains(&id)
    }
}

/// A message from the Gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The message id.
    pub id: u32,
    /// The name in IB's sources.
    pub name: &'static str,
    /// Where the request id stands.
    pub request_id: RequestIdAt,
    /// The version from which on it is protobuf; 0 where it never is.
    pub protobuf: u16,
}

/// Requests that end an answer which would also end by itself, and the request that they end.
const CANCELS: [(u32, u32); 9] = [
    (53, 52),
    (56, 54),
    (57, 55),
    (89, 88),
    (90, 87),
    (101, 100),
    (103, 102),
    (106, 9),
    (107, 96),
];

/// The message of a client with this id.
pub fn asked(id: u32) -> Option<&'static Asked> {
    static BY_ID: LazyLock<ById<Asked>> = LazyLock::new(|| by_id(ASKED, |row| row.id));
    *BY_ID.get(id as usize)?
}

/// The message of a Gateway with this id.
pub fn told(id: u32) -> Option<&'static Told> {
    static BY_ID: LazyLock<ById<Told>> = LazyLock::new(|| by_id(TOLD, |row| row.id));
    *BY_ID.get(id as usize)?
}

/// The messages of a client that this message of a Gateway may answer or end.
pub fn asked_by(id: u32) -> &'static [&'static Asked] {
    static BY_REPLY: LazyLock<Vec<Vec<&'static Asked>>> = LazyLock::new(|| {
        let last = TOLD.last().map_or(0, |row| row.id);
        let of = |id| ASKED.iter().filter(move |row| row.is_answered_by(id));
        (0..=last).map(|id| of(id).collect()).collect()
    });
    let place = usize::try_from(id).unwrap_or(usize::MAX);
    BY_REPLY.get(place).map_or(&[], Vec::as_slice)
}

/// Rows at the places of their ids: they are looked up twice for each message of a recording.
type ById<T> = Vec<Option<&'static T>>;

fn by_id<T>(rows: &'static [T], of: impl Fn(&T) -> u32) -> ById<T> {
    let mut all = Vec::new();
    for row in rows {
        all.resize(of(row) as usize, None);
        all.push(Some(row));
    }
    all
}

/// The request that a message of the client ends, if it is such a message.
pub fn cancelled_by(id: u32) -> Option<&'static Asked> {
    // The switch of account updates is one message for both.
    let streams = ASKED.iter().filter(|row| row.id != id);
    let stream = streams
        .clone()
        .find(|row| matches!(row.ends, Ends::Stream(_, until) if until == id));
    let other = CANCELS.iter().find(|(cancel, _)| *cancel == id);
    stream.or_else(|| asked(other?.1))
}

/// Whether a message is about an order: it is named, and its content is nobody's business.
pub fn is_about_order(from_client: bool, id: u32) -> bool {
    if from_client {
        asked(id).is_some_and(|row| row.ends == Ends::Order)
    } else {
        matches!(id, 3 | 5 | 11 | 59 | 100 | 101)
    }
}

/// The form in which a client of this version sends the message.
pub(super) fn outgoing_form(id: u32, version: ServerVersion) -> Form {
    form_since(asked(id).map_or(0, |row| row.protobuf), version)
}

/// The form in which a server of this version sends the message.
pub fn incoming_form(id: u32, version: ServerVersion) -> Form {
    form_since(told(id).map_or(0, |row| row.protobuf), version)
}

fn form_since(since: u16, version: ServerVersion) -> Form {
    if since > 0 && version.0 >= since {
        Form::Protobuf
    } else {
        Form::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_are_in_the_order_of_their_ids() {
        assert!(ASKED.is_sorted_by(|a, b| a.id < b.id));
        assert!(TOLD.is_sorted_by(|a, b| a.id < b.id));
    }

    #[test]
    fn what_answers_or_ends_a_request_is_a_message_of_the_gateway() {
        for row in ASKED {
            let ends: &[u32] = match row.ends {
                Ends::Any(ends) | Ends::All(ends) | Ends::LastField(ends) => ends,
                Ends::Stream(ends, until) => {
                    assert!(asked(until).is_some(), "{}", row.name);
                    ends
                }
                Ends::Silent | Ends::Order | Ends::Open => &[],
            };
            for id in row.answers.iter().chain(ends) {
                assert!(told(*id).is_some(), "{} {id}", row.name);
            }
        }
    }

    #[test]
    fn each_cancel_ends_the_request_of_its_name() {
        let ended = |id| cancelled_by(id).map(|row| row.id);
        assert_eq!(ended(64), Some(61));
        assert_eq!(ended(25), Some(20));
        assert_eq!(ended(90), Some(87));
        assert_eq!(ended(95), Some(94));
        assert_eq!(ended(7), None);
        assert_eq!(ended(6), None);
        let named = ASKED.iter().filter(|row| row.name.starts_with("CANCEL_"));
        for row in named.filter(|row| row.ends != Ends::Order) {
            assert!(cancelled_by(row.id).is_some(), "{}", row.name);
        }
    }

    #[test]
    fn the_table_of_the_documentation_is_this_one() {
        let page = include_str!("../../../docs/PROTOCOL.md");
        let rows = page.lines().filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            let id: u32 = cells.next()?.parse().ok()?;
            let name = cells.next()?;
            name.starts_with(|c: char| c.is_ascii_uppercase())
                .then(|| (id, name.to_owned()))
        });
        let rows: Vec<(u32, String)> = rows.collect();
        for row in ASKED {
            assert!(
                rows.contains(&(row.id, row.name.to_owned())),
                "{}",
                row.name
            );
        }
        for row in TOLD {
            assert!(
                rows.contains(&(row.id, row.name.to_owned())),
                "{}",
                row.name
            );
        }
    }
}
