//! The signals that ask the program to end: SIGINT, SIGTERM and SIGHUP, on Unix also SIGQUIT where a
//! child would be left behind; on Windows Ctrl-C, and what ends a program otherwise: Ctrl-Break, the
//! close of its window, the shutdown. Every command ends with a report of what it has learned so far.

use std::io;
use std::time::Duration;

use tokio::sync::watch;

use crate::finding::verdict::ExitStatus;

/// A signal is heard of so soon after it has come.
const HEARD_WITHIN: Duration = Duration::from_millis(5);

/// A signal that asks the program to end; every clone is told of it.
#[derive(Clone, Debug)]
pub struct Interrupt(watch::Receiver<Option<ExitStatus>>);

impl Interrupt {
    /// Begins to listen, in a task of its own; errs when the handlers cannot be installed.
    ///
    /// A second signal ends the program at once, as if nobody listened: the first may have come
    /// where nothing can be done about it, as in a write to a pipe that is full.
    pub fn listen(wish: Listen) -> io::Result<Self> {
        #[cfg(unix)]
        twice::arm(wish)?;
        Ok(Self::told_by(Signals::listen(wish)?))
    }

    fn told_by(mut signals: Signals) -> Self {
        let (tell, told) = watch::channel(None);
        tokio::spawn(async move {
            let status = signals.next().await;
            // Without a receiver the command is over already.
            let _ = tell.send(Some(status));
        });
        Self(told)
    }

    /// One that is told by hand, as often as wanted; the first time counts.
    pub fn by_hand() -> (Raise, Self) {
        let (tell, told) = watch::channel(None);
        (Raise(tell), Self(told))
    }

    /// A signal that never comes, for tests and commands that run to their end.
    pub fn never() -> Self {
        Self(watch::channel(None).1)
    }

    /// The status of the signal that has come; nothing before that.
    pub fn now(&self) -> Option<ExitStatus> {
        *self.0.borrow()
    }

    /// The same, of a signal too that has come just now, on its way through the runtime.
    pub async fn heard(&mut self) -> Option<ExitStatus> {
        tokio::time::timeout(HEARD_WITHIN, self.received())
            .await
            .ok()
    }

    /// Waits for the signal; every later call returns at once.
    pub async fn received(&mut self) -> ExitStatus {
        let status = self
            .0
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|status| *status);
        match status {
            Some(status) => status,
            None => std::future::pending().await,
        }
    }
}

/// Tells an [`Interrupt`] by hand.
#[derive(Debug)]
pub struct Raise(watch::Sender<Option<ExitStatus>>);

impl Raise {
    /// Ends what listens, as this signal would.
    pub fn raise(&self, status: ExitStatus) {
        self.0.send_if_modified(|known| {
            let is_first = known.is_none();
            known.get_or_insert(status);
            is_first
        });
    }
}

/// Which signals are listened for, besides SIGINT and SIGTERM; nothing else on Windows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Listen {
    /// SIGHUP; not where it is ignored, as under `nohup`.
    pub hangup: bool,
    /// SIGQUIT, which counts as SIGTERM: without a handler it would leave a child behind that runs
    /// in a process group of its own.
    pub quit: bool,
    /// Whether a second signal has to wait too: ibdoc has a child to end before itself, or is one that
    /// its parent ends.
    pub second_waits: bool,
}

#[cfg(unix)]
pub use twice::answer_is_written;

/// Nothing ends by a signal here that could be heard of again.
#[cfg(windows)]
pub fn answer_is_written() {}

/// What a signal does that comes when another has been heard of.
#[cfg(unix)]
mod twice {
    use std::io;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, LazyLock};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag::{register, register_conditional_default};

    /// Whether the next signal ends the program at once.
    static AT_ONCE: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

    /// Lets a second signal do what it does without a handler.
    pub(super) fn arm(wish: super::Listen) -> io::Result<()> {
        let signals = [Some(SIGINT), Some(SIGTERM), wish.hangup.then_some(SIGHUP)];
        for signal in signals.into_iter().flatten() {
            // In this order: the first signal only raises the flag.
            register_conditional_default(signal, Arc::clone(&AT_ONCE))?;
            if !wish.second_waits {
                register(signal, Arc::clone(&AT_ONCE))?;
            }
        }
        Ok(())
    }

    /// From now on the next signal ends the program at once: the answer is only written yet.
    pub fn answer_is_written() {
        AT_ONCE.store(true, Ordering::Relaxed);
    }
}

struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hangup: Option<tokio::signal::unix::Signal>,
    #[cfg(unix)]
    quit: Option<tokio::signal::unix::Signal>,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
    /// The only event that a parent can send to a process group of its own.
    #[cfg(windows)]
    terminate: tokio::signal::windows::CtrlBreak,
    #[cfg(windows)]
    close: tokio::signal::windows::CtrlClose,
    #[cfg(windows)]
    shutdown: tokio::signal::windows::CtrlShutdown,
}

impl Signals {
    #[cfg(unix)]
    fn listen(wish: Listen) -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let wished = |wish: bool, kind| wish.then(|| signal(kind)).transpose();
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: wished(wish.hangup, SignalKind::hangup())?,
            quit: wished(wish.quit, SignalKind::quit())?,
        })
    }

    #[cfg(unix)]
    async fn next(&mut self) -> ExitStatus {
        use tokio::signal::unix::Signal;
        async fn told(signal: &mut Option<Signal>) {
            match signal {
                Some(signal) => {
                    signal.recv().await;
                }
                None => std::future::pending().await,
            }
        }
        tokio::select! {
            _ = self.interrupt.recv() => ExitStatus::Interrupted,
            _ = self.terminate.recv() => ExitStatus::Terminated,
            () = told(&mut self.hangup) => ExitStatus::HungUp,
            () = told(&mut self.quit) => ExitStatus::Terminated,
        }
    }

    #[cfg(windows)]
    fn listen(_: Listen) -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
        Ok(Self {
            interrupt: ctrl_c()?,
            terminate: ctrl_break()?,
            close: ctrl_close()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    #[cfg(windows)]
    async fn next(&mut self) -> ExitStatus {
        tokio::select! {
            _ = self.interrupt.recv() => ExitStatus::Interrupted,
            _ = self.terminate.recv() => ExitStatus::Terminated,
            _ = self.close.recv() => ExitStatus::Terminated,
            _ = self.shutdown.recv() => ExitStatus::Terminated,
        }
    }
}
