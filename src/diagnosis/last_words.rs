//! The Gateway's last words: an error that came before a close, a silence or a request without an
//! end is the best evidence there is of its cause (docs/PROTOCOL.md, Numbers).

use super::notices;
use crate::event::{Notice, Query, Stage, StageName};
use crate::finding::ib_code::{self, IbCode, Origin, is_routine};
use crate::finding::{Code, Finding};
use crate::handshake::Attempt;
use crate::session::{Record, request_id};
use crate::text::printable::clean;

/// Positions are not available yet: a cause by itself only where no other one was named.
const NOT_YET: i32 = 2151;
/// Account updates were refused to this client.
const UPDATES_REFUSED: i32 = 2101;
/// How many characters of the Gateway's words a summary quotes; the evidence has them all.
pub(super) const QUOTED: usize = 160;
/// How many of the Gateway's other words a finding shows; the report has them all.
const SHOWN: usize = 5;

/// What was said before the end of `stage`, in the order in which it came: to this request or to
/// none, and no good news of a farm.
pub(super) fn before<'a>(record: &'a Record, stage: &Stage) -> Vec<&'a Notice> {
    let end = stage.start + stage.elapsed;
    let own = asked(stage).map(request_id);
    let said = record.notices.iter().filter(|notice| notice.at <= end);
    said.filter(|notice| notice.request_id == -1 || Some(notice.request_id) == own)
        .filter(|notice| !is_routine(notice.code))
        .collect()
}

/// The error that explains why `stage` was ended or not answered; nothing where `symptom` is no such
/// end.
pub(super) fn cause<'a>(attempt: &'a Attempt, stage: &Stage, symptom: Code) -> Option<&'a Notice> {
    let record = &attempt.record;
    is_end_or_silence(symptom).then_some(())?;
    let unfinished =
        asked(stage).filter(|_| matches!(symptom, Code::SyncTimeout | Code::ClientWouldFail));
    let end = stage.start + stage.elapsed;
    let until = record.notices.iter().take_while(|notice| notice.at <= end);
    let until = until.count();
    let said = before(record, stage).into_iter().enumerate();
    said.filter(|(_, notice)| explains(notice.code, unfinished))
        .filter(|(_, notice)| notices::stands(notice, &record.notices[..until]))
        .filter(|(_, notice)| !answered_another(record, stage, notice))
        .filter(|(_, notice)| !answered_repeat(record, symptom, notice))
        .max_by_key(|(index, notice)| (notice.code != NOT_YET, *index))
        .map(|(_, notice)| notice)
}

/// Whether a stage with this code was ended by the other side, or waited in vain.
fn is_end_or_silence(symptom: Code) -> bool {
    matches!(
        symptom,
        Code::ClosedAfterStart
            | Code::Dropped
            | Code::NoAccountsNoId
            | Code::AccountsMissing
            | Code::AccountsEmpty
            | Code::NextIdMissing
            | Code::SyncTimeout
            | Code::ClientWouldFail
    )
}

fn asked(stage: &Stage) -> Option<Query> {
    match stage.name {
        StageName::Sync(query) => Some(query),
        _ => None,
    }
}

/// Whether this number can be why a connection was closed or accounts did not come, or, where one is
/// named, why a request was not finished.
pub(crate) fn explains(number: i32, unfinished: Option<Query>) -> bool {
    match (number, unfinished) {
        // The link to IBKR is back, or a farm is being connected to: no error.
        (1101 | 1102 | 2119, _) => false,
        (UPDATES_REFUSED, Some(query)) => query == Query::AccountUpdates,
        (NOT_YET, Some(query)) => matches!(
            query,
            Query::Positions | Query::AccountUpdates | Query::AccountValues | Query::Executions
        ),
        (2110, Some(_)) => true,
        // Warnings about farms, orders and market data leave other requests alone.
        (2100..=2199, Some(_)) => false,
        _ => true,
    }
}

/// Whether the words were the answer that ended another request: that request's own finding has them.
fn answered_another(record: &Record, stage: &Stage, notice: &Notice) -> bool {
    let words = format!("{} {}", notice.code, notice.message);
    let refused = |other: &&Stage| {
        other.name != stage.name
            && asked(other).is_some()
            && (other.start..=other.start + other.elapsed).contains(&notice.at)
            && other.detail.as_ref() == Some(&words)
    };
    record.stages.iter().any(|other| refused(&other))
}

