//! `ibdoc explain`.

use ibdoc::finding::{Code, ib_code};
use serde_json::Value;

use crate::helpers::command::{Ran, run, run_json};

fn explained(words: &[&str]) -> Ran {
    let ran = run(&[&["explain"], words].concat());
    assert_eq!(ran.status, 0, "{words:?}: {}", ran.stderr);
    let wide = ran.stdout.lines().find(|line| line.chars().count() > 80);
    assert_eq!(wide, None, "{words:?}");
    ran
}

fn refused(words: &[&str]) -> String {
    let ran = run(&[&["explain"], words].concat());
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{words:?}");
    assert!(ran.stderr.contains("`ibdoc explain`"), "{}", ran.stderr);
    ran.stderr
}

fn explanations(words: &[&str]) -> Vec<Value> {
    let report = run_json(&[&["explain"], words].concat()).json();
    let list = report["explain"]["explanations"].as_array();
    list.expect("a list").clone()
}

#[test]
fn a_finding_is_explained_with_its_signs_causes_and_remedies() {
    let ran = explained(&["accounts-late"]);
    for part in [
        "accounts-late (finding, warning)",
        "Recognised by",
        "Usual causes",
        "What to do",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

#[test]
fn an_error_number_of_the_api_tells_whether_the_gateway_sends_it_and_what_to_do() {
    let ran = explained(&["326"]);
    assert!(ran.stdout.contains("326 (sent by the Gateway)"));
    assert!(ran.stdout.contains("→ use another client id"));
    assert!(
        explained(&["502"])
            .stdout
            .contains("never travels on the wire")
    );
    assert_eq!(explanations(&["502"])[0]["on_wire"], false);
    assert!(explained(&["-1"]).stdout.contains("request id"));
    assert!(explained(&["514"]).stdout.starts_with("510-578 ("));
}

#[test]
fn a_number_leads_to_its_findings_and_each_finding_back() {
    assert!(
        explained(&["326"])
            .stdout
            .contains("See also\n  client-id-in-use\n")
    );
    assert!(
        explained(&["client-id-in-use"])
            .stdout
            .contains("See also\n  326, 507\n")
    );
    let pairs = [
        (100, "pacing"),
        (321, "read-only-api"),
        (322, "too-many-subscriptions"),
        (326, "client-id-in-use"),
        (502, "not-listening"),
        (502, "unreachable"),
        (506, "version-unsupported"),
        (507, "closed-after-start"),
        (509, "dropped"),
        (1100, "upstream-lost"),
        (1300, "port-changed"),
        (2103, "data-farm-down"),
        (2105, "data-farm-down"),
        (2110, "upstream-lost"),
        (2157, "data-farm-down"),
        (10_141, "closed-after-start"),
        (10_197, "competing-session"),
    ];
    let leads = |from: &str, to: &str| {
        let related = explanations(&[from])[0]["related"].clone();
        let related = related.as_array().expect("a list");
        assert!(related.contains(&Value::from(to)), "{from}: {related:?}");
    };
    for (number, finding) in pairs {
        leads(&number.to_string(), finding);
        leads(finding, &number.to_string());
    }
}

#[test]
fn what_stands_in_a_log_is_taken_as_it_is_with_or_without_quotes() {
    let first = |words: &[&str]| explanations(words)[0]["code"].clone();
    for words in [
        &["Error", "326"][..],
        &["error code=326"],
        &["errorCode: 326, reqId: -1"],
        &["errorCode:", "326,", "reqId:", "-1"],
    ] {
        assert_eq!(first(words), "326", "{words:?}");
    }
    assert_eq!(first(&["Not", "connected"]), "504");
    assert_eq!(first(&["ECONNREFUSED"]), "not-listening");
    let line = "ConnectionRefusedError(111, \"Connect call failed ('127.0.0.1', 4002)\")";
    assert_eq!(first(&[line]), "not-listening");
}

#[test]
fn words_without_a_number_tell_who_says_them_and_what_can_be_behind() {
    let line = "API connection failed: TimeoutError()";
    let ran = explained(&[line]);
    for part in [
        "ib_insync and ib_async say so when",
        "It can be, the likeliest first",
        "silent-after-connect",
        "accounts-late",
        "`ibdoc explain silent-after-connect`",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let report = run_json(&["explain", line]).json();
    let reading = report["explain"]["reading"].as_str().expect("a text");
    assert!(reading.contains("ibdoc handshake"), "{reading}");
    let report = run_json(&["explain", "326"]).json();
    assert_eq!(report["explain"]["reading"], Value::Null);
}

#[test]
fn without_words_everything_is_listed() {
    let list = explained(&[]).stdout;
    for code in Code::ALL {
        assert!(list.contains(&format!("\n  {} ", code.name())), "{code}");
    }
    for code in ib_code::ALL {
        assert!(
            list.contains(&format!("\n  {} ", code.name())),
            "{}",
            code.name()
        );
    }
}

#[test]
fn what_is_unknown_is_a_usage_error_that_helps_on() {
    assert!(refused(&["accounts-lat"]).contains("did you mean accounts-late"));
    assert!(refused(&["Acounts late"]).contains("did you mean accounts-late"));
    assert!(refused(&["zombie"]).contains("zombie-gateway-owned"));
    let number = refused(&["4242"]);
    assert!(number.contains("4242 is not in the list"), "{number}");
    let number = refused(&["Error 2115, reqId 3: x"]);
    assert!(number.contains("warnings and notices"), "{number}");
    assert!(number.contains("2110, 2119"), "{number}");
    assert!(refused(&["4002"]).contains("`ibdoc probe 4002`"));
    assert!(refused(&["nonsense"]).contains("nothing is known"));
    assert!(refused(&["99999999"]).contains("not in the list"));
    assert!(refused(&[""]).contains("nothing is known"));
}

#[test]
fn hostile_words_are_neither_repeated_nor_slow() {
    let long = "\u{1b}]0;x\u{7}\u{202e}".repeat(10_000);
    let message = refused(&[&long]);
    assert!(message.len() < 400 && message.chars().all(|c| c == '\n' || !c.is_control()));
    let mut words = vec![long.as_str(); 5];
    words.push("Error 326");
    refused(&words);
    assert!(
        explained(&["\u{1b}[31mError 326\u{1b}[0m"])
            .stdout
            .starts_with("326 ")
    );
}
