//! How the sources themselves stand.

pub(crate) mod layers;
mod readme;
mod sizes;
mod typed;

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file below `folder`.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of sources");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                return sources(&path);
            }
            let is_source = path.extension().is_some_and(|it| it == "rs");
            is_source.then_some(path).into_iter().collect()
        })
        .collect()
}
