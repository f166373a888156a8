//! `ibdoc soak --exec` with real programs in Python: each is named rightly, and what is left of
//! it is ended, and nothing else.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use ibdoc::event::interrupt::Interrupt;
use ibdoc::machine::World;
use ibdoc::machine::pid::Pid;
use ibdoc::machine::process::{RunState, system};
use ibdoc::soak::program::Program;
use ibdoc::target::Target;
use rustix::process::{Pid as RawPid, Signal, kill_process};
use serde_json::{Value, json};

use crate::helpers::command::{Ran, Running, eventually, ibdoc, skipped};

/// Where the programs of the system are, so that no wrapper comes first.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A folder with the script, and a file for the pids that it tells.
struct Scripts {
    folder: tempfile::TempDir,
}

impl Scripts {
    /// Nothing where there is no Python.
    fn new() -> Option<Self> {
        let mut python = Command::new("python3");
        python.env("PATH", PATH).arg("-V");
        python.stdout(Stdio::null()).status().ok()?;
        let folder = tempfile::tempdir().unwrap();
        let script = include_str!("../helpers/exec_clients.py");
        fs::write(folder.path().join("bot.py"), script).unwrap();
        Some(Self { folder })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `ibdoc soak --json` with these options, which runs the script as this kind of program.
    fn soak(&self, options: &[&str], kind: &str) -> Command {
        let script = self.path("bot.py");
        let pids = self.path("pids");
        let mut command = ibdoc(&["soak", "--json", "--gap", "0s"]);
        command
            .env("PATH", PATH)
            .args(options)
            .args(["--exec", "--", "python3"]);
        command.args([&script, Path::new(kind), &pids]);
        command
    }

    fn report(&self, options: &[&str], kind: &str) -> (i32, Value) {
        let ran = Ran::from(self.soak(options, kind).output().unwrap());
        (ran.status, ran.json())
    }

    /// The pids that the script has told; waits for them.
    fn pids(&self) -> Vec<Pid> {
        let mut told = String::new();
        eventually("the pids are told", || {
            told = fs::read_to_string(self.path("pids")).unwrap_or_default();
            !told.is_empty()
        });
        told.split(' ')
            .map(|pid| Pid(pid.parse().unwrap()))
            .collect()
    }
}

fn is_running(pid: Pid) -> bool {
    let facts = system().facts(pid).unwrap();
    facts.is_some_and(|facts| facts.state != Some(RunState::Zombie))
}

/// Ends a process that the test's own script has started.
fn end(pid: Pid) {
    let pid = i32::try_from(pid.0).unwrap();
    kill_process(RawPid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

fn exec(report: &Value) -> &Value {
    &report["soak"]["exec"]
}

fn reason(report: &Value) -> &str {
    exec(report)["reason"].as_str().unwrap()
}

#[test]
fn a_good_program_is_nobodys_fault() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let (status, report) = scripts.report(&["--sim", "--attempts", "3"], "good");
    assert_eq!(
        (status, &report["verdict"]),
        (0, &json!("healthy")),
        "{report:#}"
    );
    let exec = exec(&report);
    assert_eq!(
        (&exec["fault"], &exec["succeeded"]),
        (&json!("none"), &json!(3))
    );
    assert_eq!(exec["program"], "python3 bot.py");
    assert_eq!(
        (&exec["neutral_run"], &exec["neutral_succeeded"]),
        (&json!(4), &json!(4))
    );
    assert_eq!(report["soak"]["attempts"]["run"], 4);
    for run in exec["runs"].as_array().unwrap() {
        let seen = json!({
            "connected": run["connected"], "unread": run["unread_bytes"], "left": run["left"],
            "held": run["held"], "others": run["others_ended"], "neutral": run["neutral"],
        });
        let well = json!({
            "connected": true, "unread": 0, "left": 0, "held": 0, "others": 0, "neutral": true,
        });
        assert_eq!(seen, well, "{run:#}");
        // An empty Python has about 8 MiB.
        let memory = run["peak_memory_bytes"].as_u64().unwrap();
        assert!((4 << 20..200 << 20).contains(&memory), "{memory}");
    }
    assert_eq!(report["soak"]["thresholds"][0]["actual"], 1.0);
    assert_eq!(report["footprint"]["connections"], 4);
    let keys: Vec<&String> = exec["runs"][0].as_object().unwrap().keys().collect();
    let contract = [
        "connected",
        "elapsed_ms",
        "exit_status",
        "held",
        "left",
        "neutral",
        "others_ended",
        "others_left",
        "peak_memory_bytes",
        "run",
        "signal",
        "succeeded",
        "timed_out",
        "unread_bytes",
    ];
    assert_eq!(keys, contract);
}

#[test]
fn a_program_that_leaks_its_connection_is_named_and_its_child_is_ended() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let (status, report) = scripts.report(&["--sim", "--attempts", "2"], "leaky");
    assert_eq!(
        (status, &report["verdict"]),
        (4, &json!("failed")),
        "{report:#}"
    );
    assert_eq!(exec(&report)["fault"], "program");
    assert_eq!(report["findings"][0]["code"], "program-leaks");
    let said = reason(&report);
    let left = "left 2 connections to processes that outlived it";
    assert!(said.contains(left), "{said}");
    for run in exec(&report)["runs"].as_array().unwrap() {
        assert_eq!((&run["exit_status"], &run["held"]), (&json!(0), &json!(1)));
        assert_eq!(run["others_ended"], 1, "{run:#}");
    }
    let child = scripts.pids()[0];
    assert!(!is_running(child));
}

#[test]
fn a_program_that_blocks_its_event_loop_is_named_with_the_bytes_it_leaves_unread() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let (status, report) = scripts.report(&["--sim", "--attempts", "1"], "blocked");
    assert_eq!(
        (status, &report["verdict"]),
        (3, &json!("attention")),
        "{report:#}"
    );
    assert_eq!(
        (&exec(&report)["fault"], &exec(&report)["succeeded"]),
        (&json!("program"), &json!(1))
    );
    assert_eq!(report["findings"][0]["code"], "client-not-reading");
    let unread = exec(&report)["runs"][0]["unread_bytes"].as_u64().unwrap();
    assert!(unread > 50, "{unread}");

