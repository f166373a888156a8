//! Questions to the user at the terminal.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::report::privacy::mask;

/// A user who can be asked.
pub trait Ask {
    /// Whether a user can be asked here.
    fn is_possible(&self) -> bool;

    /// Asks; every answer but `y` and `yes` counts as a no. Nothing if a signal came instead.
    fn yes(&mut self, question: &str) -> Option<bool>;
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

    fn yes(&mut self, question: &str) -> Option<bool> {
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
            return Some(false);
        }
        if !is_answered() {
            let _ = writeln!(err);
            return None;
        }
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        Some(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
    }
}

/// Waits for a line; not so if a signal came first: a read would begin anew after it.
#[cfg(unix)]
fn is_answered() -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    let stdin = io::stdin();
    poll(&mut [PollFd::new(&stdin, PollFlags::IN)], None) != Err(rustix::io::Errno::INTR)
}

/// A signal ends the read itself.
#[cfg(not(unix))]
fn is_answered() -> bool {
    true
}
