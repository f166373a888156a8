//! Reading the text of a line.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::IpAddr;

use super::{FullLogin, GaveUp, Marker, Mode, Refusal, RelayTrouble};
use crate::evidence::log::dialog::{Dialog, WindowEvent, window};

/// Lines whose beginning alone says what they mean, in lower case.
static BEGINNINGS: [(&str, Marker); 17] = [
    ("version: ", Marker::StartGoesOn),
    ("starting session", Marker::StartGoesOn),
    ("re-starting session", Marker::StartGoesOn),
    ("starting gateway", Marker::StartGoesOn),
    ("starting tws", Marker::StartGoesOn),
    ("commandserver is not started", Marker::NoCommandServer),
    (
        "second factor authentication initiated",
        Marker::SecondFactor,
    ),
    ("duration since login", Marker::Waiting(None)),
    ("login has completed", Marker::Completed),
    ("re-login is required", Marker::ReLogin),
    (
        "autorestart file not found",
        Marker::FullLogin(Some(FullLogin::NoAutorestart)),
    ),
    (
        "cold restart in progress",
        Marker::FullLogin(Some(FullLogin::Cold)),
    ),
    (
        "autorestart file contains invalid credentials",
        Marker::FullLogin(Some(FullLogin::NoAutorestart)),
    ),
    (
        "re-login after second factor authentication timeout not required",
        Marker::GaveUp(GaveUp::SecondFactor),
    ),
    (
        "ibc closing after second factor authentication dialog timeout",
        Marker::GaveUp(GaveUp::SecondFactor),
    ),
    (
        "ibc closing because login has not completed after second factor authentication",
        Marker::GaveUp(GaveUp::SecondFactor),
    ),
    (
        "login dialog window_opened: loginstate is logged_out",
        Marker::LoginDialog,
    ),
];

pub(super) fn of_ibc(text: &str) -> Option<Marker> {
    let text = text.trim().to_lowercase();
    if text.starts_with("detected ") || text.starts_with(EVENT) {
        return of_window(&text);
    }
    if let Some(marker) = beginning(&text) {
        return Some(marker);
    }
    if let Some((_, refusal)) = REFUSALS.iter().find(|(words, _)| text.starts_with(words)) {
        return Some(Marker::Refused(*refusal));
    }
    if text.starts_with("ibc closing after ") && text.contains("failed to display login dialog") {
        return Some(Marker::GaveUp(GaveUp::NoLoginDialog));
    }
    if let Some(rest) = text.strip_prefix("if login has not completed, ibc will exit in ") {
        return Some(Marker::Waiting(number(rest)));
    }
    if let Some(status) = text.strip_prefix("exiting with exit code=") {
        // The shell sees the last eight bits of it.
        let status = number(status).map(|status| status % 256);
        return status
            .and_then(|it| i32::try_from(it).ok())
            .map(Marker::Ended);
    }
    of_login(&text).or_else(|| of_api(&text))
}

fn beginning(text: &str) -> Option<Marker> {
    let known = BEGINNINGS.iter().find(|(start, _)| text.starts_with(start));
    known.map(|(_, marker)| marker.clone())
}

fn of_login(text: &str) -> Option<Marker> {
    if let Some(rest) = text.strip_prefix("login attempt: ") {
        return Some(Marker::LoggingIn(number(rest), None));
    }
    if let Some(button) = text.strip_prefix("click button: ") {
        return match button {
            "log in" | "login" => Some(Marker::LoggingIn(None, None)),
            "paper log in" => Some(Marker::LoggingIn(None, Some(Mode::Paper))),
            _ => None,
        };
    }
    if let Some(rest) = text.strip_prefix("setting trading mode = ") {
        return mode(rest).map(Marker::Mode);
    }
    if let Some((_, rest)) = text
        .split_once("tradingmode=")
        .filter(|_| text.starts_with("trading mode"))
    {
        return mode(rest).map(Marker::Mode);
    }
    if let Some(state) = text.strip_prefix("loginstate is ") {
        return (state == "logged_out").then_some(Marker::LoginDialog);
    }
    if text.starts_with(ACCEPT) {
        return Some(untrusted(text));
    }
    let scenario = text.split_once("scenario ").map(|(_, rest)| rest);
    let scenario = scenario.and_then(number).filter(|it| (1..=6).contains(it));
    scenario
        .and_then(|it| u8::try_from(it).ok())
        .map(Marker::Scenario)
}

/// The label by which the question for a client is known.
const ACCEPT: &str = "accept incoming connection";

/// The address in that question.
fn untrusted(text: &str) -> Marker {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '?' | ',' | '/' | '}'));
    let mut addresses = words.filter_map(|word| word.trim_end_matches('.').parse().ok());
    Marker::Untrusted(addresses.next())
}

/// The API's port and mode, and the command server's port.
fn of_api(text: &str) -> Option<Marker> {
    if let Some(rest) = text.strip_prefix("tws api socket port ") {
        let rest = rest.strip_prefix("is ").unwrap_or(rest);
        let rest = rest
            .strip_prefix("already ")
            .or(rest.strip_prefix("now "))?;
        return number(rest.strip_prefix("set to ")?)
            .and_then(port)
            .map(Marker::Port);
    }
    if let Some(rest) = text.strip_prefix("read-only api checkbox is ") {
        let rest = rest
            .strip_prefix("already ")
            .or(rest.strip_prefix("now "))?;
        return match rest.strip_prefix("set to: ")?.trim() {
            "true" => Some(Marker::ReadOnly(true)),
            "false" => Some(Marker::ReadOnly(false)),
            _ => None,
        };
    }
    let rest = text.strip_prefix("commandserver listening on ")?;
    let (addresses, rest) = rest.rsplit_once("port: ")?;
    let is_word = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':');
    let words = addresses.split(|c| !is_word(c));
    let mut found = words.filter_map(|word| word.trim_end_matches(':').parse::<IpAddr>().ok());
    let is_open = found.any(|ip| !ip.is_loopback());
    number(rest)
        .and_then(port)
        .map(|port| Marker::CommandServer(port, is_open))
}

