//! The command of `--on-change`: what it is given, when it is run, and that it delays nothing.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use rustix::process::Signal;

use crate::helpers::command::{
    CODES_WHERE_NOTHING_LISTENS, PATH, PATIENCE, Running, Simulator, eventually, free_port, ibdoc,
    skipped,
};

/// A watch whose command appends what it is given to a file.
fn watch(arguments: &[&str], script: &str) -> (tempfile::TempDir, Running) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = ibdoc(&["watch", "--format", "ndjson"]);
    command.args(arguments).args(["--on-change", script]);
    command
        .env("PATH", PATH)
        .env("INTO", folder.path().join("told"));
    let running = Running::start(command);
    (folder, running)
}

fn told(folder: &tempfile::TempDir) -> String {
    fs::read_to_string(folder.path().join("told")).unwrap_or_default()
}

#[test]
fn it_finds_the_event_in_variables_and_on_its_standard_input() {
    let port = free_port().to_string();
    let script =
        "echo \"$IBDOC_TARGET $IBDOC_STATE $IBDOC_CODE $IBDOC_KIND\" >> $INTO; cat >> $INTO";
    let (folder, running) = watch(&[&port], script);
    eventually("both are written", || told(&folder).lines().count() == 2);
    let told = told(&folder);
    let (line, json) = told.split_once('\n').expect("two lines");
    assert_eq!(line, format!("127.0.0.1:{port} down not-listening changed"));
    #[expect(
        clippy::disallowed_methods,
        reason = "an event alone, which is no document"
    )]
    let event: ibdoc::event::StateChange = serde_json::from_str(json).expect("an event");
    assert_eq!(event.target, format!("127.0.0.1:{port}"));
    running.signal(Signal::TERM);
    let report = running.finish().stdout;
    assert!(
        report.contains("\"hook\":{\"succeeded\":1,\"failed\":0,\"skipped\":0}"),
        "{report}"
    );
}

#[test]
fn it_is_run_again_while_it_lasts_and_once_when_it_is_over_and_not_for_a_healthy_start() {
    let port = free_port();
    let script = "echo $IBDOC_KIND $IBDOC_STATE >> $INTO";
    let port_typed = port.to_string();
    let (folder, running) = watch(&[&port_typed, "--remind", "1s"], script);
    eventually("it was reminded", || {
        told(&folder).contains("reminder down")
    });
    let first = told(&folder).lines().next().map(str::to_owned);
    assert_eq!(first.as_deref(), Some("changed down"));
    let simulator = Running::start(ibdoc(&["sim", "--port", &port_typed, "--deadline", "120s"]));
    eventually("it recovered", || {
        told(&folder).contains("recovered healthy")
    });
    let at_end = told(&folder);
    running.signal(Signal::TERM);
    running.finish();
    assert_eq!(told(&folder), at_end, "no reminder of what is over");
    drop(simulator);
    let simulator = Simulator::start("normal");
    let (folder, mut running) = watch(&[&simulator.target()], script);
    while !running.line().contains("\"state\":\"healthy\"") {}
    running.signal(Signal::TERM);
    running.finish();
    assert_eq!(told(&folder), "");
}

#[test]
fn one_that_hangs_is_ended_with_its_group_and_delays_neither_the_watch_nor_its_end() {
    let port = free_port().to_string();
    let script = "trap '' TERM; sleep 600 & echo $! >> $INTO; wait; sleep 600";
    let (folder, mut running) = watch(&[&port, "--on-change-timeout", "1s"], script);
    loop {
        let line = running.line();
        if CODES_WHERE_NOTHING_LISTENS
            .iter()
            .any(|code| line.contains(code))
        {
            break;
        }
    }
    eventually("it runs", || told(&folder).ends_with('\n'));
    let sleeper = told(&folder);
    let stat = format!("/proc/{}/stat", sleeper.trim());
    // Where there is no /proc the end alone is looked at.
    let is_over = || fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
    eventually("its group was ended", is_over);
    running.signal(Signal::TERM);
    let ran = running.finish();
    assert_eq!(ran.status, 143);
    assert!(ran.stdout.contains("\"failed\":1"), "{}", ran.stdout);
}

