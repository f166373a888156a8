//! A Gateway in a network namespace of its own, as in a container, behind relays and forwarded ports.

use std::process::Command;

use serde_json::Value;

use super::path_netns::{WITHOUT, first};
use crate::helpers::command::{side_by_side, skipped};
use crate::helpers::host::Host;
use crate::helpers::stopped::Stopped;
use crate::machine::children::Running;

#[test]
fn a_mute_gateway_in_a_container_keeps_nothing_of_what_comes_through_relays() {
    let Some(mut host) = Host::new("muted") else {
        return skipped(WITHOUT);
    };
    let Some(container) = host.joined("mute") else {
        return skipped(WITHOUT);
    };
    let Some(_gateway) = container.gateway("mute", 4002) else {
        return skipped(WITHOUT);
    };
    // From a relay inside, from one inside behind one outside, and from outside to the Gateway itself.
    let _inner = container.relay(4004, "127.0.0.1:4002");
    let _outer = host.relay(4004, &format!("{}:4004", container.address));
    let _other = host.relay(4003, &format!("{}:4002", container.address));
    let inner = format!("{}:4004", container.address);
    for target in ["4004", "4003", &inner] {
        for command in [
            "health",
            "health",
            "health",
            "health",
            "doctor",
            "handshake",
        ] {
            let (_, report) = host.ibdoc(&[command, target]);
            let (code, finding) = first(&report);
            assert_eq!(code, "silent-after-connect", "{report:#}");
            assert!(finding.contains("own port 4002"), "{finding}");
        }
        // Its LISTEN row alone.
        assert_eq!(container.states(4002), ["0A"], "{target}");
    }
}

#[test]
fn a_gateway_in_another_network_namespace_is_seen_through_two_relays() {
    let Some(mut host) = Host::new("host") else {
        return skipped(WITHOUT);
    };
    let Some(container) = host.joined("container") else {
        return skipped(WITHOUT);
    };
    let Some(gateway) = container.gateway("accepts-nobody", 4002) else {
        return skipped(WITHOUT);
    };
    let _inner = container.relay(4004, "127.0.0.1:4002");
    let _outer = host.relay(4004, &format!("{}:4004", container.address));
    let (_, report) = host.ibdoc(&["probe", "4004"]);
    let path = &report["probe"]["endpoints"][0]["path"];
    assert_eq!(path["end"], "reached", "{report:#}");
    let hops = path["hops"].as_array().expect("hops");
    assert_eq!(hops.len(), 3, "{report:#}");
    assert_eq!(hops[2]["pid"], gateway.pid().0, "{report:#}");
    let place = format!("network namespace {}", container.name);
    assert_eq!(hops[2]["place"], place, "{report:#}");
    assert_eq!(hops[0]["place"], Value::Null, "{report:#}");

    let fill = "import socket,sys; c=socket.create_connection(('127.0.0.1', 4002)); \
                print(0, flush=True); sys.stdin.read()";
    let words = [&container.enter()[..], &["python3", "-c", fill]].concat();
    let Some(_waiting) = Running::start(Command::new(words[0]).args(&words[1..])) else {
        return skipped("no python3");
    };
    side_by_side(["probe", "health", "handshake", "doctor"], |command| {
        let (_, report) = host.ibdoc(&[command, "4004"]);
        let (code, finding) = first(&report);
        assert_eq!(code, "accept-queue-stuck", "{report:#}");
        assert!(finding.contains(&place), "{finding}");
        assert_eq!(report["footprint"]["connections"], 0, "{report:#}");
    });
    let queue = container
        .command(&["cat", "/proc/net/tcp6"])
        .output()
        .expect("the table");
    let queue = String::from_utf8_lossy(&queue.stdout).into_owned();
    let row = queue
        .lines()
        .find(|row| row.contains(":0FA2 ") && row.contains(" 0A "));
    assert!(
        row.is_some_and(|row| row.contains("00000000:00000001")),
        "{queue}"
    );

    drop(gateway);
    let (status, report) = host.ibdoc(&["probe", "4004"]);
    let (code, finding) = first(&report);
    assert_eq!((code, status), ("relay-without-gateway", 4), "{report:#}");
    assert!(
        finding.contains("127.0.0.1:4002, where nothing listens"),
        "{finding}"
    );
}

