//! What both sides of a session say, as bytes: for recordings that tests make.

use std::time::Duration;

use ibdoc::event::Speaker;
use ibdoc::finding::Finding;
use ibdoc::report::Trace;
use ibdoc::trace::{Analyser, Chunk, ConnectionId, Ends, Met, Timestamp, What};
use ibdoc::wire::{ClientGreeting, Reply, Request, ServerGreeting, ServerVersion, VersionRange};

/// 2026-11-27T10:43:21Z.
pub(crate) const BEGAN: u64 = 1_795_776_201_000;

/// One thing that a side does, so many milliseconds after the beginning.
pub(crate) type Act = (u64, Speaker, Vec<u8>);

/// A talk of both sides at one version.
#[derive(Clone, Debug)]
pub(crate) struct Talk {
    pub(crate) version: ServerVersion,
    pub(crate) acts: Vec<Act>,
}

impl Talk {
    /// Up to the answer to the greeting, of a client that announces this range.
    pub(crate) fn greeted(range: &str, version: u16) -> Self {
        let range: VersionRange = range.parse().expect("a range");
        let version = ServerVersion(version);
        let answer = ServerGreeting {
            version,
            connection_time: "20261127 10:43:21 UTC".to_owned(),
        };
        Self {
            version,
            acts: vec![
                (1, Speaker::Client, ClientGreeting::new(range).encode()),
                (3, Speaker::Gateway, answer.encode()),
            ],
        }
    }

    /// Up to the moment at which accounts and id are there.
    pub(crate) fn ready(range: &str, version: u16) -> Self {
        Self::ready_as(7, range, version)
    }

    /// The same with this client id.
    pub(crate) fn ready_as(client_id: i32, range: &str, version: u16) -> Self {
        let start = Request::StartApi {
            client_id,
            capabilities: String::new(),
        };
        Self::greeted(range, version)
            .asks(4, &start)
            .says(8, &Reply::ManagedAccounts(vec!["DU9000001".to_owned()]))
            .says(9, &Reply::NextValidId(1))
    }

    #[must_use]
    pub(crate) fn asks(self, at: u64, request: &Request) -> Self {
        let bytes = request.encode(self.version);
        self.sends(at, Speaker::Client, bytes)
    }

    #[must_use]
    pub(crate) fn says(self, at: u64, reply: &Reply) -> Self {
        let bytes = reply.encode(self.version);
        self.sends(at, Speaker::Gateway, bytes)
    }

    #[must_use]
    pub(crate) fn sends(mut self, at: u64, side: Speaker, bytes: Vec<u8>) -> Self {
        self.acts.push((at, side, bytes));
        self
    }
}

/// So many milliseconds after the beginning.
pub(crate) fn at(millis: u64) -> Timestamp {
    Timestamp(Duration::from_millis(BEGAN + millis))
}

/// What an analyser makes of chunks of one connection that was dialled.
pub(crate) struct Analysed {
    pub(crate) trace: Trace,
    pub(crate) findings: Vec<Finding>,
    /// Each message in a line.
    pub(crate) met: Vec<String>,
}

/// Has a talk analysed, with its bytes cut into pieces by `cut`, and the rest of what happened.
pub(crate) fn analysed(talk: &Talk, then: &[(u64, Speaker, What<'_>)], piece: usize) -> Analysed {
    let mut analyser = Analyser::default();
    let mut met = Vec::new();
    let mut take = |millis: u64, side, what| {
        let chunk = Chunk {
            at: at(millis),
            connection: ConnectionId(1),
            side,
            what,
        };
        analyser.take(&chunk, &mut |it: &Met<'_>| met.push(line(it)));
    };
    let ends = Ends {
        client: Some("127.0.0.1:50000".to_owned()),
        gateway: Some("127.0.0.1:4002".to_owned()),
        ..Ends::default()
    };
    take(0, Speaker::Client, What::Met(ends));
    take(0, Speaker::Client, What::Connects);
    take(0, Speaker::Gateway, What::Accepted);
    for (millis, side, bytes) in &talk.acts {
        for piece in bytes.chunks(piece) {
            take(*millis, *side, What::Bytes(piece));
        }
    }
    for (millis, side, what) in then {
        take(*millis, *side, what.clone());
    }
    let (trace, findings) = analyser.finish();
    Analysed {
        trace,
        findings,
        met,
    }
}

fn line(met: &Met<'_>) -> String {
    let id = met.frame.map_or(0, |frame| frame.id);
    let (from, role, number) = (met.from, met.role, met.request_id);
    format!("{from:?} {id} {role:?} {number:?} {:?}", met.elapsed)
}

/// A message whose body is text.
pub(crate) fn text(fields: &[&str]) -> Vec<u8> {
    let fields = fields.iter();
    let body: Vec<u8> = fields
        .flat_map(|it| [it.as_bytes(), b"\0"].concat())
        .collect();
    let length = u32::try_from(body.len()).expect("short").to_be_bytes();
    [&length[..], &body].concat()
}
