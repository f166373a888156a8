//! A stuck queue behind a relay is watched no longer than a command may last.

use super::relays::{WITHOUT, stuck};
use crate::helpers::command::{Running, side_by_side, skipped};

#[test]
fn behind_a_relay_no_command_watches_a_queue_beyond_its_deadline() {
    let Some((host, _gateway, _waiting)) = stuck("deadline") else {
        return skipped(WITHOUT);
    };
    let relay = [
        "socat",
        "TCP-LISTEN:4004,fork,reuseaddr",
        "TCP:127.0.0.1:4002",
    ];
    let _relay = Running::start(host.command(&relay));
    host.listens(4004);
    let commands = ["probe", "health", "handshake", "doctor", "soak", "zombies"];
    side_by_side(commands, |command| {
        let (status, report) = host.ibdoc(&[command, "4004", "--deadline", "0.5s"]);
        let said = (
            status,
            &report["verdict"],
            &report["footprint"]["connections"],
        );
        assert_eq!(said, (1, &"unknown".into(), &0.into()), "{report:#}");
        // A whole watch would have found it.
        assert!(
            !report.to_string().contains("accept-queue-stuck"),
            "{report:#}"
        );
    });
}
