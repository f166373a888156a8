//! The stages of a session as its client saw them.

use std::time::Duration;

use super::Session;
use super::who::query;
use crate::event::{Stage, StageName, StageStatus};
use crate::report::RequestEnd;
use crate::trace::chunk::{Closing, Timestamp};

impl Session {
    /// The stages of the handshake, the first request of each kind, and the close.
    pub(super) fn waterfall(&self) -> Vec<Stage> {
        let opening = &self.opening;
        let over = self.close.first().map_or(self.last, |first| first.at);
        let mut stages = Vec::new();
        if let Some(from) = opening.dialled {
            stages.push(self.stage(StageName::Connect, from, opening.accepted, over));
        }
        let greeted = opening.greeted.or(opening.accepted).or(opening.answered);
        if let Some(from) = greeted {
            let mut stage = self.stage(StageName::Version, from, opening.answered, over);
            stage.detail = opening.gateway.as_ref().map(|it| it.version.to_string());
            if opening.answered.is_none() && self.received.messages > 0 {
                stage.status = StageStatus::Skipped;
            }
            stages.push(stage);
        }
        if let Some(from) = opening.started {
            let mut stage = self.stage(StageName::Start, from, Some(from), over);
            stage.detail = opening.client_id.map(|id| format!("client id {id}"));
            stages.push(stage);
            stages.push(self.stage(StageName::Accounts, from, opening.ready(), over));
        }
        self.add_requests(&mut stages);
        if let Some(first) = self.close.first() {
            let other = self.close.other();
            let mut stage =
                self.stage(StageName::Close, first.at, other.map(|it| it.at), self.last);
            stage.detail = Some(match first.how {
                _ if self.close_is_unsure() => "which side closed first is not known".to_owned(),
                Closing::Unseen => format!("{} closed first", first.side.words()),
                how => format!("{} closed first, by {how}", first.side.words()),
            });
            if first.how != Closing::Fin && other.is_none() {
                // Nothing has to follow a reset, and in a log nothing is seen of it.
                stage.status = StageStatus::Ok;
            }
            stages.push(stage);
        }
        stages
    }

    fn add_requests(&self, stages: &mut Vec<Stage>) {
        for over in self.requests.kept.all() {
            let Some(query) = query(over.request.row.id) else {
                continue;
            };
            let name = StageName::Sync(query);
            if stages.iter().any(|stage| stage.name == name) {
                continue;
            }
            let ended = over
                .elapsed()
                .map(|it| Timestamp(over.request.asked.0 + it));
            let mut stage = self.stage(name, over.request.asked, ended, over.at);
            if over.end == RequestEnd::Refused {
                stage.status = StageStatus::Failed;
            } else if over.end == RequestEnd::NotRecorded
                || over.end == RequestEnd::Cancelled && ended.is_none()
            {
                stage.status = StageStatus::Skipped;
            }
            stage.detail.clone_from(&over.request.notice);
            stages.push(stage);
        }
    }

    /// A stage from `from` to its end, or, without one, to the end of the session.
    fn stage(
        &self,
        name: StageName,
        from: Timestamp,
        to: Option<Timestamp>,
        over: Timestamp,
    ) -> Stage {
        let elapsed: Duration = to.unwrap_or(over).since(from);
        Stage {
            name,
            status: match to {
                Some(_) => StageStatus::Ok,
                // Its end may be among what is missing in the recording.
                None if self.received.missing + self.received.unreadable > 0 => {
                    StageStatus::Skipped
                }
                None => StageStatus::Timeout,
            },
            start: from.since(self.first),
            elapsed,
            detail: None,
            code: None,
        }
    }
}
