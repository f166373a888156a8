//! The user's own command, run with the relay.

use std::ffi::OsString;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::time::Instant;

use crate::commands::Setup;
use crate::finding::{Code, Finding};
use crate::machine::process::title;
use crate::report::TapProgram;
use crate::soak::program::{self, Program};
use crate::target::Target;

/// A command without a deadline has this one.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// What became of the command.
#[derive(Debug)]
pub(super) struct Ended {
    /// Its part of the report; nothing where it was not started, or left alone.
    pub(super) report: Option<TapProgram>,
    /// Why it could not be run, or not be ended.
    pub(super) error: Option<String>,
    /// Whether it was ended at the deadline of the command.
    pub(super) timed_out: bool,
}

/// Runs the command to its end, in a process group of its own, as `ibdoc soak --exec` does.
pub(super) async fn run(
    command: &[OsString],
    address: SocketAddr,
    until: Option<Instant>,
    setup: &Setup,
) -> Ended {
    let name = title(command);
    let ip = match address.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    let target = Target::address(SocketAddr::new(ip, address.port()));
    let ibdoc = std::env::current_exe().ok();
    let left = until.map(|until| until.saturating_duration_since(Instant::now()));
    let program = Program {
        command,
        target: &target,
        local: Some(SocketAddr::new(ip, address.port())),
        not_its_own: &[],
        ibdoc: ibdoc.as_deref(),
        timeout: left.unwrap_or(LONGEST),
        shows_output: true,
    };
    let began = Instant::now();
    let mut interrupt = setup.interrupt.clone();
    let outcome = program.run(&setup.world, &mut interrupt).await;
    let report = |exit_status, signal| TapProgram {
        program: name.clone(),
        exit_status,
        signal,
        elapsed: began.elapsed(),
    };
    let failed = |error: String| Ended {
        report: None,
        error: Some(error),
        timed_out: false,
    };
    match outcome {
        Ok(program::Outcome::Ran(seen)) => Ended {
            timed_out: seen.run.timed_out,
            report: Some(if seen.run.timed_out {
                report(None, None)
            } else {
                report(seen.run.exit_status, seen.run.signal)
            }),
            error: None,
        },
        Ok(program::Outcome::Interrupted(_)) => Ended {
            report: Some(report(None, None)),
            error: None,
            timed_out: false,
        },
        Ok(program::Outcome::Spared(reason)) => failed(reason),
        Ok(program::Outcome::Lost(error)) => {
            failed(format!("failed to learn how {name} ended: {error}"))
        }
        Err(error) => failed(format!("failed to start {name}: {}", reason(&error))),
    }
}

/// Why a program could not be started.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => {
            "there is no such program, or none that its first line names".to_owned()
        }
        io::ErrorKind::PermissionDenied => "it may not be executed".to_owned(),
        _ => error.to_string(),
    }
}

impl Ended {
    /// The finding of a command that ended badly by itself, or had not ended in time.
    pub(super) fn finding(&self, subject: &str) -> Option<Finding> {
        let report = self.report.as_ref()?;
        let how = match (report.exit_status, report.signal) {
            _ if self.timed_out => "had not ended at the deadline".to_owned(),
            (Some(0), _) | (None, None) => return None,
            (Some(status), _) => format!("ended with status {status}"),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
        };
        let summary = format!("{} {how}", report.program);
        let mut finding = Finding::new(Code::ProgramFailed, subject, summary);
        finding.remedies = vec![if self.timed_out {
            "give it more time with --deadline".to_owned()
        } else {
            "read what it printed: its output is not ibdoc's".to_owned()
        }];
        Some(finding)
    }
}
