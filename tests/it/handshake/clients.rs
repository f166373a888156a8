//! `handshake --as`: what the usual client libraries would have made of it.

use std::collections::BTreeSet;

use ibdoc::handshake::clients::{CLIENTS, Client};
use serde_json::{Value, json};

use crate::helpers::command::{Simulator, none_left, run, run_json, tells};

fn handshake(scenario: &str, arguments: &[&str]) -> (i32, Value) {
    let mut all = vec!["handshake", "--sim", "--scenario", scenario];
    all.extend(arguments);
    let ran = run_json(&all);
    (ran.status, ran.json())
}

fn client(scenario: &str, arguments: &[&str]) -> Value {
    let (_, report) = handshake(scenario, arguments);
    report["handshake"]["clients"][0].clone()
}

fn says(client: &Value) -> &str {
    client["says"].as_str().unwrap_or_default()
}

#[test]
fn a_client_is_never_said_to_have_connected_over_requests_that_were_not_made() {
    let (status, report) = handshake("normal", &["--as", "ib_async"]);
    let client = &report["handshake"]["clients"][0];
    assert_eq!((status, &client["outcome"]), (0, &json!("incomplete")));
    assert_eq!(
        (&client["announced"], &client["server_version"]),
        (&json!("157..178"), &json!(178))
    );
    assert_eq!(report["handshake"]["announced"], "157..178");
    assert_eq!(
        client["not_asked"],
        json!(["open-orders", "completed-orders", "account-updates"])
    );
    let begun = says(client).starts_with("ib_async got its accounts in ");
    let ended = "; open orders, completed orders and account updates were not asked (`--as-is`)";
    assert!(begun && says(client).ends_with(ended), "{client}");
}

#[test]
fn as_is_a_client_asks_everything_at_once_and_would_have_connected() {
    let (status, report) = handshake("normal", &["--as", "ib_insync", "--as-is"]);
    let client = &report["handshake"]["clients"][0];
    assert_eq!((status, &client["not_asked"]), (0, &json!([])));
    assert_eq!(client["outcome"], "connects");
    let connected = "ib_insync would have connected in ";
    assert!(says(client).starts_with(connected), "{client}");
    let stages = report["handshake"]["stages"].as_array().expect("stages");
    let asked: Vec<&str> = stages
        .iter()
        .filter_map(|stage| stage["name"].as_str()?.strip_prefix("sync:"))
        .collect();
    let mut sorted = asked.clone();
    sorted.sort_unstable();
    assert_eq!(
        sorted,
        [
            "account-updates",
            "account-values",
            "completed-orders",
            "executions",
            "open-orders",
            "positions"
        ]
    );
    assert_eq!(asked.last(), Some(&"executions"), "after all the others");
}

#[test]
fn executions_that_never_end_fail_one_client_and_delay_the_other() {
    let scenario = "sync-hangs=executions";
    let (status, report) = handshake(scenario, &["--as", "ib_insync", "--as-is"]);
    let insync = &report["handshake"]["clients"][0];
    assert_eq!((status, &insync["would_connect"]), (3, &json!(false)));
    let failed = "ib_insync would have failed: TimeoutError after {4s}";
    assert!(tells(says(insync), failed), "{insync}");
    let why = ", executions were never finished; ib_insync has no option that leaves them out";
    assert!(says(insync).contains(why), "{insync}");
    let finding = &report["findings"][0];
    assert_eq!(finding["code"], "client-would-fail");
    let summary = finding["summary"].as_str().unwrap_or_default();
    assert!(
        summary.starts_with("ib_insync 0.9.86 would fail after"),
        "{summary}"
    );

    let late = client(scenario, &["--as", "ib_async", "--as-is"]);
    assert_eq!(late["would_connect"], true);
    assert_eq!(late["unfinished"], json!(["executions"]));
    assert!(late["elapsed_ms"].as_f64() >= Some(4000.0), "{late}");
    assert!(
        tells(says(&late), "ib_async would have connected in {4s}"),
        "{late}"
    );
    let why = ", and logged that executions were never finished (`fetchFields` without \
               EXECUTIONS leaves them out)";
    assert!(says(&late).ends_with(why), "{late}");
}

