//! The names by which messages of a Gateway are typed.

use super::{TOLD, told};

/// Those that the scenarios of the simulated Gateway and the stages have.
const NAMES: [(&str, u32); 12] = [
    ("accounts", 15),
    ("next-id", 9),
    ("time", 49),
    ("positions", 61),
    ("positions-end", 62),
    ("open-orders-end", 53),
    ("completed-orders-end", 102),
    ("executions", 11),
    ("executions-end", 55),
    ("account-updates-end", 54),
    ("account-values-end", 74),
    ("notices", 4),
];

/// All names of all messages of a Gateway, the usual ones first.
pub fn told_names() -> impl Iterator<Item = (String, u32)> {
    let usual = NAMES.iter().map(|(name, id)| ((*name).to_owned(), *id));
    let own = TOLD.iter().map(|row| (own_name(row.name), row.id));
    usual.chain(own)
}

/// The message of a Gateway with this name.
pub fn told_by_name(typed: &str) -> Option<u32> {
    told_names()
        .find(|(name, _)| name == typed)
        .map(|(_, id)| id)
}

/// The name by which a message of a Gateway is typed.
pub fn typed_name(id: u32) -> String {
    let usual = NAMES.iter().find(|(_, known)| *known == id);
    match usual {
        Some((name, _)) => (*name).to_owned(),
        None => told(id).map_or_else(|| id.to_string(), |row| own_name(row.name)),
    }
}

/// The name of the message in IB's sources, as it is typed.
fn own_name(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}
