//! The sizes of files and functions: what one can hold in the head.

use std::fs;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::{root, sources};

/// The most lines of a function, from `fn` to its brace.
const FUNCTION: usize = 60;
/// The most lines of a file.
const FILE: usize = 350;
/// Tables of data, which may have more.
const TABLES: [&str; 7] = [
    "src/evidence/login/tests/courses.rs",
    "src/finding/code.rs",
    "src/finding/ib_code/table.rs",
    "src/finding/log_line/phrases.rs",
    "src/handshake/clients.rs",
    "src/sim/fault.rs",
    "tests/it/diagnosis/cases.rs",
];

/// Each function with its lines, also those inside of functions and of macros.
fn functions(tokens: TokenStream, found: &mut Vec<(String, usize)>) {
    // The function whose body is awaited, and its first line.
    let mut begun = None;
    let mut follows_fn = None;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                if let Some(line) = follows_fn.take() {
                    begun = Some((ident.to_string(), line));
                } else if ident == "fn" {
                    follows_fn = Some(ident.span().start().line);
                }
            }
            TokenTree::Group(group) => {
                follows_fn = None;
                if group.delimiter() == Delimiter::Brace
                    && let Some((name, line)) = begun.take()
                {
                    found.push((name, group.span_close().end().line + 1 - line));
                }
                functions(group.stream(), found);
            }
            // One without a body, of a trait.
            TokenTree::Punct(punct) if punct.as_char() == ';' => begun = None,
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

#[test]
fn no_file_and_no_function_is_longer_than_can_be_held_in_the_head() {
    let mut long = Vec::new();
    for folder in [
        "src",
        "tests/it",
        "benches",
        "examples",
        "fuzz/fuzz_targets",
    ] {
        for path in sources(&root().join(folder)) {
            let name = path.strip_prefix(root()).expect("below the root");
            let name = name.to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(&path).expect("a source");
            let lines = text.lines().count();
            let is_table = TABLES.contains(&name.as_str());
            if lines > FILE && !is_table {
                long.push(format!("{name} has {lines} lines"));
            } else if lines <= FILE && is_table {
                long.push(format!("{name} is not too long, and needs no exception"));
            }
            let mut found = Vec::new();
            functions(text.parse().expect("tokens"), &mut found);
            let found = found.iter().filter(|(_, lines)| *lines > FUNCTION);
            long.extend(found.map(|(it, lines)| format!("{name}: {it} has {lines} lines")));
        }
    }
    assert!(long.is_empty(), "too long:\n{}", long.join("\n"));
}

#[test]
fn a_function_is_measured_from_its_name_to_its_brace() {
    let text = "fn one() {}\ntrait T { fn none(f: fn(u8) -> u8);\n fn two(a: [u8; 2])\n where Self: Sized {\n fn inner() {\n }\n } }";
    let mut found = Vec::new();
    functions(text.parse().expect("tokens"), &mut found);
    let expected = [("one", 1), ("two", 5), ("inner", 2)];
    assert_eq!(
        found,
        expected.map(|(name, lines)| (name.to_owned(), lines))
    );
}
