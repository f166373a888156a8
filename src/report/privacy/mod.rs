//! What is printed is safe to paste: account numbers are shortened.

mod zombies;

use super::{Body, Compare, Handshake, Report, Soak};
use crate::event::Event;
use crate::finding::Finding;
use crate::machine::path::Path;

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

/// Shortens every account number in a text: one to three letters and at least five digits as a word
/// of its own, or in capitals within one, as in `runDU9000021.py`. A letter that is not ASCII ends a
/// word: some scripts are written without blanks.
pub fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let end = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        if is_account(end) {
            masked.push_str(&shorten(end));
        } else {
            mask_within(end, &mut masked);
        }
        masked.push_str(&word[end.len()..]);
    }
    masked
}

/// Shortens what one to three capitals begin and at least five digits end, at the start of the word or
/// after a small letter.
fn mask_within(mut word: &str, masked: &mut String) {
    while let Some(at) = word.find(|c: char| c.is_ascii_uppercase()) {
        let (before, rest) = word.split_at(at);
        let digits = rest.trim_start_matches(|c: char| c.is_ascii_uppercase());
        let after = digits.trim_start_matches(|c: char| c.is_ascii_digit());
        let (capitals, count) = (rest.len() - digits.len(), digits.len() - after.len());
        let (found, after) = rest.split_at(capitals + count);
        masked.push_str(before);
        let is_after_digit = before.ends_with(|c: char| c.is_ascii_digit());
        if capitals <= 3 && count >= 5 && !is_after_digit {
            masked.push_str(&shorten(found));
        } else {
            masked.push_str(found);
        }
        word = after;
    }
    masked.push_str(word);
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
        mask_finding(finding, &known);
    }
    mask_optional(&mut report.error);
    mask_optional(&mut report.host.name);
    report.summary = mask_known(&report.summary, &known);
    match &mut report.body {
        Some(Body::Doctor(doctor)) => {
            mask_optional(&mut doctor.diagnosis);
            mask_path(&mut doctor.path);
            for check in &mut doctor.checks {
                check.summary = mask(&check.summary);
            }
        }
        Some(Body::Soak(soak)) => mask_soak(soak),
        Some(Body::Handshake(handshake)) => mask_handshake(handshake, &known),
        Some(Body::Zombies(zombies)) => zombies::mask(zombies),
        Some(Body::Compare(compare)) => mask_compare(compare),
        Some(Body::Probe(probe)) => {
            for endpoint in &mut probe.endpoints {
                endpoint
                    .listener
                    .iter_mut()
                    .for_each(zombies::mask_listener);
                mask_path(&mut endpoint.path);
            }
        }
        Some(Body::Health(health)) => mask_path(&mut health.path),
        // They show what was typed and ibdoc's own words.
        Some(Body::Explain(_) | Body::Sim(_)) | None => {}
    }
}

fn mask_finding(finding: &mut Finding, known: &[String]) {
    let Finding {
        code: _,
        severity: _,
        subject,
        summary,
        evidence,
        remedies,
    } = finding;
    let lines = evidence.iter_mut().chain(remedies);
    for text in [subject, summary].into_iter().chain(lines) {
        *text = mask_known(text, known);
    }
}

fn mask_handshake(handshake: &mut Handshake, known: &[String]) {
    for account in handshake.accounts.iter_mut().flatten() {
        *account = shorten(account);
    }
    for notice in &mut handshake.notices {
        notice.message = mask_known(&notice.message, known);
    }
    mask_optional(&mut handshake.connection_time);
    mask_path(&mut handshake.path);
    let details = handshake.stages.iter_mut();
    for detail in details.filter_map(|stage| stage.detail.as_mut()) {
        *detail = mask_known(detail, known);
    }
}

fn mask_compare(compare: &mut Compare) {
    for side in [&mut compare.a, &mut compare.b] {
        side.file = mask(&side.file);
    }
    for note in &mut compare.notes {
        *note = mask(note);
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

/// A program, a container, a network namespace or a host may be called after an account.
fn mask_path(path: &mut Option<Path>) {
    let Some(path) = path else {
        return;
    };
    mask_optional(&mut path.target);
    for hop in &mut path.hops {
        mask_optional(&mut hop.name);
        mask_optional(&mut hop.place);
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

    #[test]
    fn accounts_are_found_within_words() {
        assert_eq!(mask("runDU9000021.py"), "runDU…21.py");
        assert_eq!(mask("U1234567bot.py --x"), "U1…67bot.py --x");
        assert_eq!(mask("a DU9000021v2U1234567 b"), "a DU…21v2U1234567 b");
        assert_eq!(mask("bot_DU9000021_x.service"), "bot_DU…21_x.service");
        assert_eq!(
            mask("口座U1234567用 größeDF1234567é"),
            "口座U1…67用 größeD…67é"
        );
        for word in [
            "a12345678bcd",
            "20261122T101500Z",
            "ABCD12345",
            "SIGTERM",
            "getU1234",
        ] {
            assert_eq!(mask(word), word);
        }
    }
}
