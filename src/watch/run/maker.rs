//! The sessions and handshakes of one Gateway, and their receipt.

use super::plan::WatchPlan;
use crate::diagnosis::assess_attempt;
use crate::event::interrupt::Interrupt;
use crate::event::{Events, Footprint};
use crate::finding::Finding;
use crate::handshake::ahead::Ahead;
use crate::handshake::footprint::Ledger;
use crate::handshake::{Attempter, Speaker};
use crate::machine::World;
use crate::session::HoldPlan;
use crate::target::{ClientIds, Target};
use crate::watch::Tried;

/// Makes the sessions and handshakes of one Gateway.
pub(super) struct Maker<'a> {
    pub(super) world: &'a World,
    pub(super) plan: &'a WatchPlan,
    pub(super) target: &'a Target,
    pub(super) ids: ClientIds,
    pub(super) ledger: Ledger,
}

impl Maker<'_> {
    fn attempter(&mut self, interrupt: Interrupt) -> (Attempter<'_>, &mut ClientIds) {
        let attempter = Attempter {
            world: self.world,
            plan: &self.plan.session,
            force: self.plan.force,
            speaker: Speaker::Ibdoc,
            interrupt,
            ledger: &mut self.ledger,
            ahead: Ahead::default(),
        };
        (attempter, &mut self.ids)
    }

    /// One connection, whose session is held. The next try takes another client id.
    pub(super) async fn hold(
        &mut self,
        hold: HoldPlan,
        stop: Interrupt,
        events: Events<'_>,
    ) -> Tried {
        let target = self.target;
        let (mut attempter, ids) = self.attempter(stop);
        let id = ids.take();
        let before = attempter.ledger.footprint().connections;
        let attempt = Box::pin(attempter.run(target, id, Some(hold), events)).await;
        self.forget_closed();
        let made = self.ledger.footprint().connections > before;
        let findings = assess_attempt(&attempt, &self.plan.session);
        let interrupted = attempt.interrupted.map(|it| it.words());
        Tried {
            held: attempt.held.map(|held| held.end),
            findings,
            unconnected: !made,
            trouble: attempt.setting.trouble.or(interrupted),
        }
    }

    /// A handshake beside the held session, under a client id that is free.
    pub(super) async fn fresh(
        &mut self,
        stop: Interrupt,
        events: Events<'_>,
    ) -> Option<(Vec<Finding>, bool)> {
        let target = self.target;
        let (mut attempter, ids) = self.attempter(stop);
        let attempt = Box::pin(attempter.run_with_free_id(target, ids, None, events)).await;
        self.forget_closed();
        let findings = assess_attempt(&attempt, &self.plan.session);
        let is_ours = attempt.setting.trouble.is_some() || attempt.interrupted.is_some();
        (!is_ours).then(|| (findings, attempt.record.is_ready()))
    }

    /// The ledger does not grow with the reconnects.
    fn forget_closed(&mut self) {
        self.ledger.check(self.world);
    }

    pub(super) fn footprint(&mut self) -> Footprint {
        self.ledger.check(self.world);
        self.ledger.footprint()
    }
}

/// Both together; what is unknown of one is unknown of both. A queue is of one Gateway.
pub(super) fn sum(one: Footprint, other: Footprint) -> Footprint {
    let left = one.sockets_left.zip(other.sockets_left);
    Footprint {
        connections: one.connections + other.connections,
        sockets_left: left.map(|(one, other)| one + other),
        ..Footprint::NONE
    }
}

/// What a task that did not end has left is not known.
pub(super) fn unseen(footprint: Footprint) -> Footprint {
    Footprint {
        sockets_left: None,
        ..footprint
    }
}
