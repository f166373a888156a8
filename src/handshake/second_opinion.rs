//! The second opinion: the real Rust client library `ibapi`, through a loopback relay whose
//! Gateway side has zero linger, because the library cannot set it.

use std::io;
use std::net::SocketAddr;

use ibapi::accounts::{AccountSummaryResult, PositionUpdate};
use ibapi::prelude::{AccountGroup, Client, StreamExt, SubscriptionItem};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout_at};

use crate::event::{Events, Query, StageName};
use crate::finding::Code;
use crate::report::{Judgement, client::Outcome};
use crate::session::{End, Plan, Record};
use crate::text::duration::shown;
use crate::text::printable::clean;
use crate::text::words::counted;
use crate::wire::ServerVersion;

/// Lets the library connect over `gateway` and read accounts, time, positions and summary.
///
/// The library does version, start and accounts in one step: it stands on record as `accounts`.
/// The stream is closed, and so reset, when this returns.
pub async fn ask(gateway: TcpStream, plan: &Plan, record: &mut Record, events: Events<'_>) {
    let start = Instant::now();
    let relay = match Relay::open(gateway).await {
        Ok(relay) => relay,
        Err(error) => {
            let end = End::failed(Code::Unreachable, format!("the relay failed: {error}"));
            record.end_stage(StageName::Accounts, start, end, events);
            return;
        }
    };
    converse(relay.address, plan, record, start, events).await;
    relay.close().await;
    record.end_with_reset(false, Instant::now(), events);
}

async fn converse(
    address: SocketAddr,
    plan: &Plan,
    record: &mut Record,
    start: Instant,
    events: Events<'_>,
) {
    let until = plan.until(start, plan.timeouts.version + plan.timeouts.accounts);
    let connecting = Client::builder()
        .address(address.to_string())
        .client_id(record.client_id)
        .max_reconnect_attempts(0)
        .connect();
    let client = match timeout_at(until, connecting).await {
        Ok(Ok(client)) => client,
        Ok(Err(error)) => {
            let end = End::failed(code_of(&error), said(&error));
            record.end_stage(StageName::Accounts, start, end, events);
            return;
        }
        Err(_) => {
            let waited = shown(start.elapsed());
            let detail = format!("ibapi did not connect in {waited}; it has no timeout");
            let end = End::timeout(Code::SilentAfterConnect, detail);
            record.end_stage(StageName::Accounts, start, end, events);
            return;
        }
    };
    note(&client, record, start, events);
    for query in [Query::Time, Query::Positions, Query::AccountSummary] {
        sync(&client, query, plan, record, events).await;
    }
    client.disconnect().await;
}

/// The library reports a failure as text; only that of a taken client id can be told apart.
fn code_of(error: &ibapi::Error) -> Code {
    if error.to_string().contains("326") || error.to_string().contains("already in use") {
        Code::ClientIdInUse
    } else {
        Code::ClosedBeforeVersion
    }
}

fn said(error: &ibapi::Error) -> String {
    clean(&format!("ibapi says: {error}"), 200)
}

/// Whether the library did connect.
pub fn judge(library: &super::clients::Client, record: &Record) -> Judgement {
    let says = match (
        record.ready,
        record.stages.iter().find(|stage| stage.code.is_some()),
    ) {
        (Some(ready), _) => format!("ibapi connected in {}", shown(ready)),
        (None, Some(stage)) => {
            let detail = stage.detail.as_deref().unwrap_or_default();
            format!("ibapi failed: {detail}")
        }
        (None, None) => "ibapi did not get to connect".to_owned(),
    };
    Judgement {
        client: library.name,
        announced: library.announces.to_string(),
        server_version: record.server_version.map(|version| version.0),
        would_connect: record.ready.is_some(),
        outcome: match record.ready {
            Some(_) => Outcome::Connects,
            None => Outcome::Fails,
        },
        elapsed: record.ready,
        not_asked: Vec::new(),
        unfinished: Vec::new(),
        refused: Vec::new(),
        says,
    }
}

fn note(client: &Client, record: &mut Record, start: Instant, events: Events<'_>) {
    let version = u16::try_from(client.server_version()).unwrap_or_default();
    record.server_version = Some(ServerVersion(version));
    record.connection_time = client.connection_time().map(|time| time.to_string());
    let accounts = client.handshake_managed_accounts();
    let accounts: Vec<String> = accounts.iter().map(|account| clean(account, 32)).collect();
    let count = accounts.len();
    record.accounts = Some(accounts);
    record.next_order_id = Some(i64::from(client.next_order_id()));
    record.ready = Some(start.elapsed());
    let end = End::ok(format!("version {version}, {}", counted(count, "account")));
    record.end_stage(StageName::Accounts, start, end, events);
}

async fn sync(client: &Client, query: Query, plan: &Plan, record: &mut Record, events: Events<'_>) {
    let start = Instant::now();
    let until = plan.until(start, plan.timeouts.request);
    let asking = async {
        match query {
            Query::Time => client.server_time().await.map(|_| 0),
            Query::Positions => positions(client).await,
            _ => summary(client).await,
        }
    };
    let end = match timeout_at(until, asking).await {
        Ok(Ok(0)) if query == Query::Time => End::ok(None),
        Ok(Ok(rows)) => End::ok(counted(rows, "row")),
        Ok(Err(error)) => End::failed(Code::SyncRefused, said(&error)),
        Err(_) => End::timeout(
            Code::SyncTimeout,
            format!("no end in {}", shown(start.elapsed())),
        ),
    };
    record.end_stage(StageName::Sync(query), start, end, events);
}

async fn positions(client: &Client) -> Result<usize, ibapi::Error> {
    let mut stream = client.positions().await?;
    let mut rows = 0;
    while let Some(item) = stream.next().await {
        match item? {
            SubscriptionItem::Data(PositionUpdate::PositionEnd) => break,
            SubscriptionItem::Data(PositionUpdate::Position(_)) => rows += 1,
            SubscriptionItem::Notice(_) => {}
        }
    }
    Ok(rows)
}

async fn summary(client: &Client) -> Result<usize, ibapi::Error> {
    let group = AccountGroup("All".to_owned());
    let mut stream = client.account_summary(&group, &["NetLiquidation"]).await?;
    let mut rows = 0;
    while let Some(item) = stream.next().await {
        match item? {
            SubscriptionItem::Data(AccountSummaryResult::End) => break,
            SubscriptionItem::Data(AccountSummaryResult::Summary(_)) => rows += 1,
            SubscriptionItem::Notice(_) => {}
        }
    }
    Ok(rows)
}

/// Passes one local connection on to the Gateway until it is dropped.
struct Relay {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Relay {
    async fn open(mut gateway: TcpStream) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            if let Ok((mut library, _)) = listener.accept().await {
                library.set_nodelay(true).ok();
                // Either end's failure ends both; the Gateway's side is then reset.
                let _ = copy_bidirectional(&mut library, &mut gateway).await;
            }
        });
        Ok(Self { address, task })
    }

    /// Drops the Gateway's stream, and returns when that is done.
    async fn close(self) {
        self.task.abort();
        // The task has ended by itself, or is cancelled: either way its streams are gone.
        let _ = self.task.await;
    }
}
