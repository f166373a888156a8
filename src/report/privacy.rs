//! What is printed is safe to paste: account numbers are shortened.

use super::{Body, Report, Soak, Zombies};
use crate::event::Event;

/// `DU9000021` as `DU…21`; what is too short to hide anything becomes `…`.
pub fn shorten(account: &str) -> String {
    let chars: Vec<char> = account.chars().collect();
    // Out of a report that is read again.
    if matches!(chars.as_slice(), [_, _, '…', _, _]) {
        return account.to_owned();
    }
    if chars.len() < 6 {
        return "…".to_owned();
    }
    let head: String = chars[..2].iter().collect();
    let tail: String = chars[chars.len() - 2..].iter().collect();
    format!("{head}…{tail}")
}

/// Shortens every account number in a text: one to three capitals and at least five digits.
pub fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let end = word.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
        let (token, rest) = word.split_at(end);
        if is_account(token) {
            masked.push_str(&shorten(token));
        } else {
            masked.push_str(token);
        }
        masked.push_str(rest);
    }
    masked
}

/// One to three letters, at least five digits, perhaps a letter of a sub-account.
fn is_account(token: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic();
    let digits = token.trim_start_matches(letter);
    let letters = token.len() - digits.len();
    let digits = digits.strip_suffix(letter).unwrap_or(digits);
    (1..=3).contains(&letters) && digits.len() >= 5 && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Shortens these accounts wherever they stand, whatever they look like, and all that look like one.
fn mask_known(text: &str, known: &[String]) -> String {
    let replace = |text: String, account: &String| text.replace(account, &shorten(account));
    let known = known.iter().filter(|account| account.len() > 2);
    mask(&known.fold(text.to_owned(), replace))
}

/// Shortens the accounts in everything that an event shows.
pub fn mask_event(event: &mut Event) {
    match event {
        Event::Stage(stage) => mask_optional(&mut stage.detail),
        Event::Notice(notice) => notice.message = mask(&notice.message),
        Event::Check(check) => check.summary = mask(&check.summary),
        Event::Waiting { reason, .. } => *reason = mask(reason),
        Event::Moment(moment) => moment.text = mask(&moment.text),
        Event::Start(start) => mask_optional(&mut start.host.name),
        Event::Client { .. }
        | Event::Attempts { .. }
        | Event::Attempt(_)
        | Event::Holding { .. }
        | Event::Ping { .. }
        | Event::Fetch { .. }
        | Event::Listening { .. }
        | Event::Runs { .. }
        | Event::Exec(_)
        | Event::Census(_)
        | Event::Watching(_) => {}
        Event::Socket(change) => {
            for owner in [&mut change.owner, &mut change.peer].into_iter().flatten() {
                owner.name = mask(&owner.name);
            }
        }
    }
}

/// Shortens the accounts in everything that a report shows.
pub fn mask_report(report: &mut Report) {
    let known = match &report.body {
        Some(Body::Handshake(handshake)) => handshake.accounts.clone().unwrap_or_default(),
        _ => Vec::new(),
    };
    for finding in &mut report.findings {
        finding.summary = mask_known(&finding.summary, &known);
        for evidence in &mut finding.evidence {
            *evidence = mask_known(evidence, &known);
        }
    }
    mask_optional(&mut report.error);
    mask_optional(&mut report.host.name);
    report.summary = mask_known(&report.summary, &known);
    match &mut report.body {
        Some(Body::Doctor(doctor)) => {
            mask_optional(&mut doctor.diagnosis);
            for check in &mut doctor.checks {
                check.summary = mask(&check.summary);
            }
        }
        Some(Body::Soak(soak)) => mask_soak(soak),
        Some(Body::Handshake(handshake)) => {
            for account in handshake.accounts.iter_mut().flatten() {
                *account = shorten(account);
            }
            for notice in &mut handshake.notices {
                notice.message = mask_known(&notice.message, &known);
            }
            mask_optional(&mut handshake.connection_time);
            for detail in handshake
                .stages
                .iter_mut()
                .filter_map(|it| it.detail.as_mut())
            {
                *detail = mask_known(detail, &known);
            }
        }
        Some(Body::Zombies(zombies)) => mask_zombies(zombies),
        Some(Body::Compare(compare)) => {
            for side in [&mut compare.a, &mut compare.b] {
                side.file = mask(&side.file);
            }
            for note in &mut compare.notes {
                *note = mask(note);
            }
        }
        Some(Body::Probe(probe)) => {
            for endpoint in &mut probe.endpoints {
                let name = endpoint
                    .listener
                    .as_mut()
                    .map(|listener| &mut listener.name);
                name.into_iter().for_each(mask_optional);
            }
        }
        _ => {}
    }
}

/// A script may be called after the account that it trades.
fn mask_zombies(zombies: &mut Zombies) {
    for listener in &mut zombies.listeners {
        mask_optional(&mut listener.name);
    }
    for zombie in &mut zombies.zombies {
        zombie.reason = mask(&zombie.reason);
        for holder in &mut zombie.holders {
            mask_optional(&mut holder.name);
            holder.reason = mask(&holder.reason);
        }
    }
    for step in &mut zombies.plan {
        step.reason = mask(&step.reason);
        for text in [&mut step.name, &mut step.in_charge, &mut step.cost] {
            mask_optional(text);
        }
    }
    for killed in &mut zombies.killed {
        killed.name = mask(&killed.name);
    }
    for healed in &mut zombies.healed {
        healed.name = mask(&healed.name);
    }
}

fn mask_soak(soak: &mut Soak) {
    mask_optional(&mut soak.stopped);
    if let Some(attempts) = &mut soak.attempts {
        let waterfalls = [&mut attempts.typical, &mut attempts.slowest];
        for waterfall in waterfalls.into_iter().flatten() {
            for stage in &mut waterfall.stages {
                mask_optional(&mut stage.detail);
            }
        }
    }
    if let Some(exec) = &mut soak.exec {
        exec.program = mask(&exec.program);
    }
    for moment in soak.stability.iter_mut().flat_map(|it| &mut it.moments) {
        moment.text = mask(&moment.text);
    }
    for outage in soak.stability.iter_mut().flat_map(|it| &mut it.outages) {
        outage.name = mask(&outage.name);
    }
}

fn mask_optional(text: &mut Option<String>) {
    if let Some(text) = text {
        *text = mask(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_keeps_its_kind_and_its_last_two_digits() {
        assert_eq!(shorten("DU9000021"), "DU…21");
        assert_eq!(shorten("U1234"), "…");
        assert_eq!(shorten(&shorten("DU9000021")), "DU…21");
        assert_eq!(shorten(&shorten("U1234")), "…");
    }

    #[test]
    fn accounts_are_found_amid_text_and_other_words_stay() {
        let text = "Order for DU9000021, (U1234567): farm usfarm.nj AAPL 20261122 EUR12";
        let masked = "Order for DU…21, (U1…67): farm usfarm.nj AAPL 20261122 EUR12";
        assert_eq!(mask(text), masked);
        assert_eq!(mask("ends in DF1234567"), "ends in DF…67");
        assert_eq!(mask("sub DU1234567A or u7654321"), "sub DU…7A or u7…21");
        assert_eq!(mask_known("of FAM-1: x", &["FAM-1".to_owned()]), "of …: x");
        assert_eq!(mask("…ünicode\u{fffd}U12345"), "…ünicode\u{fffd}U1…45");
    }
}
