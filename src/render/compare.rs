//! Two soaks beside each other, as text.

use std::io::{self, Write};

use super::{Page, Table, wrapped};
use crate::report::{Compare, Compared, Difference, Figure};
use crate::stats::Interval;
use crate::text::duration;

/// What the words of the table mean.
pub(super) const LEGEND: &str = "times are medians, with the interval in which their difference lies; a \
    difference is shown where chance makes one like it in fewer than 5 % of comparisons, the \
    stages together";

/// Writes the two reports, the table and the notes.
pub(super) fn text(body: &Compare, out: &mut Page<'_>) -> io::Result<()> {
    writeln!(out)?;
    for (name, side) in [("A", &body.a), ("B", &body.b)] {
        wrapped(&which(side), &format!("  {name}  "), "     ", out)?;
    }
    writeln!(out)?;
    let mut rows = Table::new(["", "A", "B", "B beside A"], &[]);
    for figure in &body.figures {
        rows.add(cells(figure));
    }
    rows.write(out)?;
    for note in body.notes.iter().map(String::as_str).chain([LEGEND]) {
        writeln!(out)?;
        wrapped(note, "  ", "  ", out)?;
    }
    Ok(())
}

/// One of the two reports in a line.
pub(super) fn which(side: &Compared) -> String {
    let kind = if side.simulated { "simulated, " } else { "" };
    let (file, address, started) = (&side.file, &side.address, &side.started_at);
    let (version, verdict) = (&side.version, side.verdict.name());
    format!("{file}: {address}, {kind}began {started}, ibdoc {version}, verdict {verdict}")
}

/// A figure, its values and what they show.
pub(super) fn cells(figure: &Figure) -> [String; 4] {
    let a = figure.value(figure.a, figure.of_a);
    let b = figure.value(figure.b, figure.of_b);
    let detail = match (figure.interval, figure.p_value, figure.judgement) {
        (_, _, Difference::Unknown | Difference::TooSmall) | (None, None, _) => String::new(),
        (Some(interval), ..) => format!(", {}", by(interval, figure.judgement)),
        (None, Some(p), _) if p < 0.001 => " (p < 0.001)".to_owned(),
        (None, Some(p), _) => format!(" (p {p:.3})"),
    };
    [
        figure.name.clone(),
        a,
        b,
        format!("{}{detail}", figure.says),
    ]
}

/// By how much it is slower or faster, or between which differences it lies.
fn by(interval: Interval, judgement: Difference) -> String {
    let (low, high) = (interval.low, interval.high);
    match judgement {
        Difference::Worse => format!("by {} to {}", span(low), span(high)),
        Difference::Better => format!("by {} to {}", span(-high), span(-low)),
        _ => format!("{} to {}", signed(low), signed(high)),
    }
}

fn signed(ms: f64) -> String {
    let sign = if ms < 0.0 { "−" } else { "+" };
    format!("{sign}{}", span(ms.abs()))
}

/// A figure that stays on one line with its unit.
fn span(ms: f64) -> String {
    duration::span(ms).replace(' ', "\u{a0}")
}
