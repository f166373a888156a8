//! `--netns`: the network namespace in which a command looks, entered before anything else is done.

use super::{Command, Error};
use crate::cli::Global;
use crate::machine::netns::{NotEntered, enter};
use crate::machine::pid::Pid;
use crate::machine::process;

/// Where a command looks from.
pub(super) enum Entered {
    /// From where it was told to.
    Inside,
    /// From outside, by what may be read of the namespace of this process.
    Outside(Pid),
    /// Not at all, for this reason.
    Not(String),
}

/// Enters the network namespace that was named; errs where that has no meaning.
pub(super) fn enter_named(command: &Command, global: &Global) -> Result<Entered, Error> {
    let Some(netns) = &global.netns else {
        return Ok(Entered::Inside);
    };
    let has_none = matches!(
        command,
        Command::Compare(_)
            | Command::Report(_)
            | Command::Explain(_)
            | Command::Schema
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
        Ok(()) => Entered::Inside,
        Err(NotEntered::Unknown(reason)) => Entered::Not(reason),
        Err(NotEntered::Refused { pid, .. }) if matches!(command, Command::Zombies(_)) => {
            Entered::Outside(pid)
        }
        Err(NotEntered::Refused {
            pid,
            container,
            reason,
        }) => {
            let typed = typed();
            let inside = format!("sudo nsenter -t {pid} -n ibdoc {typed}");
            let or = container.map(|id| format!(", or `docker exec {id} ibdoc {typed}`"));
            Entered::Not(format!(
                "the network namespace of pid {pid} was not entered: {reason}; type `{inside}`{}",
                or.unwrap_or_default()
            ))
        }
    })
}

/// The command line without `--netns`, up to the first word that is not plain: a program of the
/// user's own may have secrets among its arguments.
fn typed() -> String {
    let mut words = std::env::args().skip(1);
    let mut kept: Vec<String> = Vec::new();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-=[]%".contains(&byte);
    while let Some(word) = words.next() {
        if word == "--" || !word.bytes().all(is_plain) {
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
