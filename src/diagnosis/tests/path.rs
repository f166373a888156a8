//! What stands in the way: what is said of it, and what to do first.

use super::*;
use crate::machine::RunningGateway;
use crate::machine::path::{End, Hop, Obstacle, Path, Place, Trouble, Vacant};
use crate::machine::pid::Pid;

fn hop(port: u16, kind: ProgramKind, name: &str) -> Hop {
    Hop {
        address: ([127, 0, 0, 1], port).into(),
        pid: Some(Pid(u32::from(port))),
        name: Some(name.to_owned()),
        kind,
        place: None,
        seat: Place::Own,
    }
}

fn gateway(ports: &[u16]) -> RunningGateway {
    RunningGateway {
        pid: Pid(7),
        kind: ProgramKind::Gateway,
        up: None,
        ports: Some(ports.to_vec()),
        is_stopped: false,
        user_ports: Vec::new(),
        ports_there: None,
        is_elsewhere: false,
    }
}

fn found(trouble: Trouble) -> Finding {
    let obstacle = Obstacle {
        hop: hop(4004, ProgramKind::Relay, "docker-proxy"),
        is_first: true,
        trouble,
        path: "the path".to_owned(),
    };
    obstacles(&obstacle, "it").remove(0)
}

fn vacant(target: &str, inside: Option<&str>, listens: Option<&str>) -> Vacant {
    Vacant {
        target: target.to_owned(),
        gateways: listens.iter().map(|_| gateway(&[4002])).collect(),
        inside: inside.map(str::to_owned),
        listens: listens.map(|listens| listens.parse().expect("an address")),
    }
}

#[test]
fn relays_in_a_loop_are_told_with_the_gateways_port() {
    let looping = |port| Trouble::Loop {
        back_to: Box::new(hop(port, ProgramKind::Relay, "docker-proxy")),
        gateways: vec![gateway(&[4002])],
    };
    let itself = found(looping(4004));
    assert_eq!(itself.code, Code::RelayWithoutGateway);
    assert!(itself.summary.contains("passes on to itself"), "{itself:?}");
    let other = found(looping(4003));
    assert!(
        other
            .summary
            .contains("docker-proxy (pid 4003), which leads back"),
        "{other:?}"
    );
    assert!(
        other.remedies[0].contains("pass on to port 4002"),
        "{other:?}"
    );
}

#[test]
fn the_relay_that_is_missing_inside_a_container_is_what_comes_first() {
    for target in ["10.9.0.2:4004", "10.9.0.2:4002"] {
        let inside = vacant(target, Some("container 0123"), Some("127.0.0.1:4002"));
        let finding = found(Trouble::NothingBehind(Box::new(inside)));
        let first =
            format!("start the relay inside container 0123: from {target} to 127.0.0.1:4002");
        assert!(finding.remedies[0].starts_with(&first), "{finding:?}");
        assert_eq!(finding.remedies.len(), 1, "{finding:?}");
    }
}

#[test]
fn a_relay_beside_the_gateway_is_told_another_port_or_the_address() {
    let other = |target, listens| {
        let vacant = vacant(target, None, Some(listens));
        found(Trouble::NothingBehind(Box::new(vacant)))
            .remedies
            .remove(0)
    };
    let port = other("127.0.0.1:4001", "127.0.0.1:4002");
    assert!(port.contains("pass on to port 4002"), "{port}");
    let address = other("127.0.0.1:4002", "[::1]:4002");
    assert!(address.contains("pass on to [::1]:4002"), "{address}");
}

#[test]
fn a_port_that_is_forwarded_to_nothing_is_no_port_on_which_nothing_listens() {
    let refused = |vacant: Vacant| {
        let mut attempt = failed(StageName::Connect, vacant.code(), 0, "refused");
        attempt.setting.listener = None;
        attempt.setting.forwarded_to = Some(Box::new(vacant));
        principal(&attempt)
    };
    let inside = vacant(
        "10.9.0.2:4004",
        Some("container 0123"),
        Some("127.0.0.1:4002"),
    );
    let finding = refused(inside);
    assert_eq!(
        finding.summary,
        "port 4002 is forwarded to 10.9.0.2:4004, where nothing listens"
    );
    assert!(finding.remedies[0].starts_with("start the relay inside container 0123"));
    let finding = refused(vacant("127.0.0.1:5001", None, None));
    assert!(
        finding.remedies[0].contains("the rule of the packet filter"),
        "{finding:?}"
    );
    assert!(!told(&finding).1.contains("publishes"), "{finding:?}");
}

#[test]
fn a_command_server_behind_a_published_port_leads_to_a_published_port() {
    let first = |api: Option<&str>| {
        let api = api.map(|api| api.parse().expect("an address"));
        let gateway = Box::new(gateway(&[4002, 7462]));
        found(Trouble::NotApi { gateway, api }).remedies.remove(0)
    };
    let published = first(Some("127.0.0.1:4004"));
    assert!(published.starts_with("use port 4004: "), "{published}");
    let unknown = first(None);
    assert!(unknown.contains("--netns 7"), "{unknown}");
    assert!(
        unknown.starts_with("use the port that is published"),
        "{unknown}"
    );
}