/// One request to a server of this test, answered; its head and its body.
fn request(listener: &TcpListener) -> String {
    let (stream, _) = listener.accept().expect("a request");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    let mut reader = BufReader::new(stream);
    let (mut text, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        let field = line.to_ascii_lowercase();
        if let Some(value) = field.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        text.push_str(&line);
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the body");
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    reader.get_mut().write_all(answer).expect("it is taken");
    text + &String::from_utf8(body).expect("a text")
}

/// The commands of the README's examples: ntfy, a webhook, mail.
fn examples() -> Vec<&'static str> {
    let readme = include_str!("../../../README.md");
    let (_, rest) = readme.split_once("# ntfy\n").expect("the examples");
    let (block, _) = rest.split_once("```").expect("a block");
    let quoted = block.split('\'').skip(1).step_by(2);
    quoted.collect()
}

#[test]
fn the_examples_of_the_readme_send_the_change_by_ntfy_a_webhook_and_mail() {
    let [ntfy, webhook, mail] = examples()[..] else {
        panic!("three examples: {:?}", examples());
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let url = format!("http://{}/x", listener.local_addr().expect("its address"));
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("mail");
    fs::write(
        &program,
        "#!/bin/sh\n{ echo \"$@\"; cat; } > $INTO.part && mv $INTO.part $INTO\n",
    )
    .expect("a stand-in");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is run");
    let port = free_port().to_string();
    let (told_by_mail, running) = watch(
        &[&port],
        &format!("PATH={}:$PATH\n{mail}", folder.path().display()),
    );
    eventually("a mail was sent", || told(&told_by_mail).contains("lasted"));
    let words = told(&told_by_mail);
    let head = format!("-s 127.0.0.1:{port} down not-listening you@example.org\n{{");
    assert!(words.starts_with(&head), "{words}");
    running.signal(Signal::TERM);
    running.finish();
    let curl = Command::new("curl")
        .env("PATH", PATH)
        .arg("--version")
        .output();
    if curl.is_err() {
        return skipped("no curl");
    }
    for (command, whole, expected) in [
        (
            ntfy,
            "https://ntfy.sh/YOUR-TOPIC",
            ["Title: 127.0.0.1:", "nothing listens on the port"],
        ),
        (
            webhook,
            "https://example.org/hook",
            [
                "Content-Type: application/json",
                "\"code\":\"not-listening\"",
            ],
        ),
    ] {
        assert!(command.contains(whole), "{command}");
        let (_folder, running) = watch(&[&port], &command.replace(whole, &url));
        let request = request(&listener);
        for words in expected {
            assert!(request.contains(words), "{request}");
        }
        running.signal(Signal::TERM);
        let report = running.finish().stdout;
        assert!(report.contains("\"succeeded\":1"), "{report}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_client_that_reads_nothing_is_told_with_what_it_does_and_without_its_account() {
    use std::process::Stdio;
    let python = Command::new("python3").env("PATH", PATH).arg("-V").output();
    if python.is_err() {
        return skipped("no python3");
    }
    let simulator = Simulator::start("normal");
    let scripts = tempfile::tempdir().expect("a folder");
    let file = scripts.path().join("bot_U1234567.py");
    fs::write(&file, include_str!("../helpers/exec_clients.py")).expect("a script");
    let mut bot = Command::new("python3");
    bot.env("PATH", PATH).arg(&file).arg("stuck");
    bot.env("IBDOC_TARGET_HOST", "127.0.0.1");
    bot.env("IBDOC_TARGET_PORT", simulator.target());
    bot.stdout(Stdio::piped()).stderr(Stdio::null());
    let bot = Running::start(bot);
    let script = "cat >> $INTO; echo \"$IBDOC_REASON\" >> $INTO";
    let (folder, running) = watch(&[&simulator.target(), "--look", "1s"], script);
    eventually("it is told", || told(&folder).contains("sleeps\n"));
    running.signal(Signal::TERM);
    let ran = running.finish();
    drop(bot);
    assert_eq!(ran.status, 143);
    let report = ran.lines().pop().expect("a report");
    let finding = &report["findings"][0];
    assert_eq!(finding["code"], "client-not-reading", "{report:#}");
    assert!(
        finding["remedies"][0]
            .to_string()
            .contains("without a sleep")
    );
    for text in [ran.stdout, told(&folder)] {
        assert!(text.contains("its main thread sleeps"), "{text}");
        assert!(!text.contains("1234567"), "{text}");
    }
}
