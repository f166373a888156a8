//! What to do about a login, and how a restart keeps the second factor out.

use std::time::Duration;

use super::Context;
use crate::evidence::log::dialog::Dialog;
use crate::evidence::log::marker::GaveUp;
use crate::evidence::login::{Login, Phase};
use crate::evidence::look::ReadLog;
use crate::finding::{Code, Finding};

/// IBKR's limit for the second factor (docs/LOGIN.md).
const LIMIT: Duration = Duration::from_secs(180);
/// A login that has lasted for longer is looked at, not waited for.
const LONG: Duration = Duration::from_secs(300);

pub(super) const CREDENTIALS: [&str; 2] = [
    "correct the user name and the password (IbLoginId and IbPassword in IBC's config.ini), and log in \
     once by hand",
    "do not let IBC repeat it: after some failed attempts IBKR locks the user out",
];
pub(super) const LOCKED_OUT: [&str; 2] = [
    "stop IBC, so that it does not go on, and wait for some minutes",
    "then log in once by hand; if that fails too, let IBKR unlock the user",
];
pub(super) const NOT_AVAILABLE: [&str; 2] = [
    "wait: IBKR's system was not available, as at its nightly reset and at weekends; its status is on \
     IBKR's website",
    "start the login again afterwards",
];
pub(super) const REFUSED: [&str; 1] =
    ["read on the Gateway's screen why, and log in there once by hand"];
pub(super) const NO_DIALOG: [&str; 2] = [
    "start it again; if no login dialog comes up again, look at the display (Xvfb), the memory and the \
     version with which IBC starts it",
    "give it more time: LoginDialogDisplayTimeout in IBC's config.ini",
];
pub(super) const WRITE_ACCESS: [&str; 2] = [
    "answer the dialog on the Gateway's screen",
    "if the program is to place orders, switch Read-Only API off (ReadOnlyApi=no in IBC's config.ini); \
     if not, let it ask for no orders",
];

/// The remedies of a code.
pub(super) fn of_code(code: Code) -> Vec<String> {
    code.remedies().iter().map(|&it| it.to_owned()).collect()
}

/// The second factor is asked for, or was.
pub(super) fn second_factor(login: &Login, read: &ReadLog) -> Vec<String> {
    let is_missed = login.phase == Phase::GaveUp(GaveUp::SecondFactor);
    let is_over = is_missed || read.ago(login.asked).is_some_and(|ago| ago > LIMIT);
    let first = if is_over {
        "start the login again, and confirm the second factor on the phone: IBKR waits about 180 s \
         for it, and that time is over"
    } else {
        "confirm the second factor on the phone now: IBKR waits about 180 s for it"
    };
    let mut remedies = vec![first.to_owned()];
    if is_over {
        remedies.push(
            "let IBC repeat it by itself: ReloginAfterSecondFactorAuthenticationTimeout=yes in its \
             config.ini"
                .to_owned(),
        );
    }
    remedies.push(RESTARTS.to_owned());
    remedies
}

/// How restarts do without it from now on.
const RESTARTS: &str = "from then on restart without the second factor: AutoRestartTime in IBC's \
    config.ini, or RESTART to its command server; neither works across a Sunday";

/// A login that has not completed, or a session that was lost.
pub(super) fn pending(login: &Login, read: &ReadLog) -> Vec<String> {
    if login.phase == Phase::ReLogin {
        return vec![
            "log in again on the Gateway's screen, or restart the Gateway: waiting does not bring the \
             session back"
                .to_owned(),
        ];
    }
    if login.open_since(Dialog::Other).is_some() {
        return vec![
            "look at the Gateway's screen: a dialog is open there, and the login does not go on"
                .to_owned(),
        ];
    }
    let ago = read.ago(login.started.or(login.since));
    if ago.is_some_and(|ago| ago > LONG) {
        return vec![
            "look at the Gateway's screen: the login has been going on for longer than the minute or \
             two that it takes"
                .to_owned(),
            "if nothing moves there, restart the Gateway".to_owned(),
        ];
    }
    vec!["wait a minute or two: the login is going on".to_owned()]
}

/// The dialog that asks for a client.
pub(super) fn untrusted(login: &Login, context: &Context) -> Vec<String> {
    let who = login.untrusted.or(context.ours);
    let who = who.map_or_else(
        || "the address of this client".to_owned(),
        |ip| format!("{ip}"),
    );
    vec![
        format!(
            "add {who} to the Trusted IPs of the API settings (each address by itself, ranges do not \
             work), and answer the dialog on the Gateway's screen"
        ),
        "or let IBC answer it: AcceptIncomingConnectionAction=accept in its config.ini".to_owned(),
    ]
}

/// Adds to the first remedy that restarts the Gateway how this one does it without the second factor.
pub(super) fn add_way_to_restart(findings: &mut [Finding], login: &Login) {
    let Some(way) = way_to_restart(login) else {
        return;
    };
    for finding in findings {
        let mut remedies = finding.remedies.iter();
        let place = remedies.position(|remedy| remedy.contains("restart the Gateway"));
        if let Some(place) = place {
            finding.remedies.insert(place + 1, way);
            return;
        }
    }
}

fn way_to_restart(login: &Login) -> Option<String> {
    let command = |port: u16| {
        format!(
            "without the second factor, but not across a Sunday: on the Gateway's machine `echo \
             RESTART | nc 127.0.0.1 {port}`, to IBC's command server; ibdoc does not send it"
        )
    };
    if let Some(server) = login.command_server {
        return Some(command(server.port));
    }
    if login.settings.command_port == Some(0) {
        return Some(
            "a restart costs a login: IBC's command server, which does it without the second factor, \
             is off (CommandServerPort=0 in its config.ini); AutoRestartTime does so too, but not \
             across a Sunday"
                .to_owned(),
        );
    }
    None
}
