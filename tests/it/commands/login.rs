//! `ibdoc doctor --logs`: the log of a login chooses among the causes of what does not work.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use ibdoc::text::clock::to_the_second;
use serde_json::Value;
use tempfile::TempDir;

use crate::helpers::command::{Ran, Running, free_port, ibdoc, run, run_json};

pub(crate) const START: &str = "Starting IBC version 3.23.0 on Fri 11/27/2026 at  6:00:00\n\
    IBC Settings:\n    FIX=no\n    IbLoginId=bob4711\nEnd IBC Settings\n\
    2026-11-27 06:00:00:100 IBC: Version: 3.23.0\n\
    2026-11-27 06:00:02:000 IBC: Login dialog WINDOW_OPENED: LoginState is LOGGED_OUT\n\
    2026-11-27 06:00:03:000 IBC: Click button: Log In\n";
pub(crate) const ASKED: &str = "2026-11-27 06:00:11:000 IBC: detected dialog entitled: Second Factor \
    Authentication; event=Activated\n";
const MISSED: &str = "2026-11-27 06:03:12:000 IBC: !!!!!!!!!!!!!!!!\n\
    2026-11-27 06:03:12:000 IBC: IBC closing because login has not completed after Second Factor \
    Authentication\n";
const DONE: &str = "2026-11-27 06:00:45:000 IBC: Login has completed\n\
    2026-11-27 06:00:46:000 IBC: TWS API socket port is already set to 4002\n\
    2026-11-27 06:00:46:000 IBC: Read-Only API checkbox is now set to: false\n";
const SILENT: [&str; 6] = [
    "doctor",
    "--sim",
    "--scenario",
    "silent",
    "--timeout",
    "200ms",
];

/// A folder with a log of these parts.
fn log(parts: &[&str]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ibc-3.23.0_GATEWAY-1039_Freitag.txt");
    fs::write(&file, parts.concat()).expect("a log");
    (folder, file)
}

/// A doctor of a simulated Gateway that accepts and says nothing.
fn silent(logs: &str) -> Ran {
    run_json(&[&SILENT[..], &["--quick", "--logs", logs]].concat())
}

pub(crate) fn row(report: &Value) -> (String, String) {
    let checks = report["doctor"]["checks"].as_array().expect("checks");
    let check = checks.iter().find(|check| check["name"] == "login");
    let check = check.expect("the check");
    let word = |name: &str| check[name].as_str().unwrap_or_default().to_owned();
    (word("status"), word("summary"))
}

#[test]
fn a_second_factor_that_was_missed_is_the_cause_of_a_silence() {
    let (_folder, file) = log(&[START, ASKED, MISSED]);
    let ran = silent(file.to_str().expect("a path"));
    let report = ran.json();
    assert_eq!(
        (ran.principal().as_str(), ran.status),
        ("second-factor-pending", 4)
    );
    let words = "second factor asked at 06:00:11, not answered; IBC gave up at 06:03:12";
    assert_eq!(row(&report), ("failed".to_owned(), words.to_owned()));
    let finding = &report["findings"][0];
    let summary = finding["summary"].as_str().unwrap_or_default();
    assert!(
        summary.starts_with(words) && summary.contains("sends no version"),
        "{summary}"
    );
    let first = finding["remedies"][0].as_str().unwrap_or_default();
    assert!(first.starts_with("start the login again"), "{first}");
    let codes = report["findings"].as_array().expect("findings").iter();
    let silent = codes
        .filter(|it| it["code"] == "silent-after-connect")
        .count();
    assert_eq!(silent, 0, "the cause stands in its place");
    let gateway = &report["doctor"]["login"]["gateways"][0];
    assert_eq!(
        (&gateway["phase"], &gateway["gave_up"]),
        (&"gave-up".into(), &"second-factor".into())
    );
    assert_eq!(gateway["second_factor_asked"], "2026-11-27T06:00:11");
}

