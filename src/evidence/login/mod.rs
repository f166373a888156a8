//! A login as IBC's log tells it, line by line; the last marker counts, whatever the clock says.

pub mod several;
mod told;
mod windows;

use std::net::IpAddr;
use std::time::Duration;

use crate::evidence::log::dialog::{Dialog, WindowEvent};
use crate::evidence::log::marker::{FullLogin, GaveUp, Marker, Mode, Refusal};
use crate::evidence::settings::ibc::IbcSettings;
use crate::evidence::stamp::Stamp;
use windows::Windows;

/// The status with which the shell sees that the second factor was missed (1111 modulo 256).
const MISSED: i32 = 87;
/// The same where no login dialog was displayed (1112).
const NO_DIALOG: i32 = 88;

/// A new login that is asked for again within this time has not helped.
const SOON: Duration = Duration::from_secs(3600);

/// How far a login has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing of it is in what was read.
    #[default]
    Unknown,
    /// IBC has started the Gateway.
    Starting,
    /// User name and password are given.
    LoggingIn,
    /// The second factor is asked for.
    SecondFactor,
    /// The second factor's dialog has closed, and the login is not complete.
    Waiting,
    /// IBKR refused it.
    Refused(Refusal),
    /// IBC has given up.
    GaveUp(GaveUp),
    /// It has completed.
    LoggedIn,
    /// The session was lost, and a new login is needed.
    ReLogin,
    /// The Gateway has ended.
    Ended,
}

/// Where IBC takes commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandServer {
    /// The port, which is not the API's.
    pub port: u16,
    /// Whether it listens on other addresses than loopback.
    pub is_open: bool,
}

/// The login of one Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// Live or paper, as IBC was told.
    pub mode: Option<Mode>,
    /// How far it has come.
    pub phase: Phase,
    /// Since when.
    pub since: Option<Stamp>,
    /// When IBC started this Gateway; nothing where that is not in what was read.
    pub started: Option<Stamp>,
    /// How often user name and password were given.
    pub attempts: u32,
    /// When the second factor was asked for the last time.
    pub asked: Option<Stamp>,
    /// How often since IBC started.
    pub asks: u32,
    /// When the login completed for the last time.
    pub completed: Option<Stamp>,
    /// How often a new login was asked for since.
    pub lost: u32,
    /// After how many seconds IBC gives up, and when it said so.
    pub gives_up: Option<(u32, Option<Stamp>)>,
    /// The API's port, as IBC set it.
    pub port: Option<u16>,
    /// Whether the API is read-only, as IBC set it.
    pub read_only: Option<bool>,
    /// When another session of the user was last met.
    pub competing: Option<Stamp>,
    /// Which course IBC took with it.
    pub scenario: Option<u8>,
    /// The last client whose address was not trusted.
    pub untrusted: Option<IpAddr>,
    /// Why its start needed a whole login.
    pub full_login: Option<FullLogin>,
    /// IBC's command server.
    pub command_server: Option<CommandServer>,
    /// The exit status of the Gateway.
    pub exit: Option<i32>,
    /// What IBC was told.
    pub settings: IbcSettings,
    /// Whether lines of two Gateways could not be told apart, so that the phase may be the other's.
    pub is_doubtful: bool,
    lost_at: Option<Stamp>,
    is_lost_again: bool,
    windows: Windows,
}

impl Login {
    /// Takes in a marker that was written at this time.
    pub fn apply(&mut self, marker: &Marker, at: Option<Stamp>) {
        match marker {
            Marker::Started => self.start(at),
            Marker::StartGoesOn => {
                self.started = self.started.or(at);
                self.since = self.since.or(at);
            }
            Marker::Setting(key, value) => self.settings.set(key, value),
            Marker::Mode(mode) => self.mode = Some(*mode),
            Marker::LoginDialog => {
                self.exit = None;
                self.come_to(Phase::LoggingIn, at);
            }
            Marker::LoggingIn(attempt, mode) => {
                self.attempts = attempt.unwrap_or(self.attempts);
                self.mode = mode.or(self.mode);
                self.exit = None;
                self.come_to(Phase::LoggingIn, at);
            }
            Marker::SecondFactor => self.asks_second_factor(at),
            Marker::Waiting(seconds) => {
                self.gives_up = seconds.map(|seconds| (seconds, at)).or(self.gives_up);
                if self.is_under_way() {
                    self.come_to(Phase::Waiting, at);
                }
            }
            Marker::GaveUp(reason) => {
                self.windows = Windows::default();
                self.come_to(Phase::GaveUp(*reason), at);
            }
            Marker::Completed => self.complete(at),
            Marker::Port(port) => self.port = Some(*port),
            Marker::ReadOnly(read_only) => self.read_only = Some(*read_only),
            Marker::Window(dialog, event, title) => self.window(*dialog, *event, *title, at),
            Marker::Untrusted(address) => {
                self.untrusted = address.or(self.untrusted);
                if !self.settings.answers_connections() {
                    self.windows.open(Dialog::AcceptConnection, 0, at);
                }
            }
            Marker::Scenario(scenario) => self.scenario = Some(*scenario),
            Marker::Refused(reason) => self.refuse(*reason, at),
            Marker::ReLogin => self.lose(at),
            Marker::FullLogin(reason) => self.full_login = *reason,
            Marker::Ended(status) => self.end(*status, at),
            Marker::CommandServer(port, is_open) => {
                let (port, is_open) = (*port, *is_open);
                self.command_server = Some(CommandServer { port, is_open });
            }
            Marker::NoCommandServer => self.settings.command_port = Some(0),
            Marker::Settings(_) | Marker::Relay(..) => {}
        }
    }

