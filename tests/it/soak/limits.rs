//! `ibdoc soak` held against the limits that a CI job gives.

use serde_json::{Value, json};

use crate::helpers::command::{run, run_json, too_wide};

fn soak(scenario: &str, arguments: &[&str]) -> (i32, Value) {
    let mut all = vec!["soak", "--sim", "--scenario", scenario, "--gap", "0s"];
    all.extend(arguments);
    let ran = run_json(&all);
    (ran.status, ran.json())
}

fn threshold<'a>(report: &'a Value, name: &str) -> &'a Value {
    let all = report["soak"]["thresholds"].as_array().expect("thresholds");
    let found = all.iter().find(|threshold| threshold["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {all:?}"))
}

#[test]
fn failures_within_the_limit_pass_and_are_still_told() {
    let nine = ["--attempts", "9", "--min-success", "60%"];
    let (status, report) = soak("flaky=3", &nine);
    assert_eq!((status, &report["verdict"]), (0, &json!("healthy")));
    let success = threshold(&report, "min-success");
    assert_eq!(
        (&success["limit"], &success["met"]),
        (&json!(0.6), &json!(true))
    );
    assert_eq!(
        (&success["unit"], &report["soak"]["attempts"]["failed"]),
        (&json!("fraction"), &json!(3))
    );
    assert_eq!(report["findings"][0]["code"], "closed-before-version");
    assert_eq!(report["findings"][0]["severity"], "info");

    let nine = ["--attempts", "9", "--min-success", "0.7"];
    let (status, report) = soak("flaky=3", &nine);
    assert_eq!((status, &report["verdict"]), (3, &json!("attention")));
}

#[test]
fn a_soak_without_a_success_fails_even_at_a_limit_of_zero() {
    let none = ["--attempts", "3", "--min-success", "0%"];
    let (status, _) = soak("flaky=1", &none);
    assert_eq!(status, 4);
}

#[test]
fn a_slow_gateway_misses_the_limits_of_time() {
    let slow = [
        "--attempts",
        "3",
        "--max-ready-p95",
        "200ms",
        "--max-ready",
        "10s",
    ];
    let (status, report) = soak("accounts-late=0.4", &slow);
    assert_eq!((status, &report["verdict"]), (3, &json!("attention")));
    let p95 = threshold(&report, "max-ready-p95");
    assert_eq!((&p95["limit"], &p95["unit"]), (&json!(200.0), &json!("ms")));
    assert!(
        p95["actual"]
            .as_f64()
            .is_some_and(|ms| (400.0..5_000.0).contains(&ms)),
        "{p95}"
    );
    assert_eq!(threshold(&report, "max-ready")["met"], true);
    assert_eq!(threshold(&report, "min-success")["met"], true);
    let words = run(&[
        "soak",
        "--sim",
        "--attempts",
        "2",
        "--gap",
        "0s",
        "--max-ready",
        "1us",
    ]);
    assert!(
        words.stdout.contains("✗ max-ready 0.001 ms: "),
        "{}",
        words.stdout
    );
    assert!(
        words.stdout.starts_with("! attention: "),
        "{}",
        words.stdout
    );
}

#[test]
fn a_drop_is_told_with_its_time_and_a_new_session_is_made() {
    // A second drop would come three seconds after the first at the soonest.
    let held = ["--minutes", "0.09", "--max-drops", "2"];
    let (status, report) = soak("drops-after=3", &held);
    let stability = &report["soak"]["stability"];
    assert_eq!(
        (&stability["drops"], &stability["reconnects"]),
        (&json!(1), &json!(1)),
        "{stability}"
    );
    let moments = stability["moments"].as_array().expect("moments");
    let of_kind = |kind: &str| -> Vec<f64> {
        let moments = moments.iter().filter(|moment| moment["kind"] == kind);
        moments
            .filter_map(|moment| moment["at_ms"].as_f64())
            .collect()
    };
    let (up, dropped) = (of_kind("up"), of_kind("drop"));
    assert_eq!((up.len(), dropped.len()), (2, 1), "{moments:?}");
    assert!(
        dropped[0] >= 2_000.0 && up[1] >= dropped[0] + 900.0,
        "{moments:?}"
    );
    assert!(
        stability["down_ms"]
            .as_f64()
            .is_some_and(|ms| ms >= 1_000.0),
        "{stability}"
    );
    assert_eq!(threshold(&report, "max-drops")["met"], true);
    assert_eq!((status, &report["soak"]["stopped"]), (0, &Value::Null));
    assert_eq!(report["findings"][0]["code"], "dropped");
    if cfg!(target_os = "linux") {
        let censuses = stability["censuses"].as_array().expect("censuses");
        assert_eq!(
            censuses.first().map(|it| &it["close_wait"]),
            Some(&json!(0)),
            "{stability}"
        );
    }
}