#[test]
fn a_login_that_goes_on_is_the_cause_of_accounts_that_do_not_come() {
    let (_folder, file) = log(&[START]);
    let path = file.to_str().expect("a path");
    let pending = [
        "doctor",
        "--sim",
        "--scenario",
        "login-pending=60",
        "--timeout",
        "300ms",
        "--quick",
    ];
    let ran = run_json(&[&pending[..], &["--logs", path]].concat());
    assert_eq!((ran.principal().as_str(), ran.status), ("login-pending", 4));
    let without = run_json(&pending);
    assert_eq!(without.principal(), "no-accounts-no-id");
    assert_eq!(row(&without.json()).0, "skipped");
}

#[test]
fn without_a_word_of_a_cause_every_verdict_stays_as_it_was() {
    let (_folder, file) = log(&[START, ASKED, DONE]);
    let path = file.to_str().expect("a path");
    let with = silent(path);
    let off = silent("off");
    let plain = run_json(&[&SILENT[..], &["--quick"]].concat());
    let finding = |ran: &Ran| {
        let finding = ran.json()["findings"][0].clone();
        let remedies = finding["remedies"].clone();
        (
            finding["code"].clone(),
            finding["severity"].clone(),
            finding["summary"].clone(),
            remedies,
        )
    };
    assert_eq!(finding(&off), finding(&plain));
    assert_eq!(with.json()["verdict"], off.json()["verdict"]);
    let first = with.json()["findings"][0]["remedies"][0].clone();
    let first = first.as_str().unwrap_or_default();
    assert!(
        first.starts_with("restart the Gateway: its login has completed"),
        "{first}"
    );
    assert_eq!(with.principal(), "silent-after-connect");
    let done = "completed 06:00:45; API port 4002, Read-Only off";
    assert_eq!(row(&with.json()), ("ok".to_owned(), done.to_owned()));
    assert_eq!(
        row(&off.json()),
        ("skipped".to_owned(), "--logs off".to_owned())
    );
    let healthy = run_json(&["doctor", "--sim", "--logs", path]);
    assert_eq!(
        (healthy.status, row(&healthy.json()).0),
        (0, "ok".to_owned())
    );
    let (_folder, behind) = log(&[START, ASKED]);
    let healthy = run_json(&[
        "doctor",
        "--sim",
        "--logs",
        behind.to_str().expect("a path"),
    ]);
    let (status, words) = row(&healthy.json());
    assert_eq!((healthy.status, status.as_str()), (0, "unknown"));
    assert!(words.contains("yet a session was opened"), "{words}");
}

#[test]
fn a_folder_stands_for_its_newest_log_and_a_file_that_is_not_there_is_an_error_of_usage() {
    let (folder, file) = log(&[START, DONE]);
    let week = SystemTime::now() - Duration::from_secs(3600);
    let written = File::options()
        .append(true)
        .open(&file)
        .and_then(|it| it.set_modified(week));
    written.expect("its time");
    let newest = folder.path().join("ibc-3.23.0_GATEWAY-1039_Samstag.txt");
    fs::write(newest, [START, ASKED].concat()).expect("a log");
    fs::write(folder.path().join("notes.txt"), "no log").expect("a file");
    let ran = silent(folder.path().to_str().expect("a path"));
    assert_eq!(ran.principal(), "second-factor-pending");
    let missing = folder.path().join("nothing");
    let ran = run(&[
        "doctor",
        "--sim",
        "--logs",
        missing.to_str().expect("a path"),
    ]);
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    let empty = tempfile::tempdir().expect("a folder");
    let ran = silent(empty.path().to_str().expect("a path"));
    assert_eq!(row(&ran.json()).0, "unknown");
    assert_eq!(ran.principal(), "silent-after-connect");
}

/// The text with the date of today: a log of another week is stale.
fn of_today(text: &str) -> String {
    let now = to_the_second(SystemTime::now());
    text.replace("2026-11-27", now.split('T').next().unwrap_or_default())
}

