//! What stands in the way to the Gateway, and where it is instead, as findings.

use std::net::SocketAddr;

use super::meant;
use super::remedies::address::relay_of;
use super::vacant;
use super::version;
use crate::finding::{COMMAND, Code, Finding};
use crate::handshake::{Attempt, Detour, Setting};
use crate::machine::RunningGateway;
use crate::machine::listener::{self, Listener, typed};
use crate::machine::path::{Door, Hop, Obstacle, Trouble};
use crate::machine::process::ProgramKind;
use crate::machine::role::Role;

/// What is found by an obstacle that was seen before a connection was made.
pub fn obstacles(obstacle: &Obstacle, subject: &str) -> Vec<Finding> {
    let port = obstacle.hop.address.port();
    let beside = match &obstacle.trouble {
        Trouble::NotApi { gateway, .. } => {
            let summary = format!("port {port} is not the API of this Gateway: it proves nothing");
            let finding = Finding::new(Code::CommandPort, subject, summary);
            Some(finding.with_evidence(gateway.to_string()))
        }
        _ => None,
    };
    let principal = self::obstacle(obstacle, subject);
    std::iter::once(principal).chain(beside).collect()
}

fn obstacle(obstacle: &Obstacle, subject: &str) -> Finding {
    let code = obstacle.code();
    let who = obstacle.hop.who();
    let mut finding = match &obstacle.trouble {
        Trouble::Stopped(wake) => wake.finding(subject, &who),
        Trouble::Stuck(queue) => {
            let who = match obstacle.hop.kind {
                ProgramKind::Relay => format!("{who}, a relay,"),
                _ => "the Gateway".to_owned(),
            };
            queue.finding(subject, &who)
        }
        Trouble::NotApi { gateway, api } => not_api(code, subject, &obstacle.hop, (gateway, *api)),
        Trouble::Loop { gateways, .. } => vacant::looping(code, subject, obstacle, gateways),
        Trouble::NothingBehind(vacant) => vacant::nothing_behind(subject, &obstacle.hop, vacant),
    };
    finding.evidence.push(obstacle.path.clone());
    if obstacle.blocks() {
        finding.evidence.push("no connection was made".to_owned());
    }
    finding
}

fn not_api(
    code: Code,
    subject: &str,
    hop: &Hop,
    (gateway, api): (&RunningGateway, Option<SocketAddr>),
) -> Finding {
    let port = hop.address.port();
    let who = hop.who();
    let summary = match code {
        Code::GatewayStarting => format!(
            "{who} runs, and listens on no port of its API: {port} is that of a command server"
        ),
        _ => format!("port {port} of {who} is that of a command server, not its API"),
    };
    let mut finding = Finding::new(code, subject, summary).with_evidence(gateway.to_string());
    let inside = gateway.api_ports();
    match (api, inside.first()) {
        (Some(address), _) => {
            let (api, typed) = (address.port(), typed(address));
            let (condition, account) = (meant::condition(port, api), meant::of_port(port, api));
            finding.remedies = vec![format!(
                "{condition}use port {api}{account}: `ibdoc {COMMAND} {typed}`"
            )];
        }
        (None, Some(port)) => {
            let pid = gateway.pid;
            finding.remedies = vec![format!(
                "use the port that is published for its API, {port} in there; from here, as root: \
                 `ibdoc {COMMAND} {port} --netns {pid}`"
            )];
        }
        (None, None) => {}
    }
    finding
}

/// The finding of a queue on the way that moves slowly, where no other finding tells of it.
pub(super) fn slow(attempt: &Attempt, findings: &[Finding]) -> Option<Finding> {
    let setting = &attempt.setting;
    let subject = attempt.subject();
    if findings.iter().any(|it| it.code == Code::AcceptsSlowly) {
        return None;
    }
    match (&setting.slow, &setting.slow_behind) {
        (Some(queue), _) => Some(queue.finding(&subject, &version::acceptor(setting))),
        (None, Some(behind)) => Some(obstacle(behind, &subject)),
        (None, None) => None,
    }
}

