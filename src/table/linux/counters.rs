//! The counters of TCP in `/proc/net/snmp` (RFC 4022), which belong to the network namespace.

/// How many connections were begun or taken since it exists; `None` if that cannot be read.
pub(super) fn connections_made() -> Option<u64> {
    parse(&std::fs::read_to_string("/proc/net/snmp").ok()?)
}

fn parse(content: &str) -> Option<u64> {
    let mut lines = content.lines().filter_map(|line| line.strip_prefix("Tcp:"));
    let (names, values) = (lines.next()?, lines.next()?);
    let value = |wanted: &str| {
        let mut both = names.split_whitespace().zip(values.split_whitespace());
        let value = both.find_map(|(name, value)| (name == wanted).then_some(value));
        value?.parse::<u64>().ok()
    };
    Some(value("ActiveOpens")?.wrapping_add(value("PassiveOpens")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_counters_are_found_by_their_names() {
        let content = "Ip: Forwarding\nIp: 1\nTcp: RtoMin MaxConn ActiveOpens PassiveOpens InErrs\n\
                       Tcp: 200 -1 40 2 7\nUdp: InDatagrams\nUdp: 5\n";
        assert_eq!(parse(content), Some(42));
        assert_eq!(parse("Tcp: RtoMin\nTcp: 200\n"), None);
        assert_eq!(parse(""), None);
    }
}
