//! The commands that a plan names, whole, as they are typed.

use std::collections::BTreeSet;
use std::time::Duration;

use super::class::is_suspended;
use crate::machine::netns::{typed_outside, way_in};
use crate::machine::pid::Pid;
use crate::machine::process::{Facts, Sigterm};
use crate::text::shell::quoted;

/// What is not said: the age below which a socket is left alone.
const MIN_AGE: Duration = Duration::from_secs(60);

/// What the commands about some sockets have in common.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    ports: BTreeSet<u16>,
    min_age: Duration,
    /// The user whose processes are meant, if they are not those of who types.
    user: Option<String>,
    typist: Typist,
    needs_root: bool,
    /// A process in the network namespace that is meant, if that is another one.
    namespace: Option<Pid>,
}

/// With which rights the commands of a plan are typed: with those by which the plan was made they do
/// what it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rights {
    /// Those of a user who is not root.
    #[default]
    User,
    /// Those of a user by sudo, who types that again.
    Sudo,
    /// Root's own: where root is, there may be no sudo.
    Root,
}

/// Who types the commands of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Typist {
    /// With which rights.
    pub rights: Rights,
    /// Whether sudo does not find ibdoc, which is in a folder of the user's own such as
    /// `~/.cargo/bin`: sudo has a search path of its own.
    pub is_apart: bool,
    /// Whether it is typed on Windows, where there is no sudo.
    pub is_on_windows: bool,
}

impl Typist {
    /// What ends these processes without ibdoc: one that is stopped ends when it goes on, and one that
    /// SIGTERM does not end by SIGKILL alone.
    pub(super) fn ends(self, all: &[&Facts]) -> String {
        let line = |command: &str, before: &str, is_meant: &dyn Fn(&Facts) -> bool| {
            let meant = all.iter().filter(|facts| is_meant(facts));
            let pids: Vec<String> = meant.map(|it| format!("{before}{}", it.id.pid)).collect();
            (!pids.is_empty()).then(|| format!("{command}{}", pids.concat()))
        };
        let asked = |facts: &Facts| only_killed(facts).is_none();
        let lines = if self.is_on_windows {
            [line("taskkill", " /PID ", &|_| true), None, None]
        } else {
            [
                line("kill", " ", &asked),
                line("kill -CONT", " ", &|it| asked(it) && is_suspended(it)),
                line("kill -9", " ", &|it| !asked(it)),
            ]
        };
        let lines: Vec<String> = lines.into_iter().flatten().collect();
        lines.join(" && ")
    }

    /// The command as this one types it where it takes root.
    pub(super) fn as_root(self, command: &str) -> String {
        if let Some((first, then)) = command.split_once(" && ") {
            return format!("{} && {}", self.as_root(first), self.as_root(then));
        }
        let rest = command.strip_prefix("ibdoc ").filter(|_| self.is_apart);
        match (self.rights, rest) {
            _ if self.is_on_windows => command.to_owned(),
            (Rights::Root, _) => command.to_owned(),
            (Rights::User | Rights::Sudo, None) => format!("sudo {command}"),
            (Rights::User | Rights::Sudo, Some(rest)) => {
                format!("sudo \"$(command -v ibdoc)\" {rest}")
            }
        }
    }

    /// The command as this one types it about what the plan may do.
    pub(super) fn types(self, command: &str) -> String {
        match self.rights {
            Rights::Sudo => self.as_root(command),
            Rights::User | Rights::Root => command.to_owned(),
        }
    }
}

/// Why SIGTERM does not end a process, as half a sentence; `None` of one that it may end.
pub(super) fn only_killed(facts: &Facts) -> Option<&'static str> {
    Some(match facts.sigterm? {
        Sigterm::Arrives => return None,
        Sigterm::Ignored => "it ignores SIGTERM, so only SIGKILL (`kill -9`) ends it",
        Sigterm::Blocked => "it blocks SIGTERM, so only SIGKILL (`kill -9`) is certain to end it",
        Sigterm::Dropped => {
            "it is the first process of its pid namespace and has no handler of SIGTERM, so only \
             SIGKILL (`kill -9`) ends it, and with it all that runs in that namespace"
        }
    })
}

impl Typed {
    pub(super) fn new(ports: BTreeSet<u16>, min_age: Duration, user: Option<String>) -> Self {
        Self {
            ports,
            min_age,
            user,
            typist: Typist::default(),
            needs_root: false,
            namespace: None,
        }
    }

