//! The real relays in front of one Gateway that is stuck: each is followed to it, and no command
//! connects. A relay that is not there is told, and left out.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::Value;

use crate::helpers::command::{Running as Started, eventually, side_by_side, skipped};
use crate::helpers::host::Host;
use crate::helpers::unpacked::{libraries, program, stream_module};
use crate::machine::children::Running;

pub(super) const WITHOUT: &str = "no network namespaces, no java or no socat";

/// Fills a place in the accept queue of port 4002.
const WAITS: &str = "import socket,sys; c=socket.create_connection(('127.0.0.1', 4002)); \
                     print(0, flush=True); sys.stdin.read()";

/// A host with a Gateway that accepts nobody, and one connection that waits there.
pub(super) fn stuck(name: &str) -> Option<(Host, Running, Running)> {
    let host = Host::new(name)?;
    let gateway = host.gateway("accepts-nobody", 4002)?;
    let words = [&host.enter()[..], &["python3", "-c", WAITS]].concat();
    let waiting = Running::start(Command::new(words[0]).args(&words[1..]))?;
    Some((host, gateway, waiting))
}

/// Each command says of the port what it says of the Gateway's own, and makes no connection.
fn is_followed(host: &Host, gateway: &Running, port: u16, hops: usize) {
    let port = port.to_string();
    side_by_side(
        ["probe", "health", "handshake", "doctor", "soak"],
        |command| {
            let mut words = vec![command, port.as_str()];
            words.extend((command == "soak").then_some("--attempts=1"));
            let (_, report) = host.ibdoc(&words);
            let found = &report["findings"][0];
            assert_eq!(found["code"], "accept-queue-stuck", "{report:#}");
            assert_eq!(report["footprint"]["connections"], 0, "{report:#}");
            let path = match command {
                "probe" => &report["probe"]["endpoints"][0]["path"],
                "soak" => return,
                _ => &report[command]["path"],
            };
            assert_eq!(path["end"], "reached", "{report:#}");
            let seen = path["hops"].as_array().expect("hops");
            assert_eq!(seen.len(), hops, "{report:#}");
            assert_eq!(seen[hops - 1]["pid"], gateway.pid().0, "{report:#}");
            assert_eq!(seen[0]["kind"], "relay", "{report:#}");
        },
    );
}

/// The command with the libraries that were unpacked with its program.
fn unpacked(mut command: Command) -> Command {
    command.env("LD_LIBRARY_PATH", libraries());
    command
}

/// The program of a relay; says that it is left out where there is none.
fn relay(name: &str) -> Option<String> {
    let found = program(name);
    if found.is_none() {
        skipped(&format!("{name} is not here"));
    }
    found
}

#[test]
fn docker_proxy_is_followed_however_its_arguments_are_written() {
    let Some((host, gateway, _waiting)) = stuck("proxies") else {
        return skipped(WITHOUT);
    };
    let Some(proxy) = relay("docker-proxy") else {
        return;
    };
    // It tells its parent on descriptor 3 that it listens.
    let start = |arguments: &str| {
        let line = format!("exec {proxy} {arguments} 3>/dev/null");
        Started::start(host.command(&["sh", "-c", &line]))
    };
    let _one = start(
        "-proto tcp -host-ip 127.0.0.1 -host-port 5001 -container-ip 127.0.0.1 -container-port 4002",
    );
    let _front = start(
        "-container-port=5001 -container-ip=127.0.0.1 -host-ip=0.0.0.0 -host-port=5002 -proto=tcp",
    );
    host.listens(5001);
    host.listens(5002);
    is_followed(&host, &gateway, 5001, 2);
    is_followed(&host, &gateway, 5002, 3);
}

#[test]
fn a_socat_that_serves_one_client_is_followed_too() {
    let Some((host, gateway, _waiting)) = stuck("single") else {
        return skipped(WITHOUT);
    };
    let single = ["socat", "TCP-LISTEN:4004,reuseaddr", "TCP:localhost:4002"];
    let _single = Started::start(host.command(&single));
    host.listens(4004);
    is_followed(&host, &gateway, 4004, 2);
}

