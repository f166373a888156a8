//! Clients whose socket somebody else holds too, where that is hard to see.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use ibdoc::machine::pid::{Pid, ProcessId};
use ibdoc::machine::process::system;

use crate::helpers::command::skipped;
use crate::zombie::kill::stays;
use crate::zombie::zoo::{Port, Zoo};

/// An orphan that a server has handed its connection, and both are ready.
fn handed_down(port: &Port, threads: &str) -> Option<(Zoo, ProcessId)> {
    let mut zoo = Zoo::start("handing-down", port.number(), threads)?;
    let lines = [zoo.line(), zoo.line()];
    let client = lines.iter().find(|line| line.ends_with(" client\n"));
    let pid = client.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    let pid = Pid(pid.unwrap_or_else(|| panic!("no client is ready: {lines:?}")));
    let client = system().identify(pid).unwrap().expect("it is running");
    port.hang_up();
    Some((zoo, client))
}

#[test]
fn a_client_whose_socket_one_thread_of_a_server_keeps_lives() {
    // The tables of few threads are all read; of many, those of another length.
    for threads in ["0", "100"] {
        let port = Port::open();
        let Some((_zoo, client)) = handed_down(&port, threads) else {
            return skipped("no python3");
        };
        stays(&port, client, "orphan");
    }
}
