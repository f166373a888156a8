//! A server that answers as a test says, over a stream in memory.

use std::sync::{Arc, Mutex};

use ibdoc::event::{Event, Query, Stage, StageName};
use ibdoc::session::{Plan, Record, Session, Timeouts, queries};
use ibdoc::sim::Gateway;
use ibdoc::wire::{
    Asked, ClientGreeting, Decoder, Notice, Reply, Request, ServerGreeting, ServerVersion,
    VersionRange,
};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::Instant;

/// What a script does about one request.
pub(crate) enum Answer {
    /// Sends these, perhaps none.
    Replies(Vec<Reply>),
    /// Sends these so much later, and goes on meanwhile.
    Later(Duration, Vec<Reply>),
    /// Sends these and closes the connection.
    Last(Vec<Reply>),
    /// Closes the connection.
    Close,
}

/// What a server was asked, and when.
pub(crate) type Log = Arc<Mutex<Vec<(Instant, Asked)>>>;

/// A connection to the simulated Gateway in memory, with the room that TCP has: both ends may
/// write at once.
pub(crate) fn connect(gateway: &Gateway) -> DuplexStream {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let gateway = gateway.clone();
    tokio::spawn(async move { gateway.serve(theirs).await });
    ours
}

/// Serves one connection in the form of `version`, answering each request by `script`.
pub(crate) fn serve(
    version: u16,
    mut script: impl FnMut(&Asked) -> Answer + Send + 'static,
) -> (DuplexStream, Log) {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let log = Log::default();
    let kept = log.clone();
    tokio::spawn(async move { converse(theirs, ServerVersion(version), &kept, &mut script).await });
    (ours, log)
}

async fn converse(
    mut stream: DuplexStream,
    version: ServerVersion,
    log: &Log,
    script: &mut (impl FnMut(&Asked) -> Answer + Send),
) -> Option<()> {
    let mut bytes = Vec::new();
    let used = loop {
        stream.read_buf(&mut bytes).await.ok().filter(|n| *n > 0)?;
        if let Some((_, used)) = ClientGreeting::decode(&bytes).expect("a greeting") {
            break used;
        }
    };
    let connection_time = "20261122 10:00:00 Mitteleurop\u{e4}ische Zeit".to_owned();
    let greeting = ServerGreeting {
        version,
        connection_time,
    };
    stream.write_all(&greeting.encode()).await.ok()?;
    let mut decoder = Decoder::new(Some(version));
    decoder.feed(&bytes[used..]);
    let (mut stream, writer) = tokio::io::split(stream);
    let writer = Arc::new(tokio::sync::Mutex::new(writer));
    loop {
        while let Some(frame) = decoder.next_frame().expect("a legal frame") {
            let asked = Asked::decode(&frame).expect("a legal request");
            log.lock()
                .expect("an unpoisoned log")
                .push((Instant::now(), asked.clone()));
            match script(&asked) {
                Answer::Replies(replies) => send(&writer, &replies, version).await?,
                Answer::Later(delay, replies) => {
                    let writer = writer.clone();
                    tokio::spawn(async move {
                        tokio::time::sleep(delay).await;
                        send(&writer, &replies, version).await
                    });
                }
                Answer::Last(replies) => {
                    send(&writer, &replies, version).await?;
                    return None;
                }
                Answer::Close => return None,
            }
        }
        let count = stream.read_buf(decoder.buffer()).await.ok()?;
        if count == 0 {
            return None;
        }
    }
}

type Writer = Arc<tokio::sync::Mutex<tokio::io::WriteHalf<DuplexStream>>>;

async fn send(writer: &Writer, replies: &[Reply], version: ServerVersion) -> Option<()> {
    let mut writer = writer.lock().await;
    for reply in replies {
        writer.write_all(&reply.encode(version)).await.ok()?;
    }
    Some(())
}

/// Sends these.
pub(crate) fn replies(replies: impl IntoIterator<Item = Reply>) -> Answer {
    Answer::Replies(replies.into_iter().collect())
}

/// An error or notice.
pub(crate) fn notice(req_id: i32, code: i32, text: &str) -> Reply {
    Reply::Notice(Notice {
        req_id,
        code,
        text: text.to_owned(),
        advanced_order_reject: String::new(),
        time_ms: None,
    })
}

/// The managed accounts of one user.
pub(crate) fn accounts() -> Reply {
    Reply::ManagedAccounts(vec!["DU9000021".to_owned()])
}

/// What a well-behaved Gateway answers.
pub(crate) fn healthy(asked: &Asked) -> Answer {
    let Asked::Known(request) = asked else {
        return replies([]);
    };
    match request {
        Request::StartApi { .. } => replies([accounts(), Reply::NextValidId(1)]),
        Request::CurrentTime => {
            let now = std::time::UNIX_EPOCH.elapsed().expect("a time after 1970");
            let now = i64::try_from(now.as_secs()).expect("a time of this age");
            replies([Reply::CurrentTime(now)])
        }
        Request::Positions => replies([Reply::PositionEnd]),
        Request::AccountSummary { req_id, .. } => {
            replies([Reply::AccountSummaryEnd { req_id: *req_id }])
        }
        Request::AccountUpdatesMulti { req_id, .. } => {
            replies([Reply::AccountUpdateMultiEnd { req_id: *req_id }])
        }
        Request::AllOpenOrders => replies([Reply::OpenOrdersEnd]),
        Request::CompletedOrders { .. } => replies([Reply::CompletedOrdersEnd]),
        Request::Executions { req_id } => replies([Reply::ExecutionsEnd { req_id: *req_id }]),
        Request::AccountUpdates {
            subscribe: true,
            account,
        } => {
            let account = account.clone();
            replies([Reply::AccountDownloadEnd { account }])
        }
        _ => replies([]),
    }
}

/// A plan with the usual deadlines.
pub(crate) fn plan() -> Plan {
    Plan {
        announced: VersionRange::SPOKEN,
        timeouts: Timeouts::default(),
        client_timeout: Duration::from_secs(4),
        queries: queries(false, false),
        start_up: None,
        deadline: None,
    }
}

/// Runs a whole session over `stream`; what happened, and the events it made.
pub(crate) async fn run(stream: DuplexStream, plan: &Plan) -> (Record, Vec<Event>) {
    let mut record = Record::new(Instant::now(), 7);
    let mut events = Vec::new();
    let sink = &mut |event| events.push(event);
    if let Some(mut session) = Session::greet(stream, plan, &mut record, sink).await {
        if session.start().await && session.accounts().await && session.sync().await {
            session.close(false).await;
        } else {
            session.reset();
        }
    }
    (record, events)
}

/// The stage of that name.
pub(crate) fn stage(record: &Record, name: StageName) -> &Stage {
    let stage = record.stage(name);
    stage.unwrap_or_else(|| panic!("no stage {} in {:?}", name.name(), record.stages))
}

/// The stage of that request.
pub(crate) fn sync_stage(record: &Record, query: Query) -> &Stage {
    stage(record, StageName::Sync(query))
}

/// The ids of everything that was asked, in order.
pub(crate) fn ids_asked(log: &Log) -> Vec<u32> {
    let log = log.lock().expect("an unpoisoned log");
    log.iter().map(|(_, asked)| asked.id()).collect()
}
