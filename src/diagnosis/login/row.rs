//! The check "login" in words, and what else the log tells.

use super::current::{Standing, source};
use super::{Context, relay, today};
use crate::event::CheckStatus;
use crate::evidence::login::{Login, Phase};
use crate::evidence::look::{ReadLog, Seen};
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::report;

/// What is said of a login whose Gateway is not there.
pub(super) const GONE: &str = "no Gateway runs any more, and the log does not say why";

/// More of what relays met is in the JSON only.
const MOST_RELAYS: usize = 2;

/// The check "login".
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// How it ended.
    pub status: CheckStatus,
    /// What was seen, in a sentence.
    pub summary: String,
    /// What the log tells, if one was read.
    pub login: Option<report::Login>,
}

fn row(status: CheckStatus, summary: impl Into<String>) -> Row {
    Row {
        status,
        summary: summary.into(),
        login: None,
    }
}

/// Without a log.
pub(super) fn without_log(seen: &Seen) -> Row {
    match seen {
        Seen::Off => row(CheckStatus::Skipped, "--logs off"),
        Seen::Nothing { places, is_piped } => {
            let piped = if *is_piped {
                "; the Gateway writes to a pipe, as in a container: `docker logs NAME 2>&1 | ibdoc \
                 doctor PORT --logs -`"
            } else {
                ""
            };
            let places = places.join(", ");
            row(
                CheckStatus::Skipped,
                format!("no log found (looked in {places}){piped}"),
            )
        }
        Seen::Unread(why) => row(CheckStatus::Unknown, why),
        Seen::Log(_) => row(CheckStatus::Unknown, "a log was read"),
    }
}

/// With a log; `caused` is the severity of the finding whose cause it gave.
pub(super) fn of_log(
    read: &ReadLog,
    standing: &Standing<'_>,
    caused: Option<Severity>,
    context: &Context,
) -> Row {
    let login = match standing {
        Standing::Other(why) => {
            return row(
                CheckStatus::Skipped,
                format!("{} is not used: {why}", read.name),
            );
        }
        Standing::Doubtful => {
            let each = read.log.logins.all().iter();
            let each: Vec<String> = each
                .map(|login| login.phase_in_words(today(read)))
                .collect();
            return row(
                CheckStatus::Unknown,
                format!(
                    "two Gateways write to {}, and whose lines are whose cannot be told: {}",
                    read.name,
                    each.join("; or ")
                ),
            );
        }
        Standing::Current(login) => login,
    };
    let relays = read.log.relays.iter().take(MOST_RELAYS);
    let relays = relays.map(|seen| relay::words(seen, read));
    let words = std::iter::once(login.words(today(read))).chain(relays);
    let words = words.collect::<Vec<_>>().join("; ");
    match (caused, login.phase) {
        (Some(Severity::Error), _) => row(CheckStatus::Failed, words),
        (Some(_), _) => row(CheckStatus::Attention, words),
        (None, Phase::LoggedIn) if context.is_gone => {
            row(CheckStatus::Unknown, format!("{words}; {GONE}"))
        }
        (None, Phase::LoggedIn) => row(CheckStatus::Ok, words),
        (None, _) if context.works => row(
            CheckStatus::Unknown,
            format!("{words}; yet a session was opened: the log is behind, or another Gateway's"),
        ),
        (None, _) => row(CheckStatus::Unknown, format!("{words} ({})", source(read))),
    }
}

/// A command server that other machines reach.
pub(super) fn command_server(login: &Login) -> Option<Finding> {
    let server = login.command_server.filter(|server| server.is_open)?;
    let summary = format!(
        "IBC's command server listens on port {} of every address: other machines may stop the Gateway",
        server.port
    );
    let mut finding = Finding::new(Code::CommandPort, &format!("port {}", server.port), summary);
    finding.remedies = vec![
        "set BindAddress=127.0.0.1 in IBC's config.ini unless other machines are to command it"
            .to_owned(),
    ];
    Some(finding)
}
