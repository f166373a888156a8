//! The stage of the version: a close or a wrong peer has several causes, and who listens, from where
//! this client comes and how long the Gateway has been up decide which comes first.

use super::super::version::behind;
use super::{STARTING, address, of_code};
use crate::event::{Stage, StageName};
use crate::finding::{COMMAND, Code};
use crate::handshake::{Attempt, Setting};
use crate::machine::process::ProgramKind;
use crate::session::Plan;
use crate::wire::VersionRange;

/// So many half-closed sockets are a pile: Gateways have been seen to answer no client after three
/// or four (docs/PROTOCOL.md, Limits and hazards).
pub(super) const PILE: usize = 3;

/// Where IB's other gateway usually listens; it speaks HTTPS.
const CLIENT_PORTAL: u16 = 5000;

const PORTAL: &str = "the Client Portal gateway (HTTPS, port 5000) is another product and has no \
    TWS API";

/// Whether more is seen than that the Gateway has just been started: its own half-closed sockets
/// have piled up, or another product listens.
pub(super) fn tells_more(setting: &Setting) -> bool {
    let end = setting.gateway_end.as_ref();
    let other = setting.listener.as_ref().is_some_and(|listener| {
        listener.kind == ProgramKind::Other && listener.port == CLIENT_PORTAL
    });
    other || end.is_some_and(|end| end.half_closed >= PILE)
}

/// How those are found who connect and close, where the Gateway is.
pub(super) fn who_connects(setting: &Setting) -> String {
    let there = setting.own_port().or(setting.direct_hop());
    let there = there.filter(|hop| !hop.is_here());
    let there = there.and_then(|hop| hop.pid);
    let there = there.map_or_else(String::new, |pid| format!(" --netns {pid}"));
    format!("afterwards find who connects and closes: `ibdoc zombies{there}`")
}

/// The connection ended before the version came.
pub(super) fn early_close(attempt: &Attempt, plan: &Plan) -> Vec<String> {
    let setting = &attempt.setting;
    let kind = setting.listener.as_ref().map(|listener| listener.kind);
    let mut remedies: Vec<String> = Vec::new();
    if kind == Some(ProgramKind::Relay) {
        return through_relay(setting);
    }
    remedies.extend(no_gateway(setting));
    if plan.announced != VersionRange::SPOKEN {
        remedies.push(format!(
            "try it with the whole range {}: a Gateway outside of {} closes just so",
            VersionRange::SPOKEN,
            plan.announced
        ));
    }
    remedies.extend(address::loopback(attempt));
    remedies.extend(address::other_container(attempt));
    let trusted = address::is_trusted(setting) && !setting.forwarded;
    if !trusted && !setting.forwarded {
        remedies.push(address::trust(setting));
    }
    if setting.forwarded {
        remedies.push(
            "look at what the port leads to: a relay in front of a Gateway that does not run, or a \
             Gateway that does not trust the address from which it is reached"
                .to_owned(),
        );
    } else if kind.is_none_or(|kind| kind == ProgramKind::Unknown) {
        remedies.push(
            "find out whether a relay (socat, docker-proxy, ssh -L) listens there in front of a \
             dead Gateway"
                .to_owned(),
        );
    }
    remedies.extend(of_gateway(setting, kind));
    if trusted {
        remedies.push(
            "see that Trusted IPs still holds 127.0.0.1, from where this client comes: a Gateway \
             trusts it unless it was taken out"
                .to_owned(),
        );
    }
    remedies
}