#[test]
fn hours_are_minutes_by_another_name_and_never_both() {
    let (_, report) = soak("normal", &["--hours", "0.0005"]);
    let seconds = report["soak"]["stability"]["seconds"].as_f64();
    assert!(
        seconds.is_some_and(|seconds| (1.8..10.0).contains(&seconds)),
        "{seconds:?}"
    );
    assert_eq!(
        run(&["soak", "--sim", "--hours", "1", "--minutes", "1"]).status,
        2
    );
    for wrong in [
        ["--min-success", "101%"],
        ["--max-drops", "-1"],
        ["--hours", "200"],
    ] {
        assert_eq!(
            run(&["soak", "--sim", wrong[0], wrong[1]]).status,
            2,
            "{wrong:?}"
        );
    }
}

#[test]
fn the_text_begins_with_the_verdict_and_fits_eighty_columns() {
    for (scenario, more) in [
        ("flaky=7", ["--attempts", "40"]),
        ("drops-after=1.2", ["--minutes", "0.06"]),
        ("normal", ["--attempts", "12"]),
        ("sync-hangs=positions", ["--timeout", "100ms"]),
    ] {
        let mut all = vec!["soak", "--sim", "--scenario", scenario, "--gap", "0s"];
        all.extend(more);
        let ran = run(&all);
        let (verdict, rest) = ran.stdout.split_once(": ").expect("a verdict");
        let known = ["! attention", "✓ healthy", "✗ failed"].contains(&verdict);
        let whole = rest.starts_with(|it: char| it.is_ascii_digit())
            && ran
                .stdout
                .lines()
                .nth(1)
                .is_some_and(|it| it.starts_with("  127.0.0.1:"));
        assert!(known && whole, "{}", ran.stdout);
        assert_eq!(too_wide(&ran.stdout), None, "{scenario}");
    }
}

#[test]
fn a_typical_and_the_slowest_handshake_are_shown_stage_by_stage() {
    let (_, report) = soak("normal", &["--attempts", "30"]);
    let attempts = &report["soak"]["attempts"];
    for which in ["typical", "slowest"] {
        let stages = attempts[which]["stages"].as_array().expect("stages");
        let names: Vec<_> = stages
            .iter()
            .filter_map(|stage| stage["name"].as_str())
            .collect();
        assert_eq!(
            &names[..5],
            ["resolve", "connect", "version", "start", "accounts"]
        );
    }
    let ready = |which: &str| attempts[which]["ready_ms"].as_f64().expect("a time");
    assert!(ready("slowest") >= ready("typical"));
    let count = |bin: &Value| bin["count"].as_u64().unwrap_or_default();
    let bins = attempts["histogram"].as_array().expect("bins");
    assert_eq!(bins.iter().map(count).sum::<u64>(), 30);
    assert_eq!(attempts["trend"].as_array().map(Vec::len), Some(30));
    assert!(attempts["drift"]["first_quarter_ms"].as_f64().is_some());
}

