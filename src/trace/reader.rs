//! One recording, recognised by its content.

use super::chunk::{Chunk, ConnectionId};
use super::lines::Lines;
use super::log::LogReader;
use super::pcap::{PcapReader, is_capture};
use super::recording;
use crate::report::{RecordingKind, TraceSource};
use crate::text::printable::clean;
use crate::text::words::counted;

/// So much is looked at before a file that begins without a line feed is taken for a log.
const LOOKED_AT: usize = 4 << 10;
/// The first bytes of what is not read as it is, with what it is: packed by gzip or zstd, and text as
/// the shell of Windows writes it.
const REFUSED: [(&[u8], &str); 4] = [
    (&[0x1f, 0x8b], PACKED),
    (&[0x28, 0xb5, 0x2f, 0xfd], PACKED),
    (&[0xff, 0xfe], WIDE),
    (&[0xfe, 0xff], WIDE),
];
const PACKED: &str = "is packed: unpack it first";
const WIDE: &str = "is text in UTF-16: convert it to UTF-8 first";
/// What stands before a text in UTF-8 that an editor of Windows has written.
const MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// Reads one recording; bytes come as they are there, in pieces of any size.
#[derive(Debug)]
pub struct Reader {
    source: usize,
    name: String,
    bytes: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// The first bytes, too few to tell.
    Undecided(Vec<u8>),
    Log(Box<LogReader>),
    Tap {
        lines: Lines,
        unreadable: u64,
        is_cut_off: bool,
    },
    Pcap(RecordingKind, Box<PcapReader>, bool),
    /// Why it is not read.
    Refused(&'static str),
}

impl Reader {
    /// For the recording with this number and name.
    pub fn new(source: usize, name: &str) -> Self {
        Self {
            source,
            name: clean(name, 200),
            bytes: 0,
            content: Content::Undecided(Vec::new()),
        }
    }

