//! Which addresses are this machine's own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Whether an address belongs to this machine; no packet is sent to find out.
pub fn is_local(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    if ip.is_unspecified() || ip.is_loopback() {
        return true;
    }
    source_of(ip) == Some(ip)
}

/// The address of this machine from which `ip` is reached; no packet is sent to find out.
pub fn source_of(ip: IpAddr) -> Option<IpAddr> {
    let any: SocketAddr = match ip {
        IpAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        IpAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    // The kernel reaches an address of its own from that address itself. Binding it would prove
    // nothing where `ip_nonlocal_bind` is set.
    let source = UdpSocket::bind(any).and_then(|socket| {
        socket.connect((ip, 9))?;
        socket.local_addr()
    });
    source.ok().map(|source| source.ip())
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
    fn only_addresses_of_this_machine_are_local() {
        assert!(is_local(IpAddr::from([127, 0, 0, 1])));
        assert!(!is_loopback_down());
        assert!(is_local("::1".parse().unwrap()));
        assert!(is_local("::ffff:127.0.0.1".parse().unwrap()));
        // TEST-NET-1 (RFC 5737) belongs to no machine.
        assert!(!is_local(IpAddr::from([192, 0, 2, 1])));
    }
}
