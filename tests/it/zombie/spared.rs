//! Clients that look like orphans and are none, and what is said of those who live.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::process::Command;

use ibdoc::machine::pid::Pid;
use ibdoc::machine::process::{RunState, system};
use ibdoc::machine::sockets;

use crate::helpers::command::skipped;
use crate::helpers::validated;
use crate::machine::table::eventually;
use crate::zombie::kill::{KILL, hung_up, if_named, stays};
use crate::zombie::zoo::{Port, Zoo, block, is_running, killed, python, verdict, zombies};

#[test]
fn a_client_whose_unix_socket_a_living_process_has_the_other_end_of_lives() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::create_dir(path(".X11-unix")).unwrap();
    for name in [".X11-unix/X7", "wayland-7", "bus"] {
        let server = UnixListener::bind(path(name)).unwrap();
        let port = Port::open();
        let argument = path(name);
        let Some(mut zoo) = Zoo::start("on-screen", port.number(), argument.to_str().unwrap())
        else {
            return skipped("no python3");
        };
        let client = zoo.client();
        port.hang_up();
        let (plan, _) = zombies(port.number(), &[]);
        // Not accepted yet, its other end is no process's: who that is cannot be told.
        assert_eq!(verdict(&plan, client).0, "unknown", "{name}: {plan:#}");
        assert_eq!(
            block(&plan, client)["answer"],
            "if_named",
            "{name}: {plan:#}"
        );
        let display = server.accept().unwrap();
        let plan = stays(&port, client, "interactive");
        let reason = plan["zombies"]["zombies"][0]["reason"].as_str().unwrap();
        let peer = format!(
            "(pid {}) is connected to it by a unix socket",
            std::process::id()
        );
        assert!(reason.contains(&peer), "{reason}");
        // Without its display it is an orphan like any other.
        drop(display);
        let (report, status) = zombies(port.number(), &KILL);
        assert!(!is_running(client), "{report:#}");
        assert_eq!(status, 0, "{report:#}");
    }
}

#[test]
fn a_client_that_is_connected_to_itself_or_to_its_own_worker_ends() {
    for (kind, count) in [("self-pipe", 1), ("paired-pool", 2)] {
        let port = Port::open();
        let Some(mut zoo) = Zoo::start(kind, port.number(), "") else {
            return skipped("no python3");
        };
        let clients: Vec<_> = (0..count).map(|_| zoo.client()).collect();
        port.hang_up();
        let (report, status) = zombies(port.number(), &KILL);
        assert!(!clients.into_iter().any(is_running), "{kind}: {report:#}");
        assert_eq!(status, 0, "{kind}: {report:#}");
    }
}

#[test]
fn a_client_whose_thread_has_a_connection_of_its_own_lives() {
    let other = Port::open();
    let port = Port::open();
    let Some(mut zoo) = Zoo::start("apart", port.number(), &other.number().to_string()) else {
        return skipped("no python3");
    };
    let client = zoo.client();
    port.hang_up();
    let main = fs::read_dir(format!("/proc/{}/fd", client.pid)).unwrap();
    let sockets = main.filter(|entry| {
        let target = fs::read_link(entry.as_ref().unwrap().path()).unwrap();
        target.to_string_lossy().starts_with("socket:")
    });
    assert_eq!(
        sockets.count(),
        1,
        "the main thread has the half-closed one only"
    );
    // The thread's own is accepted: a queue in which it waits would be a finding of its own.
    let _accepted = port.accept();
    // A connection to a port that is no Gateway's: it ends only when it is named.
    stays(&port, client, "connected");
}

/// No process of this kind is ended, where there is an `io_uring`; newer kernels tell what is in it.
fn spared_in_ring(kind: &str, classes: &[&str]) {
    let (port, other) = (Port::open(), Port::open());
    let elsewhere = other.number().to_string();
    let Some(mut zoo) = Zoo::start(kind, port.number(), &elsewhere) else {
        return skipped("no python3");
    };
    let line = zoo.line();
    if line.contains("no-io_uring") {
        return skipped("this system has no io_uring");
    }
    let pid = line
        .split_whitespace()
        .nth(1)
        .and_then(|pid| pid.parse().ok());
    let client = pid.and_then(|pid| system().identify(Pid(pid)).ok().flatten());
    let client = client.expect("it is running");
    port.hang_up();
    let (class, _) = verdict(&zombies(port.number(), &[]).0, client);
    assert!(classes.contains(&class.as_str()), "{class}");
    stays(&port, client, &class);
}

