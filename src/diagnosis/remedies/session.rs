//! The stages of a session that has begun.

use super::STARTING;
use super::of_code;
use crate::event::{Notice, StageName};
use crate::finding::Code;
use crate::handshake::Setting;
use crate::session::Record;

/// Where its data farms are up, the Gateway's login is not what is missing.
pub(super) fn no_accounts(notices: &[Notice]) -> Option<Vec<String>> {
    let farms_are_up = notices
        .iter()
        .any(|notice| matches!(notice.code, 2104 | 2106 | 2158));
    farms_are_up.then(|| {
        vec![
            "try again in a minute; if it stays so, log the Gateway in again".to_owned(),
            "restart the Gateway if a new login does not help".to_owned(),
        ]
    })
}

/// A request without an end: in a Gateway that has long been up it is not the start that is slow.
pub(super) fn sync_timeout(setting: &Setting, record: &Record) -> Vec<String> {
    let settled = setting.at_hand.gateway_up.is_some_and(|up| up >= STARTING);
    let timed_out = |name: StageName| {
        let mut stages = record.stages.iter();
        stages.any(|stage| stage.name == name && stage.code == Some(Code::SyncTimeout))
    };
    let orders = [
        crate::event::Query::OpenOrders,
        crate::event::Query::Orders,
        crate::event::Query::CompletedOrders,
        crate::event::Query::Executions,
    ];
    let leave_out = orders
        .into_iter()
        .any(|query| timed_out(StageName::Sync(query)));
    let mut remedies = of_code(Code::SyncTimeout);
    if settled {
        "try again, to see whether the same request stays unanswered".clone_into(&mut remedies[0]);
    }
    if leave_out {
        remedies.push(
            "let your client leave orders and executions out of its start-up, if it can".to_owned(),
        );
    }
    remedies
}

/// Through a relay it is not known who keeps the sockets.
pub(super) fn keeps_sockets(setting: &Setting) -> Option<Vec<String>> {
    setting.is_relayed().then(|| {
        vec![
            "hold one connection open instead of connecting often".to_owned(),
            "run ibdoc where the Gateway runs: there it sees whether the Gateway or what stands \
             in front of it keeps the sockets"
                .to_owned(),
        ]
    })
}
