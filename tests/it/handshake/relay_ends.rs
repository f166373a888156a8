//! A Gateway that is not quite mute behind its relay: what is asked of it directly, how often, and
//! what stays at its end.

use std::process::Command;

use serde_json::{Value, json};

use crate::helpers::command::{Running as Started, Simulator, relay, run_json, skipped};
use crate::helpers::host::Host;
use crate::machine::children::Running;

const WITHOUT: &str = "no network namespaces, no java or no socat";

/// How many half-closed sockets a Gateway has on port 4002.
fn kept(host: &Host) -> Value {
    let words = ["zombies", "--port", "4002", "--min-age", "0s"];
    let (_, census) = host.ibdoc(&words);
    census["zombies"]["remaining"].clone()
}

#[test]
fn a_relay_that_carries_nothing_back_is_restarted_and_not_the_gateway() {
    let Some(host) = Host::new("oneway") else {
        return skipped(WITHOUT);
    };
    let Some(_gateway) = host.gateway("greets", 4002) else {
        return skipped(WITHOUT);
    };
    let socat = [
        "socat",
        "-u",
        "TCP-LISTEN:4004,fork,reuseaddr",
        "TCP:127.0.0.1:4002",
    ];
    let _relay = Started::start(host.command(&socat));
    host.listens(4004);
    for command in ["health", "handshake", "doctor"] {
        let (_, report) = host.ibdoc(&[command, "4004"]);
        let first = &report["findings"][0];
        assert_eq!(first["code"], "silent-after-connect", "{report:#}");
        let remedy = first["remedies"][0].to_string();
        assert!(remedy.contains("restart socat"), "{first:#}");
        let answers = "the Gateway itself answers on its own port 4002";
        assert!(remedy.contains(answers), "{first:#}");
        let asked = "asked on its own port 4002 before, the Gateway sent its version";
        assert!(first["evidence"].to_string().contains(asked), "{first:#}");
        let footprint = &report["footprint"];
        let (made, asked) = (&footprint["connections"], &footprint["asked_first"]);
        assert_eq!(
            made.as_u64(),
            asked.as_u64().map(|asked| 2 * asked),
            "{report:#}"
        );
    }
    assert_eq!(kept(&host), 0);
}

#[test]
fn a_gateway_that_greets_and_keeps_what_its_clients_close_is_not_asked_again_through_a_relay() {
    let Some(host) = Host::new("keeps") else {
        return skipped(WITHOUT);
    };
    let Some(_gateway) = host.gateway("greets-and-keeps", 4002) else {
        return skipped(WITHOUT);
    };
    let _relay = host.relay(4004, "127.0.0.1:4002");
    let (_, report) = host.ibdoc(&["doctor", "4004"]);
    let checks = report["doctor"]["checks"].as_array().expect("checks");
    let repeat = checks.iter().find(|check| check["name"] == "repeat");
    let repeat = repeat.expect("the second handshake");
    let said = "keeps each connection half closed";
    assert_eq!(repeat["status"], "skipped", "{report:#}");
    assert!(repeat["summary"].to_string().contains(said), "{repeat:#}");
    assert_eq!(kept(&host), 1, "{report:#}");
    for _ in 0..4 {
        host.ibdoc(&["health", "4004"]);
    }
    let (_, soak) = host.ibdoc(&["soak", "4004", "--attempts", "3"]);
    assert_eq!(soak["footprint"]["asked_first"], 0, "{soak:#}");
    assert_eq!(kept(&host), 1, "{soak:#}");
}

#[test]
fn a_soak_asks_the_gateways_own_port_once_in_a_while() {
    let gateway = Simulator::start("normal");
    let Some((_relay, port)) = relay(gateway.port) else {
        return skipped("socat is not installed");
    };
    let words = ["soak", &port.to_string(), "--attempts", "40", "--gap", "0s"];
    let report = run_json(&words).json();
    let footprint = &report["footprint"];
    let asked = footprint["asked_first"].as_u64().expect("a count");
    assert_eq!(footprint["connections"], json!(40 + asked), "{report:#}");
    // Where the Gateway is not in sight, it is not asked at all.
    assert!(asked < 20, "{report:#}");
}

#[test]
fn a_gateway_that_takes_one_connection_in_three_seconds_is_slow_and_not_stuck() {
    let Some(host) = Host::new("slow") else {
        return skipped(WITHOUT);
    };
    let Some(_gateway) = host.gateway("slow", 4002) else {
        return skipped(WITHOUT);
    };
    let _relay = host.relay(4004, "127.0.0.1:4002");
    let waits = "import socket,sys\n\
                 all = [socket.create_connection(('127.0.0.1', 4002)) for _ in range(30)]\n\
                 print(0, flush=True); sys.stdin.read()";
    let words = [&host.enter()[..], &["python3", "-c", waits]].concat();
    let Some(_waiting) = Running::start(Command::new(words[0]).args(&words[1..])) else {
        return skipped("no python3");
    };
    for words in [&["probe", "4004"][..], &["zombies", "--port", "4002"]] {
        let (_, report) = host.ibdoc(words);
        let codes = report["findings"].to_string();
        assert!(codes.contains("accepts-slowly"), "{report:#}");
        assert!(!codes.contains("accept-queue-stuck"), "{report:#}");
    }
}
