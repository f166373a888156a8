//! Drills in front of the simulated Gateway, with a small client.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use ibdoc::event::Speaker;
use ibdoc::finding::verdict::Severity;
use ibdoc::sim::{Config, run};
use ibdoc::tap::{Act, Observed, Relay, Seen};
use ibdoc::wire::{
    ClientGreeting, Decoder, Frame, Reply, Request, ServerGreeting, ServerVersion, VersionRange,
};

use super::{Tapped, heard, observed, relay};
use crate::helpers::command::{PATIENCE, eventually, tells};

const VERSION: ServerVersion = ServerVersion::NEWEST;

/// A simulated Gateway on a thread of its own, until the test process ends.
fn gateway() -> u16 {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
    listener.set_nonblocking(true).expect("no blocking");
    let port = listener.local_addr().expect("its address").port();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            run(listener, Config::default(), std::future::pending()).await;
        });
    });
    port
}

/// A client of one session.
struct Client {
    stream: TcpStream,
    decoder: Decoder,
}

impl Client {
    /// Connects and starts the API with this client id.
    fn start(address: SocketAddr, client_id: i32) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let decoder = Decoder::new(None);
        let mut client = Self { stream, decoder };
        let range: VersionRange = "100..226".parse().expect("a range");
        client
            .stream
            .write_all(&ClientGreeting::new(range).encode())?;
        client.next()?;
        client.decoder.set_version(VERSION);
        let capabilities = String::new();
        client.ask(&Request::StartApi {
            client_id,
            capabilities,
        })?;
        Ok(client)
    }

    /// The same up to the next valid id.
    fn ready(address: SocketAddr, client_id: i32) -> std::io::Result<Self> {
        let mut client = Self::start(address, client_id)?;
        while !matches!(client.reply()?, Reply::NextValidId(_)) {}
        Ok(client)
    }

    fn ask(&mut self, request: &Request) -> std::io::Result<()> {
        self.stream.write_all(&request.encode(VERSION))
    }

    fn next(&mut self) -> std::io::Result<Frame> {
        let mut buffer = [0; 4096];
        loop {
            if let Some(frame) = self.decoder.next_frame().map_err(std::io::Error::other)? {
                return Ok(frame);
            }
            match self.stream.read(&mut buffer)? {
                0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                length => self.decoder.feed(&buffer[..length]),
            }
        }
    }

    fn reply(&mut self) -> std::io::Result<Reply> {
        let frame = self.next()?;
        Reply::decode(&frame, VERSION).map_err(std::io::Error::other)
    }

    /// The number of the next notice that is no routine.
    fn notice(&mut self) -> std::io::Result<i32> {
        loop {
            if let Reply::Notice(notice) = self.reply()?
                && notice.code < 2_000
            {
                return Ok(notice.code);
            }
        }
    }

    /// The same, as soon as it is let in.
    fn ready_again(address: SocketAddr, client_id: i32) -> Self {
        let mut ready = None;
        eventually("the client is let in", || {
            ready = Self::ready(address, client_id).ok();
            ready.is_some()
        });
        ready.expect("a session")
    }

    /// Reads until the other end closes.
    fn until_closed(&mut self) -> std::io::ErrorKind {
        loop {
            if let Err(error) = self.reply() {
                return error.kind();
            }
        }
    }
}

fn ended(relay: Relay) -> (Vec<Seen>, Observed) {
    relay.stop();
    let (seen, _) = heard(relay);
    let observed = observed(&seen);
    (seen, observed)
}

fn severe(observed: &Observed) -> Vec<String> {
    let findings = observed.findings.iter();
    let severe = findings.filter(|it| it.severity > Severity::Info);
    severe.map(|it| it.summary.clone()).collect()
}

