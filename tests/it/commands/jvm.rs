//! The vital signs of a JVM that stands for a Gateway, in `doctor`, `health` and metrics.

#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::helpers::command::{Running, run, run_json, skipped};
use crate::helpers::java::Classes;

/// A JVM that accepts and says nothing, and its port; `None` where there is no compiler.
fn silent(kind: &str) -> Option<(Classes, Running, String)> {
    let classes = Classes::compiled("Heap", include_str!("../helpers/Heap.java"))?;
    let options = ["-Xmx16m", "-XX:+UseSerialGC"];
    let mut running = classes.run(Path::new("java"), &options, &[kind]);
    let port = running.line();
    Some((classes, running, port))
}

fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let checks = report["doctor"]["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["name"] == name);
    found.unwrap_or(&Value::Null)
}

#[test]
fn a_full_heap_explains_why_a_gateway_does_not_answer() {
    let Some((_classes, _running, port)) = silent("full") else {
        return skipped("no javac");
    };
    let arguments = ["doctor", &port, "--quick", "--timeout", "1s"];
    let report = run_json(&arguments).json();
    let finding = &report["findings"][0];
    assert_eq!(finding["code"], "gateway-memory", "{report:#}");
    assert_eq!(finding["severity"], "error");
    let first = finding["remedies"][0].as_str().unwrap();
    assert!(first.contains("more heap"), "{first}");
    assert_eq!(check(&report, "jvm")["status"], "failed");
    let vitals = &report["doctor"]["vitals"];
    assert!(vitals["old_kept"].as_f64() > Some(0.95), "{vitals}");
    let text = run(&arguments).stdout;
    assert!(text.contains("more heap"), "{text}");
}

#[test]
fn a_jvm_that_is_well_is_told_and_is_no_cause() {
    let Some((_classes, _running, port)) = silent("idle") else {
        return skipped("no javac");
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("doctor.prom");
    let path = file.to_str().unwrap();
    let arguments = [
        "doctor",
        &port,
        "--quick",
        "--timeout",
        "1s",
        "--report",
        path,
    ];
    let report = run_json(&arguments).json();
    assert_ne!(report["findings"][0]["code"], "gateway-memory");
    let row = check(&report, "jvm");
    assert_eq!(row["status"], "ok", "{report:#}");
    let words = row["summary"].as_str().unwrap();
    assert!(
        words.starts_with("heap ") && words.contains("in collections"),
        "{words}"
    );
    let metrics = fs::read_to_string(&file).unwrap();
    for name in [
        "ibdoc_jvm_max_bytes{",
        "ibdoc_jvm_collecting_ratio{",
        "ibdoc_jvm_threads{",
    ] {
        assert!(metrics.contains(name), "{metrics}");
    }
}

#[test]
fn a_health_check_takes_it_as_evidence_and_not_as_a_finding() {
    let Some((_classes, _running, port)) = silent("full") else {
        return skipped("no javac");
    };
    let report = run_json(&["health", &port, "--deadline", "3s"]).json();
    let codes = report["findings"].as_array().unwrap().iter();
    let codes: Vec<&Value> = codes.map(|finding| &finding["code"]).collect();
    assert!(!codes.contains(&&"gateway-memory".into()), "{codes:?}");
    let evidence = report["findings"][0]["evidence"].to_string();
    assert!(evidence.contains("heap is full"), "{report:#}");
    assert!(report["health"]["vitals"]["heap_max_bytes"].is_u64());
}

#[test]
fn a_watch_takes_a_full_heap_for_the_cause_of_a_silence_and_has_the_signs_in_its_metrics() {
    let Some((_classes, _running, port)) = silent("full") else {
        return skipped("no javac");
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("watch.prom");
    let arguments = ["watch", &port, "--timeout", "1s", "--look", "1s"];
    let more = ["--deadline", "6s", "--report", file.to_str().unwrap()];
    let report = run_json(&[&arguments[..], &more].concat()).json();
    let target = &report["watch"]["targets"][0];
    assert_eq!(
        (&target["state"], &target["code"]),
        (&"down".into(), &"gateway-memory".into()),
        "{report:#}"
    );
    let reason = target["reason"].as_str().unwrap();
    assert!(reason.starts_with("the Gateway's heap is full"), "{reason}");
    assert!(reason.contains("; "), "the silence is told too: {reason}");
    assert!(
        target["vitals"]["old_kept"].as_f64() > Some(0.95),
        "{target:#}"
    );
    let finding = &report["findings"][0];
    assert_eq!(finding["severity"], "error");
    assert!(finding["remedies"][0].to_string().contains("more heap"));
    let metrics = fs::read_to_string(&file).unwrap();
    let labels = format!("target=\"127.0.0.1:{port}\",part=\"heap\"}}");
    let is_it = |line: &str| line.starts_with("ibdoc_jvm_max_bytes{") && line.contains(&labels);
    assert!(metrics.lines().any(is_it), "{metrics}");
}

#[test]
fn a_simulated_gateway_has_no_jvm_and_no_row() {
    let report = run_json(&["doctor", "--sim", "--quick"]).json();
    assert_eq!(check(&report, "jvm"), &Value::Null);
    assert_eq!(report["doctor"]["vitals"], Value::Null);
}
