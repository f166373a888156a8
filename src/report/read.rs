//! A report that was written earlier, read again. The file may be anybody's: its size, its texts and
//! its numbers are bounded before anything is made of them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde_json::{Map, Value};

use super::privacy::mask;
use super::{Body, Report, SCHEMA};
use crate::text::printable::clean;

/// The largest file that is read: the longest soak's report has less than 2 MiB.
const LARGEST: u64 = 32 << 20;
/// The longest text in it, in characters.
const LONGEST: usize = 10_000;
/// The largest number in it: as milliseconds, thirty thousand years.
const GREATEST: f64 = 1e15;

/// Reads the report of a file; errs with a sentence, which does not name the file.
pub fn read(path: &Path) -> Result<Report, String> {
    let plain = |error| why_unread(&error);
    let file = File::open(path).map_err(plain)?;
    let mut bytes = Vec::new();
    let read = file.take(LARGEST + 1).read_to_end(&mut bytes);
    if read.map_err(plain)? as u64 > LARGEST {
        let most = LARGEST >> 20;
        return Err(format!(
            "it has more than {most} MiB: no report of ibdoc has so much"
        ));
    }
    parse(&bytes)
}

/// Why a file could not be read, as half a sentence.
pub fn why_unread(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => format!("it cannot be read: {error}"),
    }
}

/// Reads a report; errs with a sentence about what is wrong with it.
pub fn parse(bytes: &[u8]) -> Result<Report, String> {
    #[expect(clippy::disallowed_methods, reason = "the rule is one of the tests")]
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("it is no single JSON document (line {line}, column {column})")
    })?;
    let Value::Object(mut fields) = value else {
        return Err("it is JSON, but no report of ibdoc".to_owned());
    };
    check_schema(&fields)?;
    for value in fields.values_mut() {
        tame(value)?;
    }
    // On the last line of ndjson.
    fields.remove("event");
    fields.remove("time");
    let foreign = |error: serde_json::Error| {
        let error = mask(&clean(&error.to_string(), 200));
        format!("it is no report that this ibdoc can read: {error}")
    };
    let body = match fields.get("command").and_then(Value::as_str) {
        Some(command) => {
            let command = command.to_owned();
            let part = fields.remove(&command);
            part.map(|part| Value::Object(Map::from_iter([(command, part)])))
        }
        None => None,
    };
    let mut report: Report = serde_json::from_value(Value::Object(fields)).map_err(foreign)?;
    let body = body.map(serde_json::from_value::<Body>).transpose();
    report.body = body.map_err(foreign)?;
    Ok(report)
}

fn check_schema(fields: &Map<String, Value>) -> Result<(), String> {
    match fields.get("schema").and_then(Value::as_str) {
        Some(SCHEMA) => Ok(()),
        Some(other) => {
            let other = clean(other, 40);
            Err(format!(
                "its schema is {other}, and this ibdoc reads {SCHEMA}"
            ))
        }
        None => Err(format!(
            "it is JSON, but no report of ibdoc: it has no schema {SCHEMA}"
        )),
    }
}

/// Takes out of each text what could steer a terminal or begin a line, and refuses what no report
/// holds.
fn tame(value: &mut Value) -> Result<(), String> {
    match value {
        Value::String(text) if text.chars().nth(LONGEST).is_some() => {
            return Err(format!("a text in it has more than {LONGEST} characters"));
        }
        Value::String(text) => *text = clean(text, LONGEST),
        Value::Number(number) if !number.as_f64().is_some_and(|it| it.abs() <= GREATEST) => {
            return Err(format!(
                "the number {} in it is too large",
                clean(&number.to_string(), 40)
            ));
        }
        Value::Array(values) => values.iter_mut().try_for_each(tame)?,
        Value::Object(fields) => fields.values_mut().try_for_each(tame)?,
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}
