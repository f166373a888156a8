//! Generates the JSON schema of the contract from the report's types, and holds the committed one against
//! it: the program has the committed one only.

use std::borrow::Cow;
use std::path::Path;
use std::{env, fs};

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::worker::{WorkerAnswer, WorkerRequest};
use super::{Line, Report, SCHEMA};
use crate::event::{Query, StageName};
use crate::finding::Code;
use crate::text::json::{Millis, OptionalMillis, open};

/// What the schema says of itself.
const DESCRIPTION: &str = "What ibdoc prints: with --json one Report, with --format ndjson one \
    Line for each line of the output; what ibdoc worker takes and answers. A document with the \
    field `event` is held against Line, one with `status` against WorkerAnswer, one with `id` and \
    without it against WorkerRequest, any other against Report. Later versions may add fields, kinds of events and, where a \
    choice ends with any string, names; what they print is valid by this schema too.";

/// How the beginning of a run is written.
pub(super) const STARTED_AT: &str = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$";

fn generate() -> Value {
    let tidy = RecursiveTransform(|schema: &mut Schema| {
        // Validators stumble over formats that they do not know, such as "uint32".
        schema.remove("format");
        // Where a comment's line ends is of no meaning.
        if let Some(Value::String(description)) = schema.get_mut("description") {
            *description = description.replace('\n', " ");
        }
    });
    let settings = SchemaSettings::draft2020_12()
        .for_serialize()
        .with_transform(tidy);
    let meta = settings.meta_schema.clone();
    let mut generator = settings.into_generator();
    let (report, line) = (
        generator.subschema_for::<Report>(),
        generator.subschema_for::<Line>(),
    );
    let (request, answer) = (
        generator.subschema_for::<WorkerRequest>(),
        generator.subschema_for::<WorkerAnswer>(),
    );
    let mut definitions = generator.take_definitions(true);
    admit_later_events(&mut definitions);
    json!({
        "$schema": meta,
        "title": SCHEMA,
        "description": DESCRIPTION,
        "if": {
            "type": "object",
            "properties": { "event": { "type": "string" } },
            "required": ["event"],
        },
        "then": line,
        "else": {
            "if": with("status"),
            "then": answer,
            "else": { "if": with("id"), "then": request, "else": report },
        },
        "$defs": definitions,
    })
}

/// What has this field.
fn with(field: &str) -> Value {
    json!({ "type": "object", "required": [field] })
}

/// Makes each command's part a property of the report: a choice that may also be absent would
/// take any part of any shape.
pub(super) fn lift_body(report: &mut Schema) {
    let Some(Value::Array(choices)) = report.remove("anyOf") else {
        return;
    };
    let parts = choices
        .iter()
        .filter_map(|choice| choice["oneOf"].as_array());
    for part in parts.flatten() {
        for (name, property) in part["properties"].as_object().into_iter().flatten() {
            let mut property = property.clone();
            property["description"] = part["description"].clone();
            report.ensure_object()["properties"][name] = property;
        }
    }
}

/// Lets a line be an event of a kind that is not among those known today.
fn admit_later_events(definitions: &mut Map<String, Value>) {
    let kinds = |name: &Cow<'static, str>| -> Vec<Value> {
        let variants = definitions
            .get(&**name)
            .and_then(|it| it["oneOf"].as_array());
        let kind = |variant: &Value| variant["properties"]["event"]["const"].clone();
        variants.into_iter().flatten().map(kind).collect()
    };
    let names = [
        super::EventLine::schema_name(),
        super::LastLine::schema_name(),
    ];
    let known: Vec<Value> = names.iter().flat_map(kinds).collect();
    let later = json!({
        "description": "An event of a kind that a later version has added.",
        "type": "object",
        "properties": { "event": { "type": "string", "not": { "enum": known } } },
        "required": ["event"],
    });
    let line = definitions.get_mut(&*Line::schema_name());
    if let Some(Value::Array(variants)) = line.and_then(|line| line.get_mut("anyOf")) {
        variants.push(later);
    }
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let known = |code: &Code| json!({ "const": code.name(), "description": code.meaning() });
        let known: Vec<Value> = Code::ALL.iter().map(known).collect();
        let mut schema = json_schema!({
            "description": "A stable name for one kind of finding; `ibdoc explain` tells more.",
            "oneOf": known,
        });
        open(&mut schema);
        schema
    }
}

impl JsonSchema for StageName {
    fn schema_name() -> Cow<'static, str> {
        "StageName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({
            "description": "The stages of a handshake, in the order in which they are passed.",
            "enum": StageName::ALL,
        });
        open(&mut schema);
        schema
    }
}

impl JsonSchema for Query {
    fn schema_name() -> Cow<'static, str> {
        "Query".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({
            "description": "The requests of a session, by their names in reports.",
            "enum": Query::ALL,
        });
        open(&mut schema);
        schema
    }
}

impl JsonSchema for Millis {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        f64::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        f64::json_schema(generator)
    }
}

impl JsonSchema for OptionalMillis {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Option::<f64>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<f64>::json_schema(generator)
    }
}

/// A definition a line: it is a part of the program, of which spaces would be a fiftieth.
fn in_lines(schema: &Value) -> String {
    let of = |fields: &Value, line: &dyn Fn(&String, &Value) -> String| {
        let fields = fields.as_object().expect("an object").iter();
        let lines: Vec<String> = fields.map(|(name, field)| line(name, field)).collect();
        format!("{{\n{}\n}}", lines.join(",\n"))
    };
    let line = |name: &String, field: &Value| format!("{name:?}:{field}");
    let section = |name: &String, field: &Value| match name.as_str() {
        "$defs" => format!("{name:?}:{}", of(field, &line)),
        _ => line(name, field),
    };
    of(schema, &section) + "\n"
}

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/ibdoc-1.json");
    let generated = in_lines(&generate());
    if env::var_os("IBDOC_BLESS").is_some() {
        fs::write(&path, generated).expect("a schema");
    } else {
        assert!(
            fs::read_to_string(&path).expect("a schema") == generated,
            "out of date: schema/ibdoc-1.json; update with: IBDOC_BLESS=1 cargo test report::"
        );
    }
}
