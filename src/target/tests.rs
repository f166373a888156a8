//! What can be typed for a target and a client id.

use super::*;
use crate::text::words::joined;

fn target(text: &str) -> Result<String, String> {
    text.parse::<Target>().map(|target| target.to_string())
}

#[test]
fn what_is_said_of_a_target_names_every_name() {
    let names = joined(Role::ALL[..NAMED].iter().map(|(_, role)| role.name()));
    assert_eq!(names, "paper, live, tws-paper, tws-live");
    assert!(TARGET_HELP.ends_with(&names) && TARGET_EXPECTED.ends_with(&names));
}

#[test]
fn a_target_is_an_address_a_port_or_a_name() {
    assert_eq!(target("paper").unwrap(), "127.0.0.1:4002");
    assert_eq!(target("tws-live").unwrap(), "127.0.0.1:7496");
    assert_eq!(target("4004").unwrap(), "127.0.0.1:4004");
    assert_eq!(target("gw.example:4001").unwrap(), "gw.example:4001");
    assert_eq!(target("[::1]:4002").unwrap(), "[::1]:4002");
    assert_eq!(
        target("[fe80::1%eth0]:4002").unwrap(),
        "[fe80::1%eth0]:4002"
    );
}

#[test]
fn a_host_alone_is_one_whose_ports_are_tried() {
    let typed = |text: &str| text.parse::<TypedTarget>();
    let host = |text: &str| Ok(TypedTarget::Host(text.to_owned()));
    for (text, meant) in [
        ("ib-gateway", "ib-gateway"),
        ("10.0.0.5", "10.0.0.5"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("[2001:db8::1:4002]", "2001:db8::1:4002"),
        ("2001:db8:0:0:0:0:1:4002", "2001:db8:0:0:0:0:1:4002"),
    ] {
        assert_eq!(typed(text), host(meant), "{text}");
    }
    for text in ["paper", "4002", "gw:4002", "[::1]:4002", "127.0.0.1:4002"] {
        assert!(matches!(typed(text), Ok(TypedTarget::Port(_))), "{text}");
    }
    let both = typed("::1:4002").unwrap_err();
    assert!(
        both.contains("[::1]:4002") && both.contains("[::1:4002]"),
        "{both}"
    );
    for text in [
        "", "0", "65536", ":4002", "a b", "gw:0", "[gw]", "[::1", "gw\u{1b}", "[::1]x",
    ] {
        assert!(typed(text).is_err(), "{text}");
    }
}

#[test]
fn a_malformed_target_says_what_was_expected() {
    for text in [
        "",
        "0",
        "65536",
        "99999999999",
        "gateway",
        "host:",
        "host:0",
        ":4002",
        "::1:4002",
        "[nonsense]:4002",
        "a b:4002",
        "host:40\u{1b}02",
        "relay-live",
    ] {
        let error = target(text).expect_err(text);
        assert!(
            error.contains("expected") || error.contains("brackets"),
            "{text}: {error}"
        );
    }
}

#[test]
fn a_slip_of_the_fingers_gets_a_suggestion() {
    let suggested = |text: &str| {
        let error = target(text).expect_err(text);
        error
            .split_once("did you mean ")
            .map(|(_, meant)| meant.to_owned())
    };
    assert_eq!(suggested("papr").as_deref(), Some("paper?"));
    assert_eq!(suggested("Live").as_deref(), Some("live?"));
    assert_eq!(suggested("tws-papre").as_deref(), Some("tws-paper?"));
    assert_eq!(suggested("192.0.2.7").as_deref(), Some("192.0.2.7:4002?"));
    assert_eq!(
        suggested("gw.example:live").as_deref(),
        Some("gw.example:4001?")
    );
    for text in ["0", "host:70000", "a b", "\u{1b}[2J", ""] {
        assert_eq!(suggested(text), None, "{text:?}");
    }
}

#[test]
fn automatic_client_ids_stay_in_their_range_and_do_not_repeat() {
    let mut ids = ClientIds::from_random_start();
    let mut seen: Vec<i32> = (0..1000).map(|_| ids.take()).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((seen.len(), seen[0], seen[999]), (1000, 9000, 9999));
}
