//! What stands in `contrib/`: every option in it is one of `ibdoc watch`, and every metric one that it
//! has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use ibdoc::commands::{Cli, Command};
use ibdoc::event::State;
use ibdoc::finding::Code;
use ibdoc::machine::vitals::VitalSigns;
use ibdoc::render::watch_metrics;
use ibdoc::report::{Times, Watch, WatchSockets, Watched};

#[cfg(target_os = "linux")]
use crate::helpers::command::{PATH, skipped};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn contrib() -> Vec<(String, String)> {
    let mut found = Vec::new();
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib"),
        &mut found,
    );
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a text");
        (path.display().to_string(), text)
    };
    found.into_iter().map(read).collect()
}

/// The words of a text that begin so, as far as letters of names go.
fn words<'a>(text: &'a str, start: &str) -> BTreeSet<&'a str> {
    let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
    let places = text.match_indices(start).map(|(at, _)| at);
    let words = places.map(|at| {
        let rest = &text[at..];
        &rest[..rest.find(|it| !is_name(it)).unwrap_or(rest.len())]
    });
    words.collect()
}

/// The command lines of a file, each without the program's own name.
fn command_lines(path: &str, text: &str) -> Vec<Vec<String>> {
    let words = |line: &str| line.split(' ').map(str::to_owned).collect();
    if path.contains("launchd") {
        let (_, rest) = text
            .split_once("<key>ProgramArguments</key>")
            .expect("arguments");
        let (array, _) = rest.split_once("</array>").expect("an array");
        let strings = array.split("<string>").skip(2);
        let strings = strings.filter_map(|it| Some(it.split_once("</string>")?.0.to_owned()));
        return vec![strings.collect()];
    }
    let typed = |line: &str| {
        let line = line.trim();
        // A list of YAML in one line is one of JSON too.
        let list = ["command: ", "args: "]
            .iter()
            .find_map(|key| line.strip_prefix(key));
        #[expect(
            clippy::disallowed_methods,
            reason = "a manifest, not printed by ibdoc"
        )]
        let list = list.map(|list| serde_json::from_str::<Vec<String>>(list).expect("a list"));
        let service = line.strip_prefix("ExecStart=/usr/bin/ibdoc ");
        list.or_else(|| service.map(|line| words(&line.replace("%i", "4002"))))
    };
    text.lines().filter_map(typed).collect()
}

#[test]
fn every_command_line_there_is_one_of_the_watch() {
    let mut seen = 0;
    for (path, text) in contrib() {
        for line in command_lines(&path, &text) {
            let all = ["ibdoc".to_owned()].into_iter().chain(line.iter().cloned());
            let parsed = Cli::try_parse_from(all);
            let is_watch = parsed.is_ok_and(|it| matches!(it.command, Command::Watch(_)));
            assert!(is_watch, "{path}: {line:?}");
            seen += 1;
        }
    }
    assert_eq!(seen, 4, "systemd, launchd, compose, Kubernetes");
}

#[cfg(target_os = "linux")]
#[test]
fn systemd_takes_the_unit() {
    let folder = tempfile::tempdir().expect("a folder");
    let unit = include_str!("../../../contrib/systemd/ibdoc-watch@.service");
    let unit = unit.replace("/usr/bin/ibdoc", env!("CARGO_BIN_EXE_ibdoc"));
    let path = folder.path().join("ibdoc-watch@4002.service");
    fs::write(&path, unit).expect("the unit");
    let mut verify = std::process::Command::new("systemd-analyze");
    verify
        .env("PATH", PATH)
        .args(["verify", "--man=no"])
        .arg(&path);
    let Ok(said) = verify.output() else {
        return skipped("no systemd-analyze");
    };
    let words = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{words}");
    assert!(!words.contains("ibdoc-watch"), "{words}");
}

/// Figures in which each kind stands.
fn figures() -> Watch {
    let mut target = Watched {
        address: "127.0.0.1:4002".to_owned(),
        state: State::Down,
        code: Some(Code::Dropped),
        sockets: Some(WatchSockets {
            accept_queue: Some(0),
            accept_queue_limit: Some(50),
            ..WatchSockets::default()
        }),
        last_success_seconds: Some(1.0),
        vitals: Some(VitalSigns {
            heap_used_bytes: Some(1),
            heap_max_bytes: Some(2),
            collecting: Some(0.0),
            at_safepoints: Some(0.0),
            ..VitalSigns::default()
        }),
        ..Watched::default()
    };
    target.sessions.age_seconds = Some(1.0);
    target.sessions.drops.insert(Code::Dropped, 1);
    target.sessions.failures.insert(Code::Dropped, 1);
    target
        .stages
        .insert("accounts".to_owned(), Times::default());
    target.notices.insert("2103".to_owned(), 1);
    Watch {
        targets: vec![target],
        ..Watch::default()
    }
}

#[test]
fn every_metric_there_is_one_that_the_watch_has() {
    let metrics = watch_metrics(&figures(), false);
    let mut seen = 0;
    for (path, text) in contrib() {
        if !path.contains("grafana") && !path.ends_with("rules.yml") {
            continue;
        }
        for name in words(&text, "ibdoc_") {
            let has =
                metrics.contains(&format!("\n{name}{{")) || metrics.contains(&format!("\n{name} "));
            assert!(has, "{path}: {name}");
            seen += 1;
        }
    }
    assert!(seen >= 15, "only {seen} metrics");
}

#[test]
fn the_board_is_json_with_a_question_in_each_panel() {
    let board = include_str!("../../../contrib/grafana/ibdoc.json");
    #[expect(clippy::disallowed_methods, reason = "a board, not printed by ibdoc")]
    let board: BoardFile = serde_json::from_str(board).expect("a board");
    assert!(board.panels.len() >= 10);
    let asks = |panel: &Panel| panel.targets.iter().all(|it| it.expr.contains("ibdoc_"));
    assert!(
        board
            .panels
            .iter()
            .all(|it| !it.targets.is_empty() && asks(it))
    );
}

#[derive(serde::Deserialize)]
struct BoardFile {
    panels: Vec<Panel>,
}

#[derive(serde::Deserialize)]
struct Panel {
    targets: Vec<Question>,
}

#[derive(serde::Deserialize)]
struct Question {
    expr: String,
}
