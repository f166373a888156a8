//! What crosses a network, and a port that is forwarded: two hosts in network namespaces of
//! their own. Needs root, `ip`, `iptables` and `socat`; skipped, and said so, without them.

use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::helpers::command::{Ran, Running, eventually, skipped};
use crate::helpers::host::Host;
use crate::helpers::other_user::{NOBODY, in_own_mounts};

/// A client's host and a Gateway's host, joined by a wire; both go when this does.
pub(super) struct Hosts {
    pub(super) client: String,
    pub(super) gateway: String,
}

pub(super) const GATEWAY: &str = "10.77.1.2";

pub(super) fn ip(arguments: &str) -> bool {
    let output = Command::new("ip").args(arguments.split(' ')).output();
    output.is_ok_and(|output| output.status.success())
}

impl Hosts {
    pub(super) fn new(name: &str) -> Option<Self> {
        let tools = ["iptables", "socat"];
        let present = |tool: &str| Command::new(tool).arg("-V").output().is_ok();
        if !tools.iter().all(|tool| present(tool)) {
            return None;
        }
        let name = format!("ibdoc-{name}-{}", std::process::id());
        let hosts = Self {
            client: format!("{name}-c"),
            gateway: format!("{name}-g"),
        };
        let Self { client, gateway } = &hosts;
        let steps = [
            format!("netns add {client}"),
            format!("netns add {gateway}"),
            format!("-n {client} link add wire0 type veth peer name wire1 netns {gateway}"),
            format!("-n {client} addr add 10.77.1.1/24 dev wire0"),
            format!("-n {gateway} addr add {GATEWAY}/24 dev wire1"),
            format!("-n {client} link set lo up"),
            format!("-n {gateway} link set lo up"),
            format!("-n {client} link set wire0 up"),
            format!("-n {gateway} link set wire1 up"),
        ];
        steps.iter().all(|step| ip(step)).then_some(hosts)
    }

