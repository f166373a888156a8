//! What `lsof -F` says: each process's descriptors, mapped files and TCP sockets.
//!
//! One field a line, its first character says which (lsof(8), "output for other programs"):
//! `p` a process, `f` one of its files, and then that file's type, protocol, state and name.

use std::net::{IpAddr, SocketAddr};

use super::super::command::file_name;
use super::super::{Endpoint, Jvm, Stdio};
use crate::machine::pid::Pid;
use crate::machine::sockets::{TcpState, canonical};

/// Numbers instead of names, no warnings, and the fields that are read here.
pub(super) const FIELDS: [&str; 5] = ["-w", "-n", "-P", "-F", "pftnPT"];

/// One process and what it has open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Opened {
    pub(super) pid: Option<Pid>,
    files: Vec<File>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct File {
    descriptor: String,
    kind: String,
    protocol: String,
    state: String,
    name: String,
}

/// Every process in the answer.
pub(super) fn processes(text: &str) -> Vec<Opened> {
    let mut processes: Vec<Opened> = Vec::new();
    for line in text.lines() {
        let Some(first) = line.chars().next() else {
            continue;
        };
        let value = line[first.len_utf8()..].to_owned();
        if first == 'p' {
            let pid = value.parse().ok().map(Pid);
            let files = Vec::new();
            processes.push(Opened { pid, files });
            continue;
        }
        let Some(process) = processes.last_mut() else {
            continue;
        };
        if first == 'f' {
            let descriptor = value;
            process.files.push(File {
                descriptor,
                ..File::default()
            });
            continue;
        }
        let Some(file) = process.files.last_mut() else {
            continue;
        };
        match first {
            't' => file.kind = value,
            'P' => file.protocol = value,
            'n' => file.name = value,
            'T' => {
                if let Some(state) = value.strip_prefix("ST=") {
                    state.clone_into(&mut file.state);
                }
            }
            _ => {}
        }
    }
    processes
}

impl Opened {
    /// Evidence of a Java virtual machine among the mapped files, which macOS lists as `txt` and
    /// Linux as `mem`; `None` unless the program file itself is in the list.
    pub(super) fn jvm(&self, executable: Option<&str>) -> Option<Jvm> {
        if self.files.iter().any(|file| file.name.contains("libjvm")) {
            return Some(Jvm::Library);
        }
        let executable = executable?;
        let is_program = |file: &File| file.descriptor == "txt" && file.name == executable;
        self.files.iter().any(is_program).then_some(Jvm::No)
    }

    /// Descriptors 0, 1 and 2. A missing one is closed, if there are others to be seen.
    pub(super) fn stdio(&self) -> [Option<Stdio>; 3] {
        let is_number = |file: &File| file.descriptor.parse::<u32>().is_ok();
        let any = self.files.iter().any(is_number) && !self.is_cut();
        ["0", "1", "2"].map(|number| {
            let file = self.files.iter().find(|file| file.descriptor == number);
            match file {
                Some(file) => file.stdio(),
                None => any.then_some(Stdio::Closed),
            }
        })
    }

    /// Its TCP sockets; `None` if one is not understood, or its descriptors could not be read.
    pub(super) fn endpoints(&self) -> Option<Vec<Endpoint>> {
        if self.is_cut() {
            return None;
        }
        let mut endpoints = Vec::new();
        for file in &self.files {
            match (file.kind.as_str(), file.protocol.as_str()) {
                ("IPv4" | "IPv6", "TCP") if file.is_unbound() => {}
                ("IPv4" | "IPv6", "TCP") => endpoints.push(file.endpoint()?),
                ("IPv4" | "IPv6", "UDP" | "UDPLITE" | "ICMP" | "ICMPV6") => {}
                // What it is connected to, if to anything, is not in the answer.
                ("IPv4" | "IPv6", _) => return None,
                ("sock", _) if file.name.contains("TCP") || file.name.contains("identify") => {
                    return None;
                }
                _ => {}
            }
        }
        Some(endpoints)
    }

    /// The other ends of its connected UDP sockets; `None` if one is not understood.
    pub(super) fn datagram_peers(&self) -> Option<Vec<SocketAddr>> {
        if self.is_cut() {
            return None;
        }
        let is_datagram = |file: &&File| matches!(file.protocol.as_str(), "UDP" | "UDPLITE");
        let connected = self.files.iter().filter(is_datagram);
        let remote = connected.filter_map(|file| file.name.split_once("->"));
        let peer = |(_, remote): (&str, &str)| {
            let (ip, port) = address(remote)?;
            Some(SocketAddr::new(ip?, port))
        };
        remote.map(peer).collect()
    }

