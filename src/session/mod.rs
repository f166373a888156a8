//! Drives one API session over any stream, stage by stage; what the other side does wrong
//! is recorded, never an error.

mod accounts;
mod asked;
mod clock;
mod close;
mod closed;
mod end;
mod held;
mod hold_plan;
mod holding;
mod kernel;
mod next_stage;
mod outages;
mod pending;
mod record;
pub mod serving;
mod start_up;
mod start_up_plan;
mod sync;

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use crate::event::{Event, Events, Notice, StageName};
use crate::finding::Code;
use crate::text::printable::clean;
use crate::wire::{
    AccountUpdateMulti, AccountValue, ClientGreeting, Decoder, NotTws, Reply, Request,
    ServerGreeting, ServerVersion,
};

pub use clock::{Clock, time_of_day};
use closed::{Closed, closed_before_version, silent};
pub use closed::{RESET_WHILE_CONNECTING, was_reset};
pub use end::End;
pub use hold_plan::{Held, HeldEnd, HoldPlan};
pub use kernel::Kernel;
pub use outages::Outages;
pub use pending::request_id;
pub use record::{Plan, Record, Timeouts, not_asked, queries};
pub use start_up_plan::{StartUp, Step, Unfinished};
pub use sync::QueryEnd;

/// How many managed accounts are kept.
const ACCOUNTS_KEPT: usize = 1000;

/// Longest text of the other side that is kept, in characters.
const TEXT_KEPT: usize = 300;

/// A session whose greeting was answered, or is about to be.
pub struct Session<'a, S> {
    stream: S,
    decoder: Decoder,
    version: ServerVersion,
    plan: &'a Plan,
    record: &'a mut Record,
    events: Events<'a>,
    buffer: Box<[u8]>,
    kernel: Kernel<'a>,
    /// Bytes written so far.
    written: u64,
    /// As many had been written when the question was whose answer is awaited.
    asked: u64,
    /// Whether this machine has given the connection up: nothing came back for minutes.
    has_broken: bool,
}

/// What a wait for the next message ended with.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "it lives for one turn of a loop")]
enum Incoming {
    Reply(Reply),
    Closed(Closed),
    Quiet,
    Garbled(String),
}

/// IB's number for an API port that was changed in the settings; a close follows.
const PORT_CHANGED: i32 = 1300;

