//! `ibdoc compare` with the real binary, on reports whose figures a test has set.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::helpers::command::{Ran, run, run_json};

/// Files of reports in a folder of their own, made from one real soak.
struct Reports {
    folder: TempDir,
    soak: Value,
}

impl Reports {
    fn new() -> Self {
        let ran = run_json(&["soak", "--sim", "--attempts", "2", "--gap", "0s"]);
        let mut soak = ran.json();
        let succeeded = &mut soak["soak"]["attempts"];
        (succeeded["run"], succeeded["succeeded"]) = (json!(30), json!(30));
        let reports = Self {
            folder: tempfile::tempdir().expect("a folder"),
            soak,
        };
        let mut soak = reports.soak.clone();
        set_times(&mut soak, "ready", 100.0);
        set_times(&mut soak, "version", 40.0);
        Self { soak, ..reports }
    }

    /// The report with a change, as a file of this name.
    fn file(&self, name: &str, change: impl FnOnce(&mut Value)) -> PathBuf {
        let mut soak = self.soak.clone();
        change(&mut soak);
        self.text(name, &soak.to_string())
    }

    fn text(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    }
}

/// Thirty times around `ms`.
fn set_times(soak: &mut Value, name: &str, ms: f64) {
    let times: Vec<f64> = (0..30)
        .map(|it| ms + f64::from(it * 7 % 30) / 10.0)
        .collect();
    let attempts = &mut soak["soak"]["attempts"];
    if name == "ready" {
        attempts["ready_each_ms"] = json!(times);
    } else {
        attempts["stages_each_ms"][name] = json!(times);
    }
}

fn compare(a: &Path, b: &Path, more: &[&str]) -> Ran {
    let files = [a, b].map(|path| path.to_str().expect("UTF-8"));
    run(&[&["compare", files[0], files[1]], more].concat())
}

fn judgement(ran: &Ran) -> Value {
    ran.json()["compare"]["judgement"].clone()
}

/// The figure of this name.
fn figure(ran: &Ran, name: &str) -> Value {
    let report = ran.json();
    let figures = report["compare"]["figures"].as_array().expect("figures");
    let figure = figures.iter().find(|figure| figure["name"] == name);
    figure.unwrap_or_else(|| panic!("no {name}")).clone()
}

