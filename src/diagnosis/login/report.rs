//! A log as it stands in the report.

use super::current::Standing;
use crate::evidence::login::{Login, Phase};
use crate::evidence::look::{Age, ReadLog};
use crate::evidence::stamp::Stamp;
use crate::report::{self, GatewayLogin, LoginPhase, OpenDialog, RelayMet};

/// What a log tells, as data.
pub(super) fn of_log(read: &ReadLog, standing: &Standing<'_>) -> report::Login {
    let unused = match standing {
        Standing::Current(_) => None,
        Standing::Doubtful => Some("whose lines are whose cannot be told".to_owned()),
        Standing::Other(why) => Some(why.clone()),
    };
    let relays = read.log.relays.iter().map(|seen| RelayMet {
        trouble: seen.trouble,
        port: seen.port,
        count: seen.count,
        last: text(seen.last),
    });
    report::Login {
        source: read.name.clone(),
        age: match read.age {
            Some(Age::Known(age)) => Some(age),
            Some(Age::AtLeast(_)) | None => None,
        },
        unused,
        gateways: read.log.logins.all().iter().map(of_login).collect(),
        relays: relays.collect(),
    }
}

fn of_login(login: &Login) -> GatewayLogin {
    let dialogs = login.dialogs().map(|(name, since)| OpenDialog {
        name,
        since: text(since),
    });
    let (phase, refused, gave_up) = match login.phase {
        Phase::Unknown => (LoginPhase::Unknown, None, None),
        Phase::Starting => (LoginPhase::Starting, None, None),
        Phase::LoggingIn => (LoginPhase::LoggingIn, None, None),
        Phase::SecondFactor => (LoginPhase::SecondFactor, None, None),
        Phase::Waiting => (LoginPhase::Waiting, None, None),
        Phase::Refused(reason) => (LoginPhase::Refused, Some(reason), None),
        Phase::GaveUp(reason) => (LoginPhase::GaveUp, None, Some(reason)),
        Phase::LoggedIn => (LoginPhase::LoggedIn, None, None),
        Phase::ReLogin => (LoginPhase::ReLogin, None, None),
        Phase::Ended => (LoginPhase::Ended, None, None),
    };
    GatewayLogin {
        mode: login.mode,
        phase,
        since: text(login.since),
        doubtful: login.is_doubtful,
        refused,
        gave_up,
        started: text(login.started),
        second_factor_asked: text(login.asked),
        completed: text(login.completed),
        api_port: login.port,
        read_only: login.read_only,
        dialogs: dialogs.collect(),
        full_login: login.full_login,
        command_port: login.command_server.map(|server| server.port),
        command_open: login.command_server.map(|server| server.is_open),
        exit_status: login.exit,
    }
}

fn text(stamp: Option<Stamp>) -> Option<String> {
    stamp.map(|stamp| stamp.to_string())
}
