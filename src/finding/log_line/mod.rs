//! What a line of a log means: the error number in it, a finding's name, or words that the usual
//! clients, the operating systems, relays and the Gateway itself use.
//!
//! Pure functions over a bounded text; the words stand in a table of data.

mod number;
mod phrases;

use super::{Code, ib_code};
use ib_code::IbCode;

/// How much of a text is read, in characters; a line of a log is far shorter.
const READ: usize = 16_384;

/// Something that can be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A finding.
    Finding(Code),
    /// One of IB's numbers, or a range of them.
    Number(&'static IbCode),
}

/// What a text was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The name of one thing, or a line with its name or number in it.
    Known(Topic),
    /// Words without a name or a number: who uses them and when, and what can be behind them, the
    /// likeliest first.
    Words(&'static str, Vec<Topic>),
    /// An error number that is not in the list.
    UnknownNumber(i64),
    /// Nothing that is known.
    Unknown,
}

/// Reads a code, a number or a line of a log.
pub fn read(text: &str) -> Reading {
    let text = normal(text);
    let whole = text.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    if let Some(code) = Code::named(&whole.replace([' ', '_'], "-")).or_else(|| code_within(&text))
    {
        return Reading::Known(Topic::Finding(code));
    }
    if let Some(range) = ib_code::ALL.iter().find(|code| code.name() == whole) {
        return Reading::Known(Topic::Number(range));
    }
    if let Ok(number) = whole.parse() {
        return known(number).unwrap_or(Reading::UnknownNumber(number));
    }
    let labelled = number::labelled(&text);
    labelled
        .and_then(known)
        .or_else(|| phrases::find(&text))
        .or_else(|| number::standing_out(&text).and_then(known))
        .or(labelled.map(Reading::UnknownNumber))
        .or_else(|| number::names_no_request(&text).then(|| known(-1)).flatten())
        .unwrap_or(Reading::Unknown)
}

/// The text in lower case, without terminal colours, with single spaces and plain quotes and minus
/// signs, cut to [`READ`].
fn normal(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars().take(READ).peekable();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' && characters.next_if_eq(&'[').is_some() {
            // The sequence ends with its first letter or sign.
            characters.by_ref().find(|c| ('@'..='~').contains(c));
            continue;
        }
        let character = match character {
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            space if space.is_whitespace() || space.is_control() => ' ',
            other => other.to_ascii_lowercase(),
        };
        if character != ' ' || !plain.ends_with(' ') {
            plain.push(character);
        }
    }
    plain.trim().to_owned()
}

/// A finding's name inside of a line; names of one word are words of ordinary sentences too.
fn code_within(text: &str) -> Option<Code> {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.find_map(|word| word.contains('-').then(|| Code::named(word)).flatten())
}

fn known(number: i64) -> Option<Reading> {
    let code = ib_code::find(i32::try_from(number).ok()?)?;
    Some(Reading::Known(Topic::Number(code)))
}

#[cfg(test)]
mod tests;
