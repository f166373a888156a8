//! `--kill` on an old orphan behind a young listener: a Gateway that has just been restarted.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::time::Duration;

use ibdoc::machine::pid::Pid;
use ibdoc::machine::process::system;
use ibdoc::machine::sockets;

use crate::helpers::command::skipped;
use crate::machine::children::Running;
use crate::machine::table::eventually;
use crate::zombie::zoo::{Port, Zoo, is_running, killed, python, verdict, zombies};

const GATEWAY: &str = "import socket,sys\n\
                       listener=socket.create_server(('127.0.0.1',int(sys.argv[1])))\n\
                       print('ready',flush=True)\n\
                       sys.stdin.read()";
/// So much older than the listener is the socket; the plan must be made within that time.
const OLDER: Duration = Duration::from_secs(3);

fn up(pid: Pid) -> Duration {
    system().facts(pid).unwrap().unwrap().up.unwrap()
}

#[test]
fn an_old_orphan_lives_behind_a_young_listener_and_ends_when_that_has_aged() {
    let port = Port::open();
    let Some(mut zoo) = Zoo::start("orphan", port.number(), "") else {
        return skipped("no python3");
    };
    let client = zoo.client();
    let peer = port.hang_up();
    let (address, number) = (port.address, port.number());
    let age = || {
        sockets::system()
            .find(peer, address)
            .unwrap()
            .unwrap()
            .age
            .unwrap()
    };
    drop(port);
    eventually("a socket that is old enough", || {
        (age() > OLDER).then_some(())
    });
    let mut command = python();
    command.args(["-c", GATEWAY, &number.to_string()]);
    let restarted = Running::start(&mut command).unwrap();

    // The socket is that old; the listener will be in three seconds.
    let limit = age();
    let min_age = format!("{}ms", limit.as_millis());
    let kill = ["--kill", "--min-age", &min_age];
    let (report, status) = zombies(number, &kill);
    assert!(is_running(client), "{report:#}");
    let spared = ("orphan".to_owned(), "spare".to_owned());
    assert_eq!(
        (verdict(&report, client), status),
        (spared, 3),
        "{report:#}"
    );
    assert_eq!(killed(&report), []);
    let reason = report["zombies"]["zombies"][0]["reason"].as_str().unwrap();
    let young = format!("the listener on port {number} has been up for");
    assert!(reason.contains(&young), "{reason}");

    eventually("a listener that is old enough", || {
        (up(restarted.pid()) > limit).then_some(())
    });
    let (report, status) = zombies(number, &kill);
    assert!(!is_running(client), "{report:#}");
    assert_eq!((killed(&report).len(), status), (1, 0), "{report:#}");
}
