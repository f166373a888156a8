//! Completions, manual pages, examples and the facts of the build, as the program prints them.

use std::fs;
use std::path::Path;
use std::process::Command;

use clap::{CommandFactory, Parser};
use ibdoc::commands::Cli;

use crate::helpers::command::{run, skipped};

#[test]
fn the_program_prints_the_files_that_are_committed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases: [(&[&str], &str); 7] = [
        (&["completions", "bash"], "completions/ibdoc.bash"),
        (&["completions", "zsh"], "completions/_ibdoc"),
        (&["completions", "fish"], "completions/ibdoc.fish"),
        (&["completions", "powershell"], "completions/_ibdoc.ps1"),
        (&["completions", "elvish"], "completions/ibdoc.elv"),
        (&["man"], "man/ibdoc.1"),
        (&["man", "zombies"], "man/ibdoc-zombies.1"),
    ];
    for (arguments, file) in cases {
        let ran = run(arguments);
        let committed = fs::read_to_string(root.join(file)).expect("a committed file");
        assert_eq!(ran.status, 0, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stdout == committed, "{file} differs from {arguments:?}");
    }
}

#[test]
fn a_page_of_no_command_and_a_shell_that_is_none_name_those_that_there_are() {
    let page = run(&["man", "nonsense"]);
    assert_eq!(page.status, 2);
    assert!(page.stderr.contains("handshake"), "{}", page.stderr);
    let shell = run(&["completions", "nonsense"]);
    assert_eq!(shell.status, 2);
    assert!(shell.stderr.contains("zsh"), "{}", shell.stderr);
}

#[test]
fn a_real_bash_completes_targets_codes_scenarios_clients_and_pages() {
    const SCRIPT: &str = r#"
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _ibdoc ibdoc "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        echo "${COMPREPLY[*]}"
    "#;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions/ibdoc.bash");
    let cases: [(&[&str], &str); 6] = [
        (&["doctor", "pap"], "paper"),
        (&["probe", "tws-l"], "tws-live"),
        (&["explain", "accounts-la"], "accounts-late"),
        (&["doctor", "--scenario", "accounts-la"], "accounts-late="),
        (&["handshake", "--as", "ib_"], "ib_insync ib_async"),
        (&["man", "zom"], "zombies"),
    ];
    for (typed, expected) in cases {
        let output = Command::new("bash")
            .args(["--norc", "-c", SCRIPT, "bash"])
            .arg(&file)
            .arg("ibdoc")
            .args(typed)
            .output();
        let Ok(output) = output else {
            return skipped("no bash");
        };
        let offered = String::from_utf8_lossy(&output.stdout);
        assert_eq!(offered.trim(), expected, "{typed:?}: {output:?}");
    }
}

#[test]
fn every_command_has_examples_and_each_is_a_command_line_that_is_taken() {
    let mut commands = Cli::command();
    commands.build();
    let names: Vec<&str> = commands
        .get_subcommands()
        .map(clap::Command::get_name)
        .collect();
    for name in names.into_iter().filter(|name| *name != "help") {
        let help = run(&[name, "-h"]);
        let (_, examples) = help.stdout.split_once("Examples:").expect("examples");
        let lines = examples
            .lines()
            .filter_map(|line| line.strip_prefix("  ibdoc "));
        let mut seen = 0;
        for line in lines {
            // What a shell does with the rest of the line is not for the command line to parse.
            let own = line.split(['|', '>']).next().expect("a part");
            let words = format!("ibdoc {own}");
            let words = words.split('"').enumerate().flat_map(|(index, part)| {
                let is_quoted = index % 2 == 1;
                let split: Vec<&str> = if is_quoted {
                    vec![part]
                } else {
                    part.split_whitespace().collect()
                };
                split
            });
            let parsed = Cli::try_parse_from(words);
            assert!(parsed.is_ok(), "{line}: {}", parsed.expect_err("an error"));
            seen += 1;
        }
        assert!(seen > 0, "{name} has no example");
    }
}

#[test]
fn the_version_tells_how_the_program_was_built_when_asked_for_more() {
    let short = run(&["--version"]).stdout;
    assert_eq!(short.lines().count(), 1, "{short}");
    for arguments in [
        ["--version", "-v"],
        ["-v", "--version"],
        ["-V", "--verbose"],
    ] {
        let long = run(&arguments).stdout;
        assert!(long.starts_with(short.trim()), "{long}");
        for fact in [
            "system:",
            std::env::consts::ARCH,
            "API versions: 100..226",
            "ibdoc/1",
        ] {
            assert!(long.contains(fact), "{fact}: {long}");
        }
    }
}
