//! One line for each change that a watch tells.

use std::io::{self, Write};

use crate::report::Side;
use crate::watch::{Change, Owner};

/// Writes the line and hands it over at once: somebody is looking.
pub fn change(change: &Change, out: &mut dyn Write) -> io::Result<()> {
    let at = change.at.as_secs_f64();
    let what = change.what.name();
    let (side, other) = match change.side {
        Side::Client => ("client", "gateway"),
        Side::Gateway | Side::Relay => ("gateway", "client"),
    };
    let (local, remote, state) = (change.local, change.remote, change.state);
    let (owner, peer) = (
        owner(change.owner.as_ref()),
        self::owner(change.peer.as_ref()),
    );
    writeln!(
        out,
        "{at:9.3} s  {what:<12}  {local} from {remote}  {state}  {side}: {owner}; {other}: {peer}"
    )?;
    out.flush()
}

fn owner(owner: Option<&Owner>) -> String {
    owner.map_or_else(
        || "owner not seen".to_owned(),
        |owner| format!("{} (pid {})", owner.name, owner.pid),
    )
}
