//! Where a relay passes connections on to, read off its command line: a host and a port, and
//! nothing else of that line leaves this file.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::command::file_name;
use super::ssh_forwards;
use crate::machine::role::Role;

/// The longest host name that DNS knows.
const LONGEST_HOST: usize = 253;
/// More arguments of a command line are not read.
const MOST_ARGUMENTS: usize = 1024;

/// The host and port that a relay's command line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayTarget {
    /// An IP address or a name, of the characters that names have.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// Whether another machine connects to it: the server that an `ssh -L` is connected to.
    pub is_remote: bool,
    /// Whether it was read from a file that has changed since the relay was started: what the relay
    /// does may be what the file said before.
    pub may_differ: bool,
}

impl RelayTarget {
    /// From a host and a port as they are typed; `None` unless both are well formed.
    pub(in crate::machine) fn new(host: &str, port: &str) -> Option<Self> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let host = if host.is_empty() { "localhost" } else { host };
        let is_plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':');
        let port = port.parse().ok().filter(|port| *port > 0)?;
        (host.len() <= LONGEST_HOST && host.bytes().all(is_plain)).then(|| Self {
            host: host.to_owned(),
            port,
            is_remote: false,
            may_differ: false,
        })
    }

    /// The addresses of the host where no resolver is needed for them.
    pub fn addresses(&self) -> Vec<IpAddr> {
        if self.host.eq_ignore_ascii_case("localhost") {
            return vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        }
        let ip = self.host.parse::<IpAddr>().ok();
        ip.map(|ip| ip.to_canonical()).into_iter().collect()
    }
}

impl fmt::Display for RelayTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// What a command line says of the relay that listens on `port`; `None` where it says nothing, or
/// several things.
pub(super) fn of_arguments(arguments: &[&str], port: u16) -> Option<RelayTarget> {
    let arguments = &arguments[..arguments.len().min(MOST_ARGUMENTS)];
    let (program, arguments) = arguments.split_first()?;
    match file_name(program).trim_end_matches(".exe") {
        "socat" | "socat1" => only(arguments.iter().filter_map(|argument| socat(argument))),
        "docker-proxy" | "rootlesskit-docker-proxy" => {
            let host = value(arguments, "container-ip")?;
            RelayTarget::new(host, value(arguments, "container-port")?)
        }
        "ibdoc" => ibdoc(arguments),
        "ssh" | "autossh" => {
            let forwards = ssh_forwards::of(arguments).into_iter();
            only(forwards.filter_map(|forward| forwarded(forward, port)))
        }
        "redir" => {
            // Once it runs, its own arguments are cut at the colons.
            let [.., from, host, to] = arguments else {
                return None;
            };
            (from.parse() == Ok(port)).then(|| RelayTarget::new(host, to))?
        }
        "systemd-socket-proxyd" => {
            let target = arguments.iter().rev().find(|word| !word.starts_with('-'))?;
            let (host, port) = target.rsplit_once(':')?;
            RelayTarget::new(host, port)
        }
        _ => None,
    }
}

/// Whether a command line is that of a relay which listens on `port` and passes on to an address that it
/// names: of another user's process nothing more can be read.
#[cfg(any(test, target_os = "linux"))]
pub(super) fn listens_by_arguments(arguments: &[&str], port: u16) -> bool {
    // A name is known to the relay's own file of hosts, which cannot be read either.
    let is_address = |target: RelayTarget| target.is_remote || !target.addresses().is_empty();
    let arguments = &arguments[..arguments.len().min(MOST_ARGUMENTS)];
    let is_its = |typed: &str| typed.parse() == Ok(port);
    let listens = match arguments.first().map(|program| file_name(program)) {
        Some("socat" | "socat1") => arguments.iter().filter_map(|it| listening(it)).any(is_its),
        Some("docker-proxy" | "rootlesskit-docker-proxy") => {
            value(arguments, "host-port").is_some_and(is_its)
        }
        // It has a target for this port only where it listens on it.
        Some("ssh" | "autossh" | "redir") => true,
        _ => false,
    };
    listens && of_arguments(arguments, port).is_some_and(is_address)
}

