//! DEBUG logs of `ib_insync` and `ib_async`: `>>>` and `<<<` lines inside any logging format, of several
//! clients mixed.

mod date;
mod fields;
mod last;
mod line;
mod place;
mod program;
mod tail;
mod time;

use std::collections::HashMap;
use std::time::Duration;

use self::fields::encode;
use self::last::Last;
use self::line::{Content, Line, Words};
use self::place::{Client, Clients, greeting};
use self::program::{Program, place};
use self::tail::Tail;
use self::time::Time;
use super::chunk::{Chunk, Closing, ConnectionId, Ends, Timestamp, What};
use super::lines::Lines;
use crate::event::Speaker;
use crate::report::TraceClock;
use crate::text::json::with_marks;
use crate::text::printable::{clean, without_colours};

/// Where chunks go.
type Out<'a> = &'a mut dyn FnMut(&Chunk<'_>);

/// Programs of one log that are told apart.
const PROGRAMS: usize = 1_000;

/// Reads a log.
#[derive(Debug)]
pub(super) struct LogReader {
    source: usize,
    lines: Lines,
    tail: Tail,
    /// Those of the programs that did not write the last line.
    clients: HashMap<Vec<u8>, Clients>,
    /// The program that wrote the last line.
    program: Option<Box<Program>>,
    next_id: u64,
    time: Last,
    last: Timestamp,
    /// The clock, once a time was found.
    clock: Option<TraceClock>,
    /// Whether the last line has no end.
    pub(super) is_cut_off: bool,
    /// Lines that concern a session.
    pub(super) messages: u64,
    /// Lines that could belong to more than one session.
    pub(super) guessed: u64,
    /// Lines that are later than the one before, and earlier ones.
    steps: [u64; 2],
    frame: Vec<u8>,
}

impl LogReader {
    pub(super) fn new(source: usize) -> Self {
        Self {
            source,
            lines: Lines::default(),
            tail: Tail::default(),
            clients: HashMap::new(),
            program: None,
            next_id: (source as u64) << 32,
            time: Last::default(),
            last: Timestamp::default(),
            clock: None,
            is_cut_off: false,
            messages: 0,
            guessed: 0,
            steps: [0; 2],
            frame: Vec::new(),
        }
    }

    /// Takes bytes of the file and hands on what its lines say.
    pub(super) fn feed(&mut self, bytes: &[u8], out: Out<'_>) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.feed(bytes, &mut |line| self.line(line, out));
        self.lines = lines;
        self.tail.feed(bytes);
    }

    /// The file is over; its last line with a time may concern no session.
    pub(super) fn end(&mut self, out: Out<'_>) {
        let mut lines = std::mem::take(&mut self.lines);
        self.is_cut_off = lines.end(&mut |line| self.line(line, out));
        self.lines = lines;
        if let Some(until) = self.time.time.and_then(|like| self.tail.last_time(like)) {
            out(&Chunk::goes_on(self.since_midnight(until), self.source));
        }
    }

    /// How many lines were read.
    pub(super) fn lines(&self) -> u64 {
        self.lines.count
    }

    /// Whether more lines are earlier than the one before than later, as where the newest comes first.
    pub(super) fn runs_backwards(&self) -> bool {
        self.steps[1] > self.steps[0]
    }

    fn line(&mut self, line: &[u8], out: Out<'_>) {
        let line = with_marks(line);
        let line = without_colours(&line);
        let Some(line) = line::read(&line, &self.time) else {
            return;
        };
        self.messages += 1;
        let at = self.moment(&line);
        let Some(mut program) = self.program_of(line.before) else {
            return;
        };
        let clients = &mut program.clients;
        clients.library = program.place.library.or(clients.library);
        match line.content {
            Content::Message(side, fields) => self.message(clients, at, side, fields, out),
            Content::Words(words) => self.words(clients, at, words, out),
        }
        self.program = Some(program);
    }

    /// The program that wrote a line which begins so; `None` of one too many.
    fn program_of(&mut self, before: &[u8]) -> Option<Box<Program>> {
        let last = self.program.take();
        if last
            .as_ref()
            .is_some_and(|it| it.is_of(before, self.time.time))
        {
            return last;
        }
        if let Some(last) = last.map(|last| *last) {
            self.clients.insert(last.place.program, last.clients);
        }
        let place = place(before, self.time.time);
        let known = self.clients.contains_key(&place.program);
        if !known && self.clients.len() >= PROGRAMS {
            return None;
        }
        let clients = self.clients.remove(&place.program).unwrap_or_default();
        let program = Program::new(before, self.time.time, place, clients);
        Some(Box::new(program))
    }

    /// The time of a line: its own, or that of the line before.
    fn moment(&mut self, line: &Line<'_>) -> Timestamp {
        let Some(time) = line.time else {
            return self.last;
        };
        self.time.keep(line.before, time);
        self.clock.get_or_insert(time.clock);
        let at = self.since_midnight(time);
        if self.messages > 1 && at != self.last {
            self.steps[usize::from(at < self.last)] += 1;
        }
        self.last = at;
        at
    }

    /// Times of day go on past midnight.
    fn since_midnight(&self, time: Time) -> Timestamp {
        let mut at = time.at;
        if time.clock == TraceClock::TimeOfDay {
            let day = Duration::from_secs(86_400);
            while at.0 + day / 2 < self.last.0 {
                at.0 += day;
            }
        }
        at
    }

    fn begin(&mut self, clients: &mut Clients, at: Timestamp, ends: Ends, out: Out<'_>) -> usize {
        self.next_id += 1;
        let id = ConnectionId(self.next_id);
        let client_id = ends.client_id;
        say(out, at, id, Speaker::Client, What::Met(ends));
        let place = clients.add(Client::new(id, client_id));
        for over in clients.too_many() {
            say(out, at, over, Speaker::Client, What::Over);
        }
        place.min(clients.len() - 1)
    }

    fn ends(&self, clients: &Clients) -> Ends {
        Ends {
            library: clients.library,
            source: self.source,
            clock: self.clock.unwrap_or(TraceClock::None),
            ..Ends::default()
        }
    }

    fn message(
        &mut self,
        clients: &mut Clients,
        at: Timestamp,
        side: Speaker,
        fields: &[u8],
        out: Out<'_>,
    ) {
        if let Some(version) = greeting(side, fields) {
            let place = clients.awaiting_version();
            let place = place.unwrap_or_else(|| {
                let ends = self.ends(clients);
                self.begin(clients, at, ends, out)
            });
            clients.greeted(place, version);
            self.send(clients, place, at, side, fields, out);
            return;
        }
        let (place, is_guess) = clients.of_message(side, fields).unwrap_or_else(|| {
            let ends = self.ends(clients);
            (self.begin(clients, at, ends, out), false)
        });
        self.guessed += u64::from(is_guess);
        self.send(clients, place, at, side, fields, out);
        for over in clients.same_id(place) {
            say(out, at, over, Speaker::Client, What::Over);
        }
    }

    fn send(
        &mut self,
        clients: &Clients,
        place: usize,
        at: Timestamp,
        side: Speaker,
        fields: &[u8],
        out: Out<'_>,
    ) {
        let Some(client) = clients.get(place) else {
            return;
        };
        let mut frame = std::mem::take(&mut self.frame);
        encode(&mut frame, side, fields, client.version);
        say(out, at, client.id, side, What::Bytes(&frame));
        self.frame = frame;
    }

    fn words(&mut self, clients: &mut Clients, at: Timestamp, words: Words<'_>, out: Out<'_>) {
        if let Words::Connecting { address, client_id } = words {
            let ends = Ends {
                gateway: Some(clean(address, 100)),
                client_id: Some(client_id),
                ..self.ends(clients)
            };
            let place = self.begin(clients, at, ends, out);
            if let Some(client) = clients.get(place) {
                say(out, at, client.id, Speaker::Client, What::Connects);
            }
            return;
        }
        let Some((place, id)) = clients.of_words(words) else {
            return;
        };
        match words {
            Words::Connecting { .. } => {}
            Words::Connected => say(out, at, id, Speaker::Gateway, What::Accepted),
            Words::PeerClosed(text) => {
                say(out, at, id, Speaker::Client, What::Said(text));
                say(out, at, id, Speaker::Gateway, What::Closed(Closing::Unseen));
                clients.close(place);
            }
            Words::Leaves(_) => {
                say(out, at, id, Speaker::Client, What::Closed(Closing::Unseen));
                clients.close(place);
            }
            Words::Ended(_) => {
                say(out, at, id, Speaker::Gateway, What::Closed(Closing::Unseen));
                clients.remove(place);
                say(out, at, id, Speaker::Client, What::Over);
            }
            Words::Other(text) => say(out, at, id, Speaker::Client, What::Said(text)),
        }
    }
}

fn say(out: Out<'_>, at: Timestamp, connection: ConnectionId, side: Speaker, what: What<'_>) {
    out(&Chunk {
        at,
        connection,
        side,
        what,
    });
}
