//! The contracts that the simulated Gateway knows: a table, and the options that follow from it.
//!
//! Numbers and names are those of real contracts where these are widely known; prices are made up.

use super::inquiry::Wanted;
use super::refusal::Refusal;

/// One contract.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Instrument {
    pub(super) con_id: i32,
    pub(super) symbol: &'static str,
    pub(super) sec_type: &'static str,
    /// The exchange where it is listed.
    pub(super) listed: &'static str,
    pub(super) currency: &'static str,
    pub(super) local_symbol: String,
    pub(super) class: &'static str,
    pub(super) name: &'static str,
    /// `yyyymmdd`, or empty.
    pub(super) expiry: &'static str,
    pub(super) strike: f64,
    /// `C` or `P`, or empty.
    pub(super) right: &'static str,
    /// 0 where there is none.
    pub(super) multiplier: u16,
    /// The contract below it, or 0.
    pub(super) under: i32,
    /// What it costs about.
    pub(super) price: f64,
    /// The smallest step of its price.
    pub(super) tick: f64,
    /// The ISIN, or empty.
    pub(super) isin: &'static str,
    /// Whether the simulated login may see its live data.
    pub(super) subscribed: bool,
}

/// A row of the table: number, symbol, type, listing exchange, currency, local symbol, class, name,
/// expiry, multiplier, contract below, price, step, ISIN, and whether it is subscribed.
type Row = (
    i32,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    u16,
    i32,
    f64,
    f64,
    &'static str,
    bool,
);

#[rustfmt::skip]
const ROWS: [Row; 13] = [
    (265_598, "AAPL", "STK", "NASDAQ", "USD", "AAPL", "NMS", "APPLE INC", "", 0, 0, 177.75, 0.01, "US0378331005", true),
    (272_093, "MSFT", "STK", "NASDAQ", "USD", "MSFT", "NMS", "MICROSOFT CORP", "", 0, 0, 412.30, 0.01, "US5949181045", true),
    (8_314, "IBM", "STK", "NYSE", "USD", "IBM", "IBM", "INTL BUSINESS MACHINES CORP", "", 0, 0, 189.20, 0.01, "US4592001014", true),
    (756_733, "SPY", "STK", "ARCA", "USD", "SPY", "SPY", "SPDR S&P 500 ETF TRUST", "", 0, 0, 601.40, 0.01, "US78462F1030", true),
    (14_204, "SAP", "STK", "IBIS", "EUR", "SAP", "XETRA", "SAP SE", "", 0, 0, 182.50, 0.01, "DE0007164600", false),
    (416_904, "SPX", "IND", "CBOE", "USD", "SPX", "SPX", "S&P 500 Stock Index", "", 0, 0, 6_014.25, 0.01, "", true),
    (12_087_792, "EUR", "CASH", "IDEALPRO", "USD", "EUR.USD", "EUR.USD", "European Monetary Union Euro", "", 0, 0, 1.085, 0.000_05, "", true),
    (12_087_797, "GBP", "CASH", "IDEALPRO", "USD", "GBP.USD", "GBP.USD", "British pound", "", 0, 0, 1.268, 0.000_05, "", true),
    (15_016_059, "USD", "CASH", "IDEALPRO", "JPY", "USD.JPY", "USD.JPY", "United States dollar", "", 0, 0, 149.35, 0.005, "", true),
    (700_900_001, "ES", "FUT", "CME", "USD", "ESZ7", "ES", "E-mini S&P 500", "20271217", 50, 416_904, 6_030.00, 0.25, "", true),
    (700_900_002, "ES", "FUT", "CME", "USD", "ESH8", "ES", "E-mini S&P 500", "20280317", 50, 416_904, 6_075.00, 0.25, "", true),
    (700_900_003, "CL", "FUT", "NYMEX", "USD", "CLF8", "CL", "Light Sweet Crude Oil", "20271220", 1_000, 0, 71.45, 0.01, "", true),
    (700_900_004, "FGBL", "FUT", "EUREX", "EUR", "FGBL DEC 27", "FGBL", "Euro Bund", "20271208", 1_000, 0, 131.20, 0.01, "", false),
];

