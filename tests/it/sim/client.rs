//! A small client for the simulated Gateway, over any stream.

use ibdoc::sim::{Config, Gateway};
use ibdoc::wire::{
    ClientGreeting, Decoder, Reply, Request, ServerGreeting, ServerVersion, VersionRange,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};

/// A session with the simulated Gateway.
pub(crate) struct Client<S> {
    pub(crate) stream: S,
    pub(crate) version: ServerVersion,
    pub(crate) greeting: ServerGreeting,
    decoder: Decoder,
}

/// A Gateway of this version and scenario.
pub(crate) fn gateway(version: u16, scenario: &str) -> Gateway {
    let scenario = scenario.parse().expect("a known scenario");
    Gateway::new(Config {
        server_version: ServerVersion(version),
        scenario,
    })
}

/// A connection to the Gateway in memory, in pieces of a few bytes.
pub(crate) fn connect(gateway: &Gateway) -> DuplexStream {
    let (ours, theirs) = tokio::io::duplex(8);
    let gateway = gateway.clone();
    tokio::spawn(async move { gateway.serve(theirs).await });
    ours
}

/// A started session in memory, with everything that follows the start read.
pub(crate) async fn started(gateway: &Gateway, client_id: i32) -> Client<DuplexStream> {
    let mut client = Client::greet(connect(gateway)).await.expect("a greeting");
    client.start(client_id).await;
    client
        .until(|reply| matches!(reply, Reply::Notice(notice) if notice.code == 2158))
        .await;
    client
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Greets with every version spoken; `None` if the Gateway closed instead of answering.
    pub(crate) async fn greet(stream: S) -> Option<Self> {
        Self::greet_with(stream, VersionRange::SPOKEN).await
    }

    /// Greets with the range.
    pub(crate) async fn greet_with(mut stream: S, range: VersionRange) -> Option<Self> {
        stream
            .write_all(&ClientGreeting::new(range).encode())
            .await
            .ok()?;
        let mut decoder = Decoder::new(None);
        let frame = loop {
            if let Some(frame) = decoder.next_frame().expect("a frame") {
                break frame;
            }
            match stream.read_buf(decoder.buffer()).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        };
        assert!(decoder.unread().is_empty(), "bytes behind the greeting");
        let greeting = ServerGreeting::decode(&frame.body).expect("a greeting");
        decoder.set_version(greeting.version);
        Some(Self {
            stream,
            version: greeting.version,
            greeting,
            decoder,
        })
    }

    /// Starts the session.
    pub(crate) async fn start(&mut self, client_id: i32) {
        self.ask(Request::StartApi {
            client_id,
            capabilities: String::new(),
        })
        .await;
    }

    /// Sends a request.
    pub(crate) async fn ask(&mut self, request: Request) {
        let frame = request.encode(self.version);
        self.stream
            .write_all(&frame)
            .await
            .expect("the Gateway reads");
    }

    /// The next reply, or `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<Reply> {
        loop {
            if let Some(frame) = self.decoder.next_frame().expect("a frame") {
                return Some(Reply::decode(&frame, self.version).expect("a reply"));
            }
            match self.stream.read_buf(self.decoder.buffer()).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The replies up to the first that is the last one.
    pub(crate) async fn until(&mut self, last: impl Fn(&Reply) -> bool) -> Vec<Reply> {
        let mut replies = Vec::new();
        while let Some(reply) = self.next().await {
            let done = last(&reply);
            replies.push(reply);
            if done {
                return replies;
            }
        }
        panic!("the Gateway closed after {replies:?}");
    }

    /// Asks, and gives the first reply.
    pub(crate) async fn answer(&mut self, request: Request) -> Reply {
        self.ask(request).await;
        self.next().await.expect("an answer")
    }
}
