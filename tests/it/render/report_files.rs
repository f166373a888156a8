//! `--report` with the real binary.

#![cfg(unix)]

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::helpers::command::{Ran, Running, Simulator, ibdoc, run};
use crate::helpers::validated;

const ENDINGS: [&str; 5] = ["json", "junit.xml", "md", "html", "prom"];

/// A soak of the embedded simulator that fails every third time, with one file of each format.
fn soak(folder: &Path, arguments: &[&str]) -> Ran {
    let files = ENDINGS.map(|ending| path(folder, &format!("soak.{ending}")));
    let mut all = vec!["soak", "--sim", "--scenario", "flaky=3", "--gap", "0s"];
    for file in &files {
        all.extend(["--report", file]);
    }
    all.extend(arguments);
    run(&all)
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn path(folder: &Path, name: &str) -> String {
    let path = folder.join(name).into_os_string();
    path.into_string().expect("UTF-8")
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        let name = entry.expect("an entry").file_name();
        name.into_string().expect("UTF-8")
    };
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}

#[test]
fn one_run_writes_every_format_and_still_answers_on_stdout() {
    let folder = folder();
    let folder = folder.path();
    let ran = soak(folder, &["--attempts", "9", "--minutes", "0.03", "--json"]);
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    let file = validated::document(&read(folder, "soak.json"));
    // The same report, accounts shortened and all.
    assert_eq!(file, ran.json());
    let junit = read(folder, "soak.junit.xml");
    assert_eq!(junit.matches("name=\"handshake ").count(), 9, "{junit}");
    let failure = "type=\"closed-before-version\">";
    // Three handshakes and the verdict.
    assert_eq!(junit.matches(failure).count(), 4, "{junit}");
    assert!(junit.contains("classname=\"ibdoc.limits\""), "{junit}");
    assert!(junit.contains("name=\"pings\""), "{junit}");
    let summary = read(folder, "soak.md");
    assert!(summary.contains("| ✗ | `--min-success` |"), "{summary}");
    let page = read(folder, "soak.html");
    for part in [
        "6 of 9",
        "Time until ready",
        "Round trips",
        "Failed handshakes (3)",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let mut expected = ENDINGS.map(|ending| format!("soak.{ending}"));
    expected.sort();
    assert_eq!(names(folder), expected);
}

#[test]
fn a_name_that_asks_for_no_format_is_a_usage_error_that_names_them_all() {
    for name in ["soak.xml", "soak.txt", "soak", "soak.html.gz"] {
        let ran = run(&["soak", "--sim", "--attempts", "1", "--report", name]);
        assert_eq!(ran.status, 2, "{name}");
        for ending in ENDINGS {
            assert!(ran.stderr.contains(&format!(".{ending}")), "{}", ran.stderr);
        }
    }
}

#[test]
fn a_place_that_takes_no_file_is_a_usage_error_before_anything_is_run() {
    let gateway = Simulator::start("normal");
    let folder = folder();
    fs::create_dir(folder.path().join("folder.md")).expect("a folder");
    fs::write(folder.path().join("file"), "").expect("a file");
    for (name, why) in [
        ("missing/soak.html", "no such folder"),
        ("folder.md", "no regular file"),
        ("file/soak.html", "what should be its folder is none"),
        ("soak.json/", "nothing may follow its name"),
    ] {
        let file = path(folder.path(), name);
        let events = ["--format", "ndjson", "--attempts", "1"];
        let target = gateway.target();
        let ran = run(&[&["soak", &target, "--report", &file], &events[..]].concat());
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{name}");
        for part in [&file, why] {
            assert!(ran.stderr.contains(part), "{}", ran.stderr);
        }
        assert!(!ran.stderr.contains(".part"), "{}", ran.stderr);
    }
    assert_eq!(names(folder.path()), ["file", "folder.md"]);
}

/// A soak that has run one handshake and now pauses for a minute.
fn pausing(target: &str, arguments: &[&str]) -> Running {
    let plan = ["--attempts", "9", "--gap", "60s", "--format", "ndjson"];
    let mut running = Running::start(ibdoc(&[&["soak", target], arguments, &plan].concat()));
    while !running.line().contains("\"event\":\"attempt\"") {}
    running
}

#[test]
fn an_interrupted_soak_writes_the_runs_so_far() {
    let (gateway, folder) = (Simulator::start("normal"), folder());
    let file = path(folder.path(), "soak.json");
    let running = pausing(&gateway.target(), &["--report", &file]);
    running.signal(Signal::TERM);
    let ran = running.finish();
    assert_eq!(ran.status, 143);
    let report = validated::document(&read(folder.path(), "soak.json"));
    assert_eq!(report["soak"]["attempts"]["run"], 1);
    assert_eq!(report["soak"]["interrupted"], true);
}

#[test]
fn an_old_report_stays_whole_when_the_soak_is_killed() {
    let (gateway, folder) = (Simulator::start("normal"), folder());
    let file = path(folder.path(), "soak.html");
    fs::write(&file, "the old one").expect("a file");
    let running = pausing(&gateway.target(), &["--report", &file]);
    running.signal(Signal::KILL);
    running.finish();
    assert_eq!(read(folder.path(), "soak.html"), "the old one");
    assert_eq!(names(folder.path()), ["soak.html"]);
}

#[test]
fn an_old_report_stays_whole_when_the_kill_comes_amid_the_writing() {
    let folder = folder();
    let file = path(folder.path(), "soak.html");
    fs::write(&file, "the old one").expect("a file");
    // Two kilobytes into any file the kernel ends the process.
    let limited = "ulimit -c 0; ulimit -f 4; exec \"$@\"";
    let binary = env!("CARGO_BIN_EXE_ibdoc");
    let plan = ["soak", "--sim", "--attempts", "1", "--report", &file];
    let mut command = Command::new("/bin/sh");
    command.env_clear().args(["-c", limited, "sh", binary]);
    let output = command.args(plan).output().expect("a shell");
    assert_eq!(output.status.signal(), Some(Signal::XFSZ.as_raw()));
    assert_eq!(read(folder.path(), "soak.html"), "the old one");
    let drafts = names(folder.path());
    let part = drafts.iter().find(|name| name.starts_with(".ibdoc-"));
    let part = fs::metadata(folder.path().join(part.expect("a draft")));
    assert_eq!(part.expect("a draft").len(), 2048);
}

#[test]
fn a_file_that_cannot_be_written_in_the_end_costs_neither_the_answer_nor_the_others() {
    let (gateway, folder) = (Simulator::start("normal"), folder());
    fs::create_dir(folder.path().join("gone")).expect("a folder");
    let gone = path(folder.path(), "gone/soak.md");
    let kept = path(folder.path(), "soak.json");
    let files = ["--report", &gone, "--report", &kept];
    let running = pausing(&gateway.target(), &files);
    fs::remove_dir(folder.path().join("gone")).expect("it was empty");
    running.signal(Signal::INT);
    let ran = running.finish();
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains(&gone), "{}", ran.stderr);
    assert!(
        ran.stdout.contains("\"event\":\"report\""),
        "{}",
        ran.stdout
    );
    assert_eq!(names(folder.path()), ["soak.json"]);
}

