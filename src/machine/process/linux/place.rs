//! Where a process is: its network namespace and the addresses of that, and whether its control
//! group is frozen.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::OnceLock;

use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags, openat};

use super::read;
use crate::machine::pid::Pid;
use crate::machine::process::Cgroup;

/// A routing trie or a list of addresses longer than this is not read.
const ADDRESSES: usize = 1024 * 1024;

/// Each network namespace in which a process runs, with the lowest pid in it, as far as the links
/// may be read.
pub(super) fn namespaces(root: &OwnedFd, pids: &[Pid]) -> Vec<(u64, Pid)> {
    let mut found: Vec<(u64, Pid)> = Vec::new();
    for pid in pids {
        let link = read::link(root, &format!("{pid}/ns/net"));
        let inode = link
            .ok()
            .and_then(|link| read::bracketed(link.as_bytes(), b"net"));
        if let Some(inode) = inode
            && !found.iter().any(|(known, _)| *known == inode)
        {
            found.push((inode, *pid));
        }
    }
    found
}

/// Whether the network namespace of the process has this address; false where that cannot be read.
pub(super) fn has_address(process: &OwnedFd, ip: IpAddr) -> bool {
    let text = |path| {
        let (text, _) = read::file(process, path, ADDRESSES).ok()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    };
    match ip {
        IpAddr::V4(ip) => text("net/fib_trie").is_some_and(|trie| is_in_trie(&trie, ip)),
        IpAddr::V6(ip) => text("net/if_inet6").is_some_and(|list| is_in_list(&list, ip)),
    }
}

/// The trie has `|-- ADDRESS`, and below it `/32 host LOCAL` for an address of its own.
fn is_in_trie(trie: &str, ip: Ipv4Addr) -> bool {
    let mut leaf = None;
    trie.lines().any(|line| {
        if let Some(address) = line.trim_start().strip_prefix("|-- ") {
            leaf = address.trim().parse::<Ipv4Addr>().ok();
        }
        leaf == Some(ip) && line.trim() == "/32 host LOCAL"
    })
}

/// Each line begins with an address as 32 hexadecimal digits.
fn is_in_list(list: &str, ip: Ipv6Addr) -> bool {
    let digits = |line: &str| u128::from_str_radix(line.split_whitespace().next()?, 16).ok();
    list.lines()
        .filter_map(digits)
        .any(|own| Ipv6Addr::from(own) == ip)
}

/// Whether the network namespace of the process has no route to this address but through a router.
pub(super) fn is_routed(process: &OwnedFd, ip: IpAddr) -> bool {
    let IpAddr::V4(ip) = ip else {
        return false;
    };
    let routes = read::file(process, "net/route", ADDRESSES);
    routes.is_ok_and(|(routes, _)| is_behind_router(&String::from_utf8_lossy(&routes), ip))
}

/// Whether this machine reaches the address, in the network namespace of the process, by a device of
/// its own: a container is behind a virtual one.
pub(super) fn is_behind_device(process: &OwnedFd, ip: IpAddr) -> bool {
    let IpAddr::V4(ip) = ip else {
        return false;
    };
    let routes = read::file(process, "net/route", ADDRESSES);
    let routes = routes.map(|(routes, _)| String::from_utf8_lossy(&routes).into_owned());
    let routes = routes.unwrap_or_default();
    let name = best_route(&routes, ip).map(|(name, _)| name);
    // Without a way, or with a name that leads elsewhere, nothing is known.
    let name = name.filter(|name| !name.starts_with('.') && !name.contains('/'));
    name.is_some_and(|name| {
        Path::new("/sys/class/net")
            .join(name)
            .join("device")
            .exists()
    })
}

fn is_behind_router(routes: &str, ip: Ipv4Addr) -> bool {
    best_route(routes, ip).is_some_and(|(_, through)| through != 0)
}

