//! The committed JSON schema, and the list of what it promises, to which lines are added and from which
//! none goes.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use ibdoc::report::SCHEMA_DOCUMENT;
use serde_json::Value;

use crate::helpers::command::ibdoc;
use crate::report::contract::{broken, promises};

/// Writes the files instead of comparing them.
const BLESS: &str = "IBDOC_BLESS=1 cargo test report::";

const CONTRACT: &str = "schema/contract.txt";

/// As it stands in the project: a test of the library compares it with the types, and writes it.
#[expect(clippy::disallowed_methods, reason = "a schema, no document")]
fn committed() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/ibdoc-1.json");
    let text = fs::read_to_string(path).expect("a schema");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn the_committed_schema_keeps_every_promise() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(CONTRACT);
    let kept = promises(&committed());
    let text = fs::read_to_string(&path).expect(CONTRACT);
    let promised: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    // Before anything is written: a broken promise cannot be blessed.
    let broken = broken(&promised, &kept);
    assert!(
        broken.is_empty(),
        "ibdoc/1 is a contract: fields are added to it, never changed. Broken: {broken:#?}\n\
         Only a line that no release has ever promised may be taken out of {CONTRACT} by hand."
    );
    let now = Vec::from_iter(kept).join("\n") + "\n";
    if env::var_os("IBDOC_BLESS").is_some() {
        fs::write(&path, now).expect(CONTRACT);
    } else {
        assert!(text == now, "out of date: {CONTRACT}; update with: {BLESS}");
    }
}

#[test]
fn no_field_is_both_absent_and_null_and_none_is_a_bare_duration() {
    let promises = promises(&committed());
    assert!(promises.len() > 200, "{promises:#?}");
    let both = |line: &&String| line.contains("?: ") && line.contains("null");
    assert_eq!(promises.iter().find(both), None);
    // How a duration looks that nobody has turned into milliseconds.
    let bare = |line: &&String| line.contains(".secs") || line.contains(".nanos");
    assert_eq!(promises.iter().find(bare), None);
}

#[test]
fn the_schema_is_valid_by_its_own_and_its_descriptions_hold_no_links() {
    let schema = committed();
    assert!(jsonschema::meta::is_valid(&schema));
    assert!(!schema.to_string().contains("[`"));
}

#[test]
fn the_command_prints_the_committed_schema_whatever_the_format() {
    for more in [&[][..], &["--json"], &["--format", "ndjson"], &["--quiet"]] {
        let output = ibdoc(&[&["schema"], more].concat()).output();
        let output = output.expect("ibdoc runs");
        assert_eq!(output.status.code(), Some(0), "{more:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), SCHEMA_DOCUMENT);
        assert_eq!(output.stderr, b"", "{more:?}");
    }
}

#[test]
fn the_readme_lists_every_kind_of_event() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).expect("README.md");
    let promises = promises(&committed());
    let names = promises
        .iter()
        .filter_map(|line| line.split_once(".event: "));
    let names: BTreeSet<&str> = names
        .map(|(name, _)| name)
        .filter(|name| !name.is_empty())
        .collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let rows = readme.lines().filter(|line| line.starts_with("| `"));
        let mut events = rows.filter_map(|line| line.split(" | ").next());
        assert!(
            events.any(|it| it.contains(&format!("`{name}`"))),
            "no {name} in README.md"
        );
    }
    assert!(readme.contains("| `report` | last"));
}
