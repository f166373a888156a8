//! Accounts are shortened in whatever `zombies`, `probe` and `doctor` say about real processes that
//! are called after one, and the arguments of a program that has no script are not shown at all.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::helpers::command::{PATH, ibdoc, side_by_side, skipped};
use crate::helpers::other_user::OtherUser;
use crate::helpers::unit::Unit;
use crate::machine::table::eventually;
use crate::zombie::zoo::python;

const SCRIPT: &str = include_str!("../helpers/zombie_private.py");
/// In the names of scripts, processes, units and users.
const ACCOUNT: &str = "DU9000021";
const SHORTENED: &str = "DU…21";
/// The argument of a program without a script.
const ARGUMENT: &str = "U7654321";

/// Processes that are ended with the test.
struct Household {
    folder: tempfile::TempDir,
    port: String,
    members: Vec<Child>,
    /// The clients, by their pids.
    clients: Vec<u32>,
}

impl Household {
    /// A Gateway's listener that hangs up on each client; `None` without Python.
    fn start() -> Option<Self> {
        let mut household = Self {
            folder: tempfile::tempdir().unwrap(),
            port: String::new(),
            members: Vec::new(),
            clients: Vec::new(),
        };
        let mut listener = python();
        listener
            .arg(household.script("gateway.py"))
            .env("NAME", "gw-DU9000021")
            .env("ROLE", "listen");
        household.port = household.run(listener)?;
        Some(household)
    }

    fn script(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, SCRIPT).unwrap();
        path
    }

    /// Starts it; the second word of the first line that it says.
    fn run(&mut self, mut command: Command) -> Option<String> {
        command.stdin(Stdio::null());
        self.run_with(command, "")
    }

    /// With this on its standard input, which stays open.
    fn run_with(&mut self, mut command: Command, input: &str) -> Option<String> {
        if !input.is_empty() {
            command.stdin(Stdio::piped());
        }
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        if let Some(stdin) = &mut child.stdin {
            stdin.write_all(input.as_bytes()).unwrap();
        }
        let mut line = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        lines.read_line(&mut line).unwrap();
        self.members.push(child);
        Some(line.split_whitespace().nth(1)?.to_owned())
    }

    /// A client started by this command.
    fn client(&mut self, command: Command, input: &str) {
        let mut command = command;
        command.env("PORT", &self.port).env("ROLE", "client");
        let pid = self.run_with(command, input).unwrap();
        self.clients.push(pid.parse().unwrap());
    }

    /// Every kind of client that may be called after an account.
    fn fill(&mut self) {
        let mut scripted = python();
        scripted.arg(self.script("bot_DU9000021.py"));
        self.client(scripted, "");
        let mut adjoining = python();
        adjoining.arg(self.script("tradeDU9000021x.py"));
        self.client(adjoining, "");
        let mut called = python();
        called.arg(self.script("called.py")).env("NAME", ACCOUNT);
        self.client(called, "");
        let mut nameless = python();
        nameless.args(["-c", SCRIPT, ARGUMENT]);
        self.client(nameless, "");
        let mut supervised = python();
        supervised
            .arg(self.script("supervisord"))
            .env("SUPERVISOR_PROCESS_NAME", "bot-DU9000021")
            .env("CHILD", self.script("plain.py"));
        self.boss(supervised);
        let mut parent = python();
        parent
            .arg(self.script("boss_DU9000021.py"))
            .env("CHILD", self.script("other.py"));
        self.boss(parent);
        let mut shell = Command::new("bash");
        shell.env_clear().env("PATH", PATH).args(["-s", ARGUMENT]);
        // It waits for more of its script.
        self.client(
            shell,
            "exec 3<>/dev/tcp/127.0.0.1/$PORT; echo ready $$\n: wait\n",
        );
    }

    /// A client below a process of its own.
    fn boss(&mut self, mut boss: Command) {
        boss.env("PORT", &self.port).env("ROLE", "boss");
        let pid = self.run(boss).unwrap();
        self.clients.push(pid.parse().unwrap());
    }

    /// What is said with these arguments, on both streams.
    fn said(arguments: &[&str]) -> String {
        let output = ibdoc(arguments).env("PATH", PATH).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        text(output.stdout) + &text(output.stderr)
    }

    /// Waits until every client is half closed and its owner is known.
    fn settle(&self) {
        eventually("a client's every socket half closed", || {
            let ran = Self::said(&["zombies", "--json", "--port", &self.port]);
            let ran = ran.replace(' ', "");
            let all = |pid: &u32| ran.contains(&format!("\"pid\":{pid}"));
            self.clients.iter().all(all).then_some(())
        });
    }
}

impl Drop for Household {
    fn drop(&mut self) {
        for member in &mut self.members {
            let _ = member.kill();
            let _ = member.wait();
        }
    }
}

fn is_private(said: &str, what: &str) {
    for whole in ["9000021", "7654321"] {
        assert!(!said.contains(whole), "{what}: {said}");
    }
    assert!(said.contains(SHORTENED), "{what}: {said}");
}

