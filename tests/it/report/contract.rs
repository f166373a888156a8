//! The contract as a list, one line for each field and each known name, and what breaks it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// Every promise of a schema: `.path: type` of the report, with `?` where the field may be
/// absent, `event.path: type` of a line, and `Choice "name"` of each choice that may grow.
pub(crate) fn promises(document: &Value) -> BTreeSet<String> {
    let mut list = List {
        definitions: &document["$defs"],
        promises: BTreeSet::new(),
    };
    let lines = &document["else"];
    let report = match lines.get("else") {
        Some(others) => {
            list.value(&lines["then"], "worker-answer", "");
            list.value(&others["then"], "worker-request", "");
            &others["else"]
        }
        None => lines,
    };
    list.value(report, "", "");
    for variant in list.variants(&document["then"]) {
        let event = variant["properties"]["event"]["const"].as_str();
        match (event, variant["$ref"] == report["$ref"]) {
            // The same fields once more.
            (Some(event), true) => {
                list.promises.insert(format!("{event}: the report"));
            }
            (Some(event), false) => list.fields(variant, event),
            (None, _) => {}
        }
    }
    for (name, definition) in list.definitions.as_object().into_iter().flatten() {
        let mut kinds = BTreeSet::new();
        list.kinds(definition, &mut kinds);
        if kinds.remove("string") {
            let known = kinds.iter().map(|known| format!("{name} {known}"));
            list.promises.extend(known);
        }
    }
    list.promises
}

/// The promises that are not kept any more, each with what stands in its place.
pub(crate) fn broken(promised: &BTreeSet<String>, kept: &BTreeSet<String>) -> Vec<String> {
    let name = |line: &str| {
        let field = line.split(": ").next().unwrap_or(line);
        field.trim_end_matches('?').to_owned()
    };
    let instead = |line: &str| {
        let other = kept
            .iter()
            .find(|other| line.contains(": ") && name(other) == name(line));
        other.map_or("gone".to_owned(), |other| format!("now {other}"))
    };
    let gone = promised.difference(kept);
    gone.map(|line| format!("{line} ({})", instead(line)))
        .collect()
}

struct List<'a> {
    definitions: &'a Value,
    promises: BTreeSet<String>,
}

