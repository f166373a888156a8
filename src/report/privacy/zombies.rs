//! Accounts in what the census says: a script, a unit or a user may be called after the account that
//! it trades, and so may whatever names one of them.
//!
//! Each struct is taken apart whole, so that a new field asks what it may hold.

use super::mask_optional;
use crate::machine::listener::Listener;
use crate::report::{Healed, Holder, Killed, Otherwise, Step, Zombie, Zombies};

/// Shortens the accounts in every name, reason and command.
pub(super) fn mask(zombies: &mut Zombies) {
    let Zombies {
        ports: _,
        listeners,
        sockets: _,
        zombies,
        plan,
        killed,
        healed,
        remaining: _,
        is_after: _,
        held_ports: _,
    } = zombies;
    listeners.iter_mut().for_each(mask_listener);
    zombies.iter_mut().for_each(mask_zombie);
    plan.iter_mut().for_each(mask_step);
    for Killed {
        pid: _,
        name,
        signal: _,
        elapsed: _,
    } in killed
    {
        mask_text(name);
    }
    for Healed {
        local: _,
        remote: _,
        pid: _,
        name,
    } in healed
    {
        mask_text(name);
    }
}

/// Shortens the accounts in the name of who listens.
pub(super) fn mask_listener(listener: &mut Listener) {
    let Listener {
        address: _,
        port: _,
        pid: _,
        name,
        kind: _,
        accept_queue: _,
        backlog: _,
    } = listener;
    mask_optional(name);
}

fn mask_zombie(zombie: &mut Zombie) {
    let Zombie {
        local: _,
        remote: _,
        side: _,
        accepted: _,
        age: _,
        is_older: _,
        recv_queue: _,
        inode: _,
        holders,
        action: _,
        reason,
        command,
        cleared: _,
    } = zombie;
    holders.iter_mut().for_each(mask_holder);
    mask_text(reason);
    mask_optional(command);
}

fn mask_holder(holder: &mut Holder) {
    let Holder {
        pid: _,
        started: _,
        name,
        user,
        answer: _,
        class: _,
        reason,
    } = holder;
    mask_optional(name);
    mask_optional(user);
    mask_text(reason);
}

fn mask_step(step: &mut Step) {
    let Step {
        pid: _,
        name,
        user,
        up: _,
        sockets: _,
        answer: _,
        in_charge,
        reason,
        cost,
        action: _,
        command,
        otherwise,
    } = step;
    for text in [name, user, in_charge, cost, command] {
        mask_optional(text);
    }
    mask_text(reason);
    if let Some(Otherwise { action: _, command }) = otherwise {
        mask_text(command);
    }
}

fn mask_text(text: &mut String) {
    *text = super::mask(text);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::event::{CensusCount, Side};
    use crate::machine::pid::Pid;
    use crate::machine::process::ProgramKind;
    use crate::report::{Action, Class, MayEnd, StepAction};

    const ACCOUNT: &str = "a bot-DU9000021.py here";

    /// A census in which every text that comes from outside names an account.
    fn census() -> Zombies {
        let text = || ACCOUNT.to_owned();
        let address: std::net::SocketAddr = "127.0.0.1:4002".parse().unwrap();
        let holder = Holder {
            pid: Pid(7),
            started: None,
            name: Some(text()),
            user: Some(text()),
            answer: MayEnd::IfNamed,
            class: Class::Service,
            reason: text(),
        };
        let otherwise = Otherwise {
            action: StepAction::KillNamed,
            command: text(),
        };
        Zombies {
            ports: vec![4002],
            held_ports: Vec::new(),
            listeners: vec![Listener {
                address,
                port: 4002,
                pid: None,
                name: Some(text()),
                kind: ProgramKind::Other,
                accept_queue: None,
                backlog: None,
            }],
            sockets: CensusCount::default(),
            zombies: vec![Zombie {
                local: address,
                remote: address,
                side: Side::Client,
                accepted: None,
                age: None,
                is_older: false,
                recv_queue: None,
                inode: None,
                holders: vec![holder],
                action: Action::Spare,
                reason: text(),
                command: Some(text()),
                cleared: false,
            }],
            plan: vec![Step {
                pid: None,
                name: Some(text()),
                user: Some(text()),
                up: None,
                sockets: 1,
                answer: None,
                in_charge: Some(text()),
                reason: text(),
                cost: Some(text()),
                action: StepAction::Heal,
                command: Some(text()),
                otherwise: Some(otherwise),
            }],
            killed: vec![Killed {
                pid: Pid(7),
                name: text(),
                signal: "TERM",
                elapsed: Duration::ZERO,
            }],
            healed: vec![Healed {
                local: address,
                remote: address,
                pid: Pid(7),
                name: text(),
            }],
            remaining: 0,
            is_after: false,
        }
    }

    #[test]
    fn no_text_of_a_census_shows_a_whole_account() {
        let mut census = census();
        mask(&mut census);
        let json = serde_json::to_string(&census).unwrap();
        assert!(!json.contains("9000021"), "{json}");
        assert_eq!(json.matches("a bot-DU…21.py here").count(), 15, "{json}");
    }
}
