//! A watch: the Gateways with their figures, and their changes.

use std::io::{self, Write};

use super::{escaped, table};
use crate::event::StateChange;
use crate::render::state;
use crate::report::Watch;

/// The last changes of a Gateway that are listed.
const CHANGES: usize = 50;

pub(super) fn watch(body: &Watch, out: &mut dyn Write) -> io::Result<()> {
    for target in &body.targets {
        let (address, state) = (escaped(&target.address), target.state.name());
        writeln!(
            out,
            "### {address}: {state}\n\n{}\n",
            escaped(&target.reason)
        )?;
        for line in state::lines(target) {
            writeln!(out, "- {}", escaped(&line))?;
        }
        writeln!(out)?;
        let skipped = target.changes.len().saturating_sub(CHANGES);
        let rows = target.changes.iter().skip(skipped).map(row);
        table(
            "| time | state | code | reason |\n|---|---|---|---|",
            rows,
            out,
        )?;
    }
    Ok(())
}

fn row(change: &StateChange) -> String {
    let (time, reason) = (escaped(&change.time), escaped(&change.reason));
    let code = change.code.map(|code| code.to_string()).unwrap_or_default();
    format!("| {time} | {} | {code} | {reason} |", change.state.name())
}
