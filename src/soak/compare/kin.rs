//! Whether two soaks are of the same Gateway.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::Side;
use crate::report::privacy::mask;
use crate::text::printable::clean;

/// Why the two are not of the same Gateway, as a sentence; `None` where nothing shows it.
pub fn strangers(a: Side<'_>, b: Side<'_>) -> Option<String> {
    match (a.report.simulated, b.report.simulated) {
        // Each has a port of its own.
        (true, true) => return None,
        (true, false) => return Some("A is of a simulated Gateway and B of a real one".to_owned()),
        (false, true) => return Some("A is of a real Gateway and B of a simulated one".to_owned()),
        (false, false) => {}
    }
    let (of_a, of_b) = (&a.soak.address, &b.soak.address);
    if !same(of_a, of_b) {
        let [of_a, of_b] = [of_a, of_b].map(|address| shown(address));
        return Some(format!("A is of {of_a} and B of {of_b}"));
    }
    let (host_a, host_b) = (&a.report.host.name, &b.report.host.name);
    match (host_a, host_b) {
        (Some(host_a), Some(host_b)) if host_a != host_b && is_loopback(of_a) => {
            let [host_a, host_b] = [host_a, host_b].map(|host| shown(host));
            Some(format!(
                "A was made on {host_a} and B on {host_b}, each with a loopback address of its own"
            ))
        }
        _ => None,
    }
}

/// A name out of a report, as it may be printed.
fn shown(name: &str) -> String {
    mask(&clean(name, 100))
}

fn is_loopback(address: &str) -> bool {
    plain(address).is_some_and(|it| it.ip().is_loopback())
}

/// Whether two addresses are one: `localhost` is 127.0.0.1.
fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    a == b || plain(&a).is_some_and(|a| plain(&b) == Some(a))
}

fn plain(address: &str) -> Option<SocketAddr> {
    let named = address.strip_prefix("localhost:");
    let local = |port: &str| Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().ok()?)));
    let address: SocketAddr = named.map_or_else(|| address.parse().ok(), local)?;
    let ip: IpAddr = address.ip().to_canonical();
    Some(SocketAddr::new(ip, address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_several_spellings_and_another_port_is_another_gateway() {
        assert!(same("localhost:4002", "127.0.0.1:4002"));
        assert!(same("[::ffff:10.0.0.5]:4001", "10.0.0.5:4001"));
        assert!(same("GW.example:4002", "gw.example:4002"));
        assert!(!same("127.0.0.1:4002", "127.0.0.1:4001"));
        assert!(!same("gw.example:4002", "10.0.0.5:4002"));
    }
}
