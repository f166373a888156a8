//! What is seen on a terminal of so many columns and rows: `script` makes one.

#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};

use crate::helpers::command::{PATH, skipped};

/// What is written to a terminal of that size, stdout and stderr, or `None` where none can be made.
fn on_terminal(columns: u16, rows: u16, arguments: &str) -> Option<String> {
    let ibdoc = env!("CARGO_BIN_EXE_ibdoc");
    let typed = format!("stty cols {columns} rows {rows} && exec {ibdoc} {arguments}");
    let output = Command::new("timeout")
        .args(["60", "script", "-qec", &typed, "/dev/null"])
        .env_clear()
        .env("PATH", PATH)
        .env("TERM", "xterm")
        .env("SHELL", "/bin/sh")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) if !output.stdout.is_empty() => {
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        _ => {
            skipped("no terminal can be made: script (bsdutils) or stty is missing");
            None
        }
    }
}

/// The pieces that are drawn one over the other, without what steers the terminal.
fn pieces(written: &str) -> Vec<String> {
    let steered = written.split('\u{1b}').enumerate().map(|(index, piece)| {
        let letter = piece.find(|c: char| c.is_ascii_alphabetic());
        match (index, letter) {
            (0, _) | (_, None) => piece.to_owned(),
            (_, Some(letter)) => format!("\r{}", &piece[letter + 1..]),
        }
    });
    let all: String = steered.collect();
    let pieces = all.split(['\r', '\n']).filter(|piece| !piece.is_empty());
    pieces.map(str::to_owned).collect()
}

#[test]
fn a_held_session_counts_down_in_a_line_that_fits_also_after_a_drop() {
    for columns in [40_u16, 60, 80] {
        let soak = "soak --sim --scenario drops-after=1 --attempts 0 --minutes 0.06";
        let Some(written) = on_terminal(columns, 24, soak) else {
            return;
        };
        let pieces = pieces(&written);
        let progress = pieces.iter().filter(|piece| piece.contains(" s left, "));
        let mut progress: Vec<&str> = progress.map(String::as_str).collect();
        let width = usize::from(columns);
        let wide = progress.iter().find(|line| line.chars().count() >= width);
        assert_eq!(wide, None, "{columns}");
        assert!(
            progress.iter().any(|line| line.contains("1 drop")),
            "{progress:?}"
        );
        let left = |line: &str| line.split(" s left").next().map(str::to_owned);
        progress.dedup_by_key(|line| left(line));
        assert!(progress.len() > 2, "it does not count down: {progress:?}");
    }
}

#[test]
fn the_doctor_names_what_it_waits_for_and_for_how_long() {
    let doctor = "doctor --sim --scenario silent --timeout 2s --quick";
    let Some(written) = on_terminal(80, 24, doctor) else {
        return;
    };
    let pieces = pieces(&written);
    let named = |piece: &String| {
        piece.starts_with("waiting for the version, ") && piece.trim_end().ends_with(" s of 2 s")
    };
    assert!(pieces.iter().any(named), "{pieces:?}");
}

#[test]
fn text_follows_the_width_and_a_long_one_ends_with_its_verdict() {
    for (columns, width) in [(60, 60), (100, 100), (200, 100)] {
        let soak = "soak --sim --attempts 12 --gap 0s";
        let Some(written) = on_terminal(columns, 24, soak) else {
            return;
        };
        let pieces = pieces(&written);
        let begins = |piece: &String| piece.contains("healthy: 12 of 12 handshakes");
        let begin = pieces.iter().position(begins);
        let text = &pieces[begin.unwrap_or_else(|| panic!("no verdict in {written}"))..];
        let wide = text.iter().find(|line| line.chars().count() > width);
        assert_eq!(wide, None, "{columns}");
        assert!(text.len() > 24, "{text:?}");
        assert!(text.last().is_some_and(begins), "{text:?}");
        for torn in ["sync:account-summary", "MILLISECONDS"] {
            assert!(text.iter().any(|line| line.contains(torn)), "{text:?}");
        }
    }
}

#[test]
fn a_short_text_says_its_verdict_once() {
    let Some(written) = on_terminal(80, 40, "handshake --sim") else {
        return;
    };
    assert_eq!(written.matches("answers the API").count(), 1, "{written}");
}
