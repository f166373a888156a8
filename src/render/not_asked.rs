//! What a healthy verdict does not cover.

use crate::event::Query;
use crate::finding::verdict::Verdict;
use crate::report::{Body, Report};
use crate::text::words::joined;

/// What a healthy verdict does not cover: the requests that were not made, and the options that make
/// them.
pub(super) fn not_asked(report: &Report) -> Option<String> {
    let queries = match &report.body {
        Some(Body::Handshake(body)) => &body.not_asked,
        Some(Body::Doctor(body)) => &body.not_asked,
        Some(Body::Soak(body)) => &body.not_asked,
        _ => return None,
    };
    if report.verdict != Verdict::Healthy || queries.is_empty() {
        return None;
    }
    let names = queries.iter().map(|query| query.name().replace('-', " "));
    // A client library asks what it asks; only what can disturb is left to an option.
    let clients = match &report.body {
        Some(Body::Handshake(body)) => body.clients.as_slice(),
        _ => &[],
    };
    let mut options: Vec<&str> = match clients {
        [] => queries.iter().filter_map(|query| option(*query)).collect(),
        clients if clients.iter().all(|it| it.not_asked.is_empty()) => Vec::new(),
        _ => vec!["--as-is"],
    };
    options.dedup();
    let options = match options.as_slice() {
        [] => String::new(),
        options => format!(" ({})", options.join(", ")),
    };
    Some(format!("not asked: {}{options}", joined(names)))
}

/// The option that makes this request, where it is not made without one.
fn option(query: Query) -> Option<&'static str> {
    match query {
        Query::OpenOrders | Query::Orders | Query::CompletedOrders => Some("--orders"),
        Query::AccountUpdates => Some("--account-updates"),
        _ => None,
    }
}
