//! A host that is named without a port, from another machine and from itself. Needs root, `ip`,
//! `iptables`, `socat` and `python3`; skipped, and said so, without them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::names::{Named, SECOND};
use super::network::{GATEWAY, Hosts};
use crate::helpers::command::{Ran, skipped};

const WITHOUT: &str = "network namespaces, iptables, socat or python3 are not to be had";

/// What each port of a probed host is said to be.
fn answers(report: &Value) -> Vec<(u64, String)> {
    let endpoints = report["probe"]["endpoints"].as_array().expect("endpoints");
    let answer = |end: &Value| {
        let answer = end["answer"].as_str().unwrap_or_default();
        (end["port"].as_u64().expect("a port"), answer.to_owned())
    };
    endpoints.iter().map(answer).collect()
}

const PORTS: [u64; 9] = [4002, 4001, 7497, 7496, 4003, 4004, 7499, 7498, 8888];

#[test]
fn each_known_port_of_a_host_gets_one_handshake_and_is_shown() {
    let Some(named) = Named::new("ports", &[&format!("gw={GATEWAY}")]) else {
        return skipped(WITHOUT);
    };
    let _relay = named.gateway(GATEWAY, 4004, "normal");
    let _closing = named.gateway(GATEWAY, 4002, "close-on-accept");
    for target in [GATEWAY, "gw.test"] {
        let (status, report) = named.hosts.ibdoc(&["probe", target]);
        assert_eq!((status, &report["findings"]), (0, &json!([])), "{report:#}");
        let answers = answers(&report);
        let ports: Vec<u64> = answers.iter().map(|(port, _)| *port).collect();
        assert_eq!(ports, PORTS, "{report:#}");
        for (port, answer) in &answers {
            let expected = match port {
                4004 => "version 226, 1 account",
                4002 => "it closes the connection before its version",
                _ => "refused",
            };
            assert_eq!(answer, expected, "{port}");
        }
        assert_eq!(report["footprint"]["connections"], 2, "{report:#}");
        for command in ["handshake", "health"] {
            let (status, report) = named.hosts.ibdoc(&[command, target]);
            assert_eq!(status, 0, "{report:#}");
            assert_eq!(
                report[command]["address"],
                format!("{GATEWAY}:4004"),
                "{report:#}"
            );
        }
        let (status, report) = named.hosts.ibdoc(&["doctor", target]);
        assert_eq!(
            (status, &report["verdict"]),
            (0, &json!("healthy")),
            "{report:#}"
        );
        assert_eq!(report["doctor"]["address"], format!("{target}:4004"));
        let ports = &report["doctor"]["checks"][0];
        assert_eq!(ports["name"], "ports", "{report:#}");
        let summary = ports["summary"].as_str().unwrap_or_default();
        for port in PORTS {
            assert!(summary.contains(&port.to_string()), "{port}: {summary}");
        }
        let (status, report) = named.hosts.ibdoc(&["soak", target, "--attempts", "1"]);
        assert_eq!(
            (status, &report["soak"]["address"]),
            (0, &json!(format!("{GATEWAY}:4004")))
        );
        assert_eq!(report["footprint"]["connections"], 3, "{report:#}");
    }
    let targets = ["probe", GATEWAY, "gw.test:4004", SECOND];
    let (status, report) = named.hosts.ibdoc(&targets);
    assert_eq!((status, answers(&report).len()), (4, 19), "{report:#}");
    let finding = &report["findings"][0];
    assert_eq!(
        (&finding["code"], &finding["subject"]),
        (&json!("not-listening"), &json!(SECOND))
    );
}

#[test]
fn a_port_of_a_container_image_is_one_of_the_known_ports() {
    let Some(named) = Named::new("image", &[]) else {
        return skipped(WITHOUT);
    };
    let _serving = named.gateway(GATEWAY, 8888, "normal");
    let (status, report) = named.hosts.ibdoc(&["handshake", GATEWAY]);
    assert_eq!(status, 0, "{report:#}");
    assert_eq!(
        report["handshake"]["address"],
        format!("{GATEWAY}:8888"),
        "{report:#}"
    );
}

