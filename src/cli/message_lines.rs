//! The options of the commands that decode sessions of other clients: how messages are shown.

use clap::Args;

/// How the messages of a session are shown.
#[derive(Args, Clone, Copy, Debug)]
pub struct MessageLines {
    /// Show every message; without it tap does so on a terminal, and trace of what comes on stdin
    #[arg(long)]
    pub timeline: bool,

    /// Show the fields of messages too, but those about orders (implies --timeline)
    #[arg(long)]
    pub full: bool,
}

impl MessageLines {
    /// Whether they are wanted wherever stdout leads.
    pub fn are_shown(self) -> bool {
        self.timeline || self.full
    }
}
