//! `ibdoc completions` and `ibdoc man`: what the command line itself knows, for shells and for
//! `man`.

mod completions;
mod man;
mod synopsis;

use clap::Args;

use crate::commands::examples::shown;

pub use completions::{Shell, completions};
pub use man::man_page;

/// The JSON schema of what --json and --format ndjson print
///
/// One schema for both: it takes a report, and it takes each line of ndjson. It does not
/// depend on the format that is asked for.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc schema > ibdoc-1.json", "for a validator, or to generate types from"),
]))]
pub struct Schema;

/// The script that completes commands, options and values in a shell
///
/// It is what stands in `completions/`.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc completions bash > ~/.local/share/bash-completion/completions/ibdoc", "for bash, from the next shell on"),
]))]
pub struct Completions {
    /// The shell that is to complete
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// A manual page in roff, for `man -l -`
///
/// It is what stands in `man/`.
#[derive(Args, Debug)]
#[command(after_help = shown(&[
    ("ibdoc man soak | man -l -", "read the page of soak without installing it"),
]))]
pub struct Man {
    /// The command whose page it is; without one, the page of ibdoc itself
    #[arg(value_name = "COMMAND", value_parser = man::is_command)]
    pub page: Option<String>,
}