/// How old versions begin what becomes of the second factor's dialog, in lower case.
const EVENT: &str = "second factor authentication dialog event: ";

/// What becomes of a window in which the login or the API is concerned.
fn of_window(text: &str) -> Option<Marker> {
    if let Some(event) = text.strip_prefix(EVENT) {
        let event = WindowEvent::named(event)?;
        return Some(Marker::Window(Dialog::SecondFactor, event, 0));
    }
    let (is_dialog, title, event) = window(text)?;
    if let Some((_, refusal)) = REFUSALS.iter().find(|(words, _)| title.contains(words)) {
        return (event != WindowEvent::Closed).then_some(Marker::Refused(*refusal));
    }
    let dialog = Dialog::titled(title);
    if dialog != Dialog::Other {
        return Some(Marker::Window(dialog, event, 0));
    }
    let mut hasher = DefaultHasher::new();
    title.hash(&mut hasher);
    is_dialog.then(|| Marker::Window(dialog, event, hasher.finish()))
}

/// What a dialog or a line says that refuses a login, in lower case.
const REFUSALS: [(&str, Refusal); 4] = [
    ("login failed", Refusal::Unsaid),
    ("unrecognized username or password", Refusal::Credentials),
    ("too many failed login attempts", Refusal::LockedOut),
    (
        "the system is not currently available",
        Refusal::NotAvailable,
    ),
];

/// A line of the settings, such as `    TradingMode=paper`, which IBC prints raw.
pub(in crate::evidence) fn setting(text: &str) -> Option<Marker> {
    let text = text.rsplit_once("| ").map_or(text, |(_, rest)| rest);
    let text = text.rsplit_once("]: ").map_or(text, |(_, rest)| rest);
    let (key, value) = text.trim().split_once('=')?;
    let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let key = key.to_ascii_lowercase();
    if !is_key {
        return None;
    }
    if key == "tradingmode" {
        return mode(&value.trim().to_lowercase()).map(Marker::Mode);
    }
    Some(Marker::Setting(key, value.trim().to_owned()))
}

fn mode(text: &str) -> Option<Mode> {
    match text.trim() {
        "live" => Some(Mode::Live),
        "paper" => Some(Mode::Paper),
        _ => None,
    }
}

/// What IBC's scripts print, and what IBC prints raw: without a stamp, and perhaps behind the name of a
/// service or a journal's own words.
pub(super) fn of_script(text: &str) -> Option<Marker> {
    let plain = [Some(text), text.split_once("| ").map(|(_, rest)| rest)];
    let journal = text.split_once("]: ").map(|(_, rest)| rest);
    let mut texts = plain.into_iter().chain([journal]).flatten();
    texts.find_map(|text| raw(&text.to_lowercase()))
}

fn raw(text: &str) -> Option<Marker> {
    if let Some((_, label)) = text
        .split_once("jlabel: ")
        .filter(|it| it.1.starts_with(ACCEPT))
    {
        return Some(untrusted(label));
    }
    let known = SCRIPTS.iter().find(|(start, _)| text.starts_with(start));
    if let Some((_, marker)) = known {
        return Some(marker.clone());
    }
    let status = text.strip_prefix("ibc returned exit status ")?;
    status.trim().parse().ok().map(Marker::Ended)
}

/// Their beginnings, in lower case.
static SCRIPTS: [(&str, Marker); 6] = [
    ("starting ibc version", Marker::Started),
    ("ibc settings:", Marker::Settings(true)),
    ("end ibc settings", Marker::Settings(false)),
    (
        "autorestart file not found",
        Marker::FullLogin(Some(FullLogin::NoAutorestart)),
    ),
    ("autorestart file found", Marker::FullLogin(None)),
    (
        "cold restart in progress",
        Marker::FullLogin(Some(FullLogin::Cold)),
    ),
];

/// What socat could not do, in lower case: `socat[93] e connect(5, af=2 127.0.0.1:4002, 16): connection
/// refused`.
pub(super) fn of_socat(text: &str) -> Option<Marker> {
    let trouble = if text.contains("bind(") && text.ends_with("address already in use") {
        RelayTrouble::PortTaken
    } else if !text.contains("connect(") {
        return None;
    } else if text.ends_with("connection refused") {
        RelayTrouble::Refused
    } else if text.ends_with("timed out") {
        RelayTrouble::TimedOut
    } else {
        return None;
    };
    let (_, call) = text.split_once("af=")?;
    let address = call
        .split(['}', ',', ' '])
        .find(|word| word.contains(':'))?;
    let (_, digits) = address.rsplit_once(':')?;
    number(digits)
        .and_then(port)
        .map(|port| Marker::Relay(trouble, port))
}

/// The number with which a text begins.
fn number(text: &str) -> Option<u32> {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().ok()
}

fn port(number: u32) -> Option<u16> {
    u16::try_from(number).ok().filter(|port| *port > 0)
}
