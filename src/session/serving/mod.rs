//! A session that serves: questions are asked side by side, each answer goes to the one who asked,
//! and what comes unasked is told.

mod ask;
mod flight;
mod lanes;
mod requests;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio::time::Instant;

pub use self::ask::{Ask, Question, Rows, Told, Unanswered, Up};
use self::requests::Requests;
use super::{Closed, Incoming, Session, TEXT_KEPT};
use crate::event::Notice;
use crate::finding::Code;
use crate::text::printable::clean;
use crate::wire::{Reply, Request};

/// Where questions are put, and what comes of them is fetched. Both sides run in one task.
#[derive(Debug)]
pub struct Desk {
    requests: RefCell<Requests>,
    /// Something was asked, or the session is to end.
    asked: Notify,
    /// Something is to be told.
    told: Notify,
    is_stopped: Cell<bool>,
    /// How the other side ended the session.
    dropped: RefCell<Option<(String, Code)>>,
    /// When anything was last heard.
    heard: Cell<Option<Instant>>,
}

impl Desk {
    /// A desk whose answers may take so many bytes before they are fetched.
    pub fn new(room: usize) -> Self {
        Self {
            requests: RefCell::new(Requests::new(room)),
            asked: Notify::new(),
            told: Notify::new(),
            is_stopped: Cell::new(false),
            dropped: RefCell::default(),
            heard: Cell::default(),
        }
    }

    /// Asks something, also before the session is up.
    pub fn ask(&self, ask: Ask) {
        self.requests.borrow_mut().ask(ask);
        self.asked.notify_one();
    }

    /// How many bytes the answers may take from now on.
    pub fn set_room(&self, room: usize) {
        self.requests.borrow_mut().room = room;
    }

    /// Lets the session end in order.
    pub fn stop(&self) {
        self.is_stopped.set(true);
        self.asked.notify_one();
    }

    /// What is to be told next.
    pub fn fetch(&self) -> Option<Told> {
        self.requests.borrow_mut().told.pop_front()
    }

    /// Waits until there may be something to fetch.
    pub async fn has_told(&self) {
        self.told.notified().await;
    }

    /// Gives up what is overdue.
    fn expire(&self) {
        self.requests.borrow_mut().expire(Instant::now());
    }

    /// The next message to send.
    fn next(&self) -> Option<Request> {
        let mut requests = self.requests.borrow_mut();
        let request = requests.next(Instant::now());
        if !requests.told.is_empty() {
            self.told.notify_one();
        }
        request
    }

    /// Answers everything that is still asked with the end of the session.
    pub fn end(&self) {
        self.requests.borrow_mut().end(Instant::now());
    }

    /// How the other side ended the session, if it did.
    pub fn dropped(&self) -> Option<(String, Code)> {
        self.dropped.borrow().clone()
    }

    /// When anything was last heard of the Gateway.
    pub fn heard(&self) -> Option<Instant> {
        self.heard.get()
    }

    fn tell(&self, told: Told) {
        self.requests.borrow_mut().told.push_back(told);
        self.told.notify_one();
    }

    /// Whether the session is up, or was.
    pub fn is_up(&self) -> bool {
        self.heard.get().is_some()
    }

    /// Tells a notice of the handshake.
    pub fn pass_on(&self, notice: Notice) {
        self.tell(Told::Notice(notice));
    }

    fn hear(&self, reply: Reply, began: Instant) {
        let now = Instant::now();
        self.heard.set(Some(now));
        let mut requests = self.requests.borrow_mut();
        let is_answer = requests.hear(&reply, now);
        if let Reply::Notice(notice) = reply
            && !is_answer
        {
            requests.told.push_back(Told::Notice(Notice {
                code: notice.code,
                message: clean(&notice.text, TEXT_KEPT),
                request_id: notice.req_id,
                at: now - began,
            }));
        }
        if !requests.told.is_empty() {
            self.told.notify_one();
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    /// Answers what is asked at the desk until that stops the session or the other side ends it.
    pub async fn serve(&mut self, desk: &Desk) {
        desk.requests.borrow_mut().speak(self.version);
        desk.heard.set(Some(Instant::now()));
        desk.tell(Told::Up(self.up()));
        if let Err(how) = self.serve_on(desk).await {
            let code = self.code_of_loss(Code::Dropped);
            *desk.dropped.borrow_mut() = Some((how, code));
        }
    }

    fn up(&self) -> Up {
        let record = &self.record;
        Up {
            client_id: record.client_id,
            server_version: record.server_version,
            connection_time: record.connection_time.clone(),
            accounts: record.accounts.clone().unwrap_or_default(),
            next_order_id: record.next_order_id,
            ready: record.ready,
        }
    }

    async fn serve_on(&mut self, desk: &Desk) -> Result<(), String> {
        let words = |closed: Closed| closed.words().to_owned();
        while !desk.is_stopped.get() {
            self.send_what_is_due(desk).await.map_err(words)?;
            let now = Instant::now();
            // Nothing due: any time will do.
            let due = desk.requests.borrow().due(now);
            let due = due.unwrap_or(now + self.plan.timeouts.request);
            let heard = tokio::select! {
                biased;
                () = desk.asked.notified() => continue,
                heard = self.hear(due) => heard,
            };
            match heard {
                Incoming::Reply(reply) => desk.hear(reply, self.record.began()),
                Incoming::Quiet => {}
                Incoming::Closed(closed) => return Err(words(closed)),
                Incoming::Garbled(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn send_what_is_due(&mut self, desk: &Desk) -> Result<(), Closed> {
        desk.expire();
        while let Some(request) = desk.next() {
            self.send_beside(&request).await?;
        }
        Ok(())
    }
}
