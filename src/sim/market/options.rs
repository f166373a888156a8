//! Options: the formula of Black and Scholes without interest, as far as a simulator needs it.

use super::body::Body;
use super::calendar::{self, DAY};
use super::contracts::{self, Instrument};
use super::desk::Desk;
use super::inquiry::Inquiry;
use super::refusal::Refusal;
use crate::sim::clock;
use crate::wire::{Reply, ServerVersion};

/// The volatility of every simulated option.
const VOLATILITY: f64 = 0.2;
/// The tick type of what a client has asked to be computed.
const ASKED: i32 = 53;

/// An option's figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Computed {
    volatility: f64,
    delta: f64,
    price: f64,
    gamma: f64,
    vega: f64,
    theta: f64,
    under: f64,
}

/// The figures of an option that costs `price`.
pub(super) fn computed(option: &Instrument, price: f64) -> Computed {
    let under = contracts::numbered(option.under).map_or(option.strike, |it| it.price);
    Computed {
        price,
        ..figures(option, VOLATILITY, under)
    }
}

fn figures(option: &Instrument, volatility: f64, under: f64) -> Computed {
    let expiry = calendar::parse(option.expiry).unwrap_or_default();
    let left = (expiry - clock::epoch_seconds()).clamp(DAY, 3650 * DAY);
    let years = f64::from(i32::try_from(left / DAY).unwrap_or(i32::MAX)) / 365.0;
    let wide = volatility * years.sqrt();
    let d1 = ((under / option.strike).ln() + volatility * volatility * years / 2.0) / wide;
    let call = under * normal(d1) - option.strike * normal(d1 - wide);
    let density = (-d1 * d1 / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let is_call = option.right == "C";
    Computed {
        volatility,
        delta: if is_call {
            normal(d1)
        } else {
            normal(d1) - 1.0
        },
        price: if is_call {
            call
        } else {
            call - under + option.strike
        },
        gamma: density / (under * wide),
        vega: under * density * years.sqrt() / 100.0,
        theta: -under * density * volatility / (2.0 * years.sqrt()) / 365.0,
        under,
    }
}

/// The normal distribution, to three digits.
fn normal(x: f64) -> f64 {
    1.0 / (1.0 + (-1.5976 * x - 0.070_56 * x * x * x).exp())
}

/// The figures as a tick (21).
pub(super) fn computation(id: i32, kind: i32, it: &Computed, version: ServerVersion) -> Reply {
    let mut body = Body::new(21, version).head("6", 156);
    body.put(&[1], id).put(&[2], kind).since(156, &[3], 0);
    body.put(&[4], it.volatility)
        .put(&[5], it.delta)
        .put(&[6], it.price);
    body.put(&[7], 0.0).put(&[8], it.gamma).put(&[9], it.vega);
    body.put(&[10], it.theta).put(&[11], it.under).reply()
}

fn asked_option(asked: &Inquiry) -> Result<Instrument, Refusal> {
    let option = contracts::only(&asked.contract)?;
    if option.sec_type != "OPT" || asked.real(3) <= 0.0 || asked.real(4) <= 0.0 {
        return Err(Refusal::invalid(
            "The contract is no option, or a value is not above zero",
        ));
    }
    Ok(option)
}

/// The price at a volatility (55).
pub(super) fn option_price(_: &mut Desk, asked: &Inquiry) -> Result<Vec<Reply>, Refusal> {
    let option = asked_option(asked)?;
    let it = figures(&option, asked.real(3), asked.real(4));
    Ok(vec![computation(asked.id, ASKED, &it, asked.version)])
}

/// The volatility at a price (54).
pub(super) fn implied_volatility(_: &mut Desk, asked: &Inquiry) -> Result<Vec<Reply>, Refusal> {
    let option = asked_option(asked)?;
    let (mut low, mut high) = (0.001, 5.0);
    // Forty halvings find it to twelve digits.
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if figures(&option, middle, asked.real(4)).price < asked.real(3) {
            low = middle;
        } else {
            high = middle;
        }
    }
    let it = figures(&option, high, asked.real(4));
    Ok(vec![computation(asked.id, ASKED, &it, asked.version)])
}
