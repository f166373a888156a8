//! Which processes of a program `ibdoc soak --exec` ends, and which it leaves.

#![cfg(target_os = "linux")]
use std::ffi::OsString;
use std::fs;
use std::time::Duration;

use ibdoc::event::interrupt::Interrupt;
use ibdoc::machine::World;
use ibdoc::machine::pid::Pid;
use ibdoc::machine::process::system;
use ibdoc::soak::program::Program;
use ibdoc::target::Target;
use rustix::process::Signal;
use serde_json::json;

use crate::helpers::command::{Running, eventually, free_port, skipped};
use crate::helpers::program::{Scripts, end, exec, is_running, reason};

#[test]
fn at_the_deadline_the_whole_group_is_ended() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let options = ["--sim", "--attempts", "1", "--exec-timeout", "5s"];
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
    let port = free_port().to_string();
    let options = [
        &port,
        "--attempts",
        "2",
        "--neutral=false",
        "--exec-timeout",
        "5s",
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
fn a_gateway_whose_start_script_still_runs_is_not_ended() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    for kind in ["starting", "starting-and-gone"] {
        let options = ["--sim", "--attempts", "2", "--exec-timeout", "5s"];
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
fn a_process_under_nohup_is_left_after_a_run_and_ended_at_its_deadline() {
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

    let options = ["--sim", "--attempts", "1", "--exec-timeout", "5s"];
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
fn a_process_under_nohup_that_stays_connected_stops_the_soak() {
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
fn a_killed_ibdoc_takes_its_run_with_it() {
    let Some(scripts) = Scripts::new() else {
        return skipped("no python3");
    };
    let running = Running::start(scripts.soak(&["--sim"], "hanging"));
    let pids = scripts.pids();
    running.signal(Signal::KILL);
    let ran = running.finish();
    assert_eq!(ran.status, -1, "{}", ran.stdout);
    eventually("the run ends with ibdoc", || {
        pids.iter().all(|pid| !is_running(*pid))
    });
}

#[test]
fn a_run_whose_future_is_dropped_is_ended_with_its_group() {
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
        not_its_own: &[],
        ibdoc: None,
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
