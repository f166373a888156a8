//! The words of logs and what they mean: of the usual clients, of operating systems, of relays and
//! of the Gateway itself.

use super::{Reading, Topic};
use crate::finding::Code;
use crate::finding::ib_code;

/// Words that stand for something.
struct Phrase {
    /// All of these occur in the line; lower case.
    words: &'static [&'static str],
    /// Who says so and when; empty where a number of IB's tells it all.
    says: &'static str,
    /// What can be behind it, the likeliest first.
    topics: &'static [Means],
}

/// A finding, or one of IB's numbers.
#[derive(Clone, Copy)]
enum Means {
    Finding(Code),
    Number(i32),
}

use Means::{Finding, Number};

/// What the first phrase of the table says that the text holds.
pub(super) fn find(text: &str) -> Option<Reading> {
    let phrase = ALL
        .iter()
        .find(|phrase| phrase.words.iter().all(|word| text.contains(word)))?;
    let topics: Vec<Topic> = phrase
        .topics
        .iter()
        .filter_map(|means| topic(*means))
        .collect();
    match (phrase.says, topics.as_slice()) {
        ("", [topic]) => Some(Reading::Known(*topic)),
        (says, _) => Some(Reading::Words(says, topics)),
    }
}

fn topic(means: Means) -> Option<Topic> {
    match means {
        Finding(code) => Some(Topic::Finding(code)),
        Number(number) => ib_code::find(number).map(Topic::Number),
    }
}

/// One of IB's messages, which has a number of its own.
const fn message(words: &'static [&'static str], number: &'static [Means]) -> Phrase {
    Phrase {
        words,
        says: "",
        topics: number,
    }
}

const fn words(
    words: &'static [&'static str],
    says: &'static str,
    topics: &'static [Means],
) -> Phrase {
    Phrase {
        words,
        says,
        topics,
    }
}

const REFUSED: &str = "The operating system says that the host answered, and that nothing accepts connections on that port: the Gateway does not run, its login is not finished, or it is another port (in a container: another host). `ibdoc probe` tells which ports listen.";
const REFUSED_MEANS: &[Means] = &[
    Finding(Code::NotListening),
    Finding(Code::GatewayStarting),
    Number(502),
];
const RESET: &str = "The operating system says that the other end closed the connection hard: a Gateway that went down or restarts, a relay whose Gateway is down, or an address that is not trusted. `ibdoc handshake` tells at which step.";
const RESET_MEANS: &[Means] = &[
    Finding(Code::Dropped),
    Finding(Code::ClosedBeforeVersion),
    Finding(Code::ClosedAfterStart),
];
const NO_ANSWER: &str = "The operating system says that the other host did not answer at all: a firewall, a wrong host, a VPN that is down; for a host that is there also a Gateway whose accept queue is full. `ibdoc probe` tells them apart where it sees the Gateway's machine.";
const NO_ANSWER_MEANS: &[Means] = &[
    Finding(Code::Unreachable),
    Finding(Code::AcceptQueueStuck),
    Number(502),
];
const NO_ROUTE: &str = "The operating system knows no way to that host: a wrong address, a network or VPN that is down.";
const NO_NAME: &str = "The name of the host has no address: a typing error, a container's DNS, a VPN that is down, or the name server did not answer.";
const NO_RESOLVER: &str = "The name server did not answer, or could not: it is down, a VPN took it away, or a container's DNS does not reach it. The name may be right; in a container network also a service of another network is answered so.";
const NO_RESOLVER_MEANS: &[Means] = &[
    Finding(Code::ResolverFailed),
    Finding(Code::NotResolved),
    Number(502),
];
const ENDED: &str = "The other end closed the connection while the client still expected bytes. In the middle of a connect this is a Gateway that closes right away (address not trusted, a relay without a Gateway, a taken client id); later it is a lost session.";
const ENDED_MEANS: &[Means] = &[
    Finding(Code::ClosedBeforeVersion),
    Finding(Code::ClosedAfterStart),
    Finding(Code::Dropped),
    Number(507),
];
const GONE: &str = "A client reports that its connection has ended; whether it closed it itself, or the Gateway did and why, usually stands in the lines before.";
const WROTE: &str = "The program wrote to a connection that had ended before.";
const SYNC: &str = "ib_insync and ib_async say so when this request of their start was not finished within their timeout (4 s). TCP, version and accounts were fine before. A second connect, a longer timeout or leaving that request out (`readonly=True`, in ib_async `fetchFields`) helped others.";
const SYNC_MEANS: &[Means] = &[Finding(Code::SyncTimeout), Finding(Code::UpstreamLost)];
const TIMED_OUT: &[Means] = &[
    Finding(Code::SilentAfterConnect),
    Finding(Code::NoAccountsNoId),
    Finding(Code::AccountsLate),
    Finding(Code::Unreachable),
    Finding(Code::SyncTimeout),
];