#[test]
fn from_the_host_a_command_looks_in_the_gateways_network_namespace() {
    let Some(host) = Host::new("outside") else {
        return skipped(WITHOUT);
    };
    let Some(container) = Host::new("inside") else {
        return skipped(WITHOUT);
    };
    let Some(gateway) = container.gateway("mute", 4002) else {
        return skipped(WITHOUT);
    };
    let (_, outside) = host.ibdoc(&["health", "4002"]);
    assert_eq!(
        outside["findings"][0]["code"], "not-listening",
        "{outside:#}"
    );
    let pid = gateway.pid().to_string();
    for named in [pid.as_str(), container.name.as_str()] {
        for command in ["health", "handshake", "doctor", "soak"] {
            let mut words = vec![command, "--netns", named];
            words.extend((command == "soak").then_some("--attempts=1"));
            let (_, report) = host.ibdoc(&words);
            let (code, finding) = first(&report);
            assert_eq!(code, "silent-after-connect", "{words:?}: {report:#}");
            assert!(finding.contains("127.0.0.1:4002"), "{finding}");
            assert_eq!(report["footprint"]["sockets_left"], 0, "{report:#}");
        }
    }
    let (status, probe) = host.ibdoc(&["probe", "--netns", &pid]);
    assert_eq!(status, 0, "{probe:#}");
    let unknown = host.ran(&["health", "--netns", "no-such-container"]);
    assert_eq!(unknown.status, 1, "{}", unknown.stdout);
    for words in [
        &["explain", "--netns", "1"][..],
        &["doctor", "--sim", "--netns", "1"],
    ] {
        assert_eq!(host.ran(words).status, 2, "{words:?}");
    }
}

#[test]
fn a_missing_relay_in_a_container_is_told_behind_a_relay_and_a_forwarded_port() {
    let Some(mut host) = Host::new("outer") else {
        return skipped(WITHOUT);
    };
    let Some(container) = host.joined("inner") else {
        return skipped(WITHOUT);
    };
    let Some(_gateway) = container.gateway("mute", 4002) else {
        return skipped(WITHOUT);
    };
    let target = format!("{}:4004", container.address);
    let first_of_all = format!(
        "start the relay inside network namespace {}: from {target} to 127.0.0.1:4002",
        container.name
    );
    let _outer = host.relay(4004, &target);
    let forwards = host.forwards("4001", &target);
    // A listener that is passed by changes nothing.
    let _passed = host.relay(4001, "127.0.0.1:4999");
    if !forwards {
        skipped("no packet filter: only the relay is asked");
    }
    let forwarded = format!("{}:4001", host.address);
    for port in ["4004", &forwarded]
        .into_iter()
        .take(1 + usize::from(forwards))
    {
        for command in ["probe", "doctor"] {
            let (_, report) = host.ibdoc(&[command, port]);
            let (code, _) = first(&report);
            assert_eq!(code, "relay-without-gateway", "{report:#}");
            let remedy = report["findings"][0]["remedies"][0].to_string();
            assert!(remedy.contains(&first_of_all), "{report:#}");
            if command == "probe" {
                let endpoint = &report["probe"]["endpoints"][0];
                assert_eq!(endpoint["forwarded"], port != "4004", "{report:#}");
            }
        }
    }
}

#[test]
fn the_address_of_a_container_of_this_machine_is_seen_into_before_a_connection() {
    let Some(mut host) = Host::new("sees") else {
        return skipped(WITHOUT);
    };
    let Some(container) = host.joined("seen") else {
        return skipped(WITHOUT);
    };
    let Some(gateway) = container.gateway("mute", 4002) else {
        return skipped(WITHOUT);
    };
    let stopped = Stopped::new(&gateway);
    let _relay = container.relay(4004, "127.0.0.1:4002");
    for port in [4002, 4004] {
        let target = format!("{}:{port}", container.address);
        side_by_side(["doctor", "health", "handshake", "probe"], |command| {
            let (_, report) = host.ibdoc(&[command, &target]);
            let (code, _) = first(&report);
            assert_eq!(code, "gateway-stopped", "{command} {target}: {report:#}");
            assert_eq!(report["footprint"]["connections"], 0, "{report:#}");
        });
    }
    drop(stopped);
    drop(gateway);
    let (_, report) = host.ibdoc(&["doctor", &format!("{}:4004", container.address)]);
    let (code, _) = first(&report);
    assert_eq!(code, "relay-without-gateway", "{report:#}");
    assert!(
        !report.to_string().contains("on this machine"),
        "{report:#}"
    );
}

#[test]
fn a_login_that_is_pending_in_a_container_is_told_from_outside() {
    let Some(mut host) = Host::new("awaits") else {
        return skipped(WITHOUT);
    };
    let Some(container) = host.joined("pending") else {
        return skipped(WITHOUT);
    };
    let Some(_gateway) = container.gateway("starting", 4002) else {
        return skipped(WITHOUT);
    };
    let own = format!("{}:4002", container.address);
    let forwarded = host.forwards("4010", &own);
    let published = forwarded.then(|| format!("{}:4010", host.address));
    for target in std::iter::once(own).chain(published) {
        side_by_side(["doctor", "health", "handshake", "probe"], |command| {
            let (_, report) = host.ibdoc(&[command, &target]);
            let (code, finding) = first(&report);
            assert_eq!(code, "gateway-starting", "{command} {target}: {report:#}");
            assert!(finding.contains("login"), "{finding}");
            assert!(!finding.contains("packet filter"), "{finding}");
            assert_eq!(report["footprint"]["connections"], 0, "{report:#}");
        });
    }
}
