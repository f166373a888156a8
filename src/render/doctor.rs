//! The checks of an examination, and its diagnosis.

use std::io::{self, Write};

use super::{Page, Paint, figures, wrapped};
use crate::event::{Check, CheckStatus};
use crate::finding::verdict::Severity;

/// Writes one check of the doctor, as soon as it has ended.
pub fn check(check: &Check, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let (mark, word) = figures::check(check.status);
    let severity = match check.status {
        CheckStatus::Ok | CheckStatus::Skipped => None,
        CheckStatus::Attention | CheckStatus::Unknown => Some(Severity::Warning),
        CheckStatus::Failed => Some(Severity::Error),
    };
    let mut lines = Vec::new();
    let head = format!("{mark} {:<10} {word:<10} ", check.name);
    let page = &mut Page::new(paint, &mut lines);
    wrapped(&check.summary, &head, &" ".repeat(24), page)?;
    let text = String::from_utf8_lossy(&lines);
    let rest = text.strip_prefix(mark).unwrap_or(&text);
    write!(out, "{}{rest}", paint.mark(severity, mark))
}
