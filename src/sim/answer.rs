//! What the simulated Gateway answers, as plain replies.

use std::time::SystemTime;

use super::account::{self, ACCOUNT, LEDGER_KEYS, LIVE_ACCOUNT, Value};
use super::faults::Faults;
use super::{Fault, clock};
use crate::wire::{AccountUpdateMulti, AccountValue, Notice, Reply, SummaryValue};

/// The request id of notices that belong to no request.
const NO_REQUEST: i32 = -1;

/// The notice with this code and text.
pub(super) fn notice(req_id: i32, code: i32, text: &str) -> Reply {
    Reply::Notice(Notice {
        req_id,
        code,
        text: text.to_owned(),
        advanced_order_reject: String::new(),
        time_ms: Some(clock::epoch_millis()),
    })
}

pub(super) fn managed_accounts() -> Reply {
    Reply::ManagedAccounts(vec![ACCOUNT.to_owned()])
}

/// The same account under the number of a live one.
pub(super) fn live_account() -> Reply {
    Reply::ManagedAccounts(vec![LIVE_ACCOUNT.to_owned()])
}

/// The notices about the Gateway's own state, sent after the start and when a phase begins.
pub(super) fn state(faults: &Faults) -> Vec<Reply> {
    let farms = if faults.has(Fault::FarmDown) {
        [
            (2103, "Market data farm connection is broken:usfarm"),
            (2105, "HMDS data farm connection is broken:ushmds"),
            (2157, "Sec-def data farm connection is broken:secdefnj"),
        ]
    } else {
        [
            (2104, "Market data farm connection is OK:usfarm"),
            (2106, "HMDS data farm connection is OK:ushmds"),
            (2158, "Sec-def data farm connection is OK:secdefnj"),
        ]
    };
    let farms = farms.map(|(code, text)| notice(NO_REQUEST, code, text));
    let notices = SAID_OF_FAULTS
        .into_iter()
        .filter(|(fault, _)| faults.has(*fault))
        .map(|(_, number)| said(number));
    farms.into_iter().chain(notices).collect()
}

/// The number of each fault that is a notice, in the order in which they are sent.
const SAID_OF_FAULTS: [(Fault, i32); 4] = [
    (Fault::Pacing, 100),
    (Fault::CompetingSession, 10197),
    (Fault::UpstreamLost, 1100),
    (Fault::UpstreamRestored, 1102),
];

/// What is next said of a data farm that flaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flap {
    Lost,
    Back,
}

impl Flap {
    pub(super) fn other(self) -> Self {
        match self {
            Flap::Lost => Flap::Back,
            Flap::Back => Flap::Lost,
        }
    }
}

/// The notice that a data farm is lost or back.
pub(super) fn farm(flap: Flap) -> Reply {
    let (code, text) = match flap {
        Flap::Lost => (2103, "Market data farm connection is broken:usfarm"),
        Flap::Back => (2104, "Market data farm connection is OK:usfarm"),
    };
    notice(NO_REQUEST, code, text)
}

/// The port that [`port_changed`] names.
const NEW_PORT: u16 = 4444;

pub(super) fn port_changed() -> Reply {
    let text = format!(
        "Socket port has been reset and this connection is being dropped. \
         Please reconnect on the new port -{NEW_PORT}"
    );
    notice(NO_REQUEST, 1300, &text)
}

/// The refusal of a request about orders; it comes without the request's id (docs/PROTOCOL.md,
/// After the start).
pub(super) fn read_only() -> Reply {
    let text = "Error validating request.-'cc' : cause - The API interface is currently in \
                Read-Only mode.";
    notice(NO_REQUEST, 321, text)
}

/// The words of IB's errors that come without a request's id; those of 2151 are made up, because
/// only its number is reported.
const WORDS: [(i32, &str); 13] = [
    (
        100,
        "Max rate of messages per second has been exceeded:max=50 rec=57 (1)",
    ),
    (
        320,
        "Error reading request. Unable to parse data. java.lang.NumberFormatException",
    ),
    (
        321,
        "Error validating request.-'cc' : cause - Invalid account code.",
    ),
    (
        322,
        "Error processing request.-'bW' : cause - More than 50 accounts.",
    ),
    (
        326,
        "Unable to connect as the client id is already in use. Retry with a unique client id.",
    ),
    (
        1100,
        "Connectivity between IBKR and Trader Workstation has been lost.",
    ),
    (
        1101,
        "Connectivity between IBKR and Trader Workstation has been restored - data lost.",
    ),
    (
        1102,
        "Connectivity between IBKR and Trader Workstation has been restored - data maintained.",
    ),
    (
        2101,
        "Unable to subscribe to account as the following clients are subscribed to a different \
         account.",
    ),
    (
        2110,
        "Connectivity between Trader Workstation and server is broken. It will be restored \
         automatically.",
    ),
    (2151, "Positions info is not available yet."),
    (
        10141,
        "Paper trading disclaimer must first be accepted for API connection.",
    ),
    (10197, "No market data during competing live session"),
];

