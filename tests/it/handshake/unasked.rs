//! What no command says unasked: to use a live account, to start a relay that fails again, or that
//! nothing was left where it cannot see.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::helpers::command::{Running as Started, skipped};
use crate::helpers::host::Host;
use crate::machine::children::Running;

const WITHOUT: &str = "no network namespaces, no java, no python3 or no socat";

/// Two connections that the listener of port 4004 has closed and their clients have not.
const KEEPS: &str = "import socket,sys
s=socket.socket(); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1)
s.bind(('127.0.0.1',4004)); s.listen(5)
clients=[socket.create_connection(('127.0.0.1',4004)) for _ in range(2)]
taken=[s.accept()[0] for _ in clients]
s.close(); [it.close() for it in taken]
print(0, flush=True); sys.stdin.read()";

fn remedies(report: &Value) -> Vec<&str> {
    let remedies = report["findings"][0]["remedies"].as_array();
    let remedies = remedies.into_iter().flatten();
    remedies.filter_map(Value::as_str).collect()
}

#[test]
fn no_remedy_leads_to_another_account_without_a_word() {
    let Some(host) = Host::new("accounts") else {
        return skipped(WITHOUT);
    };
    let (Some(live), Some(_paper)) = (host.gateway("mute", 4001), host.gateway("mute", 4002))
    else {
        return skipped(WITHOUT);
    };
    let (_, both) = host.ibdoc(&["doctor", "5555", "--quick"]);
    let told = remedies(&both);
    assert!(
        told[0].starts_with("use port 4002, usually that of a paper account"),
        "{told:?}"
    );
    assert!(
        told[1].starts_with("if the live account is meant: use port 4001"),
        "{told:?}"
    );
    drop(live);
    for port in ["4001", "4003"] {
        let (_, paper) = host.ibdoc(&["doctor", port, "--quick"]);
        let told = remedies(&paper);
        assert!(
            told[0].starts_with("if the paper account is meant: "),
            "{port}: {told:?}"
        );
    }
    let _relay = host.relay(4003, "127.0.0.1:4001");
    let (_, relay) = host.ibdoc(&["doctor", "4003", "--quick"]);
    let told = remedies(&relay);
    assert!(
        told[0].starts_with("if the paper account is meant: let socat"),
        "{told:?}"
    );
}

#[test]
fn a_port_that_old_connections_keep_is_freed_before_its_relay_is_started() {
    let Some(host) = Host::new("kept") else {
        return skipped(WITHOUT);
    };
    let Some(_gateway) = host.gateway("mute", 4002) else {
        return skipped(WITHOUT);
    };
    let words = [&host.enter()[..], &["python3", "-c", KEEPS]].concat();
    let Some(_keeps) = Running::start(Command::new(words[0]).args(&words[1..])) else {
        return skipped(WITHOUT);
    };
    let (_, report) = host.ibdoc(&["doctor", "4004", "--quick"]);
    let told = remedies(&report);
    assert!(told[0].contains("reuseaddr"), "{report:#}");
}

#[test]
fn of_a_program_that_passes_a_connection_on_nothing_is_said_to_be_left_or_not() {
    let Some(host) = Host::new("forwarder") else {
        return skipped(WITHOUT);
    };
    let Some(_gateway) = host.gateway("mute", 5002) else {
        return skipped(WITHOUT);
    };
    // A relay under a name that nobody knows.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("forwarder");
    if fs::copy("/usr/bin/socat", &file).is_err() {
        return skipped(WITHOUT);
    }
    let listen = "TCP-LISTEN:4004,fork,reuseaddr";
    let line = [&*file.to_string_lossy(), listen, "TCP:127.0.0.1:5002"];
    let _relay = Started::start(host.command(&line));
    host.listens(4004);
    let (_, report) = host.ibdoc(&["handshake", "4004"]);
    let found = &report["findings"][0];
    assert_eq!(report["footprint"]["connections"], 1, "{report:#}");
    assert_eq!(
        report["footprint"]["sockets_left"],
        Value::Null,
        "{report:#}"
    );
    assert!(
        found["summary"].to_string().contains("behind it"),
        "{report:#}"
    );
    let (_, soak) = host.ibdoc(&["soak", "4004", "--attempts", "3", "--gap", "100ms"]);
    assert_eq!(soak["footprint"]["connections"], 1, "{soak:#}");
    assert_eq!(soak["footprint"]["sockets_left"], Value::Null, "{soak:#}");
}
