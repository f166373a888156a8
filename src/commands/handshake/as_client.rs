//! `ibdoc handshake --as`: handshakes in the name of client libraries.

use std::time::Duration;

use tokio::time::Instant;

use super::{DEADLINE, Judged, Shaking, plan};
use crate::event::{Event, Events, Query, StageName};
use crate::finding::verdict::Verdict;
use crate::finding::{self, Code, Finding, principal_first};
use crate::handshake::clients::{CLIENTS, Client, Played};
#[cfg(feature = "ibapi")]
use crate::handshake::second_opinion;
use crate::handshake::{Attempt, Speaker, would_connect};
use crate::report::{Judgement, client::Outcome};
use crate::session::{Plan, StartUp};
use crate::text::duration::shown;
use crate::text::words::listed;
use crate::wire::{ServerVersion, VersionRange};

impl Shaking<'_> {
    /// One handshake as this client. The version that the Gateway speaks is asked before where the
    /// library is not to meet an older one, and after it has closed on the client's range.
    pub(super) async fn run_as(&mut self, client: &'static Client, events: Events<'_>) -> Judged {
        events(named(client, 1, 1));
        if client.played == Played::ByLibrary {
            let told = self.ask_version(events).await;
            match told.0.record.server_version {
                Some(version) if !speaks(client, version) => return too_old(client, version, told),
                Some(_) => self.pause(self.args.gap).await,
                None => {
                    let judgement = judge(client, &told.0);
                    return (told.0, told.1, vec![judgement]);
                }
            }
            return self.only_turn(client, events).await;
        }
        let judged = self.only_turn(client, events).await;
        let version = judged.0.record.stage(StageName::Version);
        let is_closed = version.is_some_and(|it| it.code == Some(Code::ClosedBeforeVersion));
        if !is_closed || client.announces.min <= VersionRange::SPOKEN.min {
            return judged;
        }
        self.pause(self.args.gap).await;
        let told = self.ask_version(events).await;
        match told.0.record.server_version {
            Some(version) if !speaks(client, version) => too_old(client, version, told),
            _ => judged,
        }
    }

    /// The client's handshake, where it is the only one: what keeps it out is a finding.
    async fn only_turn(&mut self, client: &'static Client, events: Events<'_>) -> Judged {
        let (attempt, mut findings, judgement) = self.turn(client, events).await;
        let is_told = finding::verdict(&findings) > Verdict::Healthy;
        if judgement.outcome == Outcome::Fails && !is_told {
            let subject = attempt.subject();
            findings.push(Finding::new(
                Code::ClientWouldFail,
                &subject,
                &judgement.says,
            ));
        }
        (attempt, findings, vec![judgement])
    }

    /// First ibdoc's own handshake, which tells the Gateway's version, then one for each client
    /// that can speak it, with a pause between them; the report shows the one with the worst verdict.
    pub(super) async fn run_as_all(&mut self, events: Events<'_>) -> Judged {
        let mut worst = self.ask_version(events).await;
        let Some(version) = worst.0.record.server_version else {
            let interrupted = worst.0.interrupted.map(|interrupted| interrupted.words());
            let why = interrupted.unwrap_or_else(|| "the Gateway told no version".to_owned());
            let judge = |client| would_connect::not_tried(client, &why);
            let clients = CLIENTS.iter().map(judge).collect();
            return (worst.0, worst.1, clients);
        };
        let mut made: Vec<(&Client, Attempt)> = Vec::new();
        let mut clients = Vec::new();
        for (index, client) in CLIENTS.iter().enumerate() {
            events(named(client, index + 1, CLIENTS.len()));
            if !speaks(client, version) {
                clients.push(would_connect::cannot_speak(client, version));
                continue;
            }
            let alike = |(other, _): &&(&Client, Attempt)| is_alike(client, other, version);
            if let Some((_, attempt)) = made.iter().find(alike) {
                clients.push(judge(client, attempt));
                continue;
            }
            events(Event::awaiting("the pause before it", self.args.gap));
            self.pause(self.args.gap).await;
            if let Some(why) = self.is_over() {
                clients.push(would_connect::not_tried(client, why));
                self.untried += 1;
                continue;
            }
            let (attempt, findings, judgement) = self.turn(client, events).await;
            clients.push(judgement);
            made.push((client, attempt.clone()));
            if finding::verdict(&findings) > finding::verdict(&worst.1) {
                worst = (attempt, findings);
            }
        }
        (worst.0, worst.1, clients)
    }

    /// Waits so long, or until the deadline of the command or a signal.
    async fn pause(&self, gap: Duration) {
        let until = Instant::now() + gap;
        let deadline = self.setup.deadline(None);
        let until = deadline.map_or(until, |deadline| deadline.min(until));
        let mut interrupt = self.setup.interrupt.clone();
        // A signal ends the pause, and the handshake after it before it begins.
        let _ = tokio::time::timeout_at(until, interrupt.received()).await;
    }

    /// Why no further handshake is made.
    fn is_over(&self) -> Option<&'static str> {
        let deadline = self.setup.deadline(None);
        if self.setup.interrupt.now().is_some() {
            return Some("the command was interrupted");
        }
        let is_over = deadline.is_some_and(|deadline| Instant::now() >= deadline);
        is_over.then_some("the deadline of the command has passed")
    }

    /// One handshake in the client's name.
    async fn turn(
        &mut self,
        client: &'static Client,
        events: Events<'_>,
    ) -> (Attempt, Vec<Finding>, Judgement) {
        let mut plan = self.plan();
        plan.announced = client.announces;
        plan.queries.clear();
        // The client waits as long as it waits, whatever ibdoc's own requests may take.
        if let Some(limit) = client.step_limit {
            let timeouts = &mut plan.timeouts;
            for timeout in [
                &mut timeouts.connect,
                &mut timeouts.version,
                &mut timeouts.accounts,
            ] {
                *timeout = limit.max(*timeout);
            }
        }
        plan.start_up = client.step_limit.map(|limit| StartUp {
            steps: client.start_up,
            limit,
            most_a_second: client.most_a_second,
            warnings: client.warnings,
            as_is: self.args.as_is,
        });
        #[cfg(feature = "ibapi")]
        if client.played == Played::ByLibrary {
            let (mut attempt, findings) = self.run(&plan, Speaker::Ibapi, events).await;
            attempt.announced = client.announces;
            let judgement = match attempt.interrupted {
                Some(interrupted) => would_connect::not_tried(client, &interrupted.words()),
                None => second_opinion::judge(client, &attempt.record),
            };
            return (attempt, findings, judgement);
        }
        let (attempt, mut findings) = self.run(&plan, Speaker::Ibdoc, events).await;
        let judgement = judge(client, &attempt);
        for finding in &mut findings {
            if finding.code == Code::ClientWouldFail {
                name_client(finding, client, &attempt, &judgement);
            }
        }
        (attempt, findings, judgement)
    }

    /// Ibdoc's own handshake up to the accounts, with the range that every Gateway answers.
    async fn ask_version(&mut self, events: Events<'_>) -> (Attempt, Vec<Finding>) {
        let mut plan = self.plan();
        plan.queries.clear();
        self.run(&plan, Speaker::Ibdoc, events).await
    }

    /// Each handshake has a minute of its own, unless `--deadline` bounds them all.
    fn plan(&self) -> Plan {
        let deadline = self.setup.deadline(None);
        let deadline = deadline.unwrap_or(Instant::now() + DEADLINE);
        plan(&self.args.session, self.setup, Some(deadline))
    }
}

