//! Which addresses are this machine's own.

use std::fs::File;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// The file in which a machine names hosts itself (Unix).
const HOSTS: &str = "/etc/hosts";
/// How much of it is read, in bytes: some block whole lists of advertisers in it.
const MOST_HOSTS: u64 = 64 * 1024;

/// The names of hosts in this machine's own file; none where it cannot be read.
pub fn named_hosts() -> Vec<String> {
    let mut text = Vec::new();
    let read = File::open(HOSTS).and_then(|file| file.take(MOST_HOSTS).read_to_end(&mut text));
    match read {
        Ok(_) => names(&String::from_utf8_lossy(&text)),
        Err(_) => Vec::new(),
    }
}

/// The names in the text of such a file.
fn names(hosts: &str) -> Vec<String> {
    let lines = hosts
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let names = lines.flat_map(|line| line.split_whitespace().skip(1));
    let printable = |name: &&str| name.bytes().all(|byte| byte.is_ascii_graphic());
    names.filter(printable).map(str::to_owned).collect()
}

/// Whether an address belongs to this machine; no packet is sent to find out.
pub fn is_local(ip: IpAddr) -> bool {
    is_local_address(SocketAddr::new(ip, 0))
}

/// The same of a whole address: a link-local one is this machine's only with its interface.
pub fn is_local_address(address: SocketAddr) -> bool {
    let ip = address.ip().to_canonical();
    if ip.is_unspecified() || ip.is_loopback() {
        return true;
    }
    source_of(address) == Some(ip) || is_bindable(address)
}

/// Whether a socket can be bound to this address, and not to one that belongs to no machine, as
/// where `ip_nonlocal_bind` is set: a second address of an interface is reached from its first one.
fn is_bindable(address: SocketAddr) -> bool {
    let (mut own, foreign): (_, IpAddr) = match address.ip().to_canonical() {
        // TEST-NET-1 (RFC 5737) and the documentation prefix (RFC 3849).
        ip @ IpAddr::V4(_) => (SocketAddr::new(ip, 0), Ipv4Addr::new(192, 0, 2, 1).into()),
        IpAddr::V6(_) => {
            let foreign = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
            (address, foreign.into())
        }
    };
    own.set_port(0);
    !own.ip().is_multicast()
        && UdpSocket::bind(own).is_ok()
        && UdpSocket::bind((foreign, 0)).is_err()
}

/// The address of this machine from which `address` is reached; no packet is sent to find out.
pub fn source_of(address: SocketAddr) -> Option<IpAddr> {
    // A link-local address is one only with its interface, which the scope of `address` names.
    let mut address = match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, 0),
        IpAddr::V6(_) => address,
    };
    address.set_port(9);
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    // The kernel reaches an address of its own from that address itself, if it is an interface's first.
    let source = UdpSocket::bind(any).and_then(|socket| {
        socket.connect(address)?;
        socket.local_addr()
    });
    source.ok().map(|source| source.ip())
}

/// Whether it is a link-local address without the interface through which it is meant.
pub fn lacks_interface(address: SocketAddr) -> bool {
    matches!(address, SocketAddr::V6(six) if six.ip().is_unicast_link_local() && six.scope_id() == 0)
}

/// The interfaces of this machine that have a link-local address, by name; none where that is not
/// told.
pub fn link_local_interfaces() -> Vec<String> {
    let table = std::fs::read_to_string("/proc/self/net/if_inet6").unwrap_or_default();
    interfaces(&table)
}

/// From the lines of `/proc/net/if_inet6`: address, index, prefix, scope, flags, name.
fn interfaces(table: &str) -> Vec<String> {
    let name = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_link_local = words.first()?.starts_with("fe8");
        is_link_local.then(|| words.get(5).map(|name| (*name).to_owned()))?
    };
    let mut names: Vec<String> = table.lines().filter_map(name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether the loopback interface is down. The table of routes keeps the address of one that was up
/// once, and its packets vanish without an error.
pub fn is_loopback_down() -> bool {
    #[cfg(target_os = "linux")]
    return super::sockets::linux::is_loopback_up() == Some(false);
    #[cfg(not(target_os = "linux"))]
    return UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
        .is_err_and(|error| error.kind() == std::io::ErrorKind::AddrNotAvailable);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_hosts_are_those_behind_an_address() {
        let file =
            "# a comment\n127.0.0.1\tlocalhost vm # own\n10.0.0.5 ib-gateway\x1b[2J gw\n\n::1\n";
        assert_eq!(names(file), ["localhost", "vm", "gw"]);
    }

    #[test]
    fn only_addresses_of_this_machine_are_local() {
        let local = |text: &str| is_local_address(text.parse().unwrap());
        assert!(local("127.0.0.1:1"));
        assert!(local("[::1]:1"));
        assert!(local("[::ffff:127.0.0.1]:1"));
        assert!(!is_loopback_down());
        // TEST-NET-1 (RFC 5737) belongs to no machine.
        assert!(!local("192.0.2.1:1"));
    }

    #[test]
    fn a_link_local_address_needs_its_interface() {
        let lacks = |text: &str| lacks_interface(text.parse().unwrap());
        assert!(lacks("[fe80::1]:4002"));
        assert!(!lacks("[fe80::1%2]:4002"));
        assert!(!lacks("[fd00::1]:4002") && !lacks("169.254.1.1:4002"));
        let table = "fe80000000000000505400fffe123456 02 40 20 80     eth0\n\
                     00000000000000000000000000000001 01 80 10 80       lo\n\
                     fe80000000000000505400fffe123457 03 40 20 80     wlan0\n";
        assert_eq!(interfaces(table), ["eth0", "wlan0"]);
    }
}
