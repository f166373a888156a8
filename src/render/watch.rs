//! A line for each change that a watch tells, and who holds the two ends below it.

use std::io::{self, Write};

use super::wrapped;
use crate::event::Side;
use crate::event::{Change, Owner};

/// Below the time.
const INDENT: &str = "             ";

/// Writes both and hands them over at once, because a reader waits for each line.
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
    let ends = format!("{local} from {remote}  {state}");
    wrapped(&ends, &format!("{at:9.3} s  {what:<12}  "), INDENT, out)?;
    let holders = format!("{side}: {owner}; {other}: {peer}");
    wrapped(&holders, INDENT, INDENT, out)?;
    out.flush()
}

fn owner(owner: Option<&Owner>) -> String {
    owner.map_or_else(
        || "owner not seen".to_owned(),
        |owner| format!("{} (pid {})", owner.name, owner.pid),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::event::What;
    use crate::machine::pid::Pid;

    #[test]
    fn no_line_is_wider_than_the_text() {
        let owner = Owner {
            pid: Pid(4_194_304),
            name: "python3.12 a_strategy_with_a_long_name_for_the_open.py".to_owned(),
            started: 1,
        };
        let change = Change {
            at: Duration::from_secs(86_399),
            what: What::OwnerGained,
            side: Side::Client,
            local: "[fd00:1234:5678:9abc:def0:1234:5678:9abc]:54321"
                .parse()
                .unwrap(),
            remote: "[fd00:1234:5678:9abc:def0:1234:5678:9abd]:4002"
                .parse()
                .unwrap(),
            state: "ESTABLISHED",
            owner: Some(owner.clone()),
            peer: Some(owner),
        };
        let mut out = Vec::new();
        super::change(&change, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert!(
            text.contains("owner-gained") && text.contains("4194304"),
            "{text}"
        );
    }
}
