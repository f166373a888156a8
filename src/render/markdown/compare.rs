//! Two soaks beside each other, as Markdown.

use std::io::{self, Write};

use super::{escaped, table};
use crate::render::compare::{LEGEND, cells, which};
use crate::report::Compare;

/// Writes the two reports, the table and the notes.
pub(super) fn compare(body: &Compare, out: &mut dyn Write) -> io::Result<()> {
    for (name, side) in [("A", &body.a), ("B", &body.b)] {
        writeln!(out, "- **{name}:** {}", escaped(&which(side)))?;
    }
    writeln!(out)?;
    let rows = body.figures.iter().map(|figure| {
        let cells = cells(figure).map(|cell| escaped(&cell));
        format!("| {} |", cells.join(" | "))
    });
    let head = "| | A | B | B beside A |\n|---|--:|--:|---|";
    table(head, rows, out)?;
    for note in body.notes.iter().map(String::as_str).chain([LEGEND]) {
        writeln!(out, "{}\n", escaped(note))?;
    }
    Ok(())
}
