//! Children and those below them: which of them keep a process alive.

use super::{Context, MayEnd, Subject, class, who};
use crate::machine::pid::Pid;
use crate::machine::process::{Facts, Stdio};

/// The program that a shell starts to wait.
const WAITS: &str = "sleep";
/// Those that copy what comes in by a pipe, and end with it.
const COPY: [&str; 2] = ["tee", "tail"];

/// The child that keeps an orphan alive: one that stays and is more than a helper of it. Err if the
/// children could not be read.
pub(in crate::zombie) fn staying_child(
    subject: &Subject,
    ends: &dyn Fn(Pid) -> bool,
) -> Result<Option<String>, String> {
    let Some(children) = &subject.facts.children else {
        return Err("its children could not be read".to_owned());
    };
    let family = || subject.family.iter().flatten();
    for pid in children {
        let child = family().find(|child| child.facts.id.pid == *pid);
        if ends(*pid) || child.is_some_and(|child| is_helper(child, &subject.facts)) {
            continue;
        }
        let name = child.map_or_else(|| format!("pid {pid}"), |child| who(&child.facts));
        return Ok(Some(name));
    }
    Ok(None)
}

/// Whether it only serves its parent and ends with it, and has no socket or child of its own.
fn is_helper(child: &Subject, parent: &Facts) -> bool {
    let facts = &child.facts;
    let is_tracker = facts.is_tracker == Some(true);
    let is_called = |names: &[&str]| facts.names().any(|name| names.contains(&name));
    let waits = is_called(&[WAITS]) && facts.stdio[0] != Some(Stdio::Terminal);
    // Whoever reads what it copies is served by it too.
    let is_read = (1..3).any(|at| {
        facts.stdio[at] == Some(Stdio::Socket)
            || facts.stdio[at] == Some(Stdio::Pipe) && facts.stdio_open[at] != Some(false)
    });
    let copies = is_called(&COPY) && facts.stdio[0] == Some(Stdio::Pipe) && !is_read;
    let is_of_session = facts.session.is_some() && facts.session == parent.session;
    let is_helper = (waits || copies) && is_of_session;
    let is_alone = facts.children.as_ref().is_some_and(Vec::is_empty);
    let holds_none = child.sockets.as_ref().is_some_and(Vec::is_empty);
    (is_tracker || is_helper) && is_alone && holds_none
}

/// A descendant that is never ended and may be taken along, such as a Gateway that this process has
/// started or a client with a living session. Err if the descendants could not be read.
pub(in crate::zombie) fn forbidding_descendant(
    subject: &Subject,
    ends: &dyn Fn(Pid) -> bool,
    context: &Context<'_>,
) -> Result<Option<String>, String> {
    let Some(family) = &subject.family else {
        return Err("its children could not be read".to_owned());
    };
    let others = family.iter().filter(|child| !ends(child.facts.id.pid));
    for child in others {
        let judged = class(child, context);
        if judged.answer == MayEnd::Never {
            return Ok(Some(format!("{}: {}", who(&child.facts), judged.reason)));
        }
    }
    Ok(None)
}
