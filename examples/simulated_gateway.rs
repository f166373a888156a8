//! A client under test against a simulated Gateway: what it does when all is well, and when the
//! Gateway misbehaves. Run it with `cargo run --example simulated_gateway`.
//!
//! Each Gateway listens on a free port of the loopback interface, so such a program needs no
//! account, no fixed port and no network, and several of them can run at once.

#![expect(clippy::print_stdout, reason = "it shows what it checks")]

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use ibdoc::sim::{self, Config};
use ibdoc::wire::{ClientGreeting, Decoder, Reply, Request, ServerGreeting, VersionRange};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    for (scenario, expected) in [
        ("normal", "accounts DU9000021, next order id 1"),
        ("client-id-in-use", "refused: 326"),
        ("accounts-missing", "timed out"),
        ("close-after-start", "closed"),
        // Several faults at once.
        (
            "accounts-late=0.2,pacing",
            "accounts DU9000021, next order id 1",
        ),
    ] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let config = Config {
            scenario: scenario.parse()?,
            ..Config::default()
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let gateway = tokio::spawn(sim::run(listener, config, async {
            // A dropped sender means the end as well.
            let _ = stopped.await;
        }));

        let told = connect(address).await?;
        println!("{scenario}: {told}");
        assert_eq!(told, expected, "{scenario}");

        drop(stop);
        gateway.await?;
    }
    Ok(())
}

/// The client under test: connects, starts a session, and tells in a few words how that ended.
async fn connect(address: SocketAddr) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(address).await?;
    let mut decoder = Decoder::new(None);

    let greeting = ClientGreeting::new(VersionRange::SPOKEN);
    stream.write_all(&greeting.encode()).await?;
    let version = loop {
        if let Some(frame) = decoder.next_frame()? {
            break ServerGreeting::decode(&frame.body)?.version;
        }
        if stream.read_buf(decoder.buffer()).await? == 0 {
            return Ok("closed".to_owned());
        }
    };
    decoder.set_version(version);

    let start = Request::StartApi {
        client_id: 7,
        capabilities: String::new(),
    };
    stream.write_all(&start.encode(version)).await?;

    // No order is promised: wait for both, and pass over everything else.
    let (mut accounts, mut next_id) = (None, None);
    loop {
        while let Some(frame) = decoder.next_frame()? {
            match Reply::decode(&frame, version)? {
                Reply::ManagedAccounts(list) => accounts = Some(list.join(",")),
                Reply::NextValidId(id) => next_id = Some(id),
                Reply::Notice(notice) if notice.code == 326 => {
                    return Ok(format!("refused: {}", notice.code));
                }
                _ => {}
            }
        }
        if let (Some(accounts), Some(id)) = (&accounts, next_id) {
            return Ok(format!("accounts {accounts}, next order id {id}"));
        }
        let more = stream.read_buf(decoder.buffer());
        match timeout(Duration::from_secs(2), more).await {
            Ok(Ok(0)) => return Ok("closed".to_owned()),
            Ok(more) => _ = more?,
            Err(_) => return Ok("timed out".to_owned()),
        }
    }
}