/// The options of a stock: their underlying, its symbol, the number of the first, and the strikes.
const CHAINS: [(i32, &str, i32, [f64; 5]); 2] = [
    (
        756_733,
        "SPY",
        690_123_452,
        [580.0, 590.0, 600.0, 610.0, 620.0],
    ),
    (
        265_598,
        "AAPL",
        690_200_000,
        [165.0, 170.0, 175.0, 180.0, 185.0],
    ),
];
/// The expiries of every option.
pub(super) const EXPIRIES: [&str; 3] = ["20271217", "20280121", "20280317"];
const RIGHTS: [&str; 2] = ["C", "P"];

/// Every contract.
pub(super) fn all() -> impl Iterator<Item = Instrument> {
    ROWS.into_iter().map(instrument).chain(options())
}

fn instrument(row: Row) -> Instrument {
    Instrument {
        con_id: row.0,
        symbol: row.1,
        sec_type: row.2,
        listed: row.3,
        currency: row.4,
        local_symbol: row.5.to_owned(),
        class: row.6,
        name: row.7,
        expiry: row.8,
        strike: 0.0,
        right: "",
        multiplier: row.9,
        under: row.10,
        price: row.11,
        tick: row.12,
        isin: row.13,
        subscribed: row.14,
    }
}

fn options() -> impl Iterator<Item = Instrument> {
    CHAINS
        .into_iter()
        .flat_map(|(under, symbol, first, strikes)| {
            let stock = ROWS.iter().find(|row| row.0 == under);
            let (spot, name) = stock.map_or((0.0, ""), |row| (row.11, row.7));
            let kinds = EXPIRIES.into_iter().flat_map(move |expiry| {
                let kinds = strikes
                    .into_iter()
                    .flat_map(|strike| RIGHTS.map(|right| (strike, right)));
                kinds.map(move |(strike, right)| (expiry, strike, right))
            });
            (first..)
                .zip(kinds)
                .map(move |(con_id, (expiry, strike, right))| Instrument {
                    con_id,
                    symbol,
                    sec_type: "OPT",
                    listed: "CBOE",
                    currency: "USD",
                    local_symbol: format!(
                        "{symbol:<6}{}{right}{:08.0}",
                        expiry.get(2..).unwrap_or_default(),
                        strike * 1000.0
                    ),
                    class: symbol,
                    name,
                    expiry,
                    strike,
                    right,
                    multiplier: 100,
                    under,
                    price: option_price(spot, strike, right),
                    tick: 0.01,
                    isin: "",
                    subscribed: true,
                })
        })
}

/// What the option would bring today, and a tenth of the stock's price for the time that is left.
fn option_price(spot: f64, strike: f64, right: &str) -> f64 {
    let inside = if right == "C" {
        spot - strike
    } else {
        strike - spot
    };
    inside.max(0.0) + spot * 0.1
}

/// The strikes of the options on this contract; empty where it has none.
pub(super) fn strikes(under: i32) -> Vec<f64> {
    let chain = CHAINS.iter().find(|chain| chain.0 == under);
    chain.map(|chain| chain.3.to_vec()).unwrap_or_default()
}

