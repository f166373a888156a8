//! Each line of the table, and lines that are none.

use super::*;

fn of(text: &str) -> Option<Marker> {
    let line = format!("2026-11-27 06:00:11:042 IBC: {text}");
    Marker::of(&Line::parse(&line))
}

fn nameless(marker: Marker) -> Marker {
    match marker {
        Marker::Window(dialog, event, _) => Marker::Window(dialog, event, 0),
        other => other,
    }
}

#[test]
fn each_line_of_the_table_is_a_marker_in_any_case() {
    let window = |dialog, event| Marker::Window(dialog, event, 0);
    let table = [
        ("Login attempt: 2", Marker::LoggingIn(Some(2), None)),
        ("Click button: Log In", Marker::LoggingIn(None, None)),
        (
            "Click button: Paper Log In",
            Marker::LoggingIn(None, Some(Mode::Paper)),
        ),
        ("LoginState is LOGGED_OUT", Marker::LoginDialog),
        (
            "detected dialog entitled: Second Factor Authentication; event=Activated",
            window(Dialog::SecondFactor, WindowEvent::Activated),
        ),
        (
            "Detected dialog entitled: Security Code Card; event=Closed",
            window(Dialog::SecondFactor, WindowEvent::Closed),
        ),
        (
            "detected frame entitled: Re-login is required; event=Focused",
            window(Dialog::ReLogin, WindowEvent::Shown),
        ),
        (
            "Second Factor Authentication initiated",
            Marker::SecondFactor,
        ),
        ("Duration since login: 12 seconds", Marker::Waiting(None)),
        (
            "If login has not completed, IBC will exit in 48 seconds",
            Marker::Waiting(Some(48)),
        ),
        (
            "IBC closing because login has not completed after Second Factor Authentication",
            Marker::GaveUp(GaveUp::SecondFactor),
        ),
        (
            "IBC closing after TWS/Gateway failed to display login dialog",
            Marker::GaveUp(GaveUp::NoLoginDialog),
        ),
    ];
    all_are(&table);
}

#[test]
fn each_line_on_the_api_is_a_marker_in_any_case() {
    let table = [
        (
            "TWS API socket port is already set to 4002",
            Marker::Port(4002),
        ),
        ("TWS API socket port is now set to 7497", Marker::Port(7497)),
        (
            "Read-Only API checkbox is now set to: true",
            Marker::ReadOnly(true),
        ),
        (
            "Accept incoming connection from 10.0.0.7?",
            Marker::Untrusted("10.0.0.7".parse().ok()),
        ),
        (
            "CommandServer listening on address: 127.0.0.1; port: 7462",
            Marker::CommandServer(7462, false),
        ),
        (
            "CommandServer listening on addresses: 127.0.0.1,172.18.0.2; port: 7462",
            Marker::CommandServer(7462, true),
        ),
        (
            "CommandServer listening on address: 127.0.0.1 port: 7462",
            Marker::CommandServer(7462, false),
        ),
        (
            "CommandServer is not started because the port is not configured",
            Marker::NoCommandServer,
        ),
        ("TWS API socket port now set to 4001", Marker::Port(4001)),
    ];
    all_are(&table);
}

#[test]
fn each_other_line_on_a_login_is_a_marker_in_any_case() {
    let window = |dialog, event| Marker::Window(dialog, event, 0);
    let table = [
        ("Login has completed", Marker::Completed),
        ("Re-login is required", Marker::ReLogin),
        (
            "Unrecognized Username or Password",
            Marker::Refused(Refusal::Credentials),
        ),
        (
            "detected dialog entitled: Login failed; event=Opened",
            Marker::Refused(Refusal::Unsaid),
        ),
        (
            "autorestart file not found",
            Marker::FullLogin(Some(FullLogin::NoAutorestart)),
        ),
        (
            "trading mode from settings: tradingMode=paper",
            Marker::Mode(Mode::Paper),
        ),
        ("Setting Trading mode = live", Marker::Mode(Mode::Live)),
        ("Version: 3.23.0", Marker::StartGoesOn),
        ("Exiting with exit code=1111", Marker::Ended(87)),
        (
            "Second Factor Authentication dialog event: Closed",
            window(Dialog::SecondFactor, WindowEvent::Closed),
        ),
        (
            "Re-login after second factor authentication timeout not required",
            Marker::GaveUp(GaveUp::SecondFactor),
        ),
        (
            "detected dialog entitled: Unrecognized Username or Password; event=Activated",
            Marker::Refused(Refusal::Credentials),
        ),
    ];
    all_are(&table);
}

