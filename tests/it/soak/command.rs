//! `ibdoc soak` and `ibdoc probe --wait` with the real binary.

#[cfg(unix)]
use rustix::process::Signal;
use serde_json::{Value, json};

#[cfg(unix)]
use crate::helpers::command::Simulator;
use crate::helpers::command::{Running, free_port, ibdoc, none_left, nothing_listens, run_json};
use crate::sim::client::gateway;

fn soak(scenario: &str, arguments: &[&str]) -> (i32, Value) {
    let mut all = vec!["soak", "--sim", "--scenario", scenario, "--gap", "0s"];
    all.extend(arguments);
    let ran = run_json(&all);
    (ran.status, ran.json())
}

#[test]
fn failures_are_counted_by_code_and_need_attention_while_something_works() {
    let (status, report) = soak("flaky=3", &["--attempts", "9"]);
    let attempts = &report["soak"]["attempts"];
    assert_eq!(
        (&attempts["succeeded"], &attempts["failed"]),
        (&json!(6), &json!(3))
    );
    assert_eq!(attempts["failures"], json!({"closed-before-version": 3}));
    assert_eq!(
        attempts["ready_ms"]["min"].as_f64().map(|ms| ms > 0.0),
        Some(true)
    );
    let bound = attempts["failure_rate_upper_95"]
        .as_f64()
        .unwrap_or_default();
    assert!((bound - 0.655).abs() < 0.001, "{bound}");
    assert_eq!((status, &report["verdict"]), (3, &json!("attention")));
    assert_eq!(report["soak"]["thresholds"][0]["met"], false);
    assert_eq!(report["footprint"]["connections"], 9);
    assert_eq!(report["footprint"]["sockets_left"], none_left());

    let (status, report) = soak("flaky=1", &["--attempts", "4"]);
    assert_eq!((status, &report["verdict"]), (4, &json!("failed")));
    assert_eq!(report["soak"]["attempts"]["failed"], 4);
}

#[test]
fn three_silent_failures_in_a_row_stop_it_unless_told_to_go_on() {
    let fast = ["--attempts", "5", "--timeout", "100ms"];
    let (status, report) = soak("silent", &fast);
    assert_eq!((status, &report["soak"]["attempts"]["run"]), (4, &json!(3)));
    let stopped = report["soak"]["stopped"].as_str().unwrap_or_default();
    assert!(stopped.contains("three silent failures"), "{stopped}");

    let (_, report) = soak("silent", &[&fast[..], &["--keep-going"]].concat());
    assert_eq!(report["soak"]["attempts"]["run"], 5);
    assert_eq!(report["soak"]["stopped"], Value::Null);
}

#[test]
fn only_minutes_means_no_attempts() {
    let (status, report) = soak("normal", &["--minutes", "0.05"]);
    assert_eq!(report["soak"]["attempts"], Value::Null);
    assert_eq!(report["soak"]["stability"]["pings"]["sent"], 1);
    assert_eq!(report["soak"]["stability"]["pings"]["answered"], 1);
    assert_eq!(
        (status, &report["footprint"]["connections"]),
        (0, &json!(1))
    );
}

