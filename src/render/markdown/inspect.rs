//! The clients of a Gateway.

use std::io::{self, Write};

use super::{escaped, table};
use crate::report::{Inspect, InspectedClient};

/// Writes the clients, one a row.
pub(super) fn inspect(body: &Inspect, out: &mut dyn Write) -> io::Result<()> {
    let head = "| client | pid | connections | half closed | unread | what it does |\n\
                |---|--:|--:|--:|--:|---|";
    table(head, body.clients.iter().map(client), out)
}

fn client(client: &InspectedClient) -> String {
    let connections = client.connections.len();
    let unread = client.connections.iter().filter_map(|it| it.unread_bytes);
    let unread: u64 = unread.map(u64::from).sum();
    let (name, reason) = (escaped(&client.name), escaped(&client.reason));
    let (pid, half_closed) = (client.pid, client.half_closed);
    format!("| {name} | {pid} | {connections} | {half_closed} | {unread} | {reason} |")
}
