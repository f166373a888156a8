//! A Gateway in a container, from every side from which it can be looked at: the host, another
//! container, and a machine behind a router.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;

use crate::helpers::command::{PATH, Ran, side_by_side, skipped};
use crate::helpers::host::{Host, ip};
use crate::helpers::other_user::{NOBODY, in_own_mounts};
use crate::helpers::stopped::Stopped;
use crate::machine::children::Running;

const WITHOUT: &str = "no network namespaces, no java or no socat";
const COMMANDS: [&str; 5] = ["probe", "health", "handshake", "doctor", "soak"];

fn words<'a>(command: &'a str, target: &'a str) -> Vec<&'a str> {
    let mut words = vec![command, target];
    words.extend((command == "soak").then_some("--attempts=1"));
    words
}

/// Every command finds this first on the target, without a connection.
fn all_find(host: &Host, target: &str, code: &str, said: &str) {
    side_by_side(COMMANDS, |command| {
        let (_, report) = host.ibdoc(&words(command, target));
        let found = &report["findings"][0];
        assert_eq!(found["code"], code, "{command} {target}: {report:#}");
        assert!(found.to_string().contains(said), "{found:#}");
        assert_eq!(report["footprint"]["connections"], 0, "{report:#}");
    });
}

#[test]
fn a_port_that_the_packet_filter_forwards_leads_into_the_container() {
    let Some(mut host) = Host::new("dnat") else {
        return skipped(WITHOUT);
    };
    let Some(container) = host.joined("published") else {
        return skipped(WITHOUT);
    };
    let Some(gateway) = container.gateway("mute", 4002) else {
        return skipped(WITHOUT);
    };
    let _relay = container.relay(4004, "127.0.0.1:4002");
    for (port, to) in [("4010", "4002"), ("4011", "4004")] {
        let to = format!("{}:{to}", container.address);
        if !host.forwards(port, &to) {
            return skipped("iptables adds no rule here");
        }
    }
    let stopped = Stopped::new(&gateway);
    let wake = format!("kill -CONT {}", gateway.pid());
    let published = ["4010", "4011"].map(|port| format!("{}:{port}", host.address));
    for target in &published {
        all_find(&host, target, "gateway-stopped", &wake);
    }
    drop(stopped);
    let (_, report) = host.ibdoc(&["doctor", &published[0], "--quick"]);
    let path = &report["doctor"]["path"];
    assert_eq!(
        (&path["forwarded"], &path["end"]),
        (&true.into(), &"reached".into())
    );
    let first = report["findings"][0].to_string();
    assert!(first.contains("our greeting was read"), "{report:#}");
    let inside = format!("ibdoc doctor 4002 --netns {}", gateway.pid());
    assert!(first.contains(&inside), "{first}");
    let (_, probe) = host.ibdoc(&["probe", &published[0]]);
    let endpoint = &probe["probe"]["endpoints"][0];
    assert_eq!(endpoint["listening"], false, "{probe:#}");
    assert_eq!(endpoint["forwarded"], true, "{probe:#}");
}

#[test]
fn what_a_gateway_keeps_in_its_container_is_in_the_doctors_answer_outside() {
    let Some(mut host) = Host::new("front") else {
        return skipped(WITHOUT);
    };
    let Some(container) = host.joined("kept") else {
        return skipped(WITHOUT);
    };
    let Some(gateway) = container.gateway("mute", 4002) else {
        return skipped(WITHOUT);
    };
    let _relay = host.relay(4004, &format!("{}:4002", container.address));
    let leave = "import socket; socket.create_connection(('127.0.0.1', 4002)).close()";
    let left = container.command(&["python3", "-c", leave]).status();
    assert!(left.is_ok_and(|status| status.success()), "python3");
    let (_, report) = host.ibdoc(&["doctor", "4004", "--quick"]);
    let checks = report["doctor"]["checks"].as_array().expect("checks");
    let sockets = checks.iter().find(|check| check["name"] == "sockets");
    let place = format!("network namespace {}", container.name);
    let young = format!("1 half closed or waiting in {place}, none for 60 s");
    assert!(
        sockets.expect("sockets").to_string().contains(&young),
        "{checks:#?}"
    );
    let there = checks[0].to_string();
    assert!(there.contains("where it listens on 4002"), "{there}");
    let first = report["findings"][0].to_string();
    let look = format!("ibdoc zombies --netns {}", gateway.pid());
    assert!(first.contains(&look), "{first}");
    for _ in 0..4 {
        let (_, health) = host.ibdoc(&["health", "4004"]);
        assert_eq!(
            health["findings"][0]["code"], "silent-after-connect",
            "{health:#}"
        );
    }
    let (_, census) = host.ibdoc(&["zombies", "--netns", &container.name, "--port", "4002"]);
    assert_eq!(census["zombies"]["remaining"], 1, "{census:#}");
}

