//! One client: the connection to the Gateway made for it, and what goes between the two.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout, timeout_at};

use super::gate::Place;
use super::pump::{Broken, Ends, read, shutdown};
use super::shaped::Shaped;
use super::{Shared, stopped};
use crate::event::Speaker;
use crate::machine::sockets::AddressPair;
use crate::tap::seen::{Act, Refusal, Seen, Witness};
use crate::trace::{self, Closing};

/// A session that the relay ends waits so long for the ends of both sides.
const FAREWELL: Duration = Duration::from_secs(1);

/// Serves one client to its end.
pub(super) async fn serve(shared: Rc<Shared>, number: u64, client: TcpStream, from: SocketAddr) {
    let mut control = shared.control.clone();
    let connecting = connect(&shared, number, from);
    let connected = tokio::select! {
        biased;
        () = stopped(&mut control) => None,
        connected = connecting => connected,
    };
    let Some((witness, gateway, place)) = connected else {
        // The refusal goes on as what it was.
        if let Err(error) = client.set_zero_linger() {
            tracing::debug!(%error, "a client is not refused by a reset");
        }
        return;
    };
    if let Err(error) = client.set_nodelay(true) {
        tracing::debug!(%error, "small messages may wait");
    }
    let ends = Ends {
        client,
        gateway,
        place,
    };
    let mut drill = shared.drill.clone();
    let cuts = drill.borrow().cuts;
    let carried = tokio::select! {
        biased;
        // First: what a side has said and how it has ended is carried before the relay ends.
        carried = carry(&shared, &ends, &witness) => carried,
        () = stopped(&mut control) => Err(Broken::Cut),
        () = async { drop(drill.wait_for(|drill| drill.cuts > cuts).await) } => {
            witness.now(Speaker::Gateway, Act::Closed(Closing::Fin));
            Err(Broken::Cut)
        }
    };
    match carried {
        Ok(()) => {}
        Err(Broken::Cut) => {
            let stops = control.borrow().stops;
            part(&ends, &witness, stops).await;
        }
        Err(broken) => ends.pass_on(&broken, &witness),
    }
    if !control.borrow().stops {
        witness.now(Speaker::Client, Act::Over);
    }
}

async fn carry(shared: &Shared, ends: &Ends, witness: &Witness) -> Result<(), Broken> {
    if !shared.shapes {
        return ends.carry(witness).await;
    }
    let drilled = Shaped::new(ends, witness, shared.drill.clone());
    let carried = drilled.carry().await;
    if let Err(Broken::Cut) = carried {
        witness.now(Speaker::Gateway, Act::Closed(Closing::Fin));
    }
    carried
}

/// Ends a session from here: both sides hear an end in order, and have a moment to end too.
async fn part(ends: &Ends, witness: &Witness, is_end_of_relay: bool) {
    let end = |side| async move {
        let stream = ends.of(side);
        let mut buffer = vec![0; 16 << 10];
        if shutdown(stream).is_err() {
            return;
        }
        let farewell = async {
            loop {
                match read(stream, &mut buffer).await {
                    Ok(0) => return Closing::Fin,
                    Ok(_) => {}
                    Err(_) => return Closing::Reset,
                }
            }
        };
        if let Ok(how) = timeout(FAREWELL, farewell).await
            && side == Speaker::Client
            && !is_end_of_relay
        {
            witness.now(side, Act::Closed(how));
        }
    };
    tokio::join!(end(Speaker::Client), end(Speaker::Gateway));
}

/// The connection to the Gateway; `None` where there is none, which is told.
async fn connect(
    shared: &Shared,
    number: u64,
    from: SocketAddr,
) -> Option<(Witness, TcpStream, Place)> {
    let witness = shared.teller.of(number);
    let began = trace::Timestamp::now();
    let until = Instant::now() + shared.timeout;
    let addresses = match shared.addresses(until).await {
        Ok(addresses) => addresses,
        Err(error) => {
            shared.refuse(Refusal::Ours(error));
            return None;
        }
    };
    let mut failure = None;
    let left = u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let share = shared.timeout / left;
    for address in addresses {
        let place = match shared.gate.admits(address).await {
            Ok(place) => place,
            Err(refusal) => {
                shared.refuse(refusal);
                return None;
            }
        };
        match connect_to(address, Instant::now() + share).await {
            Ok(stream) => {
                meet(&witness, began, from, address);
                witness.now(Speaker::Gateway, Act::Accepted);
                shared.connected(&stream, address);
                return Some((witness, stream, place));
            }
            Err(error) => failure = Some((address, error)),
        }
    }
    let (address, error) = failure?;
    let how = match error.kind() {
        io::ErrorKind::TimedOut
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable => Closing::TimedOut,
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => Closing::Reset,
        _ => {
            shared.refuse(Refusal::Ours(error.to_string()));
            return None;
        }
    };
    meet(&witness, began, from, address);
    witness.now(Speaker::Gateway, Act::Closed(how));
    witness.now(Speaker::Client, Act::Over);
    shared.not_connected();
    None
}

/// Tells of a client, and that it connects.
fn meet(witness: &Witness, began: trace::Timestamp, from: SocketAddr, gateway: SocketAddr) {
    let ends = trace::Ends {
        client: Some(from.to_string()),
        gateway: Some(gateway.to_string()),
        ..trace::Ends::default()
    };
    witness.at(began, Speaker::Client, Act::Met(Box::new(ends)));
    witness.at(began, Speaker::Client, Act::Connects);
}

/// Connects without Nagle and, unlike ibdoc's own connections, with the usual linger.
async fn connect_to(address: SocketAddr, until: Instant) -> io::Result<TcpStream> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_nodelay(true)?;
    let connected = timeout_at(until, socket.connect(address)).await;
    connected.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut)))
}

impl Shared {
    /// Notes a connection to the Gateway.
    fn connected(&self, stream: &TcpStream, address: SocketAddr) {
        let mut tally = self.tally.borrow_mut();
        tally.connections += 1;
        let pair = stream.local_addr().ok();
        tally.note(pair.map(|local| AddressPair {
            local,
            remote: stream.peer_addr().unwrap_or(address),
        }));
    }

    /// Notes that the Gateway could not be reached: the door is looked at at once.
    fn not_connected(&self) {
        self.tally.borrow_mut().not_reached += 1;
        self.recheck.notify_one();
    }

    /// Notes and tells that a client was not let through.
    pub(super) fn refuse(&self, refusal: Refusal) {
        self.tally.borrow_mut().refused += 1;
        self.teller.tell(Seen::Refused(refusal));
    }
}