#[test]
fn each_attempt_has_a_fresh_client_id() {
    let (_, report) = soak("normal", &["--attempts", "20"]);
    let runs = report["soak"]["attempts"]["runs"]
        .as_array()
        .expect("runs")
        .clone();
    let mut ids: Vec<i64> = runs
        .iter()
        .filter_map(|run| run["client_id"].as_i64())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 20);
    assert!(ids.iter().all(|id| (9000..=9999).contains(id)));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_with_the_report_so_far() {
    let gateway = Simulator::start("normal");
    let port = gateway.target();
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let arguments = [
            "soak",
            &port,
            "--attempts",
            "100",
            "--gap",
            "60s",
            "--format",
            "ndjson",
        ];
        let mut running = Running::start(ibdoc(&arguments));
        while !running.line().contains("\"event\":\"attempt\"") {}
        running.signal(signal);
        let ran = running.finish();
        let report = ran.lines().pop().expect("a report");
        assert_eq!(ran.status, status);
        assert_eq!(report["soak"]["interrupted"], true);
        assert_eq!(report["soak"]["attempts"]["run"], 1);
        assert_eq!(report["verdict"], "healthy");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_while_a_session_is_held_keeps_its_figures() {
    let gateway = Simulator::start("normal");
    let port = gateway.target();
    let arguments = ["soak", &port, "--minutes", "5", "--format", "ndjson"];
    let mut running = Running::start(ibdoc(&arguments));
    while !running.line().contains("\"event\":\"ping\"") {}
    running.signal(Signal::INT);
    let ran = running.finish();
    let report = ran.lines().pop().expect("a report");
    assert_eq!(
        (ran.status, &report["soak"]["interrupted"]),
        (130, &json!(true))
    );
    assert_eq!(report["soak"]["stability"]["pings"]["answered"], 1);
    assert_eq!(report["footprint"]["sockets_left"], none_left());
}

#[test]
fn a_wait_ends_when_the_port_listens() {
    let port = free_port().to_string();
    let arguments = ["probe", &port, "--wait", "20s", "--format", "ndjson"];
    let mut waiting = Running::start(ibdoc(&arguments));
    while !waiting.line().contains("\"event\":\"waiting\"") {}
    let simulator = ["sim", "--port", &port, "--deadline", "30s"];
    let mut simulator = Running::start(ibdoc(&simulator));
    assert_eq!(simulator.line(), format!("listening on 127.0.0.1:{port}"));
    let ran = waiting.finish();
    assert_eq!(ran.status, 0, "{}", ran.stdout);
}

#[test]
fn a_wait_in_vain_ends_in_time_with_what_was_seen_last() {
    let port = free_port().to_string();
    let ran = run_json(&["probe", &port, "--wait", "300ms"]);
    let code = ran.principal().into();
    assert!(nothing_listens(&code), "{code}");
    assert_eq!(ran.status, 4);
    let elapsed = ran.json()["elapsed_ms"].as_f64().unwrap_or_default();
    assert!((300.0..5_000.0).contains(&elapsed), "{elapsed}");
}

#[test]
fn a_deadline_that_passes_while_a_session_is_held_accuses_nobody() {
    for arguments in [
        &["--deadline", "3s", "--minutes", "1"][..],
        &[
            "--deadline",
            "2s",
            "--attempts",
            "1",
            "--gap",
            "1990ms",
            "--minutes",
            "1",
        ],
    ] {
        let report = run_json(&[&["soak", "--sim"][..], arguments].concat()).json();
        let stopped = report["soak"]["stopped"].as_str().unwrap_or_default();
        assert!(stopped.contains("deadline"), "{report}");
        let held = report["soak"]["stability"]["seconds"].as_f64();
        let is_held = held.is_some_and(|seconds| seconds > 0.1);
        assert_eq!(is_held, arguments.len() == 4, "{report}");
        assert_eq!(
            (
                &report["verdict"],
                report["findings"].as_array().map(Vec::len)
            ),
            (&"unknown".into(), Some(0)),
            "{report}"
        );
    }
}

#[test]
fn a_deadline_bounds_the_whole_command() {
    let ran = run_json(&[
        "handshake",
        "--sim",
        "--scenario",
        "silent",
        "--deadline",
        "2s",
    ]);
    assert_eq!(
        (ran.principal().as_str(), ran.status),
        ("silent-after-connect", 1)
    );
    let soak = run_json(&[
        "soak",
        "--sim",
        "--gap",
        "1s",
        "--attempts",
        "50",
        "--deadline",
        "2s",
    ]);
    let report = soak.json();
    let stopped = report["soak"]["stopped"].as_str().unwrap_or_default();
    assert!(stopped.contains("deadline"), "{report}");
    // A pause that would last longer is cut short too.
    let paused = run_json(&["soak", "--sim", "--gap", "1h", "--deadline", "1s"]).json();
    assert_eq!(paused["soak"]["stopped"], report["soak"]["stopped"]);
    let silent = ["--sim", "--scenario", "silent"];
    for waits in [&["doctor"][..], &["soak", "--attempts", "1"]] {
        let bounded = ["--wait", "1h", "--deadline", "1s"];
        let ran = run_json(&[waits, &silent, &bounded].concat());
        assert_eq!((ran.status, &ran.json()["verdict"]), (1, &json!("unknown")));
    }
    // Nine of ten that were never run are no success.
    assert_eq!((soak.status, &report["verdict"]), (1, &json!("unknown")));
}

#[test]
fn a_farm_that_flaps_is_reported_with_its_losses_its_returns_and_its_time() {
    let (status, report) = soak("flapping=0.5", &["--minutes", "0.1"]);
    let outage = &report["soak"]["stability"]["outages"][0];
    assert_eq!(
        (&outage["what"], &outage["name"]),
        (&json!("market-data"), &json!("usfarm"))
    );
    let (lost, returned) = (outage["lost"].as_u64(), outage["returned"].as_u64());
    assert!(lost >= Some(2) && returned >= Some(1), "{outage}");
    assert!(outage["down_ms"].as_f64() >= Some(500.0), "{outage}");
    assert_eq!(report["findings"][0]["code"], "data-farm-down");
    let told = report["findings"][0]["evidence"][0]
        .as_str()
        .unwrap_or_default();
    assert!(told.contains(" back ") && told.contains("in all"), "{told}");
    assert_eq!(status, 3);
}

/// A Gateway that calls every other client id taken, the first one included.
async fn refuses_every_other_id() -> (u16, tokio::task::JoinHandle<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let port = listener.local_addr().expect("its address").port();
    let refusing = gateway(226, "client-id-in-use");
    let serving = gateway(226, "normal");
    let task = tokio::spawn(async move {
        let mut count = 0;
        while let Ok((stream, _)) = listener.accept().await {
            count += 1;
            let gateway = if count % 2 == 1 { &refusing } else { &serving };
            let gateway = gateway.clone();
            tokio::spawn(async move { gateway.serve(stream).await });
        }
    });
    (port, task)
}

#[tokio::test]
async fn an_automatic_id_that_is_refused_is_followed_by_the_next_and_is_no_failure() {
    let (port, _server) = refuses_every_other_id().await;
    let target = port.to_string();
    let ran = tokio::task::spawn_blocking(move || {
        let arguments = [
            "soak",
            &target,
            "--attempts",
            "5",
            "--gap",
            "0s",
            "--minutes",
            "0.03",
        ];
        let soaked = run_json(&arguments);
        let fixed = run_json(&["handshake", &target, "--client-id", "7"]);
        (soaked, fixed)
    });
    let (soaked, fixed) = ran.await.expect("both ran");
    let report = soaked.json();
    let attempts = &report["soak"]["attempts"];
    assert_eq!(
        (&attempts["run"], &attempts["failed"]),
        (&json!(5), &json!(0))
    );
    assert_eq!((soaked.status, &report["verdict"]), (0, &json!("healthy")));
    assert_eq!(report["footprint"]["connections"], 12, "two for each");
    // A fixed id that is refused is a failure.
    assert_eq!(
        (fixed.principal().as_str(), fixed.status),
        ("client-id-in-use", 4)
    );
}
