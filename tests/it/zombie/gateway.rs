//! A real JVM as the Gateway, sick in each way: what the census says, and that it survives.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use ibdoc::machine::pid::ProcessId;
use ibdoc::machine::process::system;
use ibdoc::machine::sockets;
use ibdoc::machine::sockets::{Ports, Socket, TcpState};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::helpers::command::skipped;
use crate::machine::children::Running;
use crate::machine::table::eventually;
use crate::zombie::zoo::{Zoo, is_running, killed, zombies};

const GATEWAY: &str = r#"
import java.net.*;
import java.util.*;

public class Gateway {
    public static void main(String[] arguments) throws Exception {
        var listener = new ServerSocket(0, 2);
        System.out.println(listener.getLocalPort());
        var kept = new ArrayList<Socket>();
        switch (arguments[0]) {
            case "accepts-nobody" -> System.in.read();
            case "reads-nothing" -> { while (true) kept.add(listener.accept()); }
            case "hangs-up" -> { while (true) listener.accept().close(); }
            default -> {
                while (true) {
                    var client = listener.accept();
                    kept.add(client);
                    new Thread(() -> {
                        try { while (client.getInputStream().read() >= 0) { } }
                        catch (java.io.IOException gone) { }
                    }).start();
                }
            }
        }
    }
}
"#;

struct Gateway {
    id: ProcessId,
    address: SocketAddr,
    _program: Running,
    /// Where its source is.
    _directory: tempfile::TempDir,
}

impl Gateway {
    fn start(illness: &str) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let source = directory.path().join("Gateway.java");
        fs::write(&source, GATEWAY).unwrap();
        let mut command = Command::new("java");
        command.arg("-Dlauncher=/home/me/Jts/ibgateway/1030");
        command.arg(&source).arg(illness).stderr(Stdio::null());
        let program = Running::start(&mut command)?;
        let address = SocketAddr::from(([127, 0, 0, 1], program.said.parse().unwrap()));
        let id = system().identify(program.pid()).unwrap().unwrap();
        Some(Self {
            id,
            address,
            _program: program,
            _directory: directory,
        })
    }

    fn port(&self) -> u16 {
        self.address.port()
    }

    /// A client that says this, or nothing, and leaves.
    fn visit(&self, words: &[u8]) {
        let mut client = TcpStream::connect(self.address).unwrap();
        client.write_all(words).unwrap();
    }

    /// Waits until so many sockets at its end satisfy `test`.
    fn shows(&self, count: usize, what: &str, test: impl Fn(&Socket) -> bool) {
        let ports = Ports::from([self.port()]);
        eventually(what, || {
            let rows = sockets::system().snapshot(&ports).unwrap().sockets;
            let ours = rows.iter().filter(|row| row.local.port() == self.port());
            (ours.filter(|row| test(row)).count() == count).then_some(())
        });
    }

    fn half_closed(&self, count: usize, accepted: bool) {
        self.shows(count, "CLOSE_WAIT at the Gateway", |row| {
            row.state == TcpState::CloseWait && row.accepted() == Some(accepted)
        });
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.id.pid.0).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// What `--kill` reports, after which the Gateway must live.
    fn survives(&self) -> (Value, i32) {
        let (report, status) = zombies(self.port(), &["--kill"]);
        assert!(is_running(self.id), "{report:#}");
        assert_eq!(killed(&report), [], "{report:#}");
        let listener = &report["zombies"]["listeners"][0];
        assert_eq!(
            (&listener["kind"], &listener["pid"]),
            (&"gateway".into(), &self.id.pid.0.into())
        );
        (report, status)
    }
}

fn codes(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| finding["code"].as_str().unwrap())
        .collect()
}

#[test]
fn a_gateway_that_leaks_is_told_so_and_not_killed() {
    let Some(gateway) = Gateway::start("leaks") else {
        return skipped("no java");
    };
    gateway.visit(b"API\0");
    gateway.half_closed(1, true);
    gateway.visit(b"");
    gateway.half_closed(2, true);
    gateway.shows(2, "everything read", |row| {
        row.recv_queue == Some(0) && row.state == TcpState::CloseWait
    });
    let (report, status) = gateway.survives();
    assert_eq!(
        codes(&report),
        ["zombie-gateway-owned", "probe-left-zombies"],
        "{report:#}"
    );
    assert_eq!((status, &report["zombies"]["remaining"]), (3, &2.into()));
    let finding = &report["findings"][0];
    assert!(
        finding["summary"]
            .as_str()
            .unwrap()
            .contains("no kill of a client")
    );
    assert!(
        finding["evidence"][0]
            .as_str()
            .unwrap()
            .contains("stuck for"),
        "{finding:#}"
    );
    for zombie in report["zombies"]["zombies"].as_array().unwrap() {
        assert_eq!(
            (&zombie["side"], &zombie["action"]),
            (&"gateway".into(), &"none".into())
        );
        assert_eq!(zombie["holders"][0]["class"], "protected");
        assert_eq!(zombie["accepted"], true);
    }
}