/// The finding of a port on which nothing listens, while a Gateway can be reached on another one.
pub(super) fn elsewhere(attempt: &Attempt, code: Code) -> Finding {
    let subject = attempt.subject();
    let port = attempt.target.port;
    if let Some(other) = attempt.setting.on_another_address(port) {
        return on_another_address(attempt, code, other);
    }
    let inside = attempt.setting.inside.as_deref();
    if let Some(inside) = inside.filter(|_| code == Code::RelayWithoutGateway) {
        return vacant::relay_missing(inside, attempt);
    }
    let door = nearest(&attempt.setting.doors, port);
    let Some(door) = door else {
        return Finding::new(code, &subject, "nothing listens on this port");
    };
    let typed = typed(door.address);
    let (summary, first) = through(door, code, attempt);
    let tried = attempt.setting.tried_in_words();
    let mut finding = Finding::new(code, &subject, summary).with_all_evidence(tried);
    let others = attempt
        .setting
        .doors
        .iter()
        .map(|door| format!("{}: {}", door.address, door.path));
    finding = finding
        .with_all_evidence(held(&attempt.setting))
        .with_all_evidence(others)
        .with_all_evidence(meant::mixed_up(port, door.address.port()));
    finding.remedies = vec![format!("{first}: `ibdoc {COMMAND} {typed}`")];
    finding
        .remedies
        .extend(of_other_account(&attempt.setting.doors, port, door));
    if code == Code::RelayWithoutGateway {
        finding.remedies = match meant::mixed_up(port, door.address.port()) {
            Some(_) => other_account(port, door, &typed),
            None => vec![
                first,
                format!(
                    "or use the Gateway's own port, on this machine: `ibdoc {COMMAND} {typed}`"
                ),
            ],
        };
    }
    finding
        .remedies
        .splice(0..0, to_free(&attempt.setting, code, port));
    finding
}

/// What is said of a port on which nothing listens beside a door to the Gateway, and what to do first.
fn through(door: &Door, code: Code, attempt: &Attempt) -> (String, String) {
    let (port, address) = (attempt.target.port, door.address);
    if code != Code::RelayWithoutGateway {
        let subject = attempt.subject();
        let summary = format!("nothing listens on {subject}; the Gateway is reached on {address}");
        return (summary, to_use(port, door));
    }
    let summary =
        format!("no relay listens on port {port}; the Gateway itself listens on {address}");
    let first = format!(
        "start the relay of port {port} again, with {address} as its target; its log tells why it \
         ended, \"Address already in use\" for example"
    );
    (summary, first)
}

/// What lets a relay bind a port that old connections keep: a start alone fails again.
fn to_free(setting: &Setting, code: Code, port: u16) -> Option<String> {
    let is_kept = code == Code::RelayWithoutGateway && !setting.held_port.is_empty();
    is_kept.then(|| {
        format!(
            "let the relay of port {port} reuse the address (socat: TCP-LISTEN:{port},fork,\
             reuseaddr), or wait a minute or two until the old connections have gone; before that \
             it may fail again"
        )
    })
}

/// The finding of a port that is listened on, but on another address than the one that was asked.
fn on_another_address(attempt: &Attempt, code: Code, other: &Listener) -> Finding {
    let setting = &attempt.setting;
    let (subject, address) = (attempt.subject(), other.address);
    let who = listener::title(other.kind, other.name.as_deref(), other.pid);
    let summary = format!("nothing listens on {subject}; {who} listens on {address}");
    let typed = typed(address);
    let ways = setting.doors.iter();
    let mut finding = Finding::new(code, &subject, summary)
        .with_all_evidence(setting.tried_in_words())
        .with_all_evidence(ways.map(|door| format!("{}: {}", door.address, door.path)));
    finding.remedies = vec![format!(
        "use {}: `ibdoc {COMMAND} {typed}`",
        port_words(address, other.port)
    )];
    finding
}

