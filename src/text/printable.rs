//! Text from other processes and from the wire, made safe to print.

use std::borrow::Cow;

/// Stands for each character that must not reach a terminal or a CI server.
const REPLACEMENT: char = '\u{fffd}';

/// Behind these a `[` begins a command, wherever it stands in a line: GitHub's runner takes
/// `##[error]text` there (`TryParse` in its `ActionCommand.cs`), Azure's agent `##vso[…]`.
const COMMANDS: [&str; 2] = ["##", "##vso"];

/// `text` in at most `max_chars` characters, the last one `…` if it was cut, without anything
/// that could steer a terminal or reorder a line: control and bidirectional characters, line
/// separators, invisible ones and noncharacters become `�`, and so does what would begin a command to
/// a CI server.
pub fn clean(text: &str, max_chars: usize) -> String {
    let mut cleaned = String::new();
    let mut characters = text.chars();
    for place in 1..=max_chars {
        let Some(character) = characters.next() else {
            return cleaned;
        };
        let cut = place == max_chars && characters.clone().next().is_some();
        cleaned.push(match character {
            _ if cut => '…',
            _ if is_unsafe(character) || commands(&cleaned, character) => REPLACEMENT,
            _ => character,
        });
    }
    cleaned
}

/// `text` with `�` for everything that [`clean`] replaces, but for line feeds; of any length.
pub fn scrub(text: &str) -> String {
    let mut scrubbed = String::new();
    for character in text.chars() {
        let is_safe = character == '\n' || !is_unsafe(character) && !commands(&scrubbed, character);
        scrubbed.push(if is_safe { character } else { REPLACEMENT });
    }
    scrubbed
}

/// Whether a character begins a command to a CI server behind this text.
fn commands(before: &str, character: char) -> bool {
    character == '[' && COMMANDS.iter().any(|begun| before.ends_with(begun))
}

fn is_unsafe(character: char) -> bool {
    // C0, DEL and C1 are what `is_control` means.
    character.is_control()
        || is_noncharacter(character)
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// The 66 that never stand for text (The Unicode Standard, 23.7); XML takes neither U+FFFE nor U+FFFF.
fn is_noncharacter(character: char) -> bool {
    matches!(character, '\u{fdd0}'..='\u{fdef}') || u32::from(character) & 0xfffe == 0xfffe
}

/// The line without the sequences that colour it on a terminal.
pub fn without_colours(line: &[u8]) -> Cow<'_, [u8]> {
    const ESCAPE: u8 = 0x1b;
    if memchr::memchr(ESCAPE, line).is_none() {
        return Cow::Borrowed(line);
    }
    let mut plain = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = memchr::memchr(ESCAPE, rest) {
        plain.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(sequence) = rest.strip_prefix(b"[") {
            let end = sequence.iter().position(|it| (0x40..=0x7e).contains(it));
            rest = end.map_or(&[][..], |end| &sequence[end + 1..]);
        }
    }
    plain.extend_from_slice(rest);
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_has_no_colours_without_their_sequences() {
        for (line, plain) in [
            ("DEBUG >>> 62,1", "DEBUG >>> 62,1"),
            (
                "\u{1b}[36mDEBUG\u{1b}[0m \u{1b}[1;2m>>> 62,1\u{1b}[0m",
                "DEBUG >>> 62,1",
            ),
            ("cut \u{1b}[36", "cut "),
            ("\u{1b}", ""),
        ] {
            assert_eq!(without_colours(line.as_bytes()).as_ref(), plain.as_bytes());
        }
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        assert_eq!(clean("ibgateway — Größe", 80), "ibgateway — Größe");
    }

    #[test]
    fn an_escape_sequence_cannot_reach_the_terminal() {
        assert_eq!(clean("a\x1b[2Jb\r\n\u{9b}c\u{7f}", 80), "a�[2Jb���c�");
        assert_eq!(clean("\u{202e}gpj.exe\u{2066}", 80), "�gpj.exe�");
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(clean("abcdef", 6), "abcdef");
        assert_eq!(clean("abcdefg", 6), "abcde…");
        assert_eq!(clean("abc", 0), "");
    }

    #[test]
    fn what_is_scrubbed_keeps_its_lines_and_nothing_else_that_steers() {
        assert_eq!(scrub("a\nb\u{1b}[2J\0\u{202e}c"), "a\nb�[2J��c");
    }

    #[test]
    fn no_command_to_a_ci_server_is_kept_wherever_it_stands() {
        for (text, safe) in [
            ("a ##[error]x", "a ##�error]x"),
            ("##vso[task.setvariable]x", "##vso�task.setvariable]x"),
            ("###[group]", "###�group]"),
            ("#[derive] a[0] ##", "#[derive] a[0] ##"),
        ] {
            assert_eq!(clean(text, 80), safe);
            assert_eq!(scrub(text), safe);
        }
    }

    #[test]
    fn no_noncharacter_of_any_plane_is_kept_and_their_neighbours_are() {
        let ends = (0..=16).flat_map(|plane| [0xfffe, 0xffff].map(|end| plane << 16 | end));
        let all: Vec<char> = (0xfdd0..=0xfdef)
            .chain(ends)
            .filter_map(char::from_u32)
            .collect();
        assert_eq!(all.len(), 66);
        for character in all {
            let text = format!("a{character}b");
            assert_eq!(clean(&text, 80), "a�b", "{character:?}");
            assert_eq!(scrub(&text), "a�b", "{character:?}");
        }
        let neighbours = "\u{fdcf}\u{fdf0}\u{fffd}\u{10000}\u{1fffd}\u{10fffd}";
        assert_eq!(clean(neighbours, 80), neighbours);
        assert_eq!(scrub(neighbours), neighbours);
    }

    proptest! {
        #[test]
        fn anything_becomes_short_and_safe(text in ".*", max in 0_usize..40) {
            let cleaned = clean(&text, max);
            prop_assert!(cleaned.chars().count() <= max);
            prop_assert!(!cleaned.chars().any(is_unsafe));
            prop_assert_eq!(clean(&cleaned, max), cleaned);
        }
    }
}
