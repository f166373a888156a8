//! The guardian of a run: a second `ibdoc` that ends the run's process group when the first was
//! killed and can end nothing any more.
//!
//! It reads a pipe whose other end the first holds. A byte dismisses it; an end without one means
//! that the first has gone.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

use super::group::end_orphaned;
use crate::machine::World;
use crate::machine::pid::Pid;
use crate::machine::process::Mark;

/// The name that the guardian is started by, and recognises itself by.
const NAME: &str = "ibdoc-guardian";
/// Every mark that the user can have typed, with the letter that tells it to the guardian.
const LETTERS: [(Mark, &str); 4] = [
    (Mark::Gateway, "g"),
    (Mark::Tws, "t"),
    (Mark::Either, "e"),
    (Mark::Tool, "o"),
];

/// A guardian that waits; dismissed when this is dropped.
#[derive(Debug)]
pub(super) struct Guardian {
    child: Child,
}

impl Guardian {
    /// Starts `ibdoc` as the guardian of the group of `leader`; `None` where that fails: the run goes
    /// on without one.
    pub(super) fn start(
        ibdoc: &Path,
        leader: Pid,
        local: Option<SocketAddr>,
        chosen: &[Mark],
    ) -> Option<Self> {
        let letters = LETTERS.iter().filter(|(mark, _)| chosen.contains(mark));
        let letters: String = letters.map(|(_, letter)| *letter).collect();
        let local = local.map(|local| local.to_string()).unwrap_or_default();
        let child = Command::new(ibdoc)
            .arg0(NAME)
            .args([leader.to_string(), local, letters])
            .env_clear()
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match child {
            Ok(child) => Some(Self { child }),
            Err(error) => {
                tracing::warn!(%error, "no guardian: a killed ibdoc would leave the run");
                None
            }
        }
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        if let Some(mut pipe) = self.child.stdin.take() {
            // One that has gone needs no dismissal.
            let _ = pipe.write_all(b".");
        }
        let _ = self.child.wait();
    }
}

/// Does the work of a guardian and returns its exit status, if this process was started as one.
pub fn serve(arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let arguments: Vec<String> = arguments
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let [name, leader, local, letters] = arguments.as_slice() else {
        return None;
    };
    if name != NAME {
        return None;
    }
    let Ok(leader) = leader.parse() else {
        return Some(ExitCode::FAILURE);
    };
    let marks = LETTERS
        .iter()
        .filter(|(_, letter)| letters.contains(letter));
    let chosen = marks.map(|(mark, _)| *mark).collect();
    let mut byte = [0];
    let is_dismissed = std::io::stdin().read(&mut byte).is_ok_and(|read| read > 0);
    if !is_dismissed {
        end_orphaned(Pid(leader), &World::open(), local.parse().ok(), chosen);
    }
    Some(ExitCode::SUCCESS)
}