#[test]
fn several_ports_that_answer_are_named_and_a_live_one_is_never_soaked() {
    let Some(named) = Named::new("several", &[]) else {
        return skipped(WITHOUT);
    };
    let live = named.gateway(GATEWAY, 4001, "accounts-empty");
    let ran = |arguments: &[&str]| {
        let words = [arguments, &["--timeout", "1s"]].concat();
        let output = Hosts::on(&named.hosts.client, env!("CARGO_BIN_EXE_ibdoc"), &words).output();
        Ran::from(output.expect("ibdoc runs"))
    };
    let soak = ran(&["soak", GATEWAY, "--attempts", "1"]);
    assert_eq!(soak.status, 2, "{}", soak.stdout);
    assert!(
        soak.stderr.contains(&format!("ibdoc soak {GATEWAY}:4001")),
        "{}",
        soak.stderr
    );
    let _paper = named.gateway(GATEWAY, 4002, "normal");
    for command in ["handshake", "health", "soak"] {
        let several = ran(&[command, GATEWAY]);
        assert_eq!(several.status, 2, "{command}: {}", several.stdout);
        for port in ["4001 (live)", "4002 (paper)"] {
            let port = format!("{GATEWAY}:{port}");
            assert!(
                several.stderr.contains(&port),
                "{command}: {}",
                several.stderr
            );
        }
    }
    // The doctor tells of each, and looks closer at the first one.
    let (_, report) = named.hosts.ibdoc(&["doctor", GATEWAY, "--timeout", "1s"]);
    assert_eq!(
        report["doctor"]["address"],
        format!("{GATEWAY}:4002"),
        "{report:#}"
    );
    let finding = &report["findings"][0];
    let told = (&finding["code"], &finding["subject"]);
    assert_eq!(
        told,
        (&json!("accounts-empty"), &json!(format!("{GATEWAY}:4001")))
    );
    drop(live);
    let (status, _) = named.hosts.ibdoc(&["soak", GATEWAY, "--attempts", "1"]);
    assert_eq!(status, 0);
}

#[test]
fn a_host_that_swallows_everything_does_not_take_the_timeout_for_each_port() {
    let Some(named) = Named::new("filtered", &[]) else {
        return skipped(WITHOUT);
    };
    if !named.swallow(&format!("-d {SECOND}")) {
        return skipped("this kernel filters no packets");
    }
    for words in [
        &["probe", SECOND][..],
        &["probe", SECOND, "--tcp-only"],
        &["doctor", SECOND],
        &["health", SECOND],
    ] {
        let began = Instant::now();
        let timeout = ["--timeout", "3s", "--deadline", "60s"];
        let (_, report) = named.hosts.ibdoc(&[words, &timeout].concat());
        let took = began.elapsed();
        assert!(took < Duration::from_secs(15), "{words:?} took {took:?}");
        let finding = &report["findings"][0];
        assert_eq!(finding["code"], "unreachable", "{words:?}: {report:#}");
        assert_eq!(finding["subject"], SECOND, "{report:#}");
        let evidence = finding["evidence"].to_string();
        for port in PORTS {
            assert!(evidence.contains(&port.to_string()), "{port}: {evidence}");
        }
        assert_eq!(report["footprint"]["connections"], 0, "{report:#}");
    }
}

#[test]
fn a_gateway_behind_silent_ports_is_found_all_the_same() {
    let Some(named) = Named::new("behind", &[]) else {
        return skipped(WITHOUT);
    };
    let _serving = named.gateway(GATEWAY, 4004, "normal");
    if !named.swallow(&format!("-d {GATEWAY} -p tcp --dport 4001:4003")) {
        return skipped("this kernel filters no packets");
    }
    let (status, report) = named.hosts.ibdoc(&["probe", GATEWAY, "--timeout", "2s"]);
    assert_eq!(status, 0, "{report:#}");
    let found = answers(&report);
    let answer = |wanted: u64| {
        found
            .iter()
            .find(|(port, _)| *port == wanted)
            .expect("it")
            .1
            .clone()
    };
    assert_eq!([answer(4001), answer(7497)], ["no answer", "refused"]);
    assert_eq!(answer(4004), "version 226, 1 account");
}

#[test]
fn on_its_own_machine_the_table_tells_the_ports_of_a_host() {
    let Some(named) = Named::new("own", &[]) else {
        return skipped(WITHOUT);
    };
    let _serving = named.gateway(GATEWAY, 4002, "normal");
    let here = |arguments: &[&str]| {
        let words = [arguments, &["--json"]].concat();
        let output = Hosts::on(&named.hosts.gateway, env!("CARGO_BIN_EXE_ibdoc"), &words).output();
        Ran::from(output.expect("ibdoc runs"))
    };
    let report = here(&["probe", GATEWAY]).json();
    let endpoints = report["probe"]["endpoints"]
        .as_array()
        .expect("endpoints")
        .len();
    assert_eq!(
        (endpoints, &report["verdict"]),
        (6, &json!("healthy")),
        "{report:#}"
    );
    let first = &report["probe"]["endpoints"][0];
    assert_eq!(
        (&first["method"], &first["listening"]),
        (&json!("table"), &json!(true))
    );
    assert_eq!(report["footprint"]["connections"], 0, "{report:#}");
    for command in ["handshake", "health", "doctor"] {
        let report = here(&[command, GATEWAY]);
        assert_eq!(report.status, 0, "{}", report.stdout);
    }
    // Another address of the same machine is told from this one.
    for host in ["127.0.0.1", "::1", "[::1]", "localhost"] {
        let ran = here(&["handshake", host]);
        let report = ran.json();
        let finding = &report["findings"][0];
        assert_eq!(
            (ran.status, &finding["code"]),
            (4, &json!("wrong-port")),
            "{report:#}"
        );
        let told = finding.to_string();
        assert!(
            told.contains(&format!("listens on {GATEWAY}:4002")),
            "{told}"
        );
        assert!(
            told.contains(&format!("`ibdoc handshake {GATEWAY}:4002`")),
            "{told}"
        );
    }
}
