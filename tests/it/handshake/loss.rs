//! A network that loses packets, or all of them from some packet on: two hosts in network namespaces
//! of their own, between which `iptables` drops. Needs root, `ip`, `iptables` and a kernel with the
//! matches that it names; skipped, and said so, without them.

use std::process::{Command, Output};

use serde_json::{Value, json};

use super::network::{GATEWAY, Hosts};
use crate::helpers::command::{Ran, Running, eventually, skipped};

const WITHOUT: &str =
    "network namespaces, iptables or the matches of this kernel are not to be had";
/// The port to which clients connect; the simulated Gateway listens on 4555 of its loopback.
const TARGET: &str = "10.77.1.2:4556";

/// Runs `iptables` on a host.
fn rule(host: &str, arguments: &str) -> bool {
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let added = Hosts::on(host, "iptables", &arguments).output();
    added.is_ok_and(|output| output.status.success())
}

/// Two hosts, on one of which a simulated Gateway is reached from the other without a relay.
fn hosts(name: &str, scenario: &str) -> Option<(Hosts, Running)> {
    let hosts = Hosts::new(name)?;
    let settings = [
        "ipv4/conf/all/route_localnet",
        "ipv4/conf/wire1/route_localnet",
        "netfilter/nf_conntrack_acct",
    ];
    let to = format!("-t nat -A PREROUTING -d {GATEWAY} -p tcp --dport 4556");
    // The rule first: it brings the connection tracking that the last setting is about.
    rule(
        &hosts.gateway,
        &format!("{to} -j DNAT --to-destination 127.0.0.1:4555"),
    )
    .then_some(())?;
    for setting in settings {
        let set = Hosts::on(
            &hosts.gateway,
            "sh",
            &["-c", &format!("echo 1 > /proc/sys/net/{setting}")],
        )
        .output();
        set.ok()?.status.success().then_some(())?;
    }
    let sim = [
        "sim",
        "--port",
        "4555",
        "--deadline",
        "300s",
        "--scenario",
        scenario,
    ];
    let mut simulator =
        Running::start(Hosts::on(&hosts.gateway, env!("CARGO_BIN_EXE_ibdoc"), &sim));
    assert_eq!(simulator.line(), "listening on 127.0.0.1:4555");
    Some((hosts, simulator))
}

/// A relay on port 4558 of the client's host.
fn relay(hosts: &Hosts) -> Running {
    let arguments = ["TCP-LISTEN:4558,fork,reuseaddr", "TCP:10.77.1.2:4556"];
    let relay = Running::start(Hosts::on(&hosts.client, "socat", &arguments));
    eventually("socat listens", || {
        let rows = Hosts::on(&hosts.client, "cat", &["/proc/net/tcp"]).output();
        String::from_utf8_lossy(&rows.expect("the table").stdout).contains(":11CE 00000000:0000 0A")
    });
    relay
}

/// Drops what comes from the client from this packet on; the third is the greeting.
fn drop_from(hosts: &Hosts, packet: u32) -> bool {
    rule(&hosts.gateway, "-F INPUT")
        && rule(
            &hosts.gateway,
            &format!(
                "-A INPUT -p tcp --dport 4555 -m connbytes --connbytes {packet}: --connbytes-dir \
                 original --connbytes-mode packets -j DROP"
            ),
        )
}

/// The states of the connections at the Gateway's end, but for those that pass by themselves.
fn left(hosts: &Hosts) -> Vec<String> {
    let table = Hosts::on(&hosts.gateway, "cat", &["/proc/net/tcp"]).output();
    let table = String::from_utf8_lossy(&table.expect("the table").stdout).into_owned();
    let of_gateway = |line: &&str| line.contains(":11CB ");
    let rows = table.lines().filter(of_gateway);
    let states = rows.filter_map(|row| row.split_whitespace().nth(3));
    // ESTABLISHED and CLOSE_WAIT.
    states
        .filter(|state| ["01", "08"].contains(state))
        .map(str::to_owned)
        .collect()
}

fn principal(report: &Value) -> (&str, &str) {
    let finding = &report["findings"][0];
    let text = |key: &str| finding[key].as_str().unwrap_or_default();
    (text("code"), text("severity"))
}

