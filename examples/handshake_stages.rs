//! An API handshake, stage by stage, with the time that each stage took.
//!
//! `cargo run --example handshake_stages` runs it against a simulated Gateway that is slow with its
//! accounts; `cargo run --example handshake_stages 127.0.0.1:4002` against a real one. It places no
//! order: the codec has no message for one.

#![expect(clippy::print_stdout, reason = "it shows what it measures")]

use std::env;
use std::error::Error;
use std::time::{Duration, Instant};

use ibdoc::sim::{self, Config};
use ibdoc::wire::{
    ClientGreeting, Decoder, Reply, Request, ServerGreeting, ServerVersion, VersionRange,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// A client id that other programs are unlikely to use; never 0, which sees other clients' orders.
const CLIENT_ID: i32 = 9321;
/// How long each stage may take.
const LIMIT: Duration = Duration::from_secs(15);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = match env::args().nth(1) {
        Some(address) => address,
        None => simulated().await?,
    };

    let began = Instant::now();
    let stream = TcpStream::connect(&address).await?;
    // A reset instead of a close leaves no half-closed socket in the Gateway.
    stream.set_zero_linger()?;
    stage("connect", began, &address);

    let began = Instant::now();
    let mut session = timeout(LIMIT, Session::greet(stream)).await??;
    stage("version", began, &session.version.to_string());

    let began = Instant::now();
    let start = Request::StartApi {
        client_id: CLIENT_ID,
        capabilities: String::new(),
    };
    session.send(&start).await?;
    stage("start", began, &format!("client id {CLIENT_ID}"));

    let began = Instant::now();
    let (mut accounts, mut has_next_id) = (None, false);
    // No order is promised: wait for both.
    while accounts.is_none() || !has_next_id {
        match timeout(LIMIT, session.receive()).await?? {
            Reply::ManagedAccounts(list) => accounts = Some(list),
            Reply::NextValidId(_) => has_next_id = true,
            Reply::Notice(notice) => println!("  notice {}: {}", notice.code, notice.text),
            _ => {}
        }
    }
    let count = accounts.map_or(0, |accounts| accounts.len());
    stage("accounts", began, &count.to_string());

    let began = Instant::now();
    session.send(&Request::CurrentTime).await?;
    let time = loop {
        if let Reply::CurrentTime(time) = timeout(LIMIT, session.receive()).await?? {
            break time;
        }
    };
    stage("time", began, &format!("{time} seconds since 1970"));
    Ok(())
}

/// The address of a simulated Gateway that lives as long as this program.
async fn simulated() -> Result<String, Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let config = Config {
        scenario: "accounts-late=0.3".parse()?,
        ..Config::default()
    };
    tokio::spawn(sim::run(listener, config, std::future::pending()));
    Ok(address.to_string())
}

fn stage(name: &str, began: Instant, detail: &str) {
    let elapsed = began.elapsed().as_secs_f64() * 1000.0;
    println!("{name:<10} {elapsed:>8.2} ms  {detail}");
}

/// A connection on which a version was agreed.
struct Session {
    stream: TcpStream,
    decoder: Decoder,
    version: ServerVersion,
}

impl Session {
    /// Announces every version that the codec speaks; errs when no version comes back.
    async fn greet(mut stream: TcpStream) -> Result<Self, Box<dyn Error>> {
        let greeting = ClientGreeting::new(VersionRange::SPOKEN);
        stream.write_all(&greeting.encode()).await?;
        let mut decoder = Decoder::new(None);
        loop {
            if let Some(frame) = decoder.next_frame()? {
                let version = ServerGreeting::decode(&frame.body)?.version;
                decoder.set_version(version);
                return Ok(Self {
                    stream,
                    decoder,
                    version,
                });
            }
            read(&mut stream, &mut decoder).await?;
        }
    }

    async fn send(&mut self, request: &Request) -> Result<(), Box<dyn Error>> {
        Ok(self.stream.write_all(&request.encode(self.version)).await?)
    }

    async fn receive(&mut self) -> Result<Reply, Box<dyn Error>> {
        loop {
            if let Some(frame) = self.decoder.next_frame()? {
                return Ok(Reply::decode(&frame, self.version)?);
            }
            read(&mut self.stream, &mut self.decoder).await?;
        }
    }
}

/// Reads once; errs when the Gateway has closed.
async fn read(stream: &mut TcpStream, decoder: &mut Decoder) -> Result<(), Box<dyn Error>> {
    if stream.read_buf(decoder.buffer()).await? == 0 {
        return Err("the Gateway closed the connection".into());
    }
    Ok(())
}