/// The port of an address of socat's such as `TCP-LISTEN:4004,fork`; `None` of any other kind.
#[cfg(any(test, target_os = "linux"))]
fn listening(address: &str) -> Option<&str> {
    let (kind, rest) = address.split_once(':')?;
    let kind = kind.to_ascii_uppercase();
    let kinds = ["TCP-L", "TCP4-L", "TCP6-L"];
    let listens = kinds.contains(&kind.trim_end_matches("ISTEN"));
    listens.then(|| rest.split(',').next()).flatten()
}

/// The one that there is; `None` of several that differ.
pub(super) fn only(mut targets: impl Iterator<Item = RelayTarget>) -> Option<RelayTarget> {
    let first = targets.next()?;
    targets.all(|other| other == first).then_some(first)
}

/// Of `ibdoc tap TARGET …`; a target behind its options is told by its connections only.
fn ibdoc(arguments: &[&str]) -> Option<RelayTarget> {
    let ["tap", target, ..] = arguments else {
        return None;
    };
    let named = Role::ALL.iter().find(|(_, role)| role.name() == *target);
    match (named, target.rsplit_once(':')) {
        (Some((port, _)), _) => RelayTarget::new("127.0.0.1", &port.to_string()),
        (None, Some((host, port))) => RelayTarget::new(host, port),
        (None, None) => RelayTarget::new("127.0.0.1", target),
    }
}

/// Of an address such as `TCP4:127.0.0.1:4002,nodelay`; `None` of any other kind of address.
fn socat(address: &str) -> Option<RelayTarget> {
    let (kind, rest) = address.split_once(':')?;
    let kind = kind.to_ascii_uppercase();
    let connects = ["TCP", "TCP4", "TCP6"];
    if !connects.contains(&kind.trim_end_matches("-CONNECT")) {
        return None;
    }
    let target = rest.split(',').next()?;
    let (host, port) = target.rsplit_once(':')?;
    RelayTarget::new(host, port)
}

/// The value of an option that is written `-name value`, `--name value` or with `=`.
fn value<'a>(arguments: &[&'a str], name: &str) -> Option<&'a str> {
    let mut rest = arguments.iter().copied();
    while let Some(argument) = rest.next() {
        let option = argument.trim_start_matches('-');
        if option == name && option.len() < argument.len() {
            return rest.next();
        }
        if let Some((option, value)) = option.split_once('=')
            && option == name
        {
            return Some(value);
        }
    }
    None
}

