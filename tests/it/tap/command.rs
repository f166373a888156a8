//! `ibdoc tap` with the real binary.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::helpers::command::{Simulator, ibdoc, run, run_json};

fn path(folder: &Path, name: &str) -> String {
    folder
        .join(name)
        .into_os_string()
        .into_string()
        .expect("UTF-8")
}

/// The program itself as the user's command: one handshake through the relay.
const IBDOC: &str = env!("CARGO_BIN_EXE_ibdoc");

/// What is the same in the report of every reader of one session.
fn told(trace: &Value) -> Value {
    let session = &trace["sessions"][0];
    let of = |field: &str| {
        let requests = session["requests"].as_array().into_iter().flatten();
        let all: Vec<Value> = requests.map(|it| it[field].clone()).collect();
        Value::from(all)
    };
    Value::from(vec![
        session["who"].clone(),
        session["server_version"].clone(),
        session["close"]["first"].clone(),
        session["close"]["how"].clone(),
        session["close"]["other"].clone(),
        session["sent"]["bytes"].clone(),
        session["received"]["messages"].clone(),
        of("id"),
        of("end"),
        of("answers"),
    ])
}

#[test]
fn a_command_is_run_through_it_and_both_recordings_say_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let [tap, pcap, html] = ["s.tap", "s.pcap", "s.html"].map(|it| path(folder.path(), it));
    let gateway = Simulator::start("sync-hangs=executions");
    let target = gateway.target();
    let arguments = [
        "tap",
        &target,
        "--write",
        &tap,
        "--pcap",
        &pcap,
        "--report",
        &html,
        "--",
        IBDOC,
        "handshake",
        "--timeout",
        "2s",
        "-q",
    ];
    let mut command = ibdoc(&arguments);
    command.env("IBDOC_JSON", "1");
    let ran: crate::helpers::command::Ran = command.output().expect("ibdoc runs").into();
    let report = ran.json();
    assert_eq!(report["verdict"], "failed");
    assert_eq!(report["tap"]["program"]["exit_status"], 4);
    assert_eq!(report["footprint"]["connections"], 1);
    let live = &report["tap"]["trace"];
    let summary = report["findings"][0]["summary"]
        .as_str()
        .unwrap_or_default();
    assert!(
        summary.starts_with("executions (7) were never finished"),
        "{summary}"
    );
    for file in [&tap, &pcap] {
        let again = run_json(&["trace", file]).json();
        assert_eq!(told(&again["trace"]), told(live), "{file}");
        assert_eq!(again["findings"][0]["code"], "sync-timeout", "{file}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let mode = fs::metadata(file).expect("the file").mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }
    let page = fs::read_to_string(html).expect("the page");
    assert!(page.contains("<svg") && page.contains("never finished"));
    assert!(!page.contains("DU9000021") && !ran.stdout.contains("DU9000021"));
}

#[cfg(unix)]
#[test]
fn after_a_sigkill_the_recording_is_read_up_to_its_last_whole_line() {
    use crate::helpers::command::Running;
    let folder = tempfile::tempdir().expect("a folder");
    let tap = path(folder.path(), "s.tap");
    let gateway = Simulator::start("normal");
    let arguments = [
        "tap",
        &gateway.target(),
        "--listen",
        "0",
        "--write",
        &tap,
        "--timeline",
    ];
    let mut relay = Running::start(ibdoc(&arguments));
    let line = relay.line();
    let address = line
        .strip_prefix("listening on ")
        .and_then(|it| it.split(' ').next());
    let through = run(&["handshake", address.expect("an address"), "-q"]);
    assert_eq!(through.status, 0, "{}", through.stdout);
    while !relay.line().contains("the Gateway closed (FIN)") {}
    relay.signal(rustix::process::Signal::KILL);
    drop(relay);
    let report = run_json(&["trace", &tap]).json();
    assert_eq!(report["verdict"], "healthy");
    assert_eq!(report["trace"]["sources"][0]["cut_off"], false);
    assert_eq!(report["trace"]["sessions"][0]["close"]["first"], "client");
    // The next run does not write over it.
    let again = [
        "tap",
        &gateway.target(),
        "--write",
        &tap,
        "--",
        IBDOC,
        "handshake",
        "-q",
    ];
    assert_eq!(run(&again).status, 0);
    assert!(Path::new(&format!("{tap}.1")).exists());
}

#[test]
fn a_program_under_soak_is_judged_by_what_it_said_and_read() {
    let ran = run(&[
        "soak",
        "--json",
        "--sim",
        "--scenario",
        "sync-hangs=executions",
        "--attempts",
        "1",
        "--gap",
        "0s",
        "--neutral=false",
        "--exec",
        "--through-tap",
        "--",
        IBDOC,
        "handshake",
        "--timeout",
        "2s",
        "-q",
    ]);
    let report = ran.json();
    let tapped = &report["soak"]["exec"]["runs"][0]["tapped"];
    assert_eq!(tapped["sessions"], 1);
    assert_eq!(tapped["ready"], 1);
    assert_eq!(tapped["unfinished"][0], "executions (7)");
    let codes = report["findings"].as_array().into_iter().flatten();
    let codes: Vec<&str> = codes.filter_map(|it| it["code"].as_str()).collect();
    assert!(
        codes.contains(&"sync-timeout") && codes.contains(&"program-failed"),
        "{codes:?}"
    );
}

#[test]
fn a_drill_is_given_up_where_an_account_is_no_paper_account() {
    let fault = "delay=10ms; 1h:cut";
    let handshake = ["--", IBDOC, "handshake", "-q"];
    let tap = [
        "tap",
        "--sim",
        "--scenario",
        "live-account",
        "--json",
        "--fault",
        fault,
    ];
    let ran = run(&[&tap[..], &handshake].concat());
    let report = ran.json();
    assert_eq!(report["tap"]["drill_given_up"], true);
    let steps = report["tap"]["trace"]["drill"]
        .as_array()
        .into_iter()
        .flatten();
    let steps: Vec<&str> = steps
        .filter_map(|it| it.as_str()?.split(' ').nth(1))
        .collect();
    assert_eq!(steps, ["delay=10ms", "pass"]);
    let live = run(&[&tap[..], &["--live"], &handshake].concat());
    assert_eq!(live.json()["tap"]["drill_given_up"], false);
}

#[test]
fn what_has_no_meaning_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = path(folder.path(), "notes");
    fs::write(&file, "not to be lost\n").expect("a file");
    for arguments in [
        &["tap", "4002"][..],
        &["tap", "4001", "--listen", "0", "--fault", "5s:cut"],
        &[
            "tap",
            "127.0.0.1:7496",
            "--listen",
            "0",
            "--fault",
            "1h:pass",
        ],
        &["tap", "4002", "--listen", "0", "--fault", "explode"],
        &["tap", "4002", "--listen", "0", "--write", &file],
        &[
            "tap", "4002", "--listen", "0", "--write", &file, "--pcap", &file,
        ],
        &["tap", "4002", "--listen", "0", "--rotate", "1"],
        &["tap", "4002", "--listen", "0", "--write", "-"],
        &["tap", "4002", "--listen", "0", "--pcap", "-"],
        &["tap", "4002", "--listen", "4002"],
    ] {
        let ran = run(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.stderr);
    }
    assert_eq!(
        fs::read_to_string(&file).expect("the file"),
        "not to be lost\n"
    );
}

