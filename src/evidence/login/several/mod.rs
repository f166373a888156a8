//! The logins of one log: containers with `TRADING_MODE=both` write those of two Gateways between each
//! other, and no line names its Gateway. What belongs to neither for certain is a doubt of both.

#[cfg(test)]
mod tests;

use super::{Login, Phase};
use crate::evidence::log::dialog::Dialog;
use crate::evidence::log::marker::{GaveUp, Marker, Mode};
use crate::evidence::stamp::Stamp;

/// More Gateways of one log are not told apart.
const MOST: usize = 3;

/// The logins of a log.
#[derive(Clone, Debug, Default)]
pub struct Logins {
    all: Vec<Login>,
    /// Completed logins of which it is not known whose they are.
    unclear: usize,
    /// Whether another line may be one login's or another's.
    is_mixed: bool,
}

impl Logins {
    /// The login of the Gateway on this port; `None` where that cannot be told.
    pub fn of_port(&self, port: u16) -> Option<&Login> {
        if let [only] = self.all.as_slice() {
            return Some(only);
        }
        let by_port = self.all.iter().find(|login| login.port == Some(port));
        let mode = conventional(port);
        let by_mode = || {
            self.all
                .iter()
                .find(|login| login.mode == mode && mode.is_some())
        };
        by_port.or_else(by_mode)
    }

    /// Every login, in the order of their first lines.
    pub fn all(&self) -> &[Login] {
        &self.all
    }

    /// Takes in a marker.
    pub fn feed(&mut self, marker: &Marker, at: Option<Stamp>) {
        match marker {
            Marker::Started => return self.start(at),
            Marker::StartGoesOn => return self.go_on(at),
            _ => {}
        }
        if let Marker::Port(port) = marker {
            return self.port(*port, marker, at);
        }
        if let Some(mode) = marker.mode() {
            let index = self.of_mode(mode);
            let login = &mut self.all[index];
            login.is_doubtful = false;
            return login.apply(marker, at);
        }
        self.share(marker, at);
    }

    /// A start replaces the login whose mode is not known; of which other one it is the successor, its
    /// mode tells.
    fn start(&mut self, at: Option<Stamp>) {
        (self.unclear, self.is_mixed) = (0, false);
        let nameless = self.all.iter().position(|login| login.mode.is_none());
        let index = nameless.unwrap_or_else(|| self.add());
        self.all[index].apply(&Marker::Started, at);
    }

    /// Of several Gateways, the conventional one of the port; IBC sets it when the login has completed.
    fn port(&mut self, port: u16, marker: &Marker, at: Option<Stamp>) {
        let mode = conventional(port);
        let of_mode = self
            .all
            .iter()
            .position(|login| login.mode == mode && mode.is_some());
        match of_mode.filter(|_| self.all.len() > 1) {
            Some(index) => {
                let login = &mut self.all[index];
                if login.is_doubtful {
                    login.apply(&Marker::Completed, at);
                    login.is_doubtful = false;
                    self.unclear = self.unclear.saturating_sub(1);
                }
                login.apply(marker, at);
                if self.unclear == 0 && !self.is_mixed {
                    // What was in doubt was this one's.
                    self.all
                        .iter_mut()
                        .for_each(|login| login.is_doubtful = false);
                }
            }
            None => self.share(marker, at),
        }
    }

    /// The first lines of a start that have a stamp; a start whose script is not in the log begins here.
    fn go_on(&mut self, at: Option<Stamp>) {
        let starting = |login: &Login| login.phase == Phase::Starting;
        if !self.all.iter().any(starting) {
            return self.start(at);
        }
        let mut begun = self.all.iter_mut().filter(|login| starting(login));
        if let Some(login) = begun.find(|login| login.started.is_none()) {
            login.apply(&Marker::StartGoesOn, at);
        }
    }

    fn add(&mut self) -> usize {
        if self.all.len() == MOST {
            self.all.remove(0);
        }
        self.all.push(Login::default());
        self.all.len() - 1
    }

