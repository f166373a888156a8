//! Evidence that a process is a Java virtual machine.

use rustix::fd::OwnedFd;
use rustix::io::Errno;

use super::read;
use crate::machine::process::Jvm;

/// A JVM makes its `VM Thread` among its first; this bounds the look at other programs.
const THREADS: usize = 256;

/// How the name of the library begins.
const LIBRARY: &str = "libjvm";

/// Looks at the threads, then at the mapped files; `None` if either could not be read to its end.
pub(super) fn evidence(process: &OwnedFd) -> Option<Jvm> {
    let threads = vm_thread(process);
    if threads == Some(true) {
        return Some(Jvm::VmThread);
    }
    match read::maps_name(process, "maps", LIBRARY) {
        Ok(Some(true)) => Some(Jvm::Library),
        Ok(Some(false)) if threads.is_some() => Some(Jvm::No),
        _ => None,
    }
}

fn vm_thread(process: &OwnedFd) -> Option<bool> {
    let tasks = super::directory(process, "task").ok()?;
    let (mut seen, mut found, mut readable) = (0, false, true);
    let listed = read::each(&tasks, |name| {
        seen += 1;
        match read::file(&tasks, &format!("{}/comm", name.to_string_lossy()), 64) {
            Ok((comm, _)) => found = comm.trim_ascii_end() == b"VM Thread",
            // It has just ended.
            Err(Errno::NOENT | Errno::SRCH) => {}
            Err(_) => readable = false,
        }
        !found && seen < THREADS
    });
    listed.ok()?;
    (readable || found).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    fn open(path: &std::path::Path) -> OwnedFd {
        let root = super::super::Proc::at(path).open().unwrap();
        super::super::directory(&root, ".").unwrap()
    }

    #[test]
    fn a_library_is_found_across_two_pieces_and_its_absence_too() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("task/20")).unwrap();
        fs::write(directory.path().join("task/20/comm"), "worker\n").unwrap();
        let maps = directory.path().join("maps");
        fs::write(&maps, [&[b'x'; 4093][..], b"libjvm.so"].concat()).unwrap();
        assert_eq!(evidence(&open(directory.path())), Some(Jvm::Library));
        fs::write(&maps, [b'x'; 9000]).unwrap();
        assert_eq!(evidence(&open(directory.path())), Some(Jvm::No));
        fs::write(&maps, vec![b'x'; read::MAPS + 1]).unwrap();
        assert_eq!(
            evidence(&open(directory.path())),
            None,
            "there is more than was read"
        );
        fs::remove_file(&maps).unwrap();
        assert_eq!(evidence(&open(directory.path())), None);
    }

    #[test]
    fn a_real_jvm_shows_by_thread_and_by_library() {
        let directory = tempfile::tempdir().unwrap();
        let source = directory.path().join("Idle.java");
        let code = "class Idle { public static void main(String[] a) throws Exception { \
                    System.in.read(); } }";
        fs::write(&source, code).unwrap();
        let mut command = Command::new("java");
        command
            .arg(&source)
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        let Ok(mut child) = command.spawn() else {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "skipped: no java");
            return;
        };
        let process = open(std::path::Path::new(&format!("/proc/{}", child.id())));
        let deadline = Instant::now() + Duration::from_secs(30);
        while evidence(&process) != Some(Jvm::VmThread) && Instant::now() < deadline {
            std::thread::yield_now();
        }
        let library = read::maps_name(&process, "maps", LIBRARY);
        let seen = (vm_thread(&process), library);
        drop(child.stdin.take());
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(seen, (Some(true), Ok(Some(true))));
    }
}