#[test]
fn what_cannot_be_run_or_reached_is_told_in_words_and_nothing_is_run() {
    let gateway = Simulator::start("normal");
    let target = gateway.target();
    for (target, command, words) in [
        (
            target.as_str(),
            "no-such-program",
            "there is no such program",
        ),
        ("host.invalid:4002", IBDOC, "host.invalid: "),
    ] {
        let ran = run(&["tap", target, "--json", "--", command, "--version"]);
        assert_eq!(ran.status, 1);
        let report = ran.json();
        let error = report["error"].as_str().unwrap_or_default();
        assert!(error.contains(words), "{error}");
        assert!(!ran.stderr.contains("ibdoc 0"), "{}", ran.stderr);
    }
    let quiet = run(&["tap", &target, "-q", "--", IBDOC, "handshake", "-q"]);
    assert_eq!((quiet.status, quiet.stdout.as_str()), (0, ""));
}

#[test]
fn a_drill_that_no_session_met_tells_nothing_of_the_client() {
    let ran = run(&[
        "tap",
        "--sim",
        "--json",
        "--fault",
        "1h:cut",
        "--",
        IBDOC,
        "handshake",
        "-q",
    ]);
    let report = ran.json();
    assert_eq!(report["verdict"], "unknown");
    let error = report["error"].as_str().unwrap_or_default();
    assert!(error.contains("no session was there"), "{error}");
    assert_eq!(report["tap"]["program"]["exit_status"], 0);
}

#[test]
fn without_a_client_nothing_is_said_to_be_fine() {
    let ran = run_json(&["tap", "--sim", "--listen", "0", "--deadline", "300ms"]);
    let report = ran.json();
    assert_eq!(report["verdict"], "unknown");
    assert_eq!(report["simulated"], true);
    assert_eq!(ran.status, 1);
}
