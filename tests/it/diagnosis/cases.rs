//! Each scenario of the simulator with the finding that it must make.

/// What the principal finding must be, and what its evidence or summary must name.
pub(crate) struct Case {
    pub(crate) scenario: &'static str,
    pub(crate) more: &'static [&'static str],
    pub(crate) code: &'static str,
    pub(crate) severity: &'static str,
    /// Words; `{2s}` stands for any measured time of at least two seconds.
    pub(crate) names: &'static [&'static str],
}

const fn case(
    scenario: &'static str,
    code: &'static str,
    severity: &'static str,
    names: &'static [&'static str],
) -> Case {
    Case {
        scenario,
        more: &[],
        code,
        severity,
        names,
    }
}

/// Short for a test that waits for it, long for a step that is to succeed on a busy machine.
const SHORT: &[&str] = &["--timeout", "2s"];
const ORDERS: &[&str] = &["--orders", "--timeout", "2s"];

/// The faults up to the version.
pub(crate) const VERSION: [Case; 10] = [
    Case {
        more: SHORT,
        ..case(
            "silent",
            "silent-after-connect",
            "error",
            &["no byte in {2s}", "greeting was read", "TimeoutError"],
        )
    },
    case(
        "close-on-accept",
        "closed-before-version",
        "error",
        &["version:", "504"],
    ),
    case(
        "reset-on-accept",
        "closed-before-version",
        "error",
        &["reset", "504"],
    ),
    case("http", "not-tws-protocol", "error", &["HTTP answers here"]),
    case("ssh", "not-tws-protocol", "error", &["SSH answers here"]),
    case("tls", "not-tws-protocol", "error", &["TLS answers here"]),
    case("huge-frame", "not-tws-protocol", "error", &["0xfffffff0"]),
    // A version takes 0.6 s at its pace.
    Case {
        more: &["--timeout", "500ms"],
        ..case(
            "drip",
            "silent-after-connect",
            "error",
            &["begins to answer", "bytes of a version in {500ms}"],
        )
    },
    case(
        "close-after-version",
        "closed-after-start",
        "error",
        &["accounts:", "guess"],
    ),
    // The same connection waits in every look of a second: long enough to say so.
    Case {
        more: SHORT,
        ..case(
            "never-accepts",
            "accept-queue-stuck",
            "error",
            &["not accepted in {2s}", "1 waiting"],
        )
    },
];