/// A doctor to which this is given on its standard input.
fn given(arguments: &[&str], text: &str) -> Ran {
    let mut command = ibdoc(&[arguments, &["--json", "--logs", "-"]].concat());
    command.stdin(Stdio::piped());
    let mut child = command.spawn().expect("ibdoc starts");
    let mut input = child.stdin.take().expect("its input");
    // It may have ended already.
    let _ = input.write_all(of_today(text).as_bytes());
    drop(input);
    child.wait_with_output().expect("its output").into()
}

#[test]
fn what_docker_prints_is_read_from_the_standard_input() {
    let engine =
        |line: &str| format!("2026-11-27T05:00:12.123456789Z \u{1b}[32m{line}\u{1b}[0m\r\n");
    let text: String = [START, ASKED, MISSED]
        .concat()
        .lines()
        .map(engine)
        .collect();
    // The row that the README shows.
    let ran = given(&[&SILENT[..], &["--quick"]].concat(), &text);
    assert_eq!(ran.principal(), "second-factor-pending");
    let (status, words) = row(&ran.json());
    assert_eq!(status, "failed");
    let told = [
        "second factor asked at ",
        "06:00:11, not answered; IBC gave up at ",
        "06:03:12",
    ];
    assert!(told.iter().all(|it| words.contains(it)), "{words}");
    let nothing = given(&[&SILENT[..], &["--quick"]].concat(), "no log\n");
    assert_eq!(row(&nothing.json()).0, "unknown");
    let refused = given(
        &["doctor", &free_port().to_string(), "--quick"],
        &[START, ASKED].concat(),
    );
    let found = refused.principal();
    assert_eq!(found, "second-factor-pending", "{:#}", refused.json());
}

#[test]
fn an_input_that_does_not_end_is_awaited_no_longer_than_the_deadline() {
    let arguments = [
        &SILENT[..],
        &["--quick", "--json", "--logs", "-", "--deadline", "2s"],
    ]
    .concat();
    let mut command = ibdoc(&arguments);
    command.stdin(Stdio::piped());
    let mut running = Running::start(command);
    let mut input = running.child.stdin.take().expect("its input");
    input
        .write_all(of_today(&[START, ASKED].concat()).as_bytes())
        .expect("written");
    let ran = running.finish();
    assert_eq!(
        ran.principal(),
        "second-factor-pending",
        "what has come counts"
    );
    drop(input);
}

#[test]
fn a_log_of_two_gigabytes_is_read_from_its_end() {
    let (_folder, path) = log(&[START, DONE]);
    let mut file = File::options().write(true).open(&path).expect("the log");
    file.set_len(2 << 30).expect("a sparse file");
    file.seek(SeekFrom::End(0)).expect("its end");
    file.write_all(["\n", START, ASKED].concat().as_bytes())
        .expect("written");
    drop(file);
    let ran = silent(path.to_str().expect("a path"));
    assert_eq!(ran.principal(), "second-factor-pending");
    let evidence = ran.json()["findings"][0]["evidence"].to_string();
    assert!(evidence.contains("read from its end"), "{evidence}");
}

#[test]
fn no_user_name_no_account_and_no_line_leaves_the_log() {
    let secrets = "2026-11-27 06:00:04:000 IBC: detected dialog entitled: bob4711 DU1234567; event=Opened\n\
                   2026-11-27 06:00:05:000 IBC: Login failed for bob4711\n\
                   \u{1b}]0;bob4711\u{7} 2026-11-27 06:00:06:000 IBC: Setting user name bob4711\n";
    let (_folder, file) = log(&[START, secrets]);
    let path = file.to_str().expect("a path");
    for format in ["text", "json", "ndjson"] {
        let more = ["--quick", "--logs", path, "--format", format, "-v"];
        let ran = run(&[&SILENT[..], &more].concat());
        assert!(ran.stdout.contains("login-failed"), "{}", ran.stdout);
        let told = format!("{}{}", ran.stdout, ran.stderr);
        for secret in ["bob4711", "DU1234567", "\u{1b}", "\u{7}"] {
            assert!(!told.contains(secret), "{format} {secret:?}: {told}");
        }
    }
}
