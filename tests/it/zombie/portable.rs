//! `--kill` through the portable sources, as macOS has it, on real processes: an orphan about
//! which every question is answered ends after a second look, and everybody else lives.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ibdoc::machine::pid::{Pid, ProcessId};
use ibdoc::machine::process::{ProcessSource, portable, system};
use rustix::process::{Signal, kill_process};

use crate::helpers::command::skipped;
use crate::machine::table::eventually;
use crate::zombie::zoo::{Port, Zoo, is_running, killed, verdict, zombies};

const KILL: [&str; 4] = ["--portable", "--kill", "--grace", "300ms"];

/// One kind of client whose connection was closed; nothing where a program is missing.
fn left(kind: &str, argument: &str) -> Option<(Port, Zoo, ProcessId)> {
    let asked = [
        ["/usr/bin/ps", "/bin/ps"],
        ["/usr/bin/lsof", "/usr/sbin/lsof"],
    ];
    if !asked
        .iter()
        .all(|paths| paths.iter().any(|path| Path::new(path).exists()))
    {
        skipped("no ps or no lsof");
        return None;
    }
    let port = Port::open();
    let Some(mut zoo) = Zoo::start(kind, port.number(), argument) else {
        skipped("no python3");
        return None;
    };
    let client = zoo.client();
    port.hang_up();
    Some((port, zoo, client))
}

/// This process listens; its age is told in whole seconds.
fn listener_up_for_two_seconds() {
    eventually("a listener that is old enough", || {
        let own = portable::Portable.facts(Pid(std::process::id())).unwrap();
        (own?.up? >= Duration::from_secs(2)).then_some(())
    });
}

fn ends(kind: &str, signal: &str) {
    let Some((port, _zoo, client)) = left(kind, "") else {
        return;
    };
    listener_up_for_two_seconds();
    let began = Instant::now();
    let arguments = [&KILL[..], &["--min-age", "1s"]].concat();
    let (report, status) = zombies(port.number(), &arguments);
    assert!(began.elapsed() >= Duration::from_secs(1), "two looks");
    assert!(!is_running(client), "{report:#}");
    let expected = vec![(u64::from(client.pid.0), signal.to_owned())];
    assert_eq!((killed(&report), status), (expected, 0), "{report:#}");
    let zombie = &report["zombies"]["zombies"][0];
    assert_eq!(zombie["age_at_least"], true, "{report:#}");
    assert!(zombie["age_ms"].as_f64().unwrap() >= 1000.0, "{report:#}");
    assert_eq!(report["zombies"]["remaining"], 0, "{report:#}");
}

#[test]
fn an_orphan_ends_after_a_second_look() {
    ends("orphan", "TERM");
}

#[test]
fn an_orphan_that_ignores_sigterm_ends_by_sigkill_here_too() {
    ends("stubborn", "KILL");
}

#[test]
fn an_orphaned_pool_ends_with_its_workers_here_too() {
    let Some((port, mut zoo, first)) = left("pool", "") else {
        return;
    };
    let pool = [first, zoo.client(), zoo.client()];
    let (report, status) = zombies(port.number(), &KILL);
    assert!(!pool.into_iter().any(is_running), "{report:#}");
    assert_eq!(status, 0, "{report:#}");
}

#[test]
fn without_kill_an_orphan_is_listed_and_its_age_is_unknown() {
    let Some((port, _zoo, client)) = left("orphan", "") else {
        return;
    };
    let (report, status) = zombies(port.number(), &["--portable"]);
    let expected = ("orphan".to_owned(), "spare".to_owned());
    assert_eq!((verdict(&report, client), status), (expected, 3));
    let zombie = &report["zombies"]["zombies"][0];
    assert!(zombie["age_ms"].is_null() && is_running(client));
    let reason = zombie["reason"].as_str().unwrap();
    assert!(reason.contains("--kill looks twice"), "{reason}");
    let findings = report["findings"].as_array().unwrap();
    let missing = findings
        .iter()
        .find(|finding| finding["code"] == "table-incomplete");
    let missing = missing.unwrap()["evidence"].to_string();
    assert!(
        missing.contains("no queue lengths and no ages"),
        "{missing}"
    );
}

/// Nobody of this kind is ended, and the reason has these words.
fn spared(kind: &str, argument: &str, class: &str, words: &str) {
    let Some((port, _zoo, client)) = left(kind, argument) else {
        return;
    };
    let (report, status) = zombies(port.number(), &KILL);
    let expected = (class.to_owned(), "spare".to_owned());
    assert_eq!(
        (verdict(&report, client), status),
        (expected, 3),
        "{report:#}"
    );
    assert!(is_running(client) && killed(&report).is_empty());
    let reason = report["zombies"]["zombies"][0].to_string();
    assert!(reason.contains(words), "{reason}");
}

#[test]
fn the_client_of_a_living_parent_lives_here_too() {
    spared("supervised", "", "supervised", "is running");
}

#[test]
fn a_client_under_nohup_lives_here_too() {
    spared("nohup", "", "detached", "ignores SIGHUP");
}

#[test]
fn a_session_leader_lives_here_too() {
    spared("setsid", "", "detached", "leads a session");
}

