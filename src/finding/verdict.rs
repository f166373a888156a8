//! The verdict of a run and the exit status that tells it to scripts.

use serde::{Deserialize, Serialize};

/// How severe a finding is, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; changes nothing.
    Info,
    /// It works, but needs attention.
    Warning,
    /// It does not work.
    Error,
}

/// The one-word answer of a run, in ascending order of severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything that was asked works.
    Healthy,
    /// It works, but something needs attention.
    Attention,
    /// It could not be looked at; never to be read as healthy.
    Unknown,
    /// It does not work.
    Failed,
}

impl Verdict {
    /// The verdict that a finding of this severity asks for by itself.
    pub fn of_severity(severity: Severity) -> Self {
        match severity {
            Severity::Info => Verdict::Healthy,
            Severity::Warning => Verdict::Attention,
            Severity::Error => Verdict::Failed,
        }
    }

    /// The word of the JSON contract.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Healthy => "healthy",
            Verdict::Attention => "attention",
            Verdict::Unknown => "unknown",
            Verdict::Failed => "failed",
        }
    }

    /// The exit status that stands for it.
    pub fn exit_status(self) -> ExitStatus {
        match self {
            Verdict::Healthy => ExitStatus::Healthy,
            Verdict::Attention => ExitStatus::Attention,
            Verdict::Unknown => ExitStatus::CouldNotLook,
            Verdict::Failed => ExitStatus::Failed,
        }
    }
}

/// Every exit status of ibdoc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Status 0: nothing needs attention.
    Healthy,
    /// Status 1: the result is unknown, or a health check that failed.
    CouldNotLook,
    /// Status 2: what was typed cannot be run.
    Usage,
    /// Status 3: it works, and something needs attention.
    Attention,
    /// Status 4: it does not work.
    Failed,
    /// Status 129: SIGHUP ended it.
    HungUp,
    /// Status 130: SIGINT ended it.
    Interrupted,
    /// Status 143: SIGTERM ended it.
    Terminated,
}

impl ExitStatus {
    /// Every status, in ascending order.
    pub const ALL: [ExitStatus; 8] = [
        ExitStatus::Healthy,
        ExitStatus::CouldNotLook,
        ExitStatus::Usage,
        ExitStatus::Attention,
        ExitStatus::Failed,
        ExitStatus::HungUp,
        ExitStatus::Interrupted,
        ExitStatus::Terminated,
    ];

    /// The signal that ended the command, by its name.
    pub fn signal(self) -> Option<&'static str> {
        match self {
            ExitStatus::HungUp => Some("SIGHUP"),
            ExitStatus::Interrupted => Some("SIGINT"),
            ExitStatus::Terminated => Some("SIGTERM"),
            _ => None,
        }
    }

    /// The number that the process exits with.
    pub fn code(self) -> u8 {
        match self {
            ExitStatus::Healthy => 0,
            ExitStatus::CouldNotLook => 1,
            ExitStatus::Usage => 2,
            ExitStatus::Attention => 3,
            ExitStatus::Failed => 4,
            ExitStatus::HungUp => 129,
            ExitStatus::Interrupted => 130,
            ExitStatus::Terminated => 143,
        }
    }

    /// What it means, in the words of help and man pages.
    pub fn meaning(self) -> &'static str {
        match self {
            ExitStatus::Healthy => "healthy",
            ExitStatus::CouldNotLook => "ibdoc could not look; from health: not healthy",
            ExitStatus::Usage => "usage error",
            ExitStatus::Attention => "works, but needs attention (0 with --fail-on failed)",
            ExitStatus::Failed => "does not work",
            ExitStatus::HungUp => "ended by SIGHUP",
            ExitStatus::Interrupted => "ended by SIGINT",
            ExitStatus::Terminated => "ended by SIGTERM",
        }
    }
}

/// The exit statuses as the help shows them; a test holds it against [`ExitStatus::ALL`].
pub const EXIT_STATUS_HELP: &str = "\
Exit status:
  0    healthy
  1    ibdoc could not look; from health: not healthy
  2    usage error
  3    works, but needs attention (0 with --fail-on failed)
  4    does not work
  129  ended by SIGHUP
  130  ended by SIGINT
  143  ended by SIGTERM";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_lists_every_exit_status() {
        let lines: Vec<String> = ExitStatus::ALL
            .iter()
            .map(|status| format!("  {:<5}{}", status.code(), status.meaning()))
            .collect();
        assert_eq!(
            EXIT_STATUS_HELP,
            format!("Exit status:\n{}", lines.join("\n"))
        );
    }

    #[test]
    fn the_worst_of_several_results_is_failed_then_unknown() {
        assert!(Verdict::Failed > Verdict::Unknown);
        assert!(Verdict::Unknown > Verdict::Attention);
        assert!(Verdict::Attention > Verdict::Healthy);
    }
}