#[test]
fn what_is_to_be_typed_for_a_container_is_typed_outside_of_it() {
    let Some(host) = Host::new("typed") else {
        return skipped(WITHOUT);
    };
    let closes = "import socket,sys; l=socket.create_server(('127.0.0.1', 4002)); \
                  print(0, flush=True); l.accept()[0].close(); sys.stdin.read()";
    let stays = "import socket,sys; c=socket.create_connection(('127.0.0.1', 4002)); \
                 c.recv(1, socket.MSG_PEEK); print(0, flush=True); sys.stdin.read()";
    let start = |script: &str| {
        let line = [&host.enter()[..], &["python3", "-c", script]].concat();
        Running::start(Command::new(line[0]).args(&line[1..]))
    };
    let (Some(_gateway), Some(bot)) = (start(closes), start(stays)) else {
        return skipped("no python3");
    };
    let pid = bot.pid().to_string();
    let report = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ibdoc"));
        let command = command.args(words).args(["--netns", &pid, "--json"]);
        Ran::from(command.env_clear().output().expect("ibdoc runs")).json()
    };
    let doctor = report(&["doctor", "127.0.0.2:4002", "--quick"]);
    let typed = format!("`nsenter -t {pid} -n ibdoc doctor 127.0.0.1:4002`");
    for text in [&doctor["doctor"]["diagnosis"], &doctor["summary"]] {
        assert!(text.to_string().contains(&typed), "{doctor:#}");
    }
    let report = report(&["zombies", "--port", "4002", "--min-age", "0s"]);
    let row = report["zombies"]["zombies"].as_array().expect("rows");
    let row = row
        .iter()
        .find(|row| row["side"] == "client")
        .expect("a row");
    let command = row["command"].as_str().unwrap_or_default();
    let inside = format!("nsenter -t {pid} -n ibdoc zombies ");
    assert!(command.starts_with(&inside), "{report:#}");
    let remedies = report["findings"][0]["remedies"].to_string();
    assert!(!remedies.contains("`ibdoc zombies"), "{remedies}");
}

#[test]
fn the_container_programs_name_the_process_of_a_container() {
    let Some(host) = Host::new("named") else {
        return skipped(WITHOUT);
    };
    let Some(gateway) = host.gateway("mute", 4002) else {
        return skipped(WITHOUT);
    };
    let folder = tempfile::tempdir().expect("a folder");
    let pid = gateway.pid();
    let docker = format!(
        "#!/bin/sh\n[ \"$1 $2 $3 $4\" = 'inspect --format {{{{.State.Pid}}}} --' ] || exit 2\n\
         case \"$5\" in ib-gateway) echo {pid};; ended) echo 0;; endless) yes;; \
         hanging) exec sleep 60;; *) exit 1;; esac\n"
    );
    let podman = format!("#!/bin/sh\n[ \"$5\" = pod-gateway ] && echo {pid}\n");
    for (name, text) in [("docker", docker), ("podman", podman)] {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("a file");
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&file, executable).expect("a mode");
    }
    let path = format!("{}:{PATH}", folder.path().to_string_lossy());
    let ask = |name: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ibdoc"));
        command.args([
            "health",
            "4002",
            "--netns",
            name,
            "--timeout",
            "300ms",
            "--json",
        ]);
        let output = command.env_clear().env("PATH", &path).output();
        Ran::from(output.expect("ibdoc runs")).json()
    };
    for name in ["ib-gateway", "pod-gateway"] {
        let report = ask(name);
        assert_eq!(
            report["findings"][0]["code"], "silent-after-connect",
            "{report:#}"
        );
    }
    let hanging = ask("hanging");
    assert!(
        hanging["error"].to_string().contains("did not answer"),
        "{hanging:#}"
    );
    for name in ["ended", "endless", "unknown"] {
        let report = ask(name);
        assert_eq!(report["verdict"], "unknown", "{report:#}");
        assert!(
            report["error"]
                .to_string()
                .contains("there is no container"),
            "{report:#}"
        );
    }
}

