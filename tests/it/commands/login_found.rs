//! The log and the settings of a real JVM are found by its arguments, environment and open files.

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tempfile::TempDir;

use super::login::{ASKED, START, row};
use crate::helpers::command::{run_json, side_by_side, skipped};
use crate::machine::children::Running;

/// The log's place, the file of the errors, and variables with a folder each.
type Placed = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// A folder for a Gateway that reads what comes and says nothing.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Starts it, its errors written to this file; `None` without Java.
    fn gateway(&self, errors: &str, variables: &[(&str, &str)]) -> Option<Running> {
        let source = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/it/handshake/gateway.java"
        );
        Command::new("java").arg("-version").output().ok()?;
        let mut command = Command::new("java");
        command.arg("-Dlauncher=/home/me/Jts/ibgateway/1030");
        command.args([source, "mute", "0"]);
        command
            .current_dir(self.0.path())
            .env("HOME", self.0.path());
        for (name, folder) in variables {
            command.env(name, self.0.path().join(folder));
        }
        let errors = match errors {
            "" => Stdio::null(),
            name => {
                let path = self.0.path().join(name);
                let file = File::options().create(true).append(true).open(path);
                file.expect("a file").into()
            }
        };
        Running::start(command.stderr(errors))
    }
}

fn doctor(gateway: &Running) -> Value {
    let arguments = [
        "doctor",
        gateway.said.as_str(),
        "--quick",
        "--timeout",
        "500ms",
    ];
    run_json(&arguments).json()
}

#[test]
fn the_log_that_the_gateway_writes_is_found_wherever_it_is() {
    let table: [Placed; 3] = [
        ("open.log", "open.log", &[]),
        (
            "elsewhere/ibc-3.23.0_GATEWAY-1039_Friday.txt",
            "",
            &[("LOG_PATH", "elsewhere")],
        ),
        ("ibc/logs/ibc-3.23.0_GATEWAY-1039_vendredi.txt", "", &[]),
    ];
    side_by_side(table, |(file, errors, variables)| {
        let home = Home::new();
        home.write(file, "");
        let Some(gateway) = home.gateway(errors, variables) else {
            return skipped("no java");
        };
        home.write(file, &[START, ASKED].concat());
        let report = doctor(&gateway);
        let found = &report["findings"][0];
        assert_eq!(found["code"], "second-factor-pending", "{file}: {report:#}");
        assert_eq!(row(&report).0, "failed");
        let source = report["doctor"]["login"]["source"]
            .as_str()
            .unwrap_or_default();
        assert_eq!(source, format!("~/{file}"));
    });
}

#[test]
fn a_log_that_is_older_than_the_process_is_said_to_be() {
    let home = Home::new();
    let log = "ibc/logs/ibc-3.23.0_GATEWAY-1039_Friday.txt";
    home.write(log, &[START, ASKED].concat());
    let Some(gateway) = home.gateway("", &[]) else {
        return skipped("no java");
    };
    let yesterday = SystemTime::now() - Duration::from_secs(24 * 3600);
    let file = File::options().append(true).open(home.0.path().join(log));
    file.and_then(|file| file.set_modified(yesterday))
        .expect("its time");
    let report = doctor(&gateway);
    assert_eq!(
        report["findings"][0]["code"], "silent-after-connect",
        "{report:#}"
    );
    let (status, words) = row(&report);
    assert_eq!(status, "skipped");
    assert!(
        words.contains("older than the Gateway's process"),
        "{words}"
    );
    assert!(
        report["doctor"]["login"]["unused"].is_string(),
        "{report:#}"
    );
}

#[test]
fn settings_that_are_stored_are_evidence_as_stored() {
    let home = Home::new();
    let settings = "<W><ApiSettings port=\"4002\" allowOnlyLocalhost=\"true\"/></W>";
    home.write(
        "Jts/jts.ini",
        "[IBGateway]\nLocalServerPort=4000\nTrustedIPs=127.0.0.1,127.0.0.5\n",
    );
    home.write("Jts/abcdef/ibg.xml", settings);
    home.write("ibc/config.ini", "FIX=no\nIbLoginId=bob4711\n");
    let Some(gateway) = home.gateway("", &[]) else {
        return skipped("no java");
    };
    // This client comes from 127.0.0.1, which is trusted by itself.
    let report = doctor(&gateway);
    assert_eq!(report["findings"][0]["code"], "silent-after-connect");
    let told = report.to_string();
    for hidden in ["bob4711", "abcdef", "as stored"] {
        assert!(!told.contains(hidden), "{hidden}: {report:#}");
    }
    let (status, words) = row(&report);
    assert_eq!(status, "skipped");
    assert!(
        words.starts_with("no log found (looked in ~/ibc/logs"),
        "{words}"
    );
}
