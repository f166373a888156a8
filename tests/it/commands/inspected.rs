//! What `ibdoc inspect` tells of a client and its connections, and of which one.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use super::inspect::Stream;
use crate::helpers::command::{eventually, run, run_json};

#[test]
fn what_is_told_of_a_client_is_true() {
    let stream = Stream::start();
    let mut client = TcpStream::connect(("127.0.0.1", stream.port)).unwrap();
    client.write_all(b"thirteen byte").unwrap();
    client.read_exact(&mut [0; 500]).unwrap();
    let own = std::process::id();
    let mut report = Value::Null;
    eventually("its bytes are acknowledged", || {
        report = stream.inspect();
        report["clients"][0]["connections"][0]["bytes_sent"] == 13
    });
    let it = &report["clients"][0];
    assert_eq!(
        (it["pid"].as_u64(), report["unseen"].as_u64()),
        (Some(own.into()), Some(0))
    );
    assert!(it["threads"].as_u64() > Some(1) && it["memory_bytes"].as_u64() > Some(100_000));
    assert!(it["descriptors"].as_u64() > Some(3) && it["descriptor_limit"].as_u64() > Some(3));
    assert!(it["user"].is_string() && it["up_ms"].as_f64() > Some(0.0));
    let connection = &it["connections"][0];
    assert_eq!(
        connection["local"],
        client.local_addr().unwrap().to_string()
    );
    let figure = |name: &str| connection[name].as_u64().unwrap();
    assert_eq!(figure("bytes_received"), 500 + figure("unread_bytes"));
    let age = |name: &str| connection[name].as_f64().unwrap();
    assert!(
        age("age_at_least_ms") <= age("age_at_most_ms"),
        "{connection:#}"
    );
    assert!(connection["round_trip_ms"].as_f64() > Some(0.0));
}

#[test]
fn half_closed_connections_are_counted_and_are_no_reading_matter() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    drop(listener.accept().unwrap());
    let report = run_json(&["inspect", &port, "--deadline", "1500ms"]).json();
    let it = &report["inspect"]["clients"][0];
    assert_eq!(
        (it["half_closed"].as_u64(), &it["conduct"]),
        (Some(1), &"unknown".into())
    );
    assert_eq!(it["connections"][0]["half_closed"], true);
    drop(client);
}

#[test]
fn a_number_is_a_port_or_a_pid_and_what_is_neither_is_said() {
    let own = std::process::id().to_string();
    let ran = run_json(&["inspect", &own]);
    let report = ran.json();
    assert_eq!(report["verdict"], "unknown");
    let error = report["error"].as_str().unwrap();
    assert!(
        error.contains(&format!("pid {own}")) && error.contains("no connection"),
        "{error}"
    );
    let ran = run(&["inspect", "4194399"]);
    assert!(
        ran.stdout.contains("no process 4194399") || ran.status == 2,
        "{}",
        ran.stdout
    );
    let nobody = run(&["inspect", "--sim"]);
    assert_eq!(nobody.status, 0);
    assert!(
        nobody
            .stdout
            .contains("no program of this machine is connected"),
        "{}",
        nobody.stdout
    );
}