    let options = ["--sim", "--attempts", "1", "--exec-timeout", "3s"];
    let (status, report) = scripts.report(&options, "stuck");
    assert_eq!(
        (status, &exec(&report)["fault"]),
        (4, &json!("program")),
        "{report:#}"
    );
    let run = &exec(&report)["runs"][0];
    assert_eq!(
        (&run["timed_out"], &run["signal"]),
        (&json!(true), &json!(15))
    );
    assert!(run["unread_bytes"].as_u64().unwrap() > 50, "{run:#}");
    let codes: Vec<&Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["code"])
        .collect();
    assert_eq!(codes, ["program-failed", "client-not-reading"]);
}

#[test]
fn at_the_deadline_the_whole_group_is_ended() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let options = ["--sim", "--attempts", "1", "--exec-timeout", "1s"];
    let (status, report) = scripts.report(&options, "hanging");
    assert_eq!(
        (status, &report["findings"][0]["code"]),
        (4, &json!("program-failed"))
    );
    let run = &exec(&report)["runs"][0];
    assert_eq!(
        (&run["timed_out"], &run["others_ended"]),
        (&json!(true), &json!(1)),
        "{run:#}"
    );
    assert!(reason(&report).contains("did not end in time in its only run"));
    for pid in scripts.pids() {
        assert!(!is_running(pid), "{pid} lives");
    }
}

#[test]
fn a_process_that_has_left_the_group_is_not_touched() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let (status, report) = scripts.report(&["--sim", "--attempts", "1"], "daemon");
    let daemon = scripts.pids()[0];
    assert!(is_running(daemon), "{report:#}");
    end(daemon);
    assert_ne!(status, 4, "{report:#}");
    assert_eq!(exec(&report)["runs"][0]["others_ended"], 0);
}

#[test]
fn a_listener_on_the_gateways_port_is_not_ended_even_in_the_programs_group() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let options = [
        &port,
        "--attempts",
        "2",
        "--neutral=false",
        "--exec-timeout",
        "1s",
    ];
    let (status, report) = scripts.report(&options, "gateway");
    let gateway = scripts.pids()[0];
    assert!(is_running(gateway), "{report:#}");
    end(gateway);
    let stopped = report["soak"]["stopped"].as_str().unwrap();
    assert!(stopped.contains(&format!("pid {gateway} of its process group is a Gateway")));
    assert_eq!(
        (status, &exec(&report)["run"]),
        (1, &json!(0)),
        "{report:#}"
    );
}