/// The error by which what was asked again is refused, as Read-Only API refuses the next id.
pub(super) fn refused_repeat(record: &Record) -> Option<&Notice> {
    let at = record.asked_again_at?;
    let mut later = record.notices.iter().filter(|notice| notice.at >= at);
    later.find(|notice| matches!(notice.code, 320..=322))
}

/// Whether the words are such a refusal, which explains a missing id and no missing accounts.
fn answered_repeat(record: &Record, symptom: Code, notice: &Notice) -> bool {
    symptom != Code::NextIdMissing && refused_repeat(record) == Some(notice)
}

/// The code of the finding whose cause is this number.
pub(crate) fn code(number: i32) -> Code {
    match number {
        100 => Code::Pacing,
        1100 | 2110 => Code::UpstreamLost,
        10_141 => Code::PaperDisclaimer,
        10_197 => Code::CompetingSession,
        _ => Code::GatewaySays,
    }
}

/// The cause in words, as the first half of a sentence.
pub(crate) fn said(notice: &Notice) -> String {
    let number = notice.code;
    let words = clean(&notice.message, QUOTED);
    match code(number) {
        Code::PaperDisclaimer => format!(
            "the Gateway said that the paper-trading disclaimer has not been accepted ({number})"
        ),
        Code::UpstreamLost => {
            format!("the Gateway said that it has lost its connection to IBKR ({number})")
        }
        _ if words.is_empty() => format!("the Gateway sent error {number} without words"),
        _ => format!("the Gateway said {number} \"{words}\""),
    }
}

/// Makes of `finding` one whose cause is this notice: as severe as the symptom, with what is known of
/// the number and what to do about it.
pub(super) fn explain(finding: &mut Finding, notice: &Notice, symptom: Code) {
    finding.severity = symptom.severity();
    finding.evidence.push(notices::words(notice));
    let Some(known) = known(notice.code) else {
        return;
    };
    let meaning = format!("{} means: {}", notice.code, known.meaning);
    finding.evidence.push(meaning);
    // That the connection is fine where a farm is down is not true of this one.
    if !known.findings.contains(&Code::DataFarmDown) {
        finding.remedies = owned(known.remedies);
    }
}

/// The loss of the Gateway's own link that still stood when the session ended.
pub(super) fn upstream_lost(record: &Record) -> Option<&Notice> {
    let lost = |notice: &&Notice| code(notice.code) == Code::UpstreamLost;
    let mut all = record.notices.iter().rev().filter(lost);
    all.find(|notice| notices::stands(notice, &record.notices))
}

/// Adds what the Gateway had said to the finding of `stage`, the cause first.
pub(super) fn add(
    finding: &mut Finding,
    attempt: &Attempt,
    stage: &Stage,
    symptom: Code,
    cause: Option<&Notice>,
) {
    if !is_end_or_silence(symptom) {
        return;
    }
    if let Some(notice) = cause {
        explain(finding, notice, symptom);
    }
    let others = before(&attempt.record, stage).into_iter();
    let others: Vec<&Notice> = others.filter(|other| Some(*other) != cause).collect();
    let unshown = others.len().saturating_sub(SHOWN);
    for other in &others[unshown..] {
        let words = notices::words(other);
        finding.evidence.push(format!("said before: {words}"));
    }
    if unshown > 0 {
        let before = format!("and {unshown} more before these");
        finding.evidence.push(before);
    }
}

/// What to do about a request that was refused with the number and the words of this stage.
pub(super) fn remedies_of_refusal(stage: &Stage) -> Vec<String> {
    let detail = stage.detail.as_deref().unwrap_or_default();
    let (number, words) = detail.split_once(' ').unwrap_or((detail, ""));
    let words = words.to_lowercase();
    match number.parse() {
        Ok(321) if words.contains("account") => vec![
            "name an account of the list in your client: with an advisor's (FA) login not the first \
             one, which is the master"
                .to_owned(),
        ],
        // What their table says is about Read-Only API, and about too many summaries.
        Ok(321 | 322) | Err(_) => owned(Code::SyncRefused.remedies()),
        Ok(number) => known(number).map_or_else(
            || owned(Code::SyncRefused.remedies()),
            |known| owned(known.remedies),
        ),
    }
}

/// What is known of a number that travels on the wire, if something can be done about it.
pub(crate) fn known(number: i32) -> Option<&'static IbCode> {
    let on_wire = |known: &&IbCode| known.origin == Origin::Wire && !known.remedies.is_empty();
    ib_code::find(number).filter(on_wire)
}

fn owned(remedies: &[&str]) -> Vec<String> {
    remedies.iter().map(|&remedy| remedy.to_owned()).collect()
}
