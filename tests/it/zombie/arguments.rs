//! What is typed after `zombies` means what it means after every other command.

#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use serde_json::{Value, json};

use crate::helpers::command::{Ran, ibdoc};

/// A run with these arguments and this environment; nothing is ended by it.
fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut command = ibdoc(&[&["zombies", "--json"][..], arguments].concat());
    command.envs(environment.iter().copied());
    Ran::from(command.output().unwrap())
}

fn ports(arguments: &[&str], environment: &[(&str, &str)]) -> Value {
    run(arguments, environment).json()["zombies"]["ports"].clone()
}

#[test]
fn a_target_is_a_name_a_port_or_an_address_and_there_may_be_several() {
    assert_eq!(ports(&["paper"], &[]), json!([4002]));
    assert_eq!(ports(&["4002", "7497"], &[]), json!([4002, 7497]));
    assert_eq!(
        ports(&["tws-live", "127.0.0.1:4001"], &[]),
        json!([4001, 7496])
    );
    assert_eq!(ports(&["localhost:4002", "paper"], &[]), json!([4002]));
    assert_eq!(
        ports(&["--port", "4002", "--port", "7497"], &[]),
        json!([4002, 7497])
    );
    assert_eq!(ports(&["live", "--port", "7497"], &[]), json!([4001, 7497]));
    assert_eq!(run(&["nonsense"], &[]).status, 2);
}

#[test]
fn the_environments_target_counts_where_none_is_typed() {
    let live = ("IBDOC_TARGET", "live");
    assert_eq!(ports(&[], &[live]), json!([4001]));
    assert_eq!(ports(&["paper"], &[live]), json!([4002]));
    assert_eq!(ports(&["--port", "7497"], &[live]), json!([7497]));
    assert_eq!(ports(&[], &[live, ("IBDOC_PORT", "7497")]), json!([7497]));
    let all = ports(&[], &[("IBDOC_TARGET", "")]);
    assert!(
        all.as_array().unwrap().len() >= 6,
        "an empty one is none: {all}"
    );
    let wrong = run(&[], &[("IBDOC_TARGET", "gateway:nonsense")]);
    assert_eq!(wrong.status, 2);
    assert!(
        wrong.stderr.contains("IBDOC_TARGET: expected host:port"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn nothing_is_ended_or_healed_for_a_target_that_is_another_machine() {
    for deed in ["--kill", "--heal"] {
        let typed = run(&["192.0.2.7:1", deed], &[]);
        let set = run(&[deed], &[("IBDOC_TARGET", "papr")]);
        for (ran, host) in [(typed, "192.0.2.7"), (set, "papr")] {
            let refusal = format!("{host} may be another machine");
            assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{host} {deed}");
            assert!(ran.stderr.contains(&refusal), "{}", ran.stderr);
        }
    }
}

#[test]
fn of_a_gateway_on_another_machine_nothing_is_said_to_be_fine() {
    // TEST-NET-1 (RFC 5737) belongs to no machine, and this port to no Gateway.
    let remote = run(&["192.0.2.1:1"], &[]);
    let report = remote.json();
    assert_eq!((remote.status, &report["verdict"]), (1, &json!("unknown")));
    // Gateways of other tests may run on this machine and be named too.
    let mut findings = report["findings"].as_array().unwrap().iter();
    let finding = findings.find(|it| it["subject"] == "192.0.2.1:1").unwrap();
    assert!(
        finding["summary"]
            .as_str()
            .unwrap()
            .contains("another machine"),
        "{finding}"
    );
    let both = run(&["192.0.2.1:1", "127.0.0.1:1"], &[]).json();
    let mut findings = both["findings"].as_array().unwrap().iter();
    let finding = findings.find(|it| it["subject"] == "192.0.2.1:1").unwrap();
    assert_eq!(finding["severity"], "info", "{both:#}");
}
