//! A user who is not root, and supervisors that this user cannot read.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use ibdoc::machine::pid::{Pid, ProcessId};
use ibdoc::machine::process::system;
use serde_json::Value;

use crate::helpers::command::{Ran, skipped};
use crate::helpers::other_user::OtherUser;
use crate::machine::table::eventually;
use crate::zombie::zoo::{is_running, killed, python, verdict};

const KEEPER: &str = include_str!("../helpers/zombie_unseen.py");

/// A Gateway and its client as one user, and ibdoc as the same one.
struct Users {
    keeper: Child,
    lines: BufReader<ChildStdout>,
    user: OtherUser,
    port: String,
}

impl Users {
    /// `None` unless root runs the test, and without Python or setpriv.
    fn start(kind: &str, id: u32) -> Option<Self> {
        let user = OtherUser::new(id)?;
        let mut command = python();
        command.arg(user.write("unseen.py", KEEPER));
        command.args([kind, &id.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = command.spawn().ok()?;
        let lines = BufReader::new(keeper.stdout.take().unwrap());
        let mut users = Self {
            keeper,
            lines,
            user,
            port: String::new(),
        };
        users.port = users.word();
        Some(users)
    }

    /// The second word of the next line that one of them says.
    fn word(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        let word = line.split_whitespace().nth(1);
        word.unwrap_or_else(|| panic!("{line:?}")).to_owned()
    }

    fn client(&mut self) -> ProcessId {
        let pid = Pid(self.word().parse().unwrap());
        system().identify(pid).unwrap().expect("it is running")
    }

    /// What `ibdoc zombies` says to the user, once the socket is half closed.
    fn zombies(&self, arguments: &[&str]) -> Value {
        let all = ["zombies", "--json", "--min-age", "0s", "--port", &self.port];
        let all = [&all[..], arguments].concat();
        eventually("a half-closed socket", || {
            let output = self.user.ibdoc(&all).output().unwrap();
            let report = Ran::from(output).json();
            let any = !report["zombies"]["zombies"].as_array()?.is_empty();
            any.then_some(report)
        })
    }
}

impl Drop for Users {
    fn drop(&mut self) {
        // The keeper ends everybody it has adopted, and nobody else.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// The worker of a supervisor that cannot be read lives, and why.
fn spared(kind: &str, user: u32) -> Option<String> {
    let mut users = Users::start(kind, user)?;
    let client = users.client();
    let plan = users.zombies(&[]);
    let expected = ("orphan".to_owned(), "spare".to_owned());
    assert_eq!(verdict(&plan, client), expected, "{plan:#}");
    let report = users.zombies(&["--kill", "--grace", "300ms"]);
    assert!(is_running(client), "{report:#}");
    assert_eq!(killed(&report), [], "{report:#}");
    Some(plan["zombies"]["zombies"][0]["reason"].to_string())
}

#[test]
fn a_user_ends_an_orphan_of_its_own() {
    let Some(mut users) = Users::start("alone", 65_001) else {
        return skipped("only root with setpriv and python3 can start another user's process");
    };
    let client = users.client();
    let report = users.zombies(&["--kill", "--grace", "300ms"]);
    assert!(!is_running(client), "{report:#}");
    assert_eq!(killed(&report).len(), 1, "{report:#}");
}

#[test]
fn the_worker_of_a_supervisor_of_root_lives() {
    let Some(reason) = spared("root", 65_002) else {
        return skipped("only root with setpriv and python3 can start another user's process");
    };
    assert!(
        reason.contains("opened by another user's process"),
        "{reason}"
    );
}

#[test]
fn the_worker_of_a_supervisor_that_is_not_dumpable_lives() {
    let Some(reason) = spared("undumpable", 65_003) else {
        return skipped("only root with setpriv and python3 can start another user's process");
    };
    assert!(
        reason.contains("may hold its socket too and cannot be read"),
        "{reason}"
    );
}
