//! `--kill` on the clients of another user, of Java and of a container.

#![cfg(target_os = "linux")]
use std::fs;
use std::process::Command;

use crate::helpers::command::skipped;
use crate::helpers::validated;
use crate::zombie::kill::{hung_up, never};
use crate::zombie::zoo::{block, is_running, killed, python, type_it};

#[test]
fn another_users_client_lives_until_root_names_the_user() {
    if !rustix::process::geteuid().is_root() || Command::new("setpriv").arg("-V").output().is_err()
    {
        return skipped("only root with setpriv can start another user's process");
    }
    let nobody = "65534";
    let Some((port, _zoo, client)) = hung_up("other-user", nobody) else {
        return skipped("no python3");
    };
    let report = never(&port, client, "protected");
    let block = block(&report, client);
    let said = block["command"].as_str().unwrap();
    assert!(said.starts_with("ibdoc zombies --kill --user "), "{said}");
    let (report, status) = type_it(&block["command"]);
    assert!(!is_running(client), "{report:#}");
    assert_eq!(status, 0, "{report:#}");
}

const CLIENT: &str = "import java.net.*;\n\
                      public class Client { public static void main(String[] a) throws Exception {\n\
                      var s = new Socket(\"127.0.0.1\", Integer.parseInt(a[0]));\n\
                      System.out.println(\"ready \" + ProcessHandle.current().pid() + \" java\");\n\
                      Thread.sleep(1000000); s.close(); }}\n";

#[test]
fn a_java_client_lives() {
    if Command::new("java").arg("-version").output().is_err() {
        return skipped("no java");
    }
    let directory = tempfile::tempdir().unwrap();
    let source = directory.path().join("Client.java");
    fs::write(&source, CLIENT).unwrap();
    let Some((port, _zoo, client)) = hung_up("java", source.to_str().unwrap()) else {
        return skipped("no python3");
    };
    let report = never(&port, client, "protected");
    let block = block(&report, client);
    assert_eq!(
        block["command"],
        format!("kill {}", client.pid),
        "{block:#}"
    );
}

#[test]
fn in_a_container_an_orphan_lives_for_a_process_outside_may_hold_its_socket_too() {
    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("zoo.py");
    fs::write(&script, include_str!("../helpers/zombie_zoo.py")).unwrap();
    let mut unshare = Command::new("unshare");
    unshare.args(["--pid", "--fork", "--mount-proc", "--kill-child", "python3"]);
    unshare
        .env_clear()
        .env("PATH", python().get_envs().next().unwrap().1.unwrap());
    unshare
        .arg(&script)
        .args(["inside", "0", env!("CARGO_BIN_EXE_ibdoc")]);
    let output = match unshare.output() {
        Ok(output) if !output.stdout.is_empty() => output,
        _ => return skipped("unshare makes no pid namespace here"),
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let said = |line: &&str| line.starts_with("ready ");
    assert_eq!(text.lines().filter(said).count(), 2, "{text}");
    let json = text
        .lines()
        .filter(|line| !said(line))
        .collect::<Vec<_>>()
        .join("\n");
    let report = validated::document(&json);
    let zombies = report["zombies"]["zombies"].as_array().unwrap();
    let classes = zombies.iter().map(|zombie| {
        let class = zombie["holders"][0]["class"].as_str().unwrap();
        (class, zombie["action"].as_str().unwrap())
    });
    let mut classes: Vec<_> = classes.collect();
    classes.sort_unstable();
    assert_eq!(
        classes,
        [("orphan", "spare"), ("unknown", "spare")],
        "{report:#}"
    );
    let said = report.to_string();
    assert!(said.contains("cannot be seen from here"), "{report:#}");
    assert_eq!(
        (killed(&report).len(), &report["zombies"]["remaining"]),
        (0, &2.into())
    );
}
