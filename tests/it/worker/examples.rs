//! The clients of `examples/worker`, each with the interpreter that is here.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::helpers::command::{
    CODES_WHERE_NOTHING_LISTENS, Ran, Running, Simulator, eventually, ibdoc, skipped, sockets,
};

/// Runs the client against this port; `None` without its interpreter.
fn run(interpreter: &str, client: &str, arguments: &[&str]) -> Option<Ran> {
    let version = Command::new(interpreter).arg("--version").output();
    if version.is_err() {
        skipped(&format!("{client}: no {interpreter}"));
        return None;
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("examples/worker")
        .join(client);
    let mut command = Command::new(interpreter);
    command.arg(path).args(arguments);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Some(command.output().expect("it runs").into())
}

#[test]
fn the_client_in_node_asks_side_by_side() {
    let gateway = Simulator::start("normal");
    let (port, program) = (gateway.target(), env!("CARGO_BIN_EXE_ibdoc"));
    let Some(ran) = run("node", "node/worker.js", &[&port, program]) else {
        return;
    };
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    for words in [
        "connected, version 226",
        "2 positions",
        "time is a number: true",
    ] {
        assert!(ran.stdout.contains(words), "{}", ran.stdout);
    }
    eventually("no socket is left", || sockets(gateway.port).is_empty());
}

#[test]
fn the_client_in_bash_asks_one_after_the_other() {
    let gateway = Simulator::start("normal");
    let (port, program) = (gateway.target(), env!("CARGO_BIN_EXE_ibdoc"));
    let Some(ran) = run("bash", "bash/worker.sh", &[&port, program]) else {
        return;
    };
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    for words in [
        "connected, version 226",
        "net liquidation: 1000010.00",
        "connected: false",
    ] {
        assert!(ran.stdout.contains(words), "{}", ran.stdout);
    }
    eventually("no socket is left", || sockets(gateway.port).is_empty());
    let closed = crate::helpers::command::free_port().to_string();
    let ran = run("bash", "bash/worker.sh", &[&closed, program]).expect("it has run before");
    assert_eq!(ran.status, 1);
    let said = CODES_WHERE_NOTHING_LISTENS.map(|code| format!("not connected: {code}"));
    let is_said = said.iter().any(|words| ran.stdout.contains(words));
    assert!(is_said, "{}", ran.stdout);
}

#[test]
fn the_client_in_python_holds_a_session_through_drops_and_reconnects() {
    // On a busy machine an interpreter takes seconds to start.
    let scenario = "normal;10s:restart=3";
    let gateway = Simulator::start(scenario);
    let (port, program) = (gateway.target(), env!("CARGO_BIN_EXE_ibdoc"));
    let arguments = [port.as_str(), "22", program];
    let Some(ran) = run("python3", "python/hold.py", &arguments) else {
        return;
    };
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    for words in [
        "connected to",
        "dropped: dropped",
        "reconnected after",
        "2 position(s)",
    ] {
        assert!(ran.stdout.contains(words), "{}", ran.stdout);
    }
    let healthy = ran
        .stdout
        .lines()
        .filter(|line| line.ends_with(" healthy"))
        .count();
    assert!(healthy >= 1, "{}", ran.stdout);
    assert!(ran.stdout.contains("ended with status 0"), "{}", ran.stdout);
    eventually("no socket is left", || sockets(gateway.port).is_empty());
}

/// The first lines that the README shows of a worker.
#[test]
fn a_session_of_the_simulated_gateway_is_used_from_a_pipe() {
    let mut command = ibdoc(&["worker", "--sim"]);
    command.stdin(Stdio::piped());
    let mut running = Running::start(command);
    let lines = "{\"id\":1,\"command\":\"connect\"}\n{\"id\":2,\"command\":\"get_accounts\"}\n";
    let mut input = running.child.stdin.take().expect("its stdin");
    std::io::Write::write_all(&mut input, lines.as_bytes()).expect("it reads");
    drop(input);
    let ran = running.finish();
    let accounts = ran
        .lines()
        .into_iter()
        .find(|line| line["id"] == 2)
        .expect("an answer");
    assert_eq!(accounts["data"]["accounts"][0], "DU9000021");
}