#[test]
fn a_gateway_that_is_a_script_yet_is_not_ended_at_the_deadline_or_after() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    for kind in ["starting", "starting-and-gone"] {
        let options = ["--sim", "--attempts", "2", "--exec-timeout", "2s"];
        let (status, report) = scripts.report(&options, kind);
        let gateway = scripts.pids()[0];
        assert!(is_running(gateway), "{report:#}");
        let group = system().facts(gateway).unwrap().unwrap().group.unwrap();
        for member in system().group(group).unwrap() {
            end(member);
        }
        let stopped = report["soak"]["stopped"].as_str().unwrap();
        assert!(stopped.contains("of its process group is a Gateway: nothing was ended"));
        assert_eq!(
            (status, &exec(&report)["run"]),
            (1, &json!(0)),
            "{report:#}"
        );
        fs::remove_file(scripts.path("pids")).unwrap();
    }
}

#[test]
fn what_ignores_the_end_of_the_terminal_is_left_after_a_run_and_ended_at_its_deadline() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let (status, report) = scripts.report(&["--sim", "--attempts", "1"], "heir");
    let heir = scripts.pids()[0];
    assert!(is_running(heir), "{report:#}");
    end(heir);
    let run = &exec(&report)["runs"][0];
    assert_eq!(
        (&run["others_ended"], &run["others_left"], &run["succeeded"]),
        (&json!(0), &json!(1), &json!(true)),
        "{status} {report:#}"
    );
    fs::remove_file(scripts.path("pids")).unwrap();

    let options = ["--sim", "--attempts", "1", "--exec-timeout", "1s"];
    let (_, report) = scripts.report(&options, "deadline-heir");
    let heir = scripts.pids()[0];
    assert!(!is_running(heir), "{report:#}");
    let run = &exec(&report)["runs"][0];
    assert_eq!(
        (&run["others_ended"], &run["others_left"]),
        (&json!(1), &json!(0)),
        "{report:#}"
    );
}

#[test]
fn what_is_left_connected_on_purpose_ends_the_soak_before_it_adds_up() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let (_, report) = scripts.report(&["--sim", "--attempts", "3"], "connected-heir");
    let heir = scripts.pids()[0];
    assert!(is_running(heir), "{report:#}");
    end(heir);
    assert_eq!(exec(&report)["run"], 1, "{report:#}");
    let stopped = report["soak"]["stopped"].as_str().unwrap();
    assert!(stopped.contains("run 1 left on purpose (nohup) is still connected"));
}

#[test]
fn a_program_that_fails_is_named_with_its_status_and_never_with_its_arguments() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let script = scripts.path("bot.py");
    let options = [
        "--sim",
        "--gap",
        "0s",
        "--attempts",
        "4",
        "--min-success",
        "50%",
    ];
    let mut command = ibdoc(&["soak"]);
    command
        .env("PATH", PATH)
        .args(options)
        .args(["--exec", "--", "python3"]);
    command.args([&script, Path::new("sometimes"), &scripts.path("s3cret")]);
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("2 of 4 runs of python3 bot.py succeeded"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("exit status 3, 2 times"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("within the limits given"),
        "{}",
        ran.stdout
    );
    let said = ran.stdout + &ran.stderr;
    assert!(!said.contains("s3cret"), "{said}");
    assert!(
        said.lines().all(|line| line.chars().count() <= 80),
        "{said}"
    );

    let (status, report) = scripts.report(&["--sim", "--attempts", "4"], "sometimes");
    assert_eq!((status, &report["verdict"]), (3, &json!("attention")));
    assert_eq!(report["findings"][0]["code"], "program-failed");
    assert!(reason(&report).contains("failed in 2 of 4 runs, while the Gateway answered all 7"));
}

#[test]
fn a_gateway_that_keeps_every_clients_socket_is_not_laid_at_the_programs_door() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let options = ["--sim", "--scenario", "never-closes", "--attempts", "2"];
    let (status, report) = scripts.report(&options, "good");
    assert_eq!(
        (status, &exec(&report)["fault"]),
        (3, &json!("gateway")),
        "{report:#}"
    );
    assert_eq!(
        (&exec(&report)["succeeded"], &exec(&report)["failed"]),
        (&json!(2), &json!(0))
    );
    assert_eq!(exec(&report)["runs"][1]["left"], 1);
    assert_eq!(exec(&report)["left"], 2);
    assert_eq!(
        report["findings"][0]["code"],
        "gateway-keeps-closed-sockets"
    );
    let limit = report["soak"]["thresholds"]
        .as_array()
        .unwrap()
        .last()
        .unwrap();
    assert_eq!(
        (&limit["name"], &limit["actual"]),
        (&json!("max-leaked"), &json!(2.0))
    );
}

