//! A histogram in a few lines of text.

use std::io::{self, Write};

use super::super::Page;
use crate::stats::Bin;

/// With fewer samples the percentiles say as much.
const FEWEST: u64 = 10;
/// Eighths of a column, from one to a whole one.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// Writes a bar for each bin; nothing where a single bin says it all.
pub(super) fn write(name: &str, bins: &[Bin], out: &mut Page<'_>) -> io::Result<()> {
    let filled = bins.iter().filter(|bin| bin.count > 0).count();
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(0);
    if filled < 2 || bins.iter().map(|bin| bin.count).sum::<u64>() < FEWEST {
        return Ok(());
    }
    writeln!(out, "\n  {name}, milliseconds")?;
    let decimals = decimals(bins);
    // Half of the text; the other half is for the edges and the count.
    let longest = out.columns() / 2;
    for bin in bins {
        let (from, to) = (bin.from_ms, bin.to_ms);
        let range = format!("{from:.decimals$} – {to:.decimals$}");
        let bar = bar(bin.count, most, longest);
        let line = format!("  {range:>19} {bar} {}", bin.count);
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Enough to tell the edges of the narrowest bar apart.
fn decimals(bins: &[Bin]) -> usize {
    let narrowest = bins.iter().map(|bin| bin.to_ms - bin.from_ms);
    let narrowest = narrowest.fold(f64::INFINITY, f64::min);
    [(1.0, 0), (0.1, 1), (0.01, 2)]
        .into_iter()
        .find(|(width, _)| narrowest >= *width - 1e-9)
        .map_or(3, |(_, decimals)| decimals)
}

/// A bar in eighths of a column; what is not nothing is never shown as nothing.
fn bar(count: u64, most: u64, longest: usize) -> String {
    let eighths = u64::try_from(8 * longest).unwrap_or(u64::MAX);
    let length = (count * eighths).div_ceil(most.max(1));
    let length = usize::try_from(length).unwrap_or(8 * longest);
    let mut bar = "█".repeat(length / 8);
    if length % 8 > 0 {
        bar.push(EIGHTHS[length % 8 - 1]);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_one_among_many_is_seen_and_no_bar_is_too_long() {
        assert_eq!(bar(0, 10_000, 40), "");
        assert_eq!(bar(1, 10_000, 40), "▏");
        assert_eq!(bar(10_000, 10_000, 40).chars().count(), 40);
        assert_eq!(bar(5, 10, 40), "█".repeat(20));
    }
}