#[test]
fn who_may_not_enter_is_told_what_to_type() {
    let Some(host) = Host::new("closed") else {
        return skipped(WITHOUT);
    };
    let Some(gateway) = host.gateway("mute", 4002) else {
        return skipped(WITHOUT);
    };
    let pid = gateway.pid().to_string();
    let ask_at = |words: &[&str], netns: &str| {
        let words = [words, &["--netns", netns, "--json"]].concat();
        in_own_mounts(&[], "true", NOBODY, &words)
    };
    let ask = |words: &[&str]| ask_at(words, &pid);
    for words in [&["health", "4002"][..], &["doctor", "4002", "--quick"]] {
        let Some(ran) = ask(words) else {
            return skipped("no unshare, setpriv or tmpfs");
        };
        let report = ran.json();
        assert_eq!(
            (ran.status, &report["verdict"]),
            (1, &"unknown".into()),
            "{report:#}"
        );
        let typed = format!(
            "`sudo nsenter -t {pid} -n ibdoc {} --json`",
            words.join(" ")
        );
        assert!(report["error"].to_string().contains(&typed), "{report:#}");
    }
    // What every user may read of the table there is read.
    let report = ask(&["zombies", "--port", "4002"])
        .expect("a report")
        .json();
    assert_eq!(
        report["zombies"]["listeners"][0]["port"], 4002,
        "{report:#}"
    );
    // What is not seen from outside is not called healthy.
    assert_eq!(report["verdict"], "unknown", "{report:#}");
    let named = ask_at(&["doctor", "4002"], &host.name).expect("a report");
    let report = named.json();
    let typed = format!("`sudo ip netns exec {} ibdoc doctor 4002", host.name);
    assert!(report["error"].to_string().contains(&typed), "{report:#}");
}

#[test]
fn an_account_in_the_name_of_a_namespace_is_shortened() {
    let Some(mut host) = Host::new("U7654321") else {
        return skipped(WITHOUT);
    };
    let Some(container) = host.joined("DU1234567") else {
        return skipped(WITHOUT);
    };
    let Some(_gateway) = container.gateway("mute", 4002) else {
        return skipped(WITHOUT);
    };
    let _relay = host.relay(4004, &format!("{}:4002", container.address));
    for command in ["doctor", "health", "handshake", "probe"] {
        let ran = host.ran(&[command, "4004", "--json", "--timeout", "300ms"]);
        assert!(!ran.stdout.contains("DU1234567"), "{}", ran.stdout);
        assert!(ran.stdout.contains("DU…67"), "{}", ran.stdout);
        let shown = [
            "--show-accounts",
            command,
            "4004",
            "--json",
            "--timeout",
            "300ms",
        ];
        assert!(host.ran(&shown).stdout.contains("DU1234567"), "{command}");
    }
    let unknown = host.ran(&["health", "--netns", "U1234567"]);
    assert!(!unknown.stdout.contains("U1234567"), "{}", unknown.stdout);
}

#[test]
fn another_container_looks_through_the_hosts_relay_and_not_past_a_router() {
    let Some(mut host) = Host::new("middle") else {
        return skipped(WITHOUT);
    };
    let (Some(mut bot), Some(mut container)) = (Host::new("bot"), Host::new("gateway")) else {
        return skipped(WITHOUT);
    };
    let Some(gateway) = container.gateway("accepts-nobody", 4002) else {
        return skipped(WITHOUT);
    };
    host.join(&mut bot).expect("a wire");
    let front = host.address.clone();
    host.join(&mut container).expect("a wire");
    let own = format!("{}:4002", container.address);
    let _relay = host.relay(4004, &own);
    let _bots = bot.relay(4004, &format!("{front}:4004"));
    let stopped = Stopped::new(&gateway);
    let wake = format!("kill -CONT {}", gateway.pid());
    all_find(&host, "4004", "gateway-stopped", &wake);
    all_find(&bot, "4004", "gateway-stopped", &wake);
    drop(stopped);
    let (_, report) = bot.ibdoc(&["health", "4004"]);
    let hops = report["health"]["path"]["hops"].as_array().expect("hops");
    assert_eq!(hops.len(), 3, "{report:#}");
    assert_eq!(hops[0]["place"], Value::Null, "{report:#}");
    assert!(
        hops[1]["place"].to_string().contains(&host.name),
        "{report:#}"
    );
    assert!(
        hops[2]["place"].to_string().contains(&container.name),
        "{report:#}"
    );

    // Past a router an address may be another machine's, and only a handshake tells.
    let routed = [
        format!("-n {} route add default via {front}", bot.name),
        format!(
            "-n {} route add default via {}",
            container.name, host.address
        ),
    ];
    assert!(routed.iter().all(|step| ip(step)), "routes");
    let forward = host
        .command(&["sysctl", "-qw", "net.ipv4.ip_forward=1"])
        .status();
    if !forward.is_ok_and(|status| status.success()) {
        return skipped("no sysctl");
    }
    let _far = bot.relay(4003, &own);
    let (status, report) = bot.ibdoc(&["probe", "4003"]);
    let path = &report["probe"]["endpoints"][0]["path"];
    assert_eq!(path["end"], "out-of-sight", "{report:#}");
    assert_eq!(path["target"], own, "{report:#}");
    assert_eq!(report["footprint"]["connections"], 1, "{report:#}");
    assert_ne!(status, 0, "a relay alone is no Gateway: {report:#}");
}
