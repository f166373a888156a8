//! The diagnosis in words.

use crate::finding::{self, Finding};
use crate::machine::process::is_relay;

/// The principal finding as a paragraph: what it is, on what evidence, what to do first.
pub(super) fn diagnosis(findings: &[Finding]) -> Option<String> {
    let principal = finding::principal(findings)?;
    let summary = &principal.summary;
    // A host's name is written as it was typed.
    let is_host = |word: &str| principal.subject.split(':').next() == Some(word);
    let mut sentences = vec![if summary.split(' ').next().is_some_and(is_host) {
        ended(summary)
    } else {
        sentence(summary)
    }];
    if let Some(evidence) = principal.evidence.first() {
        sentences.push(sentence(&format!("measured: {evidence}")));
    }
    if let Some(remedy) = principal.remedies.first() {
        sentences.push(sentence(&format!("first, {remedy}")));
    }
    Some(sentences.join(" "))
}

fn sentence(text: &str) -> String {
    // So is an address.
    let word = text.split(' ').next().unwrap_or_default();
    let word = word.trim_end_matches([':', ',']);
    // So is a program's name.
    let is_program = is_relay(word) || text[word.len()..].starts_with(" (");
    let is_name = is_program || word.bytes().any(|byte| !byte.is_ascii_alphabetic());
    let mut chars = text.chars();
    let first: String = chars
        .next()
        .into_iter()
        .flat_map(|first| {
            if is_name {
                vec![first]
            } else {
                first.to_uppercase().collect()
            }
        })
        .collect();
    ended(&format!("{first}{}", chars.as_str()))
}

/// With a full stop, where no other sign ends it.
fn ended(text: &str) -> String {
    let end = if text.ends_with(['.', '?']) { "" } else { "." };
    format!("{text}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;

    #[test]
    fn the_name_of_a_host_is_written_as_it_was_typed() {
        let finding = |subject: &str| {
            let summary = "papr has no address; did you mean paper?";
            diagnosis(&[Finding::new(Code::NotResolved, subject, summary)]).unwrap()
        };
        for subject in ["papr", "papr:4002"] {
            let told = finding(subject);
            assert!(
                told.starts_with("papr has no address; did you mean paper? First, "),
                "{told}"
            );
        }
    }

    #[test]
    fn a_sentence_begins_with_a_capital_but_a_name_is_written_as_it_is() {
        assert_eq!(sentence("nothing listens here"), "Nothing listens here.");
        assert_eq!(sentence("it is stopped."), "It is stopped.");
        for name in [
            "socat (pid 3) is stopped.",
            "ssh (a relay) closes.",
            "nginx listens here.",
        ] {
            assert_eq!(sentence(name), name);
        }
        assert_eq!(sentence("ib-gw: refused"), "ib-gw: refused.");
    }
}