#[test]
fn a_client_with_a_connection_in_an_io_uring_lives() {
    spared_in_ring("in-ring", &["connected", "unknown"]);
}

#[test]
fn a_client_with_a_connection_in_an_io_uring_without_a_descriptor_lives() {
    spared_in_ring("in-closed-ring", &["unknown"]);
}

#[test]
fn the_worker_of_a_master_without_a_socket_ends_only_when_named_and_the_master_is_named() {
    let Some((port, _zoo, worker)) = hung_up("master", "") else {
        return skipped("no python3");
    };
    let master = system().facts(worker.pid).unwrap().unwrap().parent.unwrap();
    let cost = format!("its parent python3 zoo.py (pid {master}) is running");
    if_named(&port, worker, "supervised", &cost);
}

#[test]
fn a_client_with_a_child_whose_main_thread_has_exited_is_never_ended() {
    let Some((port, _zoo, client)) = hung_up("headless-boss", "") else {
        return skipped("no python3");
    };
    let list = format!("/proc/{0}/task/{0}/children", client.pid);
    let child = fs::read_to_string(list).unwrap();
    let child = Pid(child.trim().parse().unwrap());
    eventually("a main thread that has exited", || {
        let state = system().facts(child).unwrap().unwrap().state;
        (state == Some(RunState::Zombie)).then_some(())
    });
    let plan = stays(&port, client, "orphan");
    let said = block(&plan, client)["reason"].to_string();
    assert!(
        said.contains("is running and stays") && said.contains(&child.to_string()),
        "{said}"
    );
    // What the child is cannot be read, and an end of its parent may take it along.
    let pid = client.pid.to_string();
    let (named, status) = zombies(port.number(), &[&KILL[..], &["--pid", &pid]].concat());
    assert!(is_running(client), "{named:#}");
    assert_eq!(
        (&named["findings"][0]["code"], status),
        (&"kill-failed".into(), 3)
    );
}

/// What is said of the socket of this kind of client once so many bytes are unread there.
fn said(kind: &str, unread: u32) -> Option<String> {
    let port = Port::open();
    let mut zoo = Zoo::start(kind, port.number(), "")?;
    zoo.client();
    let peer = port.hang_up();
    eventually("what the client reads", || {
        let row = sockets::system().find(peer, port.address).unwrap()?;
        (row.recv_queue == Some(unread)).then_some(())
    });
    let (report, _) = zombies(port.number(), &[]);
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{report:#}");
    assert_eq!(findings[0]["code"], "zombie-client-live");
    Some(findings[0]["summary"].as_str().unwrap().to_owned())
}

#[test]
fn a_client_that_does_not_read_is_told_from_one_that_leaks_its_socket() {
    let (Some(unread), Some(leaked)) = (said("supervised", 1), said("leaking", 0)) else {
        return skipped("no python3");
    };
    assert!(unread.contains("has not noticed the end"), "{unread}");
    assert!(leaked.contains("a leaked descriptor"), "{leaked}");
}

#[test]
fn where_processes_are_hidden_nobody_ends() {
    const HIDE: &str = "mount -t proc -o hidepid=2 proc /proc && exec \"$@\"";
    const NOBODY: [&str; 3] = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    if !rustix::process::geteuid().is_root() {
        return skipped("only root can mount /proc with hidepid");
    }
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let ibdoc = directory.path().join("ibdoc");
    fs::copy(env!("CARGO_BIN_EXE_ibdoc"), &ibdoc).unwrap();
    let port = Port::open();
    let Some(mut zoo) = Zoo::start("other-user", port.number(), "65534") else {
        return skipped("no python3");
    };
    let client = zoo.client();
    port.hang_up();
    let mut unshare = Command::new("unshare");
    unshare
        .env_clear()
        .args(["--mount", "sh", "-c", HIDE, "sh", "setpriv"]);
    unshare.env("PATH", python().get_envs().next().unwrap().1.unwrap());
    unshare
        .args(NOBODY)
        .arg(&ibdoc)
        .args(["zombies", "--json", "--kill", "--min-age", "0s"]);
    unshare.args(["--port", &port.number().to_string()]);
    let output = unshare.output().unwrap();
    if output.stdout.is_empty() {
        return skipped("/proc cannot be mounted with hidepid here");
    }
    let report = validated::document(&String::from_utf8_lossy(&output.stdout));
    assert_ne!(verdict(&report, client).1, "kill", "{report:#}");
    assert!(is_running(client) && killed(&report).is_empty());
}
