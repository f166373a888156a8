//! Automatic client ids: the next one is tried while the Gateway says that one is taken.

use super::usage::Use;
use super::{Attempt, Attempter};
use crate::event::{Events, StageName};
use crate::finding::Code;
use crate::session::HoldPlan;
use crate::target::{ClientIds, Target};

/// How many client ids are tried when the Gateway says that one is taken: three different ones in a
/// row are no coincidence.
const IDS_TRIED: usize = 3;

impl Attempter<'_> {
    /// Runs one handshake, and holds its session if that is wanted; tries the next client id while
    /// the Gateway says that one is in use.
    pub async fn run_with_free_id(
        &mut self,
        target: &Target,
        ids: &mut ClientIds,
        hold: Option<HoldPlan>,
        events: Events<'_>,
    ) -> Attempt {
        let usage = hold.map(Use::Hold);
        self.use_with_free_id(target, ids, usage, events).await
    }

    /// The same, with whatever the session is used for.
    pub(super) async fn use_with_free_id(
        &mut self,
        target: &Target,
        ids: &mut ClientIds,
        usage: Option<Use<'_>>,
        events: Events<'_>,
    ) -> Attempt {
        let mut refused = Vec::new();
        loop {
            let id = ids.take();
            let mut attempt = self.use_session(target, id, usage, events).await;
            if !attempt.is_id_taken() || attempt.interrupted.is_some() {
                return attempt;
            }
            refused.push(id);
            if refused.len() == IDS_TRIED {
                attempt.setting.at_hand.ids_refused = refused;
                return attempt;
            }
        }
    }
}

impl Attempt {
    fn is_id_taken(&self) -> bool {
        let accounts = self.record.stage(StageName::Accounts);
        accounts.is_some_and(|stage| stage.code == Some(Code::ClientIdInUse))
    }
}
