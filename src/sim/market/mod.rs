//! What the simulated Gateway answers about contracts, prices, news and orders: a row a request.
//!
//! Everything is simulated: the prices are made up from the contract's number and the time, the
//! same in every run, and no order is ever active. What the table does not know is answered with an
//! error that carries the request's own id.

mod bars;
mod body;
mod calendar;
mod contracts;
mod desk;
mod details;
mod inquiry;
mod open_order;
mod options;
mod orders;
mod portfolio;
mod price;
mod quotes;
mod raw;
mod reference;
mod refusal;
mod rows;
mod span;
mod ticks;

pub(super) use desk::Desk;
pub(super) use ticks::due;

use inquiry::Inquiry;
use refusal::Refusal;
use rows::{Action, ROWS};

use super::answer::notice;
use crate::wire::messages::asked;
use crate::wire::{Frame, Reply, ServerVersion};

/// A request that is about orders, which Read-Only API refuses: placing, cancelling, exercising.
const ABOUT_ORDERS: [u32; 4] = [3, 4, 21, 58];

/// What a request is answered, and what has to be said of it on stderr.
#[derive(Debug, Default)]
pub(super) struct Answered {
    pub(super) replies: Vec<Reply>,
    /// Why it was refused, with what the client wrote as it came; `None` if it was served.
    pub(super) refused: Option<String>,
}

impl Answered {
    /// An error with the request's id.
    fn refused(id: i32, name: &str, why: &Refusal) -> Self {
        let about = if why.about.is_empty() {
            String::new()
        } else {
            format!(" ({})", why.about)
        };
        Self {
            replies: vec![notice(id, why.code, &why.text)],
            refused: Some(format!("{name}{about}: {} {}", why.code, why.text)),
        }
    }

    /// The error for what cannot be read; it carries no id (docs/PROTOCOL.md, After the start).
    pub(super) fn unreadable(id: u32) -> Self {
        let name = name(id).map_or_else(|| format!("message {id}"), str::to_owned);
        Self {
            replies: vec![super::answer::said(320)],
            refused: Some(format!("{name}: 320, the request cannot be read")),
        }
    }
}

/// What is asked, for the line on stderr.
fn name(id: u32) -> Option<&'static str> {
    asked(id).map(|row| row.words)
}

/// Answers one request of a client.
pub(super) fn answer(
    desk: &mut Desk,
    frame: &Frame,
    version: ServerVersion,
    client_id: i32,
    is_read_only: bool,
) -> Answered {
    let Some(row) = ROWS.iter().find(|row| row.id == frame.id) else {
        return Answered::unreadable(frame.id);
    };
    let Ok(inquiry) = Inquiry::read(frame, row.layout, version, client_id) else {
        return Answered::unreadable(frame.id);
    };
    let id = inquiry.id;
    if is_read_only && ABOUT_ORDERS.contains(&row.id) {
        let text = "The API interface is currently in Read-Only mode.";
        return Answered::refused(
            id,
            name(row.id).unwrap_or_default(),
            &Refusal::invalid(text),
        );
    }
    let answer = match row.action {
        Action::Answer(answer) => answer(desk, &inquiry),
        Action::Reply(reply) => Ok(vec![reply(&inquiry)]),
        Action::Nothing => Ok(Vec::new()),
        Action::Refuse(code, text) => {
            Err(Refusal::new(code, text).about(&inquiry.contract.words()))
        }
        Action::Cancel(slot, code, text) => {
            if desk.close(slot, id) || code == 0 {
                Ok(Vec::new())
            } else {
                Err(Refusal::new(code, &format!("{text}{id}")))
            }
        }
    };
    match answer {
        Ok(replies) => Answered {
            replies,
            refused: None,
        },
        Err(why) => Answered::refused(id, name(row.id).unwrap_or_default(), &why),
    }
}
