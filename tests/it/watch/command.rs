//! `ibdoc watch` as it is typed: what it prints, when it ends, what a service manager is told.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::helpers::command::{
    PATIENCE, Running, SEES_ALL, Simulator, eventually, free_port, ibdoc, none_left,
    nothing_listens, run,
};

/// The next line that is this event.
fn event(watch: &mut Running, name: &str) -> Value {
    loop {
        let line = watch.line();
        assert!(!line.is_empty(), "it ended before {name}");
        let value = crate::helpers::validated::document(&line);
        if value["event"] == name {
            return value;
        }
    }
}

#[test]
fn it_tells_each_change_in_a_line_and_ends_with_a_report_and_no_socket() {
    let simulator = Simulator::start("normal");
    let target = simulator.target();
    let mut watch = Running::start(ibdoc(&["watch", &target]));
    assert_eq!(watch.line(), format!("watching 127.0.0.1:{target}"));
    let line = watch.line();
    assert!(
        line.contains("healthy    the held session answers"),
        "{line}"
    );
    assert!(
        line.as_bytes()[2] == b':' && line.contains('Z'),
        "a time of day: {line}"
    );
    watch.signal(Signal::TERM);
    let ran = watch.finish();
    assert_eq!(ran.status, 143, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("✓ healthy: "), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 session made"), "{}", ran.stdout);
    assert!(
        !SEES_ALL || ran.stdout.contains("0 sockets left"),
        "{}",
        ran.stdout
    );
}

#[test]
fn its_events_and_its_report_are_json_by_the_schema() {
    let arguments = ["watch", "--sim", "--format", "ndjson", "--deadline", "3s"];
    let ran = run(&arguments);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let lines = ran.lines();
    let of_kind = |name: &str| lines.iter().filter(|it| it["event"] == name).count();
    assert_eq!(of_kind("gateways-watched"), 1);
    assert_eq!(of_kind("state"), 1);
    let report = lines.last().expect("a report");
    assert_eq!(
        (&report["event"], &report["verdict"]),
        (&"report".into(), &"healthy".into())
    );
    let target = &report["watch"]["targets"][0];
    assert_eq!(target["state"], "healthy");
    assert_eq!(target["breaker"]["state"], "closed");
    assert_eq!(target["connections"], 1);
    assert_eq!(report["footprint"]["connections"], 1);
    assert_eq!(report["footprint"]["sockets_left"], none_left());
}

#[test]
fn nothing_is_connected_where_nothing_listens() {
    let port = free_port().to_string();
    let ran = run(&["watch", &port, "--format", "ndjson", "--deadline", "4s"]);
    assert_eq!(ran.status, 4, "{}", ran.stdout);
    let lines = ran.lines();
    let state = lines
        .iter()
        .find(|it| it["event"] == "state")
        .expect("a state");
    assert_eq!(state["state"], "down");
    assert!(nothing_listens(&state["code"]), "{state}");
    let report = lines.last().expect("a report");
    assert_eq!(report["footprint"]["connections"], 0);
    let remedies = report["findings"][0]["remedies"]
        .as_array()
        .expect("remedies");
    assert!(!remedies.is_empty());
}

#[test]
fn a_login_dialog_is_down_after_one_connection_and_is_not_asked_again_at_once() {
    let simulator = Simulator::start("silent");
    let target = simulator.target();
    let more = ["--timeout", "1s", "--format", "ndjson", "--deadline", "8s"];
    let ran = run(&[&["watch", target.as_str()][..], &more].concat());
    assert_eq!(ran.status, 4);
    let report = ran.lines().pop().expect("a report");
    assert_eq!(report["footprint"]["connections"], 1, "{report:#}");
    let target = &report["watch"]["targets"][0];
    assert_eq!(target["code"], "silent-after-connect");
    assert_eq!(target["sessions"]["failures"]["silent-after-connect"], 1);
}

#[test]
fn two_watches_of_one_gateway_make_no_more_connections_than_one() {
    let simulator = Simulator::start("silent");
    let target = simulator.target();
    let folder = tempfile::tempdir().expect("a folder");
    let start = || {
        let arguments = ["watch", &target, "--timeout", "1s", "--format", "ndjson"];
        let mut command = ibdoc(&[&arguments[..], &["--deadline", "8s"]].concat());
        command.env("XDG_RUNTIME_DIR", folder.path());
        Running::start(command)
    };
    let reports = [start(), start()].map(|it| it.finish().lines().pop().expect("a report"));
    let made = |report: &Value| report["footprint"]["connections"].as_u64();
    let made = reports.iter().filter_map(made);
    assert_eq!(made.sum::<u64>(), 1, "{reports:#?}");
    let locks = std::fs::read_dir(folder.path())
        .expect("the folder")
        .count();
    assert_eq!(locks, 1, "one lock for the target");
}

#[test]
fn several_gateways_are_watched_side_by_side() {
    let (one, other) = (
        Simulator::start("normal"),
        Simulator::start("accounts-missing"),
    );
    let targets = [one.target(), other.target(), one.target()];
    let typed: Vec<&str> = targets.iter().map(String::as_str).collect();
    let more = ["--timeout", "1s", "--json", "--deadline", "6s"];
    let ran = run(&[&["watch"][..], &typed, &more].concat());
    let report = ran.json();
    let watched = report["watch"]["targets"].as_array().expect("targets");
    let states: Vec<&Value> = watched.iter().map(|it| &it["state"]).collect();
    assert_eq!(states, ["healthy", "down"], "{report:#}");
    assert_eq!(ran.status, 4);
}

#[test]
fn what_is_no_restart_no_address_and_no_pause_is_a_usage_error() {
    for (arguments, expected) in [
        (&["--restart-at", "25:00"][..], "expected HH:MM"),
        (
            &["--restart-at", "23:45", "Nowhere/Land"],
            "neither a time zone",
        ),
        (&["--metrics", "nonsense"], "expected a port"),
        (&["--fresh", "5s"], "at least 60s"),
        (&["--ping", "1s"], "at least 2s"),
        (
            &["--textfile", "/no/such/folder/x.prom"],
            "cannot be written",
        ),
    ] {
        let ran = run(&[&["watch", "--sim", "--deadline", "1s"][..], arguments].concat());
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.stdout);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
    let port = free_port().to_string();
    let ran = run(&[
        "watch",
        "--restart-at",
        "23:45",
        &port,
        "--json",
        "--deadline",
        "1s",
    ]);
    let targets = &ran.json()["watch"]["targets"];
    assert_eq!(targets[0]["address"], format!("127.0.0.1:{port}"));
}

#[test]
fn an_announced_restart_only_needs_attention() {
    let now = ibdoc::text::clock::to_the_second(std::time::SystemTime::now());
    let port = free_port().to_string();
    // The minute may end before the watch begins; its window is longer.
    let arguments = [
        "watch",
        &port,
        "--restart-at",
        &now[11..16],
        "UTC",
        "--json",
    ];
    let ran = run(&[&arguments[..], &["--deadline", "3s"]].concat());
    let report = ran.json();
    let target = &report["watch"]["targets"][0];
    assert_eq!(target["state"], "attention");
    assert!(nothing_listens(&target["code"]), "{target}");
    assert_eq!(ran.status, 3, "{report:#}");
}

#[test]
fn systemd_is_told_and_its_hangup_ends_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).expect("a socket");
    manager.set_read_timeout(Some(PATIENCE)).expect("a limit");
    let told = |wanted: &str| {
        let mut buffer = [0; 4096];
        loop {
            let read = manager.recv(&mut buffer).expect("a word");
            let words = String::from_utf8_lossy(&buffer[..read]).into_owned();
            if words.contains(wanted) {
                return words;
            }
        }
    };
    let mut command = ibdoc(&["watch", "--sim", "--format", "ndjson"]);
    command
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "4000000");
    let mut watch = Running::start(command);
    told("READY=1");
    event(&mut watch, "state");
    told("STATUS=1 healthy");
    told("WATCHDOG=1");
    watch.signal(Signal::HUP);
    told("WATCHDOG=1");
    told("WATCHDOG=1");
    watch.signal(Signal::TERM);
    told("STOPPING=1");
    assert_eq!(watch.finish().status, 143);
}

