//! What is examined: a target, or a host of which each known port was tried; and the addresses of its
//! name.

use tokio::time::Instant;

use super::checks;
use super::notes::{Diagnosed, Notes};
use super::way::Way;
use super::{Examination, addresses, login};
use crate::commands::Error;
use crate::commands::choice::{Choice, choose};
use crate::commands::host::Tried;
use crate::event::{Check, Event, Events};
use crate::handshake::Attempt;

/// What is examined.
pub(super) enum Chosen {
    /// The examination's target.
    Target,
    /// The known ports of a host, which were tried.
    Host(Tried),
    /// Nothing: the socket table could not be read.
    Blind(String),
}

impl Examination<'_> {
    /// Chooses what is examined, anew in each round: what listens or answers can change.
    pub(super) async fn choose(&mut self) -> Result<Chosen, Error> {
        let typed = self.args.target.as_ref();
        let chosen = choose(self.setup, typed, Some(self.until), &mut self.ledger).await?;
        Ok(match chosen {
            Choice::Typed(target) | Choice::Found(target) => {
                self.target = target;
                Chosen::Target
            }
            Choice::Tried(tried) => Chosen::Host(tried),
            Choice::Blind(error) => Chosen::Blind(error),
        })
    }

    /// Shows what each port of a host is, and examines the first on which a Gateway answers.
    pub(super) async fn examine_host(
        &mut self,
        tried: &Tried,
        began: Instant,
        diagnosed: &mut Diagnosed,
        events: Events<'_>,
    ) {
        self.host = Some(tried.host.clone());
        let (check, findings) = checks::ports(tried);
        events(Event::Check(Check {
            elapsed: began.elapsed(),
            ..check.check
        }));
        diagnosed.findings = findings;
        diagnosed.connected = tried
            .ports
            .iter()
            .any(|(it, _)| it.setting.connected_in.is_some());
        if let Some((answering, _)) = tried.first() {
            self.target = answering.target.clone();
            return Box::pin(self.examine(diagnosed, events)).await;
        }
        let telling = tried.most_telling();
        diagnosed.trouble = telling.and_then(|attempt| attempt.setting.trouble.clone());
        let addresses: Vec<_> = telling
            .and_then(|attempt| attempt.address)
            .into_iter()
            .collect();
        if let Some(attempt) = telling {
            diagnosed.connection = login::connection(attempt);
        }
        let mut notes = Notes::new(diagnosed, events);
        self.look_at_login(&Way::default(), &addresses, &mut notes)
            .await;
    }

    /// Whether the addresses of the name that were not needed answer too.
    pub(super) async fn look_at_addresses(&mut self, reached: &Attempt, notes: &mut Notes<'_>) {
        let resolved = self.resolved.iter().flatten().flatten();
        let all: Vec<_> = resolved.copied().collect();
        let untried = addresses::untried(reached, &all);
        if untried.is_empty() || self.args.quick {
            return;
        }
        let since = Instant::now();
        let plan = self.setup.short_plan(Some(self.until));
        let (ids, ledger) = (&mut self.ids, &mut self.ledger);
        let check = addresses::check(self.setup, &plan, reached, &untried, ids, ledger).await;
        notes.add(check.lasting(since.elapsed()));
    }

    /// The target, or the host where none of its ports was examined.
    pub(super) fn address(&self) -> String {
        let host = self.host.as_ref().filter(|host| **host != self.target.host);
        host.map_or_else(|| self.target.to_string(), Clone::clone)
    }
}
