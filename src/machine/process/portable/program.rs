//! Asking a program of the system: by its whole path, without a shell or an environment, for a
//! bounded time and answer. One that does not end in time is ended.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::platform::{Platform, Program};

/// `lsof` takes 0.6 s on Linux with 2,000 processes, and several on a machine that is busy too.
const LIMIT: Duration = Duration::from_secs(10);
/// `lsof` says some 60 bytes about each TCP socket.
const LONGEST: u64 = 16 * 1024 * 1024;
/// Between two looks whether it has ended.
const INTERVAL: Duration = Duration::from_millis(2);
/// What the end of a program by SIGKILL may take before it is left to the system.
const DIES_WITHIN: Duration = Duration::from_millis(500);

/// Why a program gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Silence {
    #[error("this system has no {0}")]
    Absent(&'static str),
    #[error("failed to run {0}: {1}")]
    Failed(&'static str, io::Error),
    #[error("{0} gave no answer within {limit} s", limit = .1.as_secs_f64())]
    Late(&'static str, Duration),
    #[error("{0} said more than {1} bytes")]
    Long(&'static str, u64),
    #[error("{0} ended with {1}")]
    Refused(&'static str, std::process::ExitStatus),
}

/// What can be asked: the programs of this system, or those of a test.
pub(super) trait Programs {
    /// What the program says when it is called with these arguments.
    fn ask(&self, program: Program, arguments: &[&str]) -> Result<String, Silence>;
}

/// The programs that are installed here.
pub(super) struct Installed(pub(super) Platform);

/// Those that gave no answer in time: they are not waited for again, so that however many
/// processes are looked at, each program costs ibdoc its limit once.
static LATE: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];

impl Programs for Installed {
    fn ask(&self, program: Program, arguments: &[&str]) -> Result<String, Silence> {
        let late = &LATE[program as usize];
        unless_late(late, program.name(), || self.ask_once(program, arguments))
    }
}

fn unless_late(
    late: &AtomicBool,
    name: &'static str,
    ask: impl FnOnce() -> Result<String, Silence>,
) -> Result<String, Silence> {
    if late.load(Ordering::Relaxed) {
        return Err(Silence::Late(name, LIMIT));
    }
    let answer = ask();
    if matches!(answer, Err(Silence::Late(..))) {
        late.store(true, Ordering::Relaxed);
    }
    answer
}

impl Installed {
    fn ask_once(&self, program: Program, arguments: &[&str]) -> Result<String, Silence> {
        let paths = self.0.paths(program).iter().map(Path::new);
        let path = paths.into_iter().find(|path| path.exists());
        let name = program.name();
        let path = path.ok_or(Silence::Absent(name))?;
        // It ends with 1 also when one of many files could not be looked at.
        let lenient = program == Program::Lsof;
        answer(name, path, arguments, lenient, (LIMIT, LONGEST))
    }
}

fn answer(
    name: &'static str,
    path: &Path,
    arguments: &[&str],
    lenient: bool,
    (limit, longest): (Duration, u64),
) -> Result<String, Silence> {
    let until = Instant::now() + limit;
    let failed = |error| Silence::Failed(name, error);
    let mut child = Command::new(path)
        .args(arguments)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let said = match said(child.stdout.take(), until, longest) {
        Ok(Some(bytes)) if bytes.len() as u64 <= longest => Ok(bytes),
        Ok(Some(_)) => Err(Silence::Long(name, longest)),
        Ok(None) => Err(Silence::Late(name, limit)),
        Err(error) => Err(failed(error)),
    };
    let answered = said.and_then(|bytes| match ended(&mut child, until) {
        Some(status) if status.success() || lenient && status.code() == Some(1) => {
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        Some(status) => Err(Silence::Refused(name, status)),
        None => Err(Silence::Late(name, limit)),
    });
    if answered.is_err() {
        stop(&mut child);
    }
    answered
}

/// What a program writes until it closes its output, at most one byte more than `longest`; `None`
/// if it has not closed it by then.
fn said(stdout: Option<ChildStdout>, until: Instant, longest: u64) -> io::Result<Option<Vec<u8>>> {
    let Some(stdout) = stdout else {
        return Ok(Some(Vec::new()));
    };
    let (tell, told) = mpsc::channel();
    thread::Builder::new().spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.take(longest + 1).read_to_end(&mut bytes);
        // The receiver has gone when the answer came too late.
        let _ = tell.send(read.map(|_| bytes));
    })?;
    let read = told.recv_timeout(until.saturating_duration_since(Instant::now()));
    read.ok().transpose()
}

/// How it ended; nothing if it has not until then.
fn ended(child: &mut Child, until: Instant) -> Option<std::process::ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => thread::sleep(INTERVAL),
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Ends this child of ibdoc's own and reaps it; never waits for one that the kernel holds.
fn stop(child: &mut Child) {
    // It may have ended by itself.
    let _ = child.kill();
    let _ = ended(child, Instant::now() + DIES_WITHIN);
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const PLENTY: (Duration, u64) = (LIMIT, LONGEST);

    fn shell(line: &str, lenient: bool, bounds: (Duration, u64)) -> Result<String, Silence> {
        answer("sh", Path::new("/bin/sh"), &["-c", line], lenient, bounds)
    }

    #[test]
    fn an_answer_is_whole_and_has_no_environment() {
        assert_eq!(
            shell("echo one; echo two", false, PLENTY).unwrap(),
            "one\ntwo\n"
        );
        let environment = shell("pwd; echo \"<$HOME$USER$LANG>\"", false, PLENTY).unwrap();
        assert_eq!(environment, "/\n<>\n");
    }

    #[test]
    fn a_status_of_1_is_an_answer_only_where_that_means_a_part() {
        assert!(matches!(
            shell("echo one; exit 1", false, PLENTY),
            Err(Silence::Refused("sh", _))
        ));
        assert_eq!(shell("echo one; exit 1", true, PLENTY).unwrap(), "one\n");
        assert!(shell("exit 2", true, PLENTY).is_err());
        assert!(shell("kill -9 $$", true, PLENTY).is_err());
    }

    #[test]
    fn one_that_hangs_or_does_not_stop_talking_is_ended() {
        let soon = (Duration::from_millis(50), 1000);
        let began = Instant::now();
        let late = shell("exec sleep 60", false, soon).unwrap_err();
        assert_eq!(late.to_string(), "sh gave no answer within 0.05 s");
        // One that closes its output and stays is no answer either.
        assert!(matches!(
            shell("exec sleep 60 >&-", false, soon),
            Err(Silence::Late(..))
        ));
        let long = shell("while :; do echo more; done", false, (LIMIT, 1000)).unwrap_err();
        assert_eq!(long.to_string(), "sh said more than 1000 bytes");
        assert!(began.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn one_that_was_late_is_not_waited_for_again() {
        let late = AtomicBool::new(false);
        let answered = || Ok("pid".to_owned());
        assert!(unless_late(&late, "ps", answered).is_ok());
        assert!(unless_late(&late, "ps", || Err(Silence::Absent("ps"))).is_err());
        assert!(unless_late(&late, "ps", answered).is_ok());
        let hangs = || Err(Silence::Late("ps", LIMIT));
        assert!(unless_late(&late, "ps", hangs).is_err());
        assert!(matches!(
            unless_late(&late, "ps", answered),
            Err(Silence::Late("ps", _))
        ));
    }

    #[test]
    fn one_that_does_not_exist_is_named() {
        let absent = Installed(Platform::Windows).ask(Program::Lsof, &[]);
        assert_eq!(absent.unwrap_err().to_string(), "this system has no lsof");
        let missing = answer("ps", Path::new("/nowhere/ps"), &[], false, PLENTY);
        assert!(matches!(missing, Err(Silence::Failed("ps", _))));
    }
}
