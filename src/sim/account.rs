//! The simulated account: its name, its figures and what it holds.

use crate::wire::{Contract, PortfolioValue, Position};

/// The only account of the simulated user.
pub(super) const ACCOUNT: &str = "DU9000021";

/// What it would be called if it were a live one.
pub(super) const LIVE_ACCOUNT: &str = "U9000021";

/// Key, value and currency of one of the account's figures.
pub(super) type Value = (&'static str, &'static str, &'static str);

/// The account's figures, as account updates send them; `ready` is one of them.
pub(super) fn values(ready: bool) -> impl Iterator<Item = Value> {
    VALUES.into_iter().map(move |value| match value {
        ("AccountReady", _, currency) if !ready => ("AccountReady", "false", currency),
        value => value,
    })
}

const VALUES: [Value; 23] = [
    ("AccountCode", ACCOUNT, ""),
    ("AccountOrGroup", ACCOUNT, "USD"),
    ("AccountReady", "true", ""),
    ("AccountType", "INDIVIDUAL", ""),
    ("AccruedCash", "112.40", "USD"),
    ("AvailableFunds", "987654.32", "USD"),
    ("BuyingPower", "3950617.28", "USD"),
    ("CashBalance", "969210.00", "USD"),
    ("Currency", "USD", "USD"),
    ("Cushion", "0.99", ""),
    ("EquityWithLoanValue", "1000010.00", "USD"),
    ("ExcessLiquidity", "988000.00", "USD"),
    ("ExchangeRate", "1.00", "USD"),
    ("FullInitMarginReq", "12355.68", "USD"),
    ("FullMaintMarginReq", "12010.00", "USD"),
    ("GrossPositionValue", "30800.00", "USD"),
    ("InitMarginReq", "12355.68", "USD"),
    ("MaintMarginReq", "12010.00", "USD"),
    ("NetLiquidation", "1000010.00", "USD"),
    ("RealizedPnL", "0.00", "USD"),
    ("SettledCash", "969210.00", "USD"),
    ("TotalCashValue", "969210.00", "USD"),
    ("UnrealizedPnL", "541.00", "USD"),
];

/// Whether a request may name this account; an empty name is that of the only one.
pub(super) fn is_known(name: &str) -> bool {
    name.is_empty() || name == ACCOUNT
}

/// Whether a request may name this group of accounts.
pub(super) fn is_group(name: &str) -> bool {
    matches!(name, "All" | ACCOUNT)
}

/// The ledger of the account in one currency: `BASE`, or the only other one, `USD`.
pub(super) fn ledger(currency: &'static str) -> impl Iterator<Item = Value> {
    const LEDGER: [(&str, &str); 10] = [
        ("AccruedCash", "112.40"),
        ("CashBalance", "969210.00"),
        ("ExchangeRate", "1.00"),
        ("NetLiquidationByCurrency", "1000010.00"),
        ("OptionMarketValue", "13025.00"),
        ("RealizedPnL", "0.00"),
        ("StockMarketValue", "17775.00"),
        ("TotalCashBalance", "969210.00"),
        ("UnrealizedPnL", "541.00"),
        ("Currency", ""),
    ];
    LEDGER.into_iter().map(move |(key, value)| {
        let value = if value.is_empty() { currency } else { value };
        (key, value, currency)
    })
}

/// The keys that are sent when a client asks for the ledger and the net liquidation value only.
pub(super) const LEDGER_KEYS: [&str; 5] = [
    "CashBalance",
    "Currency",
    "ExchangeRate",
    "NetLiquidation",
    "RealizedPnL",
];

/// The positions: some stock and an option.
pub(super) fn positions() -> [Position; 2] {
    [
        Position {
            account: ACCOUNT.to_owned(),
            contract: stock("NASDAQ"),
            quantity: "100".to_owned(),
            average_cost: 172.34,
        },
        Position {
            account: ACCOUNT.to_owned(),
            contract: Contract {
                con_id: 690_123_456,
                symbol: "SPY".to_owned(),
                sec_type: "OPT".to_owned(),
                expiry: "20271217".to_owned(),
                strike: 600.0,
                right: "C".to_owned(),
                multiplier: 100.0,
                exchange: "SMART".to_owned(),
                currency: "USD".to_owned(),
                local_symbol: "SPY   271217C00600000".to_owned(),
                trading_class: "SPY".to_owned(),
            },
            quantity: "2".to_owned(),
            average_cost: 6512.70,
        },
    ]
}

/// The stock as account updates send it, with its price and profit.
pub(super) fn portfolio() -> PortfolioValue {
    PortfolioValue {
        contract: stock("NASDAQ"),
        quantity: "100".to_owned(),
        market_price: 177.75,
        market_value: 17_775.0,
        average_cost: 172.34,
        unrealized_pnl: 541.0,
        realized_pnl: 0.0,
        account: ACCOUNT.to_owned(),
    }
}

fn stock(exchange: &str) -> Contract {
    Contract {
        con_id: 265_598,
        symbol: "AAPL".to_owned(),
        sec_type: "STK".to_owned(),
        exchange: exchange.to_owned(),
        currency: "USD".to_owned(),
        local_symbol: "AAPL".to_owned(),
        trading_class: "NMS".to_owned(),
        ..Contract::default()
    }
}
