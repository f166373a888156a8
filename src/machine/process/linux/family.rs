//! Who belongs together: the ancestors and descendants of a process, the members of a process group, and
//! the memory that each has had.

use rustix::fd::OwnedFd;
use rustix::io::Errno;

use super::{collect, directory, read, stat};
use crate::machine::pid::Pid;

/// More descendants than this are not followed.
const DESCENDANTS: usize = 1024;

/// The process and its running descendants; `None` if a list of children cannot be read.
pub(super) fn descendants(root: &OwnedFd, pid: Pid) -> Option<Vec<Pid>> {
    let mut family = vec![pid];
    let mut next = 0;
    while let Some(pid) = family.get(next).copied() {
        next += 1;
        let process = match directory(root, &pid.to_string()) {
            Ok(process) => process,
            // It has ended since its parent was read.
            Err(Errno::NOENT | Errno::SRCH) => continue,
            Err(_) => return None,
        };
        match collect::children(root, &process) {
            Some(children) => family.extend(children),
            None if is_gone(root, pid) => {}
            None => return None,
        }
        if family.len() > DESCENDANTS {
            return None;
        }
    }
    family.sort_unstable();
    family.dedup();
    Some(family)
}

/// The processes above it, but for the first of all; fewer where one cannot be read.
pub(super) fn ancestors(root: &OwnedFd, pid: Pid) -> Vec<Pid> {
    let parent = |pid: &Pid| {
        let stat = stat::read_at(root, &format!("{pid}/stat")).ok()?;
        Some(stat.parent).filter(|parent| parent.0 > 1)
    };
    let above = std::iter::successors(parent(&pid), parent);
    above.take(DESCENDANTS).collect()
}

fn is_gone(root: &OwnedFd, pid: Pid) -> bool {
    stat::read_at(root, &format!("{pid}/stat")).is_err_and(stat::is_gone)
}

/// The running members of a process group, ascending; errs if one cannot be read.
pub(super) fn group(root: &OwnedFd, group: Pid) -> Result<Vec<Pid>, Errno> {
    let mut members = Vec::new();
    for pid in super::pids(root)? {
        match stat::read_at(root, &format!("{pid}/stat")) {
            Ok(stat) if stat.group == group && !stat.has_ended() => members.push(pid),
            Err(errno) if !stat::is_gone(errno) => return Err(errno),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(members)
}

/// The most memory that the process has had resident, in bytes (`VmHWM`); `None` if it has ended.
pub(super) fn peak_memory(root: &OwnedFd, pid: Pid) -> Option<u64> {
    let (content, _) = read::file(root, &format!("{pid}/status"), 16 * 1024).ok()?;
    parse_peak(&String::from_utf8_lossy(&content))
}

fn parse_peak(status: &str) -> Option<u64> {
    let value = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_in_bytes_and_a_process_without_memory_has_none() {
        assert_eq!(
            parse_peak("Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n"),
            Some(2 << 20)
        );
        assert_eq!(parse_peak("Name:\tx\nState:\tZ (zombie)\n"), None);
    }
}
