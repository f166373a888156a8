//! The check of the Gateway's login: by IBC's log and by settings in files, which choose among the causes
//! of what was found. Both are only read.

use std::io::{self, IsTerminal as _, Read as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use super::checks::Examined;
use super::notes::Notes;
use super::way::Way;
use super::{Error, Examination};
use crate::diagnosis::login::{self, Context};
use crate::evidence::log::read::Reader;
use crate::evidence::look::{self, Evidence, Process, Wanted};
use crate::handshake::Attempt;
use crate::machine::RunningGateway;
use crate::machine::local::is_local_address;
use crate::machine::process::{self, ProgramKind};

const NAME: &str = "login";
/// Reading files takes milliseconds, unless their disk hangs.
const FILES: Duration = Duration::from_secs(2);
/// A log that comes on the standard input ends by itself, unless it is followed.
const INPUT: Duration = Duration::from_secs(10);

/// Parses what stands behind `--logs`.
pub(super) fn parse(text: &str) -> Result<Wanted, String> {
    match text {
        "" => Err("expected a file, a folder, - or off".to_owned()),
        "-" => Ok(Wanted::Given),
        "off" => Ok(Wanted::Off),
        path => Ok(Wanted::At(PathBuf::from(path))),
    }
}

/// The log that is read, and what has come of it on the standard input.
pub(super) struct Logs {
    wanted: Wanted,
    input: Option<Input>,
}

/// The standard input, read by a thread of its own: a read cannot be interrupted.
struct Input {
    reader: Arc<Mutex<Reader>>,
    ended: watch::Receiver<bool>,
    until: Instant,
}

impl Logs {
    /// Begins to read the standard input if that is wanted; errs where there is no such log.
    pub(super) fn begin(wanted: Option<&Wanted>) -> Result<Self, Error> {
        let wanted = wanted.cloned().unwrap_or(Wanted::Found);
        let usage = |words: &str| Err(Error::Usage(words.to_owned()));
        match &wanted {
            Wanted::Given if io::stdin().is_terminal() => usage(
                "--logs - reads a log from a pipe: `docker logs NAME 2>&1 | ibdoc doctor PORT --logs -`",
            ),
            Wanted::At(path) if !path.exists() => {
                usage("--logs names a file or folder that does not exist, or may not be seen")
            }
            _ => Ok(Self {
                input: (wanted == Wanted::Given).then(Input::begin),
                wanted,
            }),
        }
    }

    /// What has come on the standard input once it has ended, or is awaited no longer.
    async fn given(&mut self, deadline: Instant) -> Option<Reader> {
        let input = self.input.as_mut()?;
        let until = input.until.min(deadline);
        // What has come until then is as good.
        let _ = timeout_at(until, input.ended.wait_for(|ended| *ended)).await;
        input.reader.lock().ok().map(|reader| reader.clone())
    }
}

impl Input {
    fn begin() -> Self {
        let reader = Arc::new(Mutex::new(Reader::default()));
        let (end, ended) = watch::channel(false);
        let shared = Arc::clone(&reader);
        thread::spawn(move || {
            let mut piece = vec![0; 64 * 1024];
            let mut input = io::stdin().lock();
            while let Ok(length @ 1..) = input.read(&mut piece) {
                if let Ok(mut reader) = shared.lock() {
                    reader.feed(&piece[..length]);
                }
            }
            // Nobody may wait for it any more.
            let _ = end.send(true);
        });
        Self {
            reader,
            ended,
            until: Instant::now() + INPUT,
        }
    }
}

impl Examination<'_> {
    /// Explains what was found by the log and the settings of the Gateway.
    pub(super) async fn look_at_login(
        &mut self,
        way: &Way,
        addresses: &[SocketAddr],
        notes: &mut Notes<'_>,
    ) {
        notes.awaits("the Gateway's log and settings");
        let is_given = matches!(self.logs.wanted, Wanted::At(_) | Wanted::Given);
        let is_here = way.path.is_some() || addresses.iter().copied().any(is_local_address);
        let is_simulated = self.setup.simulated.is_some();
        if !is_given && self.logs.wanted != Wanted::Off && (is_simulated || !is_here) {
            let reason = if is_simulated {
                "a simulated Gateway has none"
            } else {
                "it is not seen on this machine; --logs FILE or - reads its log"
            };
            notes.add(Examined::skipped(NAME, reason));
            return;
        }
        let is_here = is_here && !is_simulated;
        let (process, context) = self.surroundings(way, is_here, notes);
        let given = self.logs.given(self.until).await;
        let evidence = gather(self.logs.wanted.clone(), given, process, is_here).await;
        let Some(evidence) = evidence else {
            let summary = "reading the Gateway's files took too long";
            notes.add(Examined::new(
                NAME,
                crate::event::CheckStatus::Unknown,
                summary,
            ));
            return;
        };
        let diagnosed = &mut *notes.diagnosed;
        let row = login::explain(&mut diagnosed.findings, &evidence, &context);
        diagnosed.login = row.login;
        notes.add(Examined::new(NAME, row.status, row.summary));
    }

    /// The Gateway's process, and what is known of the connection to it.
    fn surroundings(
        &self,
        way: &Way,
        is_here: bool,
        notes: &Notes<'_>,
    ) -> (Option<Process>, Context) {
        let world = &self.setup.world;
        let last = way.path.as_ref().and_then(|path| path.hops.last());
        let is_gateway = |kind| matches!(kind, ProgramKind::Gateway | ProgramKind::Tws);
        let hop = last.filter(|hop| is_gateway(hop.kind));
        let found = hop.and_then(|hop| {
            let pid = hop.pid?;
            let facts = world.processes.facts(pid).ok().flatten();
            let up = facts.and_then(|facts| facts.up);
            Some(Process {
                pid,
                kind: hop.kind,
                up,
            })
        });
        // Another program on the port is no reason to ask a Gateway that is elsewhere.
        let may_be = |kind| matches!(kind, ProgramKind::Relay | ProgramKind::Unknown);
        let is_open = is_here && last.is_none_or(|hop| may_be(hop.kind));
        let gateways = if is_open {
            world.running_gateways()
        } else {
            Vec::new()
        };
        // A log that was named is not that of just any Gateway that runs.
        let may_be_any = self.logs.wanted == Wanted::Found;
        let process = found.or_else(|| only_one(&gateways).filter(|_| may_be_any));
        let target = way.path.as_ref().and_then(|path| path.target.as_ref());
        let target = target.and_then(|target| target.rsplit_once(':')?.1.parse().ok());
        let behind = way.path.as_ref().and_then(|path| path.behind());
        let context = Context {
            port: match notes.diagnosed.connection.port {
                0 => self.target.port,
                port => port,
            },
            behind: behind.map(|hop| hop.address.port()).or(target),
            is_listening: hop.is_some(),
            is_gone: is_here && last.is_none() && gateways.is_empty(),
            is_elsewhere: last.is_some_and(|hop| !hop.is_here()),
            ..notes.diagnosed.connection
        };
        (process, context)
    }
}

