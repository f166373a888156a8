//! Message ids, and from which version on each message is protobuf (docs/PROTOCOL.md, All messages).

use super::{Form, ServerVersion};

/// Ids of what a client sends.
pub(super) mod outgoing {
    pub(crate) const OPEN_ORDERS: u32 = 5;
    pub(crate) const ACCOUNT_UPDATES: u32 = 6;
    pub(crate) const EXECUTIONS: u32 = 7;
    pub(crate) const IDS: u32 = 8;
    pub(crate) const AUTO_OPEN_ORDERS: u32 = 15;
    pub(crate) const ALL_OPEN_ORDERS: u32 = 16;
    pub(crate) const MANAGED_ACCOUNTS: u32 = 17;
    pub(crate) const CURRENT_TIME: u32 = 49;
    pub(crate) const POSITIONS: u32 = 61;
    pub(crate) const ACCOUNT_SUMMARY: u32 = 62;
    pub(crate) const CANCEL_ACCOUNT_SUMMARY: u32 = 63;
    pub(crate) const CANCEL_POSITIONS: u32 = 64;
    pub(crate) const START_API: u32 = 71;
    pub(crate) const ACCOUNT_UPDATES_MULTI: u32 = 76;
    pub(crate) const CANCEL_ACCOUNT_UPDATES_MULTI: u32 = 77;
    pub(crate) const COMPLETED_ORDERS: u32 = 99;
    pub(crate) const CURRENT_TIME_MILLIS: u32 = 105;
}

/// Ids of what a server sends.
pub(super) mod incoming {
    pub(crate) const ERROR: u32 = 4;
    pub(crate) const OPEN_ORDER: u32 = 5;
    pub(crate) const ACCOUNT_VALUE: u32 = 6;
    pub(crate) const PORTFOLIO_VALUE: u32 = 7;
    pub(crate) const ACCOUNT_UPDATE_TIME: u32 = 8;
    pub(crate) const NEXT_VALID_ID: u32 = 9;
    pub(crate) const EXECUTION: u32 = 11;
    pub(crate) const MANAGED_ACCOUNTS: u32 = 15;
    pub(crate) const CURRENT_TIME: u32 = 49;
    pub(crate) const OPEN_ORDERS_END: u32 = 53;
    pub(crate) const ACCOUNT_DOWNLOAD_END: u32 = 54;
    pub(crate) const EXECUTIONS_END: u32 = 55;
    pub(crate) const POSITION: u32 = 61;
    pub(crate) const POSITION_END: u32 = 62;
    pub(crate) const ACCOUNT_SUMMARY: u32 = 63;
    pub(crate) const ACCOUNT_SUMMARY_END: u32 = 64;
    pub(crate) const ACCOUNT_UPDATE_MULTI: u32 = 73;
    pub(crate) const ACCOUNT_UPDATE_MULTI_END: u32 = 74;
    pub(crate) const COMPLETED_ORDER: u32 = 101;
    pub(crate) const COMPLETED_ORDERS_END: u32 = 102;
    pub(crate) const CURRENT_TIME_MILLIS: u32 = 109;
}

/// The form in which a client of this version sends the message.
pub(super) fn outgoing_form(id: u32, version: ServerVersion) -> Form {
    let since = match id {
        7 => ServerVersion::PROTOBUF,
        5 | 15 | 16 | 99 => ServerVersion::PROTOBUF_OPEN_ORDERS,
        6 | 17 | 61..=64 | 74..=77 => ServerVersion::PROTOBUF_ACCOUNTS,
        8 | 49 | 71 | 105 => ServerVersion::PROTOBUF_START,
        _ => return Form::Text,
    };
    form_since(since, version)
}

/// The form in which a server of this version sends the message.
pub fn incoming_form(id: u32, version: ServerVersion) -> Form {
    let since = match id {
        4 | 11 | 55 => ServerVersion::PROTOBUF,
        3 | 5 | 53 | 101 | 102 => ServerVersion::PROTOBUF_OPEN_ORDERS,
        10 | 18 | 52 => ServerVersion::PROTOBUF_CONTRACTS,
        1 | 2 | 12 | 13 | 21 | 45 | 46 | 57 | 58 | 81 => ServerVersion::PROTOBUF_MARKET_DATA,
        6..=8 | 15 | 54 | 61..=64 | 71..=74 => ServerVersion::PROTOBUF_ACCOUNTS,
        17 | 50 | 88..=90 | 96..=99 | 106 | 108 => ServerVersion::PROTOBUF_HISTORY,
        14 | 83..=87 | 104 | 105 => ServerVersion::PROTOBUF_NEWS,
        19 | 20 | 51 | 94 | 95 => ServerVersion::PROTOBUF_SCANNERS,
        16 | 103 => ServerVersion::PROTOBUF_ADVISORS,
        75..=79 | 82 | 93 | 107 => ServerVersion::PROTOBUF_REFERENCE,
        9 | 49 | 65..=68 | 80 | 109..=111 => ServerVersion::PROTOBUF_START,
        _ => return Form::Text,
    };
    form_since(since, version)
}

fn form_since(since: ServerVersion, version: ServerVersion) -> Form {
    if version >= since {
        Form::Protobuf
    } else {
        Form::Text
    }
}