#[test]
fn what_is_the_same_is_not_shown_to_differ() {
    let reports = Reports::new();
    let a = reports.file("a.json", |_| {});
    let ran = compare(&a, &a, &["--json", "--fail-if", "worse"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(judgement(&ran), "not-shown");
    assert_eq!(ran.json()["verdict"], "healthy");
    assert_eq!(figure(&ran, "success")["judgement"], "not-shown");
    assert_eq!(figure(&ran, "ready")["judgement"], "not-shown");
    assert_eq!(figure(&ran, "sockets-left")["judgement"], "same");
    let text = compare(&a, &a, &[]).stdout;
    assert!(text.starts_with("= not shown to differ: "), "{text}");
}

#[test]
fn a_lower_success_rate_is_worse_and_fails_only_where_that_is_asked_for() {
    let reports = Reports::new();
    let a = reports.file("a.json", |_| {});
    let b = reports.file("b.json", |it| {
        it["soak"]["attempts"]["succeeded"] = json!(20);
    });
    let ran = compare(&a, &b, &["--json"]);
    assert_eq!((ran.status, judgement(&ran)), (0, json!("worse")));
    let p = figure(&ran, "success")["p_value"]
        .as_f64()
        .expect("a p-value");
    assert!((p - 0.000_797_013).abs() < 1e-8, "{p}");
    let failing = ["--fail-if", "worse", "--fail-on", "failed", "-q"];
    let ran = compare(&a, &b, &failing);
    assert_eq!(ran.status, 3);
    assert!(ran.stdout.contains("30 of 30 → 20 of 30"), "{}", ran.stdout);
    let back = compare(&b, &a, &["--fail-if", "worse", "--json"]);
    assert_eq!((back.status, judgement(&back)), (0, json!("better")));
}

#[test]
fn four_failures_of_thirty_are_not_shown_to_be_more_than_none() {
    let reports = Reports::new();
    let a = reports.file("a.json", |_| {});
    let b = reports.file("b.json", |it| {
        it["soak"]["attempts"]["succeeded"] = json!(26);
    });
    let ran = compare(&a, &b, &["--json", "--fail-if", "worse"]);
    assert_eq!((ran.status, judgement(&ran)), (0, json!("not-shown")));
}

#[test]
fn slower_times_are_worse_with_the_interval_of_their_difference() {
    let reports = Reports::new();
    let a = reports.file("a.json", |_| {});
    let slower = reports.file("b.json", |it| {
        set_times(it, "ready", 150.0);
        set_times(it, "version", 90.0);
    });
    let ran = compare(&a, &slower, &["--json", "--fail-if", "worse"]);
    assert_eq!(ran.status, 3);
    for (name, confidence) in [("ready", 0.95), ("version", 0.95)] {
        let figure = figure(&ran, name);
        assert_eq!(figure["judgement"], "worse", "{figure}");
        let interval = &figure["interval"];
        let end = |end: &str| interval[end].as_f64().expect("a number");
        assert!(end("low") < 50.0 && 50.0 < end("high"), "{interval}");
        assert!(end("low") > 48.0 && end("high") < 52.0, "{interval}");
        // `version` is the only stage with enough times.
        assert!((end("confidence") - confidence).abs() < 1e-9, "{interval}");
    }
    assert_eq!(figure(&ran, "connect")["judgement"], "unknown");
    let again = compare(&a, &slower, &["--json"]);
    assert_eq!(again.json()["compare"], ran.json()["compare"]);
}

#[test]
fn many_stages_share_one_doubt() {
    let reports = Reports::new();
    let stages = ["connect", "version", "start", "accounts", "close"];
    let a = reports.file("a.json", |it| {
        for name in stages {
            set_times(it, name, 10.0);
        }
    });
    let ran = compare(&a, &a, &["--json"]);
    let confidence = figure(&ran, "close")["interval"]["confidence"].as_f64();
    assert!((confidence.expect("one") - 0.99).abs() < 1e-9);
}

#[test]
fn a_difference_of_microseconds_does_not_count() {
    let reports = Reports::new();
    let a = reports.file("a.json", |it| set_times(it, "ready", 100.0));
    let b = reports.file("b.json", |it| set_times(it, "ready", 103.9));
    let ran = compare(&a, &b, &["--json", "--fail-if", "worse"]);
    assert_eq!(figure(&ran, "ready")["judgement"], "too-small");
    assert_eq!((ran.status, judgement(&ran)), (0, json!("not-shown")));
}

#[test]
fn one_socket_left_is_worse_than_none() {
    let reports = Reports::new();
    let of = |left: Value| move |it: &mut Value| it["soak"]["zombies"]["ours"] = left;
    let a = reports.file("a.json", of(json!(0)));
    let b = reports.file("b.json", of(json!(1)));
    let ran = compare(&a, &b, &["--json", "--fail-if", "worse"]);
    assert_eq!(ran.status, 3);
    assert_eq!(figure(&ran, "sockets-left")["judgement"], "worse");
    let unseen = reports.file("c.json", of(Value::Null));
    let ran = compare(&a, &unseen, &["--json"]);
    assert_eq!(figure(&ran, "sockets-left")["judgement"], "unknown");
}

#[test]
fn too_few_handshakes_tell_nothing_and_that_is_no_success() {
    let reports = Reports::new();
    let few = reports.file("few.json", |it| {
        let attempts = &mut it["soak"]["attempts"];
        (attempts["run"], attempts["succeeded"]) = (json!(3), json!(3));
        attempts["ready_each_ms"] = json!([1.0, 2.0, 3.0]);
        attempts["stages_each_ms"] = json!({});
    });
    let ran = compare(&few, &few, &["--json"]);
    assert_eq!((ran.status, judgement(&ran)), (1, json!("unknown")));
    assert_eq!(ran.json()["verdict"], "unknown");
    assert!(compare(&few, &few, &[]).stdout.starts_with("? unknown: "));
}

#[test]
fn soaks_of_two_gateways_are_refused_unless_forced() {
    let reports = Reports::new();
    let real = |address: &'static str, host: &'static str| {
        move |it: &mut Value| {
            it["simulated"] = json!(false);
            it["soak"]["address"] = json!(address);
            it["host"]["name"] = json!(host);
        }
    };
    let simulated = reports.file("sim.json", |_| {});
    let here = reports.file("here.json", real("127.0.0.1:4002", "mine"));
    let same = reports.file("same.json", real("localhost:4002", "mine"));
    let live = reports.file("live.json", real("127.0.0.1:4001", "mine"));
    let there = reports.file("there.json", real("127.0.0.1:4002", "yours"));
    assert_eq!(compare(&here, &same, &["--json"]).status, 0);
    let refused = [
        (
            &simulated,
            &here,
            "A is of a simulated Gateway and B of a real one",
        ),
        (
            &here,
            &simulated,
            "A is of a real Gateway and B of a simulated one",
        ),
        (
            &here,
            &live,
            "A is of 127.0.0.1:4002 and B of 127.0.0.1:4001",
        ),
        (&here, &there, "A was made on mine and B on yours"),
    ];
    for (a, b, why) in refused {
        let ran = compare(a, b, &["--json"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{why}");
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
        assert!(ran.stderr.contains("--force"), "{}", ran.stderr);
        let forced = compare(a, b, &["--json", "--force"]);
        assert_eq!(forced.status, 0, "{}", forced.stderr);
        let note = forced.json()["compare"]["notes"][0].clone();
        assert!(note.as_str().expect("a note").contains(why), "{note}");
    }
    // On another machine it is the same Gateway, whoever asked it.
    let from_mine = reports.file("m.json", real("10.0.0.5:4002", "mine"));
    let from_yours = reports.file("y.json", real("10.0.0.5:4002", "yours"));
    assert_eq!(compare(&from_mine, &from_yours, &[]).status, 0);
}

#[test]
fn what_is_no_soak_is_refused_with_a_sentence() {
    let reports = Reports::new();
    let a = reports.file("a.json", |_| {});
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/report/old");
    let cases = [
        (
            old.join("handshake.json"),
            "is the report of `ibdoc handshake`",
        ),
        (
            reports.text("text", "no JSON"),
            "no single JSON document (line 1",
        ),
        (reports.text("list", "[1]"), "it is JSON, but no report"),
        (reports.text("other", "{\"a\":1}"), "no report of ibdoc"),
        (reports.folder.path().join("none"), "there is no such file"),
    ];
    for (file, why) in cases {
        for (a, b) in [(&a, &file), (&file, &a)] {
            let ran = compare(a, b, &[]);
            assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{why}");
            assert!(ran.stderr.contains(why), "{}", ran.stderr);
            assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
        }
    }
}

#[test]
fn a_report_without_single_times_is_compared_as_far_as_it_goes() {
    let reports = Reports::new();
    let a = reports.file("a.json", |_| {});
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/report/old/soak.json");
    let ran = compare(&a, &old, &["--json"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let version = figure(&ran, "version");
    assert_eq!(version["judgement"], "unknown");
    assert!(version["b"].is_number(), "{version}");
    // Its runs have them until ready.
    assert_eq!(figure(&ran, "ready")["of_b"], 8);
}

#[test]
fn the_comparison_is_written_to_files_too() {
    let reports = Reports::new();
    let a = reports.file("a.json", |_| {});
    let b = reports.file("DU9000021.json", |it| set_times(it, "ready", 200.0));
    let [markdown, json] = ["c.md", "c.json"].map(|name| reports.folder.path().join(name));
    let [to_markdown, to_json] = [&markdown, &json].map(|it| it.to_str().expect("UTF-8"));
    let ran = compare(
        &a,
        &b,
        &["--report", to_markdown, "--report", to_json, "--json"],
    );
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(fs::read_to_string(&json).expect("a file"), ran.stdout);
    let page = fs::read_to_string(&markdown).expect("a file");
    assert!(
        page.contains("| ready | 101 ms | 201 ms | slower, by"),
        "{page}"
    );
    assert!(!page.contains("DU9000021") && !ran.stdout.contains("DU9000021"));
    let ran = compare(&a, &b, &["--report", a.to_str().expect("UTF-8")]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr
            .contains("that is a file which is read or written as well"),
        "{}",
        ran.stderr
    );
    let html = reports.folder.path().join("c.html");
    let ran = compare(&a, &b, &["--report", html.to_str().expect("UTF-8")]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("compare has no .html, but .json"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_soak_that_was_cut_short_is_compared_with_that_said() {
    let reports = Reports::new();
    let a = reports.file("a.json", |_| {});
    let b = reports.file("b.json", |it| it["soak"]["stopped"] = json!("it broke"));
    let text = compare(&a, &b, &[]).stdout;
    assert!(
        text.contains("B ended before its plan was done: it broke"),
        "{text}"
    );
}
