//! One line of a log: its time, whose it is, and the message or the words in it.

use memchr::memmem;

use super::last::Last;
use super::time::{self, Time};
use crate::event::Speaker;

/// What of a line concerns a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content<'a> {
    /// A message: its fields, separated by commas.
    Message(Speaker, &'a [u8]),
    /// What the library says of its connection.
    Words(Words<'a>),
}

/// What a library says of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words<'a> {
    /// `Connecting to 127.0.0.1:4002 with clientId 7...`
    Connecting { address: &'a str, client_id: i32 },
    /// The TCP connection is there.
    Connected,
    /// The Gateway has closed it.
    PeerClosed(&'a str),
    /// The client closes it.
    Leaves(&'a str),
    /// It has ended, after one of the two.
    Ended(&'a str),
    /// Something else that concerns it.
    Other(&'a str),
}

/// What stands before a message, and a blank.
const MARK: &str = ">>> ";

/// A line in parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) time: Option<Time>,
    /// What stands before the message.
    pub(super) before: &'a [u8],
    pub(super) content: Content<'a>,
}

/// Reads a line; nothing for one that concerns no session.
pub(super) fn read<'a>(line: &'a [u8], last: &Last) -> Option<Line<'a>> {
    let (start, content) = content(line)?;
    let before = &line[..start];
    let time = last.read(before);
    // In JSON the time may stand behind the message.
    let behind = match content {
        Content::Message(_, fields) => start + MARK.len() + fields.len(),
        Content::Words(_) => start,
    };
    let time = time.or_else(|| {
        let is_json = line.first() == Some(&b'{');
        let time = is_json.then(|| time::find(&line[behind..])).flatten()?;
        Some(time.behind(behind))
    });
    Some(Line {
        time,
        before,
        content,
    })
}

/// What a line says, and where it begins.
fn content(line: &[u8]) -> Option<(usize, Content<'_>)> {
    for at in memchr::memchr2_iter(b'>', b'<', line) {
        let side = match line.get(at..at + 4) {
            Some(b">>> ") => Speaker::Client,
            Some(b"<<< ") => Speaker::Gateway,
            _ => continue,
        };
        let is_apart = at == 0 || !line[at - 1].is_ascii_alphanumeric();
        let fields = without_additions(message(line, at + MARK.len()));
        if is_apart && begins_with_number(fields) {
            return Some((at, Content::Message(side, fields)));
        }
    }
    let (start, words) = words(line)?;
    Some((start, Content::Words(words)))
}

/// The message from `start` to its end: that of the line, or of its JSON string.
fn message(line: &[u8], start: usize) -> &[u8] {
    let rest = &line[start..];
    let rest = rest.strip_suffix(b"\r").unwrap_or(rest);
    if line.first() != Some(&b'{') {
        return rest;
    }
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &rest[at..]) {
        at += found;
        // Docker writes the line feed of a line into its JSON.
        let ends = [&br#"""#[..], br#"\n""#, br#"\r\n""#];
        if ends.iter().any(|end| rest[at..].starts_with(end)) {
            return &rest[..at];
        }
        at = (at + 2).min(rest.len());
    }
    rest
}

/// The fields without what a format has put behind them: blanks, the quote of a quoted column, and the
/// place in the code in brackets. Behind a text brackets are its own.
fn without_additions(fields: &[u8]) -> &[u8] {
    let fields = fields.trim_ascii_end();
    let fields = fields.strip_suffix(b"\"").unwrap_or(fields);
    let opens = match fields.last() {
        Some(b']') => b'[',
        Some(b')') => b'(',
        _ => return fields,
    };
    let open = fields.iter().rposition(|it| *it == opens).unwrap_or(0);
    let before = fields[..open].trim_ascii_end();
    let is_apart = before.len() < open;
    let ends_a_number = before
        .last()
        .is_some_and(|it| it.is_ascii_digit() || *it == b',');
    if is_apart && ends_a_number {
        before
    } else {
        fields
    }
}

/// A message id: up to three digits, and then a comma or the end.
fn begins_with_number(fields: &[u8]) -> bool {
    let digits = fields.iter().take_while(|it| it.is_ascii_digit()).count();
    (1..=3).contains(&digits) && matches!(fields.get(digits), None | Some(b',' | b' '))
}

/// Other words of the two libraries that concern a connection.
const OTHERS: [&str; 5] = [
    "API connection failed",
    "API connection ready",
    "Synchronization complete",
    "Started to throttle requests",
    "Socket connection broken while connecting",
];

/// The words of the two libraries that concern a connection.
fn words(line: &[u8]) -> Option<(usize, Words<'_>)> {
    let from = |needle: &str| {
        let at = memmem::find(line, needle.as_bytes())?;
        let text = std::str::from_utf8(message(line, at)).ok()?;
        Some((at, text.trim_end()))
    };
    if let Some((at, text)) = from("Connecting to ") {
        let (address, id) = text["Connecting to ".len()..].split_once(" with clientId ")?;
        let id = id.split_once("...").map_or(id, |(id, _)| id);
        let client_id = id.parse().ok()?;
        return Some((at, Words::Connecting { address, client_id }));
    }
    if let Some((at, text)) = from("Peer closed connection.").or_else(|| from("Socket disconnect"))
    {
        return Some((at, Words::PeerClosed(text)));
    }
    if let Some((at, text)) = from("Disconnected.") {
        return Some((at, Words::Ended(text)));
    }
    // With its figures it is the word of the program, which the library's own follows.
    if let Some((at, text)) =
        from("Disconnecting").filter(|(_, text)| is_all(text, "Disconnecting"))
    {
        return Some((at, Words::Leaves(text)));
    }
    if let Some((at, _)) = from("Connected").filter(|(_, text)| is_all(text, "Connected")) {
        return Some((at, Words::Connected));
    }
    let mut others = OTHERS.iter().filter_map(|words| from(words));
    if let Some((at, text)) = others.next() {
        return Some((at, Words::Other(text)));
    }
    let (end, _) = from(" request timed out")?;
    let start = line[..end]
        .iter()
        .rposition(|it| !it.is_ascii_lowercase() && *it != b' ');
    let start = start.map_or(0, |at| at + 1);
    let text = std::str::from_utf8(message(line, start)).ok()?;
    // The logger is called `ib_async.ib`.
    let text = text.trim();
    Some((
        start,
        Words::Other(text.strip_prefix("ib ").unwrap_or(text)),
    ))
}

/// Whether the text is these words, and nothing behind them but what a format adds, as a time in
/// brackets.
fn is_all(text: &str, words: &str) -> bool {
    let rest = text.strip_prefix(words).unwrap_or("x").trim_start();
    !rest.starts_with(|it: char| it.is_alphanumeric() || it == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> Option<String> {
        let line = read(line.as_bytes(), &Last::default())?;
        Some(match line.content {
            Content::Message(side, fields) => {
                format!("{side:?} {}", String::from_utf8_lossy(fields))
            }
            Content::Words(words) => format!("{words:?}"),
        })
    }

    #[test]
    fn what_a_format_puts_behind_a_message_is_no_part_of_it() {
        for behind in [
            "",
            "  ",
            " (client.py:344)",
            " [in /srv/bot/client.py:344]",
            " [ib_async.client]",
            "\"",
        ] {
            let line = format!("2026-11-27 10:43:25 <<< 102{behind}");
            let (_, content) = content(line.as_bytes()).unwrap();
            let fields = match content {
                Content::Message(_, fields) => fields,
                Content::Words(_) => b"",
            };
            assert_eq!(fields, b"102", "{behind}");
        }
        let text = b"<<< 4,2,7,162,no data (HMDS query)";
        let Some((_, Content::Message(_, fields))) = content(text) else {
            panic!("no message");
        };
        assert!(fields.ends_with(b"(HMDS query)"));
    }

    #[test]
    fn messages_are_found_inside_any_format() {
        for (line, expected) in [
            (
                "2026-11-27 10:43:25,584 ib_async.client DEBUG >>> 71,2,7,",
                "Client 71,2,7,",
            ),
            (">>> 61,1", "Client 61,1"),
            (
                "DEBUG:ib_insync.client:<<< 15,1,DU9000001",
                "Gateway 15,1,DU9000001",
            ),
            (
                "{\"time\": \"x\", \"message\": \"<<< 4,2,-1,2104,a \\\"b\\\",\", \"x\": 1}",
                "Gateway 4,2,-1,2104,a \\\"b\\\",",
            ),
            (
                "bot-1 | <<< 178,20261127 10:43:21 UTC\r",
                "Gateway 178,20261127 10:43:21 UTC",
            ),
            ("{\"message\": \">>> 99,0", "Client 99,0"),
        ] {
            assert_eq!(said(line).as_deref(), Some(expected), "{line}");
        }
        for line in [
            "a>>> 61,1",
            ">>> print(x)",
            "if a <<< b",
            ">>> 1234,5",
            "",
            ">>>",
            "<<< ",
        ] {
            assert_eq!(said(line), None, "{line}");
        }
    }

    #[test]
    fn the_words_of_the_libraries_are_understood() {
        for (line, expected) in [
            (
                "INFO ib_async.client Connecting to 127.0.0.1:4002 with clientId 7...",
                "Connecting { address: \"127.0.0.1:4002\", client_id: 7 }",
            ),
            ("INFO ib_async.client Connected", "Connected"),
            (
                "ERROR Peer closed connection. clientId 7 already in use?",
                "PeerClosed(\"Peer closed connection. clientId 7 already in use?\")",
            ),
            (
                "INFO ib_async.client Disconnecting",
                "Leaves(\"Disconnecting\")",
            ),
            (
                "{\"log\":\"INFO Disconnecting\\n\",\"stream\":\"stderr\"}",
                "Leaves(\"Disconnecting\")",
            ),
            (
                "Connecting to [::1]:4002 with clientId 7... [2026-11-27 10:43:25,584]",
                "Connecting { address: \"[::1]:4002\", client_id: 7 }",
            ),
            ("Connected [2026-11-27 10:43:25,584]", "Connected"),
            (
                "ERROR ib_async.ib executions request timed out",
                "Other(\"executions request timed out\")",
            ),
            (
                "ib_async.ib - completed orders request timed out",
                "Other(\"completed orders request timed out\")",
            ),
        ] {
            assert!(
                said(line).is_some_and(|it| it.ends_with(expected)),
                "{line}: {:?}",
                said(line)
            );
        }
        assert_eq!(
            said("INFO Disconnecting from 127.0.0.1:4002, 75 B sent in 10 messages"),
            None
        );
        assert_eq!(said("INFO root Connected to the database"), None);
    }
}
