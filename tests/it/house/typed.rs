//! What the documents say to type is what ibdoc takes: each command and each option in them is one.

use std::collections::BTreeSet;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use ibdoc::commands::Cli;

const README: &str = include_str!("../../../README.md");
const DOCUMENTS: [(&str, &str); 3] = [
    ("README.md", README),
    ("CONTRIBUTING.md", include_str!("../../../CONTRIBUTING.md")),
    (
        "contrib/README.md",
        include_str!("../../../contrib/README.md"),
    ),
];

#[test]
fn every_command_of_the_documents_is_one_that_ibdoc_takes() {
    let mut count = 0;
    for (document, text) in DOCUMENTS {
        let (spans, blocks) = code(text);
        for line in spans.iter().chain(&blocks) {
            for arguments in commands(line).iter().filter_map(|words| arguments(words)) {
                count += 1;
                let Err(error) = Cli::try_parse_from(&arguments) else {
                    continue;
                };
                // A command that is only named, and what prints help or the version.
                let is_named =
                    arguments.len() == 2 && error.kind() == ErrorKind::MissingRequiredArgument;
                assert!(
                    is_named || !error.use_stderr(),
                    "{document}: {line}\n{error}"
                );
            }
        }
    }
    assert!(count > 80, "only {count} commands");
}

#[test]
fn every_option_that_the_readme_names_is_one() {
    let mut known = BTreeSet::new();
    let mut open = vec![Cli::command()];
    while let Some(command) = open.pop() {
        let options = command.get_arguments().filter_map(clap::Arg::get_long);
        known.extend(options.map(|option| format!("--{option}")));
        open.extend(command.get_subcommands().cloned());
    }
    known.extend(["--help", "--version"].map(str::to_owned));
    // An option of cargo's.
    known.insert("--features".to_owned());
    let (spans, _) = code(README);
    let named = spans.iter().filter(|span| span.starts_with("--"));
    let options: Vec<&str> = named
        .filter_map(|span| span.split([' ', '=', '`']).next())
        .collect();
    assert!(options.len() > 30, "only {options:?}");
    for option in options {
        assert!(known.contains(option), "{option}");
    }
}

/// The pieces of code in the lines of a document, and the lines of its blocks, each whole.
fn code(text: &str) -> (Vec<String>, Vec<String>) {
    let whole = text.replace("\\\n", " ").replace("|\n", "| ");
    let (mut prose, mut blocks) = (String::new(), Vec::new());
    let mut kind = None;
    for line in whole.lines() {
        match (line.strip_prefix("```"), kind) {
            (Some(opened), None) => kind = Some(opened),
            (Some(_), Some(_)) => kind = None,
            (None, None) => prose.extend([line.trim_start(), " "]),
            // What a command prints is no command.
            (None, Some("console")) if !line.starts_with("$ ") => {}
            (None, Some(_)) => blocks.push(line.to_owned()),
        }
    }
    let spans = prose.split('`').skip(1).step_by(2).map(str::to_owned);
    (spans.collect(), blocks)
}

/// The simple commands of a line of a shell, or of a list in YAML or of a container's file, as words.
fn commands(line: &str) -> Vec<Vec<String>> {
    let (mut commands, mut words, mut word) = (vec![], vec![], None::<String>);
    let mut quote = None;
    let line = line.replace("[\"", "\"").replace("\", \"", "\" \"");
    for letter in line.chars() {
        match (letter, quote) {
            (_, Some(open)) if letter == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            ('#', None) if word.is_none() => break,
            (' ' | '\t' | '|' | '&' | ';' | '>' | ']', None) => {
                words.extend(word.take());
                if !letter.is_whitespace() {
                    commands.push(std::mem::take(&mut words));
                }
            }
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    commands.push(words);
    commands
}

/// What is given to ibdoc in a command, its name first; nothing where it is not run.
fn arguments(words: &[String]) -> Option<Vec<String>> {
    let is_ibdoc = |word: &String| word == "ibdoc" || word.ends_with("/ibdoc");
    let is_run = words
        .iter()
        .take(2)
        .map(String::as_str)
        .eq(["cargo", "run"]);
    let first = if is_run {
        words.iter().position(|word| word == "--")?
    } else {
        words.iter().position(is_ibdoc)?
    };
    let is_copied = first > 0 && ["cp", "import"].contains(&words[first - 1].as_str());
    // `…` stands for what is left out.
    let rest = words[first + 1..].iter().filter(|word| *word != "…");
    let rest: Vec<String> = rest.cloned().collect();
    let is_given = !is_copied && !rest.is_empty();
    is_given.then(|| std::iter::once("ibdoc".to_owned()).chain(rest).collect())
}
