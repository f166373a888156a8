//! The file of counters that a JVM has mapped: found by the maps of the process, and opened in the
//! root directory that the process has, where the file is called after the pid that it has there.

use std::fs::File;
use std::io::Read as _;

use rustix::fd::OwnedFd;
use rustix::fs::{FileType, Mode, OFlags, fstat, openat};
use rustix::io::Errno;

use super::{read, stat};
use crate::machine::vitals::{LARGEST, NoVitals, Reading, parse};

/// How the name of the directory begins, before the name of the user.
const DIRECTORY: &str = "hsperfdata_";

/// Shorter files have no room for their first bytes.
const SMALLEST: usize = 32;

/// One reading of the process whose directory this is.
pub(super) fn reading(process: &OwnedFd) -> Result<Reading, NoVitals> {
    let (maps, _) = read::file(process, "maps", read::MAPS).map_err(denied)?;
    let maps = String::from_utf8_lossy(&maps);
    let (directory, name) = maps.lines().find_map(mapped).ok_or(NoVitals::Absent)?;
    let file = open(process, directory, name)?;
    let metadata = fstat(&file).map_err(denied)?;
    // Others may write to /tmp, and a program may map any file under such a name.
    let users = stat::status(process).users.unwrap_or_default();
    let is_file = FileType::from_raw_mode(metadata.st_mode) == FileType::RegularFile;
    let size = usize::try_from(metadata.st_size);
    let fits = size.is_ok_and(|size| (SMALLEST..=LARGEST).contains(&size));
    if !is_file || !fits || !users.contains(&metadata.st_uid) {
        return Err(NoVitals::Damaged);
    }
    let mut bytes = Vec::new();
    let read = File::from(file)
        .take(LARGEST as u64)
        .read_to_end(&mut bytes);
    read.map_err(|_| NoVitals::Damaged)?;
    parse(&bytes)
}

/// The directory and the name of the file in a line of the maps, if the line is that of the file.
fn mapped(line: &str) -> Option<(&str, &str)> {
    let (before, name) = line.rsplit_once('/')?;
    let (_, directory) = before.rsplit_once("/tmp/")?;
    let is_named = directory.starts_with(DIRECTORY) && !directory.contains('/');
    let is_pid = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    (is_named && is_pid).then_some((directory, name))
}

/// No link is followed in a directory where every user may make one.
fn open(process: &OwnedFd, directory: &str, name: &str) -> Result<OwnedFd, NoVitals> {
    let folder = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = openat(process, "root", folder, Mode::empty()).map_err(denied)?;
    let tmp = openat(&root, "tmp", folder | OFlags::NOFOLLOW, Mode::empty()).map_err(denied)?;
    let own = openat(&tmp, directory, folder | OFlags::NOFOLLOW, Mode::empty()).map_err(denied)?;
    // A named pipe would wait for a writer.
    let file = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    openat(&own, name, file, Mode::empty()).map_err(denied)
}

fn denied(errno: Errno) -> NoVitals {
    match errno {
        Errno::ACCESS | Errno::PERM => NoVitals::Denied,
        Errno::LOOP | Errno::NOTDIR => NoVitals::Damaged,
        _ => NoVitals::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    const LINE: &str = "7f11 rw-s 00000000 fe:00 12 /tmp/hsperfdata_bot/7\n";

    /// A process directory whose root is the same directory.
    fn process(maps: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("maps"), maps).unwrap();
        let uid = rustix::process::getuid().as_raw();
        let status = format!("Uid:\t{uid}\t{uid}\t{uid}\t{uid}\n");
        fs::write(folder.path().join("status"), status).unwrap();
        symlink(folder.path(), folder.path().join("root")).unwrap();
        fs::create_dir_all(folder.path().join("tmp/hsperfdata_bot")).unwrap();
        folder
    }

    fn read(folder: &Path) -> Result<Reading, NoVitals> {
        reading(&File::open(folder).unwrap().into())
    }

    #[test]
    fn a_file_is_found_by_the_maps_alone() {
        assert_eq!(mapped(LINE.trim()), Some(("hsperfdata_bot", "7")));
        for other in [
            "7f11 rw-s 00000000 fe:00 12 /tmp/hsperfdata_bot/7 (deleted)",
            "7f11 rw-s 00000000 fe:00 12 /tmp/hsperfdata_bot/x/7",
            "7f11 rw-s 00000000 fe:00 12 /tmp/hsperfdata_bot/../7",
            "7f11 rw-s 00000000 fe:00 12 /home/hsperfdata_bot/7",
            "7f11 rw-s 00000000 fe:00 12 /tmp/hsperfdata_bot/",
            "",
        ] {
            assert_eq!(mapped(other), None, "{other}");
        }
        let folder = process("");
        assert_eq!(read(folder.path()), Err(NoVitals::Absent));
    }

    #[test]
    fn no_link_is_followed_and_nothing_but_a_file_of_its_user_is_read() {
        let folder = process(LINE);
        let place = folder.path().join("tmp/hsperfdata_bot/7");
        assert_eq!(read(folder.path()), Err(NoVitals::Absent));
        symlink("/etc/passwd", &place).unwrap();
        assert_eq!(read(folder.path()), Err(NoVitals::Damaged));
        fs::remove_file(&place).unwrap();
        fs::create_dir(&place).unwrap();
        assert_eq!(read(folder.path()), Err(NoVitals::Damaged));
        fs::remove_dir(&place).unwrap();
        fs::write(&place, vec![0; LARGEST + 1]).unwrap();
        assert_eq!(read(folder.path()), Err(NoVitals::Damaged));
        fs::write(&place, [0; 64]).unwrap();
        assert_eq!(read(folder.path()), Err(NoVitals::Damaged));
        fs::remove_dir_all(folder.path().join("tmp/hsperfdata_bot")).unwrap();
        symlink("/tmp", folder.path().join("tmp/hsperfdata_bot")).unwrap();
        assert_eq!(read(folder.path()), Err(NoVitals::Damaged));
    }
}
