//! What a handshake costs over loopback, against the simulated Gateway in the same thread.
//!
//! Three rows, measured in the same run: the least exchange that an honest client can make,
//! written with tokio alone; the same exchange through ibdoc's session; and the whole
//! handshake, with the look at the socket table, every request, the close and the receipt.

use std::net::SocketAddr;

use criterion::{Criterion, criterion_group, criterion_main};
use ibdoc::handshake::ahead::Ahead;
use ibdoc::handshake::connect;
use ibdoc::handshake::footprint::Ledger;
use ibdoc::handshake::{Attempter, Speaker};
use ibdoc::machine::World;
use ibdoc::session::{Plan, Record, Session, Timeouts, queries};
use ibdoc::sim;
use ibdoc::target::Target;
use ibdoc::wire::VersionRange;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Runtime;
use tokio::time::Instant;

const CLIENT_ID: i32 = 7;

/// Id of the frame of managed accounts, in protobuf.
const MANAGED_ACCOUNTS: u32 = 215;
/// Id of the frame of the next valid id, in protobuf.
const NEXT_VALID_ID: u32 = 209;

/// The greeting v100..226, and startApi for client 7 in protobuf.
const GREETING: &[u8] = b"API\0\0\0\0\x09v100..226";
const START_API: &[u8] = &[0, 0, 0, 6, 0, 0, 1, 0x0F, 8, 7];

/// Connect, greet, start, wait for accounts and id, reset; with no codec and no deadline.
async fn least_exchange(gateway: SocketAddr) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_zero_linger().expect("zero linger");
    socket.set_nodelay(true).expect("no delay");
    let mut stream = socket.connect(gateway).await.expect("connects");
    stream.write_all(GREETING).await.expect("greets");
    let mut body = vec![0; 4096];
    let length = stream.read_u32().await.expect("a length") as usize;
    stream.read_exact(&mut body[..length]).await.expect("hello");
    assert!(body.starts_with(b"226\0"));
    stream.write_all(START_API).await.expect("starts");
    let mut missing = 2;
    while missing > 0 {
        let length = stream.read_u32().await.expect("a length") as usize;
        let id = stream.read_u32().await.expect("an id");
        stream
            .read_exact(&mut body[..length - 4])
            .await
            .expect("a body");
        missing -= i32::from(id == MANAGED_ACCOUNTS || id == NEXT_VALID_ID);
    }
}

/// The same exchange through ibdoc's session: no look at the table, no request, a reset.
async fn session(gateway: SocketAddr, plan: &Plan) {
    let began = Instant::now();
    let mut record = Record::new(began, CLIENT_ID);
    let events = &mut |_| {};
    let until = plan.until(began, plan.timeouts.connect);
    let stream = connect::connect(gateway, until).await.expect("connects");
    let mut session = Session::greet(stream, plan, &mut record, events)
        .await
        .expect("a version");
    assert!(session.start().await && session.accounts().await);
    session.reset();
}

/// What `ibdoc handshake` does, between the arguments and the report.
async fn whole_handshake(gateway: SocketAddr, plan: &Plan, world: &World) {
    let mut ledger = Ledger::default();
    let mut attempter = Attempter {
        world,
        plan,
        force: false,
        speaker: Speaker::Ibdoc,
        ledger: &mut ledger,
        ahead: Ahead::default(),
    };
    let target = Target::loopback(gateway.port());
    let events = &mut |_| {};
    let attempt = attempter.run(&target, CLIENT_ID, None, events).await;
    assert!(attempt.record.close.is_some());
    // Resolve, connect, version, start, accounts and close beside the requests.
    assert_eq!(attempt.record.stages.len(), 6 + plan.queries.len());
}

/// Starts a simulated Gateway on the runtime, where it lives as long as the runtime.
fn simulated(runtime: &Runtime) -> SocketAddr {
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let config = sim::Config::default();
        tokio::spawn(sim::run(listener, config, std::future::pending()));
        address
    })
}

fn handshake(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let gateway = simulated(&runtime);
    let plan = Plan {
        announced: VersionRange::SPOKEN,
        timeouts: Timeouts::default(),
        client_timeout: std::time::Duration::from_secs(4),
        queries: queries(false, false),
        start_up: None,
        deadline: None,
    };
    let world = World::open();
    let mut group = criterion.benchmark_group("loopback");
    group.bench_function("least exchange", |bencher| {
        bencher.iter(|| runtime.block_on(least_exchange(gateway)));
    });
    group.bench_function("session", |bencher| {
        bencher.iter(|| runtime.block_on(session(gateway, &plan)));
    });
    group.bench_function("whole handshake", |bencher| {
        bencher.iter(|| runtime.block_on(whole_handshake(gateway, &plan, &world)));
    });
    group.finish();
}

criterion_group!(benches, handshake);
criterion_main!(benches);
