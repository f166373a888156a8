//! The ids of the messages that the codec reads or writes (docs/PROTOCOL.md, All messages).

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
