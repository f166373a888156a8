//! A client id that the Gateway refuses: by a program that holds it, by a client that has gone, or
//! because the Gateway refuses every id.

use super::places::titled;
use super::version::relay;
use crate::handshake::{Attempt, Setting};
use crate::machine::role::MOST_CLIENTS;
use crate::text::words::{counted, joined};

/// Who may hold the id, as far as this machine shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    /// Different ids were refused in a row: no holder of one id explains that.
    EveryId,
    /// Programs of this machine, or of others, are connected.
    Program,
    /// No program is connected, and the Gateway keeps connections whose clients have gone.
    Ghost,
    /// No program of this machine is connected.
    NotHere,
    /// It cannot be seen who is connected.
    Unseen,
}

impl Holder {
    fn of(setting: &Setting) -> Self {
        let Some(clients) = &setting.at_hand.clients else {
            return if setting.at_hand.ids_refused.is_empty() {
                Holder::Unseen
            } else {
                Holder::EveryId
            };
        };
        let end = setting.gateway_end.as_ref();
        let elsewhere = end.is_some_and(|end| !end.from.is_empty());
        if !setting.at_hand.ids_refused.is_empty() {
            Holder::EveryId
        } else if !clients.programs.is_empty() || elsewhere {
            Holder::Program
        } else if clients.unseen > 0 {
            Holder::Unseen
        } else if end.is_some_and(|end| end.half_closed > 0) {
            Holder::Ghost
        } else {
            Holder::NotHere
        }
    }
}

/// What is said of the refusal.
pub(super) fn summary(attempt: &Attempt) -> String {
    let (setting, id) = (&attempt.setting, attempt.record.client_id);
    match Holder::of(setting) {
        Holder::EveryId => format!(
            "the Gateway calls every client id taken: {} different ones in a row",
            setting.at_hand.ids_refused.len()
        ),
        Holder::Ghost => format!(
            "client id {id} is taken, and no program is connected: {} to keep the id of a client \
             that has gone",
            if relay(setting).is_some() {
                "the relay or the Gateway behind it seems"
            } else {
                "the Gateway seems"
            }
        ),
        Holder::NotHere if setting.local => {
            format!("client id {id} is already in use, and no program of this machine is connected")
        }
        Holder::Program | Holder::NotHere | Holder::Unseen => {
            format!("client id {id} is already in use")
        }
    }
}

/// Who is connected, and what stands at the Gateway's end.
pub(super) fn evidence(setting: &Setting) -> Vec<String> {
    let mut evidence = Vec::new();
    if !setting.at_hand.ids_refused.is_empty() {
        let ids = joined(&setting.at_hand.ids_refused);
        evidence.push(format!("refused one after the other: {ids}"));
    }
    if let Some(clients) = &setting.at_hand.clients {
        for client in &clients.programs {
            let (name, pid) = (&client.name, client.pid);
            evidence.push(format!("connected from this machine: {name}, pid {pid}"));
        }
        if clients.unseen > 0 {
            let count = counted(clients.unseen, "connection");
            evidence.push(format!("{count} of programs that cannot be seen from here"));
        } else if clients.programs.is_empty() {
            evidence.push("no other program of this machine is connected".to_owned());
        }
    }
    let Some(end) = &setting.gateway_end else {
        return evidence;
    };
    for (address, count) in &end.from {
        let count = counted(*count, "connection");
        evidence.push(format!("connected from {address}: {count}"));
    }
    if end.half_closed > 0 {
        evidence.push(format!(
            "CLOSE_WAIT at its end: {}, of clients that have gone",
            end.half_closed
        ));
    }
    evidence
}

/// What to do about it, by who holds the id.
pub(super) fn remedies(setting: &Setting) -> Vec<String> {
    let restart = match relay(setting) {
        Some(relay) => format!("restart {relay}, which keeps connections whose clients have gone"),
        None => "restart the Gateway: only that frees the id of a client that has gone".to_owned(),
    };
    let auto = "use another client id (`--client-id auto` finds a free one)";
    let wait = "wait ten seconds and more after a client has left: a Gateway may keep its id so \
                long";
    match Holder::of(setting) {
        Holder::EveryId => every_id(setting, restart),
        Holder::Ghost => vec![
            restart,
            "if its client left only seconds ago, wait first: a Gateway may keep an id ten seconds \
             and more"
                .to_owned(),
            format!("until then {auto}: orders of the old id stay with that id"),
        ],
        Holder::Program => {
            let mut remedies = vec![
                auto.to_owned(),
                "see whether one of the programs named in the evidence holds it".to_owned(),
                "end the program that holds it; a Gateway may keep the id ten seconds or more after"
                    .to_owned(),
            ];
            let end = setting.gateway_end.as_ref();
            if end.is_some_and(|end| end.half_closed > 0) {
                remedies.push(format!("if none of them holds it: {restart}"));
            }
            remedies
        }
        Holder::NotHere => vec![
            wait.to_owned(),
            auto.to_owned(),
            "look for a program on another machine that uses this id".to_owned(),
            "if no program holds it and it stays taken, restart the Gateway".to_owned(),
        ],
        Holder::Unseen => vec![
            auto.to_owned(),
            "look for the program that uses this id, on other machines too".to_owned(),
            wait.to_owned(),
        ],
    }
}

/// No other id helps: the Gateway itself has to let go of something.
fn every_id(setting: &Setting, restart: String) -> Vec<String> {
    let end = setting.gateway_end.as_ref();
    let full = end.is_some_and(|end| end.standing() >= MOST_CLIENTS);
    let ghosts = end.is_some_and(|end| end.half_closed > 0);
    let most = setting
        .at_hand
        .clients
        .as_ref()
        .and_then(|clients| clients.programs.first());
    let mut remedies = Vec::new();
    if let Some(most) = most.filter(|_| full) {
        remedies.push(format!(
            "end or mend {}: it holds {} connections, and a Gateway admits {MOST_CLIENTS} clients",
            titled(most),
            most.connections
        ));
    }
    if ghosts {
        remedies.push(restart);
    } else {
        remedies.push(
            "restart the Gateway: so many different ids are hardly all taken, and another one will \
             not help"
                .to_owned(),
        );
    }
    remedies
}
