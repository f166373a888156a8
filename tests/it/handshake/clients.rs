//! `handshake --as`: what the usual client libraries would have made of it.

use serde_json::{Value, json};

#[cfg(feature = "ibapi")]
use crate::helpers::command::Simulator;
use crate::helpers::command::{none_left, run, run_json, tells};

fn handshake(scenario: &str, arguments: &[&str]) -> (i32, Value) {
    let mut all = vec!["handshake", "--sim", "--scenario", scenario];
    all.extend(arguments);
    let ran = run_json(&all);
    (ran.status, ran.json())
}

#[test]
fn a_client_negotiates_its_own_version_and_would_have_connected() {
    let (status, report) = handshake("normal", &["--as", "ib_async"]);
    let client = &report["handshake"]["clients"][0];
    assert_eq!((status, &client["would_connect"]), (0, &json!(true)));
    assert_eq!(
        (&client["announced"], &client["server_version"]),
        (&json!("157..178"), &json!(178))
    );
    assert_eq!(report["handshake"]["announced"], "157..178");
    let says = client["says"].as_str().unwrap_or_default();
    assert!(
        says.starts_with("ib_async would have connected in"),
        "{says}"
    );
}

#[test]
fn a_client_whose_time_limit_ends_before_the_accounts_come_would_have_failed() {
    let (status, report) = handshake("accounts-late=4.3", &["--as", "ib_insync"]);
    let says = report["handshake"]["clients"][0]["says"]
        .as_str()
        .unwrap_or_default();
    let expected = "TimeoutError after 4.0 s, although the accounts came at {4.3s}";
    assert!(tells(says, expected), "{says}");
    assert_eq!(
        (status, &report["findings"][0]["code"]),
        (3, &json!("accounts-late"))
    );

    // The official client waits for the id only, and for ever.
    let (_, report) = handshake("accounts-late=0.2", &["--as", "official-10.46"]);
    assert_eq!(report["handshake"]["clients"][0]["would_connect"], true);
}

#[test]
fn a_silent_gateway_is_a_timeout_for_some_clients_and_an_endless_wait_for_others() {
    let says = |client| {
        let (_, report) = handshake("silent", &["--as", client, "--timeout", "200ms"]);
        report["handshake"]["clients"][0]["says"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert!(says("ib_async").contains("TimeoutError after 4.0 s"));
    assert!(says("stoqey").contains("for ever"));
}

#[test]
fn all_clients_are_compared_one_after_the_other() {
    let (status, report) = handshake("normal", &["--as", "all", "--gap", "0s"]);
    let clients = report["handshake"]["clients"]
        .as_array()
        .expect("clients")
        .clone();
    let versions: Vec<&Value> = clients
        .iter()
        .map(|client| &client["server_version"])
        .collect();
    assert_eq!(versions, [176, 178, 176, 187, 203, 219, 225, 193]);
    assert_eq!(
        (status, &report["footprint"]["connections"]),
        (0, &json!(8))
    );
    assert_eq!(report["footprint"]["sockets_left"], none_left());
}

#[cfg(feature = "ibapi")]
#[test]
fn ibapi_connects_through_the_relay_and_leaves_nothing() {
    let gateway = Simulator::start("never-closes");
    let ran = run_json(&["handshake", &gateway.target(), "--as", "ibapi"]);
    let report = ran.json();
    assert_eq!(
        (ran.status, &report["verdict"]),
        (0, &json!("healthy")),
        "{report}"
    );
    assert_eq!(report["handshake"]["server_version"], 226);
    assert_eq!(report["handshake"]["accounts"], json!(["DU…21"]));
    assert_eq!(report["footprint"]["sockets_left"], none_left());
    assert_eq!(crate::helpers::command::sockets(gateway.port), []);
}

#[cfg(feature = "ibapi")]
#[test]
fn ibapi_has_a_deadline_around_it() {
    let arguments = [
        "handshake",
        "--sim",
        "--scenario",
        "silent",
        "--as",
        "ibapi",
        "--timeout",
        "200ms",
    ];
    let ran = run_json(&arguments);
    assert_eq!(
        (ran.status, ran.principal().as_str()),
        (4, "silent-after-connect")
    );
    let taken = run(&[
        "handshake",
        "--sim",
        "--scenario",
        "client-id-in-use",
        "--as",
        "ibapi",
    ]);
    assert!(
        taken.stdout.contains("client-id-in-use"),
        "{}",
        taken.stdout
    );
}

#[cfg(not(feature = "ibapi"))]
#[test]
fn a_build_without_ibapi_tells_how_to_get_it() {
    let ran = run(&["handshake", "--sim", "--as", "ibapi"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("--features ibapi"), "{}", ran.stderr);
}