#[test]
fn what_the_other_machine_does_not_acknowledge_is_the_networks_at_every_stage() {
    let Some((hosts, _simulator)) = hosts("stages", "normal") else {
        return skipped(WITHOUT);
    };
    if !drop_from(&hosts, 3) {
        return skipped(WITHOUT);
    }
    let mut stages = Vec::new();
    for packet in [3, 4, 6, 9, 12] {
        assert!(drop_from(&hosts, packet));
        let (status, report) = hosts.ibdoc(&["handshake", TARGET, "--timeout", "1s"]);
        assert_eq!(
            (status, principal(&report)),
            (4, ("network", "error")),
            "{report:#}"
        );
        let failed = report["handshake"]["stages"]
            .as_array()
            .expect("stages")
            .iter();
        let failed: Vec<&Value> = failed.filter(|stage| stage["status"] != "ok").collect();
        assert!(
            failed.iter().all(|stage| stage["code"] == "network"),
            "{report:#}"
        );
        stages.push(failed[0]["name"].as_str().expect("a name").to_owned());
        let network = &report["handshake"]["network"];
        assert!(network["unacknowledged"].as_u64() > Some(0), "{report:#}");
        assert!(network["segments_again"].as_u64() > Some(0), "{report:#}");
        let said = report["findings"][0].to_string();
        assert!(
            said.contains("not acknowledged") && !said.contains("dialog"),
            "{said}"
        );
    }
    assert_eq!(stages[..2], ["version", "accounts"], "{stages:?}");
    assert!(
        stages[2..].iter().all(|name| name.starts_with("sync:")),
        "{stages:?}"
    );
    assert!(drop_from(&hosts, 3));
    let (status, report) = hosts.ibdoc(&["health", TARGET, "--timeout", "1s"]);
    assert_eq!((status, principal(&report).0), (1, "network"), "{report:#}");
    let (status, report) = hosts.ibdoc(&["probe", TARGET, "--timeout", "1s"]);
    assert_eq!(
        (status, principal(&report)),
        (4, ("network", "error")),
        "{report:#}"
    );
    let (status, report) = hosts.ibdoc(&["doctor", TARGET, "--quick", "--timeout", "1s"]);
    assert_eq!((status, principal(&report).0), (4, "network"), "{report:#}");
}

#[test]
fn what_was_acknowledged_and_not_answered_stays_the_gateways() {
    let Some((hosts, _simulator)) = hosts("acknowledged", "silent") else {
        return skipped(WITHOUT);
    };
    let (_, report) = hosts.ibdoc(&["handshake", TARGET, "--timeout", "1s"]);
    assert_eq!(principal(&report).0, "silent-after-connect", "{report:#}");
    let said = report["findings"][0]["evidence"].to_string();
    assert!(said.contains("acknowledged every byte"), "{said}");
    assert_eq!(report["handshake"]["network"]["unacknowledged"], 0);
    assert_eq!(report["handshake"]["close"]["unconfirmed"], false);
}

#[test]
fn a_close_that_is_not_acknowledged_is_left_to_the_kernel_and_arrives_in_the_end() {
    let Some((hosts, _simulator)) = hosts("fin", "normal") else {
        return skipped(WITHOUT);
    };
    assert!(rule(
        &hosts.gateway,
        "-A INPUT -p tcp --dport 4555 --tcp-flags FIN FIN -j DROP"
    ));
    let (status, report) = hosts.ibdoc(&["handshake", TARGET]);
    assert_eq!(
        (status, principal(&report)),
        (3, ("network", "warning")),
        "{report:#}"
    );
    assert_eq!(
        report["handshake"]["close"]["unconfirmed"], true,
        "{report:#}"
    );
    let stages = report["handshake"]["stages"].as_array().expect("stages");
    assert_eq!(
        stages.last().expect("a stage")["code"],
        "network",
        "{report:#}"
    );
    assert_eq!(left(&hosts), ["01"], "the Gateway knows nothing of it yet");
    assert!(rule(&hosts.gateway, "-F INPUT"));
    eventually("the kernel's repeated FIN arrives", || {
        left(&hosts).is_empty()
    });
}

#[test]
fn what_was_lost_and_sent_again_is_said_beside_the_healthy_verdict() {
    let Some((hosts, _simulator)) = hosts("noticed", "normal") else {
        return skipped(WITHOUT);
    };
    // The first copy of the greeting; the repeat is another packet.
    let once = "-A INPUT -p tcp --dport 4555 -m connbytes --connbytes 3:3 --connbytes-dir original \
                --connbytes-mode packets -j DROP";
    if !rule(&hosts.gateway, once) {
        return skipped(WITHOUT);
    }
    let (status, report) = hosts.ibdoc(&["handshake", TARGET]);
    assert_eq!(
        (status, &report["verdict"]),
        (0, &json!("healthy")),
        "{report:#}"
    );
    assert_eq!(principal(&report), ("network", "info"), "{report:#}");
    let said = report["findings"][0]["summary"]
        .as_str()
        .expect("a summary");
    assert!(
        said.contains("1 of ") && said.contains("sent again ("),
        "{said}"
    );
    assert_eq!(report["handshake"]["network"]["segments_again"], 1);
    let text = Hosts::on(
        &hosts.client,
        env!("CARGO_BIN_EXE_ibdoc"),
        &["handshake", TARGET],
    );
    let text = run(text).stdout;
    assert!(text.contains("\n  network          1 of "), "{text}");
    assert!(text.contains("healthy"), "{text}");
    assert!(rule(&hosts.gateway, "-F INPUT"));
    let (_, report) = hosts.ibdoc(&["handshake", TARGET]);
    assert_eq!(
        report["findings"],
        json!([]),
        "nothing was lost: {report:#}"
    );
}

