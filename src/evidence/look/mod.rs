//! Finding and reading the files, bounded, as the Gateway's process sees them.

mod logs;
mod settings;
mod tail;

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

pub use self::settings::{Settings, Stored};

use super::log::read::{Log, Reader};
use super::stamp::Stamp;
use crate::machine::pid::Pid;
use crate::machine::process::{ProcessSource, ProgramKind, Traces};
use crate::text::printable::clean;

/// Which log is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The one that is found.
    Found,
    /// This file, or the newest log in this folder.
    At(PathBuf),
    /// What has come on the standard input.
    Given,
    /// None.
    Off,
}

/// The Gateway of which files are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its process.
    pub pid: Pid,
    /// A Gateway, or TWS.
    pub kind: ProgramKind,
    /// How long it has been running.
    pub up: Option<Duration>,
}

/// How long ago the last line of a log was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// By the file's time, or an engine's.
    Known(Duration),
    /// By its own stamp, whose zone is not known.
    AtLeast(Duration),
}

/// A log that was read.
#[derive(Clone, Debug)]
pub struct ReadLog {
    /// Its name, fit to show.
    pub name: String,
    /// What it tells.
    pub log: Log,
    /// How old its last line is; `None` where that is not known.
    pub age: Option<Age>,
    /// Whether its beginning was read too.
    pub is_whole: bool,
    /// Whether it is known to be that of the Gateway that is examined: its own process writes it, or
    /// it was named.
    pub is_own: bool,
}

/// What came of looking for a log.
#[derive(Clone, Debug)]
pub enum Seen {
    /// None was wanted.
    Off,
    /// None was found in these places.
    Nothing {
        /// Where it was looked.
        places: Vec<String>,
        /// Whether the Gateway writes to a pipe, as in a container.
        is_piped: bool,
    },
    /// It could not be read, with the reason.
    Unread(String),
    /// It was read.
    Log(Box<ReadLog>),
}

/// Everything that was found.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The log.
    pub seen: Seen,
    /// The Gateway's process, if one is known.
    pub process: Option<Process>,
    /// Settings in files.
    pub settings: Settings,
}

/// Looks for the log and the settings of a Gateway, without a process in the usual places; for its
/// settings only where it is on this machine.
pub fn look(
    source: &dyn ProcessSource,
    wanted: &Wanted,
    given: Option<Reader>,
    process: Option<Process>,
    is_here: bool,
) -> Evidence {
    let sight = Sight::new(source, process);
    let seen = match (wanted, given) {
        (Wanted::Off, _) => Seen::Off,
        (Wanted::Given, given) => of_input(given.as_ref()),
        (Wanted::At(path), _) => logs::named(path),
        (Wanted::Found, _) => logs::find(&sight),
    };
    let settings = match wanted {
        Wanted::Off => Settings::default(),
        _ if !is_here => Settings::default(),
        _ => settings::read(&sight),
    };
    Evidence {
        seen,
        process,
        settings,
    }
}

fn of_input(given: Option<&Reader>) -> Seen {
    let log = given.map(|reader| reader.log().clone()).unwrap_or_default();
    if log.lines == 0 {
        return Seen::Unread("the standard input has no line of IBC or socat".to_owned());
    }
    let age = age(&log, None, SystemTime::now());
    Seen::Log(Box::new(ReadLog {
        name: "the standard input".to_owned(),
        log,
        age,
        is_whole: true,
        is_own: true,
    }))
}

/// How old the last line of a log is: by the time at which its file was written, by the time that an
/// engine wrote beside it, or by its own time in the zone that is farthest behind.
fn age(log: &Log, written: Option<SystemTime>, now: SystemTime) -> Option<Age> {
    /// The zones of the world reach from 12 hours behind UTC to 14 before it.
    const ZONES: Duration = Duration::from_secs(14 * 3600);
    let engine = log.utc.filter(|(stamp, _)| Some(*stamp) == log.last);
    if let Some(written) = written.or(engine.map(|(_, utc)| utc)) {
        return Some(Age::Known(now.duration_since(written).unwrap_or_default()));
    }
    let behind = log.last?.beyond(now).err()?;
    behind.checked_sub(ZONES).map(Age::AtLeast)
}

impl ReadLog {
    /// What the time is in the log's zone now, where that is known.
    pub fn now(&self) -> Option<Stamp> {
        match (self.log.last, self.age) {
            (Some(last), Some(Age::Known(age))) => Some(last.after(age)),
            _ => None,
        }
    }

    /// How long ago this was, at least; nothing where that is not known.
    pub fn ago(&self, stamp: Option<Stamp>) -> Option<Duration> {
        let after = self.log.last?.since(stamp?);
        let (Age::Known(age) | Age::AtLeast(age)) = self.age?;
        Some(after + age)
    }
}

/// The files as the Gateway's process sees them, or ibdoc itself.
struct Sight<'a> {
    source: &'a dyn ProcessSource,
    process: Option<Process>,
    /// Whose view of the files it is.
    pid: Pid,
    traces: Traces,
    /// The home directories in which files of the Gateway may be.
    homes: Vec<String>,
    /// Whether the first of them is known to be that of the Gateway's user, and the only one.
    is_own_home: bool,
}

impl<'a> Sight<'a> {
    fn new(source: &'a dyn ProcessSource, process: Option<Process>) -> Self {
        let own = Pid(std::process::id());
        // The arguments and the folder of ibdoc itself say nothing of a Gateway.
        let traces = process.and_then(|process| source.traces(process.pid));
        let traces = traces.unwrap_or_default();
        let is_seen = traces != Traces::default();
        let pid = process.map_or(own, |process| process.pid);
        let pid = if is_seen { pid } else { own };
        let is_own_home = traces.home.is_some();
        let homes = match &traces.home {
            Some(home) => vec![home.clone()],
            None => homes(source, own),
        };
        Self {
            source,
            process,
            pid,
            traces,
            homes,
            is_own_home,
        }
    }

    /// A path as it is shown: without the name of a user.
    fn shown(&self, path: &str) -> String {
        let below = self.homes.iter().find_map(|home| {
            let rest = path.strip_prefix(home.as_str())?;
            rest.starts_with(['/', '\\']).then(|| format!("~{rest}"))
        });
        clean(&below.unwrap_or_else(|| path.to_owned()), LONGEST)
    }
}

/// The home directory of ibdoc's user, and those of others.
fn homes(source: &dyn ProcessSource, own: Pid) -> Vec<String> {
    let names = ["HOME", "USERPROFILE"];
    let ours = names.iter().find_map(|name| std::env::var(name).ok());
    let mut homes: Vec<String> = ours.into_iter().filter(|home| !home.is_empty()).collect();
    for name in source.names(own, "/home").into_iter().take(MOST_HOMES) {
        let home = format!("/home/{name}");
        if !homes.contains(&home) {
            homes.push(home);
        }
    }
    homes
}

/// More home directories are not looked into.
const MOST_HOMES: usize = 64;
/// A longer path is cut where it is shown.
const LONGEST: usize = 160;

#[cfg(test)]
mod tests;
