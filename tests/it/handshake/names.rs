//! Names with several addresses or none, by a DNS server of the test's own in a network namespace.
//! Needs root, `ip`, `iptables`, `socat` and `python3`; skipped, and said so, without them.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::network::{GATEWAY, Hosts, HostsFile, ip};
use crate::helpers::command::{Ran, Running, eventually, side_by_side, skipped};

const WITHOUT: &str = "network namespaces, iptables, socat or python3 are not to be had";

/// A client whose names come from a server that answers as the test says, and a machine with several
/// addresses.
pub(super) struct Named {
    pub(super) hosts: Hosts,
    _files: HostsFile,
    _server: Running,
}

/// Further addresses of the Gateway's machine.
pub(super) const SECOND: &str = "10.77.1.3";
const SIX: &str = "fd77::2";

impl Named {
    pub(super) fn new(name: &str, zone: &[&str]) -> Option<Self> {
        let python = Command::new("python3").arg("-V").output();
        let hosts = python.ok().and_then(|_| Hosts::new(name))?;
        let (client, gateway) = (&hosts.client, &hosts.gateway);
        let steps = [
            format!("-n {gateway} addr add {SECOND}/24 dev wire1"),
            format!("-n {gateway} addr add {SIX}/64 dev wire1 nodad"),
            format!("-n {client} addr add fd77::1/64 dev wire0 nodad"),
        ];
        steps.iter().all(|step| ip(step)).then_some(())?;
        let files = [
            ("resolv.conf", "nameserver 127.0.0.1\n"),
            ("nsswitch.conf", "hosts: files dns\n"),
        ];
        let files = HostsFile::of(client, &files)?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/helpers/dns.py");
        let words = [&[script], zone].concat();
        let mut server = Running::start(Hosts::on(client, "python3", &words));
        assert_eq!(server.line(), "listening");
        Some(Self {
            hosts,
            _files: files,
            _server: server,
        })
    }

    /// A simulated Gateway on a port of this address, behind a relay there.
    pub(super) fn gateway(&self, address: &str, port: u16, scenario: &str) -> (Running, Running) {
        let own = (port % 1000 + 10_000 + if address == GATEWAY { 0 } else { 1000 }).to_string();
        let sim = ["sim", "--port", &own, "--scenario", scenario];
        let host = &self.hosts.gateway;
        let mut simulator = Running::start(Hosts::on(host, env!("CARGO_BIN_EXE_ibdoc"), &sim));
        assert_eq!(simulator.line(), format!("listening on 127.0.0.1:{own}"));
        let kind = if address.contains(':') {
            "TCP6"
        } else {
            "TCP4"
        };
        let listen = format!("{kind}-LISTEN:{port},bind=[{address}],fork,reuseaddr");
        let listen = if address.contains(':') {
            listen
        } else {
            listen.replace(['[', ']'], "")
        };
        let target = format!("TCP:127.0.0.1:{own}");
        let relay = Running::start(Hosts::on(host, "socat", &[&listen, &target]));
        let row = format!(":{port:04X} ");
        eventually("the relay listens", || {
            let rows = Hosts::on(host, "cat", &["/proc/net/tcp", "/proc/net/tcp6"]).output();
            let rows = String::from_utf8_lossy(&rows.expect("the table").stdout).into_owned();
            let mut rows = rows.lines();
            rows.any(|line| line.contains(&row) && line.contains(" 0A ") && is_of(line, address))
        });
        (simulator, relay)
    }

    /// Lets the machine swallow what comes to this address and port.
    pub(super) fn swallow(&self, rule: &str) -> bool {
        let rule = format!("-A INPUT {rule} -j DROP");
        let words: Vec<&str> = rule.split(' ').collect();
        let added = Hosts::on(&self.hosts.gateway, "iptables", &words).output();
        added.is_ok_and(|output| output.status.success())
    }
}

/// Whether a row of the table is of this address.
fn is_of(line: &str, address: &str) -> bool {
    let Ok(four) = address.parse::<std::net::Ipv4Addr>() else {
        return true;
    };
    line.contains(&format!(" {:08X}:", u32::from(four).swap_bytes()))
}

fn code(report: &Value) -> &Value {
    &report["findings"][0]["code"]
}

#[test]
fn a_resolver_that_fails_is_told_from_a_name_that_does_not_exist() {
    let Some(named) = Named::new("dns", &[]) else {
        return skipped(WITHOUT);
    };
    for (name, expected) in [
        ("nx", "not-resolved"),
        ("empty", "not-resolved"),
        ("servfail", "resolver-failed"),
        ("refused", "resolver-failed"),
        ("garbage", "resolver-failed"),
    ] {
        for target in [format!("{name}.test:4002"), format!("{name}.test")] {
            let (status, report) = named.hosts.ibdoc(&["handshake", &target]);
            assert_eq!(
                (status, code(&report)),
                (4, &json!(expected)),
                "{target}: {report:#}"
            );
            assert_eq!(report["footprint"]["connections"], 0, "{report:#}");
        }
    }
}

