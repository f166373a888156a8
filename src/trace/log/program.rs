//! Whose a line is: which program wrote it.

use super::place::Clients;
use super::time::Time;

/// What the beginning of a line tells.
#[derive(Debug)]
pub(super) struct Place {
    /// The program, by whatever stays the same in its lines: a name before the time, a process, a
    /// thread.
    pub(super) program: Vec<u8>,
    pub(super) library: Option<&'static str>,
}

/// What the beginning of a line tells of the program that wrote it.
pub(super) fn place(before: &[u8], time: Option<Time>) -> Place {
    let mut program = Vec::new();
    if let Some(time) = time.filter(|time| time.end <= before.len()) {
        for word in before[..time.start].split(|it| is_between(*it)) {
            if !varies(word) {
                program.extend_from_slice(word);
            }
        }
    }
    let mut library = None;
    for token in before.split(|it| !(it.is_ascii_alphanumeric() || b"_-".contains(it))) {
        match token {
            b"ib_async" => library = Some("ib_async"),
            b"ib_insync" => library = Some("ib_insync"),
            _ if is_thread(token) => program.extend_from_slice(token),
            _ => {}
        }
    }
    for (at, _) in before.iter().enumerate().filter(|(_, it)| **it == b'[') {
        let digits = before[at + 1..]
            .iter()
            .take_while(|it| it.is_ascii_digit())
            .count();
        if digits > 0 && before.get(at + 1 + digits) == Some(&b']') {
            program.extend_from_slice(&before[at..=at + 1 + digits]);
        }
    }
    program.extend_from_slice(library.unwrap_or_default().as_bytes());
    Place { program, library }
}

/// What parts the words before the time.
fn is_between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b":[](){}|,\"'=".contains(&byte)
}

/// Whether a word before the time is another one in other lines of the same program: a level, a counter,
/// a place in the code, a logger of the library.
fn varies(word: &[u8]) -> bool {
    const LEVELS: [&[u8]; 12] = [
        b"DEBUG",
        b"INFO",
        b"WARNING",
        b"WARN",
        b"ERROR",
        b"CRITICAL",
        b"FATAL",
        b"D",
        b"I",
        b"W",
        b"E",
        b"C",
    ];
    let is_level = LEVELS.iter().any(|level| word.eq_ignore_ascii_case(level));
    let is_counter = word.iter().all(|it| !it.is_ascii_alphabetic());
    // absl writes a letter for the level and the day: `D1127`.
    let is_of_level = word.first().is_some_and(|it| b"DIWEF".contains(it));
    let is_day = is_of_level && word.len() == 5 && word[1..].iter().all(u8::is_ascii_digit);
    let is_place = word.ends_with(b".py");
    let is_logger = [&b"ib_async."[..], b"ib_insync."]
        .iter()
        .any(|logger| word.starts_with(logger));
    is_level || is_counter || is_day || is_place || is_logger
}

/// How Python names threads and processes.
fn is_thread(token: &[u8]) -> bool {
    const NAMES: [&[u8]; 7] = [
        b"MainThread",
        b"Thread-",
        b"ThreadPoolExecutor-",
        b"MainProcess",
        b"Process-",
        b"SpawnProcess-",
        b"ForkProcess-",
    ];
    NAMES.iter().any(|name| token.starts_with(name))
}

/// A program with its clients, and how its last line began: most lines begin as the one before.
#[derive(Debug)]
pub(super) struct Program {
    before_time: Vec<u8>,
    behind_time: Vec<u8>,
    pub(super) place: Place,
    pub(super) clients: Clients,
}

impl Program {
    pub(super) fn new(before: &[u8], time: Option<Time>, place: Place, clients: Clients) -> Self {
        let (before_time, behind_time) = around(before, time);
        Self {
            before_time: before_time.to_vec(),
            behind_time: behind_time.to_vec(),
            place,
            clients,
        }
    }

    /// Whether a line that begins so is of this program: but for the time it begins as the last one did.
    pub(super) fn is_of(&self, before: &[u8], time: Option<Time>) -> bool {
        around(before, time) == (&self.before_time[..], &self.behind_time[..])
    }
}

/// What stands before the time and behind it.
fn around(before: &[u8], time: Option<Time>) -> (&[u8], &[u8]) {
    match time.filter(|time| time.end <= before.len()) {
        Some(time) => (&before[..time.start], &before[time.end..]),
        None => (before, &[]),
    }
}
