//! Completions and man pages, generated from the command line's definition and committed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use clap::{Command, CommandFactory};
use clap_complete::{Generator, Shell};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use ibdoc::commands::Cli;
use ibdoc::finding::Code;
use ibdoc::finding::verdict::ExitStatus;

/// Writes the files instead of comparing them.
const BLESS: &str = "IBDOC_BLESS=1 cargo test --test it generated";

const SHELLS: [Shell; 5] = [
    Shell::Bash,
    Shell::Zsh,
    Shell::Fish,
    Shell::PowerShell,
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
    let generate = |shell: Shell| {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut visible(&Cli::command()), "ibdoc", &mut text);
        let path = Path::new("completions").join(shell.file_name("ibdoc"));
        (path, utf8(text))
    };
    SHELLS.into_iter().map(generate).collect()
}

fn man_pages() -> Files {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let mut pages = Files::from([man_page(&root)]);
    pages.extend(root.get_subcommands().map(man_page));
    pages
}

/// One page: what clap knows, and the sections that it does not write.
fn man_page(command: &Command) -> (PathBuf, String) {
    // No date, or the pages would change with it; an empty one would move the words behind it.
    let man = Man::new(command.clone())
        .date(" ")
        .source(concat!("ibdoc ", env!("CARGO_PKG_VERSION")))
        .manual("ibdoc manual");
    let mut page = section(|text| man.render_title(text));
    // Each section comes with the preamble of a whole page.
    let preamble = section(|text| Roff::new().to_writer(text));
    let mut add = |text: String| page.push_str(text.strip_prefix(&preamble).unwrap_or(&text));
    add(section(|text| man.render_name_section(text)));
    add(section(|text| man.render_synopsis_section(text)));
    add(section(|text| man.render_description_section(text)));
    add(section(|text| man.render_options_section(text)));
    if command.has_subcommands() {
        add(section(|text| man.render_subcommands_section(text)));
    }
    add(exit_status());
    add(environment(command));
    if command.get_name() == "explain" {
        add(findings());
    }
    (Path::new("man").join(man.get_filename()), page)
}

fn section(render: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut text = Vec::new();
    render(&mut text).expect("writing to memory");
    utf8(text)
}

fn exit_status() -> String {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for status in ExitStatus::ALL {
        roff.control("TP", []);
        roff.text([bold(status.code().to_string())]);
        roff.text([roman(status.meaning())]);
    }
    roff.to_roff()
}

fn environment(command: &Command) -> String {
    let mut roff = Roff::new();
    roff.control("SH", ["ENVIRONMENT"]);
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        if let Some(variable) = arg.get_env() {
            let long = arg.get_long().map(|long| format!("--{long}"));
            let name = long.unwrap_or_else(|| {
                arg.get_value_names()
                    .map_or_else(String::new, |names| names[0].to_string())
            });
            roff.control("TP", []);
            roff.text([bold(variable.to_string_lossy())]);
            roff.text([roman("Stands for "), bold(name), roman(".")]);
        }
    }
    roff.control("TP", []);
    roff.text([bold("NO_COLOR")]);
    roff.text([
        roman("Switches colour off unless "),
        bold("--color"),
        roman(" says otherwise."),
    ]);
    roff.to_roff()
}

/// Every finding code, from the table that feeds findings and explanations.
fn findings() -> String {
    let mut roff = Roff::new();
    roff.control("SH", ["FINDINGS"]);
    for code in Code::ALL {
        roff.control("TP", []);
        roff.text([bold(code.name())]);
        roff.text([roman(format!(
            "{} Recognised by: {}.",
            code.meaning(),
            code.seen()
        ))]);
    }
    roff.to_roff()
}

/// The command without its hidden options: completions would offer them.
fn visible(command: &Command) -> Command {
    let mut copy = Command::new(command.get_name().to_owned())
        .args(command.get_arguments().filter(|arg| !arg.is_hide_set()))
        .subcommands(command.get_subcommands().map(visible));
    if let Some(about) = command.get_about() {
        copy = copy.about(about.clone());
    }
    match command.get_version() {
        Some(version) => copy.version(version.to_owned()),
        None => copy,
    }
}

#[cfg(feature = "portable")]
fn hidden_options(command: &Command) -> Vec<String> {
    let hidden = command.get_arguments().filter(|arg| arg.is_hide_set());
    hidden
        .filter_map(clap::Arg::get_long)
        .map(|long| format!("--{long}"))
        .collect()
}

fn utf8(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("UTF-8")
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