/// The Gateway that runs, if it is the only one.
fn only_one(gateways: &[RunningGateway]) -> Option<Process> {
    let [RunningGateway { pid, kind, up, .. }] = gateways else {
        return None;
    };
    Some(Process {
        pid: *pid,
        kind: *kind,
        up: *up,
    })
}

/// What is known of a connection after a handshake.
pub(super) fn connection(attempt: &Attempt) -> Context {
    let setting = &attempt.setting;
    let is_through = setting.is_relayed() || setting.detour.is_some();
    Context {
        port: attempt.target.port,
        ours: setting.at_hand.ours.filter(|_| !is_through),
        works: attempt.record.is_ready(),
        is_reached: setting.connected_in.is_some(),
        ..Context::default()
    }
}

/// Reads the files in a thread of its own: a disk that hangs must not hang ibdoc.
async fn gather(
    wanted: Wanted,
    given: Option<Reader>,
    process: Option<Process>,
    is_here: bool,
) -> Option<Evidence> {
    let (send, found) = tokio::sync::oneshot::channel();
    thread::spawn(move || {
        let source = process::system();
        let evidence = look::look(source.as_ref(), &wanted, given, process, is_here);
        // It may be awaited no longer.
        let _ = send.send(evidence);
    });
    timeout(FILES, found).await.ok()?.ok()
}
