//! The simulated Gateway on real sockets: shutdown, resets, and one packet for the greeting.

use std::net::SocketAddr;
use std::time::Duration;

use ibdoc::sim::{self, Config};
use ibdoc::wire::{ClientGreeting, Reply, ServerVersion, VersionRange};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::helpers::command::PATIENCE;
use crate::sim::client::Client;

/// A simulated Gateway on a free port of the loopback interface.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn start(version: u16, scenario: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("an address");
        let scenario = scenario.parse().expect("a known scenario");
        let config = Config {
            server_version: ServerVersion(version),
            scenario,
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(sim::run(listener, config, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop,
            task,
        }
    }

    pub(crate) async fn stop(self) {
        self.stop.send(()).expect("still running");
        timeout(PATIENCE, self.task)
            .await
            .expect("stops in time")
            .expect("stops in order");
    }
}

pub(crate) async fn session(address: SocketAddr, client_id: i32) -> Client<TcpStream> {
    let stream = TcpStream::connect(address).await.expect("accepts");
    let mut client = Client::greet(stream).await.expect("greets");
    client.start(client_id).await;
    client
        .until(|reply| matches!(reply, Reply::NextValidId(_)))
        .await;
    client
}

#[tokio::test]
async fn shutdown_drops_every_connection_and_the_listener() {
    let gateway = Running::start(226, "never-closes").await;
    let address = gateway.address;
    let mut client = session(address, 1).await;
    let mut leaked = session(address, 2).await;
    leaked.stream.shutdown().await.unwrap();
    gateway.stop().await;
    while client.next().await.is_some() {}
    while leaked.next().await.is_some() {}
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn the_greeting_comes_alone_before_the_start() {
    let gateway = Running::start(178, "normal").await;
    let mut stream = TcpStream::connect(gateway.address).await.unwrap();
    stream
        .write_all(&ClientGreeting::new(VersionRange::SPOKEN).encode())
        .await
        .unwrap();
    let mut bytes = [0; 4096];
    let count = stream.read(&mut bytes).await.unwrap();
    let length = u32::from_be_bytes(*bytes.first_chunk().unwrap()) as usize;
    assert_eq!(count, 4 + length, "one read is the whole greeting");
    let more = timeout(Duration::from_millis(100), stream.read(&mut bytes)).await;
    assert!(more.is_err(), "nothing follows before the start");
    gateway.stop().await;
}

#[cfg(target_os = "linux")]
mod leaks {
    use super::*;

    /// Sockets of this machine in `CLOSE_WAIT` on the port.
    fn close_waits(port: u16) -> usize {
        const CLOSE_WAIT: &str = "08";
        let table = std::fs::read_to_string("/proc/net/tcp").expect("the socket table");
        let local = format!(":{port:04X}");
        table
            .lines()
            .filter_map(|line| {
                let mut columns = line.split_whitespace();
                Some((columns.nth(1)?.to_owned(), columns.nth(1)?.to_owned()))
            })
            .filter(|(address, state)| address.ends_with(&local) && state == CLOSE_WAIT)
            .count()
    }

    async fn wait_for(port: u16, count: usize) {
        let reached = async {
            while close_waits(port) != count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let found = timeout(PATIENCE, reached).await;
        assert!(
            found.is_ok(),
            "{} CLOSE_WAIT instead of {count}",
            close_waits(port)
        );
    }

    #[tokio::test]
    async fn a_leaked_socket_stays_in_close_wait_until_it_is_reset() {
        let gateway = Running::start(226, "never-closes").await;
        let port = gateway.address.port();
        let mut client = session(gateway.address, 1).await;
        client.stream.shutdown().await.unwrap();
        wait_for(port, 1).await;
        let stream = client.stream.into_std().unwrap();
        let linger = Some(Duration::ZERO);
        rustix::net::sockopt::set_socket_linger(&stream, linger).unwrap();
        drop(stream);
        wait_for(port, 0).await;
        gateway.stop().await;
    }
}
