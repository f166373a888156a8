//! Ending a session without leaving a socket behind.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::closed::Closed;
use super::{End, Session};
use crate::event::Close;
use crate::event::CloseHow;
use crate::event::StageName;
use crate::finding::Code;
use crate::text::duration::shown;

/// A FIN that is lost is sent again after 0.2, 0.6, 1.4, 3 and 6.2 s: so many times as long is waited for
/// that of another machine. Where the other machine's alone is lost, nothing of it is seen here.
const REMOTE: u32 = 7;

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    /// Half-closes and waits for the other end; a stream with zero linger is reset when that
    /// does not close in time, because it is dropped here.
    ///
    /// `through_relay`: whether a relay is known to listen there; its close tells nothing of the
    /// Gateway (docs/KERNEL.md, Leaving no socket behind).
    pub async fn close(mut self, through_relay: bool) {
        let start = Instant::now();
        self.look();
        let limit = self.plan.timeouts.close;
        (self.events)(self.plan.awaiting("the close", start, limit));
        let answer = self.half_close(start).await;
        let waited = shown(start.elapsed());
        let (how, end) = match answer {
            Some(Closed::End) if through_relay => (
                CloseHow::Relayed,
                End::ok("closed by a relay, or by who is not seen".to_owned()),
            ),
            Some(Closed::End) => (CloseHow::Clean, End::ok("both ends closed".to_owned())),
            Some(closed) => (CloseHow::Reset, End::ok(closed.words().to_owned())),
            None if self.plan.is_over(Instant::now()) && start.elapsed() < limit => {
                let detail = format!("the command's deadline left {waited} for it; reset");
                let end = End::timeout(Code::GatewayKeepsClosedSockets, detail);
                (CloseHow::Reset, End { code: None, ..end })
            }
            None => (CloseHow::Reset, self.unfinished(&waited)),
        };
        let close = Close {
            how,
            elapsed: start.elapsed(),
            unconfirmed: end.code == Some(Code::Network),
        };
        drop(self.stream);
        self.record.close = Some(close);
        self.record
            .end_stage(StageName::Close, start, end, self.events);
    }

    /// Drops the connection, which resets it: for sessions that did not become healthy.
    pub fn reset(mut self) {
        let start = Instant::now();
        self.look();
        let needs_a_fin = self.kernel.needs_a_fin();
        drop(self.stream);
        self.record.end_with_reset(needs_a_fin, start, self.events);
    }

    /// The other end has not closed: whether it knows at all that this one has.
    fn unfinished(&mut self, waited: &str) -> End {
        let seen = (self.kernel.look)();
        let Some(seen) = seen.filter(|seen| seen.unacknowledged > 0) else {
            let code = Code::GatewayKeepsClosedSockets;
            let detail = format!("the other end did not close in {waited}; reset");
            return End::timeout(code, detail);
        };
        self.record.note_transmission(seen);
        if seen.window == Some(0) {
            let detail =
                format!("the other end took no more bytes in {waited}, nor the end; reset");
            let end = End::timeout(Code::GatewayKeepsClosedSockets, detail);
            return End { code: None, ..end };
        }
        let code = self.kernel.cause(false, Code::GatewayKeepsClosedSockets);
        let detail = format!("the close was not acknowledged in {waited}");
        End::timeout(code, detail)
    }

    /// Ends this side and waits for the other one: as long as planned, or twice the round trip if
    /// that is longer, and seven times as long for another machine.
    async fn half_close(&mut self, start: Instant) -> Option<Closed> {
        let seen = self.record.transmission;
        let round_trip = seen.map(|seen| seen.round_trip).unwrap_or_default();
        let wait = self.plan.timeouts.close.max(2 * round_trip);
        let until = self.plan.until(start, wait);
        match timeout_at(until, self.stream.shutdown()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Some(Closed::Reset),
            Err(_) => return None,
        }
        if let Some(closed) = self.end_of_stream(until).await {
            return Some(closed);
        }
        if self.kernel.is_local {
            return None;
        }
        let until = self.plan.until(start, REMOTE * wait);
        self.end_of_stream(until).await
    }

    async fn end_of_stream(&mut self, until: Instant) -> Option<Closed> {
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
