//! Where this machine's packet filter forwards a port on which nothing listens (DNAT), as container
//! runtimes publish ports: by the rules, which only root may read.

mod iptables;
mod nft;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::ask::{ask, was_left};

/// A longer list of rules is not read: 20,000 services of a cluster's are some megabytes.
const LONGEST: usize = 8 * 1024 * 1024;
/// Chains lead to one another at most so often.
const DEEPEST: usize = 8;
/// As long rules that were read are taken for those that stand.
const FRESH: Duration = Duration::from_secs(10);
/// Is there where the kernel follows connections, which a translation of addresses needs.
const FOLLOWS: &str = "/proc/sys/net/netfilter/nf_conntrack_max";

/// One rule for the connections that this machine makes itself, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    /// The chain in which it stands.
    chain: String,
    /// To which addresses it applies; whether to all others.
    to: Option<(bool, IpAddr, u8)>,
    /// To which ports it applies.
    ports: Option<RangeInclusive<u16>>,
    /// Whether nothing else decides that it applies.
    is_plain: bool,
    action: Action,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Action {
    /// What comes after it in its chain, or after the chain, is not gone through.
    End,
    /// Another chain is gone through.
    Jump(String),
    /// The connection leads to this address; to its own port where that is 0.
    Forward(SocketAddr),
    /// The connection leads to this port of the loopback.
    Redirect(u16),
}

/// Where a connection of this machine to `address` leads by the rules; `None` if they forward it
/// nowhere, to several places, or cannot be read.
pub(super) fn target(address: SocketAddr) -> Option<SocketAddr> {
    if cfg!(not(target_os = "linux")) {
        return None;
    }
    let by_iptables =
        saved(address).and_then(|rules| followed(&rules, &["OUTPUT".to_owned()], address));
    // What one of them waits for the other would wait for too.
    if was_left(save(address)) {
        return None;
    }
    by_iptables.or_else(|| {
        let text = asked("nft", &["list", "ruleset"])?;
        let (rules, roots) = nft::rules(&text);
        followed(&rules, &roots, address)
    })
}

/// Where the rules of `iptables` lead what comes from another machine to `address`, in the network
/// namespace of the thread; `None` as of [`target`]. It is asked anew each time.
pub(super) fn of_incoming(address: SocketAddr) -> Option<SocketAddr> {
    let text = ask(save(address), &[], LONGEST)?;
    followed(&iptables::rules(&text), &["PREROUTING".to_owned()], address)
}

/// What each program has printed, and when it was asked.
static PRINTED: Mutex<BTreeMap<String, (Instant, Option<String>)>> = Mutex::new(BTreeMap::new());

/// What a program prints that may be in a folder for administrators, which a short PATH lacks; asked
/// again only after [`FRESH`]: a soak would start it before each of its connections.
fn asked(program: &str, arguments: &[&str]) -> Option<String> {
    let mut printed = PRINTED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((at, text)) = printed.get(program)
        && at.elapsed() < FRESH
    {
        return text.clone();
    }
    let mut text = ask(program, arguments, LONGEST);
    if text.is_none() && !was_left(program) {
        text = ask(&format!("/usr/sbin/{program}"), arguments, LONGEST);
    }
    printed.insert(program.to_owned(), (Instant::now(), text.clone()));
    text
}

/// The rules of `iptables` for this family of addresses.
fn saved(address: SocketAddr) -> Option<Vec<Rule>> {
    asked(save(address), &[]).map(|text| iptables::rules(&text))
}

/// The program that prints the rules for addresses like this one.
fn save(address: SocketAddr) -> &'static str {
    if address.is_ipv4() {
        "iptables-save"
    } else {
        "ip6tables-save"
    }
}

/// Where the rules of `iptables` lead a connection of this machine to `address` on which a listener
/// stands: for certain, as each rule that may apply has no condition that is not known here.
pub(super) fn past_listener(address: SocketAddr) -> Option<SocketAddr> {
    // No address is translated where the kernel follows no connection.
    if cfg!(not(target_os = "linux")) || !std::path::Path::new(FOLLOWS).exists() {
        return None;
    }
    let rules = saved(address)?;
    certain(&rules, "OUTPUT", address)
}

