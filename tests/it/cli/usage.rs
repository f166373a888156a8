//! What is typed wrongly says what was expected; pipes and environment behave.

use std::process::Stdio;

use serde_json::json;

use crate::helpers::command::{Ran, ibdoc, run, run_json, too_wide};

#[test]
fn a_malformed_argument_is_a_usage_error_that_says_what_was_expected() {
    let cases: [(&[&str], &str); 20] = [
        (&["handshake", "gate way"], "expected host:port"),
        (&["handshake", "127.0.0.1:0"], "expected host:port"),
        (&["handshake", "99999"], "expected host:port"),
        (&["handshake", "::1:4002"], "brackets"),
        (&["handshake", "--timeout", "soon"], "expected a duration"),
        (&["handshake", "--timeout", "0s"], "longer than zero"),
        (
            &["handshake", "--client-id", "-1"],
            "expected auto or a number",
        ),
        (&["handshake", "--announce", "226"], "expected"),
        (&["handshake", "--announce", "226..100"], "expected"),
        (
            &["soak", "--attempts", "1e3"],
            "expected a number of handshakes",
        ),
        (&["soak", "--minutes", "-1"], "minutes"),
        (&["soak", "--gap", "x"], "expected a duration"),
        (&["soak", "--sim", "--attempts", "0"], "nothing to do"),
        (&["soak", "--sim", "--exec"], "<CMD>"),
        (&["soak", "--sim", "--", "true"], "--exec"),
        (
            &["soak", "--sim", "--minutes", "1", "--exec", "--", "true"],
            "cannot be used with",
        ),
        (&["zombies", "--port", "0"], "expected a port"),
        (
            &["handshake", "--scenario", "silent"],
            "--scenario needs --sim",
        ),
        (
            &["handshake", "--sim", "--scenario", "nonsense"],
            "accounts-late=SECONDS",
        ),
        (
            &["sim", "--server-version", "99"],
            "expected a version from 100 to 226",
        ),
    ];
    for (arguments, expected) in cases {
        let ran = run(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.stderr);
        assert!(
            ran.stderr.contains(expected),
            "{arguments:?}: {}",
            ran.stderr
        );
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
}

#[test]
fn a_target_and_a_simulator_exclude_each_other() {
    for arguments in [
        &["handshake", "4002", "--sim"][..],
        &["probe", "4002", "--sim"],
        &["soak", "4002", "--sim"],
        &["zombies", "--port", "4002", "--sim"],
    ] {
        let ran = run(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}");
        assert!(ran.stderr.contains("exclude each other"), "{}", ran.stderr);
    }
}

#[test]
fn without_a_reader_the_status_is_that_of_the_verdict_or_1_where_there_was_none() {
    for (arguments, status) in [
        (&["--help"][..], 0),
        (&["handshake", "--sim"], 0),
        (&["handshake", "--sim", "--scenario", "accounts-empty"], 4),
        (&["handshake", "--sim", "--format", "ndjson"], 1),
        (&["doctor", "--sim", "--scenario", "accounts-empty"], 1),
        (&["soak", "--sim", "--gap", "0s", "--json"], 0),
    ] {
        let mut child = ibdoc(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("ibdoc starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("its end");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            (output.status.code(), stderr.as_str()),
            (Some(status), ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn flags_have_environment_variables_but_those_that_pretend_have_none() {
    let handshake = |name: &str, value: &str, arguments: &[&str]| {
        let output = ibdoc(arguments)
            .env(name, value)
            .output()
            .expect("ibdoc runs");
        Ran::from(output).stdout
    };
    let sim = ["handshake", "--sim"];
    assert!(handshake("IBDOC_FORMAT", "json", &sim).starts_with('{'));
    assert!(handshake("IBDOC_JSON", "yes", &sim).starts_with('{'));
    assert!(!handshake("IBDOC_JSON", "off", &sim).starts_with('{'));
    assert!(handshake("IBDOC_SHOW_ACCOUNTS", "1", &sim).contains("DU9000021"));
    assert!(handshake("IBDOC_ANNOUNCE", "100..176", &sim).contains("server version   176"));
    let pretending = handshake("IBDOC_SIM", "1", &["probe", "127.0.0.1:1", "--json"]);
    assert!(pretending.contains("\"simulated\": false"), "{pretending}");
}

#[test]
fn the_target_of_the_environment_counts_where_none_is_typed_and_never_beside_the_simulator() {
    let gateway = crate::helpers::command::Simulator::start("normal");
    let answer = |target: &str, arguments: &[&str]| {
        let mut command = ibdoc(arguments);
        let output = command.env("IBDOC_TARGET", target).output();
        Ran::from(output.expect("ibdoc runs"))
    };
    for command in ["handshake", "health", "doctor", "probe"] {
        let ran = answer(&gateway.target(), &[command, "--json"]);
        assert!(ran.stdout.contains(&gateway.target()), "{}", ran.stdout);
    }
    let soak = ["soak", "--json", "--attempts", "1"];
    let ran = answer(&gateway.target(), &soak);
    assert_eq!((ran.status, &ran.json()["verdict"]), (0, &json!("healthy")));
    let typed = answer("127.0.0.1:1", &["handshake", &gateway.target()]);
    assert_eq!(typed.status, 0, "{}", typed.stdout);
    for command in ["handshake", "health", "doctor", "probe"] {
        let simulated = answer("127.0.0.1:1", &[command, "--sim", "--json"]);
        assert!(
            !simulated.stdout.contains("127.0.0.1:1\""),
            "{}",
            simulated.stdout
        );
        assert_eq!(simulated.status, 0, "{}", simulated.stdout);
    }
    let nonsense = answer("no target", &["handshake"]);
    assert_eq!(nonsense.status, 2, "{}", nonsense.stdout);
    let live = answer("live", &["soak", "--attempts", "1"]);
    assert_eq!(live.status, 2, "{}", live.stdout);
    assert!(
        live.stderr.contains("IBDOC_TARGET is a live port"),
        "{}",
        live.stderr
    );
}

#[test]
fn colour_comes_only_when_asked_for_in_a_pipe() {
    assert!(!run(&["handshake", "--sim"]).stdout.contains('\u{1b}'));
    assert!(
        run(&["handshake", "--sim", "--color", "always"])
            .stdout
            .contains("\u{1b}[")
    );
    assert!(
        !run(&["handshake", "--sim", "--color", "never"])
            .stdout
            .contains('\u{1b}')
    );
}

#[test]
fn text_fits_eighty_columns() {
    let scenarios = [
        "normal",
        "silent",
        "accounts-late=0.3",
        "client-id-in-use",
        "never-closes",
    ];
    for scenario in scenarios {
        for command in ["handshake", "probe", "zombies", "soak"] {
            let mut arguments = vec![
                command,
                "--sim",
                "--scenario",
                scenario,
                "--timeout",
                "300ms",
            ];
            if command == "soak" {
                arguments.extend(["--attempts", "2", "--gap", "0s"]);
            }
            let ran = run(&arguments);
            assert_eq!(too_wide(&ran.stdout), None, "{arguments:?}");
        }
    }
}

#[test]
fn quiet_prints_one_line_and_nothing_when_healthy() {
    let healthy = run(&["handshake", "--sim", "-q"]);
    assert_eq!((healthy.status, healthy.stdout.as_str()), (0, ""));
    let silent = ["handshake", "--sim", "--scenario", "close-on-accept", "-q"];
    let failed = run(&silent);
    assert_eq!(failed.status, 4);
    assert!(failed.stdout.starts_with("✗ failed:"), "{}", failed.stdout);
    assert_eq!(failed.stdout.lines().count(), 1, "{}", failed.stdout);
}

#[test]
fn a_port_whose_api_does_not_answer_passes_no_gate() {
    for scenario in ["close-on-accept", "silent"] {
        let gate = ["--connect", "--timeout", "500ms", "--fail-on", "failed"];
        let mut typed = vec!["probe", "--sim", "--scenario", scenario];
        typed.extend(gate);
        let ran = run_json(&typed);
        let verdict = ran.json()["verdict"].clone();
        assert_eq!((ran.status, verdict), (4, "failed".into()), "{scenario}");
    }
}

#[test]
fn attention_can_be_made_to_count_as_success() {
    let late = [
        "handshake",
        "--sim",
        "--scenario",
        "accounts-late=0.3",
        "--client-timeout",
        "100ms",
    ];
    assert_eq!(run_json(&late).status, 3);
    let mut forgiving = late.to_vec();
    forgiving.extend(["--fail-on", "failed"]);
    let ran = run_json(&forgiving);
    assert_eq!(
        (ran.status, ran.json()["verdict"].as_str()),
        (0, Some("attention"))
    );
}