#[test]
fn a_name_with_a_slip_in_it_is_answered_with_the_one_that_was_meant() {
    let Some(named) = Named::new("slip", &[]) else {
        return skipped(WITHOUT);
    };
    for (typed, meant) in [("locahost:4002", "localhost"), ("papr", "paper")] {
        for command in ["probe", "doctor", "handshake", "health"] {
            let (_, report) = named.hosts.ibdoc(&[command, typed]);
            let summary = &report["findings"][0]["summary"];
            let host = typed.trim_end_matches(":4002");
            let told = format!("{host} has no address; did you mean {meant}?");
            assert_eq!(summary, &json!(told), "{command}: {report:#}");
        }
    }
}

#[test]
fn a_relay_to_a_name_is_followed_by_the_resolver() {
    let Some(named) = Named::new("byname", &["ib-gateway=127.0.0.1"]) else {
        return skipped(WITHOUT);
    };
    let client = &named.hosts.client;
    let arguments = ["TCP-LISTEN:4558,fork,reuseaddr", "TCP:ib-gateway.test:4002"];
    let _relay = Running::start(Hosts::on(client, "socat", &arguments));
    eventually("socat listens", || {
        let rows = Hosts::on(client, "cat", &["/proc/net/tcp"]).output();
        String::from_utf8_lossy(&rows.expect("the table").stdout).contains(":11CE 00000000:0000 0A")
    });
    let (_, report) = named.hosts.ibdoc(&["handshake", "4558"]);
    let path = &report["handshake"]["path"];
    assert_eq!(path["end"], "nothing-listens", "{report:#}");
    assert_eq!(path["target"], "ib-gateway.test:4002", "{report:#}");
    assert_eq!(report["footprint"]["connections"], 0, "{report:#}");
}

#[test]
fn a_resolver_that_hangs_is_found_in_time_and_does_not_keep_the_process() {
    let Some(named) = Named::new("hang", &[]) else {
        return skipped(WITHOUT);
    };
    // The system itself asks for ten seconds; each command must not wait for it, not even twice.
    for command in ["handshake", "doctor", "health", "probe"] {
        for target in ["hang.test:4002", "hang.test", "half.test:4002"] {
            let began = Instant::now();
            let (_, report) = named.hosts.ibdoc(&[command, target, "--timeout", "500ms"]);
            assert_eq!(
                code(&report),
                "resolver-failed",
                "{command} {target}: {report:#}"
            );
            let took = began.elapsed();
            assert!(
                took < Duration::from_secs(5),
                "{command} {target} took {took:?}"
            );
        }
    }
}

/// The first address of the name is dead, and the second one is what to connect to.
fn has_dead_address(named: &Named, command: &str, port: u16, met: &str) {
    let target = format!("two.test:{port}");
    let (status, report) = named.hosts.ibdoc(&[command, &target, "--timeout", "1s"]);
    let told = (status, code(&report));
    assert_eq!(
        told,
        (3, &json!("dead-address")),
        "{command} {port}: {report:#}"
    );
    let evidence = report["findings"][0]["evidence"].to_string();
    assert!(
        evidence.contains(&format!("{SECOND}:{port}: {met}")),
        "{evidence}"
    );
    let remedy = format!("connect to {GATEWAY}:{port} instead of the name");
    assert_eq!(report["findings"][0]["remedies"], json!([remedy]));
}

fn a_client_connects_to_the_dead_one(named: &Named) {
    let words = "handshake two.test:4002 --as ib_async --timeout 1s";
    let words: Vec<&str> = words.split(' ').collect();
    let (_, report) = named.hosts.ibdoc(&words);
    let client = &report["handshake"]["clients"][0];
    assert_eq!(client["would_connect"], false, "{client:#}");
    let says = client["says"].as_str().unwrap_or_default();
    assert!(
        says.contains(&format!("it connects to {SECOND}:4002")),
        "{says}"
    );
}

