//! What a session shows that is right in itself and perhaps not what was meant: the kind of the
//! accounts, and the Gateway's clock.

use crate::event::{Query, StageName};
use crate::finding::{Code, Finding};
use crate::handshake::Attempt;
use crate::machine::role::Role;
use crate::session::time_of_day;
use crate::text::duration::shown_long;
use std::time::Duration;

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
        None if setting.local && setting.is_relayed() => return None,
        None => attempt.target.port,
    };
    let role = Role::of_port(port).filter(|role| !role.is_relay())?;
    Some((port, role))
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
            .with_evidence(format!("this machine: {}", time_of_day(ours))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

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
