//! The transparent relay: what goes through it, what it records, and its drills.

mod command;
mod drill;
mod fidelity;
mod recording;
mod refusal;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use ibdoc::tap::{Act, Drill, Observed, Observer, Recorder, Relay, RelayPlan, RelayTally, Seen};
use ibdoc::target::Target;

use crate::helpers::command::PATIENCE;

/// A relay in front of a listener of the test, which hands over what it accepts.
pub(crate) struct Tapped {
    pub(crate) relay: Relay,
    pub(crate) accepted: Receiver<TcpStream>,
}

impl Tapped {
    /// With this drill; none where it is empty.
    pub(crate) fn start(drill: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
        let port = listener.local_addr().expect("its address").port();
        let (sender, accepted) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stream.map_or(true, |stream| sender.send(stream).is_err()) {
                    return;
                }
            }
        });
        let relay = relay(port, drill);
        Self { relay, accepted }
    }

    /// A connection through it: the client's end and the Gateway's.
    pub(crate) fn connect(&self) -> (TcpStream, TcpStream) {
        let client = TcpStream::connect(self.relay.address).expect("a connection");
        let gateway = self.accepted.recv_timeout(PATIENCE).expect("a connection");
        for stream in [&client, &gateway] {
            stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
            stream.set_nodelay(true).expect("no delay");
        }
        (client, gateway)
    }

    /// What it saw until it was stopped.
    pub(crate) fn end(self) -> (Vec<Seen>, RelayTally) {
        self.relay.stop();
        heard(self.relay)
    }
}

/// A relay in front of this port.
pub(crate) fn relay(port: u16, drill: &str) -> Relay {
    Relay::start(plan(port, drill)).expect("a relay")
}

/// The plan of it.
pub(crate) fn plan(port: u16, drill: &str) -> RelayPlan {
    let drill = match drill {
        "" => Drill::default(),
        drill => drill.parse().expect("a drill"),
    };
    RelayPlan {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        target: Target::loopback(port),
        drill,
        force: false,
        timeout: PATIENCE,
    }
}

/// What a relay saw until it was stopped, which it is.
pub(crate) fn heard(mut relay: Relay) -> (Vec<Seen>, RelayTally) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let all = runtime.expect("a runtime").block_on(async {
        let mut all = Vec::new();
        while relay.hear(&mut all).await > 0 {}
        all
    });
    (all, relay.join().expect("a tally"))
}

/// What an observer makes of it.
pub(crate) fn observed(seen: &[Seen]) -> Observed {
    let nothing = &mut |_| {};
    let mut observer = Observer::new(Recorder::default(), nothing);
    observer.take(seen);
    observer.finish()
}

/// How the connection of a client ends that is sent nothing.
pub(crate) fn end_of(mut client: &TcpStream) -> Result<usize, std::io::ErrorKind> {
    client.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    client.read(&mut [0]).map_err(|error| error.kind())
}

/// The bytes of a side that were copied.
pub(crate) fn copied(seen: &[Seen], wanted: ibdoc::event::Speaker) -> Vec<u8> {
    let bytes = seen.iter().filter_map(|it| match it {
        Seen::Act {
            side,
            act: Act::Bytes(bytes),
            ..
        } if *side == wanted => Some(bytes.as_slice()),
        _ => None,
    });
    bytes.collect::<Vec<_>>().concat()
}

/// Writes bytes in pieces of these lengths, in turn, while the other end is read to its end.
pub(crate) fn exchange(mut stream: TcpStream, bytes: &[u8], pieces: &[usize]) -> Vec<u8> {
    let mut reader = stream.try_clone().expect("a second handle");
    thread::scope(|scope| {
        let read = scope.spawn(move || {
            let mut all = Vec::new();
            reader.read_to_end(&mut all).expect("bytes");
            all
        });
        let (mut rest, mut lengths) = (bytes, pieces.iter().cycle());
        while !rest.is_empty() {
            let length = lengths
                .next()
                .map_or(rest.len(), |it| (*it).min(rest.len()));
            stream.write_all(&rest[..length]).expect("a write");
            rest = &rest[length..];
        }
        stream.shutdown(std::net::Shutdown::Write).expect("a FIN");
        read.join().expect("bytes")
    })
}
