//! How many TCP sockets `/proc/net` counts: in this network namespace, and in the whole kernel.

use std::fs::read_to_string;

/// Whether no other network namespace has a TCP socket, so far as counting can tell.
///
/// Read several times: a socket that has gone from here between two files makes up for one that is
/// elsewhere, and where some come and go all the time that can happen twice in a row.
pub(super) fn is_only_namespace() -> bool {
    const TIMES: usize = 3;
    let counted = Sockets::read();
    counted.is_some_and(Sockets::are_all_here) && (1..TIMES).all(|_| counted == Sockets::read())
}

/// How many TCP sockets there are (`sockstat_seq_show` in net/ipv4/proc.c and net/ipv6/proc.c).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sockets {
    /// Connected or listening in this network namespace.
    here: u64,
    /// In every network namespace, also those that are neither connected nor listening.
    everywhere: u64,
}

impl Sockets {
    fn read() -> Option<Self> {
        // A kernel booted with ipv6.disable=1 has no such file, and no such socket.
        let v6 = read_to_string("/proc/thread-self/net/sockstat6").unwrap_or_default();
        Self::parse(&read_to_string("/proc/thread-self/net/sockstat").ok()?, &v6)
    }

    fn parse(v4: &str, v6: &str) -> Option<Self> {
        let here = counter(v4, "TCP:", "inuse")? + counter(v6, "TCP6:", "inuse").unwrap_or(0);
        let everywhere = counter(v4, "TCP:", "alloc")?;
        Some(Self { here, everywhere })
    }

    fn are_all_here(self) -> bool {
        self.here == self.everywhere
    }
}

/// The number that follows a name in the line with this title.
fn counter(content: &str, title: &str, name: &str) -> Option<u64> {
    let line = content.lines().find_map(|line| line.strip_prefix(title))?;
    let mut words = line.split_whitespace().skip_while(|word| *word != name);
    words.nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const V6: &str = "TCP6: inuse 2\nUDP6: inuse 1\n";

    fn v4(here: u64, everywhere: u64) -> String {
        format!(
            "sockets: used 20\nTCP: inuse {here} orphan 1 tw 9 alloc {everywhere} mem 3\n\
             UDP: inuse 4 mem 2\n"
        )
    }

    #[test]
    fn no_socket_is_elsewhere_if_the_kernel_has_no_more_than_are_here() {
        let all_here = |v4: &str, v6| Sockets::parse(v4, v6).map(Sockets::are_all_here);
        assert_eq!(all_here(&v4(7, 9), V6), Some(true));
        assert_eq!(all_here(&v4(7, 10), V6), Some(false));
        assert_eq!(all_here(&v4(7, 7), ""), Some(true), "no IPv6");
        assert_eq!(all_here("TCP: inuse 7\n", V6), None);
        assert_eq!(all_here("", V6), None);
    }
}
