//! A lock for each Gateway, so that two processes do not make a session at once, nor one after the
//! other within a minute while none is let in: the file's time is that of the last connection that
//! failed.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A lock that can be taken.
#[derive(Debug)]
pub struct Lock(PathBuf);

/// A lock that is held until this is dropped.
#[derive(Debug)]
pub struct Locked(File);

impl Lock {
    /// The lock of this Gateway; errs where no folder of this user's own takes one.
    pub fn of(target: &str) -> io::Result<Self> {
        let safe = |letter: char| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        };
        let name: String = target.chars().take(100).map(safe).collect();
        let name = format!("ibdoc-watch-{name}.lock");
        for folder in folders() {
            let path = folder.join(&name);
            // One that another process holds is there too; a folder that cannot be written is not.
            if open(&path).is_ok() {
                return Ok(Self(path));
            }
        }
        let path = own_in_temp()?.join(&name);
        open(&path).map(|_| Self(path))
    }

    /// Takes it unless another process holds it, and tells how long ago another process connected,
    /// or failed to.
    pub fn take(&self, now: SystemTime) -> Option<(Locked, Option<Duration>)> {
        let opened = open(&self.0);
        let file = opened
            .inspect_err(|error| tracing::warn!(%error, "no lock"))
            .ok()?;
        if !is_own(&file) || !lock(&file) {
            return None;
        }
        let facts = file.metadata().ok()?;
        let own = std::process::id().to_string();
        let by_other = facts.len() > 0 && fs::read_to_string(&self.0).is_ok_and(|pid| pid != own);
        let since = by_other.then(|| now.duration_since(facts.modified().ok()?).ok());
        let since = since.flatten();
        Some((Locked(file), since))
    }

    /// Notes that this process connects now.
    pub fn note(&self, locked: &Locked) {
        locked.hold(&std::process::id().to_string());
    }
}

impl Locked {
    /// A session was made, or no connection at all: another process may connect at once.
    pub fn nothing_lasts(self) {
        self.hold("");
    }

    fn hold(&self, text: &str) {
        use std::io::{Seek, Write};
        let mut file = &self.0;
        let noted = file.set_len(0).and_then(|()| file.rewind());
        let noted = noted.and_then(|()| file.write_all(text.as_bytes()));
        if let Err(error) = noted {
            tracing::warn!(%error, "the lock takes no time");
        }
    }
}

/// Folders in which only this user can make files, as far as there are any.
fn folders() -> Vec<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let candidates = [
        runtime.filter(|it| it.is_absolute()),
        Some(PathBuf::from("/run")),
    ];
    let candidates = candidates.into_iter().flatten();
    candidates.filter(|folder| is_private(folder)).collect()
}

#[cfg(unix)]
fn own_in_temp() -> io::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    let user = rustix::process::geteuid().as_raw();
    let folder = std::env::temp_dir().join(format!("ibdoc-{user}"));
    match fs::DirBuilder::new().mode(0o700).create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ if is_private(&folder) => Ok(folder),
        _ => Err(io::Error::other(format!(
            "{} is not this user's own",
            folder.display()
        ))),
    }
}

#[cfg(not(unix))]
fn own_in_temp() -> io::Result<PathBuf> {
    // The folder for temporary files is each user's own.
    Ok(std::env::temp_dir())
}

/// Whether it is a folder of this user's, no link, in which no other may make a file.
#[cfg(unix)]
fn is_private(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    fs::symlink_metadata(folder)
        .is_ok_and(|it| it.is_dir() && it.uid() == user && it.mode() & 0o022 == 0)
}

#[cfg(not(unix))]
fn is_private(folder: &Path) -> bool {
    folder.is_dir()
}

/// Opens the file for this user alone; a link in its place is an error.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::CLOEXEC;
        options
            .mode(0o600)
            .custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    }
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        // Nobody else opens it while it is open: that is the lock.
        options.share_mode(0);
    }
    options.open(path)
}

#[cfg(unix)]
fn is_own(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    file.metadata()
        .is_ok_and(|it| it.is_file() && it.uid() == user)
}

#[cfg(not(unix))]
fn is_own(file: &File) -> bool {
    file.metadata().is_ok_and(|it| it.is_file())
}

#[cfg(unix)]
fn lock(file: &File) -> bool {
    use rustix::fs::{FlockOperation, flock};
    flock(file, FlockOperation::NonBlockingLockExclusive).is_ok()
}

#[cfg(not(unix))]
fn lock(_: &File) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn lock_in(folder: &tempfile::TempDir) -> Lock {
        Lock(folder.path().join("ibdoc-watch-x.lock"))
    }

    #[test]
    fn one_holds_it_at_a_time_and_the_next_learns_when_the_other_connected() {
        let folder = tempfile::tempdir().unwrap();
        let lock = lock_in(&folder);
        let now = SystemTime::now();
        let (held, other) = lock.take(now).expect("it is free");
        assert_eq!(other, None);
        lock.note(&held);
        assert!(lock.take(now).is_none(), "it is held");
        drop(held);
        assert!(matches!(lock.take(now), Some((_, None))), "by this process");
        fs::write(&lock.0, "another").unwrap();
        let later = fs::metadata(&lock.0).unwrap().modified().unwrap() + Duration::from_secs(7);
        let (held, other) = lock.take(later).expect("it is free");
        drop(held);
        assert_eq!(other, Some(Duration::from_secs(7)));
        let (held, _) = lock.take(later).expect("it is free");
        held.nothing_lasts();
        assert!(
            matches!(lock.take(later), Some((_, None))),
            "it let somebody in"
        );
    }

    #[test]
    fn a_link_in_its_place_is_not_followed_and_the_file_is_its_users_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let lock = lock_in(&folder);
        let victim = folder.path().join("victim");
        fs::write(&victim, "whole").unwrap();
        std::os::unix::fs::symlink(&victim, &lock.0).unwrap();
        assert!(lock.take(SystemTime::now()).is_none());
        assert_eq!(fs::read_to_string(&victim).unwrap(), "whole");
        fs::remove_file(&lock.0).unwrap();
        let held = lock.take(SystemTime::now()).expect("it is free");
        let mode = fs::metadata(&lock.0).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(held);
    }

    #[test]
    fn a_folder_that_others_write_to_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        assert!(is_private(folder.path()));
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(!is_private(folder.path()));
    }
}
