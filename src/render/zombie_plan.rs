//! The plan of a census: what can be done, process by process.

use std::io::{self, Write};

use super::{Page, wrapped};
use crate::report::{MayEnd, Otherwise, Step, StepAction};
use crate::text::duration::shown_whole;
use crate::text::words::{counted, joined};

/// How many sockets, and how many blocks of a plan, the text lists.
pub(super) const LISTED: usize = 50;

/// How many are not listed.
pub(super) fn more(all: usize, out: &mut Page<'_>) -> io::Result<()> {
    match all.saturating_sub(LISTED) {
        0 => Ok(()),
        left => writeln!(out, "  and {left} more: --json lists them all"),
    }
}

/// One block for each process, which ends with the command; a command is never wrapped, so that it
/// can be copied.
pub(super) fn plan(steps: &[Step], is_done: bool, out: &mut Page<'_>) -> io::Result<()> {
    let heading = if is_done {
        "what can still be done:"
    } else {
        "what can be done:"
    };
    if steps.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n  {heading}")?;
    let groups: Vec<&[Step]> = steps.chunk_by(alike).collect();
    for group in groups.iter().take(LISTED) {
        block(group, out)?;
    }
    more(groups.len(), out)
}

/// Whether two processes, such as workers of a pool, differ in nothing but their pids and ages.
fn alike(one: &Step, other: &Step) -> bool {
    let rest = |step: &Step| Step {
        pid: None,
        up: None,
        sockets: 0,
        command: step.command.as_ref().map(|command| without(step, command)),
        otherwise: step.otherwise.as_ref().map(|other| Otherwise {
            command: without(step, &other.command),
            ..other.clone()
        }),
        ..step.clone()
    };
    one.pid.is_some() && other.pid.is_some() && rest(one) == rest(other)
}

/// A command with `--pid *` for the pid of the process that it is about, and for no other.
fn without(step: &Step, command: &str) -> String {
    let named = step.pid.map(|pid| format!("--pid {pid} "));
    match named.filter(|_| command.matches("--pid ").count() == 1) {
        Some(named) => command.replace(&named, "--pid * "),
        None => command.to_owned(),
    }
}

/// The command that does it to all of them.
fn of_all(group: &[Step], command: &str) -> String {
    let pids = group.iter().filter_map(|step| step.pid);
    let named: Vec<String> = pids.map(|pid| format!("--pid {pid}")).collect();
    without(&group[0], command).replace("--pid *", &named.join(" "))
}

fn block(group: &[Step], out: &mut Page<'_>) -> io::Result<()> {
    let step = &group[0];
    let pids = joined(group.iter().filter_map(|step| step.pid));
    let name = match (&step.name, step.pid) {
        (Some(name), Some(_)) if group.len() > 1 => {
            format!(
                "{} of {name} (pids {pids})",
                counted(group.len(), "process")
            )
        }
        (Some(name), Some(pid)) => format!("{name} (pid {pid})"),
        (None, Some(pid)) => format!("pid {pid}"),
        _ => "a process that is not seen".to_owned(),
    };
    let user = step.user.as_ref().map(|user| format!("of {user}"));
    let up = step.up.map(|up| format!("up for {}", shown_whole(up)));
    let charge = step
        .in_charge
        .as_ref()
        .map(|charge| format!("in charge: {charge}"));
    let parts = [Some(name), user, up, held(group), charge];
    wrapped(&joined(parts.into_iter().flatten()), "    ", "      ", out)?;
    wrapped(&step.reason, "      ", "      ", out)?;
    if let Some(command) = &step.command {
        writeln!(
            out,
            "      {}",
            typed(group, step.action, &of_all(group, command))
        )?;
    }
    if let Some(other) = &step.otherwise {
        writeln!(
            out,
            "      or {}",
            typed(group, other.action, &of_all(group, &other.command))
        )?;
    }
    let cost = step.cost.as_ref();
    let cost = cost.filter(|cost| !step.reason.starts_with(cost.as_str()));
    match cost {
        Some(cost) => wrapped(&format!("cost of an end: {cost}"), "      ", "      ", out),
        None => Ok(()),
    }
}

/// How many sockets each of them holds; they may be the same ones. The receiver of one holds none.
fn held(group: &[Step]) -> Option<String> {
    let counts = || group.iter().map(|step| step.sockets);
    let (fewest, most) = (counts().min()?, counts().max()?);
    let each = if group.len() > 1 { "each " } else { "" };
    let range = if fewest < most {
        format!("{fewest} to ")
    } else {
        String::new()
    };
    (most > 0).then(|| format!("{each}holds {range}{}", counted(most, "socket")))
}

fn typed(group: &[Step], action: StepAction, command: &str) -> String {
    let is_one = group.len() == 1;
    let is_young = group[0]
        .answer
        .is_some_and(|answer| answer != MayEnd::Never);
    match action {
        StepAction::Heal => format!("heal, which ends no process:  {command}"),
        StepAction::Kill if is_one => format!("end it, it is left over:  {command}"),
        StepAction::Kill => format!("end them, they are left over:  {command}"),
        StepAction::KillNamed if is_one => format!("end it, as it is named:  {command}"),
        StepAction::KillNamed => format!("end them, as they are named:  {command}"),
        StepAction::None if is_young && command.contains("ibdoc zombies") => {
            format!("if it stays half closed:  {command}")
        }
        StepAction::None if command.starts_with("sudo ") => format!("as root:  {command}"),
        StepAction::None if command.contains(" --user ") => {
            format!("in that user's name:  {command}")
        }
        StepAction::None if command.starts_with("ibdoc zombies") => {
            format!("if it stays half closed:  {command}")
        }
        StepAction::None => format!("yours to type:  {command}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::pid::Pid;
    use crate::render::Paint;

    fn step(pid: u32, pids: &str) -> Step {
        Step {
            pid: Some(Pid(pid)),
            name: Some("python3 worker.py".to_owned()),
            user: None,
            up: None,
            sockets: 1,
            answer: Some(MayEnd::IfNamed),
            in_charge: None,
            reason: "its parent lives".to_owned(),
            cost: None,
            action: StepAction::Heal,
            command: Some("ibdoc zombies --heal --port 4002".to_owned()),
            otherwise: Some(Otherwise {
                action: StepAction::KillNamed,
                command: format!("ibdoc zombies --kill {pids} --port 4002"),
            }),
        }
    }

    fn text(steps: &[Step]) -> String {
        let mut out = Vec::new();
        let mut page = Page::new(Paint::PLAIN, &mut out);
        plan(steps, false, &mut page).unwrap();
        drop(page);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_workers_of_a_pool_are_told_together_with_all_their_pids_in_one_command() {
        let each = |pid| step(pid, &format!("--pid {pid}"));
        let both = "--kill --pid 501 --pid 502 --port 4002";
        let pool = text(&[each(501), each(502)]);
        let name = "2 processes of python3 worker.py (pids 501, 502), each holds 1 socket";
        assert!(pool.contains(name) && pool.contains(both), "{pool}");
        assert!(pool.contains("end them, as they are named"), "{pool}");
        assert_eq!(pool.matches("ibdoc zombies").count(), 2, "{pool}");
        // They share a socket, and each has the command of all already.
        let shared = [501, 502].map(|pid| step(pid, "--pid 501 --pid 502"));
        assert_eq!(text(&shared), pool);
        let mut other = each(503);
        other.reason = "a debugger is attached to it".to_owned();
        let apart = text(&[each(501), other]);
        assert_eq!(apart.matches("holds 1 socket").count(), 2, "{apart}");
    }
}
