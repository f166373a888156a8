//! A side that does not speak the API: another service on the port, a client of another protocol, or one
//! whose bytes are no messages.

use std::time::Duration;

use super::close::how;
use super::{Look, PATIENCE};
use crate::event::Speaker;
use crate::finding::{Code, Finding};
use crate::text::words::counted;
use crate::wire::NotTws;

/// A Gateway that cannot read what a client sends closes at once; a way through relays takes its time.
const SOON: Duration = Duration::from_secs(5);
const TLS: &str = "connect without TLS: the socket of TWS and IB Gateway has none; where the way to it has to be \
                   encrypted, end TLS in a relay beside the Gateway, such as stunnel";
const HTTP: &str = "use a client of the TWS API: its socket is no web server, and IBKR's web API is that of another \
                    program; if this was a health check, let it only connect, or use `ibdoc health`";
const NO_GREETING: &str = "look at what the client sends first: it has to be `API`, a NUL and the versions that it \
                           speaks";
const NO_MESSAGE: &str = "look at how the client writes: each message is its length in four bytes and as many \
                          bytes; two threads that write at once mix theirs";

/// The finding of a session in which one side speaks something else.
pub(super) fn assess(look: &Look<'_>) -> Option<Finding> {
    match look.session.opening.foreign {
        Some((Speaker::Gateway, other)) => return Some(server(look, other)),
        Some((Speaker::Client, other)) => return Some(client(look, other)),
        None => {}
    }
    no_greeting(look).or_else(|| out_of_step(look))
}

fn server(look: &Look<'_>, other: NotTws) -> Finding {
    let what = protocol(other);
    let summary = format!("what answered {} speaks {what}", look.who());
    let finding = look.finding(Code::NotTwsProtocol, summary);
    finding.with_evidence(other.answered())
}

fn protocol(other: NotTws) -> &'static str {
    match other {
        NotTws::Http => "HTTP",
        NotTws::Ssh => "SSH",
        NotTws::Tls => "TLS",
        NotTws::ImpossibleLength(_) | NotTws::Other => "another protocol",
    }
}

fn client(look: &Look<'_>, other: NotTws) -> Finding {
    let summary = format!("{} speaks {}, and not the API", from(look), protocol(other));
    let remedy = match other {
        NotTws::Tls => TLS,
        NotTws::Http => HTTP,
        NotTws::Ssh | NotTws::ImpossibleLength(_) | NotTws::Other => NO_GREETING,
    };
    of_client(look, summary, remedy)
}

/// The client sent something, all of it was recorded, and no greeting was among it. A log has no greeting.
/// A Gateway that closes at once, as on an address that it does not trust, may hear the beginning of one.
fn no_greeting(look: &Look<'_>) -> Option<Finding> {
    let opening = &look.session.opening;
    let sent = look.session.flow(Speaker::Client);
    let is_over =
        look.session.close.first().is_some() || look.until.since(look.session.first) >= PATIENCE;
    let has_none = is_over
        && opening.dialled.is_some()
        && opening.greeted.is_none()
        && opening.answered.is_none()
        && sent.messages == 0;
    let cut_off = look.closed_by_gateway().filter(|closed| {
        look.session.is_greeting() && closed.at.since(look.session.first) < PATIENCE
    });
    (has_none && cut_off.is_none() && sent.bytes > 0 && sent.missing == 0).then(|| {
        let (who, bytes) = (from(look), counted(sent.bytes, "byte"));
        let summary = format!("{who} sent {bytes} which are no greeting of the API");
        of_client(look, summary, NO_GREETING)
    })
}

/// The last that a client sent was no message, and the Gateway closed soon, with no word but an error.
fn out_of_step(look: &Look<'_>) -> Option<Finding> {
    let sent = look.session.flow(Speaker::Client);
    let (since, bytes) = sent.out_of_step?;
    let closed = look.session.close.first()?;
    let is_next = closed.at >= since && closed.at.since(since) < SOON;
    let goes_on = look.session.told.is_some_and(|told| told > since);
    let is_blamed = closed.side == Speaker::Gateway && is_next && !goes_on;
    (is_blamed && look.session.has_opening() && sent.missing == 0).then(|| {
        let (who, at, bytes) = (look.who(), look.at(since), counted(bytes, "byte"));
        let summary = format!(
            "{who} sent {bytes} which are no message of the API{at}, and then the Gateway closed"
        );
        of_client(look, summary, NO_MESSAGE)
    })
}

/// It is the client's doing: what a Gateway's user can do does not help.
fn of_client(look: &Look<'_>, summary: String, remedy: &str) -> Finding {
    let mut finding = look.finding(Code::NotTwsProtocol, summary);
    finding.evidence = Some(how(look))
        .filter(|it| !it.is_empty())
        .into_iter()
        .collect();
    finding.remedies = vec![remedy.to_owned()];
    finding
}

/// A client that has not said which one it is, by its address.
fn from(look: &Look<'_>) -> String {
    let address = look.session.ends.client.as_deref();
    address.map_or_else(
        || "the client".to_owned(),
        |it| format!("the client from {it}"),
    )
}
