//! Every JSON that a test reads from ibdoc is held against the committed schema, made strict:
//! there it takes no field, kind of event or name that it does not list.

use std::sync::LazyLock;

use ibdoc::report::SCHEMA_DOCUMENT;
use jsonschema::Validator;
use serde_json::{Deserializer, Value, json};

use crate::helpers::command::run_json;

static STRICT: LazyLock<Validator> = LazyLock::new(|| {
    let mut schema = published();
    close(&mut schema);
    for definition in schema["$defs"]
        .as_object_mut()
        .expect("definitions")
        .values_mut()
    {
        visit(definition);
    }
    jsonschema::validator_for(&schema).expect("a schema")
});

/// The only way from what ibdoc printed to a value: held against the schema.
pub(crate) fn document(text: &str) -> Value {
    #[expect(clippy::disallowed_methods, reason = "this is where it is validated")]
    let value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text:?}"));
    hold(&value);
    value
}

/// Holds whatever is JSON in an output against the schema: a report, or lines of ndjson.
pub(crate) fn each(output: &str) {
    if output.starts_with('{') {
        // What a killed program has left unfinished is no document.
        let documents = Deserializer::from_str(output).into_iter::<Value>();
        let documents = documents.map_while(Result::ok);
        documents
            .filter(|it| it.get("$schema").is_none())
            .for_each(|it| hold(&it));
    }
}

fn hold(value: &Value) {
    let wrong = wrong(value);
    assert!(
        wrong.is_empty(),
        "against the schema: {wrong:#?}\n{value:#}"
    );
}

fn wrong(value: &Value) -> Vec<String> {
    let told = |error: jsonschema::ValidationError| format!("{}: {error}", error.instance_path());
    STRICT.iter_errors(value).map(told).collect()
}

#[expect(clippy::disallowed_methods, reason = "a schema, no document")]
fn published() -> Value {
    serde_json::from_str(SCHEMA_DOCUMENT).expect("JSON")
}

/// Closes the schema of a value; what it refers to or chooses from counts as listed.
fn close(schema: &mut Value) {
    schema["unevaluatedProperties"] = json!(false);
    visit(schema);
}

/// Closes the values inside of a schema, and takes away what is there for later versions only.
fn visit(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else {
        return;
    };
    for (keyword, inner) in schema {
        match (keyword.as_str(), inner) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(close),
            ("items" | "additionalProperties", inner) if inner.is_object() => close(inner),
            ("anyOf", Value::Array(choices)) => {
                let known = choices
                    .iter()
                    .any(|it| it.get("oneOf").or(it.get("enum")).is_some());
                let any_name = |it: &Value| it["type"] == "string" && it.get("enum").is_none();
                let later = |it: &Value| !it["properties"]["event"]["not"].is_null();
                choices.retain(|it| !(known && any_name(it) || later(it)));
                choices.iter_mut().for_each(visit);
            }
            ("oneOf", Value::Array(choices)) => choices.iter_mut().for_each(visit),
            _ => {}
        }
    }
}

/// A report and a line, each changed once: what the schema must refuse, and where.
fn changed(value: &Value, pointer: &str, to: Option<Value>) -> Value {
    let mut value = value.clone();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = value.pointer_mut(parent).and_then(Value::as_object_mut);
    let parent = parent.unwrap_or_else(|| panic!("no object above {pointer}"));
    match to {
        Some(to) => parent.insert(name.to_owned(), to),
        None => parent.remove(name),
    };
    value
}

#[test]
fn a_document_with_a_wrong_missing_or_unknown_field_is_refused() {
    let report = run_json(&["handshake", "--sim", "--scenario", "accounts-late=5"]).json();
    assert_eq!(wrong(&report), [""; 0]);
    let changes = [
        ("/elapsed_ms", Some(json!("1"))),
        ("/schema", Some(json!("ibdoc/2"))),
        ("/started_at", Some(json!("yesterday"))),
        ("/verdict", Some(json!("fine"))),
        ("/verdict", None),
        ("/error", Some(json!(null))),
        ("/footprint/sockets_left", Some(json!("0"))),
        ("/footprint/accept_queue/before", None),
        ("/findings/0/code", Some(json!("no-such-code"))),
        ("/handshake", Some(json!(null))),
        ("/handshake/accounts", Some(json!([7]))),
        ("/handshake/stages/0/name", Some(json!("sync:nothing"))),
        ("/handshake/stages/0/elapsed_ms", Some(json!(null))),
        ("/handshake/stages/0/new", Some(json!(1))),
        ("/handshake/close/how", Some(json!("slam"))),
        ("/new", Some(json!(1))),
    ];
    for (pointer, to) in changes {
        let what = format!("{pointer} = {to:?}");
        assert_ne!(wrong(&changed(&report, pointer, to)), [""; 0], "{what}");
    }
}

#[test]
fn a_line_of_ndjson_is_held_against_the_event_that_it_names() {
    let census = json!({"event": "census", "established": 1, "close_wait": 0, "unaccepted": 0});
    assert_eq!(wrong(&census), [""; 0]);
    for (pointer, to) in [
        ("/event", Some(json!("stage"))),
        ("/event", Some(json!("report"))),
        ("/event", Some(json!("no-such-event"))),
        ("/event", None),
        ("/established", Some(json!(1.5))),
        ("/close_wait", None),
        ("/new", Some(json!(1))),
    ] {
        let what = format!("{pointer} = {to:?}");
        assert_ne!(wrong(&changed(&census, pointer, to)), [""; 0], "{what}");
    }
}

#[test]
fn the_published_schema_accepts_additions_and_refuses_changes() {
    let published = jsonschema::validator_for(&published()).expect("a schema");
    let report = run_json(&["handshake", "--sim", "--scenario", "accounts-late=5"]).json();
    let added = [
        ("/new", json!(1)),
        ("/handshake/stages/0/new", json!({"any": "thing"})),
        ("/findings/0/code", json!("a-new-code")),
        ("/handshake/stages/0/name", json!("sync:news")),
    ];
    for (pointer, to) in added {
        assert!(
            published.is_valid(&changed(&report, pointer, Some(to))),
            "{pointer}"
        );
    }
    assert!(published.is_valid(&json!({"event": "a-new-kind", "any": "thing"})));
    for (pointer, to) in [
        ("/elapsed_ms", json!("1")),
        ("/handshake/stages", json!({})),
    ] {
        assert!(
            !published.is_valid(&changed(&report, pointer, Some(to))),
            "{pointer}"
        );
    }
    assert!(!published.is_valid(&json!({"event": "census", "established": 1})));
    assert!(!published.is_valid(&json!({"event": "report"})));
}