#[test]
fn a_soak_that_stopped_early_or_ended_without_a_session_is_not_healthy() {
    let stopped = [
        "--attempts",
        "100000",
        "--min-success",
        "10%",
        "--timeout",
        "1s",
    ];
    let (status, report) = soak("normal;2s:silent", &stopped);
    assert_eq!(
        (status, &report["verdict"]),
        (3, &json!("attention")),
        "{report:#}"
    );
    let why = report["soak"]["stopped"].as_str().unwrap_or_default();
    assert!(why.contains("three silent failures"), "{why}");
    let silent = &report["findings"][0];
    assert_eq!(
        (&silent["code"], &silent["severity"]),
        (&json!("silent-after-connect"), &json!("warning"))
    );

    // Tries follow one and three seconds after the drop; the next would come after the end.
    let down = ["--minutes", "0.12", "--max-drops", "9"];
    let (status, report) = soak("drops-after=2;3s:close-on-accept", &down);
    let stability = &report["soak"]["stability"];
    assert_eq!(stability["up_at_end"], false, "{stability}");
    assert_eq!(threshold(&report, "max-drops")["met"], true);
    assert_eq!(
        (status, &report["verdict"]),
        (3, &json!("attention")),
        "{report:#}"
    );
    let moments = stability["moments"].as_array().expect("moments");
    let failed: Vec<&Value> = moments
        .iter()
        .filter(|it| it["kind"] == "reconnect-failed")
        .collect();
    let words: Vec<_> = failed.iter().filter_map(|it| it["text"].as_str()).collect();
    assert_eq!(
        words,
        [
            "no new session; the next try comes 2s later",
            "no new session; no other try follows"
        ]
    );
}

#[cfg(feature = "portable")]
#[test]
fn a_limit_that_was_given_and_portable_sources_cannot_measure_is_missed() {
    let unseen = ["--attempts", "1", "--gap", "0s", "--portable"];
    let leaked = |more: &[&str]| {
        let relayed = run_json(&[&["soak", "--sim"], &unseen[..], more].concat());
        let report = relayed.json();
        let all = report["soak"]["thresholds"]
            .as_array()
            .cloned()
            .expect("thresholds");
        (
            report,
            all.into_iter().find(|it| it["name"] == "max-leaked"),
        )
    };
    let (report, listed) = leaked(&[]);
    assert_eq!(report["footprint"]["sockets_left"], Value::Null);
    assert_eq!(listed, None);
    let (_, listed) = leaked(&["--max-leaked", "0"]);
    let listed = listed.expect("the limit");
    assert_eq!(
        (&listed["actual"], &listed["met"]),
        (&Value::Null, &json!(false))
    );
}

#[test]
fn a_percentage_is_held_as_the_fraction_it_is() {
    let all = ["--attempts", "1000", "--min-success", "99.9%"];
    let (status, report) = soak("flaky=1000", &all);
    assert_eq!(
        (status, threshold(&report, "min-success")["met"].clone()),
        (0, json!(true))
    );
}

#[test]
fn a_missed_limit_is_a_finding_with_both_figures_to_the_last_digit() {
    let arguments = ["--attempts", "2", "--gap", "0s", "--max-ready", "1001ms"];
    let ran = run_json(
        &[
            &["soak", "--sim", "--scenario", "accounts-late=1.01"],
            &arguments[..],
        ]
        .concat(),
    );
    let report = ran.json();
    let actual = report["soak"]["thresholds"][1]["actual"].as_f64().unwrap();
    let finding = &report["findings"][0];
    assert_eq!((ran.status, &finding["code"]), (3, &"limit-missed".into()));
    let summary = finding["summary"].as_str().unwrap();
    let limit = "--max-ready: at most 1,001 ms, measured 1,";
    let digits = summary
        .strip_prefix(limit)
        .unwrap_or_else(|| panic!("{summary}"));
    assert!(
        actual.to_string().ends_with(digits.trim_end_matches(" ms")),
        "{summary}"
    );
}

#[test]
fn what_was_cut_short_misses_no_limit() {
    let ran = run_json(&[
        "soak",
        "--sim",
        "--scenario",
        "silent",
        "--deadline",
        "300ms",
    ]);
    let report = ran.json();
    let of_limits = |it: &&Value| it["code"] == "limit-missed";
    let missed = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(of_limits);
    let unmeasured = missed.filter(|it| it["summary"].as_str().unwrap().contains("not measured"));
    assert_eq!(unmeasured.count(), 0, "{report}");
    // A handshake that the deadline ended so soon has not failed.
    assert_eq!(report["soak"]["attempts"]["failed"], 0, "{report}");
    assert_eq!(ran.status, 1, "{report}");
}