#[test]
fn a_gateway_that_answers_nobody_is_at_fault() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let options = [
        "--sim",
        "--scenario",
        "silent",
        "--timeout",
        "100ms",
        "--exec-timeout",
        "1s",
    ];
    let (status, report) = scripts.report(&options, "good");
    assert_eq!(
        (status, &exec(&report)["fault"]),
        (4, &json!("gateway")),
        "{report:#}"
    );
    assert_eq!(report["findings"][0]["code"], "silent-after-connect");
    assert_eq!(exec(&report)["run"], 2);
    assert!(
        report["soak"]["stopped"]
            .as_str()
            .unwrap()
            .contains("three silent failures")
    );
    assert_eq!(
        reason(&report),
        "the Gateway answered none of ibdoc's own 3 handshakes either"
    );
}

#[test]
fn a_port_check_too_short_to_be_seen_is_not_blamed_for_sure() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let options = ["--sim", "--scenario", "never-closes", "--attempts", "1"];
    let (_, report) = scripts.report(&options, "port-check");
    let run = &exec(&report)["runs"][0];
    // It was caught in the act, or it is not known who left the socket.
    let unclear = exec(&report)["unclear"].as_u64().unwrap();
    let expected = if unclear == 0 { json!(1) } else { Value::Null };
    assert_eq!(run["left"], expected, "{report:#}");
    assert_ne!(run["connected"], false);
    assert_ne!(exec(&report)["fault"], "program");
}

#[test]
fn a_program_that_does_nothing_was_not_connected() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let (status, report) = scripts.report(&["--sim", "--attempts", "1"], "idle");
    // Where other programs of this machine connect meanwhile, it may have been one of them.
    let surely_not = exec(&report)["runs"][0]["connected"] == false;
    assert_eq!(status, if surely_not { 3 } else { 0 }, "{report:#}");
    assert_ne!(exec(&report)["runs"][0]["connected"], true);
    let code = &report["findings"][0]["code"];
    assert_eq!(code == "program-not-connected", surely_not, "{report:#}");

    let options = ["--sim", "--attempts", "1", "--neutral=false"];
    let (status, report) = scripts.report(&options, "idle");
    assert_eq!(
        (status, &report["verdict"]),
        (1, &json!("unknown")),
        "{report:#}"
    );
    let error = report["error"].as_str().unwrap();
    assert!(error.contains("nothing was seen of the Gateway"), "{error}");
}

