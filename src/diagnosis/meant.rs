//! Which account is meant where a remedy names another port: money is at stake on a live one, so no
//! remedy leads to it unasked.

use crate::machine::role::Role;

/// The kind of account that a port usually serves; `None` of a port that has no usual one.
fn account(port: u16) -> Option<&'static str> {
    let role = Role::of_port(port)?;
    Some(if role.is_live() { "live" } else { "paper" })
}

/// How far a port is from the one that was asked for: the same kind of account first, and no live
/// account before another one unless a live one was asked for.
pub(super) fn distance(asked: u16, found: u16) -> u8 {
    let wanted = account(asked).unwrap_or("paper");
    match account(found) {
        Some(kind) if kind == wanted => 0,
        None => 1,
        Some(_) => 2,
    }
}

/// What stands before a remedy that leads from one port to another: a condition where the account
/// may be another one than what was meant, and a live one always where it was not asked for.
pub(super) fn condition(asked: u16, found: u16) -> String {
    match (account(asked), account(found)) {
        (Some(asked), Some(found)) if asked != found => {
            format!("if the {found} account is meant: ")
        }
        (None, Some("live")) => "if the live account is meant: ".to_owned(),
        _ => String::new(),
    }
}

/// The account of a port in words that follow it, where the port that was asked for tells none and no
/// condition names it.
pub(super) fn of_port(asked: u16, found: u16) -> String {
    match (account(asked), account(found)) {
        (None, Some(kind)) if kind != "live" => format!(", usually that of a {kind} account"),
        _ => String::new(),
    }
}

/// That one of the two ports is a live account's and the other a paper account's.
pub(super) fn mixed_up(port: u16, other: u16) -> Option<String> {
    let asked = Role::of_port(port)?;
    let found = Role::of_port(other)?;
    let kind = |role: Role| if role.is_live() { "a live" } else { "a paper" };
    (asked.is_live() != found.is_live()).then(|| {
        format!(
            "{port} is usually the port of {} account, {other} that of {} one",
            kind(asked),
            kind(found)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_live_port_comes_before_another_one_or_without_a_word() {
        for (asked, in_order) in [
            (5555, [4002, 4001]),
            (4004, [4002, 4001]),
            (4003, [4001, 4002]),
            (5555, [5002, 4001]),
        ] {
            let [first, second] = in_order.map(|found| distance(asked, found));
            assert!(first < second, "{asked}");
        }
        let live = "if the live account is meant: ";
        for (asked, found, words) in [
            (5555, 4001, live),
            (4002, 4001, live),
            (4004, 7496, live),
            (4001, 4002, "if the paper account is meant: "),
            (4003, 4001, ""),
            (5555, 4002, ""),
            (4001, 5555, ""),
        ] {
            assert_eq!(condition(asked, found), words, "{asked} to {found}");
        }
        assert_eq!(of_port(5555, 4002), ", usually that of a paper account");
        assert_eq!(
            (of_port(4004, 4002), of_port(5555, 4001)),
            Default::default()
        );
    }
}
