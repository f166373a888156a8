//! `ibdoc completions` and `ibdoc man`: what the command line itself knows, for shells and for
//! `man`.

mod completions;
mod man;
mod synopsis;

use clap::Args;

pub use completions::{Shell, completions};
pub use man::man_page;

/// What `ibdoc completions` takes.
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell that is to complete
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// What `ibdoc man` takes.
#[derive(Args, Debug)]
pub struct Man {
    /// The command whose page it is; without one, the page of ibdoc itself
    #[arg(value_name = "COMMAND", value_parser = man::is_command)]
    pub page: Option<String>,
}