/// The target of a forward of ssh's, if it is this port that it listens on.
fn forwarded([front, host, to]: [&str; 3], port: u16) -> Option<RelayTarget> {
    let listens = front.rsplit(':').next()?.parse() == Ok(port);
    let target = listens.then(|| RelayTarget::new(host, to))??;
    Some(RelayTarget {
        is_remote: true,
        ..target
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(line: &str, port: u16) -> Option<String> {
        let arguments: Vec<&str> = line.split(' ').collect();
        of_arguments(&arguments, port).map(|target| target.to_string())
    }

    #[test]
    fn the_target_of_each_kind_of_relay_is_read() {
        for (line, target) in [
            (
                "socat TCP-LISTEN:4004,fork TCP:127.0.0.1:4002",
                "127.0.0.1:4002",
            ),
            (
                "/usr/bin/socat -d -d tcp-l:4004,fork tcp4:gw:4002,nodelay",
                "gw:4002",
            ),
            (
                "socat TCP6-LISTEN:4004 TCP6-CONNECT:[::1]:4002",
                "[::1]:4002",
            ),
            ("socat TCP-LISTEN:4004 TCP::4002", "localhost:4002"),
            (
                "docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 4004 -container-ip 172.17.0.2 \
              -container-port 4003",
                "172.17.0.2:4003",
            ),
            (
                "docker-proxy --container-ip=172.17.0.2 --container-port=4003",
                "172.17.0.2:4003",
            ),
            ("ssh -NL 4004:127.0.0.1:4002 me@far", "127.0.0.1:4002"),
            (
                "ssh -N -L127.0.0.1:4004:gw:4002 -L 4003:gw:4001 far",
                "gw:4002",
            ),
            ("ssh -L 4004:[::1]:4002 far", "[::1]:4002"),
            ("ssh -fNo LocalForward=4004=gw:4002 far", "gw:4002"),
            ("ibdoc tap paper --listen 4004", "127.0.0.1:4002"),
            ("/usr/bin/ibdoc tap gw:4001 --listen 4004", "gw:4001"),
            ("ibdoc tap 4002 --listen 4004 -- bot", "127.0.0.1:4002"),
            ("redir -n  4004 127.0.0.1 4002", "127.0.0.1:4002"),
            (
                "systemd-socket-proxyd --exit-idle-time=5 127.0.0.1:4002",
                "127.0.0.1:4002",
            ),
        ] {
            assert_eq!(of(line, 4004).as_deref(), Some(target), "{line}");
        }
    }

    #[test]
    fn what_names_no_port_of_this_listener_is_unknown() {
        for line in [
            "socat TCP-LISTEN:4004,fork OPENSSL:gw:4002",
            "socat TCP-LISTEN:4004,fork EXEC:secret",
            "socat TCP-LISTEN:4004 TCP:gw:api",
            "socat TCP-LISTEN:4004 TCP:g\u{1b}w:4002",
            "ssh -L 4005:127.0.0.1:4002 far",
            "ssh -R 4004:127.0.0.1:4002 far",
            "ssh -D 4004 far",
            "ssh far",
            "redir  4005 127.0.0.1 4002",
            "haproxy -f haproxy.cfg",
            "ibdoc tap --listen 4004 paper",
            "ibdoc sim --port 4004",
            "python3 TCP:127.0.0.1:4002",
        ] {
            assert_eq!(of(line, 4004), None, "{line}");
        }
    }

    #[test]
    fn a_command_line_says_on_which_port_its_relay_listens() {
        let listens = |line: &str| {
            let arguments: Vec<&str> = line.split(' ').collect();
            listens_by_arguments(&arguments, 4004)
        };
        for line in [
            "/usr/bin/socat -d TCP-LISTEN:4004,fork,reuseaddr TCP:127.0.0.1:4002",
            "socat tcp6-l:4004 tcp:localhost:4002",
            "docker-proxy -host-ip 0.0.0.0 -host-port 4004 -container-ip 172.17.0.2 -container-port 4003",
            "ssh -NL 4004:gw:4002 me@far",
        ] {
            assert!(listens(line), "{line}");
        }
        for line in [
            "socat TCP-LISTEN:4003,fork TCP:127.0.0.1:4002",
            "socat UNIX-LISTEN:4004 TCP:127.0.0.1:4002",
            "socat TCP-LISTEN:4004,fork TCP:gw:4002",
            "docker-proxy -host-port 4003 -container-ip 172.17.0.2 -container-port 4004",
            "ssh -NL 4003:gw:4004 me@far",
            "python3 TCP-LISTEN:4004 TCP:127.0.0.1:4002",
        ] {
            assert!(!listens(line), "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_command_line_breaks_it_and_only_a_host_and_port_leave(
            words in prop::collection::vec("(socat|ssh|-L|-o|TCP:|docker-proxy|[ -~é]{0,12})", 0..6),
        ) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if let Some(target) = of_arguments(&words, 4004) {
                prop_assert!(target.host.len() <= LONGEST_HOST && target.host.is_ascii());
            }
        }
    }
}