/// What to do about a relay's port of one kind of account while a Gateway of the other kind runs.
fn other_account(port: u16, door: &Door, typed: &str) -> Vec<String> {
    let is_live = Role::of_port(port).is_some_and(Role::is_live);
    let (asked, found) = if is_live {
        ("live", "paper")
    } else {
        ("paper", "live")
    };
    let relay = relay_of(door.address.port());
    let relay = relay.map_or_else(String::new, |relay| {
        format!(
            ", or through a relay on port {relay} with {} as its target",
            door.address
        )
    });
    vec![
        format!("if the {found} account is meant: `ibdoc {COMMAND} {typed}`{relay}"),
        format!(
            "if the {asked} account is meant: start its Gateway, and the relay of port {port} with \
             that Gateway's port as its target"
        ),
    ]
}

/// That the Gateway itself was asked, and not through the relay in front of it: evidence of what was
/// found there, or a finding of its own.
pub(super) fn add_detour(findings: &mut Vec<Finding>, attempt: &Attempt) {
    let setting = &attempt.setting;
    let (Some((hop, why)), Some(path)) = (&setting.detour, &setting.path) else {
        return;
    };
    let port = hop.address.port();
    let remedy = match why {
        Detour::Slow => "give the command more time: `--deadline 60s`",
        _ => "restart the Gateway to try the way through the relay",
    };
    let why = match why {
        Detour::KeepsHalfClosed => {
            "it keeps half-closed connections, and one through the relay would have left another"
        }
        Detour::Unanswered => "one through the relay would have stayed half closed there",
        Detour::Beside => {
            "it keeps half-closed connections, a relay on the port that was asked for usually passes \
             on to it, and one through the relay might have left another"
        }
        Detour::Slow => {
            "it answers so slowly that the time did not suffice for another one through the relay"
        }
    };
    let words = format!("asked on the Gateway's own port {port}: {why}");
    if let Some(principal) = findings.first_mut() {
        principal.evidence.extend([words, path.to_string()]);
        return;
    }
    let summary = format!("the Gateway was asked on its own port {port}, not through the relay");
    let mut finding = Finding::new(Code::RelayListener, &attempt.subject(), summary);
    finding.evidence.extend([words, path.to_string()]);
    finding.remedies = vec![remedy.to_owned()];
    findings.push(finding);
}

/// What keeps the port on which nothing listens.
pub(super) fn held(setting: &Setting) -> Vec<String> {
    let held = setting.held_port.iter();
    let words = |held| format!("{held}: a relay that does not reuse the address cannot bind it");
    held.map(words).collect()
}

fn port_words(address: SocketAddr, asked: u16) -> String {
    if address.port() == asked {
        format!("the address {}", address.ip())
    } else {
        format!("port {}", address.port())
    }
}

/// The door of the same kind of account first, then the Gateway's own.
fn nearest(doors: &[Door], port: u16) -> Option<&Door> {
    let rank = |door: &&Door| (meant::distance(port, door.address.port()), door.is_relay);
    doors.iter().min_by_key(rank)
}

/// To connect to a door instead of to the port that was asked for, with the account that is there.
fn to_use(asked: u16, door: &Door) -> String {
    let port = door.address.port();
    let (condition, account) = (meant::condition(asked, port), meant::of_port(asked, port));
    format!(
        "{condition}use {}{account}",
        port_words(door.address, asked)
    )
}

/// The door of a live account after that of another one, where the port that was asked for does not
/// tell which is meant.
fn of_other_account(doors: &[Door], asked: u16, first: &Door) -> Option<String> {
    let first = meant::condition(asked, first.address.port());
    let is_other = |door: &&Door| {
        let condition = meant::condition(asked, door.address.port());
        !condition.is_empty() && condition != first
    };
    let door = doors.iter().find(is_other)?;
    Role::of_port(asked).is_none().then(|| {
        let typed = typed(door.address);
        format!("{}: `ibdoc {COMMAND} {typed}`", to_use(asked, door))
    })
}
