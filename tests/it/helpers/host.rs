//! Machines of a test's own: network namespaces, joined by wires, in which Gateways and relays have the
//! usual ports. Needs root and `ip`.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use super::command::{PATH, Ran, Running as Started, eventually};
use crate::handshake::path::gateway;
use crate::machine::children::Running;

pub(crate) fn ip(arguments: &str) -> bool {
    let output = Command::new("ip").args(arguments.split(' ')).output();
    output.is_ok_and(|output| output.status.success())
}

/// A network namespace with its loopback up; it goes when this does.
pub(crate) struct Host {
    pub(crate) name: String,
    /// Its address at the wire to another one.
    pub(crate) address: String,
}

impl Host {
    pub(crate) fn new(name: &str) -> Option<Self> {
        Command::new("socat").arg("-V").output().ok()?;
        let name = format!("ibdoc-{name}-{}", std::process::id());
        ip(&format!("netns add {name}")).then_some(())?;
        let address = String::new();
        let host = Self { name, address };
        ip(&format!("-n {} link set lo up", host.name)).then_some(host)
    }

    /// A second one, joined to this one by a wire; each end has an address of its own.
    pub(crate) fn joined(&mut self, name: &str) -> Option<Self> {
        let mut other = Self::new(name)?;
        self.join(&mut other)?;
        Some(other)
    }

    /// Joins both by a wire, on a network that no other test has at the same time.
    pub(crate) fn join(&mut self, other: &mut Self) -> Option<()> {
        static WIRES: AtomicU32 = AtomicU32::new(0);
        let wire = WIRES.fetch_add(1, Ordering::Relaxed);
        let test = std::process::id();
        let network = format!(
            "10.{}.{}",
            100 + test % 100,
            test / 100 % 8 * 32 + wire % 32
        );
        (self.address, other.address) = (format!("{network}.1"), format!("{network}.2"));
        let (here, there) = (&self.name, &other.name);
        let (one, two) = (format!("wire{wire}a"), format!("wire{wire}b"));
        let steps = [
            format!("-n {here} link add {one} type veth peer name {two} netns {there}"),
            format!("-n {here} addr add {}/24 dev {one}", self.address),
            format!("-n {there} addr add {}/24 dev {two}", other.address),
            format!("-n {here} link set {one} up"),
            format!("-n {there} link set {two} up"),
        ];
        steps.iter().all(|step| ip(step)).then_some(())
    }

    pub(crate) fn enter(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.name]
    }

    pub(crate) fn command(&self, program: &[&str]) -> Command {
        let words = [&self.enter(), program].concat();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]);
        command.env_clear().env("PATH", PATH).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Forwards its own connections to a port of its address; false where no packet filter does that.
    pub(crate) fn forwards(&self, port: &str, to: &str) -> bool {
        let rule = format!(
            "iptables -t nat -A OUTPUT -p tcp -d {} --dport {port} -j DNAT --to-destination {to}",
            self.address
        );
        let words: Vec<&str> = rule.split(' ').collect();
        let added = self.command(&words).output();
        added.is_ok_and(|added| added.status.success())
    }

    pub(crate) fn gateway(&self, illness: &str, port: u16) -> Option<Running> {
        gateway(&self.enter(), illness, port)
    }

    pub(crate) fn relay(&self, port: u16, to: &str) -> Started {
        let listen = format!("TCP-LISTEN:{port},fork,reuseaddr");
        let target = format!("TCP:{to}");
        let socat = Started::start(self.command(&["socat", &listen, &target]));
        self.listens(port);
        socat
    }

    /// Waits until something listens on this port.
    pub(crate) fn listens(&self, port: u16) {
        let row = format!(":{port:04X} ");
        let files = ["cat", "/proc/net/tcp", "/proc/net/tcp6"];
        eventually("it listens", || {
            let rows = self.command(&files).output().expect("the table");
            let rows = String::from_utf8_lossy(&rows.stdout);
            let mut rows = rows.lines();
            rows.any(|line| line.contains(&row) && line.contains(":0000 0A "))
        });
    }

    /// The states of the sockets that have this port as their own, as the kernel writes them.
    pub(crate) fn states(&self, port: u16) -> Vec<String> {
        let rows = self.command(&["cat", "/proc/net/tcp", "/proc/net/tcp6"]);
        let rows = { rows }.output().expect("the table").stdout;
        let rows = String::from_utf8_lossy(&rows).into_owned();
        let is_its = |row: &&str| {
            row.split_whitespace()
                .nth(1)
                .is_some_and(|it| it.ends_with(&format!(":{port:04X}")))
        };
        let state = |row: &str| row.split_whitespace().nth(3).map(str::to_owned);
        rows.lines().filter(is_its).filter_map(state).collect()
    }

    pub(crate) fn ran(&self, arguments: &[&str]) -> Ran {
        let words = [&[env!("CARGO_BIN_EXE_ibdoc")], arguments].concat();
        let output = self.command(&words).output();
        output.expect("ibdoc runs").into()
    }

    pub(crate) fn ibdoc(&self, arguments: &[&str]) -> (i32, Value) {
        let ran = self.ran(&[arguments, &["--json", "--timeout", "300ms"]].concat());
        (ran.status, ran.json())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        ip(&format!("netns del {}", self.name));
    }
}