#[test]
fn a_restart_is_rehearsed_and_a_client_that_comes_back_passes() {
    let relay = relay(gateway(), "1s:cut,refuse; 300ms:pass");
    let address = relay.address;
    let mut client = Client::ready(address, 7).expect("a session");
    client.ask(&Request::Positions).expect("a request");
    assert_eq!(client.until_closed(), std::io::ErrorKind::UnexpectedEof);
    drop(client);
    let mut back = Client::ready_again(address, 7);
    back.ask(&Request::Positions).expect("a request");
    while !matches!(back.reply().expect("a reply"), Reply::PositionEnd) {}
    let (_, observed) = ended(relay);
    let trace = &observed.trace;
    let steps: Vec<&str> = trace
        .drill
        .iter()
        .filter_map(|it| it.split(' ').nth(1))
        .collect();
    assert_eq!(steps, ["cut", "refuse", "pass"]);
    let [recovery] = trace.recoveries.as_slice() else {
        panic!("{:?}", trace.recoveries);
    };
    assert!(
        recovery
            .back
            .is_some_and(|it| it > Duration::from_millis(200)),
        "{recovery:?}"
    );
    let words = &recovery.summary;
    assert!(
        words.contains("asked again for what it had subscribed"),
        "{words}"
    );
    assert_eq!(severe(&observed), Vec::<String>::new());
    assert!(tells(&trace.stories[0].lines.join("\n"), "in a drill"));
}

#[test]
fn a_message_is_left_out_a_notice_is_said_and_what_is_delayed_comes_later() {
    let relay = relay(
        gateway(),
        "drop=executions-end, delay=50ms, say=1100@1s, say=1100@20s",
    );
    let mut client = Client::ready(relay.address, 7).expect("a session");
    assert_eq!(client.notice().expect("a notice"), 1100);
    client
        .ask(&Request::Executions { req_id: 3 })
        .expect("a request");
    client.ask(&Request::CurrentTime).expect("a request");
    let mut met = Vec::new();
    loop {
        match client.reply().expect("a reply") {
            Reply::CurrentTime(_) => break,
            other => met.push(other),
        }
    }
    assert!(
        !met.iter()
            .any(|it| matches!(it, Reply::ExecutionsEnd { .. })),
        "{met:?}"
    );
    let (_, observed) = ended(relay);
    let session = &observed.trace.sessions[0];
    let times: Vec<Duration> = session
        .requests
        .iter()
        .filter_map(|it| it.elapsed)
        .collect();
    assert!(
        times.iter().all(|it| *it >= Duration::from_millis(90)),
        "{times:?}"
    );
    assert!(
        session
            .drills
            .iter()
            .any(|it| it.contains("drop=executions-end"))
    );
    // What the drill made is no finding of the Gateway's.
    assert_eq!(severe(&observed), Vec::<String>::new());
}

#[test]
fn a_client_id_counts_as_taken_and_a_stalled_side_is_silent_until_it_passes() {
    let relay = relay(gateway(), "id-taken; 1s:pass,stall=gateway; 500ms:pass");
    let mut refused = Client::start(relay.address, 7).expect("a session");
    assert_eq!(refused.notice().expect("a notice"), 326);
    assert_eq!(refused.until_closed(), std::io::ErrorKind::UnexpectedEof);
    drop(refused);
    drop(Client::ready_again(relay.address, 7));
    let (seen, observed) = ended(relay);
    let is_drilled = |it: &&Seen| {
        matches!(
            it,
            Seen::Act {
                act: Act::Drilled(..),
                ..
            }
        )
    };
    assert_eq!(seen.iter().filter(is_drilled).count(), 4);
    let first = &observed.trace.sessions[0];
    let close = first.close.as_ref().expect("a close");
    assert_eq!(close.first, Speaker::Gateway);
    assert_eq!(
        observed.trace.recoveries.len(),
        1,
        "{:?}",
        observed.trace.recoveries
    );
    assert_eq!(severe(&observed), Vec::<String>::new());
}

#[test]
fn nothing_behind_the_start_of_a_client_whose_id_is_taken_goes_on() {
    let tapped = Tapped::start("id-taken");
    let (mut client, mut gateway) = tapped.connect();
    let range: VersionRange = "100..178".parse().expect("a range");
    let version = ServerVersion(178);
    let greeting = ClientGreeting::new(range).encode();
    client.write_all(&greeting).expect("a write");
    let connection_time = "20261127 10:00:00 UTC".to_owned();
    let answer = ServerGreeting {
        version,
        connection_time,
    };
    gateway.write_all(&answer.encode()).expect("a write");
    let mut head = [0; 4];
    client.read_exact(&mut head).expect("an answer");
    let start = Request::StartApi {
        client_id: 7,
        capabilities: String::new(),
    };
    let both = [start, Request::CurrentTime].map(|it| it.encode(version));
    client.write_all(&both.concat()).expect("a write");
    let mut all = Vec::new();
    gateway.read_to_end(&mut all).expect("the greeting");
    assert_eq!(all, greeting);
    drop(gateway);
    tapped.end();
}
