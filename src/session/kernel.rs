//! What the kernel of this machine knows of the session's own bytes: it tells a network that does not
//! carry them from a Gateway that does not answer (docs/KERNEL.md, Loss).

use std::fmt;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::{End, Session};
use crate::event::{StageName, StageStatus};
use crate::finding::Code;
use crate::machine::sockets::Transmission;
use crate::text::words::counted;

/// The kernel's view of the connection of a session.
#[derive(Clone, Copy)]
pub struct Kernel<'a> {
    /// Reads the figures; `None` where the kernel does not tell them.
    pub look: &'a dyn Fn() -> Option<Transmission>,
    /// Whether both ends are on this machine, between which nothing is lost but by a firewall.
    pub is_local: bool,
}

impl Kernel<'static> {
    /// Of a stream that is no connection, or that cannot be looked at.
    pub const UNSEEN: Self = Self {
        look: &|| None,
        is_local: true,
    };
}

impl Kernel<'_> {
    /// The code of a silence, by whether the question has arrived at the other end's kernel.
    ///
    /// The kernel acknowledges for a program that hangs, or a relay for the Gateway behind it: what
    /// has arrived and is not answered stays theirs.
    pub(super) fn cause(self, has_arrived: bool, otherwise: Code) -> Code {
        match (has_arrived, self.is_local) {
            (true, _) => otherwise,
            (false, true) => Code::LocalFirewall,
            (false, false) => Code::Network,
        }
    }

    /// Whether a reset would be lost as the bytes before it are: it is sent once, while the kernel
    /// repeats a FIN (docs/KERNEL.md, Leaving no socket behind).
    pub fn needs_a_fin(self) -> bool {
        !self.is_local && (self.look)().is_some_and(|seen| seen.is_held_up())
    }
}

impl fmt::Debug for Kernel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kernel")
            .field("is_local", &self.is_local)
            .finish_non_exhaustive()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    /// Ends a stage; where it waited in vain, the kernel tells whether its question arrived.
    pub(super) fn end_stage(&mut self, name: StageName, start: Instant, mut end: End) {
        let waited = end.status == StageStatus::Timeout;
        if let Some(seen) = waited.then(|| self.unheard(self.asked)).flatten() {
            end.code = end.code.map(|code| self.kernel.cause(false, code));
            let parts = end.detail.into_iter().chain([words(&seen)]);
            end.detail = Some(parts.collect::<Vec<_>>().join("; "));
        } else if self.has_broken && end.status == StageStatus::Failed {
            end.code = end.code.map(|code| self.kernel.cause(false, code));
        }
        self.record.end_stage(name, start, end, self.events);
    }

    /// Whether the other end's kernel has not acknowledged all of the first `asked` bytes, although
    /// they were sent again.
    pub(super) fn is_unheard(&mut self, asked: u64) -> bool {
        self.unheard(asked).is_some()
    }

    /// The figures that show it.
    fn unheard(&mut self, asked: u64) -> Option<Transmission> {
        let seen = self.look()?;
        let acknowledged = self.written.saturating_sub(seen.unacknowledged.into());
        (seen.is_held_up() && acknowledged < asked).then_some(seen)
    }

    /// The kernel's figures, noted on record.
    pub(super) fn look(&mut self) -> Option<Transmission> {
        let seen = (self.kernel.look)()?;
        self.record.note_transmission(seen);
        Some(seen)
    }
}

/// What is not acknowledged, in words.
fn words(seen: &Transmission) -> String {
    let bytes = counted(seen.unacknowledged, "byte");
    let again = counted(seen.segments_again, "segment");
    format!("{bytes} not acknowledged, {again} sent again")
}
