//! How durations and open choices stand in the JSON contract.

use std::time::Duration;

use schemars::{Schema, json_schema};
use serde::Serializer;

/// The description of the names that a later version may add.
const OPEN: &str = "A name that a later version has added.";

/// Serialises a duration as milliseconds with three decimals.
pub(crate) fn millis<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(in_millis(*duration))
}

/// Serialises an optional duration as milliseconds with three decimals, or null.
#[expect(
    clippy::ref_option,
    reason = "serde's serialize_with passes a reference to the field"
)]
pub(crate) fn optional_millis<S: Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => millis(duration, serializer),
        None => serializer.serialize_none(),
    }
}

/// Milliseconds, rounded to the microsecond.
pub fn in_millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// Makes a choice of names an open one: it may grow without a change of the contract.
pub(crate) fn open(schema: &mut Schema) {
    let mut known = std::mem::take(schema.ensure_object());
    let description = known.remove("description");
    *schema = json_schema!({
        "anyOf": [known, { "type": "string", "description": OPEN }],
    });
    if let Some(description) = description {
        schema.insert("description".to_owned(), description);
    }
}
