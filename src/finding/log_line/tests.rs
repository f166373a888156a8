use super::*;
use Code::*;

fn number(text: &str) -> Option<i32> {
    match read(text) {
        Reading::Known(Topic::Number(code)) => Some(code.number),
        _ => None,
    }
}

fn findings(text: &str) -> Vec<Code> {
    let topics = match read(text) {
        Reading::Known(topic) => vec![topic],
        Reading::Words(_, topics) => topics,
        _ => Vec::new(),
    };
    let finding = |topic: &Topic| match topic {
        Topic::Finding(code) => Some(*code),
        Topic::Number(_) => None,
    };
    topics.iter().filter_map(finding).collect()
}

#[test]
fn a_finding_is_known_by_its_name_however_it_is_written() {
    for text in [
        "client-id-in-use",
        " Client ID in use ",
        "CLIENT_ID_IN_USE",
        "✗ failed: 127.0.0.1:4002: the client id is taken [client-id-in-use]",
        "\"code\": \"client-id-in-use\",",
    ] {
        assert_eq!(findings(text), [ClientIdInUse], "{text}");
    }
    assert_eq!(findings("unreachable"), [Unreachable]);
}

#[test]
fn the_number_of_an_error_is_found_as_every_usual_client_writes_it() {
    for text in [
        "326",
        "#326",
        "Error 326",
        "error code=326",
        "errorCode: 326, reqId: -1",
        "Error 326, reqId -1: Unable to connect as the client id is already in use.",
        "2026-11-26 10:32:11,326 ib_async.wrapper ERROR Error 326, reqId -1: Unable to connect",
        "ERROR:ibapi.wrapper:ERROR -1 326 Unable to connect as the client id is already in use.",
        "ERROR -1 1764150000123 326 Unable to connect as the client id is already in use.",
        "Error. Id: -1, Code: 326, Msg: Unable to connect as the client id is already in use.",
        "Error. Id: -1 Code: 326 Msg: Unable to connect",
        "-1 | 326 | Unable to connect as the client id is already in use.",
        "{ error: Error: Unable to connect, code: 326, reqId: -1 }",
        "{\"errorCode\":326,\"errorMsg\":\"x\"}",
        "Notice { code: 326, message: \"Unable to connect\" }",
        "[326] Unable to connect as the client id is already in use.",
        "326: Unable to connect",
        "client id is already in use",
        "client id 7 is already in use by another connection",
        "pid 2104 on port 4002 failed with error 326 after 502 ms",
    ] {
        assert_eq!(number(text), Some(326), "{text}");
    }
    assert_eq!(number("ERROR 2104 321 Error validating request"), Some(321));
    assert_eq!(
        number("Max number of requests. (code: 10190, req_id=10009)"),
        Some(10_190)
    );
}

#[test]
fn ports_pids_times_and_errors_of_systems_are_no_numbers_of_ibs() {
    for text in [
        "error 127.0.0.1:2104",
        "error at 2104-01-01",
        "Error: 321:15",
        "[Errno 101] something",
        "bridge[326]: something",
        "exit code 100",
        "status code 502",
        "OSError: (os error 104)",
        "something on port 2104 with pid 326",
        "account DU326 of client 326",
    ] {
        assert_eq!(number(text), None, "{text}");
    }
    assert_eq!(
        findings("ConnectionRefusedError(111, \"Connect call failed ('127.0.0.1', 4002)\")")[0],
        NotListening
    );
}

#[test]
fn the_request_id_minus_one_is_explained_only_where_nothing_else_is_said() {
    for text in [
        "-1",
        "\u{2212}1",
        "reqId: -1",
        "reqId -1",
        "what is req_id=-1",
    ] {
        assert_eq!(number(text), Some(-1), "{text}");
    }
    assert_eq!(number("errorCode: 9999, reqId: -1"), None);
    assert_eq!(read("Error 9999"), Reading::UnknownNumber(9999));
    assert_eq!(read("Error 9999999999999999999999"), Reading::Unknown);
}

#[test]
fn the_words_of_ib_insync_and_ib_async_lead_to_findings() {
    let cases = [
        ("API connection failed: TimeoutError()", SilentAfterConnect),
        (
            "API connection failed: ConnectionRefusedError(111, \"Connect call failed ('127.0.0.1', 4002)\")",
            NotListening,
        ),
        (
            "API connection failed: ConnectionError('Socket disconnect')",
            ClosedAfterStart,
        ),
        ("API connection failed: CancelledError()", AccountsLate),
        (
            "API connection failed: gaierror(-2, 'Name or service not known')",
            NotResolved,
        ),
        (
            "API connection failed: gaierror(-3, 'Temporary failure in name resolution')",
            ResolverFailed,
        ),
        ("Make sure API port on TWS/IBG is open", NotListening),
        (
            "Peer closed connection. clientId 7 already in use?",
            ClosedAfterStart,
        ),
        ("Peer closed connection.", Dropped),
        ("Socket disconnect", ClosedAfterStart),
        ("Socket connection broken while connecting", Dropped),
        ("positions request timed out", SyncTimeout),
        ("executions request timed out", SyncTimeout),
        (
            "account updates for DU9000001 request timed out",
            SyncTimeout,
        ),
        ("TWS/gateway version must be >= 972", VersionUnsupported),
        ("asyncio.exceptions.TimeoutError", SilentAfterConnect),
    ];
    for (text, first) in cases {
        assert_eq!(findings(text).first(), Some(&first), "{text}");
    }
    let guess = findings("Peer closed connection. clientId 7 already in use?");
    assert!(guess.contains(&ClientIdInUse) && guess.contains(&ClosedBeforeVersion));
}

