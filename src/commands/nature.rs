//! What is true of each command: its name, its files, whether it goes on until it is told to end.

use super::{Command, watch};
use crate::render::file::ReportFile;

impl Command {
    /// Where the report is also written to.
    pub fn report_files(&self) -> &[ReportFile] {
        match self {
            Command::Doctor(args) => &args.files.reports,
            Command::Probe(args) => &args.files.reports,
            Command::Handshake(args) => &args.files.reports,
            Command::Zombies(args) => &args.files.reports,
            Command::Inspect(args) => &args.files.reports,
            Command::Soak(args) => &args.files.reports,
            Command::Watch(args) => &args.files.reports,
            Command::Health(args) => &args.files.reports,
            Command::Trace(args) => &args.files.reports,
            Command::Tap(args) => &args.files.reports,
            Command::Compare(args) => &args.files.reports,
            Command::Report(args) => &args.files.reports,
            _ => &[],
        }
    }

    /// Whether it runs a program of the user's.
    pub(super) fn has_child(&self) -> bool {
        matches!(self, Command::Soak(args) if args.own.exec)
            || matches!(self, Command::Tap(args) if !args.command.is_empty())
    }

    /// Whether it is ended by a parent: a signal to the whole process group reaches both, and the
    /// parent's own one comes second.
    pub(super) fn has_parent(&self) -> bool {
        matches!(self, Command::Worker(args) if args.is_child())
    }

    /// Whether it goes on until it is interrupted, and may have nothing to write for hours.
    pub fn is_watch(&self) -> bool {
        matches!(self, Command::Zombies(args) if args.watch.is_some())
            || matches!(self, Command::Inspect(args) if args.watch.is_some())
            || matches!(
                self,
                Command::Watch(_) | Command::Trace(_) | Command::Tap(_)
            )
    }

    /// Whether it is a watch that a service manager started.
    pub(super) fn is_service(&self) -> bool {
        matches!(self, Command::Watch(_)) && crate::watch::is_service()
    }

    /// Whether somebody else than the reader of stdout is told what it sees.
    pub fn tells_elsewhere(&self) -> bool {
        let is_told = |args: &watch::Watch| {
            args.metrics.is_some() || args.textfile.is_some() || args.hook.on_change.is_some()
        };
        !self.report_files().is_empty()
            || matches!(self, Command::Watch(args) if is_told(args))
            // Clients are connected through it.
            || matches!(self, Command::Tap(_))
    }

    /// The name of the command, as typed and as in the JSON report.
    pub fn name(&self) -> &'static str {
        match self {
            Command::Doctor(_) => "doctor",
            Command::Probe(_) => "probe",
            Command::Handshake(_) => "handshake",
            Command::Zombies(_) => "zombies",
            Command::Inspect(_) => "inspect",
            Command::Soak(_) => "soak",
            Command::Watch(_) => "watch",
            Command::Health(_) => "health",
            Command::Trace(_) => "trace",
            Command::Tap(_) => "tap",
            Command::Compare(_) => "compare",
            Command::Report(_) => "report",
            Command::Explain(_) => "explain",
            Command::Schema => "schema",
            Command::Completions(_) => "completions",
            Command::Man(_) => "man",
            Command::Sim(_) => "sim",
            Command::Worker(_) => "worker",
        }
    }

    /// Drops the target of the environment: it means nothing beside the simulated Gateway.
    pub(super) fn forget_target(&mut self) {
        match self {
            Command::Doctor(args) => args.target = None,
            Command::Handshake(args) => args.target = None,
            Command::Soak(args) => args.target = None,
            Command::Health(args) => args.target = None,
            Command::Tap(args) => args.target = None,
            Command::Probe(args) => args.targets.clear(),
            Command::Watch(args) => args.targets.clear(),
            // The others take none from the environment.
            _ => {}
        }
    }
}