#[test]
fn accounts_are_shortened_in_every_output_about_programs_that_are_called_after_one() {
    let Some(mut household) = Household::start() else {
        return skipped("no python3");
    };
    household.fill();
    household.settle();
    let port = household.port.clone();
    let about = |arguments: &[&str]| {
        let typed: Vec<&str> = arguments.iter().copied().chain(["--port", &port]).collect();
        Household::said(&typed)
    };
    side_by_side(["text", "json", "ndjson"], |format| {
        let said = about(&["zombies", "--format", format, "-vv"]);
        is_private(&said, &format!("zombies {format}"));
        let watch = ["zombies", "--watch", "20ms", "--deadline", "300ms"];
        let said = about(&[&watch[..], &["--format", format]].concat());
        is_private(&said, &format!("watch {format}"));
        let at = format!("127.0.0.1:{port}");
        for command in ["probe", "doctor"] {
            let said = Household::said(&[command, "--timeout", "200ms", "--format", format, &at]);
            is_private(&said, &format!("{command} {format}"));
        }
    });
    let at = format!("127.0.0.1:{port}");
    let files = ["a.junit.xml", "a.md", "a.html", "a.json"];
    let files = files.map(|name| household.folder.path().join(name));
    let reports = files
        .iter()
        .flat_map(|file| ["--report", file.to_str().unwrap()]);
    let soak = ["soak", "--attempts", "1", "--timeout", "200ms", &at].into_iter();
    Household::said(&soak.chain(reports).collect::<Vec<_>>());
    for file in &files {
        let written = fs::read_to_string(file).unwrap();
        is_private(&written, &file.to_string_lossy());
    }
}

#[test]
fn a_unit_that_is_called_after_an_account_is_shortened_where_it_is_named_and_in_the_command() {
    // Made first, so that it is removed when its process has been ended.
    let Some(unit) = Unit::new("bot-DU9000021.service") else {
        return skipped("no control group may be made");
    };
    let Some(mut household) = Household::start() else {
        return skipped("no python3");
    };
    let mut client = python();
    client.arg(household.script("plain.py"));
    household.client(client, "");
    assert!(unit.take(household.clients[0]));
    household.settle();
    let about = |arguments: &[&str]| {
        let port = ["--port", &household.port];
        Household::said(&[arguments, &port].concat())
    };
    for format in ["text", "json"] {
        let said = about(&["zombies", "--format", format]);
        is_private(&said, format);
        let all = about(&["zombies", "--format", format, "--show-accounts"]);
        assert!(all.contains("bot-DU9000021.service"), "{all}");
    }
}

#[test]
fn accounts_are_shown_where_that_is_asked_for_and_arguments_are_not() {
    let Some(mut household) = Household::start() else {
        return skipped("no python3");
    };
    household.fill();
    household.settle();
    let port = household.port.clone();
    let said = Household::said(&["zombies", "--port", &port, "--show-accounts"]);
    for shown in ["bot_DU9000021.py", "tradeDU9000021x.py", "bot-DU9000021"] {
        assert!(said.contains(shown), "{shown}: {said}");
    }
    assert!(!said.contains(ARGUMENT), "{said}");
}

#[test]
fn a_command_with_a_user_who_is_called_after_an_account_is_told_by_show_accounts_alone() {
    let other = OtherUser::new(54_321);
    let (Some(_), Some(mut household)) = (other, Household::start()) else {
        return skipped("needs root, setpriv and python3");
    };
    let user = "root:x:0:0::/:/bin/sh\ndu9000021:x:54321:54321::/:/bin/sh\n";
    let users = household.folder.path().join("passwd");
    fs::write(&users, user).unwrap();
    let mut client = Command::new("setpriv");
    client
        .env_clear()
        .env("PATH", PATH)
        .args(["--reuid=54321", "--regid=54321", "--clear-groups"])
        .args(["python3", "-c", SCRIPT]);
    household.client(client, "");
    // In a mount namespace of its own ibdoc finds this user in the list of users.
    let said = |arguments: &str| {
        let program = env!("CARGO_BIN_EXE_ibdoc");
        let port = &household.port;
        let line = format!("{program} zombies {arguments} --min-age 0s --port {port}");
        let line = format!(
            "mount --bind {} /etc/passwd && exec {line}",
            users.display()
        );
        let mut command = Command::new("unshare");
        command.env_clear().env("PATH", PATH);
        let output = command.args(["-m", "sh", "-c", &line]).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        text(output.stdout) + &text(output.stderr)
    };
    household.settle();
    let all = said("--show-accounts");
    if all.contains("ermission denied") || all.contains("not permitted") {
        return skipped("no mount namespace may be made");
    }
    assert!(all.contains("--user du9000021"), "{all}");
    for format in ["text", "json", "ndjson"] {
        let said = said(&format!("--format {format}"));
        assert!(!said.contains("9000021"), "{said}");
        assert!(
            !said.contains("--user du") && said.contains("--show-accounts"),
            "{said}"
        );
    }
}

#[test]
fn a_question_at_the_terminal_shortens_the_account_too() {
    let Some(mut household) = Household::start() else {
        return skipped("no python3");
    };
    let mut client = python();
    client.arg(household.script("bot_DU9000021.py"));
    household.client(client, "");
    household.settle();
    let program = env!("CARGO_BIN_EXE_ibdoc");
    let line = format!(
        "{program} zombies --kill -i --min-age 0s --port {}",
        household.port
    );
    let mut terminal = Command::new("script");
    terminal
        .env_clear()
        .env("PATH", PATH)
        .env("SHELL", "/bin/sh");
    terminal
        .args(["-qc", &line, "/dev/null"])
        .stdin(Stdio::piped());
    let Ok(mut child) = terminal.stdout(Stdio::piped()).spawn() else {
        return skipped("no script(1)");
    };
    child.stdin.as_mut().unwrap().write_all(b"n\n").unwrap();
    let said = child.wait_with_output().unwrap().stdout;
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("end python3 bot_DU…21.py, pid"), "{said}");
    is_private(&said, "question");
}
