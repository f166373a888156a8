//! `--netns`: the network namespace in which a command looks, entered before anything else is done.

use super::{Command, Error};
use crate::cli::Global;
use crate::finding::Finding;
use crate::machine::netns::{NotEntered, enter};
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
    let has_none = matches!(
        command,
        Command::Trace(_)
            | Command::Compare(_)
            | Command::Report(_)
            | Command::Explain(_)
            | Command::Schema
            | Command::Completions(_)
            | Command::Man(_)
            | Command::Sim(_)
    );
    if has_none || global.sim {
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
        *remedy = typed_outside(remedy, way_in);
    }
}

/// `ibdoc probe` without anything stands for a program that is to use it, in its own namespace.
fn typed_outside(text: &str, way_in: &str) -> String {
    let outside = text.replace("`ibdoc ", &format!("`{way_in} ibdoc "));
    outside.replace(&format!("`{way_in} ibdoc probe`"), "`ibdoc probe`")
}

/// The same for everything in a report that is to be typed.
pub(super) fn report_from_outside(report: &mut Report, way_in: &str) {
    from_outside(&mut report.findings, way_in);
    let outside = |command: &mut String| {
        for (own, there) in [("ibdoc ", ""), ("sudo ibdoc ", "sudo ")] {
            if let Some(rest) = command.strip_prefix(own) {
                *command = format!("{there}{way_in} ibdoc {rest}");
                return;
            }
        }
    };
    match &mut report.body {
        Some(Body::Doctor(doctor)) => {
            if let Some(diagnosis) = &mut doctor.diagnosis {
                *diagnosis = typed_outside(diagnosis, way_in);
            }
        }
        Some(Body::Zombies(zombies)) => {
            let rows = zombies.zombies.iter_mut();
            rows.filter_map(|row| row.command.as_mut())
                .for_each(outside);
            for step in &mut zombies.plan {
                step.command.iter_mut().for_each(outside);
                let other = step.otherwise.as_mut();
                other
                    .map(|it| &mut it.command)
                    .into_iter()
                    .for_each(outside);
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
