//! One client's connection: greeting, start, and a request at a time until either end closes.

use std::io;
use std::time::{Duration, SystemTime};

use bytes::Buf;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};

use super::answer::Flap;
use super::end::End;
use super::faults::Accounts;
use super::gateway::{Gateway, Place, until};
use super::market::{self, Desk};
use super::{Fault, Peer, answer, clock};
use crate::wire::{
    Asked, ClientGreeting, Decoder, Frame, Reply, Request, ServerGreeting, ServerVersion,
};

/// The longest frame that is kept, in bytes: requests are far shorter, and 32 clients may send.
const KEEP_LIMIT: usize = 64 << 10;
/// How long a refused client may take to close, so that it reads the reason before a reset.
const LINGER: Duration = Duration::from_secs(1);
/// The pause between two bytes under `drip`.
const DRIP: Duration = Duration::from_millis(20);
/// A frame whose length is over the limit of the protocol.
const HUGE: [u8; 8] = *b"\xff\xff\xff\xf0226\0";

/// One client's connection.
#[derive(Debug)]
pub(super) struct Connection<'a, S> {
    stream: &'a mut S,
    pub(super) place: Place,
    pub(super) gateway: &'a Gateway,
    decoder: Decoder,
    session: Option<Started>,
    /// When the accounts are due that a scenario holds back.
    pub(super) accounts_due: Option<Instant>,
    pub(super) time_answered: Option<Instant>,
    /// The streams and orders of this client.
    pub(super) desk: Desk,
}

/// A session that was started.
#[derive(Debug, Clone, Copy)]
struct Started {
    client_id: i32,
    at: Instant,
    /// When the phase ends whose notices the client has got.
    change: Option<Instant>,
    /// Whether the accounts and the rest of the start have come, which a pending login holds back.
    welcomed: bool,
    /// When a data farm that flaps is next lost or back, and which of both.
    flap: Option<(Instant, Flap)>,
}

impl<'a, S: Peer> Connection<'a, S> {
    pub(super) fn new(gateway: &'a Gateway, place: Place, stream: &'a mut S) -> Self {
        Self {
            stream,
            place,
            gateway,
            decoder: Decoder::new(None).keeping(KEEP_LIMIT),
            session: None,
            accounts_due: None,
            time_answered: None,
            desk: Desk::new(),
        }
    }

    /// Reads and answers nothing until the client closes.
    pub(super) async fn ignore(&mut self) -> Result<(), End> {
        while self.read().await? {
            self.decoder.buffer().clear();
        }
        Ok(())
    }

    /// Serves the client; `Ok` when the client closes, an error when the Gateway does.
    pub(super) async fn converse(&mut self) -> Result<(), End> {
        let Some(version) = self.greet().await? else {
            return Ok(());
        };
        self.decoder.set_version(version);
        loop {
            while let Some(frame) = self.decoder.next_with_any_id()? {
                self.answer(&frame, version).await?;
            }
            let due = self.due();
            tokio::select! {
                more = self.stream.read_buf(self.decoder.buffer()) => if more? == 0 {
                    return Ok(());
                },
                () = until(due) => self.act(version).await?,
            }
        }
    }

    /// When the Gateway next acts without being asked: accounts, a drop, another phase.
    fn due(&self) -> Option<Instant> {
        let session = self.session.as_ref()?;
        let drop = self.gateway.faults().drops_after();
        let drop = drop.map(|delay| session.at + delay);
        let flap = session.flap.map(|(at, _)| at);
        let login = self.gateway.login_pending_until();
        // A login that is over by now is due at once.
        let login = (!session.welcomed).then(|| login.unwrap_or(session.at));
        let streams = self.desk.due();
        let moments = [
            self.accounts_due,
            drop,
            session.change,
            flap,
            login,
            streams,
        ];
        moments.into_iter().flatten().min()
    }

    /// Sends or closes what is due by now.
    async fn act(&mut self, version: ServerVersion) -> Result<(), End> {
        let Some(session) = &mut self.session else {
            return Ok(());
        };
        let now = Instant::now();
        let age = now.duration_since(session.at);
        let faults = self.gateway.faults();
        let changed = session.change.is_some_and(|at| at <= now);
        session.change = self.gateway.next_change();
        if changed {
            session.flap = faults.flaps_every().map(|pace| (now + pace, Flap::Lost));
        }
        let cut = faults.drops_after().is_some_and(|delay| age >= delay);
        if cut || self.gateway.down_until().is_some() {
            return Err(End::Scenario);
        }
        let accounts = self.accounts_due.is_some_and(|at| at <= now);
        if accounts {
            self.accounts_due = None;
        }
        let pending = self.gateway.login_pending_until().is_some();
        let begins = !pending && !session.welcomed;
        session.welcomed |= begins;
        let ticks = market::due(&mut self.desk, now, version);
        if faults.is_mute(age) || pending {
            return Ok(());
        }
        if begins {
            return self.welcome(now, version).await;
        }
        if accounts {
            self.send(&[self.accounts()], version).await?;
        }
        if !ticks.is_empty() {
            self.send(&ticks, version).await?;
        }
        if changed {
            self.say(version).await?;
        }
        if changed && faults.has(Fault::PortChanged) {
            return self
                .part(&[answer::port_changed()], version, End::Scenario)
                .await;
        }
        if changed {
            self.send(&answer::state(faults), version).await?;
        }
        self.flap(now, version).await
    }

