//! Made-up prices: the same contract has the same price at the same step, in every run.

use super::contracts::Instrument;

/// A number from −1 up to 1 that depends on the contract and the step alone.
fn noise(con_id: i32, step: i64) -> f64 {
    // The mixing function of SplitMix64: neighbours differ in every bit.
    let mut x = step.cast_unsigned() ^ (u64::from(con_id.unsigned_abs()) << 32);
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let top = u32::try_from((x ^ (x >> 31)) >> 32).unwrap_or_default();
    f64::from(top) / f64::from(u32::MAX) * 2.0 - 1.0
}

/// A whole number from `from` up to `from + span`.
pub(super) fn count(con_id: i32, step: i64, from: i32, span: i32) -> i32 {
    // The noise is within 1 of zero, so the result is within the span.
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the span")]
    let more = (f64::midpoint(noise(con_id, step ^ 0x5eed), 1.0) * f64::from(span)) as i32;
    from + more
}

/// The price at a step of a live stream, on the grid of the contract.
pub(super) fn live(instrument: &Instrument, step: i64) -> f64 {
    let away = 0.0005 * noise(instrument.con_id, step);
    on_grid(instrument, instrument.price * (1.0 + away))
}

/// The price at a time in seconds: slow waves and a little noise.
pub(super) fn at(instrument: &Instrument, seconds: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a phase of a wave")]
    let time = seconds as f64;
    let phase = f64::from(instrument.con_id % 97);
    let months = 0.04 * (time / 2_600_000.0 + phase).sin();
    let hours = 0.004 * (time / 9_000.0 + phase).sin();
    let away = months + hours + 0.0004 * noise(instrument.con_id, seconds);
    on_grid(instrument, instrument.price * (1.0 + away))
}

/// The nearest price above zero on the grid of the contract.
pub(super) fn on_grid(instrument: &Instrument, price: f64) -> f64 {
    let steps = (price / instrument.tick).round().max(1.0);
    tidy(steps * instrument.tick)
}

/// Without the digits that arithmetic leaves behind.
pub(super) fn tidy(price: f64) -> f64 {
    (price * 1e6).round() / 1e6
}

/// Bid, ask and last of a live stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quote {
    pub(super) bid: f64,
    pub(super) ask: f64,
    pub(super) last: f64,
    pub(super) bid_size: i32,
    pub(super) ask_size: i32,
    pub(super) last_size: i32,
}

/// The quote at a step; the bid is below the ask by one step of the price.
pub(super) fn quote(instrument: &Instrument, step: i64) -> Quote {
    let con_id = instrument.con_id;
    let bid = live(instrument, step);
    let ask = on_grid(instrument, bid + instrument.tick);
    Quote {
        bid,
        ask,
        last: if count(con_id, step, 0, 2) == 0 {
            bid
        } else {
            ask
        },
        bid_size: count(con_id, step, 1, 40) * 100,
        ask_size: count(con_id, step + 1, 1, 40) * 100,
        last_size: count(con_id, step + 2, 1, 9) * 100,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::market::contracts;

    #[test]
    fn quotes_are_plausible_and_the_same_in_every_run() {
        for instrument in contracts::all() {
            for step in 0..200 {
                let it = quote(&instrument, step);
                assert!(0.0 < it.bid && it.bid < it.ask, "{instrument:?} {it:?}");
                assert!((it.bid..=it.ask).contains(&it.last));
                assert!(
                    (it.bid / instrument.price - 1.0).abs() < 0.1,
                    "{instrument:?} {it:?}"
                );
                assert_eq!(it, quote(&instrument, step));
            }
        }
    }

    #[test]
    fn the_first_quotes_of_a_known_contract() {
        let apple = contracts::numbered(265_598).unwrap();
        let bids = [0, 1, 2].map(|step| quote(&apple, step).bid.to_string());
        assert_eq!(bids, ["177.76", "177.68", "177.72"]);
    }
}