/// How long words that came before a failed write are read: they wait in the socket already.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// How much is read at once, in bytes.
const READ_SIZE: usize = 16 * 1024;

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Session<'a, S> {
    /// Sends the greeting and waits for the server's version; nothing when the stage failed.
    pub async fn greet(
        stream: S,
        plan: &'a Plan,
        record: &'a mut Record,
        events: Events<'a>,
    ) -> Option<Self> {
        Self::greet_over(stream, Kernel::UNSEEN, plan, record, events).await
    }

    /// The same over a connection whose bytes the kernel can be asked about.
    pub async fn greet_over(
        stream: S,
        kernel: Kernel<'a>,
        plan: &'a Plan,
        record: &'a mut Record,
        events: Events<'a>,
    ) -> Option<Self> {
        let mut session = Self::over(stream, kernel, plan, record, events);
        let start = Instant::now();
        (session.events)(plan.awaiting("the version", start, plan.timeouts.version));
        let end = session.exchange_greetings(start).await;
        let passed = end.code.is_none();
        if session.record.server_version.is_none() {
            session.record.version_bytes = session.decoder.unread().len();
        }
        session.end_stage(StageName::Version, start, end);
        passed.then_some(session)
    }

    fn over(
        stream: S,
        kernel: Kernel<'a>,
        plan: &'a Plan,
        record: &'a mut Record,
        events: Events<'a>,
    ) -> Self {
        Self {
            stream,
            decoder: Decoder::new(None),
            version: ServerVersion::FRAMED,
            plan,
            record,
            events,
            buffer: vec![0; READ_SIZE].into_boxed_slice(),
            kernel,
            written: 0,
            asked: 0,
            has_broken: false,
        }
    }

    async fn exchange_greetings(&mut self, start: Instant) -> End {
        let until = self.plan.until(start, self.plan.timeouts.version);
        let greeting = ClientGreeting::new(self.plan.announced).encode();
        if let Err(closed) = self.write(&greeting, until).await {
            return closed_before_version(closed, start);
        }
        self.asked = self.written;
        loop {
            if let Some(peer) = NotTws::recognise(self.decoder.unread()) {
                return End::failed(Code::NotTwsProtocol, peer.answered());
            }
            match self.decoder.next_frame() {
                Ok(Some(frame)) => return self.accept_greeting(&frame.body),
                Ok(None) => {}
                Err(error) => return End::failed(Code::NotTwsProtocol, error.to_string()),
            }
            match self.read(until).await {
                Some(Ok(())) => {}
                Some(Err(closed)) if self.decoder.unread().is_empty() => {
                    return closed_before_version(closed, start);
                }
                Some(Err(closed)) => {
                    let detail = format!("{} in the middle of its version", closed.words());
                    return End::failed(Code::ClosedBeforeVersion, detail);
                }
                None => return silent(start, self.decoder.unread().len()),
            }
        }
    }

    fn accept_greeting(&mut self, body: &[u8]) -> End {
        let hello = match ServerGreeting::decode(body) {
            Ok(hello) => hello,
            Err(error) => {
                let detail = clean(&error.to_string(), TEXT_KEPT);
                return End::failed(Code::NotTwsProtocol, detail);
            }
        };
        let version = hello.version;
        self.version = version;
        self.decoder.set_version(version);
        self.record.server_version = Some(version);
        self.record.connection_time = Some(clean(&hello.connection_time, 64));
        let announced = self.plan.announced;
        if announced.contains(version) {
            End::ok(format!("version {version}"))
        } else {
            let detail = format!("version {version}, outside the announced {announced}");
            End::failed(Code::VersionUnsupported, detail)
        }
    }

    /// Sends startApi; nothing when the other side has closed.
    pub async fn start(&mut self) -> bool {
        let start = Instant::now();
        let request = Request::StartApi {
            client_id: self.record.client_id,
            capabilities: String::new(),
        };
        let sent = self.send(&request).await;
        let end = match sent {
            Ok(()) => End::ok(format!("client id {}", self.record.client_id)),
            Err(closed) => End::failed(Code::ClosedAfterStart, closed.words()),
        };
        self.end_stage(StageName::Start, start, end);
        sent.is_ok()
    }

    /// Writes one message as one segment; it is what is asked from now on.
    async fn send(&mut self, request: &Request) -> Result<(), Closed> {
        self.send_beside(request).await?;
        self.asked = self.written;
        Ok(())
    }

    /// Writes one message as one segment: a repeat, or one that awaits no answer.
    async fn send_beside(&mut self, request: &Request) -> Result<(), Closed> {
        let frame = request.encode(self.version);
        tracing::trace!(kind = request.id(), bytes = frame.len(), "sent");
        let until = self.plan.until(Instant::now(), self.plan.timeouts.request);
        let sent = self.write(&frame, until).await;
        if sent.is_err() {
            self.hear_last_words().await;
        }
        sent
    }

    /// Reads what came before the other side stopped reading: it may say why.
    async fn hear_last_words(&mut self) {
        let until = self.plan.until(Instant::now(), LAST_WORDS);
        while let Incoming::Reply(_) = self.hear(until).await {}
    }

    async fn write(&mut self, bytes: &[u8], until: Instant) -> Result<(), Closed> {
        match timeout_at(until, self.stream.write_all(bytes)).await {
            Ok(Ok(())) => {
                self.written += u64::try_from(bytes.len()).unwrap_or_default();
                Ok(())
            }
            Ok(Err(error)) => Err(self.closed_by(Closed::by(&error))),
            Err(_) => Err(Closed::Stalled),
        }
    }

    fn closed_by(&mut self, closed: Closed) -> Closed {
        self.has_broken |= closed == Closed::Broken;
        closed
    }

    /// Reads once into the decoder; nothing when `until` has passed.
    async fn read(&mut self, until: Instant) -> Option<Result<(), Closed>> {
        // A peer that floods keeps the stream always ready: the clock has to be asked first.
        if Instant::now() >= until {
            return None;
        }
        let result = timeout_at(until, self.stream.read(&mut self.buffer))
            .await
            .ok()?;
        Some(match Closed::of(&result) {
            Ok(count) => {
                self.decoder.feed(&self.buffer[..count]);
                Ok(())
            }
            Err(closed) => Err(self.closed_by(closed)),
        })
    }

    /// Waits for the next message; what it tells is in the record before this returns.
    async fn hear(&mut self, until: Instant) -> Incoming {
        loop {
            match self.decoder.next_frame() {
                Ok(Some(frame)) => {
                    tracing::trace!(kind = frame.id, bytes = frame.length, "received");
                    let Ok(reply) = Reply::decode(&frame, self.version) else {
                        tracing::debug!(kind = frame.id, bytes = frame.length, "not understood");
                        continue;
                    };
                    self.note(&reply);
                    return Incoming::Reply(reply);
                }
                Ok(None) => {}
                Err(error) => return Incoming::Garbled(error.to_string()),
            }
            match self.read(until).await {
                Some(Ok(())) => {}
                Some(Err(closed)) => return Incoming::Closed(closed),
                None => return Incoming::Quiet,
            }
        }
    }

    fn note(&mut self, reply: &Reply) {
        match reply {
            Reply::ManagedAccounts(accounts) => {
                let accounts = accounts.iter().take(ACCOUNTS_KEPT);
                let list = accounts.map(|account| clean(account, 32)).collect();
                self.record.note_accounts(list);
                let accounts = self.record.accounts.clone().unwrap_or_default();
                (self.events)(Event::Accounts(accounts));
            }
            Reply::CurrentTime(seconds) => {
                self.record.clock.get_or_insert(Clock::just_now(*seconds));
            }
            Reply::NextValidId(id) => self.record.note_id(i64::from(*id)),
            Reply::Notice(notice) => {
                let notice = Notice {
                    code: notice.code,
                    message: clean(&notice.text, TEXT_KEPT),
                    request_id: notice.req_id,
                    at: self.record.began().elapsed(),
                };
                self.record.add_notice(notice, self.events);
            }
            Reply::AccountValue(AccountValue { key, value, .. })
            | Reply::AccountUpdateMulti(AccountUpdateMulti { key, value, .. })
                if key == "AccountReady" =>
            {
                self.record.account_ready = Some(!value.eq_ignore_ascii_case("false"));
            }
            _ => {}
        }
    }

    fn has_notice(&self, code: i32) -> bool {
        self.record.notices.iter().any(|notice| notice.code == code)
    }

    /// The finding of a connection that the other side ended: the port was changed if it said so.
    fn code_of_loss(&self, otherwise: Code) -> Code {
        if self.has_notice(PORT_CHANGED) {
            Code::PortChanged
        } else {
            self.kernel.cause(!self.has_broken, otherwise)
        }
    }

    /// The record of the session so far.
    pub fn record(&self) -> &Record {
        self.record
    }
}
