//! The layers of the crate: an import points to a lower layer only, and no two files import each
//! other in a circle. Reads the paths in the sources, those inside of macros too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::{root, sources};

/// The rooms of `src`, the top first; those of one line do not import each other.
const LAYERS: [&[&str]; 17] = [
    &["lib"],
    &["commands"],
    &["cli"],
    &["render"],
    &["soak", "watch", "worker"],
    &["tap"],
    &["trace"],
    &["diagnosis"],
    &["zombie"],
    &["handshake"],
    &["session", "sim"],
    &["report"],
    &["event"],
    &["target"],
    &["evidence"],
    &["machine"],
    &["finding"],
];
/// Below all others.
const LEAVES: [&str; 3] = ["wire", "stats", "text"];
/// What a leaf may import of another one.
const BETWEEN_LEAVES: [(&str, &str); 1] = [("stats", "text")];

type Module = Vec<String>;
/// The imports of each file: the other file's module, and the last name of the path.
type Imports = BTreeMap<Module, BTreeMap<Module, String>>;

fn src() -> PathBuf {
    root().join("src")
}

/// Every file but those of tests and the program's `main.rs`.
fn files() -> Vec<PathBuf> {
    let mut files = sources(&src());
    files.retain(|path| {
        let mut parts = path.strip_prefix(src()).expect("below src").iter();
        !parts.any(|part| part == "tests" || part == "tests.rs" || part == "main.rs")
    });
    files
}

fn module(path: &Path) -> Module {
    let relative = path
        .strip_prefix(src())
        .expect("below src")
        .with_extension("");
    let mut parts: Module = relative
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if parts
        .last()
        .is_some_and(|last| last == "mod" || last == "lib")
    {
        parts.pop();
    }
    parts
}

fn room(module: &[String]) -> &str {
    module.first().map_or("lib", String::as_str)
}

/// 0 is the top; `None` for a room that stands in no layer.
fn layer(room: &str) -> Option<usize> {
    if LEAVES.contains(&room) {
        return Some(LAYERS.len());
    }
    LAYERS.iter().position(|rooms| rooms.contains(&room))
}

/// Whether these tokens are `cfg(test)`, or name it among other conditions.
fn is_for_tests(attribute: &TokenStream) -> bool {
    let text = attribute.to_string().replace(' ', "");
    text.starts_with("cfg(test)") || text.starts_with("cfg(all(test")
}

/// The paths in `tokens` that begin with `crate`, `self` or `super`; a `use` tree gives one for
/// each of its leaves. Test modules are left out; a module in braces is one level deeper.
fn paths(tokens: TokenStream, base: &[String], found: &mut Vec<(Module, Module)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let word = |at: usize| match tokens.get(at) {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    };
    let mut skips_module = false;
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
                skips_module |= is_for_tests(&group.stream());
                paths(group.stream(), base, found);
            }
            TokenTree::Group(group) => {
                let name =
                    (at >= 2 && word(at - 2).as_deref() == Some("mod")).then(|| word(at - 1));
                match name.flatten() {
                    Some(_) if skips_module => {}
                    Some(name) => {
                        let inner: Module = base.iter().cloned().chain([name]).collect();
                        paths(group.stream(), &inner, found);
                    }
                    None => paths(group.stream(), base, found),
                }
                skips_module &= group.delimiter() == Delimiter::Parenthesis;
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => skips_module = false,
            TokenTree::Ident(ident) => {
                let starts = ["crate", "self", "super"].contains(&ident.to_string().as_str());
                let continues =
                    at > 0 && matches!(&tokens[at - 1], TokenTree::Punct(p) if p.as_char() == ':');
                if starts && !continues {
                    at = tree(&tokens, at, Vec::new(), base, found);
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// One path, or the leaves of one `use` tree, from `at` on; returns what comes after it.
fn tree(
    tokens: &[TokenTree],
    mut at: usize,
    mut prefix: Module,
    base: &[String],
    found: &mut Vec<(Module, Module)>,
) -> usize {
    let is_colon =
        |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':');
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(ident)) => prefix.push(ident.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let mut next = 0;
                while next < inner.len() {
                    next = tree(&inner, next, prefix.clone(), base, found);
                    let comma = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
                    while next < inner.len() && !comma(&inner[next]) {
                        next += 1;
                    }
                    next += 1;
                }
                return at + 1;
            }
            _ => {}
        }
        if is_colon(at + 1) && is_colon(at + 2) {
            at += 3;
        } else {
            if prefix.len() > 1 {
                found.push((base.to_vec(), prefix));
            }
            return at + 1;
        }
    }
}

/// The module that a path names or lies in, from the crate's root; the longest that is a file.
fn target(base: &[String], path: &[String], known: &BTreeSet<Module>) -> Option<Module> {
    let mut from: Module = base.to_vec();
    let mut rest = path;
    while let Some(first) = rest.first() {
        match first.as_str() {
            "crate" => from.clear(),
            "super" => drop(from.pop()),
            "self" => {}
            _ => break,
        }
        rest = &rest[1..];
    }
    let mut whole: Module = from.into_iter().chain(rest.iter().cloned()).collect();
    while !whole.is_empty() && !known.contains(&whole) {
        whole.pop();
    }
    (!whole.is_empty()).then_some(whole)
}

fn imports() -> Imports {
    let files = files();
    let known: BTreeSet<Module> = files.iter().map(|path| module(path)).collect();
    let mut imports = Imports::new();
    for path in &files {
        let own = module(path);
        let text = fs::read_to_string(path).expect("a source");
        let mut found = Vec::new();
        paths(text.parse().expect("tokens"), &own, &mut found);
        let entry = imports.entry(own.clone()).or_default();
        for (base, path) in found {
            // A module and the module that declares it are one thing.
            let other = target(&base, &path, &known)
                .filter(|other| !other.starts_with(&own) && !own.starts_with(other));
            if let (Some(other), Some(name)) = (other, path.last()) {
                entry.entry(other).or_insert_with(|| name.clone());
            }
        }
    }
    imports
}

fn shown(module: &[String]) -> String {
    format!("src/{}", module.join("/"))
}

#[test]
fn an_import_points_to_a_lower_layer() {
    let mut upward = Vec::new();
    for (from, others) in imports() {
        let from_layer = layer(room(&from));
        if from_layer.is_none() {
            upward.push(format!("{} stands in no layer", shown(&from)));
        }
        for (to, name) in others {
            let (one, other) = (room(&from), room(&to));
            let down = from_layer < layer(other) || BETWEEN_LEAVES.contains(&(one, other));
            if one != other && !down {
                upward.push(format!("{} imports {name} of {}", shown(&from), shown(&to)));
            }
        }
    }
    assert!(upward.is_empty(), "imports upwards:\n{}", upward.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let imports = imports();
    let mut circles = Vec::new();
    for start in imports.keys() {
        // Everything that can be reached from this file.
        let mut reached = BTreeSet::new();
        let mut next: Vec<&Module> = imports[start].keys().collect();
        while let Some(file) = next.pop() {
            if reached.insert(file) {
                next.extend(imports[file].keys());
            }
        }
        if reached.contains(start) {
            let direct = imports[start].iter().filter(|(to, _)| {
                let mut seen = BTreeSet::new();
                let mut next = vec![*to];
                while let Some(file) = next.pop() {
                    if seen.insert(file) {
                        next.extend(imports[file].keys());
                    }
                }
                seen.contains(start)
            });
            for (to, name) in direct {
                circles.push(format!("{} imports {name} of {}", shown(start), shown(to)));
            }
        }
    }
    assert!(circles.is_empty(), "circles:\n{}", circles.join("\n"));
}
