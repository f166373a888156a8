//! The part of a report that belongs to one command: its types where they are few, where it may hold
//! an account, and what it shows in one sentence.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::handshake::{Handshake, ready_in};
use super::privacy::Accounts;
use super::worker::Worker;
use super::{Compare, Inspect, Login, Probe, Soak, Tap, Trace, Watch, Zombies};
use crate::event::{Check, Query};
use crate::finding::verdict::Severity;
use crate::machine::path::Path;
use crate::machine::vitals::VitalSigns;
use crate::text::json::OptionalMillis;
use crate::text::words::counted;

/// The part of a report that belongs to one command.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// Of `ibdoc probe`.
    Probe(Probe),
    /// Of `ibdoc handshake`.
    Handshake(Handshake),
    /// Of `ibdoc zombies`.
    Zombies(Zombies),
    /// Of `ibdoc soak`.
    Soak(Box<Soak>),
    /// Of `ibdoc doctor`.
    Doctor(Doctor),
    /// Of `ibdoc health`.
    Health(Health),
    /// Of `ibdoc compare`.
    Compare(Box<Compare>),
    /// Of `ibdoc explain`.
    Explain(Explain),
    /// Of `ibdoc inspect`.
    Inspect(Inspect),
    /// Of `ibdoc sim`.
    Sim(Sim),
    /// Of `ibdoc tap`.
    Tap(Box<Tap>),
    /// Of `ibdoc trace`.
    Trace(Box<Trace>),
    /// Of `ibdoc watch`.
    Watch(Box<Watch>),
    /// Of `ibdoc worker`.
    Worker(Worker),
}

impl Body {
    /// Shortens the accounts in it.
    pub(super) fn hide(&mut self, accounts: &Accounts) {
        match self {
            Body::Probe(body) => body.hide(accounts),
            Body::Handshake(body) => body.hide(accounts),
            Body::Zombies(body) => accounts.hide_in_zombies(body),
            Body::Soak(body) => body.hide(accounts),
            Body::Doctor(body) => {
                accounts.hide(&mut body.address);
                accounts.hide_all(&mut body.diagnosis);
                accounts.hide_all(body.checks.iter_mut().map(|check| &mut check.summary));
                accounts.hide_all(body.login.iter_mut().map(|login| &mut login.source));
                accounts.hide_in_path(body.path.as_mut());
            }
            Body::Health(body) => {
                accounts.hide(&mut body.address);
                accounts.hide_in_path(body.path.as_mut());
            }
            Body::Compare(body) => body.hide(accounts),
            Body::Inspect(body) => body.hide(accounts),
            Body::Tap(body) => accounts.hide_in_tap(body),
            Body::Trace(body) => accounts.hide_in_trace(body),
            Body::Watch(body) => body.hide(accounts),
            Body::Explain(_) | Body::Sim(_) | Body::Worker(_) => {}
        }
    }

    /// What it shows, in one sentence: the headline where there is no finding.
    pub(super) fn sentence(&self) -> String {
        match self {
            Body::Probe(body) => body.sentence(),
            Body::Handshake(body) => body.sentence(),
            Body::Zombies(body) => body.sentence(),
            Body::Soak(body) => body.sentence(),
            Body::Doctor(body) => {
                let healthy = || format!("{}: nothing is wrong", body.address);
                body.diagnosis.clone().unwrap_or_else(healthy)
            }
            Body::Health(body) => {
                let ready = ready_in(body.ready);
                format!("{} answers the API up to the accounts{ready}", body.address)
            }
            Body::Compare(body) => body.sentence(),
            Body::Explain(body) => match body.explanations.as_slice() {
                [one] => format!("{}: {}", one.code, one.meaning),
                several => format!("{} meanings", several.len()),
            },
            Body::Inspect(body) => body.sentence(),
            Body::Sim(body) => format!("the simulator on {} has ended", body.address),
            Body::Tap(body) => body.sentence(),
            Body::Trace(body) => body.sentence(),
            Body::Watch(body) => body.sentence(),
            Body::Worker(body) => {
                let commands = counted(body.commands, "command");
                format!("the worker has ended after {commands}")
            }
        }
    }
}

/// What the doctor examined and found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Doctor {
    /// The target as `host:port`.
    pub address: String,
    /// The principal finding as a paragraph; null when nothing is wrong.
    pub diagnosis: Option<String>,
    /// The way from the listener to the Gateway; null where nothing listens on this machine.
    pub path: Option<Path>,
    /// The vital signs of the Gateway's Java virtual machine; null where they are not seen.
    #[serde(default)]
    pub vitals: Option<VitalSigns>,
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// What the log of the Gateway tells of its login; null where none was read.
    #[serde(default)]
    pub login: Option<Login>,
    /// The requests that were not made, by their names in reports: whether they would be answered is
    /// not known.
    pub not_asked: Vec<Query>,
}

/// The answer of a health check.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Health {
    /// The address that was connected to, or the target where none was.
    pub address: String,
    /// The way from the listener to the Gateway; null where nothing listens on this machine.
    pub path: Option<Path>,
    /// The vital signs of the Gateway's Java virtual machine; null where they are not seen.
    #[serde(default)]
    pub vitals: Option<VitalSigns>,
    /// Whether the exit status is 0.
    pub healthy: bool,
    /// The negotiated version.
    pub server_version: Option<u16>,
    /// Duration of the TCP connect.
    #[serde(rename = "connect_ms", with = "OptionalMillis")]
    pub connect: Option<Duration>,
    /// From the start of the connect until accounts and id were there.
    #[serde(rename = "ready_ms", with = "OptionalMillis")]
    pub ready: Option<Duration>,
    /// The requests that were not made, by their names in reports: whether they would be answered is
    /// not known.
    pub not_asked: Vec<Query>,
}

/// What finding codes, IB's numbers and lines of logs mean.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Explain {
    /// Who uses the words that were typed, and when; null for a code, a number, or the list.
    pub reading: Option<String>,
    /// The code that was asked for, what the words can mean (the likeliest first), or all codes.
    pub explanations: Vec<Explanation>,
}

/// What one code means.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Explanation {
    /// A finding code, a number of IB's, or a range of numbers such as 510-578.
    pub code: String,
    /// How severe a finding is; null for IB's numbers.
    pub severity: Option<Severity>,
    /// Whether a number of IB's travels on the wire; null for findings.
    pub on_wire: Option<bool>,
    /// What the code means, in one sentence.
    pub meaning: String,
    /// By what the finding is recognised; null for IB's numbers.
    pub seen: Option<String>,
    /// What usually causes it, the likeliest first.
    pub causes: Vec<String>,
    /// What to do, in the order in which to try it.
    pub remedies: Vec<String>,
    /// The findings that a number leads to, or the numbers and ranges that lead to a finding.
    pub related: Vec<String>,
}

/// A simulated Gateway that ran on its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Sim {
    /// The address it listened on.
    pub address: SocketAddr,
    /// The newest API version that it spoke.
    pub server_version: u16,
    /// The scenario it followed, as it is typed.
    pub scenario: String,
}