/// The error with this number, in IB's words where those are known.
pub(crate) fn said(number: i32) -> Reply {
    let known = WORDS.iter().find(|(known, _)| *known == number);
    let words = known.map_or("An error that ibdoc has made up.", |(_, words)| words);
    notice(NO_REQUEST, number, words)
}

pub(super) fn no_accounts() -> Reply {
    Reply::ManagedAccounts(Vec::new())
}

pub(super) fn client_id_in_use() -> Reply {
    said(326)
}

pub(super) fn cannot_bind() -> Reply {
    let text =
        "Only API connections with clientId set to 0 can set the auto bind TWS orders property.";
    notice(NO_REQUEST, 327, text)
}

pub(super) fn too_many_summaries(req_id: i32) -> Reply {
    let text = "Error processing request.-'bW' : cause - Maximum number of account summary \
                requests exceeded; desubscribe to previous request first";
    notice(req_id, 322, text)
}

/// An invalid request, with its own id where it has one.
pub(super) fn invalid(req_id: i32, cause: &str) -> Reply {
    let text = format!("Error validating request.-'cc' : cause - {cause}");
    notice(req_id, 321, &text)
}

/// The currencies of the ledger that the tags ask for, or the tag that asks for another one.
fn ledgers(tags: &str) -> Result<Vec<&'static str>, String> {
    let mut currencies = Vec::new();
    for tag in tags.split(',').map(str::trim) {
        let Some(currency) = tag.strip_prefix("$LEDGER") else {
            continue;
        };
        match currency {
            "" | ":BASE" => currencies.push("BASE"),
            ":USD" => currencies.push("USD"),
            ":ALL" => currencies.extend(["BASE", "USD"]),
            _ => return Err(tag.to_owned()),
        }
    }
    currencies.sort_unstable();
    currencies.dedup();
    Ok(currencies)
}

/// Why an account summary is refused, if it is: a group or a ledger that does not exist.
pub(super) fn no_summary(group: &str, tags: &str) -> Option<String> {
    if !account::is_group(group) {
        return Some("Invalid group name.".to_owned());
    }
    let tag = ledgers(tags).err()?;
    Some(format!("Invalid tag: {tag}"))
}

/// The values of the asked tags that the account has, its ledger, and the end marker.
pub(super) fn account_summary(req_id: i32, tags: &str) -> Vec<Reply> {
    let value = |(tag, value, currency): Value| {
        Reply::AccountSummary(SummaryValue {
            req_id,
            account: ACCOUNT.to_owned(),
            tag: tag.to_owned(),
            value: value.to_owned(),
            currency: currency.to_owned(),
        })
    };
    // Filters the account's own values: a tag that is asked a thousand times is answered once.
    let asked = |(key, ..): &Value| tags.split(',').any(|tag| tag.trim() == *key);
    let currencies = ledgers(tags).unwrap_or_default();
    let ledger = currencies.into_iter().flat_map(account::ledger);
    let values = account::values(true).filter(asked).chain(ledger);
    let mut replies: Vec<Reply> = values.map(value).collect();
    replies.push(Reply::AccountSummaryEnd { req_id });
    replies
}

pub(super) fn positions() -> Vec<Reply> {
    let positions = account::positions().map(Reply::Position);
    positions.into_iter().chain([Reply::PositionEnd]).collect()
}

pub(super) fn account_updates(ready: bool) -> Vec<Reply> {
    let value = |(key, value, currency): Value| {
        Reply::AccountValue(AccountValue {
            key: key.to_owned(),
            value: value.to_owned(),
            currency: currency.to_owned(),
            account: ACCOUNT.to_owned(),
        })
    };
    let mut replies: Vec<Reply> = account::values(ready).map(value).collect();
    replies.push(Reply::PortfolioValue(account::portfolio()));
    replies.push(Reply::AccountUpdateTime(clock::hours_and_minutes(
        SystemTime::now(),
    )));
    replies.push(Reply::AccountDownloadEnd {
        account: ACCOUNT.to_owned(),
    });
    replies
}

pub(super) fn account_updates_multi(
    req_id: i32,
    model: &str,
    ledger_and_nlv: bool,
    ready: bool,
) -> Vec<Reply> {
    let value = |(key, value, currency): Value| {
        Reply::AccountUpdateMulti(AccountUpdateMulti {
            req_id,
            account: ACCOUNT.to_owned(),
            model: model.to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
            currency: currency.to_owned(),
        })
    };
    let wanted = |(key, ..): &Value| !ledger_and_nlv || LEDGER_KEYS.contains(key);
    let mut replies: Vec<Reply> = account::values(ready).filter(wanted).map(value).collect();
    replies.push(Reply::AccountUpdateMultiEnd { req_id });
    replies
}
