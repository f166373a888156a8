//! Clients that are sent a stream without a pause: one that reads nothing of it is found, and one
//! that is behind is not.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::helpers::command::tells;
use crate::zombie::zoo::{Port, zombies};

/// What is said of a client that reads so many of the hundred bytes that come at a time; it is
/// this process itself.
fn report(reads: usize) -> (Value, i32) {
    let port = Port::open();
    let mut client = TcpStream::connect(port.address).unwrap();
    let (mut gateway, _) = port.accept();
    gateway.write_all(&[0; 1000]).unwrap();
    let (over, ends) = std::sync::mpsc::channel::<()>();
    let stream = thread::spawn(move || {
        let mut bytes = [0; 100];
        // The stream's own pace; it ends with the sender.
        while ends
            .recv_timeout(Duration::from_millis(20))
            .is_err_and(|end| end == std::sync::mpsc::RecvTimeoutError::Timeout)
        {
            gateway.write_all(&[0; 100]).unwrap();
            client.read_exact(&mut bytes[..reads]).unwrap();
        }
    });
    let answer = zombies(port.number(), &["--min-age", "2s"]);
    drop(over);
    stream.join().unwrap();
    answer
}

#[test]
fn a_client_that_reads_nothing_of_a_running_stream_is_found() {
    let (report, status) = report(0);
    let finding = &report["findings"][0];
    assert_eq!(
        (&finding["code"], status),
        (&"client-not-reading".into(), 3),
        "{report:#}"
    );
    let evidence = finding["evidence"].to_string();
    let own = format!("(pid {})", std::process::id());
    assert!(
        evidence.contains(&own) && tells(&evidence, "read none in {2s}"),
        "{evidence}"
    );
}

#[test]
fn a_client_that_is_behind_and_reads_is_well() {
    let (report, status) = report(90);
    assert_eq!(
        (report["findings"].as_array().unwrap().len(), status),
        (0, 0),
        "{report:#}"
    );
}
