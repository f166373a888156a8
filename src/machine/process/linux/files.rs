//! Files of a process as it sees them itself: its configuration, and its names of hosts.

use std::cell::Cell;
use std::fs::File;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use rustix::fd::OwnedFd;
use rustix::fs::{FileType, Mode, OFlags, RawDir, ResolveFlags, fstat, openat2};

use super::{Proc, directory, read};
use crate::machine::pid::Pid;
use crate::machine::process::relay_config::{self, RelayConfig};
use crate::machine::process::{
    MOST_NAMES, ProcessSource as _, RelayTarget, is_relay, relay_lines, relay_target,
};
use crate::machine::sockets::Socket;

/// More of one file is not read.
const LONGEST: usize = 256 * 1024;
/// More files of one configuration are not read: one may include itself.
const MOST_FILES: usize = 32;
/// More bytes of the names of a directory are not listed.
const NAMES: usize = 32 * 1024;
/// A process's start and a file's change are told by two clocks, which agree to within this.
const CLOCKS: Duration = Duration::from_secs(1);

/// The directory in which a relative path begins, and the root of absolute ones.
struct Sight {
    root: OwnedFd,
    start: OwnedFd,
    /// When a file that was read last changed: its status too, as it does when another one takes its
    /// name. In seconds since 1970.
    changed: Cell<u64>,
}

impl Sight {
    fn of(process: &OwnedFd) -> Option<Self> {
        let root = directory(process, "root").ok()?;
        let start = directory(process, "cwd").ok()?;
        let changed = Cell::new(0);
        Some(Self {
            root,
            start,
            changed,
        })
    }

    fn open(&self, path: &str, flags: OFlags) -> Option<OwnedFd> {
        // A pipe in the place of a file must not block, and no link leads out of the root.
        let flags = flags | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let (at, resolve) = if path.starts_with('/') {
            (&self.root, ResolveFlags::IN_ROOT)
        } else {
            (&self.start, ResolveFlags::BENEATH)
        };
        let resolve = resolve | ResolveFlags::NO_MAGICLINKS;
        openat2(at, path, flags, Mode::empty(), resolve).ok()
    }

    /// The text of a file; `None` if it is none, may not be read or is too long.
    fn text(&self, path: &str) -> Option<String> {
        use std::io::Read as _;
        let mut content = Vec::new();
        let mut file = self.regular(path)?.take(LONGEST as u64 + 1);
        file.read_to_end(&mut content).ok()?;
        (content.len() <= LONGEST).then(|| String::from_utf8_lossy(&content).into_owned())
    }

    /// A regular file, open for reading.
    fn regular(&self, path: &str) -> Option<File> {
        let file = self.open(path, OFlags::RDONLY)?;
        let status = fstat(&file).ok()?;
        self.note_change(&status);
        let kind = FileType::from_raw_mode(status.st_mode);
        (kind == FileType::RegularFile).then(|| File::from(file))
    }

    fn note_change(&self, status: &rustix::fs::Stat) {
        let changed = u64::try_from(status.st_ctime).unwrap_or(0);
        self.changed.set(self.changed.get().max(changed));
    }

    /// The files that a path names whose last part may have one `*`, in the order of their names.
    fn matching(&self, path: &str) -> Vec<String> {
        let (folder, last) = path.rsplit_once('/').unwrap_or((".", path));
        let Some((front, back)) = last.split_once('*') else {
            return vec![path.to_owned()];
        };
        let Some(opened) = self.open(folder, OFlags::RDONLY | OFlags::DIRECTORY) else {
            return Vec::new();
        };
        if let Ok(status) = fstat(&opened) {
            self.note_change(&status);
        }
        let mut buffer = vec![std::mem::MaybeUninit::uninit(); NAMES];
        let mut entries = RawDir::new(&opened, &mut buffer);
        let mut names = Vec::new();
        while let (Some(Ok(entry)), true) = (entries.next(), names.len() < MOST_FILES) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let fits = name.len() >= front.len() + back.len();
            if fits && name.starts_with(front) && name.ends_with(back) && !name.starts_with('.') {
                names.push(format!("{folder}/{name}"));
            }
        }
        names.sort();
        names
    }

    /// What a configuration says of the relay that listens on `port`.
    fn configured(&self, config: &RelayConfig, port: u16) -> Option<RelayTarget> {
        let mut left = MOST_FILES;
        match config {
            RelayConfig::Nginx(file) => {
                let folder = file.rsplit_once('/').map_or(".", |(folder, _)| folder);
                let mut include = |included: &str| {
                    let path = match included.strip_prefix('/') {
                        Some(_) => included.to_owned(),
                        None => format!("{folder}/{included}"),
                    };
                    let mut texts = Vec::new();
                    for path in self.matching(&path) {
                        if left == 0 {
                            break;
                        }
                        left -= 1;
                        texts.extend(self.text(&path));
                    }
                    texts.join("\n")
                };
                relay_config::nginx(&self.text(file)?, port, &mut include)
            }
            RelayConfig::Haproxy(files) => {
                let paths = files.iter().flat_map(|path| {
                    // A directory stands for its files.
                    match self.open(path, OFlags::RDONLY | OFlags::DIRECTORY) {
                        Some(_) => self.matching(&format!("{path}/*.cfg")),
                        None => vec![path.clone()],
                    }
                });
                let texts: Option<Vec<String>> = paths
                    .take(MOST_FILES)
                    .map(|path| self.text(&path))
                    .collect();
                relay_config::haproxy(&texts?.join("\n"), port)
            }
            RelayConfig::Rinetd(file) => relay_lines::rinetd(&self.text(file)?, port),
            RelayConfig::Stunnel(file) => relay_lines::stunnel(&self.text(file)?, port),
            RelayConfig::Xinetd(file) => {
                let mut text = self.text(file)?;
                let folders = relay_lines::folders_of_xinetd(&text);
                let named = folders.flat_map(|folder| self.matching(&format!("{folder}/*")));
                let more: Vec<String> = named
                    .take(MOST_FILES)
                    .filter_map(|it| self.text(&it))
                    .collect();
                text.push('\n');
                text.push_str(&more.join("\n"));
                relay_lines::xinetd(&text, port)
            }
            RelayConfig::OfParent => None,
        }
    }
}

