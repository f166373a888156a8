//! No version came: who read the greeting, and what has piled up at the Gateway's end, decide what
//! comes first.

use super::super::version::{behind, relay};
use super::version::{PILE, no_gateway, who_connects};
use super::{address, of_code};
use crate::finding::Code;
use crate::handshake::{Attempt, Setting};
use crate::machine::path::{End, Hop, Path};
use crate::machine::process::ProgramKind;
use crate::machine::role::{COMMAND_PORT, Role};

const DIALOG: &str = "look at the Gateway's screen: it has read the greeting, so a dialog (accept \
    incoming connection, login, existing session) is likely";

/// What to do where a relay that is not seen may have read the greeting.
fn unseen_reader(port: u16, in_container: bool) -> [String; 2] {
    let how = if in_container {
        "on the machine that runs this container".to_owned()
    } else {
        format!("`sudo ibdoc doctor {port}`")
    };
    [
        format!(
            "see who listens, as root: {how}; {port} is usually a relay's port, and then it is the \
             relay that has read the greeting"
        ),
        "look at the Gateway's screen, and whether its process runs: a dialog, or a Gateway that is \
         stopped or accepts nobody, makes the same silence"
            .to_owned(),
    ]
}

/// Whether who read the greeting may be a relay: who listens is not seen, on a relay's usual port.
fn may_be_relayed(setting: &Setting) -> bool {
    let listener = setting.listener.as_ref();
    listener.is_some_and(|it| {
        it.kind == ProgramKind::Unknown && Role::of_port(it.port).is_some_and(Role::is_relay)
    })
}

/// No version came.
pub(super) fn silence(attempt: &Attempt) -> Vec<String> {
    let path = attempt.setting.path.as_ref();
    let other_port = path.is_some_and(Path::may_end_at_command_server).then(|| {
        format!(
            "use the port of the Gateway's API, usually 4002 or 4001: {COMMAND_PORT} is usually that \
             of IBC's command server, which is none"
        )
    });
    other_port.into_iter().chain(of_gateway(attempt)).collect()
}

/// What to do about half-closed sockets at the end of a Gateway that has read the greeting.
const OWN_SOCKETS: &str = "if no dialog is open, restart the Gateway: the half-closed sockets are its own, no kill of \
     a client clears them";

fn of_gateway(attempt: &Attempt) -> Vec<String> {
    let setting = &attempt.setting;
    if let Some(relay) = relay(setting) {
        return behind_relay(setting, &relay);
    }
    let end = setting.gateway_end.as_ref();
    let half_closed = end.map_or(0, |end| end.half_closed);
    if setting.listener.is_none() && half_closed < PILE {
        return remote_silence(attempt);
    }
    let other = no_gateway(setting);
    let is_other = other.is_some();
    let mut remedies: Vec<String> = other.into_iter().collect();
    remedies.extend(address::loopback(attempt));
    let read = end
        .and_then(|end| end.ours_unread)
        .map(|unread| unread == 0);
    if let (true, Some(read)) = (is_other && half_closed < PILE, read) {
        let does = if read { "read" } else { "has not read" };
        remedies.push(format!(
            "if that program passes on to a Gateway, look at the Gateway itself: it is that program \
             that {does} the greeting"
        ));
        return remedies;
    }
    if half_closed >= PILE {
        remedies.extend(piled_up(setting, half_closed));
        return remedies;
    }
    match end.and_then(|end| end.ours_unread) {
        Some(0) if may_be_relayed(setting) => {
            remedies.extend(unseen_reader(
                attempt.target.port,
                setting.at_hand.in_container,
            ));
        }
        Some(0) => remedies.push(DIALOG.to_owned()),
        Some(_) => remedies.push(
            "restart the Gateway: the greeting lies unread at its end, and a dialog does not keep \
             it there"
                .to_owned(),
        ),
        None => {
            return remedies
                .into_iter()
                .chain(of_code(Code::SilentAfterConnect))
                .collect();
        }
    }
    if half_closed > 0 {
        remedies.push(OWN_SOCKETS.to_owned());
        remedies.push(who_connects(setting));
    } else if !remedies.iter().any(|remedy| remedy.contains("restart")) {
        remedies.push("if no dialog is open, restart the Gateway".to_owned());
    }
    remedies
}

/// As many half-closed sockets lie at the Gateway's end as a dialog does not leave.
fn piled_up(setting: &Setting, half_closed: usize) -> [String; 3] {
    [
        format!(
            "restart the Gateway: the {half_closed} half-closed sockets are its own, and no kill \
             of a client clears them"
        ),
        "a look at its screen before costs nothing: a dialog makes the same silence".to_owned(),
        who_connects(setting),
    ]
}

/// The relay accepted and read the greeting, which tells nothing of the Gateway behind it.
fn behind_relay(setting: &Setting, relay: &str) -> Vec<String> {
    if let Some((hop, _)) = &setting.answers_itself {
        let port = hop.address.port();
        return vec![
            format!("restart {relay}: the Gateway itself answers on its own port {port}"),
            "if it is as silent afterwards, look how it is started: it may pass on in one \
             direction only"
                .to_owned(),
        ];
    }
    // The relay accepted and read: that tells nothing of the Gateway.
    let look = match behind(setting) {
        Some(hop) if hop.is_here() => format!(
            "look at the Gateway behind the relay: `ibdoc doctor {}`",
            hop.address.port()
        ),
        Some(Hop {
            pid: Some(pid),
            address,
            ..
        }) => format!(
            "look at the Gateway behind the relay, as root: `ibdoc doctor {} --netns {pid}`",
            address.port()
        ),
        _ => match into_container(setting) {
            Some(port) => format!(
                "look at the Gateway in its container, into which root sees from here: `sudo ibdoc \
                 doctor {port}`"
            ),
            None => "look at the Gateway behind the relay: run ibdoc where it runs".to_owned(),
        },
    };
    vec![
        look,
        format!("if that Gateway answers there, restart {relay}"),
    ]
}

/// The port of this machine whose relay leads into a container, of which nothing is seen.
fn into_container(setting: &Setting) -> Option<u16> {
    let listener = setting.listener.as_ref().filter(|_| setting.local)?;
    let path = setting
        .path
        .as_ref()
        .filter(|path| path.end == End::OutOfSight)?;
    let leads_in = path.hops.last()?.name.as_deref() == Some("docker-proxy");
    leads_in.then_some(listener.port)
}

/// On another machine nothing of the Gateway's end is seen, and this client is not trusted by
/// itself.
fn remote_silence(attempt: &Attempt) -> Vec<String> {
    let setting = &attempt.setting;
    let inside = setting.direct_hop().and_then(|hop| {
        let (port, pid) = (hop.address.port(), hop.pid?);
        Some(format!(
            "look from inside, as root: `ibdoc doctor {port} --netns {pid}`"
        ))
    });
    let mut remedies: Vec<String> = Vec::new();
    remedies.extend(address::other_container(attempt));
    remedies.push(address::trust(setting));
    remedies.extend([
        "look at the Gateway's screen for a dialog: accept incoming connection, login, existing \
         session"
            .to_owned(),
        inside.unwrap_or_else(|| {
            "on the Gateway's machine run `ibdoc doctor`: there it sees whether half-closed sockets \
             have piled up"
                .to_owned()
        }),
        "if no dialog is open: restart the Gateway".to_owned(),
    ]);
    remedies
}
