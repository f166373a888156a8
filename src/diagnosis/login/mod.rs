//! What a login's log and settings say of a symptom: they choose among its causes. Without them every
//! finding stays as it was.

mod cause;
mod completed;
mod current;
mod relay;
mod remedies;
mod report;
mod row;
mod settings;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

pub use self::row::Row;

use self::cause::Cause;
use self::current::Standing;
use crate::evidence::login::Login;
use crate::evidence::look::{Evidence, ReadLog, Seen};
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};

/// What is known of the connection that the log is held against.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about the connection"
)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Context {
    /// The port that was asked.
    pub port: u16,
    /// The Gateway's own port behind a relay.
    pub behind: Option<u16>,
    /// The address from which the Gateway is reached.
    pub ours: Option<IpAddr>,
    /// Whether the last handshake worked.
    pub works: bool,
    /// Whether something accepted a connection, a relay perhaps.
    pub is_reached: bool,
    /// Whether the Gateway's own process is seen to listen on the port.
    pub is_listening: bool,
    /// Whether no Gateway runs on this machine, where it should.
    pub is_gone: bool,
    /// Whether the Gateway is in another network namespace.
    pub is_elsewhere: bool,
}

impl Context {
    /// The port on which the Gateway itself should listen.
    fn gateway_port(&self) -> u16 {
        self.behind.unwrap_or(self.port)
    }

    /// Whether this client is trusted by itself.
    fn is_trusted(&self) -> bool {
        self.ours.is_some_and(|ip| ip.to_canonical().is_loopback())
    }
}

/// Explains the findings by the evidence, and tells what it is in a row.
pub fn explain(findings: &mut Vec<Finding>, evidence: &Evidence, context: &Context) -> Row {
    let Seen::Log(read) = &evidence.seen else {
        settings::explain(findings, evidence, None, context);
        return row::without_log(&evidence.seen);
    };
    let standing = current::standing(read, evidence.process, context);
    let login = match &standing {
        Standing::Current(login) => Some(*login),
        Standing::Doubtful | Standing::Other(_) => None,
    };
    let caused = login.and_then(|login| {
        let cause = findings.iter().enumerate().find_map(|(index, finding)| {
            let cause = cause::of(finding, login, read, context)?;
            Some((index, cause))
        });
        let (index, cause) = cause?;
        findings[index] = caused(&findings[index], cause, read);
        Some(findings[index].severity)
    });
    if caused.is_none() {
        if let Some(login) = login {
            completed::explain(findings, login, read, context);
        }
        settings::explain(findings, evidence, login, context);
    }
    if let Some(login) = login {
        relay::explain(findings, read, context);
        findings.extend(row::command_server(login));
        remedies::add_way_to_restart(findings, login);
    }
    Row {
        login: Some(report::of_log(read, &standing)),
        ..row::of_log(read, &standing, caused, context)
    }
}

/// A symptom whose cause is known: the cause first, then what was measured.
fn caused(symptom: &Finding, cause: Cause, read: &ReadLog) -> Finding {
    let mut finding = Finding::new(cause.code, &symptom.subject, cause.summary);
    finding.summary = format!("{}: {}", finding.summary, symptom.summary);
    finding.severity = match cause.code {
        // That waiting helps would be the error of whoever is told that it works.
        Code::LoginPending => Severity::Error,
        _ => symptom.severity,
    };
    finding.evidence.clone_from(&symptom.evidence);
    let read_in = std::iter::once(current::source(read)).chain(cause.evidence);
    let at = finding.evidence.len().min(1);
    finding.evidence.splice(at..at, read_in);
    finding.remedies = cause.remedies;
    finding
}

/// The time from which stamps are told: of today without their date.
fn today(read: &ReadLog) -> Option<crate::evidence::stamp::Stamp> {
    read.now().or(read.log.last)
}

/// The login in words.
fn words(login: &Login, read: &ReadLog) -> String {
    login.phase_in_words(today(read))
}