    pub(super) fn on(host: &str, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", host, program])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// A simulated Gateway behind socat on port 4556 of the Gateway's host.
    fn serve(&self) -> (Running, Running) {
        let sim = ["sim", "--port", "4555", "--deadline", "60s"];
        let mut simulator =
            Running::start(Self::on(&self.gateway, env!("CARGO_BIN_EXE_ibdoc"), &sim));
        assert_eq!(simulator.line(), "listening on 127.0.0.1:4555");
        let listen = format!("TCP-LISTEN:4556,bind={GATEWAY},fork,reuseaddr");
        let arguments = [listen.as_str(), "TCP:127.0.0.1:4555"];
        let relay = Running::start(Self::on(&self.gateway, "socat", &arguments));
        eventually("socat listens", || {
            let rows = Self::on(&self.gateway, "cat", &["/proc/net/tcp"]).output();
            String::from_utf8_lossy(&rows.expect("the table").stdout)
                .contains(":11CC 00000000:0000 0A")
        });
        (simulator, relay)
    }

    pub(super) fn ibdoc(&self, arguments: &[&str]) -> (i32, Value) {
        let all = [arguments, &["--json"]].concat();
        let output: Output = Self::on(&self.client, env!("CARGO_BIN_EXE_ibdoc"), &all)
            .output()
            .expect("ibdoc runs");
        let ran = Ran::from(output);
        (ran.status, ran.json())
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for host in [&self.client, &self.gateway] {
            ip(&format!("netns del {host}"));
        }
    }
}

#[test]
fn a_remote_probe_runs_a_whole_handshake_and_claims_nothing_about_sockets() {
    let Some(hosts) = Hosts::new("remote") else {
        return skipped("network namespaces, iptables or socat are not to be had");
    };
    let _serving = hosts.serve();
    let target = format!("{GATEWAY}:4556");
    for arguments in [&["probe", &target][..], &["probe", &target, "--tcp-only"]] {
        let (status, report) = hosts.ibdoc(arguments);
        let endpoint = &report["probe"]["endpoints"][0];
        assert_eq!(
            (status, &endpoint["reachable"]),
            (0, &json!(true)),
            "{report}"
        );
        assert_eq!(endpoint["method"], "connect");
        assert_eq!(
            (&endpoint["listening"], &endpoint["clients"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(report["footprint"]["sockets_left"], Value::Null);
    }
    let (status, report) = hosts.ibdoc(&["handshake", &target]);
    assert_eq!(
        (status, &report["verdict"]),
        (0, &json!("healthy")),
        "{report}"
    );

    let (status, report) = hosts.ibdoc(&["probe", &format!("{GATEWAY}:4999")]);
    assert_eq!(
        (status, &report["findings"][0]["code"]),
        (4, &json!("not-listening"))
    );
    let (status, report) = hosts.ibdoc(&["probe", "10.77.1.9:4556", "--timeout", "300ms"]);
    assert_eq!(
        (status, &report["findings"][0]["code"]),
        (4, &json!("unreachable"))
    );
    let (status, report) = hosts.ibdoc(&["probe", "192.0.2.1:4556"]);
    assert_eq!(
        (status, &report["findings"][0]["code"]),
        (4, &json!("unreachable"))
    );
}

#[test]
fn a_remote_port_that_accepts_without_an_answer_has_failed() {
    let Some(mut near) = Host::new("near") else {
        return skipped("network namespaces or socat are not to be had");
    };
    let Some(far) = near.joined("far") else {
        return skipped("no wire");
    };
    let _relay = far.relay(4556, "127.0.0.1:4555");
    let target = format!("{}:4556", far.address);
    // Root sees into the other namespace of this machine, and makes no connection.
    let (status, report) = near.ibdoc(&["probe", &target]);
    let first = &report["findings"][0];
    assert_eq!(
        (status, &first["code"]),
        (4, &json!("relay-without-gateway")),
        "{report:#}"
    );
    assert_eq!(report["footprint"]["connections"], 0, "{report:#}");
    let remedies = first["remedies"].to_string();
    assert!(remedies.contains("start the Gateway"), "{first:#}");
    // To a user it is another machine, whose port accepts and closes.
    let words = ["probe", &target, "--json"];
    let Some(ran) = in_own_mounts(&near.enter(), "true", NOBODY, &words) else {
        return skipped("no unshare, setpriv or tmpfs");
    };
    let report = ran.json();
    let code = &report["findings"][0]["code"];
    assert_eq!(
        (ran.status, code),
        (4, &json!("closed-before-version")),
        "{report:#}"
    );
    assert_eq!(report["footprint"]["connections"], 1, "{report:#}");
}

#[test]
fn a_port_without_a_listener_that_connects_is_called_forwarded() {
    let Some(hosts) = Hosts::new("forward") else {
        return skipped("network namespaces, iptables or socat are not to be had");
    };
    let _serving = hosts.serve();
    let rule =
        format!("-t nat -A OUTPUT -p tcp --dport 4557 -j DNAT --to-destination {GATEWAY}:4556");
    let arguments: Vec<&str> = rule.split(' ').collect();
    let added = Hosts::on(&hosts.client, "iptables", &arguments).output();
    if !added.is_ok_and(|output| output.status.success()) {
        return skipped("this kernel has no NAT");
    }
    for command in ["probe", "handshake"] {
        let (status, report) = hosts.ibdoc(&[command, "10.77.1.1:4557"]);
        assert_eq!(report["findings"][0]["code"], "forwarded-port", "{report}");
        assert_eq!((status, &report["verdict"]), (0, &json!("healthy")));
        assert_eq!(report["footprint"]["sockets_left"], Value::Null);
    }
    let (_, report) = hosts.ibdoc(&["probe", "10.77.1.1:4557"]);
    assert_eq!(report["probe"]["endpoints"][0]["forwarded"], true);
    assert_eq!(report["probe"]["endpoints"][0]["listening"], false);
}

/// A simulated Gateway on this port of the client's host.
pub(super) fn listen_on(hosts: &Hosts, port: &str) -> Running {
    let sim = ["sim", "--port", port, "--deadline", "60s"];
    let mut simulator = Running::start(Hosts::on(&hosts.client, env!("CARGO_BIN_EXE_ibdoc"), &sim));
    assert_eq!(simulator.line(), format!("listening on 127.0.0.1:{port}"));
    simulator
}

#[test]
fn without_a_target_the_port_that_listens_is_taken_and_a_live_one_is_never_soaked() {
    let Some(hosts) = Hosts::new("choose") else {
        return skipped("network namespaces, iptables or socat are not to be had");
    };
    let usage = |arguments: &[&str]| {
        let output = Hosts::on(&hosts.client, env!("CARGO_BIN_EXE_ibdoc"), arguments).output();
        let ran = Ran::from(output.expect("ibdoc runs"));
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.stdout);
        ran.stderr
    };
    let (status, report) = hosts.ibdoc(&["probe"]);
    assert_eq!(
        (
            status,
            report["probe"]["endpoints"].as_array().map(Vec::len)
        ),
        (4, Some(6))
    );
    let (status, report) = hosts.ibdoc(&["handshake"]);
    assert_eq!(
        (status, &report["handshake"]["address"]),
        (4, &json!("127.0.0.1:4002"))
    );

    let live = listen_on(&hosts, "4001");
    let (status, report) = hosts.ibdoc(&["handshake"]);
    assert_eq!(
        (status, &report["handshake"]["address"]),
        (0, &json!("127.0.0.1:4001"))
    );
    let error = usage(&["soak", "--attempts", "1"]);
    assert!(error.contains("only a live port listens"), "{error}");

    let paper = listen_on(&hosts, "4002");
    let error = usage(&["handshake"]);
    assert!(error.contains("4001 (live), 4002 (paper)"), "{error}");
    let (status, report) = hosts.ibdoc(&["probe"]);
    assert_eq!(
        (status, &report["verdict"]),
        (0, &json!("healthy")),
        "{report}"
    );
    assert_eq!(report["footprint"]["connections"], 0);
    drop(live);
    let (status, report) = hosts.ibdoc(&["soak", "--attempts", "1"]);
    assert_eq!(
        (status, &report["soak"]["address"]),
        (0, &json!("127.0.0.1:4002"))
    );
    drop(paper);
}

/// Files of one host's own, which `ip netns exec` puts in the place of those in `/etc`.
pub(super) struct HostsFile(std::path::PathBuf);

impl HostsFile {
    fn write(host: &str, text: &str) -> Option<Self> {
        Self::of(host, &[("hosts", text)])
    }

    pub(super) fn of(host: &str, files: &[(&str, &str)]) -> Option<Self> {
        let directory = std::path::Path::new("/etc/netns").join(host);
        std::fs::create_dir_all(&directory).ok()?;
        let own = Self(directory);
        for (name, text) in files {
            std::fs::write(own.0.join(name), text).ok()?;
        }
        Some(own)
    }
}

impl Drop for HostsFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn an_address_of_a_name_that_does_not_answer_keeps_out_the_clients_that_wait_for_it() {
    let Some(hosts) = Hosts::new("dead") else {
        return skipped("network namespaces, iptables or socat are not to be had");
    };
    let names = "::1 gateway.test\n127.0.0.1 gateway.test\n";
    let drop_v6: Vec<&str> = "-A INPUT -d ::1 -j DROP".split(' ').collect();
    let dropped = Hosts::on(&hosts.client, "ip6tables", &drop_v6).output();
    let (true, Some(_file)) = (
        dropped.is_ok_and(|output| output.status.success()),
        HostsFile::write(&hosts.client, names),
    ) else {
        return skipped("this kernel filters no IPv6, or no hosts file can be written");
    };
    let _gateway = listen_on(&hosts, "4555");
    let shake = |client: &str| {
        let (status, report) = hosts.ibdoc(&["handshake", "gateway.test:4555", "--as", client]);
        assert_eq!(
            (status, &report["findings"][0]["code"]),
            (3, &json!("dead-address")),
            "{report}"
        );
        assert_eq!(
            report["findings"][0]["remedies"],
            json!(["connect to 127.0.0.1:4555 instead of the name"])
        );
        report["handshake"]["clients"][0].clone()
    };
    let client = shake("ib_async");
    assert_eq!(
        (&client["would_connect"], &client["elapsed_ms"]),
        (&json!(false), &json!(4000.0))
    );
    let says = client["says"].as_str().unwrap_or_default();
    assert!(says.contains("[::1]:4555 does not answer"), "{says}");
    assert_eq!(
        shake("official-10.46")["would_connect"],
        true,
        "it tries IPv4 only"
    );
    let raced = shake("stoqey");
    assert_eq!(raced["would_connect"], true);
    assert!(raced["elapsed_ms"].as_f64() >= Some(250.0), "{raced}");
    assert_eq!(
        shake("ibapi")["would_connect"],
        false,
        "it waits as long as the system"
    );
}
