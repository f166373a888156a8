//! The rules as `iptables-save` prints them: `-A CHAIN … -j DNAT --to-destination IP:PORT`.

use super::{Action, Rule, network, place, ports};

/// The rules of the table `nat`, as far as they matter.
pub(super) fn rules(text: &str) -> Vec<Rule> {
    let mut is_nat = false;
    let mut rules = Vec::new();
    for line in text.lines() {
        if let Some(table) = line.strip_prefix('*') {
            is_nat = table == "nat";
        } else if is_nat {
            rules.extend(rule(line));
        }
    }
    rules
}

/// The rule of one line; `None` if it forwards nothing, or is none of TCP's.
fn rule(line: &str) -> Option<Rule> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let value = |option: &str| {
        let at = words.iter().position(|word| *word == option)?;
        let is_negated = at > 0 && words[at - 1] == "!";
        Some((is_negated, *words.get(at + 1)?))
    };
    let (_, chain) = value("-A")?;
    // What this machine sends itself came in by no interface.
    if value("-i").is_some_and(|(not, _)| !not) {
        return None;
    }
    if value("-p").is_some_and(|(not, protocol)| (protocol == "tcp") == not) {
        return None;
    }
    let to = match value("-d") {
        Some((not, text)) => {
            let (ip, bits) = network(text)?;
            Some((not, ip, bits))
        }
        None => None,
    };
    let action = match value("-j")?.1 {
        "DNAT" => Action::Forward(place(value("--to-destination")?.1)?),
        "REDIRECT" => Action::Redirect(value("--to-ports")?.1.parse().ok()?),
        "RETURN" | "ACCEPT" => Action::End,
        "MASQUERADE" | "SNAT" | "MARK" | "LOG" | "DROP" => return None,
        chain => Action::Jump(chain.to_owned()),
    };
    let ports = match value("--dport") {
        Some((false, text)) => Some(ports(text, ':')?),
        // A rule for all ports but one is no published port.
        Some((true, _)) => return None,
        None => None,
    };
    Some(Rule {
        chain: chain.to_owned(),
        to,
        ports,
        is_plain: is_plain(&words),
        action,
    })
}

/// Whether a rule asks for nothing but what is read here, and what each own connection is.
fn is_plain(words: &[&str]) -> bool {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let value = match *word {
            "!" => continue,
            "-A" | "-p" | "-d" | "--dport" | "-i" | "-j" | "--to-destination" | "--to-ports" => {
                words.next()
            }
            "-m" => words
                .next()
                .filter(|name| ["tcp", "addrtype", "comment"].contains(name)),
            "--dst-type" => words.next().filter(|kind| **kind == "LOCAL"),
            "--comment" => {
                let first = words.next();
                let is_open = first.is_some_and(|first| {
                    first.starts_with('"') && (first.len() == 1 || !first.ends_with('"'))
                });
                if is_open {
                    words.find(|word| word.ends_with('"'))
                } else {
                    first
                }
            }
            _ => None,
        };
        if value.is_none() {
            return false;
        }
    }
    true
}
