//! The places of clients at a Gateway: who holds them when none is left.

use crate::handshake::Setting;
use crate::handshake::gateway_end::GatewayEnd;
use crate::machine::ClientProgram;
use crate::machine::role::MOST_CLIENTS;
use crate::text::words::counted;

/// How many programs or machines are named.
const NAMED: usize = 5;

/// Whether as many connections stand as a Gateway admits; ibdoc's own has been closed.
pub(super) fn are_taken(setting: &Setting) -> bool {
    standing(setting) >= MOST_CLIENTS
}

/// The connections of other clients: at the Gateway's end where that is on this machine, else those
/// of this machine alone.
fn standing(setting: &Setting) -> usize {
    let here = setting.at_hand.clients.as_ref();
    let here = here.map_or(0, crate::machine::Clients::connections);
    let end = setting.gateway_end.as_ref();
    end.map_or(here, GatewayEnd::standing)
}

/// What is said of a Gateway without a free place.
pub(super) fn summary(setting: &Setting) -> String {
    let count = standing(setting);
    let limit = format!("a Gateway admits {MOST_CLIENTS} clients");
    match most(setting) {
        Some(program) if program.connections * 2 > count => format!(
            "it closes the connection before its version: {} holds {} of {count} connections, and \
             {limit}",
            titled(program),
            program.connections
        ),
        _ => format!(
            "it closes the connection before its version while {count} connections stand: {limit}"
        ),
    }
}

/// Which program or machine holds how many.
pub(super) fn evidence(setting: &Setting) -> Vec<String> {
    let mut evidence = vec![format!(
        "{} on its port, ibdoc's own not counted: a Gateway admits {MOST_CLIENTS} clients",
        counted(standing(setting), "connection")
    )];
    let clients = setting.at_hand.clients.as_ref();
    for program in clients.iter().flat_map(|it| &it.programs).take(NAMED) {
        let count = counted(program.connections, "connection");
        evidence.push(format!("{} holds {count}", titled(program)));
    }
    if let Some(unseen) = clients.map(|it| it.unseen).filter(|unseen| *unseen > 0) {
        let count = counted(unseen, "connection");
        evidence.push(format!("{count} of programs that cannot be seen from here"));
    }
    let Some(end) = &setting.gateway_end else {
        return evidence;
    };
    for (address, count) in end.from.iter().take(NAMED) {
        let count = counted(*count, "connection");
        evidence.push(format!(
            "{count} from {address}, another machine or container"
        ));
    }
    if end.half_closed > 0 {
        evidence.push(format!("CLOSE_WAIT at its end: {}", end.half_closed));
    }
    evidence
}

/// What frees places: the end of what holds the most of them.
pub(super) fn remedies(setting: &Setting) -> Vec<String> {
    let mut remedies: Vec<(usize, String)> = Vec::new();
    if let Some(program) = most(setting) {
        let (count, title) = (program.connections, titled(program));
        let words = format!(
            "end or mend {title}: it holds {count} of the connections, and its places are free \
             when it ends"
        );
        remedies.push((count, words));
    }
    if let Some(end) = &setting.gateway_end {
        if let Some((address, count)) = end.from.first() {
            let words = format!(
                "end or mend the program on {address} that holds {count} of the connections"
            );
            remedies.push((*count, words));
        }
        if end.half_closed > 0 {
            let words = format!(
                "restart the Gateway: {} of its clients have gone, and it keeps their connections",
                end.half_closed
            );
            remedies.push((end.half_closed, words));
        }
    }
    remedies.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let mut remedies: Vec<String> = remedies.into_iter().map(|(_, words)| words).collect();
    if remedies.is_empty() {
        remedies.push("end or mend the program that holds the connections".to_owned());
    }
    remedies
}

fn most(setting: &Setting) -> Option<&ClientProgram> {
    setting.at_hand.clients.as_ref()?.programs.first()
}

/// A program with its pid, as sentences name it.
pub(super) fn titled(program: &ClientProgram) -> String {
    format!("{} (pid {})", program.name, program.pid)
}
