//! What is true of a command as it was typed, without running it.

use crate::render::file::ReportFile;

/// What a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A Gateway or its clients: `--sim` brings one, `--netns` leads to one.
    Gateway,
    /// The simulated Gateway itself.
    Simulator,
    /// Files that were written earlier.
    Files,
    /// What ibdoc itself knows.
    Knowledge,
}

/// What is true of a command as it was typed.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is asked on its own, elsewhere"
)]
pub struct Nature<'a> {
    /// The name of the command, as typed and as in the JSON report.
    pub name: &'static str,
    /// Where the report is also written to.
    pub reports: &'a [ReportFile],
    /// What it is about.
    pub subject: Subject,
    /// Whether it goes on until it is interrupted, and may have nothing to write for hours.
    pub is_watch: bool,
    /// Whether a service manager started it.
    pub is_service: bool,
    /// Whether it runs a program of the user's.
    pub has_child: bool,
    /// Whether it is ended by a parent: a signal to the whole process group reaches both, and the
    /// parent's own one comes second.
    pub has_parent: bool,
    /// Whether somebody else than the reader of stdout is told what it sees.
    pub tells_elsewhere: bool,
}

impl<'a> Nature<'a> {
    /// Of a command that looks at a Gateway once, and writes these files.
    pub(super) fn of(name: &'static str, reports: &'a [ReportFile]) -> Self {
        Self {
            name,
            reports,
            subject: Subject::Gateway,
            is_watch: false,
            is_service: false,
            has_child: false,
            has_parent: false,
            tells_elsewhere: !reports.is_empty(),
        }
    }

    /// The same of a command that is about something else.
    pub(super) fn about(self, subject: Subject) -> Self {
        Self { subject, ..self }
    }
}