    /// The login of this mode: the one that has just been started, if its mode was not known.
    fn of_mode(&mut self, mode: Mode) -> usize {
        let find = |all: &[Login], mode| all.iter().position(|login| login.mode == mode);
        let nameless = find(&self.all, None);
        let known = find(&self.all, Some(mode));
        match (nameless, known) {
            (Some(started), Some(before)) => {
                self.all[started].mode = Some(mode);
                self.all.remove(before);
                started - usize::from(before < started)
            }
            (Some(started), None) => {
                self.all[started].mode = Some(mode);
                started
            }
            (None, Some(known)) => known,
            (None, None) => {
                let index = self.add();
                self.all[index].mode = Some(mode);
                index
            }
        }
    }

    /// Gives a marker to the one login that it can belong to.
    fn share(&mut self, marker: &Marker, at: Option<Stamp>) {
        if self.all.is_empty() {
            self.add();
        }
        let running: Vec<usize> = (0..self.all.len())
            .filter(|index| self.all.len() == 1 || !self.all[*index].is_over())
            .collect();
        let fits = |index: &usize| self.all[*index].expects(marker);
        let mut fitting: Vec<usize> = running.iter().copied().filter(fits).collect();
        if is_of_live(marker) {
            let live = |index: &usize| self.all[*index].mode == Some(Mode::Live);
            if let Some(live) = fitting.iter().copied().find(live) {
                fitting = vec![live];
            }
        }
        match (fitting.as_slice(), running.as_slice()) {
            ([one], _) | ([], [one]) => self.all[*one].apply(marker, at),
            ([], []) => {
                if let Some(last) = self.all.last_mut() {
                    last.apply(marker, at);
                }
            }
            ([], several) | (several, _) => {
                let several = several.to_vec();
                self.doubt(marker, at, &several);
            }
        }
    }

    fn doubt(&mut self, marker: &Marker, at: Option<Stamp>, several: &[usize]) {
        let tells_of_login = matches!(
            marker,
            Marker::SecondFactor
                | Marker::Waiting(_)
                | Marker::GaveUp(_)
                | Marker::Refused(_)
                | Marker::ReLogin
                | Marker::Ended(_)
                | Marker::Window(
                    Dialog::SecondFactor | Dialog::ExistingSession | Dialog::ReLogin,
                    ..
                )
        );
        if *marker == Marker::Completed {
            self.unclear += 1;
            if self.unclear >= several.len() {
                // Each of them has.
                self.unclear = 0;
                for index in several {
                    self.all[*index].is_doubtful = false;
                    self.all[*index].apply(marker, at);
                }
                return;
            }
        }
        self.is_mixed |= tells_of_login;
        if tells_of_login || *marker == Marker::Completed {
            for index in several {
                self.all[*index].is_doubtful = true;
            }
        }
    }
}

/// Whether a paper login has no such line: it needs no second factor, and its button has another name.
fn is_of_live(marker: &Marker) -> bool {
    matches!(
        marker,
        Marker::SecondFactor
            | Marker::Waiting(_)
            | Marker::GaveUp(GaveUp::SecondFactor)
            | Marker::LoggingIn(None, None)
            | Marker::Window(Dialog::SecondFactor, ..)
    )
}

/// The mode for which a port stands by convention.
fn conventional(port: u16) -> Option<Mode> {
    match port {
        4001 | 4003 | 7496 => Some(Mode::Live),
        4002 | 4004 | 7497 => Some(Mode::Paper),
        _ => None,
    }
}

impl Login {
    /// Whether a marker fits the phase in which this login is.
    fn expects(&self, marker: &Marker) -> bool {
        match marker {
            Marker::LoggingIn(..) | Marker::LoginDialog => self.phase != Phase::LoggedIn,
            Marker::Completed
            | Marker::SecondFactor
            | Marker::Waiting(_)
            | Marker::GaveUp(_)
            | Marker::Refused(_)
            | Marker::Window(Dialog::SecondFactor, ..) => self.is_under_way(),
            Marker::ReLogin | Marker::Window(Dialog::ReLogin, ..) => {
                matches!(self.phase, Phase::LoggedIn | Phase::ReLogin)
            }
            _ => true,
        }
    }
}
