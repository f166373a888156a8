//! A Gateway behind a relay as a user sees it who may read neither of their processes, and a container in
//! which nothing listens. Needs root, `ip`, `socat`, `java` and `setpriv`; skipped, and said so, without
//! them.

use serde_json::Value;

use crate::helpers::command::{Running as Started, skipped};
use crate::helpers::host::Host;
use crate::helpers::other_user::{NOBODY, in_own_mounts};
use crate::helpers::stopped::Stopped;

const WITHOUT: &str = "no network namespaces, no java, no socat or no setpriv";
/// Processes of others are not shown at all.
const HIDDEN: &str = "mount -t proc -o hidepid=2 proc /proc";

/// What the user of this id finds first.
fn finds(host: &Host, first: &str, words: &[&str]) -> Option<(String, String, i32)> {
    let words = [words, &["--json", "--timeout", "300ms"]].concat();
    let ran = in_own_mounts(&host.enter(), first, NOBODY, &words)?;
    let report = ran.json();
    let finding = &report["findings"][0];
    let code = finding["code"].as_str().unwrap_or_default().to_owned();
    Some((code, finding.to_string(), ran.status))
}

#[test]
fn a_mute_gateway_behind_another_users_relay_keeps_nothing_and_a_hidden_one_no_more_than_one() {
    let Some(host) = Host::new("unseen") else {
        return skipped(WITHOUT);
    };
    let Some(gateway) = host.gateway("mute", 4002) else {
        return skipped(WITHOUT);
    };
    let _relay = host.relay(4004, "127.0.0.1:4002");
    for command in ["health", "health", "handshake"] {
        let Some((code, finding, _)) = finds(&host, "true", &[command, "4004"]) else {
            return skipped(WITHOUT);
        };
        assert_eq!(code, "silent-after-connect", "{finding}");
        assert!(finding.contains("own port 4002"), "{finding}");
    }
    assert_eq!(host.states(4002), ["0A"], "its LISTEN row alone");
    {
        let _stopped = Stopped::new(&gateway);
        let (code, finding, status) = finds(&host, "true", &["probe", "4004"]).expect("a report");
        let wake = format!("kill -CONT {}", gateway.pid());
        assert_eq!((code.as_str(), status), ("gateway-stopped", 4), "{finding}");
        assert!(finding.contains(&wake), "{finding}");
    }
    for told in [false, true, true] {
        let (code, finding, _) = finds(&host, HIDDEN, &["health", "4004"]).expect("a report");
        assert_eq!(code, "silent-after-connect", "{finding}");
        assert_eq!(finding.contains("own port 4002"), told, "{finding}");
    }
    let kept = host.states(4002).iter().filter(|it| *it == "08").count();
    assert_eq!(kept, 1, "the first, before anything showed it");
}

#[test]
fn what_nothing_is_behind_is_not_called_healthy_by_who_does_not_see_it() {
    let Some(host) = Host::new("nothing") else {
        return skipped(WITHOUT);
    };
    let _relay = host.relay(4004, "127.0.0.1:4002");
    let _other = host.relay(4003, "127.0.0.1:7462");
    let command_server =
        "import socket,time; s=socket.create_server(('127.0.0.1',7462)); time.sleep(60)";
    let _server = Started::start(host.command(&["python3", "-c", command_server]));
    host.listens(7462);
    for (first, code) in [
        ("true", "relay-without-gateway"),
        (HIDDEN, "closed-before-version"),
    ] {
        let Some((found, finding, status)) = finds(&host, first, &["probe", "4004"]) else {
            return skipped(WITHOUT);
        };
        assert_eq!((found.as_str(), status), (code, 4), "{finding}");
    }
    let (_, finding, status) = finds(&host, "true", &["probe", "4003"]).expect("a report");
    assert_eq!(status, 1, "a command server proves nothing: {finding}");
}

fn code(report: &Value) -> &str {
    report["findings"][0]["code"].as_str().unwrap_or_default()
}

#[test]
fn of_a_port_of_a_container_on_which_nothing_listens_what_runs_there_is_told() {
    let Some(mut host) = Host::new("asks") else {
        return skipped(WITHOUT);
    };
    let Some(container) = host.joined("empty") else {
        return skipped(WITHOUT);
    };
    let _there = Started::start(container.command(&["sleep", "60"]));
    let at = |port: u16| format!("{}:{port}", container.address);
    let (_, report) = host.ibdoc(&["probe", &at(4002)]);
    assert_eq!(code(&report), "not-listening", "{report:#}");
    let finding = report["findings"][0].to_string();
    let first = format!("start the Gateway in network namespace {}", container.name);
    assert!(finding.contains(&first), "{finding}");
    assert!(!finding.contains("try port"), "{finding}");

    let Some(_gateway) = container.gateway("mute", 4002) else {
        return skipped(WITHOUT);
    };
    let (_, report) = host.ibdoc(&["health", &at(4004)]);
    assert_eq!(code(&report), "relay-without-gateway", "{report:#}");
    let remedy = report["findings"][0]["remedies"][0].to_string();
    assert!(
        remedy.contains("start the relay inside network namespace"),
        "{remedy}"
    );
    let (_, report) = host.ibdoc(&["health", &at(4001)]);
    assert_eq!(code(&report), "wrong-port", "{report:#}");
    let typed = format!("`ibdoc health {}`", at(4002));
    assert!(
        report["findings"][0].to_string().contains(&typed),
        "{report:#}"
    );
}
