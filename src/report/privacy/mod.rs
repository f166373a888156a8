//! What is printed is safe to paste: account numbers are shortened in events and reports.

mod text;
mod trace;
mod zombies;

pub use self::text::{Accounts, mask, shorten};

use super::Report;
use crate::event::{Event, Stage};
use crate::finding::Finding;
use crate::machine::path::Path;

/// What stands in the place of a command.
const SHOWN_BY: &str = "the command that `--show-accounts` shows";

impl Accounts {
    pub(super) fn hide(&self, text: &mut String) {
        *text = self.mask(text);
    }

    /// Shortens the accounts in words. A command between backticks that has one could not be typed then:
    /// what shows it stands in its place.
    pub(super) fn hide_with_commands(&self, text: &mut String) {
        let parts: Vec<&str> = text.split('`').collect();
        let mut said = String::with_capacity(text.len());
        for (at, part) in parts.iter().enumerate() {
            let is_quoted = at % 2 == 1 && at + 1 < parts.len();
            if is_quoted && part.contains(' ') && self.has_account(part) {
                said.push_str(SHOWN_BY);
            } else if is_quoted {
                said.extend(["`", part, "`"]);
            } else if at % 2 == 1 {
                said.extend(["`", part]);
            } else {
                said.push_str(part);
            }
        }
        *text = self.mask(&said);
    }

    /// Whether a command has an account, and could not be typed with that shortened.
    pub(super) fn has_account(&self, command: &str) -> bool {
        self.mask(command) != command
    }

    pub(super) fn hide_all<'a>(&self, texts: impl IntoIterator<Item = &'a mut String>) {
        texts.into_iter().for_each(|text| self.hide(text));
    }

    /// Shortens the accounts in everything that an event shows.
    pub fn mask_event(&self, event: &mut Event) {
        match event {
            Event::Stage(stage) => self.hide_all(&mut stage.detail),
            Event::Notice(notice) | Event::LaterNotice(notice) => self.hide(&mut notice.message),
            Event::Check(check) => self.hide(&mut check.summary),
            Event::Waiting { reason, .. } => self.hide(reason),
            Event::Awaiting { what, .. } => self.hide(what),
            Event::Moment(moment) => self.hide(&mut moment.text),
            Event::Accounts(accounts) => self.hide_all(accounts),
            Event::Message(message) => self.hide_in_message(message),
            Event::Start(start) => self.hide_all(&mut start.host.name),
            Event::Client { .. }
            | Event::Attempts { .. }
            | Event::Attempt(_)
            | Event::Holding { .. }
            | Event::Ping { .. }
            | Event::Fetch { .. }
            | Event::Listening { .. }
            | Event::ClientConnected { .. }
            | Event::ClientAsked { .. }
            | Event::ClientEnded { .. }
            | Event::Runs { .. }
            | Event::Exec(_)
            | Event::Census(_)
            | Event::Asking
            | Event::LostTime(_)
            | Event::Watching(_)
            | Event::Restarted(_)
            | Event::Drill(_)
            | Event::EventsSkipped(_) => {}
            Event::TapDoor(door) => self.hide(&mut door.reason),
            Event::TapClient(client) => self.hide_all(&mut client.how),
            Event::TapStart(start) => self.hide_all([&mut start.address, &mut start.target]),
            Event::GatewaysWatched(watched) => self.hide_all(&mut watched.targets),
            Event::State(change) => self.hide_all([&mut change.target, &mut change.reason]),
            Event::Dropped(dropped) => self.hide(&mut dropped.message),
            Event::ReconnectFailed(failed) => self.hide(&mut failed.message),
            Event::Reconnected(made) => made.accounts.iter_mut().for_each(|it| *it = shorten(it)),
            Event::Conduct(seen) => self.hide_all([&mut seen.name, &mut seen.reason]),
            Event::Socket(change) => {
                let owners = [&mut change.owner, &mut change.peer];
                self.hide_all(owners.into_iter().flatten().map(|owner| &mut owner.name));
            }
        }
    }

    /// Shortens the accounts in everything that a report shows.
    pub fn mask_report(&self, report: &mut Report) {
        for finding in &mut report.findings {
            self.hide_in_finding(finding);
        }
        self.hide_all(&mut report.error);
        self.hide_all(&mut report.host.name);
        self.hide(&mut report.summary);
        if let Some(body) = &mut report.body {
            body.hide(self);
        }
    }

    fn hide_in_finding(&self, finding: &mut Finding) {
        let Finding {
            code: _,
            severity: _,
            subject,
            summary,
            evidence,
            remedies,
        } = finding;
        self.hide_all([subject, summary]);
        for words in evidence.iter_mut().chain(remedies) {
            self.hide_with_commands(words);
        }
    }

    pub(super) fn hide_in_stages(&self, stages: &mut [Stage]) {
        self.hide_all(stages.iter_mut().filter_map(|stage| stage.detail.as_mut()));
    }

    /// A program, a container, a network namespace or a host may be called after an account.
    pub(super) fn hide_in_path(&self, path: Option<&mut Path>) {
        let Some(path) = path else {
            return;
        };
        self.hide_all(&mut path.target);
        for hop in &mut path.hops {
            self.hide_all(&mut hop.name);
            self.hide_all(&mut hop.place);
        }
    }
}