/// Each text is its marker, also in capitals.
fn all_are(table: &[(&str, Marker)]) {
    for (text, marker) in table {
        assert_eq!(of(text).map(nameless).as_ref(), Some(marker), "{text}");
        let upper = of(&text.to_uppercase()).map(nameless);
        assert_eq!(upper.as_ref(), Some(marker), "{text}");
    }
}

#[test]
fn scripts_and_socat_are_read_and_other_lines_change_nothing() {
    let read = |line: &str| Marker::of(&Line::parse(line));
    assert_eq!(read("IBC returned exit status 87"), Some(Marker::Ended(87)));
    let refused =
        "2026/11/27 06:00:11 socat[9] E connect(5, AF=2 127.0.0.1:4002, 16): Connection refused";
    assert_eq!(
        read(refused),
        Some(Marker::Relay(RelayTrouble::Refused, 4002))
    );
    let timed = refused.replace("Connection refused", "Connection timed out");
    assert_eq!(
        read(&timed),
        Some(Marker::Relay(RelayTrouble::TimedOut, 4002))
    );
    let bind =
        "2026/11/27 06:00:11 socat[9] E bind(5, {AF=2 0.0.0.0:4004}, 16): Address already in use";
    assert_eq!(
        read(bind),
        Some(Marker::Relay(RelayTrouble::PortTaken, 4004))
    );
    let label =
        "|   |   null(javax.swing.JLabel){JLabel: Accept incoming connection from 10.0.0.7?}";
    let asks = Marker::Untrusted("10.0.0.7".parse().ok());
    assert_eq!(read(label), Some(asks));
    for prefix in ["", "ib-gateway-1  | ", "Nov 27 06:00:11 host ibc[31]: "] {
        let read = |text: &str| read(&format!("{prefix}{text}"));
        assert_eq!(
            read("IBC returned exit status 143"),
            Some(Marker::Ended(143))
        );
        assert_eq!(
            read("Starting IBC version 3.23.0 on Fri"),
            Some(Marker::Started)
        );
        assert_eq!(read("IBC Settings:"), Some(Marker::Settings(true)));
        let found = "autorestart file found at /x: authentication will not be required";
        assert_eq!(read(found), Some(Marker::FullLogin(None)));
        let line = format!("{prefix}    TradingMode=paper");
        assert_eq!(setting(&line), Some(Marker::Mode(Mode::Paper)));
    }
    for none in [
        "Login has completed",
        "IBC returned exit status x",
        "socat[9] E connect(5, AF=2 127.0.0.1:99999, 16): Connection refused",
        "2026-11-27 06:00:11:042 IBC: the words Login has completed stand later",
        "2026-11-27 06:00:11:042 IBC: TWS API socket port is now set to 0",
        "2026-11-27 06:00:11:042 IBC: TWS API socket port is now set to 70000",
        "2026-11-27 06:00:11:042 IBC: detected dialog entitled: a; event=Blinking",
        "2026-11-27 06:00:11:042 IBC: detected frame entitled: DU1234567 Trader; event=Opened",
        "2026-11-27 06:00:11:042 IBC: !!!!!!!!!!!!!!!!!",
    ] {
        assert_eq!(read(none), None, "{none}");
    }
}
