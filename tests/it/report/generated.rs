//! Completions and man pages, generated from the command line's definition and committed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

#[cfg(feature = "portable")]
use clap::Command;
use clap::CommandFactory;
use ibdoc::commands::{Cli, Shell, completions as completions_of, man_page};
use ibdoc::finding::verdict::ExitStatus;

/// Writes the files instead of comparing them.
const BLESS: &str = "IBDOC_BLESS=1 cargo test report::";

const SHELLS: [Shell; 5] = [
    Shell::Bash,
    Shell::Zsh,
    Shell::Fish,
    Shell::Powershell,
    Shell::Elvish,
];

type Files = BTreeMap<PathBuf, String>;

#[test]
fn the_committed_completions_are_those_of_the_command_line() {
    compare("completions", &completions());
}

#[test]
fn the_committed_man_pages_are_those_of_the_command_line() {
    compare("man", &man_pages());
}

#[test]
fn every_man_page_lists_every_exit_status() {
    for (path, page) in man_pages() {
        for status in ExitStatus::ALL {
            let meaning = status.meaning().replace('-', "\\-");
            let entry = format!("\\fB{}\\fR\n{meaning}\n", status.code());
            assert!(page.contains(&entry), "{}: {entry}", path.display());
        }
    }
}

#[cfg(feature = "portable")]
#[test]
fn nothing_generated_names_a_hidden_option() {
    let hidden = hidden_options(&Cli::command());
    assert!(!hidden.is_empty());
    for (path, text) in completions().into_iter().chain(man_pages()) {
        for option in &hidden {
            assert!(!text.contains(option), "{}: {option}", path.display());
        }
    }
}

fn completions() -> Files {
    let names = [
        "ibdoc.bash",
        "_ibdoc",
        "ibdoc.fish",
        "_ibdoc.ps1",
        "ibdoc.elv",
    ];
    let files = names.iter().zip(SHELLS);
    files
        .map(|(name, shell)| (Path::new("completions").join(name), completions_of(shell)))
        .collect()
}

fn man_pages() -> Files {
    let root = Cli::command();
    let of_commands = root.get_subcommands().map(|command| {
        let name = command.get_name();
        let path = Path::new("man").join(format!("ibdoc-{name}.1"));
        (path, man_page(Some(name)))
    });
    let own = (Path::new("man").join("ibdoc.1"), man_page(None));
    of_commands.chain([own]).collect()
}

#[cfg(feature = "portable")]
fn hidden_options(command: &Command) -> Vec<String> {
    let hidden = command.get_arguments().filter(|arg| arg.is_hide_set());
    hidden
        .filter_map(clap::Arg::get_long)
        .map(|long| format!("--{long}"))
        .collect()
}

/// Holds the files of `folder` against what was generated, or writes them when asked to.
fn compare(folder: &str, generated: &Files) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if env::var_os("IBDOC_BLESS").is_some() {
        // A page whose command has gone must go too.
        let _ = fs::remove_dir_all(root.join(folder));
        fs::create_dir(root.join(folder)).expect("a folder");
        for (path, text) in generated {
            fs::write(root.join(path), text).expect("a file");
        }
        return;
    }
    let committed = committed(root, folder);
    let differs = |path: &&PathBuf| committed.get(*path) != generated.get(*path);
    let paths: BTreeSet<&PathBuf> = committed
        .keys()
        .chain(generated.keys())
        .filter(differs)
        .collect();
    assert!(
        paths.is_empty(),
        "out of date: {paths:?}; update with: {BLESS}"
    );
}

fn committed(root: &Path, folder: &str) -> Files {
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        return Files::new();
    };
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.expect("an entry");
        let text = fs::read_to_string(entry.path()).expect("text");
        (Path::new(folder).join(entry.file_name()), text)
    };
    entries.map(read).collect()
}
