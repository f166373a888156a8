//! The windows of a Gateway that IBC names, as far as they are known: no other title leaves the log.

use serde::{Deserialize, Serialize};

/// A dialog that says something of a login or keeps the API from answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, schemars(transform = crate::text::json::open))]
pub enum Dialog {
    /// The second factor, or the card of codes.
    SecondFactor,
    /// Another session of the same user.
    ExistingSession,
    /// The hand-over of the trading login to another session.
    LoginHandoff,
    /// The session was lost.
    ReLogin,
    /// A client whose address is not trusted.
    AcceptConnection,
    /// A client that wants to write while the API is read-only.
    WriteAccess,
    /// A dialog with another title.
    Other,
}

/// Titles in lower case, and what they stand for: the first that a title contains counts.
const TITLES: [(&str, Dialog); 7] = [
    ("second factor authentication", Dialog::SecondFactor),
    ("security code card", Dialog::SecondFactor),
    ("existing session detected", Dialog::ExistingSession),
    ("trading login handoff", Dialog::LoginHandoff),
    ("re-login is required", Dialog::ReLogin),
    ("accept incoming connection", Dialog::AcceptConnection),
    (
        "api client needs write access action confirmation",
        Dialog::WriteAccess,
    ),
];

impl Dialog {
    /// The dialog with this title, which is in lower case.
    pub fn titled(title: &str) -> Self {
        let found = TITLES.iter().find(|(known, _)| title.contains(known));
        found.map_or(Self::Other, |(_, dialog)| *dialog)
    }

    /// Its title, or what is said of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::SecondFactor => "Second Factor Authentication",
            Self::ExistingSession => "Existing session detected",
            Self::LoginHandoff => "Trading Login Handoff",
            Self::ReLogin => "Re-login is required",
            Self::AcceptConnection => "Accept incoming connection",
            Self::WriteAccess => "API client needs write access action confirmation",
            Self::Other => "another dialog, whose title is not repeated",
        }
    }
}

/// What became of a window, as IBC writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowEvent {
    /// It is there for the first time.
    Opened,
    /// It has come to the front.
    Activated,
    /// It is there in another way: focused, or behind another one.
    Shown,
    /// It has gone.
    Closed,
}

impl WindowEvent {
    /// The event of this name, in lower case.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name.trim_end() {
            "opened" => Self::Opened,
            "activated" => Self::Activated,
            "focused" | "deactivated" | "lost focus" | "iconified" | "deiconified" => Self::Shown,
            "closed" => Self::Closed,
            _ => return None,
        })
    }
}

/// The title in lower case and the event of a line such as `detected dialog entitled: T; event=Closed`
/// (docs/LOGIN.md), which is in lower case; whether it is a dialog.
pub fn window(text: &str) -> Option<(bool, &str, WindowEvent)> {
    let rest = text.strip_prefix("detected ")?;
    let (kind, rest) = rest.split_once(" entitled: ")?;
    let is_dialog = match kind {
        "dialog" => true,
        "frame" | "window" => false,
        _ => return None,
    };
    let (title, event) = rest.rsplit_once("; event=")?;
    let event = WindowEvent::named(event)?;
    Some((is_dialog, title.trim(), event))
}
