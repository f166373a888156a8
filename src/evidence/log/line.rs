//! One line of a log: who wrote it and when, and what of it may be a marker.

use std::borrow::Cow;
use std::time::SystemTime;

use crate::evidence::stamp::Stamp;

/// Who wrote a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// IBC inside of the Gateway.
    Ibc,
    /// A socat in front of it.
    Socat,
    /// Another program: IBC's scripts write without a stamp.
    Other,
}

/// A line without what engines, terminals and other systems put around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Who wrote it.
    pub writer: Writer,
    /// Its own time.
    pub at: Option<Stamp>,
    /// The time that a container engine put before it (`docker logs -t`).
    pub utc: Option<SystemTime>,
    /// What it says.
    pub text: Cow<'a, str>,
}

/// Before each line of IBC.
const IBC: &str = "IBC: ";
/// The characters of IBC's stamp, and of socat's.
const STAMPS: (usize, usize) = (23, 19);
/// So many places of a line are looked at for IBC's prefix.
const PLACES: usize = 4;

impl<'a> Line<'a> {
    /// Reads one line; its end may be of Windows, and colours may stand in it.
    pub fn parse(line: &'a str) -> Self {
        let line = line.trim_end_matches(['\r', '\n']);
        let Some(wrapped) = Wrapped::read(line) else {
            return Self::plain(line);
        };
        let line = Line::plain(wrapped.log.trim_end_matches(['\r', '\n']));
        Line {
            writer: line.writer,
            at: line.at,
            utc: humantime::parse_rfc3339(&wrapped.time).ok().or(line.utc),
            text: Cow::Owned(line.text.into_owned()),
        }
    }

    fn plain(line: &'a str) -> Self {
        let line = without_colours(line);
        let (utc, start) = engine(&line);
        let rest = after(line, start);
        let (writer, at, start) = written_by(&rest);
        Line {
            writer,
            at,
            utc,
            text: after(rest, start),
        }
    }
}

/// A line as docker keeps it: one object a line.
#[derive(serde::Deserialize)]
struct Wrapped {
    log: String,
    #[serde(default)]
    time: String,
}

impl Wrapped {
    #[expect(
        clippy::disallowed_methods,
        reason = "it is docker's line, and nothing that ibdoc printed"
    )]
    fn read(line: &str) -> Option<Self> {
        line.starts_with("{\"log\":").then_some(())?;
        serde_json::from_str(line).ok()
    }
}

fn after(text: Cow<'_, str>, start: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[start..]),
        Cow::Owned(text) => Cow::Owned(text[start..].to_owned()),
    }
}

/// Takes out the sequences that colour a terminal: ESC, `[`, parameters, a letter.
fn without_colours(line: &str) -> Cow<'_, str> {
    if !line.contains('\u{1b}') {
        return Cow::Borrowed(line);
    }
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(sequence) = rest.strip_prefix('[') {
            let end = sequence.trim_start_matches(|c: char| matches!(c, '0'..='?'));
            let mut end = end.chars();
            end.next();
            rest = end.as_str();
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// The time that an engine put before a line, and where the line itself begins: `docker logs -t`, and
/// the files of container engines (`TIME stdout F LINE`).
fn engine(line: &str) -> (Option<SystemTime>, usize) {
    let Some((time, rest)) = line.split_once(' ') else {
        return (None, 0);
    };
    let is_stamp = time.len() >= 20 && time.as_bytes()[10] == b'T';
    let Some(utc) = is_stamp
        .then(|| humantime::parse_rfc3339(time).ok())
        .flatten()
    else {
        return (None, 0);
    };
    let streams = ["stdout F ", "stderr F "];
    let stream = streams.iter().find(|stream| rest.starts_with(**stream));
    let skipped = stream.map_or(0, |stream| stream.len());
    (Some(utc), time.len() + 1 + skipped)
}

/// Who wrote it, when, and where its text begins. What stands before a stamp is another system's: the
/// name of a service, the journal's own time.
fn written_by(line: &str) -> (Writer, Option<Stamp>, usize) {
    for (at, found) in line.match_indices(IBC).take(PLACES) {
        let before = line[..at].strip_suffix(' ');
        let stamp = before.and_then(|before| Stamp::parse(last(before, STAMPS.0)));
        if stamp.is_some() {
            return (Writer::Ibc, stamp, at + found.len());
        }
    }
    if let Some(at) = line.find("socat[") {
        let before = line[..at].strip_suffix(' ');
        let stamp = before.and_then(|before| Stamp::parse(last(before, STAMPS.1)));
        return (Writer::Socat, stamp, at);
    }
    (Writer::Other, None, 0)
}

/// The last so many characters.
fn last(text: &str, count: usize) -> &str {
    let start = text.char_indices().rev().nth(count - 1);
    start.map_or("", |(start, _)| &text[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Login has completed";

    #[test]
    fn a_line_is_found_in_whatever_an_engine_puts_around_it() {
        let plain = format!("2026-11-27 06:00:11:042 IBC: {TEXT}");
        let stamp = Stamp::parse("2026-11-27 06:00:11:042");
        let lines = [
            plain.clone(),
            format!("{plain}\r\n"),
            format!("2026-11-27T05:00:11.043123456Z {plain}"),
            format!("2026-11-27T05:00:11.043123456Z stdout F {plain}"),
            format!("ib-gateway-1  | {plain}"),
            format!("Nov 27 06:00:11 host ibc[31]: {plain}"),
            format!("\u{1b}[32mib-gateway-1  |\u{1b}[0m {plain}"),
            format!(
                "{{\"log\":\"{plain}\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-27T05:00:11.04Z\"}}"
            ),
            format!("٢٠٢٦-١١-٢٧ ٠٦:٠٠:١١:٠٤٢ IBC: {TEXT}"),
        ];
        for line in &lines {
            let read = Line::parse(line);
            assert_eq!((read.writer, read.at), (Writer::Ibc, stamp), "{line}");
            assert_eq!(read.text, TEXT, "{line}");
        }
        for stamped in [&lines[2], &lines[3], &lines[7]] {
            assert!(Line::parse(stamped).utc.is_some(), "{stamped}");
        }
    }

    #[test]
    fn a_line_of_socat_and_one_of_a_script_are_told_apart() {
        let socat = "2026/11/27 06:00:11 socat[93] E connect(5): Connection refused";
        let read = Line::parse(socat);
        assert_eq!(read.writer, Writer::Socat);
        assert!(read.at.is_some());
        let script = Line::parse("IBC returned exit status 87");
        assert_eq!((script.writer, script.at), (Writer::Other, None));
        assert_eq!(script.text, "IBC returned exit status 87");
    }

    #[test]
    fn the_first_stamp_of_a_line_counts_and_what_is_quoted_in_it_does_not() {
        let line =
            "2026-11-27 06:00:11:042 IBC: title: 2026-11-27 06:00:12:000 IBC: Login has completed";
        assert!(Line::parse(line).text.starts_with("title"));
        for hostile in [
            "",
            "IBC: ",
            " IBC: ",
            "\u{1b}",
            "\u{1b}[",
            "é IBC: x",
            "socat[",
            "{\"log\":",
        ] {
            let _ = Line::parse(hostile);
        }
    }
}