    /// Says that a data farm is lost or back, where that is due.
    async fn flap(&mut self, now: Instant, version: ServerVersion) -> Result<(), End> {
        let pace = self.gateway.faults().flaps_every();
        let Some(session) = &mut self.session else {
            return Ok(());
        };
        let Some((_, flap)) = session.flap.filter(|(at, _)| *at <= now) else {
            return Ok(());
        };
        session.flap = pace.map(|pace| (now + pace, flap.other()));
        Ok(self.send(&[answer::farm(flap)], version).await?)
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
        let newest = self.gateway.config.server_version;
        let version = greeting.range.negotiate(newest);
        let version = version.ok_or(End::NoCommonVersion(newest))?;
        tracing::debug!(announced = %greeting.range, %version, "negotiated");
        if self.gateway.faults().has(Fault::HugeFrame) {
            self.stream.write_all(&HUGE).await?;
            self.ignore().await?;
            return Ok(None);
        }
        let connection_time = clock::connection_time(SystemTime::now());
        let reply = ServerGreeting {
            version,
            connection_time,
        };
        self.write(&reply.encode()).await?;
        if self.gateway.faults().has(Fault::CloseAfterVersion) {
            return Err(End::Scenario);
        }
        Ok(Some(version))
    }

    /// Reads once; false at the end of the stream.
    async fn read(&mut self) -> io::Result<bool> {
        Ok(self.stream.read_buf(self.decoder.buffer()).await? > 0)
    }

    /// Sends the replies in one write.
    async fn send(&mut self, replies: &[Reply], version: ServerVersion) -> io::Result<()> {
        let bytes: Vec<u8> = replies
            .iter()
            .flat_map(|reply| reply.encode(version))
            .collect();
        self.write(&bytes).await
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.gateway.faults().has(Fault::Drip) {
            return self.stream.write_all(bytes).await;
        }
        for byte in bytes {
            self.stream.write_all(&[*byte]).await?;
            sleep(DRIP).await;
        }
        Ok(())
    }

    /// Sends what the Gateway says at the start or as a phase begins, and closes where that is its
    /// last word.
    async fn say(&mut self, version: ServerVersion) -> Result<(), End> {
        let faults = self.gateway.faults();
        let said: Vec<Reply> = faults.said().map(answer::said).collect();
        if faults.parts_with_words() {
            return self.part(&said, version, End::Scenario).await;
        }
        Ok(self.send(&said, version).await?)
    }

    /// Sends the reason, and closes so that the client can read it.
    async fn part(&mut self, why: &[Reply], version: ServerVersion, end: End) -> Result<(), End> {
        self.send(why, version).await?;
        self.stream.shutdown().await?;
        // Closing with bytes unread would be a reset, and could overtake the reason.
        let _ = timeout(LINGER, self.ignore()).await;
        Err(end)
    }

    async fn answer(&mut self, frame: &Frame, version: ServerVersion) -> Result<(), End> {
        tracing::debug!(kind = frame.id, "asked");
        let asked = Asked::decode(frame);
        self.place.asked(frame.id);
        let Some(session) = self.session else {
            // Requests before the start get no answer, whatever they are.
            return match asked {
                Ok(Asked::Known(Request::StartApi { client_id, .. })) => {
                    self.start(client_id, version).await
                }
                _ => Ok(()),
            };
        };
        let is_mute = self.gateway.faults().is_mute(session.at.elapsed());
        if is_mute || self.gateway.login_pending_until().is_some() {
            return Ok(());
        }
        let client_id = session.client_id;
        let replies = match asked {
            // A second start gets no answer.
            Ok(Asked::Known(Request::StartApi { .. })) => return Ok(()),
            Ok(Asked::Other(_)) => self.inquire(frame, client_id, version),
            Ok(asked) => self.replies(asked, client_id, version),
            Err(error) => {
                tracing::debug!(%error, "unreadable");
                self.unreadable(frame.id, client_id)
            }
        };
        Ok(self.send(&replies, version).await?)
    }

    async fn start(&mut self, client_id: i32, version: ServerVersion) -> Result<(), End> {
        let faults = self.gateway.faults();
        self.say(version).await?;
        if faults.has(Fault::CloseAfterStart) {
            return Err(End::Scenario);
        }
        if faults.has(Fault::PortChanged) {
            return self
                .part(&[answer::port_changed()], version, End::Scenario)
                .await;
        }
        if faults.has(Fault::ClientIdInUse) || !self.place.take_client_id(client_id) {
            let end = End::ClientIdInUse(client_id);
            return self.part(&[answer::client_id_in_use()], version, end).await;
        }
        let at = Instant::now();
        let is_pending = self.gateway.login_pending_until().is_some();
        self.session = Some(Started {
            client_id,
            at,
            change: self.gateway.next_change(),
            welcomed: !is_pending,
            flap: faults.flaps_every().map(|pace| (at + pace, Flap::Lost)),
        });
        if is_pending {
            return Ok(());
        }
        self.welcome(at, version).await
    }

    /// Sends what follows the start: accounts, next id, and the state of the Gateway.
    async fn welcome(&mut self, at: Instant, version: ServerVersion) -> Result<(), End> {
        let faults = self.gateway.faults();
        if faults.is_mute(Duration::ZERO) {
            return Ok(());
        }
        let mut replies = Vec::new();
        match faults.accounts() {
            Accounts::AtOnce => replies.push(self.accounts()),
            Accounts::After(delay) => self.accounts_due = Some(at + delay),
            Accounts::Never => {}
        }
        if !faults.has(Fault::NextIdMissing) {
            replies.push(Reply::NextValidId(self.desk.next_order()));
        }
        replies.extend(answer::state(faults));
        Ok(self.send(&replies, version).await?)
    }
}
