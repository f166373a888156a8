//! Whether a log is that of the Gateway that is examined, and not of a run before it.

use std::time::Duration;

use super::Context;
use crate::evidence::log::marker::Mode;
use crate::evidence::login::Login;
use crate::evidence::look::{Age, Process, ReadLog};
use crate::machine::role::Role;
use crate::text::duration::shown_long;

/// The start of a process and the last line of a log are told by two clocks.
const CLOCKS: Duration = Duration::from_secs(5);
/// Clocks are set forward and back by an hour twice a year.
const CHANGE: Duration = Duration::from_secs(2 * 3600);
/// IBC keeps a log for a week, and then writes another in its place.
const WEEK: Duration = Duration::from_secs(8 * 24 * 3600);

/// What a log is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    /// It tells of this login.
    Current(&'a Login),
    /// Two Gateways write to it, and whose its lines are cannot be told.
    Doubtful,
    /// It is of another run, or another Gateway: why.
    Other(String),
}

/// What this log is worth for this connection.
pub(super) fn standing<'a>(
    read: &'a ReadLog,
    process: Option<Process>,
    context: &Context,
) -> Standing<'a> {
    if let Some(words) = is_old(read, process) {
        return Standing::Other(words);
    }
    let ports = [context.gateway_port(), context.port];
    let logins = &read.log.logins;
    let Some(login) = ports.iter().find_map(|port| logins.of_port(*port)) else {
        let words = match logins.all().len() {
            0 => "it has no line of a login".to_owned(),
            count => format!(
                "it tells of {count} Gateways, none of them of port {}",
                context.port
            ),
        };
        return Standing::Other(words);
    };
    if login.is_doubtful {
        return Standing::Doubtful;
    }
    let is_of_port = login.port.is_some_and(|port| ports.contains(&port));
    if !is_of_port && context.is_reached && !context.works {
        if !read.is_own {
            return Standing::Other("it may be another Gateway's".to_owned());
        }
        if let Some(words) = is_of_other_account(login, context) {
            return Standing::Other(words);
        }
    }
    if login.is_over() && context.is_listening {
        return Standing::Other("it says that the Gateway has ended, and it listens".to_owned());
    }
    Standing::Current(login)
}

/// A log whose last line is older than the process, or which tells of a start before it, or which is
/// older than IBC keeps one.
fn is_old(read: &ReadLog, process: Option<Process>) -> Option<String> {
    let (Age::Known(age) | Age::AtLeast(age)) = read.age?;
    let up = process.and_then(|process| process.up);
    if let Some(up) = up.filter(|up| age > *up + CLOCKS) {
        return Some(format!(
            "it is older than the Gateway's process: its last line was written {} ago, and the \
             process has been up for {}",
            shown_long(age),
            shown_long(up)
        ));
    }
    let starts = read
        .log
        .logins
        .all()
        .iter()
        .map(|login| read.ago(login.started));
    let newest = starts.flatten().min();
    if let Some((start, up)) = newest.zip(up).filter(|(start, up)| *start > *up + CHANGE) {
        return Some(format!(
            "it is older than the Gateway's process: the last start in it was {} ago, and the \
             process has been up for {}",
            shown_long(start),
            shown_long(up)
        ));
    }
    let is_stale = process.is_none() && age > WEEK;
    is_stale.then(|| {
        format!(
            "it is stale: its last line was written {} ago",
            shown_long(age)
        )
    })
}

/// A Gateway that logs in to the other kind of account is not the one on this port.
fn is_of_other_account(login: &Login, context: &Context) -> Option<String> {
    let role = Role::of_port(context.gateway_port()).or(Role::of_port(context.port))?;
    let is_live = login.mode? == Mode::Live;
    let (here, there) = if is_live {
        ("live", "paper")
    } else {
        ("paper", "live")
    };
    (role.is_live() != is_live).then(|| {
        format!(
            "it tells of a {here} login, and port {} is by convention that of {there} ones",
            context.port
        )
    })
}

/// Which log it is, and how old its last line.
pub(super) fn source(read: &ReadLog) -> String {
    let age = match read.age {
        Some(Age::Known(age)) => format!(", last line {} ago", shown_long(age)),
        Some(Age::AtLeast(age)) => format!(", last line at least {} ago", shown_long(age)),
        None => String::new(),
    };
    let cut = if read.is_whole {
        ""
    } else {
        ", read from its end"
    };
    format!("IBC's log: {}{age}{cut}", read.name)
}
