//! Which remedy comes first, by the facts at hand.

use std::net::IpAddr;

use super::*;
use crate::handshake::Unread;

fn closed() -> Attempt {
    failed(
        StageName::Version,
        Code::ClosedBeforeVersion,
        0,
        "closed by the other side after 1 ms",
    )
}

/// As seen from another machine, at this address of ours.
fn remote(mut attempt: Attempt, ours: &str) -> Attempt {
    attempt.setting.local = false;
    attempt.setting.listener = None;
    attempt.setting.at_hand.ours = Some(ours.parse::<IpAddr>().expect("an address"));
    attempt.address = Some(([192, 168, 1, 9], 4002).into());
    attempt
}

fn here(mut attempt: Attempt) -> Attempt {
    attempt.setting.at_hand.ours = Some(IpAddr::from([127, 0, 0, 1]));
    attempt
}

fn first(attempt: &Attempt) -> String {
    principal(attempt).remedies.remove(0)
}

#[test]
fn a_listener_that_is_seen_and_is_no_relay_is_not_taken_for_one() {
    for (kind, name) in [
        (ProgramKind::Gateway, "java"),
        (ProgramKind::Tws, "java"),
        (ProgramKind::Other, "nginx"),
    ] {
        let mut attempt = here(closed());
        attempt.setting.listener = Some(listener(kind, name));
        let (_, remedies) = told(&principal(&attempt));
        assert!(!remedies.contains("relay"), "{name}: {remedies}");
    }
    let mut unseen = here(closed());
    unseen.setting.listener = Some(listener(ProgramKind::Unknown, "?"));
    let (_, remedies) = told(&principal(&unseen));
    assert!(remedies.contains("find out whether a relay"), "{remedies}");
}

#[test]
fn trusted_ips_come_first_only_where_the_client_is_not_trusted_by_itself() {
    let attempt = here(closed());
    assert!(!first(&attempt).contains("Trusted IPs"));
    let (_, remedies) = told(&principal(&attempt));
    assert!(remedies.contains("still holds 127.0.0.1"), "{remedies}");
    for attempt in [
        remote(closed(), "192.168.1.5"),
        remote(silent(10, GatewayEnd::default()), "192.168.1.5"),
    ] {
        let remedy = first(&attempt);
        assert!(remedy.starts_with("add 192.168.1.5, "), "{remedy}");
        assert!(remedy.contains("ranges do not work"), "{remedy}");
    }
    // Its own address that is not 127.0.0.1 needs no setting: 127.0.0.1 does.
    let mut own = closed();
    own.setting.at_hand.ours = Some(IpAddr::from([192, 168, 1, 5]));
    let remedy = first(&own);
    assert!(remedy.starts_with("connect to 127.0.0.1:4002"), "{remedy}");
}

#[test]
fn a_gateway_that_has_just_been_started_is_waited_for_and_an_old_one_is_not() {
    let stages = [
        (StageName::Version, Code::ClosedBeforeVersion),
        (StageName::Accounts, Code::ClosedAfterStart),
        (StageName::Accounts, Code::NoAccountsNoId),
        (StageName::Accounts, Code::AccountsMissing),
        (StageName::Sync(Query::Positions), Code::SyncTimeout),
    ];
    for (stage, code) in stages {
        let mut attempt = here(failed(stage, code, 1, "as the test says"));
        attempt.setting.at_hand.gateway_up = Some(Duration::from_secs(1));
        let young = principal(&attempt);
        assert!(young.remedies[0].contains("has been up for 1 s"), "{code}");
        let again = young.remedies.iter().any(|it| it.contains("try again"));
        assert!(!again, "{code}: {young:?}");
        attempt.setting.at_hand.gateway_up = Some(Duration::from_secs(7200));
        let (_, remedies) = told(&principal(&attempt));
        assert!(
            !remedies.contains("just been started"),
            "{code}: {remedies}"
        );
        assert!(!remedies.contains("has been up"), "{code}: {remedies}");
    }
}

#[test]
fn in_a_container_the_address_and_the_port_of_the_other_container_count() {
    let mut refused = failed(StageName::Connect, Code::NotListening, 0, "refused");
    refused.setting.listener = None;
    refused.setting.at_hand.in_container = true;
    let remedy = first(&refused);
    assert!(
        remedy.starts_with("127.0.0.1 is this container"),
        "{remedy}"
    );
    let ports = ["4003", "4004", "8888", "7498", "7499"];
    assert!(ports.iter().all(|port| remedy.contains(port)), "{remedy}");
    let mut other = remote(refused, "172.18.0.3");
    other.setting.at_hand.in_container = true;
    let remedy = first(&other);
    assert!(remedy.contains("try port 4004"), "{remedy}");
    // A program that listens here shows that the Gateway is in this one.
    let mut own = here(closed());
    own.setting.at_hand.in_container = true;
    assert!(!told(&principal(&own)).1.contains("is this container"));
}

