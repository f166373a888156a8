//! What one examination has found, and what it notes as it goes on.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::checks::Examined;
use crate::diagnosis::login::Context;
use crate::event::{Check, CheckStatus, Event, Events, Query};
use crate::finding::verdict::Verdict;
use crate::finding::{self, Finding};
use crate::machine::path::Path;
use crate::machine::vitals::VitalSigns;
use crate::report;

/// What an examination has found.
#[derive(Default)]
pub(super) struct Diagnosed {
    pub(super) findings: Vec<Finding>,
    pub(super) trouble: Option<String>,
    /// Why the handshake proves nothing, where its time was over too soon and nothing else failed.
    pub(super) cut_short: Option<String>,
    pub(super) path: Option<Path>,
    /// What the log of the Gateway tells.
    pub(super) login: Option<report::Login>,
    /// What is known of the last connection.
    pub(super) connection: Context,
    pub(super) vitals: Option<VitalSigns>,
    /// Whether a connection was made.
    pub(super) connected: bool,
    /// The requests that were made, in any handshake.
    pub(super) asked: BTreeSet<Query>,
}

impl Diagnosed {
    pub(super) fn works(&self) -> bool {
        let is_known = self.trouble.is_none() && self.cut_short.is_none();
        is_known && !self.has_failed()
    }

    /// Whether something was found that does not work.
    pub(super) fn has_failed(&self) -> bool {
        finding::verdict(&self.findings) >= Verdict::Failed
    }

    pub(super) fn reason(&self) -> String {
        let principal = finding::principal(&self.findings);
        let summary = principal.map(|finding| finding.summary.clone());
        summary.or(self.trouble.clone()).unwrap_or_default()
    }

    /// Adds the findings that are new: a second handshake that is better does not undo the first.
    fn add(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            let known =
                |other: &Finding| other.code == finding.code && other.subject == finding.subject;
            if !self.findings.iter().any(known) {
                self.findings.push(finding);
            }
        }
    }
}

/// What one examination notes as it goes on.
pub(super) struct Notes<'a> {
    pub(super) diagnosed: &'a mut Diagnosed,
    pub(super) events: Events<'a>,
    /// When the last check ended.
    since: Instant,
}

impl<'a> Notes<'a> {
    pub(super) fn new(diagnosed: &'a mut Diagnosed, events: Events<'a>) -> Self {
        Self {
            diagnosed,
            events,
            since: Instant::now(),
        }
    }

    /// Tells what is awaited from now on.
    pub(super) fn awaits(&mut self, what: &str) {
        let what = what.to_owned();
        (self.events)(Event::Awaiting { what, limit: None });
    }

    /// Adds a check that has ended, and tells it.
    pub(super) fn add(&mut self, examined: Examined) -> CheckStatus {
        self.diagnosed.add(examined.findings);
        let status = examined.check.status;
        let elapsed = examined.elapsed.unwrap_or(self.since.elapsed());
        (self.events)(Event::Check(Check {
            elapsed,
            ..examined.check
        }));
        self.since = Instant::now();
        status
    }
}