#[test]
fn a_relay_to_a_name_is_followed_by_its_own_file_of_hosts() {
    let Some((host, gateway, _waiting)) = stuck("name") else {
        return skipped(WITHOUT);
    };
    let folder = tempfile::tempdir().expect("a folder");
    let hosts = "127.0.0.1 localhost\n127.0.0.1 ib.invalid ib-gateway # it\n";
    let hosts = write(folder.path(), "hosts", hosts);
    // `ip netns exec` has mounts of its own, so only this relay has these names.
    let line = format!(
        "mount --bind {hosts} /etc/hosts && \
         exec socat TCP-LISTEN:4004,fork,reuseaddr TCP:IB-gateway:4002"
    );
    let _relay = Started::start(host.command(&["sh", "-c", &line]));
    host.listens(4004);
    is_followed(&host, &gateway, 4004, 2);
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    fs::write(&file, text).expect("a file");
    file.to_string_lossy().into_owned()
}

/// It ends its workers itself: a master that is killed leaves them behind.
struct Nginx(Started);

impl Drop for Nginx {
    fn drop(&mut self) {
        self.0.signal(Signal::TERM);
        let _ = self.0.child.wait();
    }
}

#[test]
fn nginx_is_followed_by_the_file_that_it_was_started_with() {
    let Some((host, gateway, _waiting)) = stuck("nginx") else {
        return skipped(WITHOUT);
    };
    let (Some(nginx), Some(module)) = (relay("nginx"), stream_module()) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().to_string_lossy();
    fs::create_dir(folder.path().join("streams")).expect("a folder");
    write(
        &folder.path().join("streams"),
        "gateway.conf",
        "upstream gateway { server 127.0.0.1:4002; }\nserver { listen 127.0.0.1:5001; proxy_pass \
         gateway; }\nserver { listen 5002; proxy_pass 127.0.0.1:5001; }\n",
    );
    let file = write(
        folder.path(),
        "nginx.conf",
        &format!(
            "load_module {module};\npid {at}/pid;\nuser root;\nworker_processes 2;\nevents {{ }}\n\
             stream {{\n  include streams/*.conf;\n}}\n"
        ),
    );
    let log = format!("{at}/log");
    let line = [&nginx, "-e", &log, "-c", &file, "-g", "daemon off;"];
    let _nginx = Nginx(Started::start(unpacked(host.command(&line))));
    host.listens(5001);
    host.listens(5002);
    is_followed(&host, &gateway, 5001, 2);
    is_followed(&host, &gateway, 5002, 3);
}

#[test]
fn haproxy_is_followed_by_its_files() {
    let Some((host, gateway, _waiting)) = stuck("haproxy") else {
        return skipped(WITHOUT);
    };
    let Some(haproxy) = relay("haproxy") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let front = write(
        folder.path(),
        "front.cfg",
        "defaults\n mode tcp\n timeout connect 5s\n timeout client 1m\n timeout server 1m\n\
         frontend api\n bind 127.0.0.1:5001\n default_backend gateway\n",
    );
    let back = write(
        folder.path(),
        "back.cfg",
        "backend gateway\n server ib 127.0.0.1:4002\n",
    );
    let mut command = host.command(&[&haproxy, "-db", "-f", &front, "-f", &back]);
    command.stderr(Stdio::null());
    let _haproxy = Started::start(unpacked(command));
    host.listens(5001);
    is_followed(&host, &gateway, 5001, 2);
}

#[test]
fn a_file_that_has_changed_since_the_relay_was_started_proves_nothing() {
    let Some(host) = Host::new("edited") else {
        return skipped(WITHOUT);
    };
    let Some(_gateway) = host.gateway("mute", 4002) else {
        return skipped(WITHOUT);
    };
    let Some(haproxy) = relay("haproxy") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let config = |to: u16| {
        let text = format!(
            "defaults\n mode tcp\n timeout connect 5s\n timeout client 1m\n timeout server 1m\n\
             listen api\n bind 127.0.0.1:5001\n server ib 127.0.0.1:{to}\n"
        );
        write(folder.path(), "haproxy.cfg", &text)
    };
    let file = config(4002);
    let mut command = host.command(&[&haproxy, "-db", "-f", &file]);
    command.stderr(Stdio::null());
    let _haproxy = Started::start(unpacked(command));
    host.listens(5001);
    eventually("the file is younger than the process", || {
        config(5888);
        let (_, report) = host.ibdoc(&["handshake", "5001"]);
        let path = &report["handshake"]["path"];
        // Within the first second the two cannot be told apart.
        path["end"] == "unknown" && report["findings"][0]["code"] == "silent-after-connect"
    });
    let (_, report) = host.ibdoc(&["doctor", "5001", "--quick"]);
    assert_eq!(report["footprint"]["connections"], 1, "{report:#}");
    let checks = report["doctor"]["checks"].to_string();
    assert!(checks.contains("by its configuration file"), "{checks}");
}