/// What the handshake says of the client; nothing if a signal ended it.
fn judge(client: &Client, attempt: &Attempt) -> Judgement {
    match attempt.interrupted {
        Some(interrupted) => would_connect::not_tried(client, &interrupted.words()),
        None => would_connect::judge(client, attempt),
    }
}

/// What is said where the Gateway is too old for the client.
fn too_old(client: &Client, version: ServerVersion, told: (Attempt, Vec<Finding>)) -> Judged {
    let (attempt, mut findings) = told;
    let judgement = would_connect::cannot_speak(client, version);
    let finding = Finding::new(
        Code::VersionUnsupported,
        &attempt.subject(),
        &judgement.says,
    );
    findings.push(finding);
    principal_first(&mut findings);
    (attempt, findings, vec![judgement])
}

/// Says in the finding what becomes of this client, and how its user leaves the requests out.
fn name_client(finding: &mut Finding, client: &Client, attempt: &Attempt, judgement: &Judgement) {
    let fails = judgement.outcome == Outcome::Fails;
    let is_cause = |query: &Query| !fails || judgement.unfinished.contains(&query.name());
    let stages = attempt.record.stages.iter();
    let unfinished = stages.filter(|stage| stage.code == Some(Code::ClientWouldFail));
    let unfinished: Vec<Query> = unfinished
        .filter_map(|stage| match stage.name {
            StageName::Sync(query) => Some(query),
            _ => None,
        })
        .filter(is_cause)
        .collect();
    let Some(elapsed) = judgement.elapsed.filter(|_| !unfinished.is_empty()) else {
        finding.summary.clone_from(&judgement.says);
        return;
    };
    let words: Vec<String> = unfinished.iter().map(|query| query.words()).collect();
    let outcome = if fails { "fail" } else { "connect only" };
    finding.summary = format!(
        "{} would {outcome} after {}: {} were never finished",
        client.title,
        shown(elapsed),
        listed(&words)
    );
    let mut remedies: Vec<String> = Vec::new();
    for words in unfinished.iter().filter_map(|query| client.without(*query)) {
        if !remedies.iter().any(|known| known == words) {
            remedies.push(words.to_owned());
        }
    }
    finding.remedies.splice(..1, remedies);
}

/// Whether one handshake stands for both clients: they agree with the Gateway on the same version,
/// and differ neither in their start-up nor in what they need.
fn is_alike(client: &Client, other: &Client, server: ServerVersion) -> bool {
    client.announces.negotiate(server) == other.announces.negotiate(server)
        && client.announces.min == other.announces.min
        && client.start_up == other.start_up
        && client.needs == other.needs
        && client.warnings == other.warnings
        && client.step_limit == other.step_limit
        && client.played == other.played
}

/// Whether client and Gateway agree on a version.
fn speaks(client: &Client, version: ServerVersion) -> bool {
    client.announces.negotiate(version).is_some()
}

fn named(client: &Client, number: usize, of: usize) -> Event {
    Event::Client {
        name: client.name,
        number: u32::try_from(number).unwrap_or(u32::MAX),
        of: u32::try_from(of).unwrap_or(u32::MAX),
    }
}