    /// In the network namespace of this process, which only root enters.
    pub(super) fn inside(mut self, pid: Pid) -> Self {
        self.namespace = Some(pid);
        self.needs_root = true;
        self
    }

    pub(super) fn by(mut self, typist: Typist) -> Self {
        self.typist = typist;
        self
    }

    /// As root, in the name of this user.
    pub(super) fn of_user(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned());
        self.needs_root = true;
        self
    }

    pub(super) fn heal(&self) -> String {
        self.command("--heal", &BTreeSet::new())
    }

    pub(super) fn kill(&self) -> String {
        self.command("--kill", &BTreeSet::new())
    }

    pub(super) fn kill_named(&self, pids: &BTreeSet<Pid>) -> String {
        self.command("--kill", pids)
    }

    /// A report.
    pub(super) fn look(&self) -> String {
        self.command("", &BTreeSet::new())
    }

    /// A report that sees every owner.
    pub(super) fn look_as_root(mut self) -> String {
        self.needs_root = true;
        self.look()
    }

    fn command(&self, action: &str, pids: &BTreeSet<Pid>) -> String {
        let mut words = vec!["ibdoc zombies".to_owned()];
        if !action.is_empty() {
            words.push(action.to_owned());
        }
        if let Some(user) = &self.user {
            words.push(format!("--user {}", quoted(user)));
        }
        words.extend(pids.iter().map(|pid| format!("--pid {pid}")));
        words.extend(self.ports.iter().map(|port| format!("--port {port}")));
        // A process that is named ends whatever the ages are.
        if self.min_age != MIN_AGE && pids.is_empty() {
            words.push(format!("--min-age {}", typed(self.min_age)));
        }
        let command = words.join(" ");
        let command = if self.needs_root {
            self.typist.as_root(&command)
        } else {
            self.typist.types(&command)
        };
        match self.namespace {
            Some(pid) => typed_outside(&command, &way_in(pid)),
            None => command,
        }
    }
}

/// A duration as it is typed.
fn typed(time: Duration) -> String {
    match time.as_millis() {
        millis if millis % 1000 == 0 => format!("{}s", millis / 1000),
        millis => format!("{millis}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_whole_and_says_nothing_that_goes_without_saying() {
        let typed = |age| Typed::new(BTreeSet::from([4002]), Duration::from_millis(age), None);
        let plain = typed(60_000);
        assert_eq!(plain.heal(), "ibdoc zombies --heal --port 4002");
        let named = plain.kill_named(&BTreeSet::from([Pid(7), Pid(5)]));
        assert_eq!(named, "ibdoc zombies --kill --pid 5 --pid 7 --port 4002");
        let sudo = plain.of_user("trader");
        assert_eq!(
            sudo.kill(),
            "sudo ibdoc zombies --kill --user trader --port 4002"
        );
        let by = |rights, is_apart| Typist {
            rights,
            is_apart,
            is_on_windows: false,
        };
        let apart = sudo.clone().by(by(Rights::User, true)).kill();
        let found = "sudo \"$(command -v ibdoc)\" zombies --kill --user trader --port 4002";
        assert_eq!(apart, found);
        let root = sudo.clone().by(by(Rights::Root, true)).kill();
        assert_eq!(root, "ibdoc zombies --kill --user trader --port 4002");
        let by_sudo = typed(60_000).by(by(Rights::Sudo, false)).heal();
        assert_eq!(by_sudo, "sudo ibdoc zombies --heal --port 4002");
        let inside = typed(60_000)
            .by(by(Rights::Root, true))
            .inside(Pid(7))
            .heal();
        assert_eq!(inside, "nsenter -t 7 -n ibdoc zombies --heal --port 4002");
        let apart = typed(60_000)
            .by(by(Rights::User, true))
            .inside(Pid(7))
            .heal();
        let found = "sudo nsenter -t 7 -n \"$(command -v ibdoc)\" zombies --heal --port 4002";
        assert_eq!(apart, found);
        let look = sudo.look_as_root();
        assert_eq!(look, "sudo ibdoc zombies --user trader --port 4002");
        assert_eq!(
            typed(0).kill(),
            "ibdoc zombies --kill --port 4002 --min-age 0s"
        );
        assert!(typed(300).heal().ends_with("--min-age 300ms"));
    }
}
