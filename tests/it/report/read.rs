//! Reports that are read again: those of earlier versions, those of today, and what is none.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use ibdoc::render::{self, FORMATS, Paint};
use ibdoc::report::{Report, read};
use serde_json::{Value, json};

use crate::helpers::command::{run, run_json};

/// Reports of an ibdoc that had neither `host` nor `summary` nor single times.
fn old() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/report/old")
}

#[expect(
    clippy::disallowed_methods,
    reason = "it was written by an earlier version"
)]
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// Every field of `old` is in `new`, as it was.
fn kept(old: &Value, new: &Value, place: &str) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in old {
                let there = new.get(name).unwrap_or(&Value::Null);
                kept(value, there, &format!("{place}.{name}"));
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (number, (old, new)) in old.iter().zip(new).enumerate() {
                kept(old, new, &format!("{place}[{number}]"));
            }
        }
        _ => assert_eq!(old, new, "{place}"),
    }
}

#[test]
fn reports_of_earlier_versions_are_shown_again_with_every_field() {
    let mut names = Vec::new();
    for entry in fs::read_dir(old()).expect("the folder") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a file");
        let ran = run_json(&["report", path.to_str().expect("UTF-8")]);
        assert_eq!(
            ran.stderr, "",
            "{path:?}: a new field needs #[serde(default)]"
        );
        kept(&parsed(&text), &ran.json(), "");
        names.push(path);
    }
    assert_eq!(names.len(), 8, "{names:?}");
}

#[test]
fn every_report_of_today_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report.json");
    let path = file.to_str().expect("UTF-8");
    let soak = [
        "soak",
        "--sim",
        "--attempts",
        "9",
        "--gap",
        "0s",
        "--scenario",
        "flaky=3",
    ];
    let held = ["soak", "--sim", "--attempts", "0", "--minutes", "0.05"];
    let commands: [&[&str]; 8] = [
        &[
            "doctor",
            "--sim",
            "--quick",
            "--scenario",
            "accounts-late=5",
        ],
        &["probe", "--sim"],
        &["handshake", "--sim", "--as", "ib_async"],
        &["zombies", "--sim"],
        &["health", "--sim"],
        &["explain", "326"],
        &soak,
        &held,
    ];
    for command in commands {
        let written = run_json(command);
        fs::write(&file, &written.stdout).expect("a file");
        let read = run_json(&["report", path]);
        assert_eq!(read.json(), written.json(), "{command:?}");
        let verdict = written.json()["verdict"].clone();
        let status = ["healthy", "unknown", "", "attention", "failed"];
        let status = status.iter().position(|it| verdict == *it);
        assert_eq!(usize::try_from(read.status).ok(), status, "{command:?}");
    }
}

#[test]
fn a_report_is_written_again_in_the_formats_of_its_command_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (soak, handshake) = (old().join("soak.json"), old().join("handshake.json"));
    let to = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let again = |from: &Path, name: &str| {
        run(&[
            "report",
            from.to_str().expect("UTF-8"),
            "--report",
            &to(name),
            "-q",
        ])
    };
    for name in ["a.html", "a.md", "a.prom", "a.junit.xml", "a.json"] {
        assert_eq!(again(&soak, name).status, 3);
        let text = fs::read_to_string(to(name)).expect(name);
        assert!(
            text.contains("8 of 10") || text.contains("closed-before-version"),
            "{text}"
        );
    }
    let refused = again(&handshake, "h.html");
    assert_eq!(refused.status, 2);
    assert!(
        refused.stderr.contains("handshake has no .html"),
        "{}",
        refused.stderr
    );
}

#[test]
fn the_checks_of_a_doctor_are_shown_again() {
    let doctor = old().join("doctor.json");
    let ran = run(&["report", doctor.to_str().expect("UTF-8")]);
    assert!(ran.stdout.starts_with("✓ gateway"), "{}", ran.stdout);
    assert!(ran.stdout.contains("paper-disclaimer"), "{}", ran.stdout);
    assert_eq!(ran.status, 4);
}

#[test]
fn accounts_of_a_report_that_shows_them_are_shortened_when_it_is_shown_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("open.json");
    let path = file.to_str().expect("UTF-8");
    let open = run_json(&["handshake", "--sim", "--show-accounts"]);
    assert!(open.stdout.contains("DU9000021"));
    fs::write(&file, &open.stdout).expect("a file");
    for more in [&["--json"][..], &["--format", "ndjson"], &[]] {
        let ran = run(&[&["report", path], more].concat());
        assert!(!ran.stdout.contains("DU9000021"), "{}", ran.stdout);
    }
    assert!(
        run(&["report", path, "--show-accounts"])
            .stdout
            .contains("DU9000021")
    );
}