#[test]
fn an_address_that_does_not_answer_is_named_and_the_next_one_is_tried() {
    let zone = [
        format!("two={SECOND},{GATEWAY}"),
        format!("dual={GATEWAY},{SIX}"),
    ];
    let zone: Vec<&str> = zone.iter().map(String::as_str).collect();
    let Some(named) = Named::new("next", &zone) else {
        return skipped(WITHOUT);
    };
    let serving: Vec<_> = [4002, 4003, 4004]
        .map(|port| named.gateway(GATEWAY, port, "normal"))
        .into();
    let _silent = named.gateway(SECOND, 4002, "silent");
    if !named.swallow(&format!("-d {SECOND} -p tcp --dport 4003")) {
        return skipped("this kernel filters no packets");
    }
    for (port, met) in [
        (4002, "accepts the connection and sends no version"),
        (4003, "no answer"),
        (4004, "refused"),
    ] {
        side_by_side(["handshake", "doctor", "probe"], |command| {
            has_dead_address(&named, command, port, met);
        });
    }
    a_client_connects_to_the_dead_one(&named);
    // IPv6 comes first and is refused.
    let (status, report) = named.hosts.ibdoc(&["handshake", "dual.test:4002"]);
    assert_eq!(
        (status, code(&report)),
        (3, &json!("dead-address")),
        "{report:#}"
    );
    let summary = report["findings"][0]["summary"].to_string();
    assert!(
        summary.contains(&format!("[{SIX}]:4002 first, which does not connect")),
        "{summary}"
    );
    drop(serving);
    // None answers: the first one is the finding, and the other one its evidence.
    let (status, report) = named
        .hosts
        .ibdoc(&["handshake", "two.test:4002", "--timeout", "1s"]);
    assert_eq!(
        (status, code(&report)),
        (4, &json!("silent-after-connect")),
        "{report:#}"
    );
    let evidence = report["findings"][0]["evidence"].to_string();
    assert!(
        evidence.contains(&format!("{GATEWAY}:4002: refused")),
        "{evidence}"
    );
}

#[test]
fn the_doctor_looks_at_the_addresses_that_were_not_needed() {
    let zone = [
        format!("two={GATEWAY},{SECOND}"),
        format!("six={SECOND},{SIX}"),
    ];
    let zone: Vec<&str> = zone.iter().map(String::as_str).collect();
    let Some(named) = Named::new("unneeded", &zone) else {
        return skipped(WITHOUT);
    };
    let _serving = [GATEWAY, SIX]
        .map(|address| named.gateway(address, if address == SIX { 4001 } else { 4002 }, "normal"));
    for (target, dead) in [
        ("two.test:4002", format!("{SECOND}:4002")),
        // The official API knows IPv4 only.
        ("six.test:4001", format!("{SECOND}:4001")),
    ] {
        let (status, report) = named.hosts.ibdoc(&["doctor", target, "--timeout", "1s"]);
        assert_eq!(
            (status, code(&report)),
            (3, &json!("dead-address")),
            "{report:#}"
        );
        assert_eq!(report["findings"][0]["subject"], dead, "{report:#}");
        let checks = report["doctor"]["checks"].to_string();
        assert!(checks.contains(&format!("{dead}: refused")), "{checks}");
        let (status, _) = named.hosts.ibdoc(&["handshake", target]);
        assert_eq!(status, 0, "the first one answers");
    }
}

#[test]
fn a_link_local_address_without_its_interface_says_what_is_missing() {
    let Some(named) = Named::new("link", &["scope=fe80::1"]) else {
        return skipped(WITHOUT);
    };
    for target in ["[fe80::1]:4002", "fe80::1", "scope.test:4002"] {
        side_by_side(["handshake", "doctor", "probe", "health"], |command| {
            let (_, report) = named.hosts.ibdoc(&[command, target, "--timeout", "1s"]);
            assert_eq!(
                code(&report),
                "unreachable",
                "{command} {target}: {report:#}"
            );
            let finding = &report["findings"][0];
            let summary = finding["summary"].to_string();
            assert!(summary.contains("its interface is not named"), "{summary}");
            let typed = format!("`ibdoc {command} [fe80::1%wire0]:4002`");
            let remedies = finding["remedies"].to_string();
            assert!(remedies.contains(&typed), "{remedies}");
        });
    }
    let (_, report) = named.hosts.ibdoc(&["handshake", "[fe80::1%eth9]:4002"]);
    let summary = &report["findings"][0]["summary"];
    assert_eq!(summary, "this machine has no interface eth9", "{report:#}");
}

#[test]
fn a_second_address_of_an_interface_is_this_machines_own() {
    let Some(named) = Named::new("second", &[]) else {
        return skipped(WITHOUT);
    };
    let _serving = named.gateway(SECOND, 4002, "normal");
    let target = format!("{SECOND}:4002");
    let words = ["probe", &target, "--json"];
    let output = Hosts::on(&named.hosts.gateway, env!("CARGO_BIN_EXE_ibdoc"), &words).output();
    let report = Ran::from(output.expect("ibdoc runs")).json();
    let endpoint = &report["probe"]["endpoints"][0];
    assert_eq!(
        (&endpoint["method"], &endpoint["listening"]),
        (&json!("table"), &json!(true)),
        "{report:#}"
    );
    assert_eq!(endpoint["listener"]["kind"], "relay", "{report:#}");
    assert_eq!(report["footprint"]["connections"], 0, "{report:#}");
}
