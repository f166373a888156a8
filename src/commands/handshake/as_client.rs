//! `ibdoc handshake --as`: handshakes in the name of client libraries.

use tokio::time::Instant;

use super::{DEADLINE, Judged, Shaking, plan};
use crate::event::{Event, Events, Query, StageName};
use crate::finding::{self, Code, Finding};
use crate::handshake::clients::{CLIENTS, Client, Played};
#[cfg(feature = "ibapi")]
use crate::handshake::second_opinion;
use crate::handshake::{Attempt, Speaker, would_connect};
use crate::report::Judgement;
use crate::session::{Plan, StartUp};
use crate::text::duration::shown;
use crate::text::words::listed;
use crate::wire::{ServerVersion, VersionRange};

impl Shaking<'_> {
    /// One handshake as this client. Where the Gateway closes on the client's range, another one
    /// tells which version it speaks.
    pub(super) async fn run_as(&mut self, client: &'static Client, events: Events<'_>) -> Judged {
        events(named(client, 1, 1));
        // The library cannot be asked for a version that it does not know.
        let mut asked = None;
        if client.played == Played::ByLibrary {
            let (attempt, findings) = self.ask_version(events).await;
            let version = attempt.record.server_version;
            if let Some(version) = version.filter(|version| !speaks(client, *version)) {
                return (
                    attempt,
                    findings,
                    vec![would_connect::cannot_speak(client, version)],
                );
            }
            if version.is_none() {
                let judgement = would_connect::judge(client, &attempt);
                return (attempt, findings, vec![judgement]);
            }
            asked = version;
            tokio::time::sleep(self.args.gap).await;
        }
        let (attempt, findings, judgement) = self.turn(client, events).await;
        let version = attempt.record.stage(StageName::Version);
        let is_closed = version.is_some_and(|it| it.code == Some(Code::ClosedBeforeVersion));
        let is_narrow = client.announces.min > VersionRange::SPOKEN.min;
        if asked.is_some() || !is_closed || !is_narrow {
            return (attempt, findings, vec![judgement]);
        }
        tokio::time::sleep(self.args.gap).await;
        let (told, told_findings) = self.ask_version(events).await;
        match told.record.server_version {
            Some(version) if !speaks(client, version) => (
                told,
                told_findings,
                vec![would_connect::cannot_speak(client, version)],
            ),
            _ => (attempt, findings, vec![judgement]),
        }
    }

    /// First ibdoc's own handshake, which tells the Gateway's version, then one for each client
    /// that can speak it, with a pause between them; the report shows the one with the worst verdict.
    pub(super) async fn run_as_all(&mut self, events: Events<'_>) -> Judged {
        let (attempt, findings) = self.ask_version(events).await;
        let Some(version) = attempt.record.server_version else {
            let judge = |client| would_connect::not_tried(client, "the Gateway told no version");
            let clients = CLIENTS.iter().map(judge).collect();
            return (attempt, findings, clients);
        };
        let mut worst = (attempt, findings);
        let mut made: Vec<(&Client, Attempt)> = Vec::new();
        let mut clients = Vec::new();
        for (index, client) in CLIENTS.iter().enumerate() {
            events(named(client, index + 1, CLIENTS.len()));
            let alike = made
                .iter()
                .find(|(other, _)| is_alike(client, other, version));
            if !speaks(client, version) {
                clients.push(would_connect::cannot_speak(client, version));
            } else if let Some((_, attempt)) = alike {
                clients.push(would_connect::judge(client, attempt));
            } else {
                tokio::time::sleep(self.args.gap).await;
                let (attempt, findings, judgement) = self.turn(client, events).await;
                clients.push(judgement);
                made.push((client, attempt.clone()));
                if finding::verdict(&findings) > finding::verdict(&worst.1) {
                    worst = (attempt, findings);
                }
            }
        }
        (worst.0, worst.1, clients)
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
        plan.start_up = client.step_limit.map(|limit| StartUp {
            steps: client.start_up,
            limit,
            warnings: client.warnings,
            as_is: self.args.as_is,
        });
        #[cfg(feature = "ibapi")]
        if client.played == Played::ByLibrary {
            let (mut attempt, findings) = self.run(&plan, Speaker::Ibapi, events).await;
            attempt.announced = client.announces;
            let judgement = second_opinion::judge(client, &attempt.record);
            return (attempt, findings, judgement);
        }
        let (attempt, mut findings) = self.run(&plan, Speaker::Ibdoc, events).await;
        let judgement = would_connect::judge(client, &attempt);
        for finding in &mut findings {
            if finding.code == Code::ClientWouldFail {
                name_client(finding, client, &attempt, &judgement);
            }
        }
        (attempt, findings, judgement)
    }

    /// Ibdoc's own handshake with its own range, which every Gateway answers.
    async fn ask_version(&mut self, events: Events<'_>) -> (Attempt, Vec<Finding>) {
        let plan = self.plan();
        self.run(&plan, Speaker::Ibdoc, events).await
    }

    /// Each handshake has a minute of its own, unless `--deadline` bounds them all.
    fn plan(&self) -> Plan {
        let deadline = self.setup.deadline(None);
        let deadline = deadline.unwrap_or(Instant::now() + DEADLINE);
        plan(&self.args.session, self.setup, Some(deadline))
    }
}

/// Says in the finding what becomes of this client, and how its user leaves the requests out.
fn name_client(finding: &mut Finding, client: &Client, attempt: &Attempt, judgement: &Judgement) {
    let stages = attempt.record.stages.iter();
    let unfinished = stages.filter(|stage| stage.code == Some(Code::ClientWouldFail));
    let unfinished: Vec<Query> = unfinished
        .filter_map(|stage| match stage.name {
            StageName::Sync(query) => Some(query),
            _ => None,
        })
        .collect();
    let words: Vec<String> = unfinished.iter().map(|query| query.words()).collect();
    let outcome = if judgement.would_connect {
        "connect only"
    } else {
        "fail"
    };
    let after = judgement
        .elapsed
        .map_or_else(String::new, |elapsed| format!(" after {}", shown(elapsed)));
    finding.summary = format!(
        "{} would {outcome}{after}: {} were never finished",
        client.title,
        listed(&words)
    );
    let without = unfinished.iter().filter_map(|query| client.without(*query));
    let mut remedies: Vec<String> = without.map(str::to_owned).collect();
    remedies.dedup();
    finding.remedies.splice(..1, remedies);
}

/// Whether one handshake stands for both clients: they agree with the Gateway on the same version,
/// and differ neither in their start-up nor in what they need.
fn is_alike(client: &Client, other: &Client, server: ServerVersion) -> bool {
    client.announces.negotiate(server) == other.announces.negotiate(server)
        && client.announces.min == other.announces.min
        && client.start_up == other.start_up
        && client.needs == other.needs
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
