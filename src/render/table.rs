//! Tables without borders that are no wider than the text: no word of them is torn. Where they do not
//! fit, columns that matter less are left out.

use std::io::{self, Write};

use comfy_table::{ColumnConstraint, ContentArrangement, Width};

use super::Page;

/// The header and the rows of a table.
pub(super) struct Table<const N: usize> {
    header: [&'static str; N],
    rows: Vec<[String; N]>,
    /// The columns that can be left out, the first one first.
    lesser: &'static [&'static str],
}

/// Blanks on both sides of a cell.
const PADDING: usize = 2;

impl<const N: usize> Table<N> {
    /// A table without rows.
    pub(super) fn new(header: [&'static str; N], lesser: &'static [&'static str]) -> Self {
        Self {
            header,
            rows: Vec::new(),
            lesser,
        }
    }

    /// Adds a row.
    pub(super) fn add(&mut self, row: [String; N]) {
        self.rows.push(row);
    }

    /// Whether it has no row.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes it, indented like the rest of the text.
    pub(super) fn write(&self, out: &mut Page<'_>) -> io::Result<()> {
        let width = out.columns() - 1;
        let shown = self.shown(width);
        let mut table = comfy_table::Table::new();
        table
            .load_style(comfy_table::presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(width).unwrap_or(u16::MAX))
            .set_header(shown.iter().map(|column| self.header[*column]));
        for row in &self.rows {
            table.add_row(shown.iter().map(|column| row[*column].as_str()));
        }
        let least = shown.iter().map(|column| self.least(*column) + PADDING);
        table.set_constraints(least.map(|columns| {
            let columns = u16::try_from(columns).unwrap_or(u16::MAX);
            ColumnConstraint::LowerBoundary(Width::Fixed(columns))
        }));
        for line in table.lines() {
            writeln!(out, " {}", line.trim_end())?;
        }
        Ok(())
    }

    /// The columns that fit without a torn word.
    fn shown(&self, width: usize) -> Vec<usize> {
        let mut shown: Vec<usize> = (0..N).collect();
        for lesser in self.lesser {
            let least = shown.iter().map(|column| self.least(*column) + PADDING);
            if least.sum::<usize>() <= width {
                break;
            }
            shown.retain(|column| self.header[*column] != *lesser);
        }
        shown
    }

    /// The longest word of a column.
    fn least(&self, column: usize) -> usize {
        let cells = self.rows.iter().map(|row| row[column].as_str());
        let words = cells
            .chain([self.header[column]])
            .flat_map(str::split_whitespace);
        words.map(textwrap::core::display_width).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Paint;
    use super::*;

    fn written(columns: usize) -> String {
        let mut table = Table::new(
            ["ADDRESS", "STATE", "LISTENER", "QUEUE"],
            &["QUEUE", "STATE"],
        );
        let cells = [
            "127.0.0.1:4002",
            "not listening",
            "other: python3 gateway.py (4711)",
            "0 of 128",
        ];
        table.add(cells.map(str::to_owned));
        let paint = Paint {
            size: Some((columns, 24)),
            ..Paint::PLAIN
        };
        let mut out = Vec::new();
        let page = &mut Page::new(paint, &mut out);
        table.write(page).unwrap();
        page.flush().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_line_is_too_wide_and_no_word_is_torn() {
        for columns in [40, 60, 61, 72, 80, 100, 200] {
            let text = written(columns);
            let wide = text
                .lines()
                .any(|line| line.chars().count() > columns.clamp(60, 100));
            assert!(!wide, "{columns}: {text}");
            for word in [
                "127.0.0.1:4002",
                "listening",
                "python3",
                "gateway.py",
                "(4711)",
            ] {
                assert!(text.contains(word), "{columns}: {text}");
            }
        }
    }

    #[test]
    fn what_matters_less_is_left_out_first() {
        let mut table = Table::new(["A", "B", "C"], &["C", "B"]);
        table.add(["a".repeat(20), "b".repeat(20), "c".repeat(20)]);
        assert_eq!(table.shown(66), [0, 1, 2]);
        assert_eq!(table.shown(65), [0, 1]);
        assert_eq!(table.shown(43), [0]);
    }
}
