//! What goes between two connected sockets: every byte, and how each side ends.
//!
//! Nothing is read from one side while the other does not take what was read before, so back-pressure
//! passes through; what waits is at most one buffer for each direction. A FIN becomes a FIN. A reset
//! becomes a reset, by a close with zero linger, which is set nowhere else (docs/KERNEL.md, A
//! transparent relay).

use std::io;
use std::net::Shutdown;
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::gate::Place;
use crate::event::Speaker;
use crate::tap::seen::{Act, Witness};
use crate::trace::{Closing, Timestamp};

/// What is read at once, in bytes: at first, as messages are short, and once a read has filled that.
const BUFFERS: [usize; 2] = [4 << 10, 64 << 10];
/// A side that takes nothing for so long is said not to read.
const STALLED: Duration = Duration::from_millis(100);

/// A connection that did not end in order.
#[derive(Debug)]
pub(super) enum Broken {
    /// By this side, with this error.
    By(Speaker, io::Error),
    /// By the drill.
    Cut,
}

/// The two ends of a session.
pub(super) struct Ends {
    pub(super) client: TcpStream,
    pub(super) gateway: TcpStream,
    /// What the connection to the Gateway took.
    pub(super) place: Place,
}

impl Ends {
    pub(super) fn of(&self, side: Speaker) -> &TcpStream {
        match side {
            Speaker::Client => &self.client,
            Speaker::Gateway => &self.gateway,
        }
    }

    /// Carries bytes both ways until both sides have closed.
    pub(super) async fn carry(&self, witness: &Witness) -> Result<(), Broken> {
        let both = async {
            tokio::try_join!(
                self.carry_from(Speaker::Client, witness),
                self.carry_from(Speaker::Gateway, witness)
            )
        };
        let carried = self.unless_broken(both).await.map(drop);
        if let Err(Broken::By(side, _)) = &carried {
            self.carry_left(*side, witness);
        }
        carried
    }

    /// Waits for what carries, and for an end of either side that it does not see: it waits for the
    /// other side, or has read the FIN before.
    pub(super) async fn unless_broken<T>(
        &self,
        carrying: impl Future<Output = Result<T, Broken>>,
    ) -> Result<T, Broken> {
        tokio::select! {
            biased;
            // First: what a side sent before it broke is read before that is seen.
            done = carrying => done,
            error = failure(&self.client) => Err(Broken::By(Speaker::Client, error)),
            error = failure(&self.gateway) => Err(Broken::By(Speaker::Gateway, error)),
        }
    }

    /// Carries what one side sends until it closes its half.
    async fn carry_from(&self, side: Speaker, witness: &Witness) -> Result<(), Broken> {
        let (from, to) = (self.of(side), self.of(side.other()));
        let mut buffer = vec![0; BUFFERS[0]];
        loop {
            let length = read(from, &mut buffer)
                .await
                .map_err(|error| Broken::By(side, error))?;
            let at = Timestamp::now();
            let bytes = &buffer[..length];
            if length == 0 {
                return self.end_half(side, witness);
            }
            if side == Speaker::Gateway {
                self.place.is_left();
            }
            // Sent before it is copied: the observer costs no time.
            let sent = send(to, bytes);
            witness.bytes(at, side, bytes);
            let sent = sent.map_err(|error| Broken::By(side.other(), error))?;
            self.send_rest(side.other(), &bytes[sent..], witness)
                .await?;
            if length == BUFFERS[0] {
                buffer.resize(BUFFERS[1], 0);
            } else if length > BUFFERS[0] {
                // Where one full buffer follows the other, the other sessions get their turn.
                tokio::task::yield_now().await;
            }
        }
    }

    /// Carries what a side sent before it broke: it can still be read behind the error that a write met.
    fn carry_left(&self, side: Speaker, witness: &Witness) {
        let (from, to) = (self.of(side), self.of(side.other()));
        let mut buffer = vec![0; BUFFERS[1]];
        while let Ok(length @ 1..) = from.try_read(&mut buffer) {
            let bytes = &buffer[..length];
            witness.bytes(Timestamp::now(), side, bytes);
            if send(to, bytes).ok() != Some(length) {
                return;
            }
        }
    }

    /// A side closed its half: the other one hears it.
    pub(super) fn end_half(&self, side: Speaker, witness: &Witness) -> Result<(), Broken> {
        witness.now(side, Act::Closed(Closing::Fin));
        match shutdown(self.of(side.other())) {
            // It has gone already, which is seen where it is read.
            Err(error) if error.kind() != io::ErrorKind::NotConnected => {
                Err(Broken::By(side.other(), error))
            }
            _ => Ok(()),
        }
    }

    /// Sends what the socket of a side did not take at once, and tells where it does not read.
    pub(super) async fn send_rest(
        &self,
        to: Speaker,
        mut bytes: &[u8],
        witness: &Witness,
    ) -> Result<(), Broken> {
        let stream = self.of(to);
        let mut is_stalled = false;
        while !bytes.is_empty() {
            match timeout(STALLED, stream.writable()).await {
                Err(_) if !is_stalled => {
                    is_stalled = true;
                    witness.now(to, Act::NotReading);
                }
                Err(_) => {}
                Ok(ready) => {
                    let sent = ready.and_then(|()| send(stream, bytes));
                    let sent = sent.map_err(|error| Broken::By(to, error))?;
                    bytes = &bytes[sent..];
                }
            }
        }
        if is_stalled {
            witness.now(to, Act::Reads);
        }
        Ok(())
    }

    /// Passes on how a session broke: a reset as a reset, anything else as an end in order.
    pub(super) fn pass_on(self, broken: &Broken, witness: &Witness) {
        let Broken::By(side, error) = broken else {
            return;
        };
        let how = closing(error);
        witness.now(*side, Act::Closed(how));
        let other = self.of(side.other());
        let passed = match how {
            Closing::Reset => other.set_zero_linger(),
            _ => shutdown(other),
        };
        if let Err(error) = passed {
            tracing::debug!(%error, "the end was not passed on");
        }
    }
}

/// How a side ended, by the error of its socket. A connection that was closed half and is then reset
/// gives EPIPE.
fn closing(error: &io::Error) -> Closing {
    match error.kind() {
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Closing::Reset,
        io::ErrorKind::TimedOut => Closing::TimedOut,
        _ => Closing::Unseen,
    }
}

/// Reads what there is; nothing at the end of the stream.
pub(super) async fn read(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.try_read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.readable().await?,
            read => return read,
        }
    }
}

/// Sends what the socket takes at once.
pub(super) fn send(stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    match stream.try_write(bytes) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        sent => sent,
    }
}

/// Closes our half.
pub(super) fn shutdown(stream: &TcpStream) -> io::Result<()> {
    socket2::SockRef::from(stream).shutdown(Shutdown::Write)
}

/// Waits until a socket is broken, also while nothing is read from it or written to it.
async fn failure(stream: &TcpStream) -> io::Error {
    loop {
        if let Err(error) = stream.ready(Interest::ERROR).await {
            return error;
        }
        if let Ok(Some(error)) = stream.take_error() {
            return error;
        }
        // There was none: the next event is waited for.
        let none = || Err::<(), _>(io::Error::from(io::ErrorKind::WouldBlock));
        let _ = stream.try_io(Interest::ERROR, none);
    }
}
