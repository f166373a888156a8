//! What the system's own programs add to the facts about one process.
//!
//! An answer that is missing, late, or not understood leaves its facts unknown, and the reason is
//! kept: a reader of the census sees what was missing. Whether the other end of a pipe or terminal is
//! open is not told: a process with one is ended only when it is named.

use super::super::Facts;
use super::platform::{Platform, Program};
use super::program::Programs;
use super::{launchctl, lsof, ps};
use crate::machine::pid::{Pid, ProcessId};

/// Adds what the programs of this platform say about the process.
pub(super) fn examine(
    mut facts: Facts,
    own: Pid,
    platform: Platform,
    programs: &dyn Programs,
) -> Facts {
    let answers = [
        listed(&mut facts, platform, programs),
        signals(&mut facts, own, programs),
        opened(&mut facts, programs),
        job(&mut facts, platform, programs),
    ];
    let mut silences: Vec<String> = answers.into_iter().filter_map(Result::err).collect();
    silences.dedup();
    facts.silences = silences;
    facts
}

/// Its group, terminal, children and debugger, from the list of all processes.
fn listed(facts: &mut Facts, platform: Platform, programs: &dyn Programs) -> Result<(), String> {
    let text = programs.ask(Program::Ps, &ps::LIST);
    let text = text.map_err(|silence| silence.to_string())?;
    let rows = ps::rows(&text).ok_or("the list of ps is not understood")?;
    let pid = facts.id.pid;
    let row = rows.iter().find(|row| row.pid == pid);
    let row = row.ok_or("ps does not list it")?;
    if facts.parent != Some(row.parent) {
        return Err("its parent has changed meanwhile".to_owned());
    }
    facts.group = Some(row.group);
    let runs = |pid: Pid| rows.iter().any(|row| row.pid == pid && !row.is_zombie());
    facts.group_leader_alive = Some(runs(row.group));
    facts.session_leader_alive = facts.session.map(runs);
    if facts.ancestors.is_none() {
        // Only their pids are told.
        let chain = ps::ancestors(&rows, pid).ok_or("ps does not list all its parents")?;
        let id = |pid| ProcessId { pid, started: 0 };
        facts.ancestors = Some(chain.into_iter().map(id).collect());
    }
    facts.terminal = row.terminal;
    if platform == Platform::MacOs {
        facts.traced = Some(row.is_traced_on_macos());
    }
    let children = rows
        .iter()
        .filter(|row| row.parent == pid && !row.is_zombie());
    facts.children = Some(children.map(|row| row.pid).collect());
    Ok(())
}

fn signals(facts: &mut Facts, own: Pid, programs: &dyn Programs) -> Result<(), String> {
    let pid = facts.id.pid;
    // Asked for alone: a system that does not know this column still tells the others.
    let pids = format!("{own},{pid}");
    let text = programs.ask(Program::Ps, &["-o", "pid=", "-o", "ignored=", "-p", &pids]);
    let text = text.map_err(|silence| silence.to_string())?;
    facts.ignores_hangup = ps::ignores_hangup(&text, pid, own);
    match facts.ignores_hangup {
        Some(_) => Ok(()),
        None => Err("ps does not tell the ignored signals".to_owned()),
    }
}

/// Its standard descriptors, its mapped files and its sockets.
fn opened(facts: &mut Facts, programs: &dyn Programs) -> Result<(), String> {
    let pid = facts.id.pid;
    let wanted = pid.to_string();
    let arguments = [&lsof::FIELDS[..], &["-p", &wanted]].concat();
    let text = programs.ask(Program::Lsof, &arguments);
    let text = text.map_err(|silence| silence.to_string())?;
    let opened = lsof::processes(&text);
    let opened = opened.iter().find(|opened| opened.pid == Some(pid));
    let opened = opened.ok_or("lsof does not list it")?;
    facts.stdio = opened.stdio();
    facts.endpoints = opened.endpoints();
    facts.datagram_peers = opened.datagram_peers();
    facts.serves_unix = opened.serves_unix();
    // Its name is evidence enough, and stays.
    facts.jvm = facts
        .jvm
        .or_else(|| opened.jvm(facts.executable.as_deref()));
    Ok(())
}

fn job(facts: &mut Facts, platform: Platform, programs: &dyn Programs) -> Result<(), String> {
    if platform != Platform::MacOs {
        return Ok(());
    }
    let uid = facts.uid.ok_or("whose job it may be is not known")?;
    facts.job = Some(launchctl::is_job(programs, facts.id.pid, uid)?);
    Ok(())
}
