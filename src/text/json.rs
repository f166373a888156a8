//! How durations and open choices stand in the JSON contract.

use std::borrow::Cow;
use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How a duration is serialised: as milliseconds with three decimals.
pub(crate) enum Millis {}

impl Millis {
    pub(crate) fn serialize<S: Serializer>(it: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(in_millis(*it))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        of_millis(f64::deserialize(from)?)
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

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        Option::<f64>::deserialize(from)?.map(of_millis).transpose()
    }
}

/// Milliseconds, rounded to the microsecond.
pub fn in_millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// A duration of so many milliseconds, to the microsecond; negative and endless ones are errors.
fn of_millis<E: Error>(millis: f64) -> Result<Duration, E> {
    let duration = Duration::try_from_secs_f64(millis / 1e3);
    let duration = duration.map_err(|_| E::custom(format!("{millis} ms is no duration")))?;
    let micros = (duration.as_nanos() + 500) / 1000;
    Ok(u64::try_from(micros).map_or(duration, Duration::from_micros))
}

/// A word of the program's own, or one out of a report that is read.
pub type Lasting = &'static str;

/// Reads a word that then lasts as long as the program, which reads two reports at the most.
pub(crate) fn lasting<'de, D: Deserializer<'de>>(from: D) -> Result<Lasting, D::Error> {
    let word = String::deserialize(from)?;
    Ok(Box::leak(word.into_boxed_str()))
}

/// Reads words that then last as long as the program.
pub(crate) fn all_lasting<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Lasting>, D::Error> {
    let words = Vec::<String>::deserialize(from)?.into_iter();
    Ok(words
        .map(|word| &*Box::leak(word.into_boxed_str()))
        .collect())
}

/// Reads one of the names that are known.
pub(crate) fn known<'de, T, D: Deserializer<'de>>(
    from: D,
    what: &str,
    named: impl FnOnce(&str) -> Option<T>,
) -> Result<T, D::Error> {
    let name = String::deserialize(from)?;
    let unknown = || D::Error::custom(format!("this ibdoc knows no {what} `{name}`"));
    named(&name).ok_or_else(unknown)
}

/// The description of the names that a later version may add.
#[cfg(test)]
const OPEN: &str = "A name that a later version has added.";

/// Makes a choice of names an open one: it may grow without a change of the contract.
#[cfg(test)]
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

/// The line with the characters that encoders of JSON write as numbers, for the sake of HTML: Docker's
/// does so.
pub fn with_marks(line: &[u8]) -> Cow<'_, [u8]> {
    const MARKS: [(&[u8], u8); 5] = [
        (br"\u003c", b'<'),
        (br"\u003e", b'>'),
        (br"\u0026", b'&'),
        (br"\u0027", b'\''),
        (br"\u001b", 0x1b),
    ];
    let is_json = line.first() == Some(&b'{');
    if !is_json || memchr::memmem::find(line, br"\u00").is_none() {
        return Cow::Borrowed(line);
    }
    let mut plain = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(first) = rest.first() {
        let mut marks = MARKS.iter();
        let mark = marks.find(|(written, _)| rest.starts_with(written));
        let (character, length) = mark.map_or((*first, 1), |(it, byte)| (*byte, it.len()));
        plain.push(character);
        rest = &rest[length..];
    }
    Cow::Owned(plain)
}
