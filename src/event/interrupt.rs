//! SIGINT and SIGTERM, for the commands that end with a report when they come; on Windows Ctrl-C,
//! and what ends a program otherwise: Ctrl-Break, the close of its window, the shutdown.

use std::io;

use tokio::sync::watch;

use crate::finding::verdict::ExitStatus;

/// A signal that asks the program to end; every clone is told of it.
#[derive(Clone, Debug)]
pub struct Interrupt(watch::Receiver<Option<ExitStatus>>);

impl Interrupt {
    /// Begins to listen, in a task of its own; errs when the handlers cannot be installed.
    pub fn listen() -> io::Result<Self> {
        Ok(Self::told_by(Signals::listen()?))
    }

    /// Begins to listen to SIGHUP and SIGQUIT too, which count as SIGTERM: without a handler they
    /// would end ibdoc and leave the child behind that runs in a process group of its own.
    pub fn listen_for_hangup_too() -> io::Result<Self> {
        #[cfg_attr(windows, expect(unused_mut, reason = "there are no such signals"))]
        let mut signals = Signals::listen()?;
        #[cfg(unix)]
        signals.listen_for_hangup()?;
        Ok(Self::told_by(signals))
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

    /// A signal that never comes, for tests and commands that run to their end.
    pub fn never() -> Self {
        Self(watch::channel(None).1)
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

struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    /// SIGHUP and SIGQUIT, where they are listened for.
    #[cfg(unix)]
    hangup: Option<[tokio::signal::unix::Signal; 2]>,
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
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: None,
        })
    }

    #[cfg(unix)]
    fn listen_for_hangup(&mut self) -> io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        self.hangup = Some([signal(SignalKind::hangup())?, signal(SignalKind::quit())?]);
        Ok(())
    }

    #[cfg(unix)]
    async fn next(&mut self) -> ExitStatus {
        let hangup = async {
            match &mut self.hangup {
                Some([hangup, quit]) => tokio::select! {
                    _ = hangup.recv() => {}
                    _ = quit.recv() => {}
                },
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => ExitStatus::Interrupted,
            _ = self.terminate.recv() => ExitStatus::Terminated,
            () = hangup => ExitStatus::Terminated,
        }
    }

    #[cfg(windows)]
    fn listen() -> io::Result<Self> {
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
