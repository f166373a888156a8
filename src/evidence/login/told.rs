//! A login in words.

use super::{Login, Phase};
use crate::evidence::log::dialog::Dialog;
use crate::evidence::log::marker::{FullLogin, GaveUp, Refusal};
use crate::evidence::stamp::Stamp;

impl Login {
    /// How far it has come and what is known of its API, in one sentence; times of the day of `today`
    /// without their date.
    pub fn words(&self, today: Option<Stamp>) -> String {
        let mut words = vec![self.phase_in_words(today)];
        words.extend(self.dialogs_in_words(today));
        words.extend(self.api_in_words());
        words.extend(self.start_in_words().map(str::to_owned));
        words.extend(self.command_server.map(|server| {
            let open = if server.is_open {
                ", on other addresses than loopback too"
            } else {
                ""
            };
            format!("IBC's command server on port {}{open}", server.port)
        }));
        words.join("; ")
    }

    /// How far it has come.
    pub fn phase_in_words(&self, today: Option<Stamp>) -> String {
        let at = |stamp: Option<Stamp>| {
            stamp.map_or_else(String::new, |stamp| format!(" at {}", stamp.told(today)))
        };
        let since = at(self.since);
        match self.phase {
            Phase::Unknown => "nothing of a login in what was read".to_owned(),
            Phase::Starting => format!("IBC started it{since}, and no login yet"),
            Phase::LoggingIn if self.attempts > 1 => {
                format!("logging in, begun{since}, attempt {}", self.attempts)
            }
            Phase::LoggingIn => format!("logging in, begun{since}"),
            Phase::SecondFactor if self.asks > 1 => format!(
                "second factor asked{since}, for the {} time, not answered",
                ordinal(self.asks)
            ),
            Phase::SecondFactor => format!("second factor asked{since}, not answered"),
            Phase::Waiting => {
                format!("the second factor's dialog closed{since}, the login is not complete")
            }
            Phase::Refused(reason) => format!("refused{since}{}", refusal(reason)),
            Phase::GaveUp(GaveUp::SecondFactor) => format!(
                "second factor asked{}, not answered; IBC gave up{since}",
                at(self.asked)
            ),
            Phase::GaveUp(GaveUp::NoLoginDialog) => {
                format!("no login dialog was displayed; IBC gave up{since}")
            }
            Phase::LoggedIn => format!("completed{}", since.replacen(" at", "", 1)),
            Phase::ReLogin if self.lost > 1 => {
                format!(
                    "session lost{since}, a new login was asked for {} times",
                    self.lost
                )
            }
            Phase::ReLogin => format!("session lost{since}, a new login is needed"),
            Phase::Ended => {
                let status = self
                    .exit
                    .map_or_else(String::new, |it| format!(" with status {it}"));
                format!("the Gateway ended{since}{status}")
            }
        }
    }

    fn api_in_words(&self) -> Option<String> {
        let port = self.port.map(|port| format!("API port {port}"));
        let read_only = self.read_only.map(|it| if it { "on" } else { "off" });
        let read_only = read_only.map(|it| format!("Read-Only {it}"));
        let words: Vec<String> = port.into_iter().chain(read_only).collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// The dialogs that are open, but for the one that the phase names.
    pub fn dialogs_in_words(&self, today: Option<Stamp>) -> Option<String> {
        let told = match self.phase {
            Phase::SecondFactor => Some(Dialog::SecondFactor),
            Phase::ReLogin => Some(Dialog::ReLogin),
            _ => None,
        };
        let open = self.dialogs().filter(|(dialog, _)| Some(*dialog) != told);
        let open = open.map(|(dialog, since)| {
            let since = since.map_or_else(String::new, |it| format!(" since {}", it.told(today)));
            format!("{}{since}", dialog.name())
        });
        let open: Vec<String> = open.collect();
        (!open.is_empty()).then(|| format!("open: {}", open.join(", ")))
    }

    /// Why its start needed a whole login.
    pub fn start_in_words(&self) -> Option<&'static str> {
        Some(match self.full_login? {
            FullLogin::NoAutorestart => {
                "started without an autorestart file, so with a whole login"
            }
            FullLogin::Cold => "a cold restart, so with a whole login",
        })
    }
}

fn refusal(reason: Refusal) -> &'static str {
    match reason {
        Refusal::Credentials => ": user name or password",
        Refusal::LockedOut => ": too many failed attempts",
        Refusal::NotAvailable => ": IBKR's system is not available",
        Refusal::Unsaid => "",
    }
}

fn ordinal(count: u32) -> String {
    match count {
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        _ => format!("{count}th"),
    }
}