impl<'a> List<'a> {
    fn resolved(&self, schema: &'a Value) -> Option<&'a Value> {
        let name = schema["$ref"].as_str()?.strip_prefix("#/$defs/")?;
        Some(&self.definitions[name])
    }

    /// What a choice chooses from, through references and choices of choices, and what has
    /// fields of its own.
    fn variants(&self, schema: &'a Value) -> Vec<&'a Value> {
        let choices = schema["anyOf"].as_array().or(schema["oneOf"].as_array());
        let own = schema.get("properties").is_some();
        match (choices, self.resolved(schema)) {
            (Some(choices), _) => {
                let inner = choices.iter().flat_map(|it| self.variants(it));
                inner.chain(own.then_some(schema)).collect()
            }
            (None, Some(resolved)) if !own => self.variants(resolved),
            _ => vec![schema],
        }
    }

    /// The types of a value, or the very values that it can have.
    fn kinds(&self, schema: &'a Value, kinds: &mut BTreeSet<String>) {
        for variant in self.variants(schema) {
            let one = |key: &str| variant.get(key).map(std::slice::from_ref);
            let values = one("const").or(variant["enum"].as_array().map(Vec::as_slice));
            if let Some(values) = values {
                kinds.extend(values.iter().map(ToString::to_string));
            } else {
                let types = variant["type"]
                    .as_array()
                    .map(Vec::as_slice)
                    .or(one("type"));
                let anything = [json!("anything")];
                let types = types.unwrap_or(&anything).iter().filter_map(Value::as_str);
                kinds.extend(types.map(str::to_owned));
            }
        }
    }

    /// A value at `path`, and everything inside of it.
    fn value(&mut self, schema: &'a Value, path: &str, absent: &str) {
        let mut kinds = BTreeSet::new();
        self.kinds(schema, &mut kinds);
        if kinds.contains("string") {
            kinds.retain(|kind| !kind.starts_with('"'));
        }
        assert!(
            !kinds.contains("anything"),
            "{path} takes anything: {schema}"
        );
        let kinds: Vec<String> = kinds.into_iter().collect();
        self.promises
            .insert(format!("{path}{absent}: {}", kinds.join(" | ")));
        for variant in self.variants(schema) {
            self.fields(variant, path);
            if let Some(items) = variant.get("items") {
                self.value(items, &format!("{path}[]"), "");
            }
            let others = variant.get("additionalProperties");
            if let Some(values) = others.filter(|it| it.is_object()) {
                self.value(values, &format!("{path}.*"), "?");
            }
        }
    }

    fn fields(&mut self, schema: &'a Value, path: &str) {
        if let Some(resolved) = self.resolved(schema) {
            self.fields(resolved, path);
        }
        let required = |name: &String| {
            let required = schema["required"].as_array();
            required.is_some_and(|it| it.iter().any(|it| it == name))
        };
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let absent = if required(name) { "" } else { "?" };
            self.value(property, &format!("{path}.{name}"), absent);
        }
    }
}

/// A small contract; `field` is the schema of its field `how`.
fn small(how: &Value, required: &[&str]) -> BTreeSet<String> {
    promises(&json!({
        "else": { "$ref": "#/$defs/Report" },
        "then": { "anyOf": [{ "$ref": "#/$defs/Event" }] },
        "$defs": {
            "Report": { "type": "object", "required": required, "properties": {
                "how": how,
                "list": { "type": "array", "items": { "$ref": "#/$defs/Code" } },
            } },
            "Code": { "anyOf": [{ "enum": ["one", "two"] }, { "type": "string" }] },
            "Event": { "oneOf": [{ "type": "object", "required": ["event"], "properties": {
                "event": { "const": "ping" }, "rtt_ms": { "type": ["number", "null"] },
            } }] },
        },
    }))
}

fn usual() -> BTreeSet<String> {
    small(&json!({ "enum": ["up", "down"] }), &["how", "list"])
}

#[test]
fn a_contract_is_listed_by_fields_and_names() {
    let expected = [
        ".how: \"down\" | \"up\"",
        ".list: array",
        ".list[]: string",
        ": object",
        "Code \"one\"",
        "Code \"two\"",
        "ping.event: \"ping\"",
        "ping.rtt_ms?: null | number",
    ];
    assert_eq!(usual(), expected.map(str::to_owned).into());
}

#[test]
fn a_field_that_is_removed_retyped_optional_or_nullable_breaks_the_contract() {
    let required = ["how", "list"];
    let changes = [
        (json!({ "type": "integer" }), "now .how: integer"),
        (json!({ "type": "string" }), "now .how: string"),
        (json!({ "enum": ["up"] }), "now .how: \"up\""),
        (
            json!({ "enum": ["up", "down", "gone"] }),
            "now .how: \"down\" | \"gone\" | \"up\"",
        ),
        (
            json!({ "enum": ["up", "down", null] }),
            "now .how: \"down\" | \"up\" | null",
        ),
        (
            json!({ "type": "object", "properties": {} }),
            "now .how: object",
        ),
    ];
    for (how, now) in changes {
        let told = broken(&usual(), &small(&how, &required));
        assert_eq!(told, [format!(".how: \"down\" | \"up\" ({now})")]);
    }
    let optional = small(&json!({ "enum": ["up", "down"] }), &["list"]);
    let told = broken(&usual(), &optional);
    assert_eq!(
        told,
        [".how: \"down\" | \"up\" (now .how?: \"down\" | \"up\")"]
    );
}

#[test]
fn a_name_or_field_that_is_gone_breaks_the_contract_and_a_new_one_does_not() {
    let mut more = usual();
    more.insert(".new: string".to_owned());
    more.insert("Code \"three\"".to_owned());
    assert_eq!(broken(&usual(), &more), [""; 0]);
    let told = broken(&more, &usual());
    assert_eq!(told, [".new: string (gone)", "Code \"three\" (gone)"]);
}
