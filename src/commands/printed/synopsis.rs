//! The SYNOPSIS of a manual page: every option with its value, as it can be typed.

use clap::{Arg, ArgAction, Command};
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

/// The section in roff.
pub(super) fn section(command: &Command) -> String {
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    let name = command.get_bin_name().unwrap_or(command.get_name());
    if command.has_subcommands() {
        for inner in command.get_subcommands() {
            let mut line = vec![bold(format!("{name} {}", inner.get_name()))];
            line.push(roman(" [options]"));
            operands(inner, &mut line);
            roff.text(line);
            roff.control("br", []);
        }
        let asked = "{--help|--version|help [COMMAND]}";
        roff.text([bold(name), roman(format!(" {asked}"))]);
        return roff.to_roff();
    }
    let mut line = vec![bold(name)];
    let own = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set() && !arg.is_positional() && !arg.is_global_set());
    own.for_each(|arg| option(arg, &mut line));
    line.push(roman(" [global options]"));
    operands(command, &mut line);
    roff.text(line);
    roff.to_roff()
}

/// ` [-i|--interactive]`, ` [--port P]...`
fn option(arg: &Arg, line: &mut Vec<Inline>) {
    let required = arg.is_required_set();
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    line.push(roman(if required { " " } else { " [" }));
    line.push(bold(names.join("|")));
    let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    if let (true, Some(values)) = (takes_value, arg.get_value_names()) {
        let optional = arg
            .get_num_args()
            .is_some_and(|many| many.min_values() == 0);
        let (open, close) = if optional { ("[=", "]") } else { (" ", "") };
        line.push(roman(open));
        line.push(italic(values.join(" ")));
        line.push(roman(close));
    }
    if !required {
        line.push(roman("]"));
    }
    if matches!(arg.get_action(), ArgAction::Append | ArgAction::Count) {
        line.push(roman("..."));
    }
}

/// ` [TARGET]...`, ` [-- CMD...]`
fn operands(command: &Command, line: &mut Vec<Inline>) {
    for arg in command.get_positionals().filter(|arg| !arg.is_hide_set()) {
        let name = arg.get_value_names().map(|names| names.join(" "));
        let name = name.unwrap_or_else(|| arg.get_id().to_string());
        let last = if arg.is_last_set() { "-- " } else { "" };
        let many = arg.get_num_args().is_some_and(|many| many.max_values() > 1)
            || matches!(arg.get_action(), ArgAction::Append);
        let many = if many { "..." } else { "" };
        let (open, close) = if arg.is_required_set() {
            (" ", "")
        } else {
            (" [", "]")
        };
        line.push(roman(format!("{open}{last}")));
        line.push(italic(name));
        line.push(roman(format!("{many}{close}")));
    }
}
