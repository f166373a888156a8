//! `--netns`: the network namespace in which a command looks, entered before anything else is done.

use super::{Command, Error, Subject};
use crate::cli::Global;
use crate::finding::Finding;
use crate::machine::netns::{NotEntered, enter, typed_outside};
use crate::machine::pid::Pid;
use crate::machine::process;
use crate::report::{Body, Report};

/// Where a command looks from.
pub(super) enum Entered {
    /// From where it was told to; in another network namespace, with the words before a command
    /// that lead there.
    Inside(Option<String>),
    /// From outside, by what may be read of the namespace of this process.
    Outside(Pid),
    /// Not at all, for this reason.
    Not(String),
}

/// Enters the network namespace that was named; errs where that has no meaning.
pub(super) fn enter_named(command: &Command, global: &Global) -> Result<Entered, Error> {
    let Some(netns) = &global.netns else {
        return Ok(Entered::Inside(None));
    };
    if command.nature().subject != Subject::Gateway || global.sim {
        let message = "--netns goes with a Gateway that runs, not with this command or --sim";
        return Err(Error::Usage(message.to_owned()));
    }
    if let Command::Zombies(args) = command
        && (args.kill || args.heal)
    {
        let message = "--netns is for looking only: --kill and --heal work where they are run";
        return Err(Error::Usage(message.to_owned()));
    }
    Ok(match enter(netns, process::system().as_ref()) {
        Ok(way_in) => Entered::Inside(way_in),
        Err(NotEntered::Unknown(reason)) => Entered::Not(reason),
        Err(NotEntered::Refused { pid: Some(pid), .. })
            if matches!(command, Command::Zombies(_) | Command::Inspect(_)) =>
        {
            Entered::Outside(pid)
        }
        Err(NotEntered::Refused {
            what,
            way_in,
            exec,
            reason,
            ..
        }) => {
            let typed = typed();
            let inside = format!("sudo {way_in} ibdoc {typed}");
            let or = exec.map(|exec| format!(", or `{exec} ibdoc {typed}`"));
            Entered::Not(format!(
                "{what} was not entered: {reason}; type `{inside}`{}",
                or.unwrap_or_default()
            ))
        }
    })
}

/// Commands to type, which are true inside a network namespace, as they are typed outside of it.
pub(super) fn from_outside(findings: &mut [Finding], way_in: &str) {
    for remedy in findings.iter_mut().flat_map(|it| &mut it.remedies) {
        *remedy = outside(remedy, way_in);
    }
}

/// A text with the commands in it as they are typed outside.
fn outside(text: &str, way_in: &str) -> String {
    let mut is_command = true;
    let parts = text.split('`').map(|part| {
        is_command = !is_command;
        // Without anything it stands for a program that is to use it, in its own namespace.
        if is_command && part != "ibdoc probe" {
            typed_outside(part, way_in)
        } else {
            part.to_owned()
        }
    });
    parts.collect::<Vec<_>>().join("`")
}

/// The same for everything in a report that is to be typed.
pub(super) fn report_from_outside(report: &mut Report, way_in: &str) {
    from_outside(&mut report.findings, way_in);
    let typed = |command: &mut String| *command = typed_outside(command, way_in);
    match &mut report.body {
        Some(Body::Doctor(doctor)) => {
            if let Some(diagnosis) = &mut doctor.diagnosis {
                *diagnosis = outside(diagnosis, way_in);
            }
        }
        Some(Body::Zombies(zombies)) => {
            let rows = zombies.zombies.iter_mut();
            rows.filter_map(|row| row.command.as_mut()).for_each(typed);
            for step in &mut zombies.plan {
                let other = step.otherwise.as_mut().map(|it| &mut it.command);
                step.command.iter_mut().chain(other).for_each(typed);
            }
        }
        _ => {}
    }
}

/// The command line without `--netns`, up to the first word that is not plain, with an ellipsis for the
/// rest: a program of the user's own may have secrets among its arguments.
fn typed() -> String {
    let mut words = std::env::args().skip(1);
    let mut kept: Vec<String> = Vec::new();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-=[]%".contains(&byte);
    while let Some(word) = words.next() {
        if word == "--" || !word.bytes().all(is_plain) {
            kept.push("…".to_owned());
            break;
        }
        match word.strip_prefix("--netns") {
            Some("") => drop(words.next()),
            Some(_) => {}
            None => kept.push(word),
        }
    }
    kept.join(" ")
}
