//! The completions of one shell, from the definition of the command line.

use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, CommandFactory, ValueEnum};

use crate::commands::Cli;
use crate::finding::Code;
use crate::sim::Scenario;
use crate::target::Target;

/// A shell that can complete the options, commands and values of `ibdoc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "each is a shell by its name")]
pub enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

/// The script that a shell reads to complete what is typed after `ibdoc`.
pub fn completions(shell: Shell) -> String {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Elvish => clap_complete::Shell::Elvish,
        Shell::Fish => clap_complete::Shell::Fish,
        Shell::Powershell => clap_complete::Shell::PowerShell,
        Shell::Zsh => clap_complete::Shell::Zsh,
    };
    let mut script = Vec::new();
    let mut offered = offered(&Cli::command());
    clap_complete::generate(shell, &mut offered, "ibdoc", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if shell == clap_complete::Shell::Fish {
        script.extend(offered.get_subcommands().filter_map(positional_in_fish));
    }
    script
}

/// The values of what is typed after a command without an option: the generator leaves them out for
/// fish. Files are offered too where a program of the user's may follow.
fn positional_in_fish(command: &Command) -> Option<String> {
    let mut positionals = command.get_positionals();
    let values = positionals.find_map(|arg| {
        let values = arg.get_possible_values();
        let names = values.iter().map(|value| value.get_name().to_owned());
        let names: Vec<String> = names.collect();
        (!names.is_empty()).then(|| names.join(" "))
    })?;
    let takes_program = command.get_positionals().any(Arg::is_last_set);
    let no_files = if takes_program { "" } else { " -f" };
    let name = command.get_name();
    Some(format!(
        "complete -c ibdoc -n \"__fish_ibdoc_using_subcommand {name}\"{no_files} -a \"{values}\"\n"
    ))
}

/// The command as completions offer it: without hidden options, and with the values of targets,
/// scenarios and finding codes, which the command line itself parses in other ways.
fn offered(command: &Command) -> Command {
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
    let mut copy = Command::new(command.get_name().to_owned())
        .args(shown.cloned().map(with_values))
        .subcommands(command.get_subcommands().map(offered));
    if let Some(about) = command.get_about() {
        copy = copy.about(about.clone());
    }
    match command.get_version() {
        Some(version) => copy.version(version.to_owned()),
        None => copy,
    }
}

fn with_values(arg: Arg) -> Arg {
    let values: Vec<String> = match arg.get_id().as_str() {
        "target" | "targets" => Target::names().map(str::to_owned).collect(),
        "scenario" => Scenario::forms().map(|form| up_to_value(&form)).collect(),
        "page" => super::man::commands(),
        "words" => Code::ALL
            .iter()
            .map(|code| code.name().to_owned())
            .collect(),
        _ => return arg,
    };
    arg.value_parser(PossibleValuesParser::new(values))
}

/// `accounts-late=` of `accounts-late=SECONDS`: what follows is for the user to say.
fn up_to_value(form: &str) -> String {
    match form.split_once('=') {
        Some((name, _)) => format!("{name}="),
        None => form.to_owned(),
    }
}
