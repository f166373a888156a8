//! Questions to the user at the terminal.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::report::privacy::mask;

/// A user who can be asked.
pub trait Ask {
    /// Whether a user can be asked here.
    fn is_possible(&self) -> bool;

    /// Asks; every answer but `y` and `yes` counts as a no.
    fn yes(&mut self, question: &str) -> bool;
}

/// The terminal: the question goes to stderr, the answer comes from stdin.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Whether accounts are shown in full.
    pub show_accounts: bool,
}

impl Ask for Terminal {
    fn is_possible(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    fn yes(&mut self, question: &str) -> bool {
        let masked = if self.show_accounts {
            question.to_owned()
        } else {
            mask(question)
        };
        let mut err = io::stderr().lock();
        if write!(err, "{masked} [y/N] ")
            .and_then(|()| err.flush())
            .is_err()
        {
            return false;
        }
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
    }
}
