//! `--wait`: until a handshake brings the accounts, before the soak begins.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::commands::Setup;
use crate::diagnosis;
use crate::event::{Event, Events, StageName, StageStatus};
use crate::finding;
use crate::finding::verdict::Verdict;
use crate::handshake::Attempt;
use crate::handshake::footprint::Ledger;
use crate::target::{ClientIds, Target};

/// Between two looks at the table while nothing listens.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// Makes handshakes until one brings the accounts, `limit` is over or a signal comes; the soak tells
/// what is wrong then. The connections are noted in `ledger`.
pub(super) async fn until_ready(
    limit: Duration,
    target: &Target,
    setup: &Setup,
    ledger: &mut Ledger,
    events: Events<'_>,
) {
    let until = Instant::now() + limit;
    let until = setup.deadline(None).map_or(until, |it| it.min(until));
    let plan = setup.short_plan(Some(until));
    let mut ids = ClientIds::from_random_start();
    let mut interrupt = setup.interrupt.clone();
    loop {
        let mut attempter = setup.attempter(&plan, ledger);
        let only_internal = &mut |event: Event| {
            if event.is_internal() {
                events(event);
            }
        };
        let attempt = attempter.run_with_free_id(target, &mut ids, None, only_internal);
        let attempt = attempt.await;
        let findings = diagnosis::assess_attempt(&attempt, &plan);
        let works = finding::verdict(&findings) < Verdict::Failed;
        if works && attempt.setting.trouble.is_none() || Instant::now() >= until {
            return;
        }
        let principal = finding::principal(&findings);
        let reason = principal.map(|finding| finding.summary.clone());
        events(Event::Waiting {
            elapsed: setup.began.elapsed(),
            limit: until.saturating_duration_since(setup.began),
            reason: reason
                .or(attempt.setting.trouble.clone())
                .unwrap_or_default(),
        });
        let pause = pause_after(&attempt, ledger);
        let next = (Instant::now() + pause).min(until);
        if timeout_at(next, interrupt.received()).await.is_ok() {
            return;
        }
    }
}

fn pause_after(attempt: &Attempt, ledger: &Ledger) -> Duration {
    let connect = attempt.record.stage(StageName::Connect);
    match connect.map(|stage| stage.status) {
        Some(StageStatus::Ok) => ledger.pause(),
        _ => BETWEEN_LOOKS,
    }
}