#[test]
fn the_last_line_of_ndjson_is_a_report_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("last.json");
    let lines = run(&["health", "--sim", "--format", "ndjson"]).stdout;
    fs::write(&file, lines.lines().last().expect("a line")).expect("a file");
    let ran = run_json(&["report", file.to_str().expect("UTF-8")]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(ran.json()["command"], "health");
}

/// The report of this name with one value changed.
fn changed(name: &str, pointer: &str, to: Value) -> Vec<u8> {
    let text = fs::read_to_string(old().join(name)).expect("a file");
    let mut report = parsed(&text);
    *report
        .pointer_mut(pointer)
        .unwrap_or_else(|| panic!("no {pointer}")) = to;
    report.to_string().into_bytes()
}

#[test]
fn what_no_report_holds_is_refused_with_a_sentence() {
    let deep = "[".repeat(10_000);
    let mut cases = vec![
        (b"".to_vec(), "no single JSON document"),
        (deep.into_bytes(), "no single JSON document"),
        (b"\xff\xfe".to_vec(), "no single JSON document"),
        (b"{}{}".to_vec(), "no single JSON document"),
        (b"7".to_vec(), "it is JSON, but no report"),
        (b"{\"schema\":7}".to_vec(), "it has no schema ibdoc/1"),
        (b"{\"schema\":\"ibdoc/1\"}".to_vec(), "missing field"),
    ];
    let changes = [
        (
            "/schema",
            json!("ibdoc/2\u{1b}"),
            "its schema is ibdoc/2\u{fffd}, and",
        ),
        ("/elapsed_ms", json!(-1), "-1 ms is no duration"),
        ("/elapsed_ms", json!(1e300), "is too large"),
        ("/soak/attempts/run", json!(-1), "invalid value"),
        (
            "/soak/attempts/run",
            json!(5_000_000_000_u64),
            "invalid value",
        ),
        (
            "/soak/address",
            json!("x".repeat(10_001)),
            "more than 10000 characters",
        ),
        (
            "/soak/attempts",
            json!("DU9000021"),
            "invalid type: string \"DU…21\"",
        ),
        (
            "/findings/0/code",
            json!("tomorrow"),
            "knows no finding `tomorrow`",
        ),
        ("/verdict", json!("fine"), "unknown variant"),
    ];
    for (pointer, to, why) in changes {
        cases.push((changed("soak.json", pointer, to), why));
    }
    for (bytes, why) in cases {
        let refused = read::parse(&bytes).expect_err(why);
        assert!(refused.contains(why), "{why}: {refused}");
        assert!(
            refused.chars().count() < 300 && !refused.contains('\n'),
            "{refused}"
        );
    }
}

#[test]
fn a_file_without_an_end_is_refused_in_time() {
    let ran = run(&["report", "/dev/zero"]);
    if cfg!(unix) {
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains("more than 32 MiB"), "{}", ran.stderr);
    }
}

#[test]
fn a_report_with_the_wildest_figures_is_written_in_every_format_or_refused() {
    let paint = Paint::PLAIN;
    let text = |report: &Report, out: &mut dyn Write| render::text(report, paint, out);
    for name in ["soak.json", "exec.json", "zombies.json", "handshake.json"] {
        let whole = parsed(&fs::read_to_string(old().join(name)).expect("a file"));
        let mut pointers = Vec::new();
        numbers(&whole, "", &mut pointers);
        let wild = [json!(0), json!(u32::MAX), json!(1e15)];
        let mut written = 0;
        for (pointer, value) in pointers
            .iter()
            .flat_map(|it| wild.iter().map(move |to| (it, to)))
        {
            let Ok(report) = read::parse(&changed(name, pointer, value.clone())) else {
                continue;
            };
            written += 1;
            let mut out = Vec::new();
            text(&report, &mut out).expect(pointer);
            for format in FORMATS {
                (format.write)(&report, &mut out).expect(pointer);
            }
            assert!(out.len() < 3_000_000, "{name}: {pointer} = {value}");
        }
        assert!(written > 5, "{name}: {written}");
    }
}

/// Where numbers stand; of a list only the first ones.
fn numbers(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(place.to_owned()),
        Value::Object(fields) => {
            let fields = fields.iter();
            fields.for_each(|(name, value)| numbers(value, &format!("{place}/{name}"), found));
        }
        Value::Array(values) => {
            let values = values.iter().take(1).enumerate();
            values.for_each(|(at, value)| numbers(value, &format!("{place}/{at}"), found));
        }
        _ => {}
    }
}