#[test]
fn the_words_of_systems_languages_and_relays_lead_to_findings() {
    let cases = [
        ("connect ECONNREFUSED 127.0.0.1:4002", NotListening),
        (
            "java.net.ConnectException: Connection refused: connect",
            NotListening,
        ),
        (
            "No connection could be made because the target machine actively refused it",
            NotListening,
        ),
        ("Connection refused (os error 111)", NotListening),
        ("[WinError 10061] refused", NotListening),
        ("read ECONNRESET", Dropped),
        ("Connection reset by peer (os error 104)", Dropped),
        ("connect ETIMEDOUT 10.0.0.7:4002", Unreachable),
        (
            "java.net.SocketTimeoutException: connect timed out",
            Unreachable,
        ),
        ("OSError: [Errno 113] No route to host", Unreachable),
        ("getaddrinfo ENOTFOUND ib-gateway", NotResolved),
        ("getaddrinfo EAI_AGAIN ib-gateway", ResolverFailed),
        (
            "socket.gaierror: [Errno -3] Temporary failure in name resolution",
            ResolverFailed,
        ),
        ("EOFError", ClosedBeforeVersion),
        ("java.io.EOFException", ClosedBeforeVersion),
        (
            "server version 213 required, got 176: protobuf transport",
            VersionUnsupported,
        ),
        ("connection rejected: unexpected eof", ClosedBeforeVersion),
        (
            "socat[77] E connect(5, AF=2 127.0.0.1:4002, 16): Connection refused",
            ClosedBeforeVersion,
        ),
        (
            "socat[77] E connect(5, AF=2 127.0.0.1:4002, 16): Connection timed out",
            AcceptQueueStuck,
        ),
    ];
    for (text, first) in cases {
        assert_eq!(findings(text).first(), Some(&first), "{text}");
    }
}

/// Words of the Gateway and of official clients, and their number.
const NUMBERED: &[(&str, i32)] = &[
    (
        "Error 10197, reqId 4: No market data during competing live session",
        10_197,
    ),
    ("No market data during competing live session", 10_197),
    ("Market data farm connection is OK:usfarm", 2104),
    ("Market data farm connection is broken:usfarm", 2103),
    (
        "Market data farm connection is inactive but should be available upon demand.usfarm",
        2108,
    ),
    ("HMDS data farm connection is OK:ushmds", 2106),
    ("HMDS data farm connection is broken:ushmds", 2105),
    ("Sec-def data farm connection is OK:secdefnj", 2158),
    ("Sec-def data farm connection is broken:secdefnj", 2157),
    (
        "Connectivity between IB and Trader Workstation has been lost.",
        1100,
    ),
    (
        "Connectivity between IBKR and TWS has been restored - data lost.",
        1101,
    ),
    (
        "Connectivity between IB and TWS has been restored - data maintained.",
        1102,
    ),
    (
        "Connectivity between TWS and server is broken. It will be restored automatically.",
        2110,
    ),
    (
        "Couldn\u{2019}t connect to TWS. Confirm that \"Enable ActiveX and Socket EClients\" is enabled",
        502,
    ),
    ("Not connected", 504),
    ("Bad message length", 507),
    (
        "Exception caught while reading socket - Connection reset by peer",
        509,
    ),
    ("Request Positions Sending Error - ", 510),
    (
        "Paper trading disclaimer must first be accepted for API connection.",
        10_141,
    ),
    (
        "Max rate of messages per second has been exceeded:max=50 rec=71 (1)",
        100,
    ),
    (
        "Warning: Approaching max rate of 50 messages per second (48)",
        0,
    ),
];

#[test]
fn the_words_of_the_gateway_and_of_official_clients_have_their_number() {
    for (text, expected) in NUMBERED {
        assert_eq!(number(text), Some(*expected), "{text}");
    }
}

#[test]
fn a_hostile_text_is_read_in_part_only() {
    let long = "\u{1b}[2J\0".repeat(1_000_000) + "Error 326";
    assert_eq!(read(&long), Reading::Unknown);
    assert_eq!(number("\u{1b}[31mError\t326\u{1b}[0m\r\n"), Some(326));
    assert_eq!(number("error 321321321321321321321321321"), None);
    for text in [
        "",
        "-",
        "--",
        "[",
        "error",
        "error -",
        "code:",
        "code code code",
    ] {
        assert_eq!(read(text), Reading::Unknown, "{text}");
    }
}
