//! What the runs of a program and ibdoc's own handshakes around them have shown.

use crate::event::ExecRun;
use crate::text::words::counted;

/// What the runs and the handshakes around them have shown.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    pub(super) runs: u32,
    /// Ended by their deadline.
    pub(super) timed_out: u32,
    /// Ended by a signal or with another status than 0.
    pub(super) broken: u32,
    /// Of both, those between two handshakes that were answered.
    pub(super) amid_answers: u32,
    /// Sockets left half closed or not accepted.
    pub(super) left: u32,
    /// Whether that could not be seen in some run.
    pub(super) left_unseen: bool,
    /// Runs that were seen connected, and runs that surely were not.
    pub(super) connected: u32,
    pub(super) unconnected: u32,
    /// Sockets that the Gateway has more than before, whoever left them.
    pub(super) grown: u32,
    /// Connections in the hands of processes that outlived a run.
    pub(super) held: u32,
    /// Sockets of which it was not seen who left them.
    pub(super) unclear: u32,
    /// The most bytes that lay unread, and in how many runs any did.
    pub(super) unread: (u64, u32),
    pub(super) handshakes: u32,
    pub(super) answered: u32,
    /// Whether the first was answered, and the last.
    pub(super) ends: Option<(bool, bool)>,
    /// What had happened by the first that was not answered, after one that was.
    pub(super) turn: Option<Turn>,
    /// Whether the Gateway did not close its end for ibdoc either.
    pub(super) keeps_closed: bool,
}

/// The moment at which the Gateway ceased to answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub(super) after_run: u32,
    pub(super) left: u32,
    pub(super) left_unseen: bool,
    /// Runs that had failed before although the Gateway answered.
    pub(super) amid_answers: u32,
    /// Whether it has answered again since.
    pub(super) is_over: bool,
    /// Whether it began with more than one of two handshakes in a row.
    pub(super) is_sure: bool,
}

impl Evidence {
    /// Notes a handshake of ibdoc's own, and whether the Gateway kept the socket of it.
    pub fn handshake(&mut self, answered: bool, kept: bool) {
        self.note(answered, kept, true);
    }

    /// Notes a second handshake right after one that was answered: a failure of this one alone is
    /// no lasting silence yet.
    pub fn second_handshake(&mut self, answered: bool, kept: bool) {
        self.note(answered, kept, false);
    }

    fn note(&mut self, answered: bool, kept: bool, is_sure: bool) {
        let answered_before = self.answered > 0;
        self.handshakes += 1;
        self.answered += u32::from(answered);
        self.keeps_closed |= kept;
        self.ends = Some((self.ends.map_or(answered, |ends| ends.0), answered));
        match &mut self.turn {
            Some(turn) => {
                turn.is_over |= answered;
                turn.is_sure |= !answered;
            }
            None if !answered && answered_before => {
                self.turn = Some(Turn {
                    after_run: self.runs,
                    left: self.left,
                    left_unseen: self.left_unseen,
                    amid_answers: self.amid_answers,
                    is_over: false,
                    is_sure,
                });
            }
            None => {}
        }
    }

    /// Notes a run, before the handshakes after it, which `run.neutral` already tells.
    pub fn run(&mut self, run: &ExecRun) {
        self.runs += 1;
        let broken = run.exit_status != Some(0);
        self.timed_out += u32::from(run.timed_out);
        self.broken += u32::from(broken && !run.timed_out);
        let worked = !broken && !run.timed_out && run.connected != Some(false);
        if let Some(turn) = &mut self.turn {
            // Whoever it served, it was not silent.
            turn.is_over |= worked;
        }
        if broken || run.timed_out {
            let before = self.ends.map(|ends| ends.1);
            let amid = before == Some(true) && run.neutral == Some(true);
            self.amid_answers += u32::from(amid);
        }
        self.left += run.left.unwrap_or(0);
        self.left_unseen |= run.left.is_none();
        self.connected += u32::from(run.connected == Some(true));
        self.unconnected += u32::from(run.connected == Some(false));
        self.held += run.held.unwrap_or(0);
        let unread = run.unread_bytes.unwrap_or(0);
        self.unread.0 = self.unread.0.max(unread);
        self.unread.1 += u32::from(unread > 0);
    }

    /// Notes sockets of which it was not seen who left them.
    pub fn unclear(&mut self, sockets: u32) {
        self.unclear += sockets;
    }

    /// Notes how many sockets the Gateway has at the end more than before and than ibdoc left.
    pub fn grown(&mut self, sockets: u32) {
        self.grown = sockets;
    }

    /// Whether every run surely had no connection to the Gateway.
    pub(super) fn never_connected(&self) -> bool {
        self.runs > 0 && self.unconnected == self.runs
    }

    /// Whether nothing was seen of the Gateway: no handshake of ibdoc's own was made, and no run
    /// was seen connected.
    pub(super) fn saw_no_gateway(&self) -> bool {
        self.runs > 0 && self.handshakes == 0 && self.connected == 0
    }

    /// Sockets that have appeared where it cannot be seen which ones the runs left.
    pub(super) fn grown_unseen(&self) -> u32 {
        if self.left_unseen { self.grown } else { 0 }
    }

    /// Runs that did not end with status 0 in time.
    pub fn failed(&self) -> u32 {
        self.timed_out + self.broken
    }

    /// Sockets that the runs left, each as it was a second after its run.
    pub fn left(&self) -> u32 {
        self.left
    }

    /// Connections in the hands of processes that outlived a run.
    pub fn held(&self) -> u32 {
        self.held
    }

    /// The most bytes that lay unread, and in how many runs any did.
    pub fn unread(&self) -> (u64, u32) {
        self.unread
    }

    /// Whether the Gateway did not close its end for ibdoc either.
    pub fn keeps_closed(&self) -> bool {
        self.keeps_closed
    }

    pub(super) fn all_answered(&self) -> bool {
        self.handshakes > 0 && self.answered == self.handshakes
    }

    /// What the program did that can only be its own doing, in words.
    pub(super) fn own_doing(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.held > 0 {
            let what = counted(self.held, "connection");
            words.push(format!("left {what} to processes that outlived it"));
        }
        let (bytes, runs) = self.unread;
        if runs > 0 {
            let share = of(runs, self.runs);
            words.push(format!(
                "left up to {} unread for a second or more in {share}",
                counted(bytes, "byte")
            ));
        }
        words
    }

    /// In how many runs it failed, and how.
    pub(super) fn failures(&self) -> Option<String> {
        let share = of(self.failed(), self.runs);
        match (self.timed_out, self.broken) {
            (0, 0) => None,
            (0, _) => Some(format!("failed in {share}")),
            (_, 0) => Some(format!("did not end in time in {share}")),
            (late, _) => Some(format!("failed in {share}, {late} of them at the deadline")),
        }
    }

    pub(super) fn leaks(&self) -> Option<String> {
        (self.left > 0).then(|| format!("left {}", sockets(self.left)))
    }
}

pub(super) fn sockets(count: u32) -> String {
    let noun = counted(count, "socket");
    format!("{noun} half closed or not accepted in the Gateway")
}

pub(super) fn of(count: u32, all: u32) -> String {
    match (count, all) {
        (1, 1) => "its only run".to_owned(),
        (count, all) if count == all => format!("all {all} runs"),
        _ => format!("{count} of {all} runs"),
    }
}
