//! Gateways and relays on the usual ports, in a network namespace of their own. Needs root, `ip`,
//! `socat` and `java`; skipped, and said so, without them.

use serde_json::Value;

use crate::helpers::command::{Running as Started, skipped};
use crate::helpers::host::Host;

pub(super) const WITHOUT: &str = "no network namespaces, no java or no socat";

pub(super) fn first(report: &Value) -> (&str, String) {
    let finding = &report["findings"][0];
    let code = finding["code"].as_str().unwrap_or_default();
    (code, finding.to_string())
}

#[test]
fn a_gateway_on_another_port_is_named_with_the_command_to_type() {
    let Some(host) = Host::new("elsewhere") else {
        return skipped(WITHOUT);
    };
    let Some(_gateway) = host.gateway("mute", 4002) else {
        return skipped(WITHOUT);
    };
    for (command, more) in [
        ("doctor", ""),
        ("health", ""),
        ("probe", ""),
        ("soak", "--attempts=1"),
    ] {
        let words = [command, "4001", more];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let (_, report) = host.ibdoc(&words);
        let (code, finding) = first(&report);
        assert_eq!(code, "wrong-port", "{report:#}");
        assert!(
            finding.contains(&format!("`ibdoc {command} 4002`")),
            "{finding}"
        );
        assert!(!finding.contains("login"), "{finding}");
    }
    let (_, report) = host.ibdoc(&["doctor", "4004"]);
    let (code, finding) = first(&report);
    assert_eq!(code, "relay-without-gateway", "{report:#}");
    assert!(
        finding.contains("start the relay of port 4004"),
        "{finding}"
    );
    assert!(finding.contains("127.0.0.1:4002"), "{finding}");
    let _relay = host.relay(4003, "localhost:4001");
    let (status, report) = host.ibdoc(&["probe", "4003"]);
    let (code, finding) = first(&report);
    assert_eq!((code, status), ("relay-without-gateway", 4), "{report:#}");
    assert!(finding.contains("pass on to port 4002"), "{finding}");
}

#[test]
fn without_a_target_the_relay_in_front_of_the_only_gateway_is_taken() {
    let Some(host) = Host::new("front") else {
        return skipped(WITHOUT);
    };
    let Some(_gateway) = host.gateway("mute", 4002) else {
        return skipped(WITHOUT);
    };
    let _relay = host.relay(4004, "127.0.0.1:4002");
    let (_, report) = host.ibdoc(&["handshake"]);
    assert_eq!(
        report["handshake"]["address"], "127.0.0.1:4004",
        "{report:#}"
    );
    // Another relay is another way to it, and has to be named.
    let _other = host.relay(4003, "127.0.0.1:4002");
    let ran = host.ran(&["handshake"]);
    assert_eq!(ran.status, 2, "{}", ran.stdout);
    assert!(
        ran.stderr.contains("4003") && !ran.stderr.contains("4002"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_command_server_proves_nothing() {
    let Some(host) = Host::new("ibc") else {
        return skipped(WITHOUT);
    };
    let Some(_gateway) = host.gateway("mute", 7462) else {
        return skipped(WITHOUT);
    };
    for words in [
        &["probe"][..],
        &["probe", "--wait", "300ms"],
        &["probe", "7462", "--wait", "300ms"],
        &["health", "7462"],
    ] {
        let (status, report) = host.ibdoc(words);
        assert_eq!(
            first(&report).0,
            "gateway-starting",
            "{words:?}: {report:#}"
        );
        assert_ne!(status, 0, "{words:?}");
        assert_eq!(
            report["footprint"]["connections"], 0,
            "{words:?}: {report:#}"
        );
    }
    let (_, report) = host.ibdoc(&["probe", "7462"]);
    assert_eq!(report["findings"][1]["code"], "command-port", "{report:#}");
    // A relay to it is no way to the API.
    let _relay = host.relay(4004, "127.0.0.1:7462");
    let (_, report) = host.ibdoc(&["health", "4002"]);
    assert_eq!(first(&report).0, "gateway-starting", "{report:#}");
}

#[test]
fn a_relay_on_another_address_is_told_with_the_address_to_type() {
    let Some(host) = Host::new("address") else {
        return skipped(WITHOUT);
    };
    let Some(_gateway) = host.gateway("mute", 4002) else {
        return skipped(WITHOUT);
    };
    let listen = "TCP6-LISTEN:4004,bind=[::1],fork,reuseaddr";
    let _relay = Started::start(host.command(&["socat", listen, "TCP:127.0.0.1:4002"]));
    host.listens(4004);
    for target in ["127.0.0.1:4004", "127.0.0.2:4004"] {
        let (_, report) = host.ibdoc(&["health", target]);
        let (code, finding) = first(&report);
        assert_eq!(code, "wrong-port", "{report:#}");
        assert!(finding.contains("`ibdoc health [::1]:4004`"), "{finding}");
    }
}