#[test]
fn a_close_during_the_start_up_is_the_clients_connection_error() {
    let scenario = "sync-hangs=positions,drops-after=0.2";
    for name in ["ib_insync", "ib_async"] {
        let (status, report) = handshake(scenario, &["--as", name]);
        let client = &report["handshake"]["clients"][0];
        assert_eq!((status, &client["would_connect"]), (4, &json!(false)));
        assert!(says(client).contains("ConnectionError after"), "{client}");
    }
}

#[test]
fn a_client_whose_time_limit_ends_before_the_accounts_come_would_have_failed() {
    let (status, report) = handshake("accounts-late=4.3", &["--as", "ib_insync"]);
    let client = &report["handshake"]["clients"][0];
    let expected = "TimeoutError after 4.0 s, although the accounts came at {4.3s}";
    assert!(tells(says(client), expected), "{client}");
    assert_eq!(
        (status, &report["findings"][0]["code"]),
        (3, &json!("accounts-late"))
    );

    // The official client waits for the id only, and for ever.
    let (_, report) = handshake("accounts-late=0.2", &["--as", "official-10.46"]);
    assert_eq!(report["handshake"]["clients"][0]["would_connect"], true);
}

#[test]
fn a_client_that_is_closed_on_waits_for_its_limit_all_the_same() {
    let closed = client("close-after-start", &["--as", "ib_async"]);
    assert!(
        says(&closed).contains("TimeoutError after 4.0 s"),
        "{closed}"
    );
    let official = client("close-after-start", &["--as", "official-10.19"]);
    assert!(says(&official).contains("the session ends"), "{official}");
}

#[test]
fn a_silent_gateway_is_a_timeout_for_some_clients_and_an_endless_wait_for_others() {
    let told = |name| client("silent", &["--as", name, "--timeout", "200ms"]);
    assert!(says(&told("ib_async")).contains("TimeoutError after 4.0 s"));
    assert!(says(&told("stoqey")).contains("for ever"));
}

#[test]
fn all_clients_are_compared_one_after_the_other() {
    let (status, report) = handshake("normal", &["--as", "all", "--gap", "0s"]);
    let clients = report["handshake"]["clients"].as_array().expect("clients");
    let agreed = clients.iter().map(|client| &client["server_version"]);
    let newest = CLIENTS.iter().map(|client| client.announces.max.0.min(226));
    assert_eq!(agreed.collect::<Vec<_>>(), newest.collect::<Vec<_>>());
    let range = |it: &Client| (it.announces.min.0, it.announces.max.0);
    let ranges: BTreeSet<_> = CLIENTS.iter().map(range).collect();
    // One tells the version before.
    assert_eq!(
        (status, &report["footprint"]["connections"]),
        (0, &json!(ranges.len() + 1))
    );
    assert_eq!(report["footprint"]["sockets_left"], none_left());
}

#[test]
fn every_client_has_a_row_also_where_its_range_cannot_meet_the_gateways() {
    let gateway = Simulator::of_version("normal", "150");
    let target = gateway.target();
    let ran = run_json(&["handshake", &target, "--as", "all", "--gap", "0s"]);
    let report = ran.json();
    let clients = report["handshake"]["clients"].as_array().expect("clients");
    let of = |name: &str| {
        let mut clients = clients.iter();
        clients.find(|client| client["client"] == name).expect(name)
    };
    assert_eq!((ran.status, clients.len()), (0, CLIENTS.len()));
    assert_eq!(
        says(of("ib_insync")),
        "ib_insync needs version 157 or newer, this Gateway speaks 150"
    );
    assert_eq!(of("ibapi")["would_connect"], false);
    assert_eq!(of("official-9.81")["server_version"], 150);
    // The version, and one for all that agree on 150 in the same way; @stoqey/ib differs in
    // nothing that the session shows.
    assert_eq!(report["footprint"]["connections"], 2);
}

