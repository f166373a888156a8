//! Which cause the log gives to a symptom.

use super::{Context, remedies, today, words};
use crate::diagnosis::is_unready;
use crate::evidence::log::dialog::Dialog;
use crate::evidence::log::marker::{GaveUp, Refusal};
use crate::evidence::login::{Login, Phase};
use crate::evidence::look::ReadLog;
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};

/// The cause of a symptom.
pub(super) struct Cause {
    pub(super) code: Code,
    pub(super) summary: String,
    pub(super) evidence: Vec<String>,
    pub(super) remedies: Vec<String>,
}

/// Whether a login that is not complete makes this symptom.
fn is_of_login(code: Code) -> bool {
    is_unready(code)
        || matches!(
            code,
            Code::NotListening | Code::GatewayStarting | Code::RelayWithoutGateway
        )
}

/// Whether a session that was lost makes this symptom.
fn is_of_loss(code: Code) -> bool {
    is_of_login(code)
        || matches!(
            code,
            Code::UpstreamLost
                | Code::CompetingSession
                | Code::SyncTimeout
                | Code::Dropped
                | Code::HeartbeatLost
        )
}

/// Whether the answer that a client waits for stands behind a dialog of the API.
fn is_of_dialog(code: Code, dialog: Dialog) -> bool {
    match dialog {
        Dialog::AcceptConnection => {
            matches!(code, Code::SilentAfterConnect | Code::ClosedBeforeVersion)
        }
        Dialog::WriteAccess => matches!(code, Code::SilentAfterConnect | Code::SyncTimeout),
        _ => false,
    }
}

/// The cause of this finding; `None` where the log gives none.
pub(super) fn of(
    finding: &Finding,
    login: &Login,
    read: &ReadLog,
    context: &Context,
) -> Option<Cause> {
    let code = finding.code;
    if finding.severity < Severity::Error && (context.works || !is_of_loss(code)) {
        let is_loss = matches!(code, Code::UpstreamLost | Code::CompetingSession);
        return (is_loss && is_lost(login)).then(|| lost(login, read, context));
    }
    let phase = of_phase(code, login)?;
    Some(match phase {
        Code::SessionElsewhere => elsewhere(login, read),
        Code::SecondFactorPending => second_factor(login, read),
        Code::LoginFailed => failed(login, read),
        Code::DialogOpen => dialog(login, read, context)?,
        _ => lost_or_pending(login, read, context),
    })
}

/// The code of the cause by how far the login has come.
fn of_phase(code: Code, login: &Login) -> Option<Code> {
    let is_elsewhere = is_elsewhere(login) && is_of_loss(code);
    let blocking = [Dialog::AcceptConnection, Dialog::WriteAccess];
    let is_blocked =
        |dialog: &Dialog| is_of_dialog(code, *dialog) && login.open_since(*dialog).is_some();
    match login.phase {
        _ if is_elsewhere => Some(Code::SessionElsewhere),
        Phase::ReLogin => is_of_loss(code).then_some(Code::LoginPending),
        Phase::SecondFactor | Phase::GaveUp(GaveUp::SecondFactor) => {
            is_of_login(code).then_some(Code::SecondFactorPending)
        }
        Phase::Refused(_) | Phase::GaveUp(GaveUp::NoLoginDialog) => {
            is_of_login(code).then_some(Code::LoginFailed)
        }
        Phase::Starting | Phase::LoggingIn | Phase::Waiting => {
            is_of_login(code).then_some(Code::LoginPending)
        }
        Phase::LoggedIn | Phase::Unknown => {
            blocking.iter().any(is_blocked).then_some(Code::DialogOpen)
        }
        Phase::Ended => None,
    }
}

/// Whether another session of the user keeps this one from working.
fn is_elsewhere(login: &Login) -> bool {
    let dialogs = [Dialog::ExistingSession, Dialog::LoginHandoff];
    let is_open = dialogs
        .iter()
        .any(|dialog| login.open_since(*dialog).is_some());
    is_open || login.competing.is_some() && login.phase != Phase::LoggedIn
}

fn is_lost(login: &Login) -> bool {
    login.phase == Phase::ReLogin || is_elsewhere(login)
}

