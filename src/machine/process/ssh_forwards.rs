//! What the options of an ssh client say of the ports that it forwards.

/// Each `-L` and `-o LocalForward`: where it listens (`[bind:]port`), and the host and the port to which
/// it passes on, as they were typed.
pub(super) fn of<'a>(arguments: &[&'a str]) -> Vec<[&'a str; 3]> {
    let mut found = Vec::new();
    let mut rest = arguments.iter().copied();
    while let Some(argument) = rest.next() {
        let Some(flags) = argument.strip_prefix('-') else {
            continue;
        };
        let option = |name| {
            let at = flags.find(name).filter(|at| plain(&flags[..*at]))?;
            Some(&flags[at + 1..])
        };
        let read: fn(&'a str) -> Option<[&'a str; 3]>;
        let value = if let Some(value) = option('L') {
            read = forward;
            value
        } else if let Some(value) = option('o') {
            read = local_forward;
            value
        } else {
            continue;
        };
        // The value may stand in the same word.
        let value = if value.is_empty() {
            rest.next()
        } else {
            Some(value)
        };
        found.extend(value.and_then(read));
    }
    found
}

/// Whether these are options without a value, after which another may follow in one word.
fn plain(flags: &str) -> bool {
    flags
        .chars()
        .all(|flag| "46AaCfGgKkMNnqsTtVvXxYy".contains(flag))
}

/// `[bind:]port:host:hostport`.
fn forward(words: &str) -> Option<[&str; 3]> {
    let (front, to) = words.rsplit_once(':')?;
    let (front, host) = if front.ends_with(']') {
        front.rsplit_once(":[")?
    } else {
        front.rsplit_once(':')?
    };
    Some([front, host, to])
}

/// `LocalForward [bind:]port host:hostport`, with a space or `=` after the keyword.
fn local_forward(words: &str) -> Option<[&str; 3]> {
    let mut words = words
        .split([' ', '\t', '='])
        .filter(|word| !word.is_empty());
    if !words.next()?.eq_ignore_ascii_case("LocalForward") {
        return None;
    }
    let front = words.next()?;
    let (host, to) = words.next()?.rsplit_once(':')?;
    Some([front, host, to])
}