/// The faults of the start.
pub(crate) const START: [Case; 8] = [
    case(
        "close-after-start",
        "closed-after-start",
        "error",
        &["accounts:", "guess: no 326 came"],
    ),
    case(
        "client-id-in-use",
        "client-id-in-use",
        "error",
        &["client id is already in use"],
    ),
    case(
        "port-changed",
        "port-changed",
        "error",
        &["1300", "to 4444"],
    ),
    Case {
        more: &["--timeout", "2s", "--client-timeout", "100ms"],
        ..case(
            "accounts-missing",
            "accounts-missing",
            "error",
            &["asked again", "data farms are up"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "accounts-empty",
            "accounts-empty",
            "error",
            &["an empty list of accounts in {2s}"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "next-id-missing",
            "next-id-missing",
            "error",
            &["no next id in {2s}", "nextValidId"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "stops-answering-after=0",
            "no-accounts-no-id",
            "error",
            &["neither", "login to IBKR"],
        )
    },
    Case {
        more: &["--client-timeout", "100ms"],
        ..case(
            "accounts-late=0.3",
            "accounts-late",
            "warning",
            &["accounts: {300ms}", "TimeoutError after 100 ms"],
        )
    },
];

/// The faults of the requests, and what the Gateway says by itself.
pub(crate) const REQUESTS: [Case; 20] = [
    Case {
        more: SHORT,
        ..case(
            "sync-hangs=time",
            "sync-timeout",
            "error",
            &["time", "answered: positions"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "sync-hangs=positions,sync-hangs=account-values",
            "sync-timeout",
            "error",
            &["for positions, account-values", "2 rows", "answered: time"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "sync-hangs=account-summary",
            "sync-timeout",
            "error",
            &["account-summary", "4 rows"],
        )
    },
    Case {
        more: &["--account-updates", "--timeout", "2s"],
        ..case(
            "sync-hangs=account-updates",
            "sync-timeout",
            "error",
            &["account-updates"],
        )
    },
    Case {
        more: ORDERS,
        ..case("sync-hangs=orders", "sync-timeout", "error", &["orders"])
    },
    Case {
        more: ORDERS,
        ..case(
            "sync-hangs=completed-orders",
            "sync-timeout",
            "error",
            &["completed-orders"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "sync-hangs=executions",
            "sync-timeout",
            "error",
            &["executions"],
        )
    },
    Case {
        more: ORDERS,
        ..case(
            "read-only",
            "read-only-api",
            "info",
            &["orders, completed-orders", "321"],
        )
    },
    case(
        "refuses=account-values",
        "sync-refused",
        "warning",
        &["account-values refused: 321", "Invalid account code"],
    ),
    case(
        "clock-ahead=7200",
        "clock-skew",
        "info",
        &[
            "ahead of this machine's",
            "the Gateway: 20",
            "this machine: 20",
            "time zones",
        ],
    ),
    case("clock-ahead=50", "", "", &[]),
    // The port of the simulator says nothing of accounts.
    case("live-account", "", "", &[]),
    case(
        "account-not-ready",
        "account-not-ready",
        "warning",
        &["AccountReady=false"],
    ),
    case(
        "summaries-taken",
        "too-many-subscriptions",
        "warning",
        &["account-summary", "322"],
    ),
    case("pacing", "pacing", "warning", &["100 Max rate"]),
    case("upstream-lost", "upstream-lost", "warning", &["1100"]),
    case("upstream-lost,upstream-restored", "", "", &[]),
    case(
        "farm-down",
        "data-farm-down",
        "warning",
        &["2103", "2105", "2157", "usfarm"],
    ),
    case(
        "competing-session",
        "competing-session",
        "warning",
        &["10197"],
    ),
    case(
        "never-closes",
        "gateway-keeps-closed-sockets",
        "warning",
        &["did not close in {1s}", "none of its own is left"],
    ),
];

/// What the Gateway said before a close, a silence or a request without an end, and what explains
/// none of these.
pub(crate) const LAST_WORDS: [Case; 19] = [
    case(
        "says=10141",
        "paper-disclaimer",
        "error",
        &["10141 Paper trading", "then closed the connection", "guess"],
    ),
    Case {
        more: SHORT,
        ..case(
            "says=10141,stops-answering-after=0",
            "paper-disclaimer",
            "error",
            &["10141 Paper", "then neither accounts nor next id came"],
        )
    },
    case(
        "says=2110,close-after-start",
        "upstream-lost",
        "error",
        &["2110 Connectivity", "then closed the connection"],
    ),
    Case {
        more: SHORT,
        ..case(
            "says=1100,accounts-missing",
            "upstream-lost",
            "error",
            &["1100 Connectivity", "then the accounts did not come"],
        )
    },
    case(
        "says=4242",
        "gateway-says",
        "error",
        &["4242 An error", "then closed the connection"],
    ),
    // A changed port is nearer than any other words.
    case("says=4242,port-changed", "port-changed", "error", &["1300"]),
    Case {
        more: SHORT,
        ..case(
            "says=321,next-id-missing",
            "gateway-says",
            "error",
            &["321 Error validating", "then the next valid id did not"],
        )
    },
    // What is asked again is refused: that explains the id, and no accounts.
    Case {
        more: &["--timeout", "2s", "--client-timeout", "100ms"],
        ..case(
            "read-only,next-id-missing",
            "gateway-says",
            "error",
            &["Read-Only mode", "then the next valid id did not come"],
        )
    },
    Case {
        more: &["--timeout", "2s", "--client-timeout", "100ms"],
        ..case(
            "read-only,accounts-missing,next-id-missing",
            "no-accounts-no-id",
            "error",
            &["asking again brought only an error", "said before: 321"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "says=2151,sync-hangs=positions,sync-hangs=executions",
            "gateway-says",
            "error",
            &["2151 Positions", "came for positions, executions"],
        )
    },
    // What explains one of two silences goes before the other.
    Case {
        more: SHORT,
        ..case(
            "says=2151,sync-hangs=time,sync-hangs=positions",
            "gateway-says",
            "error",
            &["2151 Positions", "came for positions"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "says=2110,says=2151,sync-hangs=positions",
            "upstream-lost",
            "error",
            &["2110 Connectivity", "said before: 2151"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "upstream-lost,sync-hangs=time",
            "upstream-lost",
            "error",
            &["1100 Connectivity", "no end marker came for time"],
        )
    },
    Case {
        more: &["--account-updates", "--timeout", "2s"],
        ..case(
            "says=2101,sync-hangs=account-updates",
            "gateway-says",
            "error",
            &["2101 Unable to subscribe", "came for account-updates"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "says=4242,sync-hangs=positions,drops-after=1",
            "gateway-says",
            "error",
            &["4242 An error", "then the connection was lost during"],
        )
    },
    // These explain no request of another kind, but are told.
    Case {
        more: SHORT,
        ..case(
            "says=2101,sync-hangs=positions",
            "sync-timeout",
            "error",
            &["said before: 2101 Unable"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "says=2151,sync-hangs=account-summary",
            "sync-timeout",
            "error",
            &["said before: 2151 Positions"],
        )
    },
    Case {
        more: SHORT,
        ..case(
            "says=1100,upstream-restored,sync-hangs=positions",
            "sync-timeout",
            "error",
            &["said before: 1100", "said before: 1102"],
        )
    },
    // The answer to one request is no reason for what another one does.
    Case {
        more: SHORT,
        ..case(
            "refuses=account-values,sync-hangs=executions",
            "sync-timeout",
            "error",
            &["for executions", "said before: 321 Error validating"],
        )
    },
];
