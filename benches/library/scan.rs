//! What a look at the socket table and at the owners costs, against `ss` in the same run.
//!
//! The load is 50 half-closed connections among 400 others; run it on a busy machine for more.

use std::hint::black_box;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::Criterion;
use ibdoc::machine::process;
use ibdoc::machine::process::Search;
use ibdoc::machine::sockets;
use ibdoc::machine::sockets::{Ports, Socket, TcpState, Wanted};

const HALF_CLOSED: usize = 50;
const OTHERS: usize = 175;

/// Connections of this process to itself.
struct Load {
    gateway: TcpListener,
    address: SocketAddr,
    _kept: Vec<TcpStream>,
}

impl Load {
    fn new() -> std::io::Result<Self> {
        let gateway = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let elsewhere = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = gateway.local_addr()?;
        let mut kept = Vec::new();
        for _ in 0..HALF_CLOSED {
            drop(TcpStream::connect(address)?);
            kept.push(gateway.accept()?.0);
        }
        for _ in 0..OTHERS {
            kept.push(TcpStream::connect(elsewhere.local_addr()?)?);
            kept.push(elsewhere.accept()?.0);
        }
        Ok(Self {
            gateway,
            address,
            _kept: kept,
        })
    }

    fn ports(&self) -> Ports {
        Ports::from([self.address.port()])
    }

    fn zombies(&self) -> Vec<Socket> {
        let snapshot = sockets::system().snapshot(&self.ports());
        let mut sockets = snapshot
            .map(|snapshot| snapshot.sockets)
            .unwrap_or_default();
        sockets.retain(|socket| socket.state == TcpState::CloseWait);
        sockets
    }
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..31)
        .map(|_| {
            let started = Instant::now();
            run();
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Says how much faster a look is than `ss`, which is a process of its own.
fn against_ss(flags: &str, port: u16, what: &str, run: impl FnMut()) {
    let ss = || {
        let filter = format!("sport = :{port} or dport = :{port}");
        let mut command = Command::new("ss");
        command
            .args([flags, &filter])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
    };
    let mut out = std::io::stderr();
    if ss().is_err() {
        let _ = writeln!(out, "{what}: skipped, there is no ss here");
        return;
    }
    let theirs = median(|| {
        let _ = ss();
    });
    let ours = median(run);
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
    let _ = writeln!(
        out,
        "{what}: {ours:?}; `ss {flags}`: {theirs:?}; {ratio:.1} times faster"
    );
}

fn main() {
    let Ok(load) = Load::new() else {
        let _ = writeln!(
            std::io::stderr(),
            "failed to open the sockets to measure with"
        );
        return;
    };
    let (table, processes) = (sockets::system(), process::system());
    let (ports, zombies) = (load.ports(), load.zombies());
    let one = zombies
        .first()
        .map_or((load.address, load.address), |row| (row.local, row.remote));
    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("table/snapshot", |b| {
        b.iter(|| black_box(table.snapshot(&ports)));
    });
    criterion.bench_function("table/all", |b| {
        b.iter(|| black_box(table.read(Wanted::Open)));
    });
    criterion.bench_function("table/listeners", |b| {
        b.iter(|| black_box(table.listeners()));
    });
    criterion.bench_function("table/listener", |b| {
        b.iter(|| black_box(table.listener(load.address)));
    });
    criterion.bench_function("table/find", |b| {
        b.iter(|| black_box(table.find(one.0, one.1)));
    });
    for (name, search) in [("first", Search::First), ("every", Search::Every)] {
        criterion.bench_function(&format!("owners/{name}"), |b| {
            b.iter(|| black_box(processes.owners(&zombies, search)));
        });
    }
    criterion.bench_function("process/facts", |b| {
        let own = ibdoc::machine::pid::Pid(std::process::id());
        b.iter(|| black_box(processes.facts(own)));
    });
    criterion.bench_function("process/gateways", |b| {
        b.iter(|| black_box(processes.gateways()));
    });
    criterion.final_summary();

    let port = load.address.port();
    against_ss("-tn", port, "snapshot", || {
        drop(black_box(table.snapshot(&ports)));
    });
    against_ss("-tnp", port, "snapshot and every zombie's owner", || {
        let zombies = load.zombies();
        let _ = black_box(processes.owners(&zombies, Search::First));
    });
    against_ss("-tnp", port, "snapshot and every holder", || {
        let zombies = load.zombies();
        let _ = black_box(processes.owners(&zombies, Search::Every));
    });
    drop(load.gateway);
}
