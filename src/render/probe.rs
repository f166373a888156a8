//! The endpoints of a probe.

use std::io::{self, Write};

use super::{Page, Table};
use crate::machine::listener::Listener;
use crate::machine::role::Role;
use crate::report::{Endpoint, Method, Probe};
use crate::text::duration::shown;

/// Writes a line for each endpoint; of those with a handshake what came of it, and of others who
/// listens.
pub(super) fn text(body: &Probe, out: &mut Page<'_>) -> io::Result<()> {
    writeln!(out)?;
    let is_listened = |end: &&Endpoint| end.listener.is_some() || end.method == Method::Table;
    if body.endpoints.iter().any(|end| is_listened(&end)) {
        let header = ["ADDRESS", "ROLE", "STATE", "LISTENER", "QUEUE", "CLIENTS"];
        let mut table = Table::new(header, &["ROLE", "QUEUE", "CLIENTS"]);
        for endpoint in body.endpoints.iter().filter(is_listened) {
            let listener = endpoint.listener.as_ref();
            table.add([
                endpoint.address.clone(),
                endpoint.role.map_or("-", Role::name).to_owned(),
                state(endpoint),
                listener.map_or_else(|| "-".to_owned(), who),
                listener.map_or_else(|| "-".to_owned(), queue),
                clients(endpoint),
            ]);
        }
        table.write(out)?;
    }
    let is_asked = |end: &&Endpoint| end.method == Method::Connect;
    if body.endpoints.iter().any(|end| is_asked(&end)) {
        let header = ["ADDRESS", "ROLE", "STATE", "ANSWER"];
        let mut table = Table::new(header, &["ROLE"]);
        for endpoint in body.endpoints.iter().filter(is_asked) {
            table.add([
                endpoint.address.clone(),
                endpoint.role.map_or("-", Role::name).to_owned(),
                state(endpoint),
                endpoint.answer.clone().unwrap_or_else(|| "-".to_owned()),
            ]);
        }
        table.write(out)?;
    }
    Ok(())
}

fn state(endpoint: &Endpoint) -> String {
    let time = endpoint.connect.map(|time| format!(", {}", shown(time)));
    let time = time.unwrap_or_default();
    match (endpoint.listening, endpoint.reachable) {
        (_, Some(true)) if endpoint.forwarded => format!("forwarded{time}"),
        (_, Some(true)) => format!("connects{time}"),
        (Some(_), _) if endpoint.forwarded => "forwarded".to_owned(),
        (Some(true), _) => "listening".to_owned(),
        (Some(false), _) => "not listening".to_owned(),
        (None, Some(false)) => "not reachable".to_owned(),
        (None, None) => "unknown".to_owned(),
    }
}

/// The kind of program, its name and its pid.
pub(super) fn who(listener: &Listener) -> String {
    match (&listener.name, listener.pid) {
        (Some(name), Some(pid)) => format!("{}: {name} ({pid})", listener.kind.name()),
        (None, Some(pid)) => format!("{} ({pid})", listener.kind.name()),
        _ => "owner not seen".to_owned(),
    }
}

/// Connections waiting and their limit.
pub(super) fn queue(listener: &Listener) -> String {
    match (listener.accept_queue, listener.backlog) {
        (Some(waiting), Some(limit)) => format!("{waiting} of {limit}"),
        _ => "unknown".to_owned(),
    }
}

fn clients(endpoint: &Endpoint) -> String {
    let Some(count) = endpoint.clients else {
        return "-".to_owned();
    };
    let mut words = vec![format!("{} up", count.established)];
    if count.close_wait > 0 {
        words.push(format!("{} half closed", count.close_wait));
    }
    if count.unaccepted > 0 {
        words.push(format!("{} unaccepted", count.unaccepted));
    }
    words.join(", ")
}