/// As `followed`, from this chain; `None` where a rule on the way is not plain, or ends it.
fn certain(rules: &[Rule], root: &str, address: SocketAddr) -> Option<SocketAddr> {
    let mut chains = BTreeSet::from([root]);
    for _ in 0..DEEPEST {
        for rule in rules.iter().filter(|rule| rule.is_for(address)) {
            if !chains.contains(rule.chain.as_str()) {
                continue;
            }
            match &rule.action {
                _ if !rule.is_plain => return None,
                Action::End => return None,
                Action::Jump(chain) => drop(chains.insert(chain)),
                Action::Forward(_) | Action::Redirect(_) => {}
            }
        }
    }
    followed(rules, &[root.to_owned()], address)
}

/// The only place to which the rules of these chains, and of those to which they lead, forward it.
fn followed(rules: &[Rule], roots: &[String], address: SocketAddr) -> Option<SocketAddr> {
    let mut chains: BTreeSet<&str> = roots.iter().map(String::as_str).collect();
    let mut places: BTreeSet<SocketAddr> = BTreeSet::new();
    for _ in 0..DEEPEST {
        let before = chains.len();
        for rule in rules.iter().filter(|rule| rule.is_for(address)) {
            if !chains.contains(rule.chain.as_str()) {
                continue;
            }
            match &rule.action {
                Action::End => {}
                Action::Jump(chain) => drop(chains.insert(chain)),
                Action::Forward(place) => {
                    let port = [place.port(), address.port()];
                    let port = port.into_iter().find(|port| *port > 0)?;
                    places.insert(SocketAddr::new(place.ip(), port));
                }
                Action::Redirect(port) => {
                    let loopback: IpAddr = match address {
                        SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
                        SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
                    };
                    places.insert(SocketAddr::new(loopback, *port));
                }
            }
        }
        if chains.len() == before {
            break;
        }
    }
    match places.len() {
        1 => places.first().copied(),
        _ => None,
    }
}

impl Rule {
    /// Whether it may apply to a connection to this address: what else it asks for is not known.
    fn is_for(&self, address: SocketAddr) -> bool {
        let fits = self
            .to
            .is_none_or(|(others, network, bits)| is_within(address.ip(), network, bits) != others);
        let ports = self.ports.as_ref();
        fits && ports.is_none_or(|ports| ports.contains(&address.port()))
    }
}

fn is_within(ip: IpAddr, network: IpAddr, bits: u8) -> bool {
    let (ip, network, most) = match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            (u128::from(ip.to_bits()), u128::from(network.to_bits()), 32)
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => (ip.to_bits(), network.to_bits(), 128),
        _ => return false,
    };
    let shift = u32::from(most - bits.min(most));
    let cut = |value: u128| value.checked_shr(shift).unwrap_or(0);
    cut(ip) == cut(network)
}

/// `172.17.0.2` or `172.17.0.0/16`.
fn network(text: &str) -> Option<(IpAddr, u8)> {
    match text.split_once('/') {
        Some((ip, bits)) => Some((ip.parse().ok()?, bits.parse().ok()?)),
        None => Some((text.parse().ok()?, u8::MAX)),
    }
}

/// `4004`, or from the first to the last with `separator` between them.
fn ports(text: &str, separator: char) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once(separator).unwrap_or((text, text));
    Some(first.parse().ok()?..=last.parse().ok()?)
}

