//! The known ports of a host together, and what is said of containers and relays.

use std::net::IpAddr;

use super::super::host::{PortTried, assess_host, each, outcome};
use super::*;

const HOST: &str = "gw";

/// An attempt at one port of the host, from a container, that ended in this way.
fn at_port(
    port: u16,
    end: Option<(StageName, Code)>,
    failure: Option<ConnectFailure>,
) -> PortTried {
    let mut attempt = match end {
        Some((name, code)) => failed(name, code, 0, "as the test says"),
        None => failed(StageName::Connect, Code::NotListening, 0, "refused"),
    };
    attempt.target = Target {
        host: HOST.to_owned(),
        port,
    };
    let address = SocketAddr::new(IpAddr::from([10, 0, 0, 2]), port);
    attempt.address = Some(address);
    attempt.setting = Setting::default();
    attempt.setting.at_hand.in_container = true;
    attempt.setting.at_hand.all_ports_tried = true;
    attempt.setting.at_hand.ours = Some(IpAddr::from([10, 0, 0, 9]));
    attempt.setting.tried = failure
        .map(|failure| (address, failure))
        .into_iter()
        .collect();
    if end.is_some_and(|(name, _)| name == StageName::Version) {
        attempt
            .record
            .stages
            .insert(0, stage(StageName::Connect, None, 0, ""));
    }
    let findings = assess_attempt(&attempt, &plan());
    (attempt, findings)
}

fn refused(port: u16) -> PortTried {
    at_port(port, None, Some(ConnectFailure::Refused))
}

fn closed(port: u16) -> PortTried {
    at_port(
        port,
        Some((StageName::Version, Code::ClosedBeforeVersion)),
        None,
    )
}

fn silent(port: u16) -> PortTried {
    at_port(
        port,
        Some((StageName::Connect, Code::Unreachable)),
        Some(ConnectFailure::TimedOut),
    )
}

#[test]
fn a_host_that_refuses_everywhere_is_one_finding_that_shows_each_port() {
    let tried = [refused(4002), refused(4001), silent(4004)];
    let finding = assess_host(HOST, &tried).remove(0);
    assert_eq!(
        (finding.code, finding.subject.as_str()),
        (Code::NotListening, HOST)
    );
    assert_eq!(each(&tried), ["4002, 4001: refused", "4004: no answer"]);
    assert_eq!(finding.evidence[..2], each(&tried));
    let (_, remedies) = told(&finding);
    assert!(!remedies.contains("try port"), "each was tried: {remedies}");
}

#[test]
fn a_gateway_that_closes_beside_a_relay_that_refuses_has_lost_its_relay() {
    let finding = assess_host(HOST, &[closed(4002), refused(4001), refused(4004)]).remove(0);
    assert_eq!(finding.code, Code::ClosedBeforeVersion);
    assert_eq!(finding.subject, "10.0.0.2:4002");
    assert!(
        finding.remedies[0].contains("its relay on port 4004 does not run"),
        "{finding:?}"
    );
    assert!(
        told(&finding).1.contains("10.0.0.9 in this container"),
        "{finding:?}"
    );
    let live = assess_host(HOST, &[closed(4002), silent(4004)]).remove(0);
    assert!(!told(&live).1.contains("does not run"), "{live:?}");
}

#[test]
fn what_answers_counts_alone() {
    let (mut attempt, _) = closed(4004);
    attempt.record.stages.clear();
    attempt.record.server_version = Some(ServerVersion(178));
    attempt.record.accounts = Some(vec!["DU1".to_owned()]);
    attempt.record.next_order_id = Some(1);
    assert_eq!(outcome(&attempt, &[]), "version 178, 1 account");
    let tried = [closed(4002), (attempt, Vec::new()), refused(4001)];
    assert_eq!(assess_host(HOST, &tried), []);
}

#[test]
fn no_gateway_behind_a_relay_is_said_only_where_that_was_seen() {
    let mut attempt = failed(StageName::Version, Code::ClosedBeforeVersion, 0, "closed");
    attempt.setting.listener = Some(listener(ProgramKind::Relay, "socat"));
    let finding = principal(&attempt);
    assert!(
        finding.summary.contains("is not seen from here"),
        "{finding:?}"
    );
    attempt.setting.listener = None;
    attempt.setting.forwarded = true;
    let finding = principal(&attempt);
    let said = format!("{} {}", finding.summary, told(&finding).1);
    assert!(!said.contains("nothing behind"), "{said}");
}

#[test]
fn linux_inside_windows_is_told_from_windows() {
    let mut attempt = failed(StageName::Connect, Code::NotListening, 0, "refused");
    attempt.setting.listener = None;
    attempt.setting.at_hand.in_wsl = true;
    let remedy = principal(&attempt).remedies.remove(0);
    assert!(remedy.contains("TWS or Gateway on Windows"), "{remedy}");
}

#[test]
fn a_relays_port_on_another_machine_names_the_relay() {
    let mut attempt = failed(StageName::Connect, Code::NotListening, 0, "refused");
    attempt.setting = Setting::default();
    attempt.target.port = 4004;
    let (_, remedies) = told(&principal(&attempt));
    assert!(
        remedies.contains("the relay of port 4004 runs there and passes on to 4002"),
        "{remedies}"
    );
}

#[test]
fn a_link_local_address_is_no_matter_of_a_firewall() {
    let mut attempt = failed(StageName::Connect, Code::Unreachable, 0, "");
    attempt.setting = Setting::default();
    attempt.address = "[fe80::1]:4002".parse().ok();
    attempt.setting.at_hand.interfaces = vec!["eth0".to_owned(), "wlan0".to_owned()];
    let finding = principal(&attempt);
    let (evidence, remedies) = told(&finding);
    assert!(remedies.contains("one of eth0, wlan0"), "{remedies}");
    assert!(
        !remedies.contains("firewall") && !evidence.contains("ib_async"),
        "{finding:?}"
    );
}