#[test]
fn an_error_amid_the_writing_names_the_file_that_was_asked_for() {
    let folder = folder();
    let file = path(folder.path(), "soak.html");
    // Two kilobytes into any file the kernel refuses to write more.
    let limited = "trap '' XFSZ; ulimit -f 4; exec \"$@\"";
    let binary = env!("CARGO_BIN_EXE_ibdoc");
    let plan = ["soak", "--sim", "--attempts", "1", "--report", &file];
    let mut command = Command::new("/bin/sh");
    command.env_clear().args(["-c", limited, "sh", binary]);
    let output = command.args(plan).output().expect("a shell");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains(&format!("{file}: ")), "{stderr}");
    assert!(!stderr.contains(".part"), "{stderr}");
    assert_eq!(names(folder.path()), [""; 0], "a draft was left");
}

#[test]
fn a_soak_whose_reader_has_gone_still_writes_its_files() {
    let (gateway, folder) = (Simulator::start("normal"), folder());
    let file = path(folder.path(), "soak.md");
    let plan = ["--attempts", "40", "--gap", "5ms", "--format", "ndjson"];
    let target = gateway.target();
    let mut command = ibdoc(&[&["soak", &target, "--report", &file], &plan[..]].concat());
    let mut child = command.spawn().expect("ibdoc starts");
    drop(child.stdout.take());
    let status = child.wait().expect("its status");
    assert_eq!(status.code(), Some(0));
    let summary = read(folder.path(), "soak.md");
    assert!(summary.contains("40 of 40"), "{summary}");
}