/// `172.17.0.2:4002`, or an address without a port, which keeps the one of the connection.
fn place(text: &str) -> Option<SocketAddr> {
    let alone = |ip: IpAddr| SocketAddr::new(ip, 0);
    text.parse().ok().or_else(|| text.parse().ok().map(alone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DOCKER: &str = "*nat\n:PREROUTING ACCEPT [1:60]\n:OUTPUT ACCEPT [5:320]\n:DOCKER - [0:0]\n\
        -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n\
        -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER\n\
        -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE\n\
        -A DOCKER -i docker0 -j RETURN\n\
        -A DOCKER ! -i docker0 -p tcp -m tcp --dport 4001 -j DNAT --to-destination 172.17.0.2:4003\n\
        -A DOCKER ! -i docker0 -p tcp -m tcp --dport 4002 -j DNAT --to-destination 172.17.0.2:4004\n\
        -A DOCKER ! -i docker0 -p udp -m udp --dport 4002 -j DNAT --to-destination 172.17.0.3:53\n\
        -A PREROUTING -p tcp -m tcp --dport 4007 -j DNAT --to-destination 172.17.0.9:1\nCOMMIT\n";

    const NETAVARK: &str = "table inet netavark {\n\tchain OUTPUT {\n\t\ttype nat hook output \
        priority dstnat; policy accept;\n\t\tfib daddr type local jump HOSTPORT\n\t}\n\
        \tchain HOSTPORT {\n\t\ttcp dport 4004 jump nv_1_dnat\n\t}\n\tchain nv_1_dnat {\n\
        \t\tip saddr 10.88.0.0/16 tcp dport 4004 jump SETMARK\n\
        \t\ttcp dport 4004 counter packets 0 bytes 0 dnat ip to 10.88.0.2:4002\n\t}\n\
        \tchain PREROUTING {\n\t\ttype nat hook prerouting priority dstnat; policy accept;\n\
        \t\ttcp dport 4007 dnat ip to 10.88.0.9:1\n\t}\n}\n\
        table ip nat {\n\tchain OUTPUT {\n\t\ttype nat hook output priority -100;\n\
        \t\tip daddr != 127.0.0.0/8 tcp dport 4010-4012 counter redirect to :4002\n\t}\n}\n";

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_port_that_docker_publishes_leads_to_its_container() {
        let rules = iptables::rules(DOCKER);
        let to = |address| followed(&rules, &["OUTPUT".to_owned()], at(address));
        assert_eq!(to("192.0.2.2:4002"), Some(at("172.17.0.2:4004")));
        assert_eq!(to("192.0.2.2:4001"), Some(at("172.17.0.2:4003")));
        assert_eq!(to("127.0.0.1:4002"), None, "not on the loopback");
        assert_eq!(to("192.0.2.2:4007"), None, "only from other machines");
        assert_eq!(to("192.0.2.2:4005"), None);
        let two = DOCKER.replace("--dport 4001", "--dport 4002");
        let rules = iptables::rules(&two);
        let both = followed(&rules, &["OUTPUT".to_owned()], at("192.0.2.2:4002"));
        assert_eq!(both, None, "two places are none");
    }

    #[test]
    fn a_listener_is_passed_only_by_rules_that_apply_for_certain() {
        let past = |text: &str, address: &str| {
            let text = format!("*nat\n{text}\nCOMMIT\n");
            certain(&iptables::rules(&text), "OUTPUT", at(address))
        };
        assert_eq!(
            certain(&iptables::rules(DOCKER), "OUTPUT", at("192.0.2.2:4002")),
            Some(at("172.17.0.2:4004"))
        );
        let local = "-A OUTPUT -d 127.0.0.1/32 -p tcp -m tcp --dport 4001";
        let rule = format!("{local} -j DNAT --to-destination 10.9.0.2:4004");
        assert_eq!(past(&rule, "127.0.0.1:4001"), Some(at("10.9.0.2:4004")));
        assert_eq!(past(&rule, "127.0.0.1:4002"), None);
        let named = format!("{local} -m comment --comment \"the API\" -j REDIRECT --to-ports 5001");
        assert_eq!(past(&named, "127.0.0.1:4001"), Some(at("127.0.0.1:5001")));
        for other in [
            format!("{local} -m owner ! --uid-owner 1337 -j REDIRECT --to-ports 15001"),
            format!("-A OUTPUT -d 127.0.0.0/8 -j RETURN\n{rule}"),
            format!("-A OUTPUT -s 10.0.0.1/32 -p tcp -j DNAT --to-destination 10.9.0.3:1\n{rule}"),
        ] {
            assert_eq!(past(&other, "127.0.0.1:4001"), None, "{other}");
        }
    }

    #[test]
    fn a_port_that_podman_publishes_leads_to_its_container() {
        let (rules, roots) = nft::rules(NETAVARK);
        let to = |address| followed(&rules, &roots, at(address));
        assert_eq!(to("127.0.0.1:4004"), Some(at("10.88.0.2:4002")));
        assert_eq!(to("127.0.0.1:4007"), None, "only from other machines");
        assert_eq!(to("192.0.2.2:4011"), Some(at("127.0.0.1:4002")));
        assert_eq!(to("127.0.0.1:4011"), None);
        assert_eq!(to("192.0.2.2:4013"), None);
    }

    proptest! {
        #[test]
        fn no_rules_break_it(
            lines in prop::collection::vec(
                "(-A OUTPUT|-j|! -d|--dport|--to-destination|chain x \\{|\\}|tcp dport|dnat to|ip daddr|[ -~é]{0,9}| |\n)",
                0..40,
            ),
        ) {
            let text = lines.join(" ");
            followed(&iptables::rules(&text), &["OUTPUT".to_owned()], at("192.0.2.2:4002"));
            let (rules, roots) = nft::rules(&text);
            followed(&rules, &roots, at("192.0.2.2:4002"));
        }
    }
}