/// A regular file as the process sees it.
pub(super) fn regular(process: &OwnedFd, path: &str) -> Option<File> {
    Sight::of(process)?.regular(path)
}

/// The names in a folder as the process sees it.
pub(super) fn names(process: &OwnedFd, folder: &str) -> Vec<String> {
    let sight = Sight::of(process);
    let folder = sight.and_then(|it| it.open(folder, OFlags::RDONLY | OFlags::DIRECTORY));
    let mut names = Vec::new();
    if let Some(folder) = folder {
        // What was listed before an error is as good.
        let _ = read::each(&folder, |name| {
            names.push(name.to_string_lossy().into_owned());
            names.len() < MOST_NAMES
        });
    }
    names
}

/// Where a relay passes on what comes to `port`, by its command line or by the file that it names.
pub(super) fn relay_target(proc: &Proc, pid: Pid, port: u16) -> Option<RelayTarget> {
    let process = proc.process(pid).ok()??;
    let line = arguments(&process)?;
    let words: Vec<&str> = line.iter().map(String::as_str).collect();
    if let Some(target) = relay_target::of_arguments(&words, port) {
        return Some(target);
    }
    match relay_config::of_arguments(&words)? {
        RelayConfig::OfParent => {
            let parent = proc
                .process(super::stat::read(&process).ok()?.parent)
                .ok()??;
            let line = arguments(&parent)?;
            let words: Vec<&str> = line.iter().map(String::as_str).collect();
            let sight = Sight::of(&parent)?;
            let target = sight.configured(&relay_config::of_arguments(&words)?, port)?;
            Some(sight.at_start_of(proc, pid, target))
        }
        config => {
            let sight = Sight::of(&process)?;
            let target = sight.configured(&config, port)?;
            Some(sight.at_start_of(proc, pid, target))
        }
    }
}

/// The only relay whose command line says that it listens on this port: one of the user of the listener
/// and in ibdoc's own network namespace. Those that it has started for single connections have its
/// command line.
pub(super) fn relay_by_arguments(proc: &Proc, listener: &Socket) -> Option<Pid> {
    let (port, user) = (listener.local.port(), listener.uid?);
    let own = proc.facts(Pid(std::process::id())).ok()??.net_namespace?;
    let is_it = |pid: Pid| {
        let process = proc.process(pid).ok()??;
        let stat = super::stat::read(&process).ok()?;
        let words = is_relay(&stat.name).then(|| arguments(&process))??;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let says = relay_target::listens_by_arguments(&words, port);
        let facts = says.then(|| proc.facts(pid).ok().flatten())??;
        let is_users = facts.users.as_ref()?.contains(&user);
        (is_users && facts.net_namespace == Some(own)).then_some((pid, stat.parent))
    };
    let found: Vec<(Pid, Pid)> = proc.pids().into_iter().filter_map(is_it).collect();
    let is_child = |parent: Pid| found.iter().any(|(pid, _)| *pid == parent);
    let mut first = found.iter().filter(|(_, parent)| !is_child(*parent));
    let (pid, _) = first.next()?;
    first.next().is_none().then_some(*pid)
}

impl Sight {
    /// What was read from files, as it was when the process started, as far as that is known.
    fn at_start_of(&self, proc: &Proc, pid: Pid, target: RelayTarget) -> RelayTarget {
        let up = proc.facts(pid).ok().flatten().and_then(|facts| facts.up);
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let started = since_1970
            .ok()
            .zip(up)
            .map(|(now, up)| now.saturating_sub(up));
        RelayTarget {
            may_differ: may_differ(Duration::from_secs(self.changed.get()), started),
            ..target
        }
    }
}

/// Whether a process may have read another content of a file than it has now: the file has changed
/// since the process started, or it is not known when that was.
fn may_differ(changed: Duration, started: Option<Duration>) -> bool {
    started.is_none_or(|started| changed > started + CLOCKS)
}

fn arguments(process: &OwnedFd) -> Option<Vec<String>> {
    let (line, is_cut) = read::file(process, "cmdline", super::collect::COMMAND_LINE).ok()?;
    let line = String::from_utf8_lossy(&line);
    let words = line.trim_end_matches('\0').split('\0').map(str::to_owned);
    (!is_cut).then(|| words.collect())
}

/// The addresses that the hosts file of the process has for a name.
pub(super) fn hosts(process: &OwnedFd, name: &str) -> Vec<IpAddr> {
    let text = Sight::of(process).and_then(|sight| sight.text("/etc/hosts"));
    let text = text.unwrap_or_default();
    let lines = text.lines().filter_map(|line| {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let address = words.next()?.parse().ok()?;
        words
            .any(|word| word.eq_ignore_ascii_case(name))
            .then_some(address)
    });
    lines.take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_after_the_start_proves_nothing() {
        let at = Duration::from_secs;
        assert!(!may_differ(at(100), Some(at(100))));
        assert!(!may_differ(at(99), Some(at(200))));
        assert!(may_differ(at(300), Some(at(200))));
        assert!(may_differ(at(1), None));
    }
}
