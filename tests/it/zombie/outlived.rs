//! What a service has left over: nothing but systemd's own word that the service has ended makes an
//! orphan of it. A stand-in for `systemctl` gives that word, about a real control group.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use ibdoc::machine::pid::ProcessId;
use serde_json::Value;

use crate::helpers::command::{PATH, Ran, ibdoc, skipped};
use crate::helpers::unit::Unit;
use crate::zombie::zoo::{Port, Zoo, block, is_running, killed, verdict};

const ENDED: &str = "LoadState=loaded\\nActiveState=inactive\\nSubState=dead\\nMainPID=0\\n";
const RUNNING: &str = "LoadState=loaded\\nActiveState=active\\nSubState=running\\nMainPID=812\\n";

/// An orphan in the control group of a service, and a stand-in for `systemctl`.
struct Service {
    name: String,
    gateway: Port,
    client: ProcessId,
    _zoo: Zoo,
    folder: tempfile::TempDir,
    // Last: it can be removed once its process has ended.
    _unit: Unit,
}

impl Service {
    /// A service of this name; `systemctl` runs these lines of a shell. `None` where that cannot be made.
    fn start(name: &str, lines: &str) -> Option<Self> {
        let name = format!("ibdoc-test-{name}.service");
        let unit = Unit::new(&name)?;
        let gateway = Port::open();
        let mut zoo = Zoo::start("orphan", gateway.number(), "")?;
        let client = zoo.client();
        gateway.hang_up();
        assert!(unit.take(client.pid.0));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("systemctl");
        let script = format!("#!/bin/sh\ncd {}\n{lines}\n", folder.path().display());
        fs::write(&file, script).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        Some(Self {
            name,
            gateway,
            client,
            _zoo: zoo,
            folder,
            _unit: unit,
        })
    }

    fn zombies(&self, arguments: &[&str]) -> Value {
        let port = self.gateway.number().to_string();
        let about = ["zombies", "--json", "--min-age", "0s", "--port", &port];
        let mut command = ibdoc(&[&about[..], arguments].concat());
        let path = format!("{}:{PATH}", self.folder.path().display());
        Ran::from(command.env("PATH", path).output().unwrap()).json()
    }

    fn asked(&self) -> String {
        fs::read_to_string(self.folder.path().join("asked")).unwrap_or_default()
    }

    /// It stays, is ended if it is named only, and the unit is told with its restart.
    fn is_in_charge(&self) {
        let report = self.zombies(&["--kill"]);
        assert!(
            killed(&report).is_empty() && is_running(self.client),
            "{report:#}"
        );
        assert_eq!(verdict(&report, self.client).0, "service", "{report:#}");
        let block = block(&report, self.client);
        let restart = format!("`systemctl restart {}`", self.name);
        assert!(
            block["cost"].as_str().unwrap().contains(&restart),
            "{block:#}"
        );
    }
}

#[test]
fn what_a_service_has_left_over_that_has_ended_is_an_orphan() {
    let lines = format!("echo \"$@\" >>asked\nprintf '{ENDED}'");
    let Some(service) = Service::start("ended", &lines) else {
        return skipped("no control group may be made, or no python3");
    };
    let report = service.zombies(&[]);
    assert_eq!(verdict(&report, service.client).0, "orphan", "{report:#}");
    let block = block(&report, service.client);
    let charge = format!("nobody: {} has ended", service.name);
    assert_eq!(block["in_charge"], charge, "{block:#}");
    assert!(!block.to_string().contains("systemctl"), "{block:#}");
    let asked = "--system show -p LoadState -p ActiveState -p SubState -p MainPID --";
    assert_eq!(service.asked(), format!("{asked} {}\n", service.name));
    let report = service.zombies(&["--kill"]);
    assert_eq!(killed(&report).len(), 1, "{report:#}");
    assert!(!is_running(service.client));
}

#[test]
fn a_service_that_runs_is_in_charge_of_what_is_in_its_group() {
    let Some(service) = Service::start("runs", &format!("printf '{RUNNING}'")) else {
        return skipped("no control group may be made, or no python3");
    };
    service.is_in_charge();
}

#[test]
fn a_service_that_was_started_again_before_the_last_look_spares_it() {
    // The first two answers are the first look's and that of the look at everything.
    let lines = format!(
        "echo x >>asked\n[ $(wc -l <asked) -gt 2 ] && exec printf '{RUNNING}'\nprintf '{ENDED}'"
    );
    let Some(service) = Service::start("again", &lines) else {
        return skipped("no control group may be made, or no python3");
    };
    let report = service.zombies(&["--kill"]);
    assert!(
        killed(&report).is_empty() && is_running(service.client),
        "{report:#}"
    );
    let found = report["findings"].as_array().unwrap();
    let spared = found.iter().find(|found| found["code"] == "kill-failed");
    assert!(
        spared.unwrap().to_string().contains(&service.name),
        "{report:#}"
    );
}

#[test]
fn a_systemctl_that_fails_or_says_something_else_proves_nothing() {
    let fails = format!("printf '{ENDED}'\nexit 1");
    let unknown = ENDED.replace("loaded", "not-found");
    let other = format!("printf '{unknown}'");
    let long = format!("printf '{ENDED}'\nhead -c 100000 /dev/zero");
    for (name, lines) in [("fails", &fails), ("unknown", &other), ("long", &long)] {
        let Some(service) = Service::start(name, lines) else {
            return skipped("no control group may be made, or no python3");
        };
        service.is_in_charge();
    }
}

#[test]
fn a_systemctl_that_hangs_is_left_and_proves_nothing() {
    let lines = "echo x >>asked\nexec sleep 600";
    let Some(service) = Service::start("hangs", lines) else {
        return skipped("no control group may be made, or no python3");
    };
    service.is_in_charge();
    assert_eq!(service.asked(), "x\n", "it was asked again");
}
