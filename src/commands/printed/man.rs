//! The manual pages in roff, from the definition of the command line and the tables behind it.

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use super::synopsis;
use crate::commands::{Cli, examples};
use crate::finding::Code;
use crate::finding::verdict::ExitStatus;
use crate::text::alike::did_you_mean;

/// The page of one command by its name, or of `ibdoc` itself; empty for a command that is none.
pub fn man_page(command: Option<&str>) -> String {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    match command {
        None => page(&root),
        Some(name) => root.find_subcommand(name).map(page).unwrap_or_default(),
    }
}

/// The names of the commands, each of which has a page.
pub(super) fn commands() -> Vec<String> {
    let root = Cli::command();
    let names = root.get_subcommands().map(Command::get_name);
    names.map(str::to_owned).collect()
}

/// Parses the name of a command; errs with the names that there are.
pub(super) fn is_command(name: &str) -> Result<String, String> {
    let names = commands();
    if names.iter().any(|known| known == name) {
        return Ok(name.to_owned());
    }
    let meant = did_you_mean(name, &names);
    Err(format!("expected one of {}{meant}", names.join(", ")))
}

/// One page: what clap knows, and the sections that it does not write.
fn page(command: &Command) -> String {
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
    add(synopsis::section(command));
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
    add(shown_examples(command));
    page
}

fn section(render: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = render(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn exit_status() -> String {
    let rows = ExitStatus::ALL.iter().map(|status| {
        let term = vec![bold(status.code().to_string())];
        (term, vec![roman(status.meaning())])
    });
    list("EXIT STATUS", rows)
}

fn environment(command: &Command) -> String {
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
    let of_options = shown.filter_map(|arg| {
        let variable = arg.get_env()?.to_string_lossy().into_owned();
        let value = arg.get_value_names().and_then(|names| names.first());
        let name = match (arg.get_long(), value) {
            (Some(long), _) => format!("--{long}"),
            (None, value) => value.map(ToString::to_string).unwrap_or_default(),
        };
        let meaning = vec![roman("Stands for "), bold(name), roman(".")];
        Some((vec![bold(variable)], meaning))
    });
    let no_color = vec![
        roman("Switches colour off unless "),
        bold("--color"),
        roman(" says otherwise."),
    ];
    let last = (vec![bold("NO_COLOR")], no_color);
    list("ENVIRONMENT", of_options.chain([last]))
}

/// Every finding code, from the table that feeds findings and explanations.
fn findings() -> String {
    let rows = Code::ALL.iter().map(|code| {
        let meaning = format!("{} Recognised by: {}.", code.meaning(), code.seen());
        (vec![bold(code.name())], vec![roman(meaning)])
    });
    list("FINDINGS", rows)
}

/// The examples of the help, as they are laid out there.
fn shown_examples(command: &Command) -> String {
    let help = command.get_after_help().map(ToString::to_string);
    let Some(examples) = help.as_deref().and_then(examples::of_help) else {
        return String::new();
    };
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]);
    roff.control("nf", []);
    roff.text([roman(examples)]);
    roff.control("fi", []);
    roff.to_roff()
}

/// A section of terms with their meanings.
fn list(title: &str, rows: impl Iterator<Item = (Vec<Inline>, Vec<Inline>)>) -> String {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (term, meaning) in rows {
        roff.control("TP", []);
        roff.text(term);
        roff.text(meaning);
    }
    roff.to_roff()
}