/// Longer and more special words first: the first one that fits counts.
const ALL: &[Phrase] = &[
    // Relays.
    words(
        &["socat", "address already in use"],
        "socat could not listen: the port is still taken, often by its own old connections after a restart of the container. Until it runs again nothing reaches the Gateway through that port; start the relay again.",
        &[Finding(Code::NotListening), Finding(Code::RelayListener)],
    ),
    words(
        &["socat", "connection refused"],
        "A relay (socat) accepted a client, and the Gateway behind it does not listen: not running, login not finished, or another port. The client sees a connection that is closed before the version.",
        &[
            Finding(Code::ClosedBeforeVersion),
            Finding(Code::RelayListener),
            Finding(Code::GatewayStarting),
        ],
    ),
    words(
        &["socat", "timed out"],
        "A relay (socat) got no answer from the Gateway's port behind it: usually the Gateway has stopped accepting connections and its queue is full. Only a restart of the Gateway empties it.",
        &[
            Finding(Code::AcceptQueueStuck),
            Finding(Code::RelayListener),
        ],
    ),
    // ib_insync and ib_async.
    words(
        &["api connection failed", "refused"],
        REFUSED,
        REFUSED_MEANS,
    ),
    words(&["api connection failed", "reset"], RESET, RESET_MEANS),
    words(
        &["api connection failed", "no route to host"],
        NO_ROUTE,
        &[Finding(Code::Unreachable), Number(502)],
    ),
    words(
        &["api connection failed", "temporary failure in name"],
        NO_RESOLVER,
        NO_RESOLVER_MEANS,
    ),
    words(
        &["api connection failed", "gaierror"],
        NO_NAME,
        &[Finding(Code::NotResolved), Number(502)],
    ),
    words(
        &["api connection failed", "socket disconnect"],
        "ib_async says so when the Gateway closed the connection before it was ready, usually right after the start. It gives no reason by itself: look for an error number just before it.",
        &[
            Finding(Code::ClosedAfterStart),
            Finding(Code::ClosedBeforeVersion),
            Finding(Code::ClientIdInUse),
        ],
    ),
    words(
        &["api connection failed", "timeouterror"],
        "ib_insync and ib_async say so when a step of their connect took longer than their timeout (4 s): no TCP connection, no version, or no accounts and order id. `ibdoc handshake` tells which step it is.",
        &[
            Finding(Code::SilentAfterConnect),
            Finding(Code::NoAccountsNoId),
            Finding(Code::AccountsLate),
            Finding(Code::Unreachable),
            Finding(Code::Ipv6Localhost),
        ],
    ),
    words(
        &["api connection failed", "cancellederror"],
        "The program itself cancelled the connect before ib_insync or ib_async had finished it, as a timeout around it or an end of the event loop does. Nothing is proven about the Gateway: run `ibdoc handshake`.",
        &[
            Finding(Code::AccountsLate),
            Finding(Code::SilentAfterConnect),
        ],
    ),
    words(
        &["api connection failed"],
        "ib_insync and ib_async say so when their connect failed; what follows the colon is the reason. `ibdoc handshake` tells at which step it fails.",
        &[
            Finding(Code::NotListening),
            Finding(Code::ClosedBeforeVersion),
            Finding(Code::SilentAfterConnect),
        ],
    ),
    words(
        &["make sure api port on tws/ibg is open"],
        "ib_insync and ib_async say so when the port refused the connection: the Gateway does not run, its login is not finished, the API is switched off (TWS), or it is another port.",
        REFUSED_MEANS,
    ),
    words(
        &["peer closed connection", "already in use"],
        "ib_insync and ib_async say so whenever the Gateway closes before the session is ready; the client id is a guess of theirs. It is proven only by error 326 just before it. Otherwise: an address that is not trusted, a relay without a Gateway, a session that is being logged out, 10141.",
        &[
            Finding(Code::ClosedAfterStart),
            Finding(Code::ClientIdInUse),
            Finding(Code::ClosedBeforeVersion),
            Number(10_141),
        ],
    ),
    words(
        &["peer closed connection"],
        "ib_insync and ib_async say so when the Gateway closed a session that worked: its daily restart, a crash, another login of the same user.",
        &[Finding(Code::Dropped)],
    ),
    words(
        &["socket connection broken while connecting"],
        "ib_insync and ib_async say so when the Gateway closed while they fetched positions, orders and account values. Look for an error number just before it.",
        &[
            Finding(Code::Dropped),
            Finding(Code::ClosedAfterStart),
            Finding(Code::SyncTimeout),
        ],
    ),
    words(
        &["socket disconnect"],
        "ib_async says so when the Gateway closed the connection before or while the session was prepared. It gives no reason by itself: look for an error number just before it.",
        &[
            Finding(Code::ClosedAfterStart),
            Finding(Code::Dropped),
            Finding(Code::ClientIdInUse),
        ],
    ),
    words(
        &["executions request timed out"],
        "ib_async says so when the list of executions was not finished within its timeout (4 s); ib_insync raises TimeoutError instead. It is the most frequent report of all; what helped: leaving executions out (`fetchFields` of ib_async), a second connect, another version of the Gateway.",
        SYNC_MEANS,
    ),
    words(
        &["positions request timed out"],
        "ib_insync and ib_async say so when the list of positions was not finished within their timeout (4 s). TCP, version and accounts were fine before. A second connect, a longer timeout or a restart of the Gateway helped others.",
        SYNC_MEANS,
    ),
    words(&["open orders request timed out"], SYNC, SYNC_MEANS),
    words(
        &["completed orders request timed out"],
        "ib_insync and ib_async say so when the list of completed orders was not finished within their timeout (4 s). With Read-Only API it may never be: `readonly=True` leaves it out.",
        &[Finding(Code::SyncTimeout), Finding(Code::ReadOnlyApi)],
    ),
    words(
        &["account updates", "request timed out"],
        "ib_insync and ib_async say so when the account updates were not finished within their timeout (4 s): another subscriber, several accounts of an advisor, or the first connect after a start. Naming the account or connecting a second time helped others.",
        &[Finding(Code::SyncTimeout), Number(2101)],
    ),
    words(&["request timed out"], SYNC, SYNC_MEANS),
    words(
        &["version must be >="],
        "ib_insync and ib_async say so when the Gateway speaks a version below 157, their lowest.",
        &[Finding(Code::VersionUnsupported)],
    ),
    // The Rust crate.
    words(
        &["server version", "required, got"],
        "The Rust client ibapi says so when the Gateway is too old for it: version 5 needs 213 and newer. Update the Gateway, or use an older version of the crate.",
        &[Finding(Code::VersionUnsupported), Number(503)],
    ),
    words(
        &["connection rejected"],
        "The Rust client ibapi says so when the Gateway closed before its version came: usually an address that is not trusted, or a relay without a Gateway.",
        &[Finding(Code::ClosedBeforeVersion)],
    ),
    words(
        &["unrecognized ib gateway timezone"],
        "The Rust client ibapi does not know the name of the Gateway's time zone; the connection itself is fine. Register the name with the crate, or set the Gateway's machine to another zone.",
        &[],
    ),
    // The Gateway's own words, each with its number.
    message(&["max rate of messages"], &[Number(100)]),
    message(&["approaching max rate"], &[Number(0)]),
    message(&["max number of tickers"], &[Number(101)]),
    message(&["max number of tick-by-tick"], &[Number(10_190)]),
    message(&["duplicate order id"], &[Number(103)]),
    message(&["pacing violation"], &[Number(162)]),
    message(&["different ip address"], &[Number(10_197)]),
    message(&["no security definition"], &[Number(200)]),
    message(&["can't find eid"], &[Number(300)]),
    message(&["max number", "market depth"], &[Number(309)]),
    message(&["market depth data has been reset"], &[Number(317)]),
    message(&["error reading request"], &[Number(320)]),
    message(&["read-only mode"], &[Number(321)]),
    message(
        &["api client needs write access"],
        &[Finding(Code::ReadOnlyApi)],
    ),
    message(&["error validating request"], &[Number(321)]),
    message(&["invalid account code"], &[Number(321)]),
    message(&["error processing request"], &[Number(322)]),
    message(&["server error when reading"], &[Number(323)]),
    message(&["client id", "already in use"], &[Number(326)]),
    message(&["clientid", "already in use"], &[Number(326)]),
    message(
        &["only api connections with clientid set to 0"],
        &[Number(327)],
    ),
    message(&["client version is out of date"], &[Number(357)]),
    message(&["no historical data query found"], &[Number(366)]),
    message(&["connectivity between", "has been lost"], &[Number(1100)]),
    message(&["restored", "data lost"], &[Number(1101)]),
    message(&["restored", "data maintained"], &[Number(1102)]),
    message(&["connectivity between", "broken"], &[Number(2110)]),
    message(&["connectivity between", "restored"], &[Number(1102)]),
    message(&["socket port has been reset"], &[Number(1300)]),
    message(&["unsubscribed from account data"], &[Number(2100)]),
    message(&["unable to subscribe to account"], &[Number(2101)]),
    message(&["sec-def data farm", "is ok"], &[Number(2158)]),
    message(&["sec-def data farm"], &[Number(2157)]),
    message(&["hmds data farm", "is ok"], &[Number(2106)]),
    message(&["hmds data farm", "inactive"], &[Number(2107)]),
    message(&["hmds data farm"], &[Number(2105)]),
    message(&["historical data farm", "inactive"], &[Number(2107)]),
    message(&["historical data farm", "is connected"], &[Number(2106)]),
    message(&["historical data farm"], &[Number(2105)]),
    message(&["market data farm is connecting"], &[Number(2119)]),
    message(&["market data farm", "inactive"], &[Number(2108)]),
    message(&["market data farm", "is ok"], &[Number(2104)]),
    message(&["market data farm"], &[Number(2103)]),
    message(&["cross side warning"], &[Number(2137)]),
    message(&["invalid position trade derived value"], &[Number(2150)]),
    message(
        &["need additional market data permissions"],
        &[Number(2152)],
    ),
    message(
        &["part of requested market data", "for api"],
        &[Number(10_091)],
    ),
    message(&["part of requested market data"], &[Number(10_090)]),
    message(&["additional subscription for api"], &[Number(10_089)]),
    message(&["displaying delayed market data"], &[Number(10_167)]),
    message(&["delayed market data is not enabled"], &[Number(10_168)]),
    message(&["market data is not subscribed"], &[Number(354)]),
    message(&["paper trading disclaimer"], &[Number(10_141)]),
    message(&["to be cancelled is not found"], &[Number(10_147)]),
    message(&["can not be cancelled"], &[Number(10_148)]),
    message(&["failed to request live updates"], &[Number(10_182)]),
    message(&["failed to cancel pnl"], &[Number(10_185)]),
    message(&["tick-by-tick", "permissions"], &[Number(10_189)]),
    message(&["no market data during competing"], &[Number(10_197)]),
    message(&["bust event"], &[Number(10_225)]),
    message(&["fundamentals data is not allowed"], &[Number(10_358)]),
    message(&["invalid real-time query"], &[Number(420)]),
    words(
        &["second factor"],
        "The login waits for the second factor, on a phone for example; until it is given there is no API.",
        &[Finding(Code::GatewayStarting), Finding(Code::NotListening)],
    ),
    words(
        &["existing session detected"],
        "The login window says so when the same user is logged in elsewhere: until the question is answered there is no API.",
        &[
            Finding(Code::CompetingSession),
            Finding(Code::GatewayStarting),
            Finding(Code::SilentAfterConnect),
        ],
    ),
    // The official clients and those made after them, each with its number.
    message(&["couldn't connect to tws"], &[Number(502)]),
    message(&["tws is out of date"], &[Number(503)]),
    message(&["not connected"], &[Number(504)]),
    message(&["unknown message id"], &[Number(505)]),
    message(&["unsupported version"], &[Number(506)]),
    message(&["bad message length"], &[Number(507)]),
    message(&["bad message"], &[Number(508)]),
    message(&["exception caught while reading socket"], &[Number(509)]),
    message(&["failed to send message"], &[Number(509)]),
    message(&["failed to create socket"], &[Number(520)]),
    message(&["sending error"], &[Number(510)]),
    message(&["already connected"], &[Number(501)]),
    // Operating systems and languages.
    words(&["econnrefused"], REFUSED, REFUSED_MEANS),
    words(&["connectionrefused"], REFUSED, REFUSED_MEANS),
    words(&["connection refused"], REFUSED, REFUSED_MEANS),
    words(&["actively refused"], REFUSED, REFUSED_MEANS),
    words(&["winerror 10061"], REFUSED, REFUSED_MEANS),
    words(&["econnreset"], RESET, RESET_MEANS),
    words(&["connectionreset"], RESET, RESET_MEANS),
    words(&["connection reset"], RESET, RESET_MEANS),
    words(&["forcibly closed"], RESET, RESET_MEANS),
    words(&["connection aborted"], RESET, RESET_MEANS),
    words(&["econnaborted"], RESET, RESET_MEANS),
    words(&["connectionaborted"], RESET, RESET_MEANS),
    words(&["connection was aborted"], RESET, RESET_MEANS),
    words(&["epipe"], WROTE, RESET_MEANS),
    words(&["broken pipe"], WROTE, RESET_MEANS),
    words(&["brokenpipe"], WROTE, RESET_MEANS),
    words(
        &["winerror 10038"],
        "Windows says that the program used a socket that it had closed itself, as when it disconnects in one thread and reads in another. Nothing is proven about the Gateway.",
        &[Number(504)],
    ),
    words(&["winerror 10054"], RESET, RESET_MEANS),
    words(
        &["wrong_version_number"],
        "The client speaks TLS (https), and the port does not: the API of TWS and the Gateway has no TLS. Either the address belongs to another product, or the client must not use TLS.",
        &[Finding(Code::NotTwsProtocol)],
    ),
    words(
        &["invalidframe"],
        "The Rust client ibapi says so when bytes came that are no frame of the API: another service on the port, or a stream out of step.",
        &[Finding(Code::NotTwsProtocol)],
    ),
    words(&["etimedout"], NO_ANSWER, NO_ANSWER_MEANS),
    words(&["connection timed out"], NO_ANSWER, NO_ANSWER_MEANS),
    words(&["connect timed out"], NO_ANSWER, NO_ANSWER_MEANS),
    words(&["winerror 10060"], NO_ANSWER, NO_ANSWER_MEANS),
    words(&["sockettimeoutexception"], NO_ANSWER, NO_ANSWER_MEANS),
    words(
        &["ehostunreach"],
        NO_ROUTE,
        &[Finding(Code::Unreachable), Number(502)],
    ),
    words(
        &["enetunreach"],
        NO_ROUTE,
        &[Finding(Code::Unreachable), Number(502)],
    ),
    words(
        &["no route to host"],
        NO_ROUTE,
        &[Finding(Code::Unreachable), Number(502)],
    ),
    words(
        &["unreachable"],
        NO_ROUTE,
        &[Finding(Code::Unreachable), Number(502)],
    ),
    words(
        &["temporary failure in name"],
        NO_RESOLVER,
        NO_RESOLVER_MEANS,
    ),
    words(
        &["enotfound"],
        NO_NAME,
        &[Finding(Code::NotResolved), Number(502)],
    ),
    words(&["eai_again"], NO_RESOLVER, NO_RESOLVER_MEANS),
    words(
        &["gaierror"],
        NO_NAME,
        &[Finding(Code::NotResolved), Number(502)],
    ),
    words(
        &["getaddrinfo"],
        NO_NAME,
        &[Finding(Code::NotResolved), Number(502)],
    ),
    words(
        &["unknownhostexception"],
        NO_NAME,
        &[Finding(Code::NotResolved), Number(502)],
    ),
    words(
        &["name resolution"],
        NO_NAME,
        &[Finding(Code::NotResolved), Number(502)],
    ),
    words(
        &["name or service not known"],
        NO_NAME,
        &[Finding(Code::NotResolved), Number(502)],
    ),
    words(
        &["nodename nor servname"],
        NO_NAME,
        &[Finding(Code::NotResolved), Number(502)],
    ),
    words(
        &["no such host"],
        NO_NAME,
        &[Finding(Code::NotResolved), Number(502)],
    ),
    words(
        &["failed to lookup address"],
        NO_NAME,
        &[Finding(Code::NotResolved), Number(502)],
    ),
    words(&["eoferror"], ENDED, ENDED_MEANS),
    words(&["eofexception"], ENDED, ENDED_MEANS),
    words(&["incompletereaderror"], ENDED, ENDED_MEANS),
    words(&["unexpectedeof"], ENDED, ENDED_MEANS),
    words(&["unexpectedendofstream"], ENDED, ENDED_MEANS),
    words(&["unexpected end of file"], ENDED, ENDED_MEANS),
    words(&["failed to fill whole buffer"], ENDED, ENDED_MEANS),
    words(&["socket closed"], ENDED, ENDED_MEANS),
    words(&["socket hang up"], ENDED, ENDED_MEANS),
    words(
        &["connectionfailed"],
        "The Rust client ibapi says so when the connection is gone for good and its own reconnects are used up.",
        RESET_MEANS,
    ),
    words(
        &["too many open files"],
        "The program, or the Gateway, may open no more files or sockets: connections are leaked somewhere. `ibdoc zombies` tells which program holds how many.",
        &[Finding(Code::ZombieClientLive), Number(520)],
    ),
    words(
        &["address already in use"],
        "A program could not listen: another one, or its own old connections, still have the port. A Gateway or relay that says so does not serve that port.",
        &[Finding(Code::NotListening), Finding(Code::RelayListener)],
    ),
    words(
        &["timeouterror"],
        "A client waited for something and gave up; which step it was, the line does not say. ib_insync raises it also when the list of executions is not finished within 4 s. `ibdoc handshake` tells the step.",
        TIMED_OUT,
    ),
    words(
        &["timed out"],
        "A client waited for something and gave up; which step it was, the line does not say. `ibdoc handshake` tells it.",
        TIMED_OUT,
    ),
    words(
        &["timeout"],
        "A client waited for something and gave up; which step it was, the line does not say. `ibdoc handshake` tells it.",
        TIMED_OUT,
    ),
    words(
        &["disconnected"],
        GONE,
        &[Finding(Code::Dropped), Finding(Code::ClosedAfterStart)],
    ),
    words(
        &["connection closed"],
        GONE,
        &[Finding(Code::Dropped), Finding(Code::ClosedAfterStart)],
    ),
    words(
        &["connection lost"],
        GONE,
        &[Finding(Code::Dropped), Finding(Code::ClosedAfterStart)],
    ),
    words(
        &["lost connection"],
        GONE,
        &[Finding(Code::Dropped), Finding(Code::ClosedAfterStart)],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_is_in_lower_case_and_leads_somewhere() {
        for phrase in ALL {
            for word in phrase.words {
                assert_eq!(*word, word.to_lowercase());
            }
            let known = phrase.topics.iter().all(|means| topic(*means).is_some());
            assert!(known && !phrase.words.is_empty(), "{:?}", phrase.words);
            assert!(
                !phrase.says.is_empty() || phrase.topics.len() == 1,
                "{:?}",
                phrase.words
            );
        }
    }

    #[test]
    fn no_phrase_stands_behind_one_that_takes_all_its_lines() {
        for (at, phrase) in ALL.iter().enumerate() {
            let text = phrase.words.join(" ");
            let first = ALL
                .iter()
                .position(|other| other.words.iter().all(|word| text.contains(word)));
            assert_eq!(first, Some(at), "{text}");
        }
    }
}
