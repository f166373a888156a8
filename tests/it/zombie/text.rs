//! The text after `--kill` and `--heal`: what was done, and what remains, without contradiction.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use ibdoc::machine::sockets;
use ibdoc::machine::sockets::TcpState;

use crate::helpers::command::skipped;
use crate::machine::table::eventually;
use crate::zombie::zoo::{Port, Zoo};

/// What `ibdoc zombies` prints about this port, lines that were wrapped made one again.
fn text(port: u16, argument: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ibdoc"));
    command.env_clear().stdin(Stdio::null());
    command.args(["zombies", "--min-age", "0s", "--port", &port.to_string()]);
    let output = command.arg(argument).output().unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .replace("\n           ", " ")
}

/// A client of this kind that was hung up on, and the socket that another one left at the port.
struct Scene {
    _zoo: Zoo,
    _kept: TcpStream,
    port: Port,
    client: SocketAddr,
    left: SocketAddr,
}

impl Scene {
    fn of(kind: &str) -> Option<Self> {
        let port = Port::open();
        let mut zoo = Zoo::start(kind, port.number(), "")?;
        zoo.client();
        let client = port.hang_up();
        let visitor = TcpStream::connect(port.address).unwrap();
        let (kept, left) = port.accept();
        drop(visitor);
        eventually("CLOSE_WAIT at the port", || {
            let row = sockets::system().find(port.address, left).unwrap();
            row.filter(|row| row.state == TcpState::CloseWait)
        });
        Some(Self {
            _zoo: zoo,
            _kept: kept,
            port,
            client,
            left,
        })
    }

    /// The text before and after the line about what remains, which is the port's own socket.
    fn done(&self, argument: &str) -> (String, String) {
        let text = text(self.port.number(), argument);
        let (done, left) = text
            .split_once("sockets that remain: 1\n")
            .unwrap_or_else(|| panic!("{text}"));
        let (client, kept) = (self.client.to_string(), self.left.to_string());
        assert!(done.contains(&client) && !done.contains(&kept), "{text}");
        assert!(left.contains(&kept) && !left.contains(&client), "{text}");
        assert!(
            left.contains("left as they are: 1 socket: the listener's own"),
            "{text}"
        );
        assert!(left.contains("what can still be done:"), "{text}");
        // Of a Gateway of another test it may say where to look.
        for act in ["--heal", "--kill"] {
            assert!(!text.contains(&format!("ibdoc zombies {act}")), "{text}");
        }
        (done.to_owned(), left.to_owned())
    }
}

#[test]
fn a_plan_lists_everything_and_says_what_a_kill_would_do() {
    let Some(scene) = Scene::of("orphan") else {
        return skipped("no python3");
    };
    let text = text(scene.port.number(), "--color=never");
    assert!(text.contains(&scene.client.to_string()), "{text}");
    assert!(text.contains(&scene.left.to_string()), "{text}");
    let port = scene.port.number();
    let command = format!("ibdoc zombies --kill --port {port} --min-age 0s\n");
    assert!(
        text.contains(&format!("end it, it is left over:  {command}")),
        "{text}"
    );
    assert!(text.contains("a restart ends every session"), "{text}");
    assert!(
        !text.contains("cleared") && !text.contains("remain:"),
        "{text}"
    );
}

#[test]
fn after_a_kill_what_was_cleared_is_not_listed_as_there() {
    let Some(scene) = Scene::of("orphan") else {
        return skipped("no python3");
    };
    let (done, _) = scene.done("--kill");
    assert!(done.contains("ended python3"), "{done}");
    let cleared = format!("cleared  {} from {}", scene.client, scene.port.address);
    assert!(done.contains(&cleared), "{done}");
}

#[test]
fn after_a_heal_what_was_shut_down_is_told_once() {
    let Some(scene) = Scene::of("supervised") else {
        return skipped("no python3");
    };
    let (done, _) = scene.done("--heal");
    let healed = format!("shut down {} to {}", scene.client, scene.port.address);
    assert!(
        done.contains(&healed) && !done.contains("cleared"),
        "{done}"
    );
}

#[test]
fn after_a_kill_that_was_refused_the_last_look_is_shown_and_no_plan() {
    let port = Port::open();
    let Some(mut zoo) = Zoo::start("fickle", port.number(), "") else {
        return skipped("no python3");
    };
    zoo.client();
    let client = port.hang_up().to_string();
    let text = text(port.number(), "--kill");
    assert!(
        text.contains("it got SIGTERM, and no SIGKILL because"),
        "{text}"
    );
    assert!(text.contains("sockets that remain: 1\n"), "{text}");
    assert!(
        text.contains(&client) && !text.contains("  ended "),
        "{text}"
    );
    assert!(text.contains("it has a connection to"), "{text}");
    assert!(!text.contains("it is left over"), "{text}");
}

#[test]
fn a_socket_that_outlives_its_killed_holder_is_shown_with_who_holds_it_now() {
    let port = Port::open();
    let Some(mut zoo) = Zoo::start("renewing", port.number(), "") else {
        return skipped("no python3");
    };
    let first = zoo.client();
    let client = port.hang_up().to_string();
    let text = text(port.number(), "--kill");
    let second = zoo.client();
    assert!(
        text.contains(&format!("ended python3 zoo.py (pid {})", first.pid)),
        "{text}"
    );
    let (_, left) = text
        .split_once("sockets that remain: 1\n")
        .unwrap_or_else(|| panic!("{text}"));
    let now = format!("held by python3 zoo.py ({})", second.pid);
    assert!(left.contains(&client) && left.contains(&now), "{text}");
    assert!(!text.contains("cleared"), "{text}");
}

#[test]
fn of_many_sockets_the_text_lists_fifty_and_counts_the_rest() {
    let port = Port::open();
    let open = |_| {
        let client = TcpStream::connect(port.address).unwrap();
        (client, port.accept())
    };
    let (mut clients, mut kept) = (Vec::new(), Vec::new());
    for (client, (end, left)) in (0..53).map(open) {
        clients.push(client);
        kept.push((end, left));
    }
    drop(clients);
    for (_, left) in &kept {
        eventually("CLOSE_WAIT at the port", || {
            let row = sockets::system().find(port.address, *left).unwrap();
            row.filter(|row| row.state == TcpState::CloseWait)
        });
    }
    let text = text(port.number(), "--color=never");
    let listed = text.lines().filter(|line| line.starts_with("  gateway  "));
    assert_eq!(listed.count(), 50, "{text}");
    assert!(
        text.contains("\n  and 3 more: --json lists them all\n"),
        "{text}"
    );
}