/// The interface and the router (0 without one) of the narrowest route. Each line has them, with the
/// destination between and after five more words a mask, in the machine's own order of bytes.
fn best_route(routes: &str, ip: Ipv4Addr) -> Option<(&str, u32)> {
    let address = u32::from_ne_bytes(ip.octets());
    let number = |word: Option<&str>| u32::from_str_radix(word?, 16).ok();
    let lines = routes.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let name = words.next()?;
        let (to, through) = (number(words.next())?, number(words.next())?);
        let mask = number(words.nth(4))?;
        (address & mask == to).then_some((mask.count_ones(), name, through))
    });
    let best = lines.max_by_key(|(bits, _, _)| *bits);
    best.map(|(_, name, through)| (name, through))
}

/// The hierarchies of control groups that may be there: where a group is, the file that tells whether
/// it is frozen, and its words.
const HIERARCHIES: [(&str, &str, &str); 3] = [
    ("/sys/fs/cgroup", "cgroup.events", "frozen 1"),
    ("/sys/fs/cgroup/unified", "cgroup.events", "frozen 1"),
    ("/sys/fs/cgroup/freezer", "freezer.state", "FROZEN"),
];

/// Whether the control group is frozen, as `docker pause` leaves it: its processes then show as
/// sleeping. False where that cannot be read.
pub(super) fn is_frozen(cgroup: &Cgroup) -> bool {
    let paths = std::iter::once(&cgroup.path).chain(&cgroup.others);
    // The root has no such file; what stops all of them stops ibdoc too.
    let mut paths = paths.filter(|path| *path != "/" && !path.split('/').any(|part| part == ".."));
    paths.any(|path| {
        let mut hierarchies = HIERARCHIES.iter();
        hierarchies.any(|(base, file, words)| is_there(base) && says(base, path, file, words))
    })
}

/// Whether this hierarchy is mounted, looked up once: a soak asks before each of its connections.
fn is_there(base: &str) -> bool {
    static THERE: OnceLock<Vec<&str>> = OnceLock::new();
    let there = THERE.get_or_init(|| {
        let bases = HIERARCHIES.iter().map(|(base, _, _)| *base);
        // A folder that merely has the hierarchies below it has no such file.
        bases
            .filter(|base| Path::new(base).join("cgroup.procs").exists())
            .collect()
    });
    there.contains(&base)
}

/// Whether the file of a control group has a line of these words.
fn says(base: &str, path: &str, file: &str, words: &str) -> bool {
    let directory = Path::new(base).join(path.trim_start_matches('/'));
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = openat(CWD, &directory, flags, Mode::empty());
    let content = directory.and_then(|directory| read::file(&directory, file, 4096));
    content.is_ok_and(|(content, _)| {
        let content = String::from_utf8_lossy(&content);
        content.lines().any(|line| line.trim() == words)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_its_own_counts() {
        let trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.0.0.0\n        /24 link UNICAST\n\
                    Local:\n     |-- 10.0.0.2\n        /32 host LOCAL\n     |-- 10.0.0.255\n        \
                    /32 link BROADCAST\n";
        let has = |ip: &str| is_in_trie(trie, ip.parse().unwrap());
        assert!(has("10.0.0.2"));
        if cfg!(target_endian = "little") {
            let routes = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n\
                eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
                eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
            let is_far = |ip: &str| is_behind_router(routes, ip.parse().unwrap());
            assert!(is_far("10.0.0.2") && !is_far("192.0.2.7"));
            assert!(!is_behind_router("", Ipv4Addr::LOCALHOST));
            let two = routes.replace("eth0\t000200C0", "veth1\t000200C0");
            let name = |ip: &str| best_route(&two, ip.parse().unwrap()).map(|(name, _)| name);
            assert_eq!(
                (name("10.0.0.2"), name("192.0.2.7")),
                (Some("eth0"), Some("veth1"))
            );
        }
        assert!(!has("10.0.0.255") && !has("10.0.0.0") && !has("10.0.0.3"));
        let list = "fe800000000000000000000000000001 02 40 20 80     eth0\n";
        assert!(is_in_list(list, "fe80::1".parse().unwrap()));
        assert!(!is_in_list(list, "fe80::2".parse().unwrap()));
    }
}