#[test]
fn places_are_freed_where_most_of_them_are_held() {
    let end = GatewayEnd {
        established: 20,
        half_closed: 12,
        from: vec![(IpAddr::from([10, 0, 0, 7]), 15)],
        ..GatewayEnd::default()
    };
    let mut attempt = here(closed());
    attempt.setting.gateway_end = Some(end);
    let finding = principal(&attempt);
    assert_eq!(finding.code, Code::TooManyClients);
    let (evidence, _) = told(&finding);
    assert!(
        evidence.contains("15 connections from 10.0.0.7"),
        "{evidence}"
    );
    assert!(finding.remedies[0].contains("on 10.0.0.7"), "{finding:?}");
    let restart = &finding.remedies[1];
    assert!(restart.contains("12 of its clients have gone"), "{restart}");
    attempt.setting.gateway_end = Some(GatewayEnd {
        established: 31,
        ..GatewayEnd::default()
    });
    assert_eq!(principal(&attempt).code, Code::ClosedBeforeVersion);
}

#[test]
fn a_ghost_is_named_only_where_every_client_can_be_seen() {
    let end = GatewayEnd {
        half_closed: 1,
        ..GatewayEnd::default()
    };
    let mut attempt = here(failed(StageName::Accounts, Code::ClientIdInUse, 0, "326"));
    attempt.setting.gateway_end = Some(end);
    attempt.setting.at_hand.clients = Some(Clients::default());
    assert!(first(&attempt).starts_with("restart the Gateway"));
    attempt.setting.at_hand.clients = Some(Clients {
        unseen: 1,
        ..Clients::default()
    });
    assert!(first(&attempt).starts_with("use another client id"));
    attempt.setting.at_hand.clients = None;
    assert!(first(&attempt).starts_with("use another client id"));
    // Without a half-closed socket the id may only not be released yet.
    attempt.setting.gateway_end = Some(GatewayEnd::default());
    attempt.setting.at_hand.clients = Some(Clients::default());
    assert!(first(&attempt).starts_with("wait ten seconds"));
}

#[test]
fn an_option_stands_only_where_the_command_has_it() {
    // Only `ibdoc handshake` can be told a client id, and only there a fixed one is refused.
    let mut attempt = here(failed(StageName::Accounts, Code::ClientIdInUse, 0, "326"));
    attempt.setting.at_hand.clients = Some(Clients::default());
    assert!(told(&principal(&attempt)).1.contains("--client-id"));
    attempt.setting.at_hand.ids_refused = vec![9001, 9002, 9003];
    let finding = principal(&attempt);
    let (evidence, remedies) = told(&finding);
    assert!(!remedies.contains("--"), "{remedies}");
    assert!(evidence.contains("9001, 9002, 9003"), "{evidence}");
    assert!(finding.summary.contains("every client id"), "{finding:?}");
    let stages = [
        (StageName::Resolve, Code::NotResolved),
        (StageName::Resolve, Code::ResolverFailed),
        (StageName::Connect, Code::NotListening),
        (StageName::Connect, Code::GatewayStarting),
        (StageName::Connect, Code::Unreachable),
        (StageName::Connect, Code::AcceptQueueStuck),
        (StageName::Version, Code::SilentAfterConnect),
        (StageName::Version, Code::ClosedBeforeVersion),
        (StageName::Version, Code::NotTwsProtocol),
        (StageName::Version, Code::VersionUnsupported),
        (StageName::Accounts, Code::ClosedAfterStart),
        (StageName::Accounts, Code::NextIdMissing),
        (StageName::Sync(Query::Time), Code::SyncTimeout),
        (StageName::Close, Code::GatewayKeepsClosedSockets),
    ];
    for (stage, code) in stages {
        for attempt in [
            here(failed(stage, code, 1, "as the test says")),
            remote(failed(stage, code, 1, "as the test says"), "192.168.1.5"),
        ] {
            let (_, remedies) = told(&principal(&attempt));
            assert!(!remedies.contains("--"), "{code}: {remedies}");
        }
    }
}

#[test]
fn another_product_is_named_where_its_port_or_its_java_is_seen() {
    let mut attempt = here(closed());
    let mut java = listener(ProgramKind::Other, "java");
    java.port = 5000;
    attempt.setting.listener = Some(java);
    attempt.setting.at_hand.gateway_up = Some(Duration::from_secs(2));
    let remedy = first(&attempt);
    assert!(remedy.starts_with("check the port: java"), "{remedy}");
    assert!(remedy.contains("Client Portal"), "{remedy}");
    let mut web = failed(
        StageName::Version,
        Code::NotTwsProtocol,
        0,
        "a TLS server answered",
    );
    web.target = Target::loopback(5000);
    assert!(first(&web).contains("Client Portal"));
}

#[test]
fn a_resolver_that_fails_is_no_wrong_spelling() {
    let detail = "failed to lookup address information: Temporary failure in name resolution";
    let resolver = failed(StageName::Resolve, Code::ResolverFailed, 5, detail);
    assert!(first(&resolver).starts_with("check the name servers"));
    let name = failed(
        StageName::Resolve,
        Code::NotResolved,
        0,
        "Name or service not known",
    );
    assert!(first(&name).starts_with("check the spelling"));
}

#[test]
fn bytes_that_do_not_arrive_point_to_the_network() {
    let mut attempt = failed(StageName::Start, Code::Dropped, 0, "");
    attempt.record.stages.clear();
    attempt.held = Some(held(2));
    attempt.setting.unread = Some(Unread {
        unconfirmed: Some(24),
        by_gateway: None,
    });
    assert!(first(&attempt).starts_with("check the network"));
    attempt.setting.unread = Some(Unread {
        unconfirmed: Some(0),
        by_gateway: Some(24),
    });
    assert!(first(&attempt).contains("ibdoc handshake"));
}