impl Instrument {
    /// Where orders for it go: stocks and options are routed.
    pub(super) fn routed(&self) -> &'static str {
        if self.is_routed() {
            "SMART"
        } else {
            self.listed
        }
    }

    pub(super) fn is_routed(&self) -> bool {
        matches!(self.sec_type, "STK" | "OPT")
    }

    /// The exchanges that trade it, separated by commas.
    pub(super) fn exchanges(&self) -> String {
        match (self.sec_type, self.currency) {
            ("STK", "USD") => "SMART,NASDAQ,NYSE,ARCA,ISLAND,BATS,IEX".to_owned(),
            ("OPT", _) => "SMART,CBOE,AMEX,PHLX,ISE".to_owned(),
            ("STK", _) => format!("SMART,{}", self.listed),
            _ => self.listed.to_owned(),
        }
    }

    /// The multiplier as text; empty where there is none.
    pub(super) fn multiplier_text(&self) -> String {
        if self.multiplier == 0 {
            String::new()
        } else {
            self.multiplier.to_string()
        }
    }

    /// Whether the client's description fits; what it leaves empty fits everything.
    fn fits(&self, wanted: &Wanted) -> bool {
        let is = |tag: u32, value: &str| {
            let text = wanted.text(tag);
            text.is_empty() || text.eq_ignore_ascii_case(value)
        };
        let con_id = wanted.con_id();
        let exchanges = self.exchanges();
        let trades = |tag: u32| {
            let text = wanted.text(tag);
            text.is_empty()
                || text.eq_ignore_ascii_case(self.listed)
                || exchanges
                    .split(',')
                    .any(|exchange| text.eq_ignore_ascii_case(exchange))
        };
        let right = wanted
            .text(6)
            .chars()
            .next()
            .filter(|it| !matches!(it, '0' | '?' | ' '));
        let strike = wanted.strike();
        let identified = wanted.text(14).is_empty()
            || (wanted.text(13).eq_ignore_ascii_case("ISIN") && wanted.text(14) == self.isin);
        (con_id == 0 || con_id == self.con_id)
            && is(2, self.symbol)
            && (is(3, self.sec_type) || (wanted.text(3) == "CONTFUT" && self.is_front()))
            && self.expiry.starts_with(wanted.text(4))
            && (strike == 0.0 || (strike - self.strike).abs() < 1e-6 || self.sec_type != "OPT")
            && right.is_none_or(|right| self.right.starts_with(right.to_ascii_uppercase()))
            && trades(8)
            && trades(9)
            && is(10, self.currency)
            && is(11, &self.local_symbol)
            && is(12, self.class)
            && identified
    }

    /// Whether it is the future that expires first among those of its symbol.
    fn is_front(&self) -> bool {
        let of_symbol = ROWS
            .iter()
            .filter(|row| row.1 == self.symbol && row.2 == "FUT");
        let first = of_symbol.map(|row| row.8).min();
        self.sec_type == "FUT" && first == Some(self.expiry)
    }
}

/// The contract with this number.
pub(super) fn numbered(con_id: i32) -> Option<Instrument> {
    all().find(|it| it.con_id == con_id)
}

/// The contracts that fit the description; at least one.
pub(super) fn find(wanted: &Wanted) -> Result<Vec<Instrument>, Refusal> {
    let says_nothing = wanted.con_id() == 0
        && [2, 11, 12, 14]
            .iter()
            .all(|tag| wanted.text(*tag).is_empty());
    let found: Vec<_> = all()
        .filter(|it| !says_nothing && it.fits(wanted))
        .collect();
    if found.is_empty() {
        let text = "No security definition has been found for the request";
        return Err(Refusal::new(200, text).about(&wanted.words()));
    }
    Ok(found)
}

/// The one contract that fits the description.
pub(super) fn only(wanted: &Wanted) -> Result<Instrument, Refusal> {
    let mut found = find(wanted)?;
    if let (Some(only), true) = (found.pop(), found.is_empty()) {
        return Ok(only);
    }
    let text = format!(
        "The contract description specified for {} is ambiguous.",
        wanted.text(2)
    );
    Err(Refusal::new(200, &text).about(&wanted.words()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_that_of_one_contract() {
        let mut numbers: Vec<_> = all().map(|it| it.con_id).collect();
        let count = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), count);
    }

    #[test]
    fn the_option_of_the_account_is_one_of_the_chain() {
        let option = numbered(690_123_456).unwrap();
        assert_eq!(option.local_symbol, "SPY   271217C00600000");
        assert_eq!(
            (option.strike, option.right, option.under),
            (600.0, "C", 756_733)
        );
    }
}