    /// Whether it has a unix socket with a path: one that listens, or was accepted by one that does.
    pub(super) fn serves_unix(&self) -> Option<bool> {
        let has_path = |file: &File| file.kind == "unix" && file.name.starts_with('/');
        (!self.is_cut()).then(|| self.files.iter().any(has_path))
    }

    /// Whether it has this end of a connection.
    pub(super) fn has(&self, local: SocketAddr, remote: SocketAddr) -> bool {
        self.files
            .iter()
            .filter(|file| file.protocol == "TCP")
            .filter_map(File::endpoint)
            .any(|endpoint| endpoint.has(local, remote))
    }

    /// Whether the descriptors could not be read (`NOFD`), or not all of them.
    fn is_cut(&self) -> bool {
        let denied = |file: &File| {
            file.descriptor == "NOFD" || file.kind == "unknown" || file.name.contains("denied)")
        };
        self.files.iter().any(denied)
    }
}

impl File {
    fn stdio(&self) -> Option<Stdio> {
        match self.kind.as_str() {
            "REG" | "VREG" => Some(Stdio::File),
            "PIPE" | "FIFO" => Some(Stdio::Pipe),
            "unix" | "IPv4" | "IPv6" | "sock" => Some(Stdio::Socket),
            "CHR" | "VCHR" if self.name == "/dev/null" => Some(Stdio::Null),
            "CHR" | "VCHR" if is_terminal(&self.name) => Some(Stdio::Terminal),
            // Whatever else there is may be a way to talk or none.
            _ => None,
        }
    }

    /// Whether it is a TCP socket that has no address yet.
    fn is_unbound(&self) -> bool {
        self.name == "*:*" && matches!(self.state.as_str(), "CLOSED" | "CLOSE")
    }

    /// One end of a connection, or a listener; `None` if it is not understood.
    fn endpoint(&self) -> Option<Endpoint> {
        let (local, remote) = match self.name.split_once("->") {
            Some((local, remote)) => (local, Some(remote)),
            None => (self.name.as_str(), None),
        };
        let (ip, port) = address(local)?;
        Some(Endpoint {
            ip,
            port,
            remote: match remote {
                None => None,
                Some(remote) => {
                    let (ip, port) = address(remote)?;
                    Some(SocketAddr::new(ip?, port))
                }
            },
            state: state(&self.state)?,
        })
    }
}

fn is_terminal(path: &str) -> bool {
    let name = file_name(path);
    path.starts_with("/dev/pts/") || name.starts_with("tty") || name == "console"
}

/// `127.0.0.1:4002`, `[::1]:4002` or `*:4002`.
fn address(text: &str) -> Option<(Option<IpAddr>, u16)> {
    let (ip, port) = text.rsplit_once(':')?;
    let port = port.parse().ok()?;
    if ip == "*" {
        return Some((None, port));
    }
    let ip = ip
        .strip_prefix('[')
        .map_or(Some(ip), |ip| ip.strip_suffix(']'));
    let ip: IpAddr = ip?.parse().ok()?;
    Some((Some(canonical(SocketAddr::new(ip, port)).ip()), port))
}

