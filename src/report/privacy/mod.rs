//! What is printed is safe to paste: account numbers are shortened in events and reports.

mod text;
mod trace;
mod zombies;

pub use self::text::{Accounts, mask, shorten};

use super::{Body, Exec, Probe, Report, Soak};
use crate::event::{Event, Stage};
use crate::finding::Finding;
use crate::machine::path::Path;

impl Accounts {
    fn hide(&self, text: &mut String) {
        *text = self.mask(text);
    }

    fn hide_all<'a>(&self, texts: impl IntoIterator<Item = &'a mut String>) {
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
            Event::Message(message) => self.mask_message(message),
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
            | Event::GatewaysWatched(_)
            | Event::LostTime(_)
            | Event::Watching(_)
            | Event::Restarted(_)
            | Event::TapStart(_)
            | Event::Drill(_)
            | Event::EventsSkipped(_) => {}
            Event::TapDoor(door) => self.hide(&mut door.reason),
            Event::TapClient(client) => self.hide_all(&mut client.how),
            Event::State(change) => self.hide(&mut change.reason),
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
            self.mask_finding(finding);
        }
        self.hide_all(&mut report.error);
        self.hide_all(&mut report.host.name);
        self.hide(&mut report.summary);
        match &mut report.body {
            Some(Body::Doctor(doctor)) => {
                self.hide_all(&mut doctor.diagnosis);
                self.hide_all(doctor.checks.iter_mut().map(|check| &mut check.summary));
                let login = doctor.login.iter_mut();
                self.hide_all(login.map(|login| &mut login.source));
                self.mask_path(doctor.path.as_mut());
            }
            Some(Body::Soak(soak)) => self.mask_soak(soak),
            Some(Body::Handshake(handshake)) => {
                for account in handshake.accounts.iter_mut().flatten() {
                    *account = shorten(account);
                }
                let notices = handshake.notices.iter_mut();
                self.hide_all(notices.map(|notice| &mut notice.message));
                self.hide_all(&mut handshake.connection_time);
                self.mask_stages(&mut handshake.stages);
                let clients = handshake.clients.iter_mut();
                self.hide_all(clients.map(|client| &mut client.says));
                self.mask_path(handshake.path.as_mut());
            }
            Some(Body::Health(health)) => self.mask_path(health.path.as_mut()),
            Some(Body::Zombies(zombies)) => self.mask_zombies(zombies),
            Some(Body::Probe(probe)) => self.mask_probe(probe),
            Some(Body::Compare(compare)) => {
                let files = [&mut compare.a, &mut compare.b].map(|side| &mut side.file);
                self.hide_all(files.into_iter().chain(&mut compare.notes));
            }
            Some(Body::Trace(trace)) => self.mask_trace(trace),
            Some(Body::Tap(tap)) => self.mask_tap(tap),
            Some(Body::Watch(watch)) => {
                for target in &mut watch.targets {
                    self.hide(&mut target.reason);
                    let changes = target.changes.iter_mut();
                    self.hide_all(changes.map(|change| &mut change.reason));
                }
            }
            Some(Body::Inspect(inspect)) => {
                for client in &mut inspect.clients {
                    self.hide_all([&mut client.name, &mut client.reason]);
                    self.hide_all(&mut client.in_charge);
                    self.hide_all(client.connections.iter_mut().map(|it| &mut it.reason));
                }
            }
            Some(Body::Explain(_) | Body::Sim(_) | Body::Worker(_)) | None => {}
        }
    }

    fn mask_finding(&self, finding: &mut Finding) {
        let Finding {
            code: _,
            severity: _,
            subject,
            summary,
            evidence,
            remedies,
        } = finding;
        self.hide_all([subject, summary]);
        self.hide_all(evidence.iter_mut().chain(remedies));
    }

    fn mask_stages(&self, stages: &mut [Stage]) {
        self.hide_all(stages.iter_mut().filter_map(|stage| stage.detail.as_mut()));
    }

    /// A program, a container, a network namespace or a host may be called after an account.
    fn mask_path(&self, path: Option<&mut Path>) {
        let Some(path) = path else {
            return;
        };
        self.hide_all(&mut path.target);
        for hop in &mut path.hops {
            self.hide_all(&mut hop.name);
            self.hide_all(&mut hop.place);
        }
    }

    fn mask_probe(&self, probe: &mut Probe) {
        for endpoint in &mut probe.endpoints {
            if let Some(listener) = &mut endpoint.listener {
                self.mask_listener(listener);
            }
            self.hide_all(&mut endpoint.answer);
            self.mask_path(endpoint.path.as_mut());
        }
    }

    fn mask_soak(&self, soak: &mut Soak) {
        self.hide_all(&mut soak.stopped);
        if let Some(attempts) = &mut soak.attempts {
            let waterfalls = [&mut attempts.typical, &mut attempts.slowest];
            for waterfall in waterfalls.into_iter().flatten() {
                self.mask_stages(&mut waterfall.stages);
            }
        }
        if let Some(Exec {
            program, reason, ..
        }) = &mut soak.exec
        {
            self.hide_all([program, reason]);
        }
        if let Some(stability) = &mut soak.stability {
            let moments = stability.moments.iter_mut();
            self.hide_all(moments.map(|moment| &mut moment.text));
            let outages = stability.outages.iter_mut();
            self.hide_all(outages.map(|outage| &mut outage.name));
        }
    }
}