/// A server of ssh in a host, which lets a client in that has the key; `None` where one cannot be
/// started.
struct SshServer {
    folder: tempfile::TempDir,
    _server: Started,
}

impl SshServer {
    fn start(host: &Host, sshd: &str) -> Option<Self> {
        let folder = tempfile::tempdir().ok()?;
        for name in ["host", "me"] {
            let file = folder.path().join(name);
            let mut keygen = Command::new("ssh-keygen");
            keygen
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(file);
            keygen.status().ok()?.success().then_some(())?;
        }
        let at = folder.path().to_string_lossy();
        let mut users = fs::read_to_string("/etc/passwd").ok()?;
        users.push_str("\nsshd:x:104:65534::/run/sshd:/usr/sbin/nologin\n");
        write(folder.path(), "users", &users);
        let config = format!(
            "Port 2222\nListenAddress 0.0.0.0\nHostKey {at}/host\nAuthorizedKeysFile {at}/me.pub\n\
             StrictModes no\nUsePAM no\nPidFile none\nPermitRootLogin yes\n"
        );
        let config = write(folder.path(), "config", &config);
        // Its user and its folder are there for it alone: `ip netns exec` has mounts of its own.
        let line = format!(
            "mount --bind {at}/users /etc/passwd && mount -t tmpfs tmpfs /run && mkdir /run/sshd && \
             exec {sshd} -D -e -f {config}"
        );
        let mut command = host.command(&["sh", "-c", &line]);
        command.stderr(Stdio::null());
        let server = Started::start(unpacked(command));
        host.listens(2222);
        Some(Self {
            folder,
            _server: server,
        })
    }

    /// A client with these arguments, from `host` to the server's address.
    fn client(&self, host: &Host, arguments: &[&str], server: &str) -> Started {
        let key = self.folder.path().join("me");
        let key = key.to_string_lossy();
        let to = format!("root@{server}");
        let options = [
            "-F",
            "none",
            "-p",
            "2222",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
        ];
        let words = [&["ssh", "-N", "-i", &key], arguments, &options[..], &[&to]].concat();
        let mut command = host.command(&words);
        command.stderr(Stdio::null());
        Started::start(command)
    }
}

#[test]
fn a_tunnel_of_ssh_is_followed_to_the_machine_on_which_it_ends() {
    let Some((mut far, gateway, _waiting)) = stuck("tunnel") else {
        return skipped(WITHOUT);
    };
    let (Some(sshd), Some(_)) = (relay("sshd"), relay("ssh")) else {
        return;
    };
    let Some(near) = far.joined("desk") else {
        return skipped(WITHOUT);
    };
    let Some(server) = SshServer::start(&far, &sshd) else {
        return skipped("no keys of ssh can be made");
    };
    let _here = server.client(&far, &["-L", "5001:127.0.0.1:4002"], "127.0.0.1");
    far.listens(5001);
    is_followed(&far, &gateway, 5001, 2);
    // From another host of this machine, whose loopback is another one.
    let _there = server.client(&near, &["-L127.0.0.1:5002:localhost:4002"], &far.address);
    near.listens(5002);
    is_followed(&near, &gateway, 5002, 2);
    // Where the other end of a tunnel connects is not seen from its listener: a handshake tells.
    let _back = server.client(&near, &["-R", "5003:127.0.0.1:9"], &far.address);
    far.listens(5003);
    let (status, report) = far.ibdoc(&["probe", "5003"]);
    let path = &report["probe"]["endpoints"][0]["path"];
    assert_eq!(path["end"], "out-of-sight", "{report:#}");
    assert_eq!(report["footprint"]["connections"], 1, "{report:#}");
    assert_ne!(status, 0, "a relay alone is no Gateway: {report:#}");
    assert_ne!(path["hops"][0]["pid"], Value::Null, "{report:#}");
    assert_eq!(path["session_from"], near.address, "{report:#}");
    let (_, report) = far.ibdoc(&["doctor", "5003", "--quick"]);
    let behind = format!(
        "session of ssh from {}: the Gateway is behind that machine",
        near.address
    );
    let checks = report["doctor"]["checks"].to_string();
    assert!(checks.contains(&behind), "{checks}");
}
