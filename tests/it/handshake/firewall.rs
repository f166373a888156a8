//! What of this machine itself stands before a Gateway that listens: a firewall, a loopback interface
//! that is down; and accounts and clocks on ports that say what is meant. In a network namespace of
//! its own; skipped, and said so, where none is to be had.

use serde_json::{Value, json};

use super::network::{Hosts, listen_on};
use crate::helpers::command::{Running, skipped};

const WITHOUT: &str = "network namespaces, iptables or socat are not to be had";

fn rule(hosts: &Hosts, program: &str, arguments: &str) -> bool {
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let added = Hosts::on(&hosts.client, program, &arguments).output();
    added.is_ok_and(|output| output.status.success())
}

fn first(report: &Value) -> (&str, String) {
    let finding = &report["findings"][0];
    let code = finding["code"].as_str().unwrap_or_default();
    (code, finding.to_string())
}

/// What a handshake with a listener says behind such a rule.
fn is_its_firewalls(hosts: &Hosts, target: &str) {
    let (status, report) = hosts.ibdoc(&["handshake", "4555", "--timeout", "500ms"]);
    let (code, said) = first(&report);
    assert_eq!(
        (code, status),
        ("local-firewall", 4),
        "{target}: {report:#}"
    );
    assert!(
        said.contains("although the port is listened on"),
        "{target}: {said}"
    );
    let does = if target == "DROP" { "drops" } else { "refuses" };
    assert!(
        said.contains(&format!("{does} the connection")),
        "{target}: {said}"
    );
    assert_eq!(report["handshake"]["stages"][1]["code"], "local-firewall");
}

#[test]
fn a_refusal_or_a_silence_before_a_listener_of_this_machine_is_its_firewalls() {
    let Some(hosts) = Hosts::new("firewall") else {
        return skipped(WITHOUT);
    };
    let _gateway = listen_on(&hosts, "4555");
    let targets = [
        "REJECT --reject-with icmp-net-unreachable",
        "REJECT --reject-with icmp-host-unreachable",
        "REJECT --reject-with icmp-proto-unreachable",
        "REJECT --reject-with icmp-port-unreachable",
        "REJECT --reject-with icmp-net-prohibited",
        "REJECT --reject-with icmp-host-prohibited",
        "REJECT --reject-with icmp-admin-prohibited",
        "REJECT --reject-with tcp-reset",
        "DROP",
    ];
    for target in targets {
        assert!(rule(&hosts, "iptables", "-F INPUT"));
        if !rule(
            &hosts,
            "iptables",
            &format!("-A INPUT -p tcp --dport 4555 -j {target}"),
        ) {
            return skipped("this kernel rejects nothing");
        }
        is_its_firewalls(&hosts, target);
    }
    for command in ["health", "doctor --quick", "soak --attempts=1"] {
        let words: Vec<&str> = command
            .split(' ')
            .chain(["4555", "--timeout", "500ms"])
            .collect();
        let (_, report) = hosts.ibdoc(&words);
        assert_eq!(first(&report).0, "local-firewall", "{command}: {report:#}");
    }
    // A port without a listener is no firewall's.
    assert!(rule(&hosts, "iptables", "-F INPUT"));
    let (_, report) = hosts.ibdoc(&["handshake", "4556", "--timeout", "500ms"]);
    assert_eq!(first(&report).0, "not-listening", "{report:#}");
    // Once connected, only the greeting is dropped.
    if rule(
        &hosts,
        "iptables",
        "-A INPUT -p tcp --dport 4555 -m length --length 53: -m tcp --tcp-flags SYN NONE -j DROP",
    ) {
        let (_, report) = hosts.ibdoc(&["handshake", "4555", "--timeout", "1s"]);
        assert_eq!(first(&report).0, "local-firewall", "{report:#}");
        let said = first(&report).1;
        assert!(
            said.contains("the greeting does not get to the Gateway"),
            "{said}"
        );
    }
}

