//! `jts.ini`: the only thing that is read of it are its trusted addresses, which count with FIX alone.
//! `LocalServerPort` is not the API's port.

use super::trusted::Trusted;

/// The trusted addresses of a `jts.ini`.
pub fn trusted(text: &str) -> Trusted {
    let keyed = text.lines().filter_map(|line| line.split_once('='));
    let mut lists = keyed.filter(|(key, _)| key.trim().eq_ignore_ascii_case("TrustedIPs"));
    lists
        .next()
        .map_or_else(Trusted::default, |(_, list)| Trusted::parse(list))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_trusted_addresses_are_read() {
        let text = "[Logon]\r\nuser=bob\r\n[IBGateway]\r\nLocalServerPort=4000\r\ntrustedips=127.0.0.1, 10.0.0.7\r\n";
        let read = trusted(text);
        assert_eq!(read.addresses.len(), 2);
        assert!(read.contains("10.0.0.7".parse().expect("an address")));
        assert!(trusted("TrustedIPs=10.0.0.0/24").has_range);
        assert_eq!(trusted("LocalServerPort=4000"), Trusted::default());
    }
}
