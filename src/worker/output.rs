//! Lines to stdout, or to a child's stdin, each by one write. What a pipe takes at once is written at
//! once; everything else by a thread of its own: a reader that does not read stops that and nothing
//! else. What lies ready is counted.

#[cfg(unix)]
use std::fs::File;
use std::io::{self, Write};
#[cfg(unix)]
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// What the writing thread tells.
#[derive(Debug, Default)]
struct Shared {
    /// Bytes that are not written yet.
    backlog: AtomicUsize,
    /// Whether the other end takes nothing any more.
    is_gone: AtomicBool,
    /// Whether the writing is awaited by somebody.
    is_awaited: AtomicBool,
    changed: Notify,
}

impl Shared {
    fn wrote(&self, bytes: usize) {
        self.backlog.fetch_sub(bytes, Ordering::AcqRel);
        if self.is_awaited.swap(false, Ordering::AcqRel) {
            self.changed.notify_one();
        }
    }
}

/// Lines on their way out.
#[derive(Debug)]
pub(super) struct Output {
    lines: Option<mpsc::Sender<Vec<u8>>>,
    /// The same pipe once more, for what it takes at once.
    #[cfg(unix)]
    direct: Option<File>,
    shared: Arc<Shared>,
}

/// A pipe that says that it takes bytes takes so many (`PIPE_BUF` of Linux).
#[cfg(unix)]
const AT_ONCE: usize = 4096;

impl Output {
    /// The same as [`Output::start`], with what the pipe takes at once written at once: that spares
    /// the way by the thread.
    #[cfg(unix)]
    pub(super) fn start_directly(to: impl Write + AsFd + Send + 'static) -> io::Result<Self> {
        let direct = to.as_fd().try_clone_to_owned().ok().map(File::from);
        let output = Self::start(to)?;
        Ok(Self { direct, ..output })
    }

    /// The same as [`Output::start`] here.
    #[cfg(not(unix))]
    pub(super) fn start_directly(to: impl Write + Send + 'static) -> io::Result<Self> {
        Self::start(to)
    }

    /// Starts the writing thread; errs where there can be none.
    pub(super) fn start(mut to: impl Write + Send + 'static) -> io::Result<Self> {
        let (lines, queue) = mpsc::channel::<Vec<u8>>();
        let shared = Arc::new(Shared::default());
        let told = Arc::clone(&shared);
        let writer = thread::Builder::new().name("writer".to_owned());
        writer.spawn(move || {
            for line in queue {
                let written = to.write_all(&line).and_then(|()| to.flush());
                if written.is_err() {
                    told.is_gone.store(true, Ordering::Release);
                    told.changed.notify_one();
                    return;
                }
                told.wrote(line.len());
            }
        })?;
        Ok(Self {
            lines: Some(lines),
            #[cfg(unix)]
            direct: None,
            shared,
        })
    }

    /// Writes one line as soon as the others are written; its end is added.
    pub(super) fn line(&self, mut line: Vec<u8>) {
        line.push(b'\n');
        #[cfg(unix)]
        if self.backlog() == 0 && self.is_written_at_once(&line) {
            return;
        }
        if let Some(lines) = &self.lines {
            self.shared.backlog.fetch_add(line.len(), Ordering::AcqRel);
            // A writer that has ended has told so.
            let _ = lines.send(line);
        }
    }

    /// Writes a short line if the pipe takes it; nothing of it otherwise.
    #[cfg(unix)]
    fn is_written_at_once(&self, line: &[u8]) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let Some(mut direct) = self.direct.as_ref().filter(|_| line.len() <= AT_ONCE) else {
            return false;
        };
        let mut pipe = [PollFd::new(&direct, PollFlags::OUT)];
        let is_ready = poll(&mut pipe, Some(&at_once)).is_ok_and(|ready| ready == 1)
            && pipe[0].revents() == PollFlags::OUT;
        // An error is the thread's to tell, which meets it too.
        is_ready && direct.write_all(line).is_ok()
    }

    /// Bytes that are not written yet.
    pub(super) fn backlog(&self) -> usize {
        self.shared.backlog.load(Ordering::Acquire)
    }

    /// Whether the other end takes nothing any more.
    pub(super) fn is_gone(&self) -> bool {
        self.shared.is_gone.load(Ordering::Acquire)
    }

    /// Waits until the other end has gone, and if that is `awaited` until a line was written; for ever
    /// once it has gone and that was told.
    pub(super) fn changed(&self, awaited: bool) -> impl Future<Output = ()> + use<> {
        let shared = Arc::clone(&self.shared);
        async move {
            if awaited {
                shared.is_awaited.store(true, Ordering::Release);
            }
            shared.changed.notified().await;
        }
    }

    /// Takes no more lines; what writes ends with the last one.
    pub(super) fn close(&mut self) {
        self.lines = None;
        #[cfg(unix)]
        {
            self.direct = None;
        }
    }

    /// Waits until every line is written, for so long at most; whether it was.
    pub(super) async fn drained(&self, limit: Duration) -> bool {
        let written = async {
            while self.backlog() > 0 && !self.is_gone() {
                self.shared.is_awaited.store(true, Ordering::Release);
                // The last line may have been written meanwhile.
                if self.backlog() > 0 {
                    self.shared.changed.notified().await;
                }
            }
        };
        timeout(limit, written).await.is_ok() && !self.is_gone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Stuck(mpsc::Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn what_is_not_read_is_counted_and_a_reader_that_left_is_told() {
        let (read, reader) = mpsc::channel();
        let output = Output::start(Stuck(reader)).expect("a thread");
        output.line(b"one".to_vec());
        output.line(b"two".to_vec());
        assert_eq!(output.backlog(), 8);
        assert!(!output.drained(Duration::from_millis(1)).await);
        read.send(()).expect("a writer");
        read.send(()).expect("a writer");
        assert!(output.drained(Duration::from_secs(60)).await);
        output.line(b"three".to_vec());
        drop(read);
        // What was told before, of a line, may come first.
        while !output.is_gone() {
            output.changed(false).await;
        }
        assert!(!output.drained(Duration::from_secs(60)).await);
    }
}
