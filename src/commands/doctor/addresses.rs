//! The addresses of a name that were not needed: a resolver that turns their order round leads there.

use std::net::{IpAddr, SocketAddr};

use super::Examined;
use crate::commands::Setup;
use crate::diagnosis;
use crate::diagnosis::host::{PortTried, answers, outcome};
use crate::handshake::Attempt;
use crate::handshake::ahead::Ahead;
use crate::handshake::footprint::Ledger;
use crate::machine::local::is_local_address;
use crate::session::Plan;
use crate::target::ClientIds;

/// Those of the addresses that come after the one that answered, on other machines.
pub(super) fn untried(reached: &Attempt, addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let is_name = reached.target.host.parse::<IpAddr>().is_err();
    let mut untried = addresses.iter().copied();
    untried.find(|address| Some(*address) == reached.address);
    untried
        .filter(|address| is_name && answers(reached) && !is_local_address(*address))
        .collect()
}

/// One handshake up to the accounts with each of these addresses of the name.
pub(super) async fn check(
    setup: &Setup,
    plan: &Plan,
    reached: &Attempt,
    untried: &[SocketAddr],
    ids: &mut ClientIds,
    ledger: &mut Ledger,
) -> Examined {
    let mut tried: Vec<PortTried> = Vec::with_capacity(untried.len());
    for address in untried {
        let mut attempter = setup.attempter(plan, ledger);
        attempter.ahead = Ahead::of(&reached.target.host, Ok(vec![*address]));
        let attempt = attempter
            .run_with_free_id(&reached.target, ids, None, &mut |_| {})
            .await;
        let findings = diagnosis::assess_attempt(&attempt, plan);
        tried.push((attempt, findings));
    }
    let words = |(attempt, findings): &PortTried| {
        format!("{}: {}", attempt.subject(), outcome(attempt, findings))
    };
    let each: Vec<String> = tried.iter().map(words).collect();
    let findings = diagnosis::other_addresses(reached, &tried);
    let mut check = Examined::of_findings("addresses", findings, String::new());
    check.check.summary = each.join("; ");
    check
}