#[test]
fn behind_a_relay_of_this_machine_the_relays_own_connection_tells() {
    let Some((hosts, _simulator)) = hosts("relayed", "normal") else {
        return skipped(WITHOUT);
    };
    // A second host of that address: as of another machine, nobody sees into the one that is meant.
    let Some(_twin) = Hosts::new("twin") else {
        return skipped(WITHOUT);
    };
    let _relay = relay(&hosts);
    let handshake = ["handshake", "4558", "--timeout", "1s"];
    let said = |report: &Value| report["findings"][0].to_string();
    if !drop_from(&hosts, 3) {
        return skipped(WITHOUT);
    }
    let (_, report) = hosts.ibdoc(&handshake);
    assert_eq!(principal(&report).0, "network", "{report:#}");
    assert!(
        said(&report).contains("what the relay passes on does not get there"),
        "{report:#}"
    );
    assert!(rule(&hosts.gateway, "-F INPUT"));
    assert!(rule(&hosts.gateway, "-A INPUT -p tcp --dport 4555 -j DROP"));
    let (_, report) = hosts.ibdoc(&handshake);
    assert_eq!(principal(&report).0, "unreachable", "{report:#}");
    assert!(
        said(&report).contains("gets no answer from 10.77.1.2:4556"),
        "{report:#}"
    );
}

#[test]
fn what_a_relay_passes_on_is_followed_through_the_packet_filter_of_another_namespace() {
    let Some((hosts, _simulator)) = hosts("forward", "normal") else {
        return skipped(WITHOUT);
    };
    let _relay = relay(&hosts);
    let (_, report) = hosts.ibdoc(&["handshake", "4558"]);
    // Hosts of other tests may have the address too: then its way is not seen, and nothing is said of it.
    assert_eq!(report["verdict"], "healthy", "{report:#}");
}

fn run(mut command: Command) -> Ran {
    let output: Output = command.output().expect("ibdoc runs");
    output.into()
}

#[test]
fn a_held_session_whose_link_dies_is_the_networks_and_not_a_lost_heartbeat() {
    let Some((hosts, _simulator)) = hosts("held", "normal") else {
        return skipped(WITHOUT);
    };
    let soak = ["soak", TARGET, "--minutes", "0.15", "--format", "ndjson"];
    let program = env!("CARGO_BIN_EXE_ibdoc");
    let mut held = Running::start(Hosts::on(&hosts.client, program, &soak));
    while !held.line().contains("\"event\":\"ping\"") {}
    assert!(rule(&hosts.gateway, "-A INPUT -p tcp --dport 4555 -j DROP"));
    let ran = held.finish();
    let report = ran.lines().pop().expect("the report");
    assert_eq!(principal(&report).0, "network", "{report:#}");
    assert!(!report.to_string().contains("heartbeat-lost"), "{report:#}");
    let said = report["findings"][0].to_string();
    assert!(said.contains("did not get to the other end"), "{said}");
}

#[test]
fn two_hundred_closes_over_a_link_that_loses_a_fifth_leave_nothing() {
    const CLIENTS: usize = 25;
    const CLOSES: usize = 8;
    let Some((hosts, _simulator)) = hosts("closes", "normal") else {
        return skipped(WITHOUT);
    };
    let fifth = "-A INPUT -p tcp -i wire+ -m statistic --mode random --probability 0.2 -j DROP";
    if !rule(&hosts.client, fifth) || !rule(&hosts.gateway, fifth) {
        return skipped(WITHOUT);
    }
    let client = || {
        let run = || hosts.ibdoc(&["health", TARGET, "--deadline", "50s"]).1;
        (0..CLOSES).map(|_| run()).collect::<Vec<Value>>()
    };
    let reports: Vec<Value> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        let ended = clients.into_iter();
        ended
            .flat_map(|client| client.join().expect("a client"))
            .collect()
    });
    assert_eq!(reports.len(), 200);
    let made = |report: &&Value| report["footprint"]["connections"] == 1;
    assert!(reports.iter().filter(made).count() > 150);
    // Where nothing of its own was lost, an end does not see that the other's FIN is lost six times in
    // a row: one in 16,000 closes.
    let says_kept = |report: &&Value| report.to_string().contains("gateway-keeps-closed-sockets");
    let kept: Vec<&Value> = reports.iter().filter(says_kept).collect();
    assert!(kept.len() <= 1, "{kept:#?}");
    let noticed = reports
        .iter()
        .filter(|report| report.to_string().contains("\"network\""));
    assert!(noticed.count() > 50, "the losses are said");
    assert!(rule(&hosts.client, "-F INPUT") && rule(&hosts.gateway, "-F INPUT"));
    eventually("nothing is left at the Gateway", || left(&hosts).is_empty());
}
