//! What a doctor, a handshake, a probe and a census have seen, as Markdown.

use std::io::{self, Write};

use super::{escaped, table};
use crate::event::{Stage, StageStatus};
use crate::render::{figures, handshake as session, zombies as census};
use crate::report::{Doctor, Endpoint, Handshake, Probe, Step, Zombies};
use crate::text::duration::span;
use crate::text::json::in_millis;
use crate::text::words::counted;

/// Steps of the plan that are listed.
const STEPS: usize = 20;

/// Writes the checks, one a row.
pub(super) fn doctor(body: &Doctor, out: &mut dyn Write) -> io::Result<()> {
    let rows = body.checks.iter().map(|check| {
        let (mark, _) = figures::check(check.status);
        let (name, summary) = (escaped(check.name), escaped(&check.summary));
        format!("| {mark} | {name} | {summary} |")
    });
    table("| | check | what was seen |\n|---|---|---|", rows, out)
}

/// Writes the stages, one a row, and what becomes of client libraries.
pub(super) fn handshake(body: &Handshake, out: &mut dyn Write) -> io::Result<()> {
    let version = body.server_version;
    let version = version.map_or_else(|| "none".to_owned(), |version| version.to_string());
    let accounts = body.accounts.as_ref().map_or(0, Vec::len);
    writeln!(
        out,
        "{}: announced {}, server version {version}, {}\n",
        escaped(&body.address),
        escaped(&body.announced),
        counted(accounts, "account")
    )?;
    if let Some(losses) = session::losses(body) {
        writeln!(out, "network: {}\n", escaped(&losses))?;
    }
    let head = "| stage | status | after | detail |\n|---|---|--:|---|";
    table(head, body.stages.iter().map(stage), out)?;
    for client in &body.clients {
        writeln!(out, "- {}", escaped(&client.says))?;
    }
    if !body.clients.is_empty() {
        writeln!(out)?;
    }
    let rows = body.notices.iter().map(|notice| {
        let (code, message) = (notice.code, escaped(&notice.message));
        format!("| {code} | {message} |")
    });
    table("| code | what the Gateway said |\n|--:|---|", rows, out)
}

fn stage(stage: &Stage) -> String {
    let status = match stage.status {
        StageStatus::Ok => "ok",
        StageStatus::Failed => "**failed**",
        StageStatus::Timeout => "**timeout**",
        StageStatus::Skipped => "skipped",
    };
    let took = span(in_millis(stage.elapsed));
    let detail = escaped(stage.detail.as_deref().unwrap_or(""));
    format!(
        "| {} | {status} | {took} | {detail} |",
        escaped(stage.name.name())
    )
}

/// Writes the endpoints, one a row.
pub(super) fn probe(body: &Probe, out: &mut dyn Write) -> io::Result<()> {
    let head = "| address | listens | reachable | answer | who | accept queue |\n\
                |---|---|---|---|---|---|";
    table(head, body.endpoints.iter().map(endpoint), out)
}

fn endpoint(endpoint: &Endpoint) -> String {
    let told = |it: Option<bool>| match it {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not tried",
    };
    let (listens, reachable) = (told(endpoint.listening), told(endpoint.reachable));
    let listener = endpoint.listener.as_ref();
    let name = listener.and_then(|it| it.name.as_deref()).unwrap_or("–");
    let queue = listener.and_then(|it| it.accept_queue.zip(it.backlog));
    let queue = queue.map_or_else(|| "–".to_owned(), |(it, most)| format!("{it} of {most}"));
    let answer = escaped(endpoint.answer.as_deref().unwrap_or("–"));
    let (address, name) = (escaped(&endpoint.address), escaped(name));
    format!("| {address} | {listens} | {reachable} | {answer} | {name} | {queue} |")
}

/// Writes the census, and what can be done.
pub(super) fn zombies(body: &Zombies, out: &mut dyn Write) -> io::Result<()> {
    let count = &body.sockets;
    let head = "| established | half closed | not accepted |\n|--:|--:|--:|";
    let row = format!(
        "| {} | {} | {} |",
        count.established, count.close_wait, count.unaccepted
    );
    table(head, [row], out)?;
    for held in &body.held_ports {
        writeln!(out, "- {}", escaped(&census::says(held)))?;
    }
    if !body.held_ports.is_empty() {
        writeln!(out)?;
    }
    let head = "| process | pid | sockets | why | what clears them |\n|---|--:|--:|---|---|";
    table(head, body.plan.iter().take(STEPS).map(step), out)?;
    let more = body.plan.len().saturating_sub(STEPS);
    if more > 0 {
        writeln!(out, "and {more} more\n")?;
    }
    let done = [
        (body.killed.len(), "ended"),
        (body.healed.len(), "shut down"),
    ];
    for (count, what) in done.into_iter().filter(|(count, _)| *count > 0) {
        writeln!(out, "{count} {what}\n")?;
    }
    Ok(())
}

fn step(step: &Step) -> String {
    let pid = step
        .pid
        .map_or_else(|| "–".to_owned(), |pid| pid.to_string());
    let name = escaped(step.name.as_deref().unwrap_or("owner not seen"));
    let command = escaped(step.command.as_deref().unwrap_or("–"));
    let (sockets, reason) = (step.sockets, escaped(&step.reason));
    format!("| {name} | {pid} | {sockets} | {reason} | {command} |")
}
