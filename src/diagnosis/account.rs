//! What a session shows that is right in itself and perhaps not what was meant: the kind of the
//! accounts, and the Gateway's clock.

use std::time::Duration;

use crate::event::{Query, StageName};
use crate::finding::{Code, Finding};
use crate::handshake::{Attempt, Setting};
use crate::machine::process::ProgramKind;
use crate::machine::role::Role;
use crate::session::time_of_day;
use crate::text::duration::shown_long;

/// Clocks that differ by no more than this are right enough, in seconds.
const MOST_SKEW: i64 = 60;
/// The Gateway sends whole seconds.
const ROUNDING: i64 = 1;

/// A paper account on the port that is by convention a live one's, or the other way round.
pub(super) fn kind(attempt: &Attempt) -> Option<Finding> {
    let accounts = attempt.record.accounts.as_deref()?;
    let is_paper = are_paper(accounts)?;
    let (port, role) = role(attempt)?;
    if role.is_live() != is_paper {
        return None;
    }
    let words = |is_paper| if is_paper { "paper" } else { "live" };
    let (account, usual) = (words(is_paper), words(!is_paper));
    let summary = format!(
        "a {account} account answers on port {port}, by convention that of {usual} accounts"
    );
    let finding = Finding::new(Code::AccountKind, &attempt.subject(), summary);
    Some(finding.with_all_evidence(accounts.first().map(|first| format!("account {first}"))))
}

/// Whether all accounts of a login are paper accounts; `None` where that is not plain, or they are of
/// both kinds.
fn are_paper(accounts: &[String]) -> Option<bool> {
    let mut kinds = accounts.iter().map(|account| is_paper(account));
    let first = kinds.next()??;
    kinds.all(|kind| kind == Some(first)).then_some(first)
}

/// Whether an account is one of paper trading, by its letters: D stands before those of a live one.
fn is_paper(account: &str) -> Option<bool> {
    let digits = account.find(|letter: char| letter.is_ascii_digit())?;
    let (letters, number) = account.split_at(digits);
    let is_number = number.len() >= 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    match letters {
        _ if !is_number => None,
        "DU" | "DF" | "DI" => Some(true),
        "U" | "F" | "I" => Some(false),
        _ => None,
    }
}

/// The Gateway's own port, where it is seen or nothing tells of a relay, and what it is by convention;
/// a relay listens wherever it was told to.
fn role(attempt: &Attempt) -> Option<(u16, Role)> {
    let setting = &attempt.setting;
    let behind = setting.path.as_ref().and_then(|path| path.behind());
    let port = match behind {
        Some(gateway) => gateway.address.port(),
        None if is_relay(setting) => return None,
        None => attempt.target.port,
    };
    let role = Role::of_port(port).filter(|role| !role.is_relay())?;
    Some((port, role))
}

/// Whether a relay is known to listen, or the port to be forwarded.
fn is_relay(setting: &Setting) -> bool {
    let listener = setting.listener.as_ref();
    setting.forwarded || listener.is_some_and(|listener| listener.kind == ProgramKind::Relay)
}

/// A Gateway whose clock is more than a minute from this machine's.
pub(super) fn clock(attempt: &Attempt) -> Option<Finding> {
    let clock = attempt.record.clock?;
    let (theirs, ours) = (clock.theirs, clock.our_seconds());
    let name = StageName::Sync(Query::Time);
    // The time was read at some moment between the request and the answer.
    let waited = attempt.record.stage(name).map(|stage| stage.elapsed);
    let waited = i64::try_from(waited.unwrap_or_default().as_secs()).unwrap_or(i64::MAX);
    let skew = theirs.saturating_sub(ours);
    let latest = MOST_SKEW + ROUNDING;
    if (-latest.saturating_add(waited)..=latest).contains(&skew) {
        return None;
    }
    let apart = shown_long(Duration::from_secs(skew.unsigned_abs()));
    let side = if skew < 0 { "behind" } else { "ahead of" };
    let summary = format!("the Gateway's clock is {apart} {side} this machine's");
    Some(
        Finding::new(Code::ClockSkew, &attempt.subject(), summary)
            .with_evidence(format!("the Gateway: {}", time_of_day(theirs)))
            .with_evidence(format!("this machine: {}", time_of_day(ours)))
            .with_all_evidence(of_a_time_zone(skew)),
    )
}

/// That the difference is one of time zones, where it is of whole half hours.
fn of_a_time_zone(skew: i64) -> Option<String> {
    const HALF_HOUR: u64 = 30 * 60;
    const FARTHEST: u64 = 28 * HALF_HOUR;
    let apart = skew.unsigned_abs();
    let off = (apart + HALF_HOUR / 2) % HALF_HOUR;
    let is_whole = off.abs_diff(HALF_HOUR / 2) <= MOST_SKEW.unsigned_abs();
    (is_whole && (HALF_HOUR / 2..=FARTHEST).contains(&apart)).then(|| {
        "that is a difference of time zones: one clock was set to local time as if it were UTC"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_of_whole_half_hours_is_one_of_time_zones() {
        for (skew, is_one) in [(3600, true), (-19_790, true), (65, false), (2_700, false)] {
            assert_eq!(of_a_time_zone(skew).is_some(), is_one, "{skew}");
        }
        assert_eq!(of_a_time_zone(i64::MIN), None);
    }

    #[test]
    fn accounts_are_of_a_kind_only_where_all_plainly_are() {
        let are = |accounts: &[&str]| {
            let accounts: Vec<String> = accounts.iter().map(|&it| it.to_owned()).collect();
            are_paper(&accounts)
        };
        assert_eq!(are(&["DU9000021"]), Some(true));
        assert_eq!(are(&["DF9000021", "DU9000022"]), Some(true));
        assert_eq!(are(&["U9000021", "F9000022"]), Some(false));
        for unknown in [
            &["U9000021", "DU9000022"][..],
            &["DU9000021", "All"],
            &["DUN9000021"],
            &["X9000021"],
            &["DU"],
            &["DU90000é"],
            &[""],
            &[],
        ] {
            assert_eq!(are(unknown), None, "{unknown:?}");
        }
    }
}
