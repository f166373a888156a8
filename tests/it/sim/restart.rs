//! A restart and a login that is not finished: clients are cut, the port is refused, and is back.

use std::io::ErrorKind;
use std::time::Duration;

use ibdoc::wire::{Reply, Request};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::helpers::command::{
    CODES_WHERE_NOTHING_LISTENS, PATIENCE, Running as Program, Simulator, ibdoc, run,
};
use crate::sim::client::{Client, connect, gateway, started};
use crate::sim::sockets::{Running, session};

const LONG: Duration = Duration::from_secs(600);

/// A session as soon as the port is listened on.
async fn session_again(address: std::net::SocketAddr, client_id: i32) -> Client<TcpStream> {
    let again = async {
        loop {
            if let Ok(stream) = TcpStream::connect(address).await
                && let Some(mut client) = Client::greet(stream).await
            {
                client.start(client_id).await;
                return client;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, again).await.expect("listens again")
}

#[tokio::test]
async fn a_restart_cuts_every_client_and_refuses_the_next() {
    let running = Running::start(226, "normal;0.5s:restart=1h").await;
    let mut clients = [
        session(running.address, 1).await,
        session(running.address, 2).await,
    ];
    for client in &mut clients {
        let cut = async { while client.next().await.is_some() {} };
        timeout(PATIENCE, cut).await.expect("is cut");
    }
    for _ in 0..3 {
        let refused = TcpStream::connect(running.address).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }
    running.stop().await;
}

#[tokio::test]
async fn after_a_restart_the_same_port_serves_the_same_client_id() {
    let running = Running::start(226, "normal;0.3s:restart=0.3s;normal").await;
    let mut client = session(running.address, 7).await;
    let cut = async { while client.next().await.is_some() {} };
    timeout(PATIENCE, cut).await.expect("is cut");
    let mut client = session_again(running.address, 7).await;
    client
        .until(|reply| matches!(reply, Reply::NextValidId(_)))
        .await;
    running.stop().await;
}

#[tokio::test]
async fn a_restart_that_never_ends_can_be_shut_down() {
    let running = Running::start(226, "restart=1h").await;
    let refused = async {
        while TcpStream::connect(running.address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, refused).await.expect("listens no more");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_closes_sessions_in_memory_and_serves_them_afterwards() {
    let gateway = gateway(226, "normal;10s:restart=90s");
    let began = Instant::now();
    let mut client = started(&gateway, 7).await;
    assert_eq!(client.next().await, None);
    assert_eq!(began.elapsed().as_secs(), 10);
    assert!(Client::greet(connect(&gateway)).await.is_none());
    tokio::time::advance(Duration::from_secs(89)).await;
    assert!(Client::greet(connect(&gateway)).await.is_none());
    tokio::time::advance(Duration::from_secs(1)).await;
    started(&gateway, 7).await;
}

#[tokio::test(start_paused = true)]
async fn a_pending_login_holds_back_the_start_and_every_answer() {
    let gateway = gateway(226, "login-pending=60s");
    let began = Instant::now();
    let mut client = Client::greet(connect(&gateway)).await.expect("a greeting");
    client.start(7).await;
    client.ask(Request::Positions).await;
    let first = client.next().await;
    assert_eq!(began.elapsed().as_secs(), 60);
    assert_eq!(
        first,
        Some(Reply::ManagedAccounts(vec!["DU9000021".to_owned()]))
    );
    assert_eq!(client.next().await, Some(Reply::NextValidId(1)));
    client
        .until(|reply| matches!(reply, Reply::Notice(it) if it.code == 2158))
        .await;
    assert!(matches!(
        client.answer(Request::Positions).await,
        Reply::Position(_)
    ));
    // Whoever comes later finds the login finished.
    started(&gateway, 8).await;
}

#[tokio::test(start_paused = true)]
async fn a_login_is_pending_again_after_a_restart() {
    let gateway = gateway(
        178,
        "normal;10s:restart=20s,login-pending=30s;accounts-missing",
    );
    let began = Instant::now();
    let mut client = started(&gateway, 7).await;
    assert_eq!(client.next().await, None);
    tokio::time::advance(Duration::from_secs(20)).await;
    let mut client = Client::greet(connect(&gateway)).await.expect("a greeting");
    client.start(7).await;
    // The phase behind them begins when both are over.
    assert_eq!(client.next().await, Some(Reply::NextValidId(1)));
    assert_eq!(began.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_runs_gets_no_answer_while_a_login_is_pending() {
    let gateway = gateway(226, "normal;10s:login-pending=30s");
    let mut client = started(&gateway, 7).await;
    tokio::time::advance(Duration::from_secs(10)).await;
    client.ask(Request::Ids).await;
    assert!(
        timeout(Duration::from_secs(29), client.next())
            .await
            .is_err()
    );
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(client.answer(Request::Ids).await, Reply::NextValidId(1));
    assert!(timeout(LONG, client.next()).await.is_err());
}

#[tokio::test]
async fn the_program_restarts_on_its_port() {
    let simulator = Simulator::start("normal; 0.5s:restart=0.3s; normal");
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], simulator.port));
    let mut client = session(address, 7).await;
    let cut = async { while client.next().await.is_some() {} };
    timeout(PATIENCE, cut).await.expect("is cut");
    session_again(address, 7).await;
}

#[tokio::test]
async fn the_program_says_on_stderr_what_it_refuses() {
    use tokio::io::AsyncWriteExt;

    let command = ibdoc(&["sim", "--server-version", "178", "--deadline", "60s"]);
    let mut program = Program::start(command);
    let line = program.line();
    let address = line.rsplit(' ').next().unwrap().trim().parse().unwrap();
    let mut client = session(address, 7).await;
    let request = super::market::text(178, 9, "8|31|0|NO\u{1b}SUCH|STK||0|||SMART||USD|||0||||");
    client.stream.write_all(&request).await.unwrap();
    client
        .until(|reply| matches!(reply, Reply::Notice(it) if (it.req_id, it.code) == (31, 200)))
        .await;
    program.child.kill().unwrap();
    let said = program.finish().stderr;
    let line = said
        .lines()
        .find(|line| line.contains("contract details"))
        .expect("a line");
    assert!(
        line.contains("client 7 was refused contract details"),
        "{line}"
    );
    assert!(line.contains("200 No security definition"), "{line}");
    assert!(!line.contains('\u{1b}'), "{line}");
}

#[test]
fn a_restart_is_found_as_a_port_that_nothing_listens_on() {
    let ran = run(&["health", "--sim", "--scenario", "restart=60s"]);
    let mut codes = CODES_WHERE_NOTHING_LISTENS.iter();
    assert!(
        codes.any(|code| ran.stdout.contains(code)),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.status, 1);
}