/// The names of the states, as they are written on Linux and on BSD.
fn state(name: &str) -> Option<TcpState> {
    Some(match name {
        "ESTABLISHED" => TcpState::Established,
        "SYN_SENT" => TcpState::SynSent,
        "SYN_RECV" | "SYN_RCVD" | "SYN_RECEIVED" => TcpState::SynRecv,
        "FIN_WAIT1" | "FIN_WAIT_1" => TcpState::FinWait1,
        "FIN_WAIT2" | "FIN_WAIT_2" => TcpState::FinWait2,
        "TIME_WAIT" => TcpState::TimeWait,
        "CLOSE" | "CLOSED" => TcpState::Close,
        "CLOSE_WAIT" => TcpState::CloseWait,
        "LAST_ACK" => TcpState::LastAck,
        "LISTEN" => TcpState::Listen,
        "CLOSING" => TcpState::Closing,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACOS: &str = "p2044\nfcwd\ntDIR\nn/Users/me\n\
        ftxt\ntREG\nn/opt/homebrew/bin/python3.12\n\
        ftxt\ntREG\nn/opt/homebrew/lib/python3.12/lib-dynload/_socket.cpython-312-darwin.so\n\
        ftxt\ntREG\nn/usr/lib/dyld\n\
        f0\ntCHR\nn/dev/null\nf1\ntPIPE\nn->0x5f\nf2\ntCHR\nn/dev/ttys003\n\
        f3\ntIPv4\nPTCP\nn127.0.0.1:51000->127.0.0.1:4002\nTST=CLOSE_WAIT\nTQR=0\nTQS=0\n\
        f4\ntKQUEUE\nncount=0, state=0xa\n\
        f5\ntIPv6\nPTCP\nn*:8000\nTST=LISTEN\n\
        f6\ntIPv6\nPTCP\nn[::1]:51001->[::1]:4001\nTST=FIN_WAIT_2\n\
        f7\ntIPv4\nPUDP\nn*:5353\n\
        f8\ntIPv4\nPTCP\nn*:*\nTST=CLOSED\n\
        p2045\nf0\ntREG\nn/tmp/out\n";

    fn one(text: &str) -> Opened {
        processes(text).remove(0)
    }

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_sockets_of_each_process_are_read_with_their_states() {
        let read = processes(MACOS);
        assert_eq!(read.len(), 2);
        assert_eq!(
            (read[0].pid, read[1].pid),
            (Some(Pid(2044)), Some(Pid(2045)))
        );
        let ends = read[0].endpoints().unwrap();
        let states: Vec<TcpState> = ends.iter().map(|end| end.state).collect();
        assert_eq!(
            states,
            [TcpState::CloseWait, TcpState::Listen, TcpState::FinWait2]
        );
        let (client, gateway) = (at("127.0.0.1:51000"), at("127.0.0.1:4002"));
        assert!(read[0].has(client, gateway) && !read[0].has(gateway, client));
        assert!(read[0].has(at("[::1]:51001"), at("[::1]:4001")));
        assert!(!read[1].has(client, gateway));
    }

    #[test]
    fn the_standard_descriptors_are_known_or_closed_or_unknown() {
        let read = processes(MACOS);
        assert_eq!(
            read[0].stdio(),
            [Some(Stdio::Null), Some(Stdio::Pipe), Some(Stdio::Terminal)]
        );
        assert_eq!(
            read[1].stdio(),
            [Some(Stdio::File), Some(Stdio::Closed), Some(Stdio::Closed)]
        );
        let odd = one("p1\nf0\ntKQUEUE\nncount\nf1\ntCHR\nn/dev/random\nf2\ntDIR\nn/\n");
        assert_eq!(odd.stdio(), [None; 3]);
        assert_eq!(one("p1\nfcwd\ntDIR\nn/\n").stdio(), [None; 3]);
    }

    #[test]
    fn a_java_virtual_machine_is_ruled_out_only_beside_the_program_itself() {
        let python = one(MACOS);
        let program = Some("/opt/homebrew/bin/python3.12");
        assert_eq!(python.jvm(program), Some(Jvm::No));
        assert_eq!(python.jvm(Some("/usr/bin/python3")), None);
        assert_eq!(python.jvm(None), None);
        let library = "/Library/Java/Home/lib/server/libjvm.dylib";
        for mapped in ["txt", "mem", "DEL"] {
            let embedded = one(&format!(
                "p1\nftxt\ntREG\nn/usr/bin/python3\nf{mapped}\ntREG\nn{library}\n"
            ));
            assert_eq!(embedded.jvm(Some("/usr/bin/python3")), Some(Jvm::Library));
        }
    }

    #[test]
    fn what_is_not_understood_leaves_the_sockets_unknown() {
        for file in [
            "f3\ntIPv4\nPTCP\nn127.0.0.1:51000->127.0.0.1:4002\nTST=NEW\n",
            "f3\ntIPv4\nPTCP\nnlocalhost:x->gateway:y\nTST=ESTABLISHED\n",
            "f3\ntIPv6\nn[::1]:5\n",
            "f3\ntsock\nnprotocol: TCPv6\n",
            "f3\ntsock\nncan't identify protocol\n",
            "fNOFD\nn/proc/9/fd (opendir: Permission denied)\n",
            "fcwd\ntunknown\nn/proc/9/cwd (readlink: Permission denied)\n",
        ] {
            let read = one(&format!("p9\nf0\ntCHR\nn/dev/null\n{file}"));
            assert_eq!(read.endpoints(), None, "{file}");
        }
        let unread = one("p9\nfNOFD\nn/proc/9/fd (opendir: Permission denied)\n");
        assert_eq!(unread.stdio(), [None; 3]);
    }

    #[test]
    fn a_unix_socket_that_has_a_path_is_served() {
        for (file, served) in [
            ("f4\ntunix\nn->0x5f3a\n", Some(false)),
            ("f4\ntunix\nn/tmp/bot.sock\n", Some(true)),
            ("fNOFD\nn/proc/9/fd (opendir: Permission denied)\n", None),
        ] {
            assert_eq!(one(&format!("p9\n{file}")).serves_unix(), served, "{file}");
        }
    }

    #[test]
    fn text_that_is_no_answer_has_no_processes() {
        assert_eq!(processes(""), []);
        assert_eq!(processes("lsof: no such option\nusage\n"), []);
        assert_eq!(one("px\nf0\n").pid, None);
    }
}
