//! The records that longer replies carry.

/// An error, a warning or a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The request it belongs to; −1 if none or unknown.
    pub req_id: i32,
    /// IB's number.
    pub code: i32,
    /// IB's words.
    pub text: String,
    /// The JSON of a rejected advanced order, usually empty; from version 166.
    pub advanced_order_reject: String,
    /// When it happened, in milliseconds since 1970; from version 194.
    pub time_ms: Option<i64>,
}

/// One value of an account summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryValue {
    /// The request it answers, or −1.
    pub req_id: i32,
    /// The account.
    pub account: String,
    /// The tag, such as `NetLiquidation`.
    pub tag: String,
    /// The value, as text.
    pub value: String,
    /// Its currency, or empty.
    pub currency: String,
}

/// One position.
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    /// The account that holds it.
    pub account: String,
    /// The contract that is held.
    pub contract: Contract,
    /// How much of it, as a decimal number.
    pub quantity: String,
    /// The average cost of one unit.
    pub average_cost: f64,
}

/// A contract: what a position is in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Contract {
    /// IB's id of the contract.
    pub con_id: i32,
    /// The symbol of the underlying.
    pub symbol: String,
    /// `STK`, `FUT`, `OPT` and so on.
    pub sec_type: String,
    /// The last trading day or contract month, or empty.
    pub expiry: String,
    /// The strike of an option, or 0.
    pub strike: f64,
    /// `C` or `P` of an option, else empty or `0`.
    pub right: String,
    /// The multiplier, or 0 if there is none.
    pub multiplier: f64,
    /// The exchange; in a portfolio line the primary one.
    pub exchange: String,
    /// The currency.
    pub currency: String,
    /// The symbol on the exchange.
    pub local_symbol: String,
    /// The trading class.
    pub trading_class: String,
}

/// One value of the account updates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountValue {
    /// The name of the value, such as `AccountReady`.
    pub key: String,
    /// The value, as text.
    pub value: String,
    /// Its currency, or empty.
    pub currency: String,
    /// The account.
    pub account: String,
}

/// One portfolio line of the account updates.
#[derive(Debug, Clone, PartialEq)]
pub struct PortfolioValue {
    /// The contract that is held.
    pub contract: Contract,
    /// How much of it, as a decimal number.
    pub quantity: String,
    /// The price of one unit.
    pub market_price: f64,
    /// The value of the whole.
    pub market_value: f64,
    /// The average cost of one unit.
    pub average_cost: f64,
    /// The profit or loss that is not realized yet.
    pub unrealized_pnl: f64,
    /// The profit or loss realized today.
    pub realized_pnl: f64,
    /// The account that holds it.
    pub account: String,
}

/// One value of the updates of several accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountUpdateMulti {
    /// The request it answers, or −1.
    pub req_id: i32,
    /// The account.
    pub account: String,
    /// The model, usually empty.
    pub model: String,
    /// The name of the value, such as `NetLiquidation`.
    pub key: String,
    /// The value, as text.
    pub value: String,
    /// Its currency, or empty.
    pub currency: String,
}
