//! How durations and open choices stand in the JSON contract.

use std::time::Duration;

use serde::{Serialize, Serializer};

/// How a duration is serialised: as milliseconds with three decimals.
pub(crate) enum Millis {}

impl Millis {
    pub(crate) fn serialize<S: Serializer>(it: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(in_millis(*it))
    }
}

/// How a duration that may be missing is serialised: as milliseconds with three decimals, or null.
pub(crate) enum OptionalMillis {}

impl OptionalMillis {
    #[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
    pub(crate) fn serialize<S: Serializer>(
        it: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        it.map(in_millis).serialize(to)
    }
}

/// Milliseconds, rounded to the microsecond.
pub fn in_millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// The description of the names that a later version may add.
#[cfg(feature = "schema")]
const OPEN: &str = "A name that a later version has added.";

/// Makes a choice of names an open one: it may grow without a change of the contract.
#[cfg(feature = "schema")]
pub(crate) fn open(schema: &mut schemars::Schema) {
    let mut known = std::mem::take(schema.ensure_object());
    let description = known.remove("description");
    *schema = schemars::json_schema!({
        "anyOf": [known, { "type": "string", "description": OPEN }],
    });
    if let Some(description) = description {
        schema.insert("description".to_owned(), description);
    }
}