    /// Takes bytes and hands on what they show.
    pub fn feed(&mut self, bytes: &[u8], out: &mut dyn FnMut(&Chunk<'_>)) {
        self.bytes += bytes.len() as u64;
        if let Content::Undecided(first) = &mut self.content {
            first.extend_from_slice(bytes);
            let first = std::mem::take(first);
            match self.recognise(&first, false) {
                Some(content) => self.begin(content, &first, out),
                None => self.content = Content::Undecided(first),
            }
        } else {
            self.read(bytes, out);
        }
    }

    fn begin(&mut self, content: Content, first: &[u8], out: &mut dyn FnMut(&Chunk<'_>)) {
        self.content = content;
        self.read(first.strip_prefix(MARK).unwrap_or(first), out);
    }

    /// What a recording is that begins with these bytes; nothing where more of them are needed.
    fn recognise(&self, first: &[u8], is_all: bool) -> Option<Content> {
        if let Some(kind) = is_capture(first) {
            let reader = Box::new(PcapReader::new(self.source));
            return Some(Content::Pcap(kind, reader, false));
        }
        let mut refused = REFUSED.iter();
        if let Some((_, why)) = refused.find(|(begin, _)| first.starts_with(begin)) {
            return Some(Content::Refused(why));
        }
        let line = memchr::memchr(b'\n', first).map(|end| &first[..end]);
        let enough = is_all || line.is_some() || first.len() >= LOOKED_AT;
        enough.then(|| match recording::header(line.unwrap_or(first)) {
            Some(_) => Content::Tap {
                lines: Lines::default(),
                unreadable: 0,
                is_cut_off: false,
            },
            None => Content::Log(Box::new(LogReader::new(self.source))),
        })
    }

    fn read(&mut self, bytes: &[u8], out: &mut dyn FnMut(&Chunk<'_>)) {
        let source = self.source;
        match &mut self.content {
            Content::Undecided(_) | Content::Refused(_) => {}
            Content::Log(reader) => reader.feed(bytes, out),
            Content::Pcap(_, reader, _) => reader.feed(bytes, out),
            Content::Tap {
                lines, unreadable, ..
            } => lines.feed(bytes, &mut |line| {
                *unreadable += u64::from(!tap_line(line, source, out));
            }),
        }
    }

    /// The recording is over.
    pub fn end(&mut self, out: &mut dyn FnMut(&Chunk<'_>)) {
        let source = self.source;
        if let Content::Undecided(first) = &mut self.content {
            let first = std::mem::take(first);
            if !first.is_empty()
                && let Some(content) = self.recognise(&first, true)
            {
                self.begin(content, &first, out);
            }
        }
        match &mut self.content {
            Content::Undecided(_) | Content::Refused(_) => {}
            Content::Log(reader) => reader.end(out),
            Content::Pcap(_, reader, is_cut_off) => *is_cut_off = reader.end(out),
            Content::Tap {
                lines, is_cut_off, ..
            } => {
                // The line that was being written is lost.
                lines.end(&mut |line| *is_cut_off = !tap_line(line, source, out));
            }
        }
    }

    /// Its part of the report.
    pub fn source(&self) -> TraceSource {
        let blank = TraceSource {
            name: self.name.clone(),
            bytes: self.bytes,
            ..TraceSource::default()
        };
        match &self.content {
            Content::Undecided(_) | Content::Refused(_) => blank,
            Content::Log(reader) => TraceSource {
                kind: if reader.messages > 0 {
                    RecordingKind::Log
                } else {
                    RecordingKind::Unknown
                },
                records: reader.lines(),
                cut_off: reader.is_cut_off,
                ..blank
            },
            Content::Tap {
                lines,
                unreadable,
                is_cut_off,
            } => TraceSource {
                kind: RecordingKind::Tap,
                records: lines.count,
                unreadable: *unreadable,
                cut_off: *is_cut_off,
                ..blank
            },
            Content::Pcap(kind, reader, is_cut_off) => TraceSource {
                kind: *kind,
                records: reader.packets,
                unreadable: reader.unreadable,
                cut_off: *is_cut_off,
                ..blank
            },
        }
    }

    /// TCP connections in it that were none of the API.
    pub fn others(&self) -> u64 {
        match &self.content {
            Content::Pcap(_, reader, _) => reader.others(),
            _ => 0,
        }
    }

    /// Whether its lines stand in the wrong order, so that nothing can be said of what they tell.
    pub fn runs_backwards(&self) -> bool {
        matches!(&self.content, Content::Log(reader) if reader.runs_backwards())
    }

    /// Whether some of its lines are of more than one session, so that nothing is known to be fine.
    pub fn is_guessed(&self) -> bool {
        matches!(&self.content, Content::Log(reader) if reader.guessed > 0)
    }

    /// That packets were captured in part only: what they carried is not known.
    pub fn is_cut_short(&self) -> Option<String> {
        let Content::Pcap(_, reader, _) = &self.content else {
            return None;
        };
        let (packets, longest) = reader.cut;
        (packets > 0).then(|| {
            let (name, packets) = (&self.name, counted(packets, "packet"));
            format!(
                "{packets} of {name} were captured in part only, up to {longest} bytes: what the rest said \
                 is not known; `tcpdump -s 0` captures whole packets"
            )
        })
    }

    /// What else is to be known of it.
    pub fn notes(&self) -> Vec<String> {
        let name = &self.name;
        let mut notes = Vec::new();
        match &self.content {
            Content::Undecided(_) => notes.push(format!("{name} is empty")),
            Content::Refused(why) => notes.push(format!("{name} {why}")),
            Content::Log(reader) if reader.messages == 0 => notes.push(format!(
                "{name} is no capture, and no line of it is one of ib_async or ib_insync: their \
                 messages are logged with the level DEBUG"
            )),
            Content::Log(reader) if reader.runs_backwards() => notes.push(format!(
                "the times of {name} run backwards: turn its lines round first, as with tac"
            )),
            Content::Log(reader) if reader.guessed > 0 => notes.push(format!(
                "{} of {name} could be of more than one session: given to the one that spoke last",
                counted(reader.guessed, "line")
            )),
            Content::Pcap(_, reader, _) => {
                if let Some(link) = reader.unknown_link {
                    let line = format!("{name} has packets of link type {link}, which is not read");
                    notes.push(line);
                }
                notes.extend(self.is_cut_short());
                let undirected = reader.undirected();
                if undirected > 0 {
                    notes.push(format!(
                        "{name} has {} that began before it and look like the API's: which end is the \
                         Gateway is not known, for neither port is one of its usual ones",
                        counted(undirected, "connection")
                    ));
                }
            }
            Content::Log(_) | Content::Tap { .. } => {}
        }
        notes
    }
}

/// Reads a line of a recording of tap; whether it was one.
fn tap_line(line: &[u8], source: usize, out: &mut dyn FnMut(&Chunk<'_>)) -> bool {
    if line.is_empty() || recording::header(line).is_some() {
        return true;
    }
    recording::read(line, source, &mut |chunk| {
        let mut chunk = chunk.clone();
        chunk.connection = ConnectionId::in_source(chunk.connection.0, source);
        out(&chunk);
    })
}
