//! Who is in charge of a process: what started it, may start it again, or shows it.

use super::{Subject, who};
use crate::machine::process::{
    Cgroup, Facts, RunState, Script, Terminal, is_guard_or_relay, is_init_of_one, is_reaper,
    is_shell,
};
use crate::text::words::joined;
use crate::zombie::unit::{Unit, unit};

/// A program that looks after others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Manager {
    Tmux,
    Screen,
    Supervisord,
    Pm2,
    Cron,
    Uv,
    /// One that starts its program again when it has ended: runit's runsv, s6-supervise and their like.
    Keeper,
    Gunicorn,
    /// honcho and its like, which run what a Procfile lists.
    Procfile,
    /// A shell that runs a script.
    Script,
}

/// What the program is in charge of others for, if it is known.
pub(super) fn manager(facts: &Facts) -> Option<Manager> {
    let script = match &facts.script {
        Some(Script::File(name) | Script::Module(name)) => Some(name.as_str()),
        Some(Script::Absent | Script::Inline) | None => None,
    };
    let first = |name: &str| {
        let word = name.split_whitespace().next().unwrap_or_default();
        word.trim_end_matches(':').to_owned()
    };
    let mut names = facts.names().chain(script).map(first);
    names
        .find_map(|name| {
            Some(match name.as_str() {
                "tmux" => Manager::Tmux,
                "screen" | "SCREEN" => Manager::Screen,
                "supervisord" => Manager::Supervisord,
                "PM2" | "pm2" => Manager::Pm2,
                "cron" | "crond" | "atd" | "anacron" => Manager::Cron,
                "uv" => Manager::Uv,
                "runsv" | "s6-supervise" | "supervise" | "circusd" | "daemon" | "entr" => {
                    Manager::Keeper
                }
                "gunicorn" => Manager::Gunicorn,
                "honcho" | "foreman" | "hivemind" | "overmind" => Manager::Procfile,
                _ => return None,
            })
        })
        .or_else(|| is_shell_script(facts).then_some(Manager::Script))
}

/// Whether a program above it starts and keeps programs of its own choice, as tmux and supervisord do.
pub(super) fn has_manager(subject: &Subject) -> bool {
    let keeps = |manager: &Manager| {
        matches!(
            manager,
            Manager::Tmux | Manager::Screen | Manager::Supervisord | Manager::Pm2 | Manager::Cron
        )
    };
    managers(subject).any(|(_, manager)| keeps(&manager))
}

/// Those above it that look after others, nearest first.
fn managers(subject: &Subject) -> impl Iterator<Item = (&Facts, Manager)> {
    let lineage = subject.lineage();
    lineage.filter_map(|facts| Some((facts, manager(facts)?)))
}

fn is_shell_script(facts: &Facts) -> bool {
    let is_shell = facts.names().any(is_shell);
    is_shell && !matches!(facts.script, Some(Script::Absent) | None)
}

/// Who is in charge, as half a sentence; `None` where nothing shows.
pub(in crate::zombie) fn charge(subject: &Subject, own: &Facts) -> Option<String> {
    let facts = &subject.facts;
    let words = placed(subject, own).or_else(|| parent(subject));
    let stopped = match (is_suspended(facts), facts.traced) {
        (true, _) => Some("stopped (^Z)".to_owned()),
        (false, Some(true)) => Some("a debugger".to_owned()),
        (false, _) => None,
    };
    let words: Vec<String> = stopped.into_iter().chain(words).collect();
    (!words.is_empty()).then(|| joined(words))
}

/// Whether it was stopped, as by ^Z: a debugger stops what it is attached to as well.
pub(in crate::zombie) fn is_suspended(facts: &Facts) -> bool {
    facts.state == Some(RunState::Stopped) && facts.traced != Some(true)
}

/// The unit or container that it belongs to, if ibdoc itself does not.
pub(in crate::zombie) fn unit_of(subject: &Subject, own: &Facts) -> Option<Unit> {
    // What it is of is told also where ibdoc's own groups could not be read.
    const NONE: &Cgroup = &Cgroup {
        path: String::new(),
        others: Vec::new(),
    };
    let cgroup = subject.facts.cgroup.as_ref()?;
    unit(cgroup, own.cgroup.as_ref().unwrap_or(NONE))
}