    /// The dialogs that are open, each with the time at which it was first seen.
    pub fn dialogs(&self) -> impl Iterator<Item = (Dialog, Option<Stamp>)> {
        self.windows.iter()
    }

    /// Since when this dialog is open.
    pub fn open_since(&self, dialog: Dialog) -> Option<Option<Stamp>> {
        let mut open = self.dialogs();
        open.find(|(it, _)| *it == dialog).map(|(_, since)| since)
    }

    /// Whether its Gateway has ended, as far as the log goes.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Ended | Phase::GaveUp(_)) || self.exit.is_some()
    }

    /// Whether it may still complete by itself.
    fn is_under_way(&self) -> bool {
        matches!(
            self.phase,
            Phase::Unknown
                | Phase::Starting
                | Phase::LoggingIn
                | Phase::SecondFactor
                | Phase::Waiting
        )
    }

    fn start(&mut self, at: Option<Stamp>) {
        // The script tells before what a start needs, and a start has several lines.
        let goes_on = self.phase == Phase::Starting;
        let before = std::mem::take(self);
        if goes_on || before.is_over() {
            self.full_login = before.full_login;
        }
        self.started = at;
        self.come_to(Phase::Starting, at);
    }

    fn come_to(&mut self, phase: Phase, at: Option<Stamp>) {
        if self.phase != phase {
            (self.phase, self.since) = (phase, at);
        }
    }

    fn asks_second_factor(&mut self, at: Option<Stamp>) {
        if self.phase != Phase::SecondFactor {
            self.asks += 1;
            self.asked = at;
            self.come_to(Phase::SecondFactor, at);
        }
    }

    fn complete(&mut self, at: Option<Stamp>) {
        // Once more without a loss between them is the same session.
        self.come_to(Phase::LoggedIn, at);
        self.completed = self.since;
        (self.lost, self.competing, self.scenario, self.gives_up) = (0, None, None, None);
        (self.lost_at, self.is_lost_again) = (None, false);
        self.windows.close_of_login();
    }

    fn lose(&mut self, at: Option<Stamp>) {
        let again = at.zip(self.lost_at).map(|(now, before)| now.since(before));
        self.is_lost_again = again.is_some_and(|after| after < SOON);
        self.lost = if self.is_lost_again { self.lost + 1 } else { 1 };
        self.lost_at = at;
        self.come_to(Phase::ReLogin, at);
    }

    /// IBC has asked for the new login itself, and not all versions say that it has completed: only one
    /// that was asked for again soon has failed.
    fn leave_relogin(&mut self, at: Option<Stamp>) {
        if self.phase == Phase::ReLogin && !self.is_lost_again {
            self.come_to(Phase::LoggingIn, at);
        }
    }

    fn refuse(&mut self, reason: Refusal, at: Option<Stamp>) {
        let is_known = matches!(self.phase, Phase::Refused(_)) && reason == Refusal::Unsaid;
        if !is_known {
            self.come_to(Phase::Refused(reason), at);
        }
    }

    fn end(&mut self, status: i32, at: Option<Stamp>) {
        self.exit = Some(status);
        self.full_login = None;
        self.windows = Windows::default();
        let phase = match (status, self.phase) {
            (_, Phase::GaveUp(_) | Phase::Refused(_)) => return,
            (MISSED, _) => Phase::GaveUp(GaveUp::SecondFactor),
            (NO_DIALOG, _) => Phase::GaveUp(GaveUp::NoLoginDialog),
            _ => Phase::Ended,
        };
        self.come_to(phase, at);
    }

    fn window(&mut self, dialog: Dialog, event: WindowEvent, title: u64, at: Option<Stamp>) {
        if event == WindowEvent::Closed {
            let was_open = self.windows.close(dialog, title);
            if was_open && dialog == Dialog::SecondFactor && self.phase == Phase::SecondFactor {
                self.come_to(Phase::Waiting, at);
            }
            if was_open && dialog == Dialog::ReLogin {
                self.leave_relogin(at);
            }
            return;
        }
        let is_new = self.windows.open(dialog, title, at);
        match dialog {
            // It never says that it opened (docs/LOGIN.md).
            Dialog::SecondFactor if is_new => self.asks_second_factor(at),
            Dialog::ExistingSession | Dialog::LoginHandoff if is_new => self.competing = at,
            Dialog::ReLogin if is_new => self.lose(at),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