#[test]
fn a_new_file_has_the_usual_permissions_and_an_old_one_keeps_its_own() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode();
    let folder = folder();
    let folder = folder.path();
    let usual = folder.join("usual");
    fs::write(&usual, "").expect("a file");
    let private = folder.join("soak.json");
    fs::write(&private, "").expect("a file");
    fs::set_permissions(&private, fs::Permissions::from_mode(0o600)).expect("permissions");
    soak(folder, &["--attempts", "1"]);
    assert_eq!(mode(&folder.join("soak.html")), mode(&usual));
    assert_eq!(mode(&private) & 0o777, 0o600);
    assert!(read(folder, "soak.json").contains("ibdoc/1"));
}

#[test]
fn a_link_is_replaced_and_its_target_stays() {
    let folder = folder();
    let folder = folder.path();
    fs::write(folder.join("precious"), "precious").expect("a file");
    std::os::unix::fs::symlink("precious", folder.join("soak.md")).expect("a link");
    soak(folder, &["--attempts", "1"]);
    assert_eq!(read(folder, "precious"), "precious");
    assert!(read(folder, "soak.md").contains("handshakes that succeeded"));
}

#[test]
fn every_command_writes_the_formats_that_it_has() {
    let commands: [(&[&str], &str, &[&str]); 5] = [
        (&["doctor", "--quick"], "Checks", &[]),
        (&["probe"], "listens", &["html"]),
        (&["handshake"], "sync", &["html"]),
        (&["zombies"], "half closed", &["html"]),
        (&["health"], "ready in", &["html"]),
    ];
    for (command, words, lacks) in commands {
        let folder = folder();
        for ending in ENDINGS {
            let file = path(folder.path(), &format!("r.{ending}"));
            let ran = run(&[command, &["--sim", "-q", "--report", &file]].concat());
            if lacks.contains(&ending) {
                assert_eq!(ran.status, 2, "{command:?} {ending}");
                let why = format!("{} has no .{ending}, but .json", command[0]);
                assert!(ran.stderr.contains(&why), "{}", ran.stderr);
                continue;
            }
            assert_eq!(
                (ran.status, ran.stderr.as_str()),
                (0, ""),
                "{command:?} {ending}"
            );
            let text = read(folder.path(), &format!("r.{ending}"));
            assert!(!text.contains("DU9000021"), "{text}");
            match ending {
                "json" => assert_eq!(validated::document(&text)["command"], command[0]),
                "md" => assert!(text.contains(words) || words == "Checks", "{text}"),
                "html" => assert!(text.contains(words), "{text}"),
                "prom" => assert!(text.ends_with("# EOF\n"), "{text}"),
                _ => assert!(text.contains("classname=\"ibdoc."), "{text}"),
            }
        }
    }
}

#[test]
fn the_variable_names_the_files_of_a_soak_alone() {
    let folder = folder();
    let file = path(folder.path(), "r.html");
    let mut health = ibdoc(&["health", "--sim", "-q"]);
    let ran = health
        .env("IBDOC_REPORT", &file)
        .output()
        .expect("ibdoc runs");
    assert_eq!(ran.status.code(), Some(0));
    assert_eq!(names(folder.path()), [""; 0]);
    let mut soak = ibdoc(&["soak", "--sim", "-q", "--attempts", "1"]);
    let ran = soak
        .env("IBDOC_REPORT", &file)
        .output()
        .expect("ibdoc runs");
    assert_eq!(ran.status.code(), Some(0));
    assert_eq!(names(folder.path()), ["r.html"]);
}

#[test]
fn the_headline_is_the_summary_of_the_report() {
    let commands: [&[&str]; 6] = [
        &["doctor", "--quick", "--scenario", "says=10141"],
        &["probe"],
        &["handshake", "--scenario", "close-on-accept"],
        &["zombies"],
        &["health", "--strict", "--scenario", "accounts-late=5"],
        &[
            "soak",
            "--attempts",
            "3",
            "--gap",
            "0s",
            "--scenario",
            "flaky=2",
        ],
    ];
    for command in commands {
        let folder = folder();
        let file = path(folder.path(), "r.json");
        let more = ["--sim", "-q", "--report", &file];
        let quiet = run(&[command, &more].concat()).stdout;
        let report = validated::document(&read(folder.path(), "r.json"));
        let summary = report["summary"].as_str().expect("a summary");
        let verdict = report["verdict"].as_str().expect("a verdict");
        assert!(summary.starts_with(&format!("{verdict}: ")), "{summary}");
        if verdict != "healthy" {
            let line = quiet.trim_end().split_once(' ').expect("a mark").1;
            assert_eq!(summary, line, "{command:?}");
        }
    }
}