fn placed(subject: &Subject, own: &Facts) -> Option<String> {
    let facts = &subject.facts;
    let group = unit_of(subject, own);
    if let Some(Unit::Container(id)) = &group {
        let id = id
            .as_deref()
            .map_or_else(String::new, |id| format!(" {id}"));
        return Some(format!("container{id}"));
    }
    if is_notebook(facts) {
        return Some("a notebook, as its kernel".to_owned());
    }
    for (above, manager) in managers(subject) {
        match manager {
            Manager::Supervisord => {
                let name = facts.labels.supervisor.as_ref();
                let name = name.map_or_else(String::new, |name| format!(" as `{name}`"));
                return Some(format!("supervisord{name}"));
            }
            Manager::Pm2 => {
                let name = facts.labels.pm2.as_ref();
                let name = name.map_or_else(String::new, |name| format!(" as `{name}`"));
                return Some(format!("PM2{name}"));
            }
            Manager::Tmux => {
                let pane = facts.labels.tmux_pane.as_ref();
                let pane = pane.map_or_else(String::new, |pane| format!(" pane {pane}"));
                return Some(format!("tmux{pane}"));
            }
            Manager::Screen => return Some("screen".to_owned()),
            Manager::Cron => return Some("cron".to_owned()),
            Manager::Procfile => return Some(who(above)),
            Manager::Uv | Manager::Keeper | Manager::Gunicorn | Manager::Script => {}
        }
    }
    match group {
        Some(Unit::Service(name) | Unit::UserService(name)) if subject.outlives_service => {
            Some(format!("nobody: {name} has ended"))
        }
        Some(Unit::Service(name) | Unit::UserService(name)) => Some(name),
        Some(Unit::Host(name)) if name.starts_with("cron") => Some("cron".to_owned()),
        _ => None,
    }
}

fn parent(subject: &Subject) -> Option<String> {
    let parent = subject.parent.as_ref()?;
    if let Some(init) = init_of(subject) {
        return Some(who(init));
    }
    if parent.id.pid.0 > 1
        && let Some(manager) = manager(parent)
    {
        return Some(match manager {
            Manager::Uv => format!("`uv run` (pid {})", parent.id.pid),
            Manager::Script if parent.script == Some(Script::Inline) => {
                format!("a line of the shell {}", who(parent))
            }
            Manager::Script => format!("the script {}", who(parent)),
            _ => who(parent),
        });
    }
    // It has given a terminal of its own, such as dtach, or stands between, such as sudo.
    if is_guard_or_relay(parent) == Some(true) && is_reaper(parent) == Some(false) {
        return Some(who(parent));
    }
    let facts = &subject.facts;
    let is_open =
        facts.stdio_open.contains(&Some(true)) || facts.session_leader_alive == Some(true);
    (facts.terminal == Some(Terminal::Present) && is_open).then(|| "a terminal".to_owned())
}

/// The first process of a container that may run for it alone: tini and its like give a group to the
/// program that they run, dumb-init a session, and none to an orphan that they adopt.
pub(super) fn init_of(subject: &Subject) -> Option<&Facts> {
    let facts = &subject.facts;
    let own = Some(facts.id.pid);
    let init = subject.parent.as_ref();
    let init = init.filter(|parent| is_init_of_one(parent))?;
    let gives_session = init.names().any(|name| name == "dumb-init");
    let is_given = facts.group == own && (facts.session == own) == gives_session;
    is_given.then_some(init)
}

/// What ending it may come to nothing by: its parent, or the manager above it.
pub(super) fn in_charge(subject: &Subject) -> String {
    let labels = &subject.facts.labels;
    for (above, manager) in managers(subject) {
        match (manager, &labels.supervisor, &labels.pm2) {
            (Manager::Supervisord, Some(name), _) => {
                return format!("under supervisord as `{name}`: `supervisorctl restart {name}`");
            }
            (Manager::Pm2, _, Some(name)) => {
                return format!("under PM2 as `{name}`: `pm2 restart {name}`");
            }
            (Manager::Tmux, ..) => {
                let pane = labels.tmux_pane.as_ref();
                let pane = pane.map_or_else(String::new, |pane| format!(" pane {pane}"));
                return format!("it runs in tmux{pane}");
            }
            (Manager::Screen, ..) => return "it runs in screen".to_owned(),
            (Manager::Procfile, ..) => {
                let name = who(above);
                return format!("under {name}, which may end its other programs with it");
            }
            _ => {}
        }
    }
    if is_notebook(&subject.facts) {
        return "kernel of a notebook: restart it there".to_owned();
    }
    let Some(parent) = &subject.parent else {
        return "its parent is running".to_owned();
    };
    let pid = parent.id.pid;
    match manager(parent) {
        Some(Manager::Uv) => format!("its parent `uv run` ({pid}) lives and may start it again"),
        Some(_) => format!("its parent {} lives and may start it again", who(parent)),
        None => format!("its parent {} is running", who(parent)),
    }
}

pub(super) fn is_notebook(facts: &Facts) -> bool {
    let kernels = [
        "ipykernel_launcher",
        "ipykernel",
        "ipykernel_launcher.py",
        "xpython",
    ];
    matches!(&facts.script, Some(Script::Module(name) | Script::File(name))
        if kernels.contains(&name.as_str()))
}
