//! A Gateway in another network namespace: it is named, and its table can be read.

#![cfg(target_os = "linux")]
use std::fs;
use std::process::{Command, Stdio};

use ibdoc::machine::pid::Pid;
use ibdoc::machine::process::system;
use ibdoc::machine::sockets;
use serde_json::Value;

use crate::helpers::command::PATH;
use crate::helpers::command::skipped;
use crate::helpers::validated;
use crate::machine::children::{GATEWAY, Running};
use crate::zombie::zoo::zombies;

/// Brings the loopback up and leaves one half-closed connection at its own listener.
const CONTAINER: &str = "
import fcntl, socket, struct, sys
probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
UP = struct.pack('16sh', b'lo', 0x41)
fcntl.ioctl(probe, 0x8914, UP)
gateway = socket.create_server(('127.0.0.1', 0))
client = socket.create_connection(gateway.getsockname())
kept, _ = gateway.accept()
client.close()
while struct.unpack('B', kept.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1))[0] != 8:
    pass
print(gateway.getsockname()[1], flush=True)
sys.stdin.read()
";

fn unshared() -> Option<Command> {
    let mut command = Command::new("unshare");
    let works = Command::new("unshare").args(["--net", "true"]).output();
    works.is_ok_and(|output| output.status.success()).then(|| {
        command.arg("--net").stderr(Stdio::null());
        command
    })
}

#[test]
fn the_table_of_another_namespace_is_read_and_reported() {
    let Some(mut command) = unshared() else {
        return skipped("unshare makes no network namespace here");
    };
    let Some(program) = Running::start(command.args(["python3", "-c", CONTAINER])) else {
        return skipped("no python3");
    };
    let port = program.said.parse().unwrap();
    assert!(
        !sockets::system().is_whole_machine(),
        "its sockets are not here"
    );
    // A Gateway of another test may be out of sight, which makes the verdict unknown.
    let (here, status) = zombies(port, &[]);
    assert_eq!(here["zombies"]["remaining"], 0, "{here:#}");
    assert_ne!(status, 3, "{here:#}");
    let pid = program.pid().to_string();
    let (there, status) = zombies(port, &["--netns", &pid]);
    assert_eq!(
        (&there["zombies"]["remaining"], status),
        (&1.into(), 3),
        "{there:#}"
    );
    let zombie = &there["zombies"]["zombies"][0];
    assert_eq!(zombie["side"], "gateway");
    // Who may enter the namespace has the kernel's own ages and queues there.
    assert!(zombie["age_ms"].is_number(), "{there:#}");
    let listener = &there["zombies"]["listeners"][0];
    assert!(listener["backlog"].is_number(), "{there:#}");
    assert_eq!(zombie["holders"][0]["pid"], program.pid().0);
    assert_eq!(there["zombies"]["listeners"][0]["pid"], program.pid().0);
    assert_eq!(there["findings"][0]["code"], "zombie-gateway-owned");
}

#[test]
fn another_namespace_is_for_looking_only() {
    for act in ["--kill", "--heal"] {
        let output = Command::new(env!("CARGO_BIN_EXE_ibdoc"))
            .args(["zombies", "--port", "1", "--netns", "1", act])
            .output();
        assert_eq!(output.unwrap().status.code(), Some(2), "{act}");
    }
    let (report, status) = zombies(1, &["--netns", "4294967295"]);
    assert_eq!(
        (&report["verdict"], status),
        (&"unknown".into(), 1),
        "{report:#}"
    );
    assert_eq!(report["error"], "no process 4294967295 on this machine");
}

/// A Gateway in a network namespace of its own and, so that no other one is seen beside it, alone in
/// a pid namespace; and its pid outside.
fn contained(source: &std::path::Path) -> Option<(Running, Pid)> {
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--mount-proc", "--kill-child"]);
    let works = Command::new("unshare")
        .args(command.get_args())
        .arg("true")
        .output();
    if !works.is_ok_and(|output| output.status.success()) {
        return None;
    }
    command.args([
        "unshare",
        "--net",
        "java",
        "-Dlauncher=/home/me/Jts/ibgateway/1030",
    ]);
    let program = Running::start(command.arg(source).stderr(Stdio::null()))?;
    let family = system().descendants(program.pid())?;
    let java = family.into_iter().find(|pid| *pid != program.pid())?;
    Some((program, java))
}

#[test]
fn a_gateway_in_another_namespace_is_named() {
    if unshared().is_none() {
        return skipped("unshare makes no network namespace here");
    }
    if Command::new("java").arg("-version").output().is_err() {
        return skipped("no java");
    }
    let directory = tempfile::tempdir().unwrap();
    let source = directory.path().join("Gateway.java");
    fs::write(&source, GATEWAY).unwrap();
    let Some((program, java)) = contained(&source) else {
        return skipped("unshare makes no pid namespace here");
    };
    // In its pid namespace, where it is pid 1, and not in its network namespace.
    let ask = |arguments: &[&str]| -> Value {
        let mut command = Command::new("nsenter");
        command.args(["--target", &java.to_string(), "--pid", "--mount"]);
        command.arg(env!("CARGO_BIN_EXE_ibdoc"));
        command.args(["zombies", "--json"]).args(arguments);
        let output = command.env_clear().env("PATH", PATH).output().unwrap();
        validated::document(&String::from_utf8_lossy(&output.stdout))
    };
    let here = ask(&[]);
    let findings = here["findings"].as_array().unwrap();
    let named = findings
        .iter()
        .find(|finding| finding["code"] == "other-namespace");
    let named = named.unwrap_or_else(|| panic!("{here:#}"));
    let said = named.to_string();
    assert_eq!(named["subject"], "pid 1", "{said}");
    let there = format!(
        "in another network namespace, where it listens on {}",
        program.said
    );
    assert!(said.contains(&there), "{said}");
    assert!(said.contains("zombies --netns 1"), "{said}");
    // No other program has its port here.
    let port_there = ask(&["--port", &program.said]);
    let found = &port_there["findings"][0]["code"];
    assert_eq!(
        (found, &port_there["verdict"]),
        (&"other-namespace".into(), &"unknown".into()),
        "{port_there:#}"
    );
    let there = ask(&["--netns", "1"]);
    let port: u16 = program.said.parse().unwrap();
    let ports = there["zombies"]["ports"].as_array().unwrap();
    assert!(ports.contains(&port.into()), "{there:#}");
    let kind = &there["zombies"]["listeners"][0]["kind"];
    assert_eq!(kind, "gateway", "{there:#}");
}