#[test]
fn a_gateway_that_refuses_every_other_client_is_not_laid_at_the_programs_door() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let options = [
        "--sim",
        "--scenario",
        "flaky=2",
        "--attempts",
        "1",
        "--min-success",
        "0",
    ];
    let (status, report) = scripts.report(&options, "good");
    let seen = exec(&report);
    assert_eq!(
        (&seen["failed"], &seen["neutral_run"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(
        (status, &seen["fault"]),
        (3, &json!("gateway")),
        "{report:#}"
    );
    for finding in report["findings"].as_array().unwrap() {
        assert_ne!(
            finding["evidence"][0], "within the limits given",
            "{report:#}"
        );
    }
}

#[test]
fn a_signal_ends_the_run_and_its_group_and_gives_the_report_so_far() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let own = system().facts(Pid(std::process::id())).unwrap().unwrap();
    let mut signals = vec![(Signal::INT, 130), (Signal::TERM, 143)];
    // A test run under nohup hands its ignored SIGHUP down.
    if own.ignores_hangup == Some(false) {
        signals.push((Signal::HUP, 143));
    }
    for (signal, status) in signals {
        let running = Running::start(scripts.soak(&["--sim"], "hanging"));
        let pids = scripts.pids();
        running.signal(signal);
        let ran = running.finish();
        let report = ran.json();
        assert_eq!(
            (ran.status, &report["soak"]["interrupted"]),
            (status, &json!(true))
        );
        assert_eq!(exec(&report)["run"], 0, "{report:#}");
        for pid in pids {
            assert!(!is_running(pid), "{pid} lives after {signal:?}");
        }
        fs::remove_file(scripts.path("pids")).unwrap();
    }
}

#[test]
fn a_run_that_is_given_up_is_ended_with_its_group() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let words = [
        "python3",
        scripts.path("bot.py").to_str().unwrap(),
        "hanging",
        scripts.path("pids").to_str().unwrap(),
    ]
    .map(OsString::from);
    let target = Target::loopback(1);
    let program = Program {
        command: &words,
        target: &target,
        local: None,
        timeout: Duration::from_secs(30),
        shows_output: false,
    };
    let world = World::open();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let pids = runtime.block_on(async {
        let mut interrupt = Interrupt::never();
        let told = async {
            loop {
                if scripts.path("pids").exists() {
                    return scripts.pids();
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::select! {
            outcome = program.run(&world, &mut interrupt) => panic!("{outcome:?}"),
            pids = told => pids,
        }
    });
    eventually("both have ended", || {
        !pids.iter().any(|pid| is_running(*pid))
    });
}

#[test]
fn what_a_program_prints_is_shown_on_stderr_only_and_only_on_request() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    for shown in [false, true] {
        let options: &[&str] = if shown {
            &["--sim", "--attempts", "1", "--show-output"]
        } else {
            &["--sim", "--attempts", "1"]
        };
        let ran = Ran::from(scripts.soak(options, "good").output().unwrap());
        assert_eq!(exec(&ran.json())["succeeded"], 1);
        assert_eq!(
            ran.stderr.contains("connected to 127.0.0.1"),
            shown,
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn only_the_target_is_passed_on_of_the_variables_that_ibdoc_reads() {
    let mut command = ibdoc(&[
        "soak",
        "--sim",
        "--gap",
        "0s",
        "--attempts",
        "1",
        "--show-output",
        "--exec",
        "--",
    ]);
    command.args(["/bin/sh", "-c", "env | grep ^IBDOC_ | sort"]);
    command
        .env("PATH", PATH)
        .env("IBDOC_MIN_SUCCESS", "0")
        .env("IBDOC_QUIET", "1")
        .env("IBDOC_TARGET", "127.0.0.1:1");
    let ran = Ran::from(command.output().unwrap());
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ran.stderr);
    let port = lines[2].strip_prefix("IBDOC_TARGET_PORT=").unwrap();
    assert_eq!(lines[0], format!("IBDOC_TARGET=127.0.0.1:{port}"));
    assert_eq!(lines[1], "IBDOC_TARGET_HOST=127.0.0.1");
}

#[test]
fn it_soaks_in_processes_of_their_own_with_ibdoc_itself_as_the_program() {
    let gateway = crate::helpers::command::Simulator::start("normal");
    let mut command = ibdoc(&["soak", &gateway.target(), "--gap", "0s", "--attempts", "3"]);
    command.args(["--format", "ndjson", "--exec", "--"]);
    command.args([env!("CARGO_BIN_EXE_ibdoc"), "handshake"]);
    let ran = Ran::from(command.output().unwrap());
    let lines = ran.lines();
    let runs = lines.iter().filter(|line| line["event"] == "exec").count();
    let report = lines.last().unwrap();
    assert_eq!((ran.status, runs), (0, 3), "{report:#}");
    assert_eq!(exec(report)["program"], "ibdoc");
    assert_eq!(
        (&exec(report)["fault"], &exec(report)["succeeded"]),
        (&json!("none"), &json!(3))
    );
    assert_eq!(report["footprint"]["connections"], 4);
}

#[test]
fn what_cannot_be_started_is_said_and_proves_nothing() {
    let ran =
        crate::helpers::command::run(&["soak", "--sim", "--json", "--exec", "--", "/no/such/bot"]);
    let report = ran.json();
    assert_eq!((ran.status, &report["verdict"]), (1, &json!("unknown")));
    let error = report["error"].as_str().unwrap();
    assert!(error.contains("failed to start run 1 of bot"), "{error}");
    assert_eq!(exec(&report)["fault"], "unknown");
}

#[cfg(feature = "portable")]
#[test]
fn through_the_portable_libraries_the_program_runs_and_what_cannot_be_seen_is_null() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let options = [
        "--portable",
        "--sim",
        "--attempts",
        "1",
        "--exec-timeout",
        "1s",
    ];
    let (_, report) = scripts.report(&options, "hanging");
    let run = &exec(&report)["runs"][0];
    assert_eq!(run["timed_out"], true);
    for unseen in [
        "peak_memory_bytes",
        "connected",
        "unread_bytes",
        "left",
        "others_ended",
    ] {
        assert_eq!(run[unseen], Value::Null, "{unseen}");
    }
    eventually("both have ended", || {
        !scripts.pids().iter().any(|pid| is_running(*pid))
    });
}
