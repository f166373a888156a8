//! Ending a session without leaving a socket behind.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::{Closed, End, Session};
use crate::event::Close;
use crate::event::CloseHow;
use crate::event::StageName;
use crate::finding::Code;
use crate::text::duration::shown;

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    /// Half-closes and waits for the other end; a stream with zero linger is reset when that
    /// does not close in time, because it is dropped here.
    ///
    /// `through_relay`: whether a relay is known to listen there; its close tells nothing of the
    /// Gateway (docs/KERNEL.md, Leaving no socket behind).
    pub async fn close(mut self, through_relay: bool) {
        let start = Instant::now();
        let limit = self.plan.timeouts.close;
        let until = self.plan.until(start, limit);
        (self.events)(self.plan.awaiting("the close", start, limit));
        let answer = self.half_close(until).await;
        let waited = shown(start.elapsed());
        let (how, end) = match answer {
            Some(Closed::End) if through_relay => (
                CloseHow::Relayed,
                End::ok("closed by a relay, or by who is not seen".to_owned()),
            ),
            Some(Closed::End) => (CloseHow::Clean, End::ok("both ends closed".to_owned())),
            Some(closed @ (Closed::Reset | Closed::Failed | Closed::Stalled)) => {
                (CloseHow::Reset, End::ok(closed.words().to_owned()))
            }
            None => (
                CloseHow::Reset,
                End::timeout(
                    Code::GatewayKeepsClosedSockets,
                    format!("the other end did not close in {waited}; reset"),
                ),
            ),
        };
        let elapsed = start.elapsed();
        drop(self.stream);
        self.record.close = Some(Close { how, elapsed });
        self.record
            .end_stage(StageName::Close, start, end, self.events);
    }

    /// Drops the connection, which resets it: for sessions that did not become healthy.
    pub fn reset(self) {
        let start = Instant::now();
        drop(self.stream);
        self.record.end_with_reset(start, self.events);
    }

    async fn half_close(&mut self, until: Instant) -> Option<Closed> {
        match timeout_at(until, self.stream.shutdown()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Some(Closed::Reset),
            Err(_) => return None,
        }
        loop {
            if Instant::now() >= until {
                return None;
            }
            let read = timeout_at(until, self.stream.read(&mut self.buffer))
                .await
                .ok()?;
            if let Err(closed) = Closed::of(&read) {
                return Some(closed);
            }
        }
    }
}