fn lost(login: &Login, read: &ReadLog, context: &Context) -> Cause {
    if is_elsewhere(login) {
        elsewhere(login, read)
    } else {
        lost_or_pending(login, read, context)
    }
}

fn elsewhere(login: &Login, read: &ReadLog) -> Cause {
    let at = login
        .competing
        .map(|at| format!(" at {}", at.told(today(read))));
    let scenario = login
        .scenario
        .map(|it| format!("IBC took it for its scenario {it}"));
    Cause {
        code: Code::SessionElsewhere,
        summary: format!(
            "another session of the same user was met{}",
            at.unwrap_or_default()
        ),
        evidence: std::iter::once(words(login, read))
            .chain(scenario)
            .collect(),
        remedies: remedies::of_code(Code::SessionElsewhere),
    }
}

fn second_factor(login: &Login, read: &ReadLog) -> Cause {
    let asks = login.asks;
    let asked = (asks > 1).then(|| format!("it was asked for {asks} times since the start"));
    Cause {
        code: Code::SecondFactorPending,
        summary: words(login, read),
        evidence: asked.into_iter().chain(start(login)).collect(),
        remedies: remedies::second_factor(login, read),
    }
}

fn failed(login: &Login, read: &ReadLog) -> Cause {
    let remedies = match login.phase {
        Phase::Refused(Refusal::Credentials) => remedies::CREDENTIALS.as_slice(),
        Phase::Refused(Refusal::LockedOut) => &remedies::LOCKED_OUT,
        Phase::Refused(Refusal::NotAvailable) => &remedies::NOT_AVAILABLE,
        Phase::GaveUp(_) => &remedies::NO_DIALOG,
        _ => &remedies::REFUSED,
    };
    let attempts = (login.attempts > 1).then(|| format!("attempt {}", login.attempts));
    let summary = match login.phase {
        Phase::Refused(_) => format!("the login was {}", words(login, read)),
        _ => words(login, read),
    };
    Cause {
        code: Code::LoginFailed,
        summary,
        evidence: attempts.into_iter().collect(),
        remedies: remedies.iter().map(|&it| it.to_owned()).collect(),
    }
}

fn lost_or_pending(login: &Login, read: &ReadLog, _context: &Context) -> Cause {
    let gives_up = login.gives_up.filter(|_| login.phase == Phase::Waiting);
    let gives_up = gives_up.map(|(seconds, at)| {
        let at = at.map_or_else(String::new, |at| format!(" {}", at.told(today(read))));
        format!("IBC ends it {seconds} s after{at} if it has not completed by then")
    });
    Cause {
        code: Code::LoginPending,
        summary: words(login, read),
        evidence: gives_up
            .into_iter()
            .chain(login.dialogs_in_words(today(read)))
            .chain(start(login))
            .collect(),
        remedies: remedies::pending(login, read),
    }
}

/// Why the start needed a whole login.
fn start(login: &Login) -> Option<String> {
    login.start_in_words().map(str::to_owned)
}

fn dialog(login: &Login, read: &ReadLog, context: &Context) -> Option<Cause> {
    let since = |dialog| login.open_since(dialog);
    let at = |since: Option<crate::evidence::stamp::Stamp>| {
        since.map_or_else(String::new, |it| format!(" since {}", it.told(today(read))))
    };
    if let Some(since) = since(Dialog::AcceptConnection) {
        let who = login.untrusted.or(context.ours);
        let who = who.map_or_else(|| "a client".to_owned(), |ip| ip.to_string());
        return Some(Cause {
            code: Code::DialogOpen,
            summary: format!(
                "the Gateway asks on its screen{} whether to accept {who}, which is not trusted",
                at(since)
            ),
            evidence: vec![words(login, read)],
            remedies: remedies::untrusted(login, context),
        });
    }
    let since = since(Dialog::WriteAccess)?;
    Some(Cause {
        code: Code::DialogOpen,
        summary: format!(
            "the Gateway asks on its screen{} whether an API client may write",
            at(since)
        ),
        evidence: vec![words(login, read)],
        remedies: remedies::WRITE_ACCESS
            .iter()
            .map(|&it| it.to_owned())
            .collect(),
    })
}