#[test]
fn a_daemon_lives_here_too() {
    let Some((port, _zoo, client)) = left("daemon", "") else {
        return;
    };
    // It closes its output after it has said that it is ready.
    eventually("a client that is detached", || {
        let (report, _) = zombies(port.number(), &KILL);
        assert!(killed(&report).is_empty() || !is_running(client));
        (verdict(&report, client).0 == "detached").then_some(())
    });
    assert!(is_running(client));
}

#[test]
fn a_client_with_a_terminal_lives_here_too() {
    spared("terminal", "", "interactive", "a terminal that is open");
}

#[test]
fn a_client_that_listens_lives_here_too() {
    spared("listening", "", "connected", "listens on port");
}

#[test]
fn a_client_connected_elsewhere_lives_here_too() {
    let elsewhere = Port::open();
    let number = elsewhere.number().to_string();
    spared("connected", &number, "connected", "has a connection to");
}

#[test]
fn a_listener_named_ibgateway_lives_here_too() {
    spared(
        "renamed-listening",
        "ibgateway",
        "protected",
        "names IB's software",
    );
}

#[test]
fn an_orphan_whose_child_is_running_lives_here_too() {
    spared("boss", "", "orphan", "its child");
}

#[test]
fn a_client_that_shares_its_socket_with_a_server_lives_here_too() {
    spared("shared", "", "orphan", "holds its socket too and stays");
}

const EMBEDDED: &str = "import ctypes, sys\nctypes.CDLL(sys.argv[1])\n";

#[test]
fn a_program_that_has_loaded_java_is_one_by_its_mapped_files() {
    let Some(library) = libjvm() else {
        return skipped("no libjvm");
    };
    if !Path::new("/usr/bin/lsof").exists() {
        return skipped("no lsof");
    }
    let mut python = Command::new("/usr/bin/python3");
    python.args([
        "-c",
        &format!("{EMBEDDED}print('ready', flush=True)\nsys.stdin.read()\n"),
    ]);
    python
        .arg(library)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let Ok(mut python) = python.spawn() else {
        return skipped("no python3");
    };
    let mut line = String::new();
    BufReader::new(python.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let source = portable::Portable;
    let facts = source.facts(Pid(python.id())).unwrap().unwrap();
    let examined = source.examine(facts);
    drop(python.stdin.take());
    python.wait().unwrap();
    assert_eq!(line, "ready\n");
    assert_eq!(examined.jvm, Some(ibdoc::machine::process::Jvm::Library));
}

/// The library of the Java that is installed, beside the real program.
fn libjvm() -> Option<std::path::PathBuf> {
    let path = Command::new("sh").args(["-c", "command -v java"]).output();
    let path = String::from_utf8(path.ok()?.stdout).ok()?;
    let java = fs::canonicalize(path.trim()).ok()?;
    let library = java.parent()?.parent()?.join("lib/server/libjvm.so");
    library.exists().then_some(library)
}

#[test]
fn both_sources_say_the_same_about_a_process_that_is_examined() {
    let Some((_port, _zoo, client)) = left("orphan", "") else {
        return;
    };
    let linux = system();
    let linux = linux.examine(linux.facts(client.pid).unwrap().unwrap());
    let source = portable::Portable;
    let facts = source.facts(client.pid).unwrap().unwrap();
    let portable = source.examine(facts);
    assert_eq!(portable.silences, [""; 0]);
    assert_eq!(
        (portable.group, portable.session, portable.terminal),
        (linux.group, linux.session, linux.terminal)
    );
    assert_eq!(
        (portable.ignores_hangup, portable.traced, portable.jvm),
        (linux.ignores_hangup, linux.traced, linux.jvm)
    );
    assert_eq!(
        (portable.stdio, &portable.children, portable.kernel_thread),
        (linux.stdio, &linux.children, linux.kernel_thread)
    );
    assert_eq!(
        (portable.net_namespace, portable.cgroup, portable.job),
        (linux.net_namespace, linux.cgroup, linux.job)
    );
}

#[test]
fn a_deadline_before_the_second_look_ends_nobody_and_is_named() {
    let Some((port, _zoo, client)) = left("orphan", "") else {
        return;
    };
    listener_up_for_two_seconds();
    let began = Instant::now();
    let soon = [&KILL[..], &["--min-age", "1s", "--deadline", "900ms"]].concat();
    let (report, status) = zombies(port.number(), &soon);
    assert!(is_running(client) && killed(&report).is_empty());
    assert_eq!(status, 3);
    assert!(
        report
            .to_string()
            .contains("--deadline comes before a second look"),
        "{report:#}"
    );
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_signal_during_the_wait_ends_ibdoc_and_nobody_else() {
    let Some((port, _zoo, client)) = left("orphan", "") else {
        return;
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_ibdoc"));
    command.env_clear().args(["zombies", "--format", "ndjson"]);
    command.args(KILL).args(["--min-age", "2s"]);
    command.args(["--port", &port.number().to_string()]);
    // The wait is as long as the listener is young at most; then it is never interrupted.
    listener_up_for_two_seconds();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut waited, mut last) = (false, String::new());
    for line in lines.map_while(Result::ok) {
        if line.contains("\"event\":\"waiting\"") && !waited {
            waited = true;
            let pid = rustix::process::Pid::from_child(&child);
            kill_process(pid, Signal::INT).unwrap();
        }
        last = line;
    }
    assert!(waited, "{last}");
    assert_eq!(child.wait().unwrap().code(), Some(130), "{last}");
    assert!(is_running(client), "{last}");
    assert!(last.contains("\"killed\":[]"), "{last}");
}