#[test]
fn a_gateway_that_reads_nothing_shows_by_the_unread_bytes() {
    let Some(gateway) = Gateway::start("reads-nothing") else {
        return skipped("no java");
    };
    gateway.visit(b"seventeen bytes !");
    gateway.half_closed(1, true);
    let (report, status) = gateway.survives();
    assert_eq!(
        (codes(&report), status),
        (vec!["zombie-gateway-owned"], 3),
        "{report:#}"
    );
    assert_eq!(report["zombies"]["zombies"][0]["recv_queue"], 18);
    let evidence = report["findings"][0]["evidence"].to_string();
    assert!(evidence.contains("17 bytes unread"), "{evidence}");
}

#[test]
fn a_gateway_that_accepts_nobody_shows_by_its_queue_and_by_sockets_without_owner() {
    let Some(gateway) = Gateway::start("accepts-nobody") else {
        return skipped("no java");
    };
    gateway.visit(b"API\0");
    gateway.visit(b"");
    gateway.half_closed(2, false);
    let (report, status) = gateway.survives();
    assert_eq!(
        codes(&report),
        [
            "accept-queue-stuck",
            "zombie-unaccepted",
            "probe-left-zombies"
        ],
        "{report:#}"
    );
    assert_eq!(status, 4);
    for zombie in report["zombies"]["zombies"].as_array().unwrap() {
        assert_eq!(
            (&zombie["accepted"], &zombie["inode"]),
            (&false.into(), &0.into())
        );
        assert_eq!(zombie["holders"].as_array().unwrap().len(), 0);
    }
    // One more than its limit of two takes the last place.
    let _waiting = TcpStream::connect(gateway.address).unwrap();
    gateway.shows(1, "a full queue", |row| {
        row.accept_queue_full() == Some(true)
    });
    let (report, status) = gateway.survives();
    assert_eq!(
        (codes(&report)[0], status),
        ("accept-queue-stuck", 4),
        "{report:#}"
    );
    let evidence = report["findings"][0]["evidence"].to_string();
    assert!(
        evidence.contains("3 wait to be accepted, limit 2"),
        "{evidence}"
    );
}

#[test]
fn a_paused_gateway_heals_of_unaccepted_sockets_by_going_on() {
    let Some(gateway) = Gateway::start("leaks") else {
        return skipped("no java");
    };
    gateway.signal(Signal::STOP);
    // The thread that accepts is not the one whose state the process shows.
    eventually("a Gateway all of whose threads have stopped", || {
        let tasks = fs::read_dir(format!("/proc/{}/task", gateway.id.pid)).unwrap();
        let stopped = |task: std::io::Result<fs::DirEntry>| {
            let stat = fs::read_to_string(task.unwrap().path().join("stat"));
            stat.is_ok_and(|stat| stat.contains(") T "))
        };
        tasks.into_iter().all(stopped).then_some(())
    });
    gateway.visit(b"API\0");
    gateway.half_closed(1, false);
    let (report, _) = gateway.survives();
    let stopped = ["gateway-stopped", "zombie-unaccepted"];
    assert_eq!(codes(&report), stopped, "{report:#}");
    gateway.signal(Signal::CONT);
    gateway.half_closed(1, true);
    let (report, _) = gateway.survives();
    assert_eq!(codes(&report), ["zombie-gateway-owned"], "{report:#}");
}

#[test]
fn an_orphan_of_a_real_gateway_ends_and_the_gateway_lives() {
    let Some(gateway) = Gateway::start("hangs-up") else {
        return skipped("no java");
    };
    let Some(mut zoo) = Zoo::start("orphan", gateway.port(), "") else {
        return skipped("no python3");
    };
    let client = zoo.client();
    let ports = Ports::from([gateway.port()]);
    eventually("CLOSE_WAIT at the client", || {
        let rows = sockets::system().snapshot(&ports).unwrap().sockets;
        let half_closed =
            |row: &&Socket| row.remote.port() == gateway.port() && row.state == TcpState::CloseWait;
        rows.iter().find(half_closed).cloned()
    });
    let (report, status) = zombies(gateway.port(), &["--kill"]);
    assert!(is_running(gateway.id) && !is_running(client), "{report:#}");
    assert_eq!((killed(&report).len(), status), (1, 0), "{report:#}");
}

#[test]
fn a_client_that_does_not_read_is_named_with_the_bytes_it_leaves() {
    let port = crate::zombie::zoo::Port::open();
    let Some(mut zoo) = Zoo::start("orphan", port.number(), "") else {
        return skipped("no python3");
    };
    let client = zoo.client();
    let (mut connection, _) = port.accept();
    connection.write_all(&[0; 1000]).unwrap();
    let ports = Ports::from([port.number()]);
    eventually("unread bytes", || {
        let rows = sockets::system().snapshot(&ports).unwrap().sockets;
        rows.into_iter().find(|row| row.recv_queue == Some(1000))
    });
    // Fresh bytes say nothing while there is no time to watch them.
    let soon = ["--min-age", "60s", "--deadline", "5s"];
    let (young, status) = zombies(port.number(), &soon);
    assert_eq!((codes(&young), status), (vec![], 0), "{young:#}");
    let (report, status) = zombies(port.number(), &[]);
    assert_eq!(
        (codes(&report), status),
        (vec!["client-not-reading"], 3),
        "{report:#}"
    );
    let evidence = report["findings"][0]["evidence"][0].as_str().unwrap();
    assert!(evidence.contains("1000 bytes unread"), "{evidence}");
    assert!(
        evidence.contains(&format!("(pid {})", client.pid)),
        "{evidence}"
    );
    assert!(is_running(client));
}
