//! A message that was met, as events and the timeline have it.

use super::clock::shown;
use super::session::Met;
use crate::event::{MessageRole, Speaker, TraceMessage};
use crate::report::TraceClock;
use crate::text::printable::clean;
use crate::wire::messages::{asked, is_about_order, told};
use crate::wire::{Form, Frame};

/// The longest that the fields of a message are shown, in characters.
const FIELDS: usize = 2_000;

/// A message as an event; its fields only if they are asked for, and never of an order.
pub fn message(met: &Met<'_>, clock: TraceClock, full: bool) -> TraceMessage {
    let from_client = met.from == Speaker::Client;
    let id = met.frame.map_or(0, |frame| frame.id);
    let name = if from_client {
        asked(id).map(|row| row.name)
    } else {
        told(id).map(|row| row.name)
    };
    let shows = full && !is_about_order(from_client, id);
    TraceMessage {
        at: shown(clock, met.at),
        session: met.session,
        from: met.from,
        id,
        name: name.map(str::to_owned),
        request_id: met.request_id,
        role: met.role,
        elapsed: met.elapsed,
        bytes: met.bytes,
        notice: met.words.clone(),
        fields: met
            .frame
            .filter(|_| shows && met.role != MessageRole::Greeting)
            .map(fields),
    }
}

/// The fields of a message, separated by bars; of protobuf what can be read of it.
fn fields(frame: &Frame) -> String {
    if frame.oversized {
        return format!("{} bytes, too long to be kept", frame.length);
    }
    let text = String::from_utf8_lossy(&frame.body);
    match frame.form {
        Form::Text | Form::Greeting => {
            clean(&text.trim_end_matches('\0').replace('\0', "|"), FIELDS)
        }
        Form::Protobuf => {
            let words = text.split(|c: char| c.is_control() || c == '\u{fffd}');
            let words: Vec<&str> = words.filter(|word| !word.trim().is_empty()).collect();
            clean(&words.join("|"), FIELDS)
        }
    }
}
