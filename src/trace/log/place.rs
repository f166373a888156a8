//! Whose a line is: which of its program's clients it is about.

use std::collections::BTreeSet;

use super::fields::ids;
use super::line::Words;
use crate::event::Speaker;
use crate::trace::chunk::ConnectionId;
use crate::wire::messages::{self, asked_by};
use crate::wire::{self, ServerVersion};

/// Clients of one program that are told apart at the same time.
const CLIENTS: usize = 64;
/// Requests of a client that are remembered.
const REQUESTS: usize = 5_000;
const START_API: u32 = 71;

/// One client.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: ConnectionId,
    pub(super) version: Option<ServerVersion>,
    /// The client id.
    number: Option<i32>,
    has_started: bool,
    is_closed: bool,
    /// Whether its last message started the API.
    starts: bool,
    asked: BTreeSet<(Option<i32>, u32)>,
    last_number: Option<i32>,
}

impl Client {
    pub(super) fn new(id: ConnectionId, client_id: Option<i32>) -> Self {
        Self {
            id,
            version: None,
            number: client_id,
            has_started: false,
            starts: false,
            is_closed: false,
            asked: BTreeSet::new(),
            last_number: None,
        }
    }

    /// How well a message of the client fits to it; the more the better.
    fn fits_asked(&self, id: u32, number: Option<i32>) -> u8 {
        if id == START_API {
            return u8::from(self.version.is_some() && !self.has_started) * 4;
        }
        match (number, self.last_number) {
            (Some(number), _) if self.asked_with(number) => 2,
            (Some(number), Some(last)) if number == last + 1 => 3,
            (Some(number), Some(last)) if number > last => 1,
            _ => 0,
        }
    }

    /// Whether a request with this id was made.
    fn asked_with(&self, number: i32) -> bool {
        let number = Some(number);
        let mut same = self.asked.range((number, 0)..=(number, u32::MAX));
        same.next().is_some()
    }

    fn fits_told(&self, id: u32, number: Option<i32>) -> u8 {
        let rows = asked_by(id);
        let asked = |row: &&messages::Asked| {
            self.asked.contains(&(number, row.id)) || self.asked.contains(&(None, row.id))
        };
        let by_number = number.is_some_and(|number| number >= 0 && self.asked_with(number));
        u8::from(rows.iter().any(asked)) * 2 + u8::from(by_number)
    }
}

/// The clients of one program.
#[derive(Debug, Default)]
pub(super) struct Clients {
    all: Vec<Client>,
    /// Whose the last line was.
    last: usize,
    pub(super) library: Option<&'static str>,
}

