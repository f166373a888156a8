//! What stands in `contrib/`: every option in it is one of `ibdoc watch`, and every metric one that it
//! has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ibdoc::event::State;
use ibdoc::finding::Code;
use ibdoc::render::watch_metrics;
use ibdoc::report::{Times, Watch, WatchSockets, Watched};

use crate::helpers::command::run;

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

#[test]
fn every_option_there_is_one_of_the_watch() {
    let help = run(&["watch", "--help"]).stdout;
    let mut seen = 0;
    for (path, text) in contrib() {
        let lines = text.lines().filter(|line| {
            line.contains("ibdoc watch")
                || line.contains("\"watch\"")
                || line.contains("<string>--")
        });
        for option in lines.flat_map(|line| words(line, "--")) {
            if option.len() > 2 && option != "--now" {
                assert!(help.contains(option), "{path}: {option}");
                seen += 1;
            }
        }
    }
    assert!(seen >= 5, "only {seen} options");
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