#[test]
fn time_in_which_it_was_stopped_is_told_and_is_no_fault_of_the_gateway() {
    let simulator = Simulator::start("normal");
    let target = simulator.target();
    let mut watch = Running::start(ibdoc(&[
        "watch", &target, "--ping", "2s", "--format", "ndjson",
    ]));
    event(&mut watch, "state");
    watch.signal(Signal::STOP);
    // As long as it takes to be more than a delay.
    std::thread::sleep(Duration::from_secs(9));
    watch.signal(Signal::CONT);
    let lost = event(&mut watch, "lost-time");
    assert!(
        lost["lost_ms"].as_f64().expect("a time") > 5_000.0,
        "{lost}"
    );
    watch.signal(Signal::TERM);
    let report = watch.finish().stdout;
    let report = crate::helpers::validated::document(report.lines().last().expect("a report"));
    assert_eq!(report["watch"]["lost_times"], 1);
    let changes = &report["watch"]["targets"][0]["changes"];
    assert_eq!(changes.as_array().map(Vec::len), Some(1), "{changes}");
}

/// One request to the metrics of a watch, whole.
fn asked(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    stream.write_all(request.as_bytes()).expect("it is taken");
    let mut answer = String::new();
    // A server that closes with unread bytes resets.
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn metrics_are_served_to_any_client_and_written_to_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ibdoc.prom");
    let typed = file.to_string_lossy().into_owned();
    let simulator = Simulator::start("normal");
    let target = simulator.target();
    let arguments = ["watch", &target, "--metrics", "0", "--textfile", &typed];
    let mut watch = Running::start(ibdoc(&[&arguments[..], &["--format", "ndjson"]].concat()));
    let start = event(&mut watch, "gateways-watched");
    let url = start["metrics"].as_str().expect("an address");
    let address = url
        .trim_start_matches("http://")
        .trim_end_matches("/metrics");
    assert!(address.starts_with("127.0.0.1:"), "{url}");
    event(&mut watch, "state");
    let text = asked(address, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.contains("text/plain; version=0.0.4"), "{text}");
    let up = format!("ibdoc_up{{target=\"127.0.0.1:{target}\"}} 1\n");
    assert!(text.contains(&up), "{text}");
    assert!(
        text.contains("# TYPE ibdoc_reconnects_total counter"),
        "{text}"
    );
    let open =
        "GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text;version=1.0.0\r\n\r\n";
    let text = asked(address, open);
    assert!(text.contains("# TYPE ibdoc_reconnects counter"), "{text}");
    assert!(text.ends_with("# EOF\n"), "{text}");
    for (request, status) in [
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), "404"),
        ("POST /metrics HTTP/1.1\r\n\r\n".to_owned(), "405"),
        (format!("GET /{} HTTP/1.1\r\n", "x".repeat(20_000)), ""),
        ("\u{0}\u{1}\u{2}\n\n".to_owned(), "405"),
    ] {
        let answer = asked(address, &request);
        assert!(
            !answer.contains("200 OK") && answer.contains(status),
            "{answer}"
        );
    }
    // Clients that send nothing take no place for ever, nor the watch.
    let idle: Vec<_> = (0..40)
        .filter_map(|_| TcpStream::connect(address).ok())
        .collect();
    eventually("metrics beside idle clients", || {
        asked(address, "GET /metrics HTTP/1.0\r\n\r\n").contains("ibdoc_up")
    });
    drop(idle);
    eventually("the file is written", || {
        std::fs::read_to_string(&file).is_ok_and(|text| text.contains(&up))
    });
    watch.signal(Signal::TERM);
    assert_eq!(watch.finish().status, 143);
    let others = std::fs::read_dir(folder.path())
        .expect("the folder")
        .count();
    assert_eq!(others, 1, "a draft was left");
}