impl Clients {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, place: usize) -> Option<&Client> {
        self.all.get(place)
    }

    pub(super) fn add(&mut self, client: Client) -> usize {
        self.all.push(client);
        self.last = self.all.len() - 1;
        self.last
    }

    /// Takes out the oldest ones beyond what is followed.
    pub(super) fn too_many(&mut self) -> Vec<ConnectionId> {
        let surplus = self.all.len().saturating_sub(CLIENTS);
        self.last = self.last.saturating_sub(surplus);
        self.all.drain(..surplus).map(|client| client.id).collect()
    }

    /// The one that has connected and waits for the version.
    pub(super) fn awaiting_version(&mut self) -> Option<usize> {
        let waits = |client: &Client| {
            client.version.is_none() && !client.is_closed && client.number.is_some()
        };
        self.all.iter().position(waits)
    }

    pub(super) fn greeted(&mut self, place: usize, version: ServerVersion) {
        if let Some(client) = self.all.get_mut(place) {
            client.version = Some(version);
            self.last = place;
        }
    }

    /// The client that a message is of, and whether that is a guess; nothing where there is none yet.
    pub(super) fn of_message(&mut self, side: Speaker, fields: &[u8]) -> Option<(usize, bool)> {
        let open = |client: &Client| !client.is_closed;
        let several = self.all.iter().filter(|it| open(it)).count() > 1;
        let version = self.all.get(self.last).and_then(|client| client.version);
        // What the Gateway says to the only client needs no look.
        let tells = several || side == Speaker::Client;
        let ids = tells.then(|| ids(side, fields, version)).flatten();
        let (id, number) = ids.unwrap_or_default();
        let mut best: Option<(usize, u8)> = None;
        let mut is_guess = false;
        for (place, client) in self.all.iter().enumerate().filter(|(_, it)| open(it)) {
            let fits = match side {
                _ if !several => 1,
                Speaker::Client => client.fits_asked(id, number),
                Speaker::Gateway => client.fits_told(id, number),
            };
            let is_last = place == self.last;
            match best {
                Some((_, most)) if fits < most => {}
                Some((_, most)) if fits == most => {
                    is_guess = true;
                    if is_last {
                        best = Some((place, fits));
                    }
                }
                _ => {
                    is_guess = false;
                    best = Some((place, fits));
                }
            }
        }
        let closed = || {
            self.all
                .len()
                .checked_sub(1)
                .filter(|_| side == Speaker::Gateway)
        };
        let place = best.map(|(place, _)| place).or_else(closed)?;
        self.last = place;
        if side == Speaker::Client {
            self.all[place].asks(id, number, fields);
        }
        Some((place, is_guess && several))
    }

    /// The client that the library speaks of.
    pub(super) fn of_words(&mut self, words: Words<'_>) -> Option<(usize, ConnectionId)> {
        let named = match words {
            Words::PeerClosed(text) | Words::Other(text) => {
                let id = text.split_once("clientId ");
                let id = id.and_then(|(_, id)| wire::number(id.split(' ').next()?.as_bytes()));
                id.and_then(|id| self.all.iter().rposition(|it| it.number == Some(id)))
            }
            _ => None,
        };
        let waits = |client: &Client| client.version.is_none() && !client.is_closed;
        let place = match (named, words) {
            (Some(place), _) => place,
            (None, Words::Connected) => self.all.iter().position(waits)?,
            (None, Words::Ended(_)) => {
                let closed = self.all.iter().position(|client| client.is_closed);
                closed.unwrap_or(self.last)
            }
            (None, _) => self.last,
        };
        self.last = place;
        Some((place, self.all.get(place)?.id))
    }

    pub(super) fn close(&mut self, place: usize) {
        if let Some(client) = self.all.get_mut(place) {
            client.is_closed = true;
        }
    }

    pub(super) fn remove(&mut self, place: usize) {
        if place < self.all.len() {
            self.all.remove(place);
            self.last = self.all.len().saturating_sub(1);
        }
    }

    /// The clients that had this one's id before it: they are over, whether it was logged or not.
    pub(super) fn same_id(&mut self, place: usize) -> Vec<ConnectionId> {
        let Some(client) = self.all.get_mut(place) else {
            return Vec::new();
        };
        if !client.just_started() {
            return Vec::new();
        }
        let (id, own) = (client.number, client.id);
        let is_over = |client: &Client| client.number == id && client.id != own;
        let over: Vec<ConnectionId> = self
            .all
            .iter()
            .filter(|it| is_over(it))
            .map(|it| it.id)
            .collect();
        if !over.is_empty() {
            self.all.retain(|client| !is_over(client));
            self.last = self
                .all
                .iter()
                .position(|client| client.id == own)
                .unwrap_or_default();
        }
        over
    }
}

impl Client {
    fn asks(&mut self, id: u32, number: Option<i32>, fields: &[u8]) {
        if id == START_API {
            let client_id = fields.split(|it| *it == b',').nth(2);
            self.number = client_id.and_then(wire::number).or(self.number);
            self.starts = true;
        }
        if self.asked.len() < REQUESTS {
            self.asked.insert((number, id));
        }
        self.last_number = self.last_number.max(number);
        if self.last_number.is_none() && id == START_API {
            self.last_number = Some(0);
        }
    }

    /// Whether the API was started by the last message; once.
    fn just_started(&mut self) -> bool {
        let is_new = std::mem::take(&mut self.starts) && !self.has_started;
        self.has_started |= is_new;
        is_new
    }
}

/// The version, if these are the two fields of the Gateway's answer to a greeting.
pub(super) fn greeting(side: Speaker, fields: &[u8]) -> Option<ServerVersion> {
    let comma = (side == Speaker::Gateway).then(|| memchr::memchr(b',', fields))??;
    let time = &fields[comma + 1..];
    let is_time = time.len() > 8 && time[..8].iter().all(u8::is_ascii_digit);
    let version = std::str::from_utf8(&fields[..comma]).ok()?.parse().ok()?;
    let is_one = is_time && version >= ServerVersion::FRAMED.0;
    is_one.then_some(ServerVersion(version))
}
