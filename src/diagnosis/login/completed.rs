//! What a symptom is where the login has completed, or the Gateway has ended: other causes than a login
//! are left.

use super::current::source;
use super::row::GONE;
use super::{Context, today, words};
use crate::evidence::log::dialog::Dialog;
use crate::evidence::login::{Login, Phase};
use crate::evidence::look::ReadLog;
use crate::finding::{Code, Finding};

/// Adds what is ruled out, and puts what is left first.
pub(super) fn explain(findings: &mut [Finding], login: &Login, read: &ReadLog, context: &Context) {
    if context.works {
        return;
    }
    for finding in findings {
        match (login.phase, finding.code) {
            (Phase::LoggedIn, Code::SilentAfterConnect) => silent(finding, login, read, context),
            (Phase::LoggedIn, Code::NotListening) if context.is_gone => {
                let last = source(read);
                finding
                    .evidence
                    .push(format!("{last}: the login {}; {GONE}", words(login, read)));
            }
            (Phase::LoggedIn, Code::NotListening | Code::GatewayStarting | Code::WrongPort) => {
                elsewhere(finding, login, context);
            }
            (Phase::Ended, Code::NotListening | Code::RelayWithoutGateway) => {
                finding
                    .evidence
                    .push(format!("IBC's log: {}", words(login, read)));
            }
            _ => {}
        }
    }
}

/// A silence after the login: an open dialog, an address that is not trusted, or an API that hangs.
fn silent(finding: &mut Finding, login: &Login, read: &ReadLog, context: &Context) {
    let dialogs = login.dialogs_in_words(today(read));
    let is_open = dialogs.is_some();
    let dialogs = dialogs.unwrap_or_else(|| "no dialog is open".to_owned());
    let done = words(login, read);
    finding
        .evidence
        .push(format!("IBC's log: the login {done}; {dialogs}"));
    let is_of_login = |remedy: &String| {
        remedy.contains("existing session")
            || remedy.contains("a dialog makes the same silence")
            || remedy.contains("with its login takes so long")
            || remedy.contains("if no dialog is open")
    };
    finding.remedies.retain(|remedy| !is_of_login(remedy));
    if is_open {
        let since = login.open_since(Dialog::Other).flatten();
        let since = since.map_or_else(String::new, |it| format!(" since {}", it.told(today(read))));
        let look = format!("look at the Gateway's screen: a dialog is open there{since}");
        finding.remedies.insert(0, look);
    }
    if !finding
        .remedies
        .iter()
        .any(|it| it.contains("restart the Gateway"))
    {
        let restart =
            "restart the Gateway: its login has completed, so that it is its API that hangs";
        let is_first = !is_open && context.is_trusted();
        let at = if is_first { 0 } else { finding.remedies.len() };
        finding.remedies.insert(at, restart.to_owned());
    }
}

/// The API is on another port, as IBC has set it.
fn elsewhere(finding: &mut Finding, login: &Login, context: &Context) {
    let port = login
        .port
        .filter(|port| *port != context.gateway_port() && !context.is_elsewhere);
    if let Some(port) = port {
        finding
            .evidence
            .push(format!("IBC's log: the API's port is {port}"));
        let is_told = |remedy: &String| remedy.contains(&port.to_string());
        if !finding.remedies.iter().any(is_told) {
            let remedy = format!("connect to port {port}, to which IBC has set the API");
            finding.remedies.insert(0, remedy);
        }
    }
}
