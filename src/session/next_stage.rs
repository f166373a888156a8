//! Which stage goes on after those that have ended.

use std::time::Duration;

use super::record::{Plan, Record};
use crate::event::StageName;

impl Record {
    /// The stage that goes on after those that have ended, or the close.
    pub fn next_stage(&self, plan: &Plan) -> StageName {
        let first = [
            StageName::Resolve,
            StageName::Connect,
            StageName::Version,
            StageName::Start,
            StageName::Accounts,
        ];
        let steps = plan.start_up.map_or(&[][..], |start_up| start_up.steps);
        let queries = plan.queries.iter().copied();
        let asked = steps.iter().flat_map(|step| step.queries.iter().copied());
        let queries = queries.chain(asked.filter(|query| !self.left_out.contains(query)));
        let mut all = first.into_iter().chain(queries.map(StageName::Sync));
        let next = all.find(|name| self.stage(*name).is_none());
        next.unwrap_or(StageName::Close)
    }

    /// How long ago the last stage ended, or the handshake began.
    pub fn since_last_stage(&self) -> Duration {
        let ends = self.stages.iter().map(|stage| stage.start + stage.elapsed);
        let ended = ends.max().unwrap_or_default();
        self.began().elapsed().saturating_sub(ended)
    }
}
