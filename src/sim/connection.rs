//! One client's connection: greeting, start, and a request at a time until either end closes.

use std::io;
use std::time::{Duration, SystemTime};

use bytes::Buf;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep_until, timeout};

use super::gateway::{Gateway, Place};
use super::scenario::{Accounts, Scenario};
use super::{Peer, answer, clock};
use crate::wire::{
    Asked, ClientGreeting, Decoder, FrameError, GreetingError, Reply, Request, ServerGreeting,
    ServerVersion,
};

/// Requests are far shorter; longer ones are skipped, so that no client costs much memory.
const KEEP_LIMIT: usize = 64 << 10;
/// Time requests that follow the last answered one sooner are dropped.
const TIME_PACE: Duration = Duration::from_secs(1);
/// How long a refused client may take to close, so that it reads the reason before a reset.
const LINGER: Duration = Duration::from_secs(1);

/// Why the Gateway closes a connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum End {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Greeting(#[from] GreetingError),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("the client speaks no version up to {0}")]
    NoCommonVersion(ServerVersion),
    #[error("the client id {0} is in use")]
    ClientIdInUse(i32),
}

/// One client's connection.
#[derive(Debug)]
pub(super) struct Connection<'a, S> {
    stream: &'a mut S,
    place: Place,
    scenario: &'a Scenario,
    server_version: ServerVersion,
    decoder: Decoder,
    client_id: Option<i32>,
    /// When the accounts held back are due.
    accounts_due: Option<Instant>,
    time_answered: Option<Instant>,
}

impl<'a, S: Peer> Connection<'a, S> {
    pub(super) fn new(gateway: &'a Gateway, place: Place, stream: &'a mut S) -> Self {
        Self {
            stream,
            place,
            scenario: &gateway.config.scenario,
            server_version: gateway.config.server_version,
            decoder: Decoder::new(None).keeping(KEEP_LIMIT),
            client_id: None,
            accounts_due: None,
            time_answered: None,
        }
    }

    /// Reads and answers nothing until the client closes.
    pub(super) async fn ignore(&mut self) -> Result<(), End> {
        while self.read().await? {
            self.decoder.buffer().clear();
        }
        Ok(())
    }

    /// Serves the client; `Ok` is the client's own end of the connection.
    pub(super) async fn converse(&mut self) -> Result<(), End> {
        let Some(version) = self.greet().await? else {
            return Ok(());
        };
        self.decoder.set_version(version);
        loop {
            while let Some(frame) = self.decoder.next_frame()? {
                match Asked::decode(&frame) {
                    Ok(asked) => self.answer(asked, version).await?,
                    Err(error) => tracing::debug!(%error, "passed over"),
                }
            }
            let due = self.accounts_due;
            tokio::select! {
                more = self.stream.read_buf(self.decoder.buffer()) => if more? == 0 {
                    return Ok(());
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    self.accounts_due = None;
                    self.send(&[answer::managed_accounts()], version).await?;
                }
            }
        }
    }

    /// The version agreed on, or `None` if the client closed before there was one.
    async fn greet(&mut self) -> Result<Option<ServerVersion>, End> {
        let (greeting, length) = loop {
            if let Some(greeting) = ClientGreeting::decode(self.decoder.unread())? {
                break greeting;
            }
            if !self.read().await? {
                return Ok(None);
            }
        };
        self.decoder.buffer().advance(length);
        let version = greeting
            .range
            .negotiate(self.server_version)
            .ok_or(End::NoCommonVersion(self.server_version))?;
        tracing::debug!(announced = %greeting.range, %version, "negotiated");
        let connection_time = clock::connection_time(SystemTime::now());
        let reply = ServerGreeting {
            version,
            connection_time,
        };
        self.stream.write_all(&reply.encode()).await?;
        Ok(Some(version))
    }

    /// Whether there was more to read.
    async fn read(&mut self) -> io::Result<bool> {
        Ok(self.stream.read_buf(self.decoder.buffer()).await? > 0)
    }