#[test]
fn ibapi_is_not_let_at_a_gateway_that_is_too_old_for_it() {
    let gateway = Simulator::of_version("normal", "203");
    let ran = run_json(&["handshake", &gateway.target(), "--as", "ibapi"]);
    let report = ran.json();
    let client = &report["handshake"]["clients"][0];
    assert_eq!(
        says(client),
        "ibapi needs version 213 or newer, this Gateway speaks 203"
    );
    assert_eq!(report["footprint"]["connections"], 1);
    assert_eq!(report["handshake"]["announced"], "100..226");
}

#[test]
fn a_close_on_a_clients_range_is_explained_by_the_version_that_the_gateway_speaks() {
    let gateway = Simulator::of_version("normal", "150");
    let ran = run_json(&[
        "handshake",
        &gateway.target(),
        "--as",
        "ib_async",
        "--gap",
        "0s",
    ]);
    let report = ran.json();
    assert_eq!(
        says(&report["handshake"]["clients"][0]),
        "ib_async needs version 157 or newer, this Gateway speaks 150"
    );
    assert_eq!(
        (ran.status, ran.principal().as_str()),
        (4, "version-unsupported"),
        "it cannot connect at all"
    );
}

#[test]
fn ibdocs_own_limits_are_not_said_to_be_the_clients() {
    // A shorter timeout of ibdoc's own does not cut off what the client waits for.
    let arguments = ["--as", "ib_async", "--timeout", "200ms"];
    let late = client("accounts-late=0.8", &arguments);
    assert_eq!(late["outcome"], "incomplete", "{late}");

    let cut = client(
        "sync-hangs=executions",
        &["--as", "ib_insync", "--deadline", "2s"],
    );
    assert_eq!(
        (&cut["outcome"], &cut["elapsed_ms"]),
        (&json!("unknown"), &Value::Null)
    );
    assert!(says(&cut).contains("not known, ibdoc waited"), "{cut}");
}

#[test]
fn clients_for_which_the_deadline_leaves_no_time_were_not_tried() {
    let (status, report) = handshake(
        "normal",
        &["--as", "all", "--gap", "200ms", "--deadline", "1s"],
    );
    assert_eq!((status, &report["verdict"]), (1, &"unknown".into()));
    let clients = report["handshake"]["clients"].as_array().expect("clients");
    let not_tried = clients.iter().filter(|client| {
        says(client).ends_with("was not tried: the deadline of the command has passed")
    });
    assert!(not_tried.count() >= 10, "{clients:?}");
    assert_eq!(clients.len(), 16);
    let failed = clients.iter().filter(|client| client["outcome"] == "fails");
    assert_eq!(failed.count(), 0, "{clients:?}");
}

#[test]
fn a_client_that_needs_only_the_id_does_not_wait_for_accounts() {
    let early = client("accounts-late=1", &["--as", "official-10.46"]);
    assert!(early["elapsed_ms"].as_f64() < Some(900.0), "{early}");
    let never = client("next-id-missing", &["--as", "stoqey", "--timeout", "300ms"]);
    assert!(says(&never).contains("would wait for ever"), "{never}");
}

#[test]
fn each_event_of_a_client_names_it() {
    let ran = run(&[
        "handshake",
        "--sim",
        "--as",
        "all",
        "--gap",
        "0s",
        "--format",
        "ndjson",
    ]);
    let lines = ran.lines();
    let (mut named, mut current) = (0, Value::Null);
    for line in lines.iter().filter(|line| line["event"] != "report") {
        if line["event"] == "client" {
            named += 1;
            current = line["name"].clone();
            assert_eq!(
                (&line["number"], &line["of"]),
                (&json!(named), &json!(CLIENTS.len()))
            );
        }
        assert_eq!(
            line.get("client").cloned().unwrap_or_default(),
            current,
            "{line}"
        );
    }
    assert_eq!((named, current), (CLIENTS.len(), json!("ibapi")));
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
