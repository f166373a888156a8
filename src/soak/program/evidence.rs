//! What the runs of a program and ibdoc's own handshakes around them have shown.

use std::time::Duration;

use crate::event::ExecRun;
use crate::finding::Finding;
use crate::report::InspectedClient;
use crate::text::words::counted;

/// A program that reads nothing for so long leaves unread what comes.
const STALLED: Duration = Duration::from_secs(1);

/// What the runs and the handshakes around them have shown.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    pub(super) runs: u32,
    /// Ended by their deadline.
    timed_out: u32,
    /// Ended by a signal or with another status than 0.
    broken: u32,
    /// Runs that failed or left sockets between two handshakes that were answered.
    pub(super) wrong_amid_answers: u32,
    /// Sockets left half closed or not accepted.
    pub(super) left: u32,
    /// Whether that could not be seen in some run.
    pub(super) left_unseen: bool,
    /// Sockets in the Gateway of which it was not seen who left them.
    pub(super) unclear: u32,
    /// Connections that processes which outlived their run still held.
    pub(super) held: u32,
    /// Runs that were seen connected, and runs that surely were not.
    connected: u32,
    not_connected: u32,
    /// The most bytes that lay unread, and in how many runs any did.
    pub(super) unread: (u64, u32),
    /// What it did instead of reading, in the first run in which that was seen.
    pub(super) silent: Option<Box<InspectedClient>>,
    pub(super) handshakes: u32,
    pub(super) answered: u32,
    /// Whether the last one was.
    last_answered: bool,
    /// Whether the Gateway did not close its end for ibdoc either.
    pub(super) keeps_closed: bool,
    /// What a relay showed of what the runs said and read, each finding with the number of its runs.
    pub(super) told: Vec<(Finding, u32)>,
}

impl Evidence {
    /// Notes a handshake of ibdoc's own, and whether the Gateway kept the socket of it.
    pub fn handshake(&mut self, answered: bool, kept: bool) {
        self.handshakes += 1;
        self.answered += u32::from(answered);
        self.last_answered = answered;
        self.keeps_closed |= kept;
    }

    /// Notes a run, before the handshakes after it, which `run.neutral` already tells.
    pub fn run(&mut self, run: &ExecRun) {
        let broken = run.exit_status != Some(0) && !run.timed_out;
        let left = run.left.unwrap_or(0);
        let wrong = broken || run.timed_out || left > 0;
        let amid_answers = self.last_answered && run.neutral == Some(true);
        let unread = run.unread_bytes.unwrap_or(0);
        self.runs += 1;
        self.timed_out += u32::from(run.timed_out);
        self.broken += u32::from(broken);
        self.wrong_amid_answers += u32::from(wrong && amid_answers);
        self.left += left;
        self.left_unseen |= run.left.is_none();
        self.held += run.held.unwrap_or(0);
        self.connected += u32::from(run.connected == Some(true));
        self.not_connected += u32::from(run.connected == Some(false));
        self.unread.0 = self.unread.0.max(unread);
        let not_reading = run.tapped.as_ref().map(|it| it.not_reading);
        self.unread.1 += u32::from(unread > 0 || not_reading >= Some(STALLED));
    }

    /// Notes what a relay showed of a run: the same of several runs once.
    pub fn told(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            let same = self.told.iter_mut().find(|(it, _)| it.code == finding.code);
            match same {
                Some((_, runs)) => *runs += 1,
                None => self.told.push((finding, 1)),
            }
        }
    }

    /// Notes how many sockets the Gateway has at the end more than before and than ibdoc left:
    /// where runs could not be looked at, these may be theirs.
    pub fn grown(&mut self, sockets: u32) {
        if self.left_unseen {
            self.unclear = self.unclear.max(sockets);
        }
    }

    /// Whether no run had a connection to the Gateway that could have been its own.
    pub(super) fn never_connected(&self) -> bool {
        self.runs > 0 && self.not_connected == self.runs
    }

    /// Whether no run was seen connected, and some may have been.
    pub(super) fn may_have_connected(&self) -> bool {
        self.runs > 0 && self.connected == 0 && !self.never_connected()
    }

    /// Whether nothing was seen of the Gateway: no handshake of ibdoc's own was made, and no run
    /// was seen connected.
    pub(super) fn saw_no_gateway(&self) -> bool {
        self.handshakes == 0 && self.connected == 0
    }

    pub(super) fn all_answered(&self) -> bool {
        self.answered == self.handshakes
    }

    /// Runs that did not end with status 0 in time.
    pub(super) fn failed(&self) -> u32 {
        self.timed_out + self.broken
    }

    /// In how many runs it failed, and how.
    fn failures(&self) -> Option<String> {
        let share = of(self.failed(), self.runs);
        match (self.timed_out, self.broken) {
            (0, 0) => None,
            (0, _) => Some(format!("failed in {share}")),
            (_, 0) => Some(format!("did not end in time in {share}")),
            (late, _) => Some(format!("failed in {share}, {late} of them at the deadline")),
        }
    }

    /// What the program did that can only be its own doing, in words.
    pub(super) fn own_doing(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.held > 0 {
            let what = counted(self.held, "connection");
            words.push(format!("left {what} to processes that outlived it"));
        }
        let (bytes, runs) = self.unread;
        if runs > 0 && bytes == 0 {
            let share = of(runs, self.runs);
            words.push(format!("read nothing for a second or more in {share}"));
        } else if runs > 0 {
            let (what, share) = (counted(bytes, "byte"), of(runs, self.runs));
            words.push(format!(
                "left up to {what} unread for a second or more in {share}"
            ));
        }
        words
    }

    /// What the program did wrong, in words; sockets that the Gateway keeps of every client are
    /// not its doing.
    pub(super) fn wrong_doing(&self) -> Vec<String> {
        let leaks = self.left > 0 && !self.keeps_closed;
        let leaks = leaks.then(|| format!("left {}", sockets(self.left)));
        let most = self.failures().into_iter().chain(leaks);
        most.chain(self.own_doing()).collect()
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