    /// Sends the replies in one write.
    async fn send(&mut self, replies: &[Reply], version: ServerVersion) -> io::Result<()> {
        let bytes: Vec<u8> = replies
            .iter()
            .flat_map(|reply| reply.encode(version))
            .collect();
        self.stream.write_all(&bytes).await
    }

    async fn answer(&mut self, asked: Asked, version: ServerVersion) -> Result<(), End> {
        tracing::debug!(?asked, "asked");
        let replies = match (self.client_id, asked) {
            (None, Asked::Known(Request::StartApi { client_id, .. })) => {
                return self.start(client_id, version).await;
            }
            // Nothing is answered before the start, nor a second start.
            (None, _) | (_, Asked::Known(Request::StartApi { .. })) => return Ok(()),
            (_, Asked::Known(request)) => self.replies(request),
            (_, Asked::OwnOpenOrders) => vec![Reply::OpenOrdersEnd],
            (Some(client_id), Asked::AutoOpenOrders { .. }) if client_id != 0 => {
                vec![answer::cannot_bind()]
            }
            (_, Asked::AutoOpenOrders { .. } | Asked::Other(_)) => return Ok(()),
        };
        Ok(self.send(&replies, version).await?)
    }

    async fn start(&mut self, client_id: i32, version: ServerVersion) -> Result<(), End> {
        if self.scenario.refuses_client_ids() || !self.place.take_client_id(client_id) {
            self.send(&[answer::client_id_in_use()], version).await?;
            self.stream.shutdown().await?;
            // Closing with bytes unread would be a reset, and could overtake the reason.
            let _ = timeout(LINGER, self.ignore()).await;
            return Err(End::ClientIdInUse(client_id));
        }
        self.client_id = Some(client_id);
        let mut replies = Vec::new();
        match self.scenario.accounts() {
            Accounts::AtOnce => replies.push(answer::managed_accounts()),
            Accounts::After(delay) => self.accounts_due = Some(Instant::now() + delay),
            Accounts::Never => {}
        }
        replies.push(answer::next_valid_id());
        replies.extend(answer::farms());
        Ok(self.send(&replies, version).await?)
    }

    fn replies(&mut self, request: Request) -> Vec<Reply> {
        match request {
            Request::ManagedAccounts => {
                let held =
                    self.accounts_due.is_some() || self.scenario.accounts() == Accounts::Never;
                if held {
                    Vec::new()
                } else {
                    vec![answer::managed_accounts()]
                }
            }
            Request::Ids => vec![answer::next_valid_id()],
            Request::CurrentTime => self.paced(|| Reply::CurrentTime(clock::epoch_seconds())),
            Request::CurrentTimeMillis => {
                self.paced(|| Reply::CurrentTimeMillis(clock::epoch_millis()))
            }
            Request::AccountSummary { req_id, tags, .. } => {
                if self.place.begin_summary(req_id) {
                    answer::account_summary(req_id, &tags)
                } else {
                    vec![answer::too_many_summaries(req_id)]
                }
            }
            Request::CancelAccountSummary { req_id } => {
                self.place.end_summary(req_id);
                Vec::new()
            }
            Request::Positions => answer::positions(),
            Request::AccountUpdates {
                subscribe: true, ..
            } => answer::account_updates(),
            Request::AllOpenOrders => vec![Reply::OpenOrdersEnd],
            Request::CompletedOrders { .. } => vec![Reply::CompletedOrdersEnd],
            Request::Executions { req_id } => vec![Reply::ExecutionsEnd { req_id }],
            Request::AccountUpdatesMulti {
                req_id,
                model,
                ledger_and_nlv,
                ..
            } => answer::account_updates_multi(req_id, &model, ledger_and_nlv),
            Request::StartApi { .. }
            | Request::CancelPositions
            | Request::AccountUpdates {
                subscribe: false, ..
            }
            | Request::CancelAccountUpdatesMulti { .. } => Vec::new(),
        }
    }

    fn paced(&mut self, reply: impl FnOnce() -> Reply) -> Vec<Reply> {
        let now = Instant::now();
        if self
            .time_answered
            .is_some_and(|last| now.duration_since(last) < TIME_PACE)
        {
            return Vec::new();
        }
        self.time_answered = Some(now);
        vec![reply()]
    }
}
