//! The rules as `nft list ruleset` prints them: `tcp dport PORT … dnat to IP:PORT` in a chain.

use super::{Action, Rule, network, place, ports};

/// The rules of every chain, as far as they matter, and the chains that this machine's own
/// connections go through.
pub(super) fn rules(text: &str) -> (Vec<Rule>, Vec<String>) {
    let (mut table, mut chain) = (String::new(), None);
    let (mut rules, mut roots) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let words: Vec<&str> = line
            .split_whitespace()
            .map(|word| word.trim_end_matches(';'))
            .collect();
        match words.as_slice() {
            ["table", family, name, "{"] => table = format!("{family} {name}"),
            ["chain", name, "{"] => chain = Some(format!("{table} {name}")),
            ["}"] => chain = None,
            ["type", "nat", "hook", hook, ..] => {
                roots.extend(chain.clone().filter(|_| *hook == "output"));
            }
            words => {
                let rule = chain.as_ref().and_then(|chain| rule(&table, chain, words));
                rules.extend(rule);
            }
        }
    }
    (rules, roots)
}

/// The rule of one line; `None` if it forwards nothing, or is none of TCP's.
fn rule(table: &str, chain: &str, words: &[&str]) -> Option<Rule> {
    let after = |phrase: &[&str]| {
        let at = words
            .windows(phrase.len())
            .position(|window| window == phrase)?;
        words.get(at + phrase.len()..)
    };
    let to = match after(&["daddr"]) {
        Some(["!=", text, ..]) => network(text).map(|(ip, bits)| (true, ip, bits)),
        // What kind of address it is, is asked of it.
        Some(["type", ..]) | None => None,
        Some([text, ..]) => {
            let (ip, bits) = network(text)?;
            Some((false, ip, bits))
        }
        Some([]) => return None,
    };
    let ports = match after(&["tcp", "dport"]) {
        Some([text, ..]) => Some(ports(text, '-')?),
        _ if after(&["udp", "dport"]).is_some() => return None,
        _ => None,
    };
    let action = if let Some([to, ..]) = after(&["dnat", "to"])
        .or_else(|| after(&["dnat", "ip", "to"]))
        .or_else(|| after(&["dnat", "ip6", "to"]))
    {
        Action::Forward(place(to)?)
    } else if let Some([to, ..]) = after(&["redirect", "to"]) {
        Action::Redirect(to.trim_start_matches(':').parse().ok()?)
    } else {
        let name = after(&["jump"]).or_else(|| after(&["goto"]))?.first()?;
        Action::Jump(format!("{table} {name}"))
    };
    Some(Rule {
        chain: chain.to_owned(),
        to,
        ports,
        is_plain: false,
        action,
    })
}
