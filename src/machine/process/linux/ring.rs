//! Files that an `io_uring` keeps open for a process without a descriptor
//! (`IORING_REGISTER_FILES`).

use std::ffi::CStr;

use rustix::fd::OwnedFd;

use super::read;
use crate::machine::pid::Pid;

/// What the link of a ring's descriptor leads to, and what its mapped memory is called.
pub(super) const RING: &str = "anon_inode:[io_uring]";
/// A ring's description with thousands of entries and files is shorter.
const LONGEST: usize = 1024 * 1024;

/// Passes on the inode of each socket that is registered with the ring of this descriptor; false
/// if that could not be read whole (`io_uring_show_fdinfo` in `io_uring/fdinfo.c`).
pub(super) fn sockets(
    root: &OwnedFd,
    directory: &str,
    descriptor: &CStr,
    hit: &mut impl FnMut(u64),
) -> bool {
    let path = format!("{directory}info/{}", descriptor.to_string_lossy());
    match read::file(root, &path, LONGEST) {
        Ok((content, false)) => parse(&String::from_utf8_lossy(&content), hit),
        _ => false,
    }
}

fn parse(content: &str, hit: &mut impl FnMut(u64)) -> bool {
    let mut lines = content.lines();
    let count = lines.find_map(|line| line.strip_prefix("UserFiles:"));
    // It is left out while another thread uses the ring.
    let Some(count) = count else {
        return false;
    };
    if count.trim() == "0" {
        return true;
    }
    for line in lines {
        let Some((place, file)) = line.trim_start().split_once(": ") else {
            break;
        };
        if place.parse::<u32>().is_err() {
            break;
        }
        if let Some(inode) = read::bracketed(file.as_bytes(), b"socket") {
            hit(inode);
        } else if !is_no_socket(file) {
            return false;
        }
    }
    true
}

/// Whether this names something else; kernels before 6.12 call a socket `TCP`.
fn is_no_socket(file: &str) -> bool {
    let others = ["/", "pipe:[", "anon_inode:", "<none>"];
    others.iter().any(|other| file.starts_with(other))
}

/// Whether memory of a ring is mapped, as it still is when its descriptor has been closed; true
/// also if the maps cannot be read whole.
pub(super) fn is_mapped(root: &OwnedFd, pid: Pid) -> bool {
    match read::maps_name(root, &format!("{pid}/maps"), RING) {
        Ok(found) => found != Some(false),
        Err(errno) => !super::stat::is_gone(errno),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(content: &str) -> (bool, Vec<u64>) {
        let mut inodes = Vec::new();
        let whole = parse(content, &mut |inode| inodes.push(inode));
        (whole, inodes)
    }

    #[test]
    fn registered_sockets_are_read_and_what_is_not_understood_may_be_one() {
        let with = |files: &str| format!("SqMask:\t3\n    0: opcode:0\nUserFiles:\t{files}");
        assert_eq!(parsed(&with("0\nUserBufs:\t0\n")), (true, vec![]));
        assert_eq!(parsed(&with("4\nUserBufs:\t0\n")), (true, vec![]), "empty");
        let two = "9\n    0: socket:[47]\n    3: /dev/null\n    8: socket:[11]\nUserBufs:\t0\n";
        assert_eq!(parsed(&with(two)), (true, vec![47, 11]));
        let old = "2\n    0: TCP\n    1: <none>\n";
        assert_eq!(parsed(&with(old)), (false, vec![]));
        assert_eq!(parsed("SqMask:\t3\n"), (false, vec![]), "in use");
    }
}
