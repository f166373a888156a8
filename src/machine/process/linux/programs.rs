//! Which file each process runs, and which of them can be a Gateway or TWS at all.

use rustix::fd::OwnedFd;
use rustix::fs::readlinkat_raw;

use super::read;
use super::walk::in_shares;
use crate::machine::pid::Pid;
use crate::machine::process::Programs;
use crate::machine::process::names::{is_jvm_name, is_launcher_name};

/// The name of the file that each of these processes runs, in any order. A link costs 4 µs, which of
/// 2,000 processes is a quarter of a look.
pub(super) fn programs(root: &OwnedFd, pids: &[Pid]) -> Programs {
    let read = |pid: &Pid| (*pid, program(root, *pid));
    let shares = in_shares(pids, |pids| pids.map(read).collect::<Programs>());
    shares.into_iter().flatten().collect()
}

/// The processes that can be a Gateway or TWS at all, ascending: by the file that each runs, and by its
/// name where the file may not be read.
pub(super) fn candidates(root: &OwnedFd, programs: &Programs) -> Vec<Pid> {
    let is_named = |pid: Pid| {
        let comm = read::file(root, &format!("{pid}/comm"), 64);
        comm.is_ok_and(|(comm, _)| is_candidate(comm.trim_ascii_end()))
    };
    let mut candidates: Vec<Pid> = programs
        .iter()
        .filter(|(pid, program)| {
            let by_file = program.as_deref().map(is_candidate);
            by_file.unwrap_or_else(|| is_named(*pid))
        })
        .map(|(pid, _)| *pid)
        .collect();
    candidates.sort_unstable();
    candidates
}

/// The name of the file that the process runs; `None` if it may not be read.
fn program(root: &OwnedFd, pid: Pid) -> Option<Vec<u8>> {
    let mut target = [0; 512];
    let length = readlinkat_raw(root, format!("{pid}/exe"), &mut target[..]).ok()?;
    // A longer path was cut, and its name with it.
    let path = target.get(..length).filter(|path| path.len() < 512)?;
    path.rsplit(|byte| *byte == b'/').next().map(<[u8]>::to_vec)
}

/// Whether a program or process of this name (`comm` has at most 15 bytes) can be one.
fn is_candidate(name: &[u8]) -> bool {
    name.starts_with(b"JavaApplicatio")
        || name.starts_with(b"java")
        || std::str::from_utf8(name).is_ok_and(|name| is_jvm_name(name) || is_launcher_name(name))
}

#[cfg(test)]
mod tests {
    use std::fs::{create_dir_all, remove_file, write};
    use std::net::{Ipv4Addr, SocketAddr};
    use std::os::unix::fs::symlink;

    use super::super::Proc;
    use super::*;
    use crate::machine::process::{ProcessSource, Search};
    use crate::machine::sockets::{Socket, TcpState};

    #[test]
    fn what_a_search_has_read_tells_which_processes_can_be_a_gateway() {
        let proc = tempfile::tempdir().unwrap();
        let of = |pid: u32| proc.path().join(pid.to_string());
        for pid in [7, 8, 9] {
            create_dir_all(of(pid).join("fd")).unwrap();
            create_dir_all(of(pid).join(format!("task/{pid}"))).unwrap();
        }
        symlink("/usr/lib/jvm/bin/java", of(7).join("exe")).unwrap();
        symlink("/usr/bin/python3", of(8).join("exe")).unwrap();
        symlink("socket:[4711]", of(8).join("fd/3")).unwrap();
        write(of(9).join("comm"), "java\n").unwrap();
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 4002));
        let socket = Socket {
            inode: Some(4711),
            ..Socket::unknown(any, any, TcpState::Listen)
        };
        let source = Proc::at(proc.path());
        let owners = source.owners(&[socket], Search::First).unwrap();
        assert_eq!(owners.holders, [[Pid(8)]]);
        // It has gone: a pass that were made anew would not have it.
        remove_file(of(7).join("exe")).unwrap();
        let known = owners.programs.as_ref();
        assert_eq!(source.candidates(known).unwrap(), [Pid(7), Pid(9)]);
        assert_eq!(source.candidates(None).unwrap(), [Pid(9)]);
    }
}
