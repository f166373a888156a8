//! The error number inside of a line of a log: one that is called so, never a port, a process id,
//! a time, a request id or the number of an operating system's error.

use crate::finding::ib_code;

/// What an error number is called.
const CODES: [&str; 6] = [
    "code",
    "errorcode",
    "error_code",
    "errcode",
    "err_code",
    "msgcode",
];
const ERRORS: [&str; 3] = ["error", "err", "errors"];
/// What stands before "error" or "code" when another kind of number follows.
const FOREIGN: [&str; 9] = [
    "os", "exit", "status", "http", "https", "return", "system", "socket", "server",
];
/// The longest error number has five digits.
const DIGITS: usize = 6;
/// From here on a number can only be a time.
const A_TIME: i64 = 1_000_000_000;

/// A run of letters, digits and underscores, and what stands before it.
struct Word<'a> {
    gap: &'a str,
    text: &'a str,
}

impl Word<'_> {
    fn number(&self) -> Option<i64> {
        let number: i64 = self.text.parse().ok()?;
        // A hyphen after a letter or a digit is no sign.
        let negative = self.gap.ends_with('-') && self.gap.len() > 1;
        Some(if negative { -number } else { number })
    }
}

fn words(text: &str) -> Vec<Word<'_>> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (gap, tail) = rest.split_at(start);
        let end = tail.find(|c| !is_part(c)).unwrap_or(tail.len());
        let (text, tail) = tail.split_at(end);
        words.push(Word { gap, text });
        rest = tail;
    }
    words
}

/// The number that follows "error" or "code". After a bare "error" some clients write the request
/// id first (`ERROR -1 326 …`), the newest also a time.
pub(super) fn labelled(text: &str) -> Option<i64> {
    let words = words(text);
    let labels = (0..words.len()).filter(|&at| {
        let foreign = at > 0 && FOREIGN.contains(&words[at - 1].text);
        !foreign
    });
    let mut unknown = None;
    for at in labels {
        let number = if CODES.contains(&words[at].text) {
            numbers_after(&words, at).next()
        } else if ERRORS.contains(&words[at].text) {
            after_error(&numbers_after(&words, at).take(3).collect::<Vec<_>>())
        } else {
            None
        };
        let Some(number) = number.filter(|number| *number >= 0) else {
            continue;
        };
        if is_known(number) {
            return Some(number);
        }
        unknown = unknown.or(Some(number));
    }
    unknown.filter(|number| number.to_string().len() <= DIGITS)
}

fn is_known(number: i64) -> bool {
    i32::try_from(number).is_ok_and(|number| ib_code::find(number).is_some())
}

/// The error number of `[number]`, `[request id, number]` or `[request id, time, number]`.
fn after_error(numbers: &[i64]) -> Option<i64> {
    match *numbers {
        [_, time, number] if time >= A_TIME => Some(number),
        [first, second, ..] if !is_known(second) && is_known(first) => Some(first),
        [_, second, ..] => Some(second),
        [number] => Some(number),
        [] => None,
    }
}

/// The numbers that follow the word at `at` one after the other, as long as they are no part of a
/// time, a date or an address.
fn numbers_after<'a>(words: &'a [Word<'a>], at: usize) -> impl Iterator<Item = i64> + 'a {
    let mut places = at + 1..words.len();
    std::iter::from_fn(move || {
        let place = places.next()?;
        let word = &words[place];
        let first = place == at + 1;
        let near = word.gap.chars().all(|c| match c {
            ' ' | '-' | '|' => true,
            ':' | '=' | '#' | '(' | '[' | '"' | '\'' | '.' => first,
            _ => false,
        });
        let joined = words.get(place + 1).is_some_and(|next| {
            let digit = next.text.starts_with(|c: char| c.is_ascii_digit());
            digit && matches!(next.gap, ":" | "." | "/" | "-")
        });
        word.number().filter(|_| near && !joined)
    })
}

/// A number of the list that opens the line or stands alone in brackets or between bars.
pub(super) fn standing_out(text: &str) -> Option<i64> {
    let words = words(text);
    let after = |at: usize| words.get(at + 1).map_or("", |next| next.gap);
    let stands_out = |at: usize| {
        let (before, after) = (words[at].gap, after(at));
        let opens = at == 0 && before.is_empty() && after.starts_with([' ', ':', ',']);
        let time = matches!(after, ":" | "." | "/" | "-");
        // A bracket right after a word holds a process id.
        let apart = at == 0 || before.starts_with([' ', ':']);
        let bracketed = before.ends_with(['[', '(', '#']) && after.starts_with([']', ')']);
        let barred = before.trim().ends_with('|') && after.trim().starts_with('|');
        (opens && !time) || (bracketed && apart) || barred
    };
    (0..words.len())
        .filter(|&at| stands_out(at))
        .filter_map(|at| words[at].number())
        .find(|number| is_known(*number))
}

/// Whether a line names the request id -1.
pub(super) fn names_no_request(text: &str) -> bool {
    let words = words(text);
    words.windows(2).any(|pair| {
        let id = ["id", "reqid", "req_id", "tickerid"].contains(&pair[0].text);
        id && pair[1].text == "1" && pair[1].number() == Some(-1)
    })
}