/// A close through a relay: what is wrong with the Gateway behind it, where that is seen to listen.
fn through_relay(setting: &Setting) -> Vec<String> {
    let Some(hop) = behind(setting) else {
        return vec![
            "start the Gateway behind the relay if it does not run, or correct the address to which \
             the relay passes on"
                .to_owned(),
            "if the Gateway does run: it sees the relay's address, which its Trusted IPs must \
             contain; ranges do not work"
                .to_owned(),
        ];
    };
    let port = hop.address.port();
    let ask = match (hop.is_here(), hop.pid) {
        (true, _) => Some(format!("`ibdoc {COMMAND} {port}`")),
        (false, Some(pid)) => Some(format!("`ibdoc {COMMAND} {port} --netns {pid}`, as root")),
        (false, None) => None,
    };
    let is_only = setting
        .path
        .as_ref()
        .is_some_and(|path| path.hops.len() == 2);
    let name = setting.listener.as_ref().and_then(|it| it.name.as_deref());
    let name = name.filter(|_| is_only);
    let rule = format!(
        "{} itself refuses this client: look at its range, allow or access rules",
        name.unwrap_or("a relay on the way")
    );
    let mut remedies = Vec::new();
    if !hop.address.ip().is_loopback() {
        // To an address of its own machine a relay comes from that address itself.
        let ours = hop.is_here().then(|| format!(" ({})", hop.address.ip()));
        let ours = ours.unwrap_or_default();
        remedies.push(format!(
            "add the relay's address{ours}, which the Gateway sees, to its Trusted IPs; ranges do \
             not work"
        ));
    }
    remedies.push(ask.map_or_else(
        || format!("or {rule}"),
        |ask| {
            format!("ask the Gateway itself, on its own port: {ask}; if it answers there, {rule}")
        },
    ));
    remedies.extend(of_gateway(setting, Some(hop.kind)));
    remedies
}

/// What to look at in a Gateway that closes; TWS has a switch for its API.
fn of_gateway(setting: &Setting, kind: Option<ProgramKind>) -> Vec<String> {
    let enable = "in TWS: tick Enable ActiveX and Socket Clients".to_owned();
    let screen = "look at the Gateway's screen: a login or a dialog may not be finished".to_owned();
    let wait = "if it has just been started: wait and try again".to_owned();
    let is_settled = setting.at_hand.gateway_up.is_some_and(|up| up >= STARTING);
    let mut remedies = match kind {
        Some(ProgramKind::Tws) => vec![enable, screen],
        Some(ProgramKind::Gateway) => vec![screen],
        _ => vec![screen, enable],
    };
    if !is_settled {
        remedies.push(wait);
    }
    remedies
}

/// What to do about a program that listens and is neither a Gateway nor a relay.
pub(super) fn no_gateway(setting: &Setting) -> Option<String> {
    let listener = setting.listener.as_ref()?;
    // The simulated Gateway stands for a real one.
    let name = listener.name.as_deref().filter(|name| *name != "ibdoc")?;
    if listener.kind != ProgramKind::Other {
        return None;
    }
    let pid = listener
        .pid
        .map_or_else(String::new, |pid| format!(" (pid {pid})"));
    let portal = if is_portal(setting, listener.port) {
        format!("; {PORTAL}")
    } else {
        String::new()
    };
    Some(format!(
        "check the port: {name}{pid} listens there, which is not known as a Gateway or TWS{portal}"
    ))
}

/// Whether it may be IB's other gateway: a Java program too, and on its port by default.
fn is_portal(setting: &Setting, port: u16) -> bool {
    port == CLIENT_PORTAL || setting.at_hand.gateway_up.is_some()
}

/// Another service: after the version its bytes are damaged on the way.
pub(super) fn wrong_protocol(attempt: &Attempt, stage: &Stage) -> Option<Vec<String>> {
    if stage.name != StageName::Version {
        return Some(vec![
            "try again: if it comes back, something on the way changes the bytes".to_owned(),
        ]);
    }
    let detail = stage.detail.as_deref().unwrap_or_default();
    let is_web = detail.contains("HTTP") || detail.contains("TLS");
    let setting = &attempt.setting;
    let other = setting
        .listener
        .as_ref()
        .is_none_or(|listener| is_portal(setting, listener.port));
    let port = attempt.target.port;
    (is_web && (other || port == CLIENT_PORTAL)).then(|| {
        let mut remedies = of_code(Code::NotTwsProtocol);
        remedies.push(format!("if it is IB's: {PORTAL}"));
        if port == CLIENT_PORTAL {
            remedies.rotate_right(1);
        }
        remedies
    })
}

/// The range that was announced may be what is too narrow.
pub(super) fn unsupported(plan: &Plan) -> Option<Vec<String>> {
    (plan.announced != VersionRange::SPOKEN).then(|| {
        let narrow = format!(
            "announce a wider range than {}: ibdoc's own is {}",
            plan.announced,
            VersionRange::SPOKEN
        );
        std::iter::once(narrow)
            .chain(of_code(Code::VersionUnsupported))
            .collect()
    })
}