#[test]
fn a_relay_on_another_address_is_named_with_that_address() {
    let mut attempt = failed(StageName::Connect, Code::WrongPort, 0, "refused");
    attempt.target = Target::loopback(4004);
    attempt.address = Some(([127, 0, 0, 1], 4004).into());
    attempt.setting.listener = None;
    let mut relay = listener(ProgramKind::Relay, "socat");
    relay.address = "[::1]:4004".parse().expect("an address");
    relay.port = 4004;
    attempt.setting.other_listeners = vec![relay];
    assert_eq!(attempt.setting.code_of_refusal(4004), Code::WrongPort);
    assert_eq!(attempt.setting.code_of_refusal(4003), Code::NotListening);
    let finding = principal(&attempt);
    assert_eq!(
        finding.summary,
        "nothing listens on 127.0.0.1:4004; socat listens on [::1]:4004"
    );
    assert!(
        finding.remedies[0].starts_with("use the address ::1"),
        "{finding:?}"
    );
}

#[test]
fn a_close_by_a_relay_before_a_gateway_that_listens_asks_for_what_refuses() {
    let closed = |address: [u8; 4]| {
        let mut attempt = failed(StageName::Version, Code::ClosedBeforeVersion, 0, "closed");
        attempt.setting.listener = Some(listener(ProgramKind::Relay, "socat"));
        let mut gateway = hop(4002, ProgramKind::Gateway, "java");
        gateway.address.set_ip(address.into());
        let relay = hop(4004, ProgramKind::Relay, "socat");
        attempt.setting.path = Some(path_to(vec![relay, gateway], End::Reached));
        told(&principal(&attempt)).1
    };
    let itself = closed([127, 0, 0, 1]);
    assert!(itself.starts_with("ask the Gateway itself"), "{itself}");
    assert!(
        itself.contains("socat itself refuses this client"),
        "{itself}"
    );
    let routed = closed([10, 9, 0, 2]);
    assert!(
        routed.starts_with("add the relay's address (10.9.0.2)"),
        "{routed}"
    );
    for remedies in [itself, routed] {
        assert!(!remedies.contains("start the Gateway"), "{remedies}");
    }
}

fn path_to(hops: Vec<Hop>, end: End) -> Path {
    Path {
        may_differ: false,
        hops,
        forwarded: false,
        end,
        target: None,
        session_from: None,
        back_to: None,
        target_place: Place::Own,
    }
}

#[test]
fn who_does_not_see_into_a_container_is_sent_to_root_and_nobody_else_is() {
    let first = |name: &str| {
        let mut attempt = failed(StageName::Version, Code::SilentAfterConnect, 10, "no byte");
        attempt.setting.listener = Some(listener(ProgramKind::Relay, name));
        let relay = hop(4002, ProgramKind::Relay, name);
        attempt.setting.path = Some(path_to(vec![relay], End::OutOfSight));
        principal(&attempt).remedies.remove(0)
    };
    let container = first("docker-proxy");
    assert!(
        container.contains("`sudo ibdoc doctor 4002`"),
        "{container}"
    );
    let tunnel = first("ssh");
    assert!(tunnel.contains("run ibdoc where it runs"), "{tunnel}");
}

#[test]
fn what_is_not_seen_counts_by_the_port_on_which_it_listens() {
    let unseen = |port| Hop {
        pid: None,
        name: None,
        ..hop(port, ProgramKind::Unknown, "")
    };
    let relay = || hop(4004, ProgramKind::Relay, "socat");
    let own = path_to(vec![relay(), unseen(4002)], End::Unknown);
    assert_eq!(own.behind().map(|hop| hop.address.port()), Some(4002));
    assert!(!own.leads_out_of_sight());
    let other = path_to(vec![relay(), unseen(4003)], End::Unknown);
    assert!(other.behind().is_none() && other.leads_out_of_sight());
    let alone = path_to(vec![unseen(4002)], End::Unknown);
    assert!(alone.behind().is_none() && !alone.leads_out_of_sight());
    let program = path_to(vec![hop(4004, ProgramKind::Other, "python3")], End::Reached);
    assert!(program.leads_out_of_sight());
    let command_server = path_to(vec![relay(), unseen(7462)], End::Unknown);
    assert!(command_server.may_end_at_command_server());
}

#[test]
fn what_is_said_of_the_look_comes_after_what_is_said_of_the_gateway() {
    let mut findings = [
        Code::RelayListener,
        Code::AccountKind,
        Code::SilentAfterConnect,
    ]
    .map(|code| Finding::new(code, "it", "said"));
    crate::finding::principal_first(&mut findings);
    let codes = findings.map(|finding| finding.code);
    let expected = [
        Code::SilentAfterConnect,
        Code::AccountKind,
        Code::RelayListener,
    ];
    assert_eq!(codes, expected);
}

#[test]
fn what_a_handshake_tells_is_no_remedy_after_one() {
    let relay = listener(ProgramKind::Relay, "socat");
    let looked = assess_listener(&relay, "it", false);
    assert!(looked[0].remedies[0].starts_with("run `ibdoc handshake 4002`: "));
    assert_eq!(assess_listener(&relay, "it", true)[0].remedies.len(), 0);
}