/// Listens on both families and takes nothing, as no connection gets so far.
const DUAL: &str = "
import socket, sys
own = socket.create_server(('::', int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True)
print(own.getsockname()[1], flush=True)
sys.stdin.read()
";

#[test]
fn what_a_firewall_does_over_ipv6_or_by_nft_is_its_own_too() {
    let Some(hosts) = Hosts::new("fw6") else {
        return skipped(WITHOUT);
    };
    let mut listener = Hosts::on(&hosts.client, "python3", &["-c", DUAL, "4559"]);
    listener.stdin(std::process::Stdio::piped());
    let mut listener = Running::start(listener);
    assert_eq!(listener.line(), "4559");
    let is_its = |target: &str, rule: &str| {
        let (status, report) = hosts.ibdoc(&["handshake", target, "--timeout", "500ms"]);
        let (code, said) = first(&report);
        let found = (code, status);
        assert_eq!(found, ("local-firewall", 4), "{rule}: {report:#}");
        assert!(said.contains("although the port is listened on"), "{said}");
        assert_eq!(report["footprint"]["connections"], 0, "{report:#}");
    };
    for kind in [
        "icmp6-no-route",
        "icmp6-adm-prohibited",
        "icmp6-addr-unreachable",
        "icmp6-port-unreachable",
        "icmp6-policy-fail",
        "icmp6-reject-route",
        "tcp-reset",
    ] {
        let flushed = rule(&hosts, "ip6tables", "-F INPUT");
        let words = format!("-A INPUT -p tcp --dport 4559 -j REJECT --reject-with {kind}");
        if !flushed || !rule(&hosts, "ip6tables", &words) {
            skipped("this kernel rejects nothing over IPv6");
            break;
        }
        is_its("[::1]:4559", kind);
    }
    rule(&hosts, "ip6tables", "-F INPUT");
    let chain = "add chain inet ibdoc own { type filter hook input priority 0 ; }";
    if !rule(&hosts, "nft", "add table inet ibdoc") || !rule(&hosts, "nft", chain) {
        return skipped("there is no nft, or no table of it");
    }
    for verdict in [
        "reject",
        "reject with tcp reset",
        "reject with icmpx type admin-prohibited",
        "drop",
    ] {
        let added = format!("add rule inet ibdoc own tcp dport 4559 {verdict}");
        assert!(rule(&hosts, "nft", "flush chain inet ibdoc own"));
        if !rule(&hosts, "nft", &added) {
            return skipped("this kernel has no such rule of nft");
        }
        is_its("127.0.0.1:4559", verdict);
        is_its("[::1]:4559", verdict);
    }
}

#[test]
fn a_loopback_interface_that_is_down_is_said_as_that() {
    let Some(hosts) = Hosts::new("loopback") else {
        return skipped(WITHOUT);
    };
    let _gateway = listen_on(&hosts, "4555");
    assert!(rule(&hosts, "ip", "link set lo down"));
    // Also an address of another interface is reached through the loopback interface.
    for words in [
        &["handshake", "4555"][..],
        &["handshake", "localhost:4556"],
        &["handshake", "10.77.1.1:4555"],
        &["health", "4555"],
        &["doctor", "4555"],
        &["probe", "4555"],
    ] {
        let (status, report) = hosts.ibdoc(&[words, &["--timeout", "500ms"]].concat());
        let (code, said) = first(&report);
        assert_ne!(status, 0, "{words:?}: {report:#}");
        assert_eq!(code, "unreachable", "{words:?}: {report:#}");
        assert!(
            said.contains("the loopback interface of this machine is down"),
            "{said}"
        );
        assert!(said.contains("ip link set lo up"), "{said}");
    }
    assert!(rule(&hosts, "ip", "link set lo up"));
    let (status, report) = hosts.ibdoc(&["handshake", "4555"]);
    assert_eq!(
        (status, &report["verdict"]),
        (0, &json!("healthy")),
        "{report:#}"
    );
}

fn simulator(hosts: &Hosts, port: &str, scenario: &str) -> Running {
    let sim = [
        "sim",
        "--port",
        port,
        "--deadline",
        "60s",
        "--scenario",
        scenario,
    ];
    let program = env!("CARGO_BIN_EXE_ibdoc");
    let mut simulator = Running::start(Hosts::on(&hosts.client, program, &sim));
    assert_eq!(simulator.line(), format!("listening on 127.0.0.1:{port}"));
    simulator
}

#[test]
fn an_account_that_the_port_does_not_lead_to_expect_is_told() {
    let Some(hosts) = Hosts::new("kind") else {
        return skipped(WITHOUT);
    };
    let _simulators = [
        simulator(&hosts, "4001", "normal"),
        simulator(&hosts, "4002", "live-account"),
        simulator(&hosts, "7496", "live-account"),
        simulator(&hosts, "7497", "normal"),
        simulator(&hosts, "4003", "normal"),
        simulator(&hosts, "4555", "live-account"),
    ];
    for (port, says) in [
        ("4001", Some("a paper account answers on port 4001")),
        ("4002", Some("a live account answers on port 4002")),
        ("7496", None),
        ("7497", None),
        // A relay's port, and one that means nothing.
        ("4003", None),
        ("4555", None),
    ] {
        let (status, report) = hosts.ibdoc(&["handshake", port]);
        assert_eq!(
            (status, &report["verdict"]),
            (0, &json!("healthy")),
            "{report:#}"
        );
        let Some(says) = says else {
            assert_eq!(report["findings"], json!([]), "{port}: {report:#}");
            continue;
        };
        let (code, said) = first(&report);
        assert_eq!(code, "account-kind", "{report:#}");
        assert_eq!(report["findings"][0]["severity"], "info");
        assert!(said.contains(says), "{said}");
        assert!(!said.contains("9000021"), "an account in full: {said}");
    }
}
