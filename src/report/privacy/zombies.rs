//! Accounts in what the census says: a script, a unit or a user may be called after the account that
//! it trades, and so may whatever names one of them.
//!
//! Each struct is taken apart whole, so that a new field asks what it may hold.

use super::Accounts;
use crate::machine::listener::Listener;
use crate::report::{Healed, Holder, Killed, Step, Zombie, Zombies};

impl Accounts {
    /// Shortens the accounts in every name, reason and command.
    pub(in crate::report) fn hide_in_zombies(&self, zombies: &mut Zombies) {
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
        for it in listeners.iter_mut() {
            self.hide_in_listener(it);
        }
        for it in zombies.iter_mut() {
            self.hide_in_zombie(it);
        }
        for it in plan.iter_mut() {
            self.hide_in_step(it);
        }
        for Killed {
            pid: _,
            name,
            signal: _,
            elapsed: _,
        } in killed
        {
            self.hide(name);
        }
        for Healed {
            local: _,
            remote: _,
            pid: _,
            name,
        } in healed
        {
            self.hide(name);
        }
    }

    /// Shortens the accounts in the name of who listens.
    pub(in crate::report) fn hide_in_listener(&self, listener: &mut Listener) {
        let Listener {
            address: _,
            port: _,
            pid: _,
            name,
            kind: _,
            accept_queue: _,
            backlog: _,
        } = listener;
        self.hide_all(name);
    }

    fn hide_in_zombie(&self, zombie: &mut Zombie) {
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
        for it in holders.iter_mut() {
            self.hide_in_holder(it);
        }
        self.hide_with_commands(reason);
        command.take_if(|command| self.has_account(command));
    }

    fn hide_in_holder(&self, holder: &mut Holder) {
        let Holder {
            pid: _,
            started: _,
            name,
            user,
            answer: _,
            class: _,
            reason,
        } = holder;
        self.hide_all(name);
        self.hide_all(user);
        self.hide_with_commands(reason);
    }

    fn hide_in_step(&self, step: &mut Step) {
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
        for text in [name, user, in_charge] {
            self.hide_all(text);
        }
        self.hide_with_commands(reason);
        for cost in cost.iter_mut() {
            self.hide_with_commands(cost);
        }
        let first = command.take_if(|command| self.has_account(command));
        let other = otherwise.take_if(|it| self.has_account(&it.command));
        if first.is_some() || other.is_some() {
            reason.push_str("; its command has an account, which `--show-accounts` shows");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::event::{CensusCount, Side};
    use crate::finding::{Code, Finding};
    use crate::machine::pid::Pid;
    use crate::machine::process::ProgramKind;
    use crate::report::{Action, Class, MayEnd, Otherwise, StepAction};

    const ACCOUNT: &str = "a bot-DU9000021.py here";

    fn text() -> String {
        ACCOUNT.to_owned()
    }

    fn address() -> std::net::SocketAddr {
        "127.0.0.1:4002".parse().unwrap()
    }

    fn zombie() -> Zombie {
        let holder = Holder {
            pid: Pid(7),
            started: None,
            name: Some(text()),
            user: Some(text()),
            answer: MayEnd::IfNamed,
            class: Class::Service,
            reason: text(),
        };
        Zombie {
            local: address(),
            remote: address(),
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
        }
    }

    fn step() -> Step {
        let otherwise = Otherwise {
            action: StepAction::KillNamed,
            command: text(),
        };
        Step {
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
        }
    }

    /// A census in which every text that comes from outside names an account.
    fn census() -> Zombies {
        Zombies {
            ports: vec![4002],
            held_ports: Vec::new(),
            listeners: vec![Listener {
                address: address(),
                port: 4002,
                pid: None,
                name: Some(text()),
                kind: ProgramKind::Other,
                accept_queue: None,
                backlog: None,
            }],
            sockets: CensusCount::default(),
            zombies: vec![zombie()],
            plan: vec![step()],
            killed: vec![Killed {
                pid: Pid(7),
                name: text(),
                signal: "TERM",
                elapsed: Duration::ZERO,
            }],
            healed: vec![Healed {
                local: address(),
                remote: address(),
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
        Accounts::default().hide_in_zombies(&mut census);
        let json = serde_json::to_string(&census).unwrap();
        assert!(!json.contains("9000021"), "{json}");
        assert_eq!(json.matches("a bot-DU…21.py here").count(), 12, "{json}");
    }

    #[test]
    fn a_command_with_an_account_is_not_told_but_what_shows_it() {
        for (text, expected) in [
            (
                "of bot-U9000021.service: `systemctl restart bot-U9000021.service` starts it again",
                "of bot-U9…21.service: the command that `--show-accounts` shows starts it again",
            ),
            (
                "as `bot_U9000021`: `supervisorctl restart bot_U9000021`",
                "as `bot_U9…21`: the command that `--show-accounts` shows",
            ),
            (
                "`pm2 restart bot`, or `kill 7`",
                "`pm2 restart bot`, or `kill 7`",
            ),
            ("a name with one ` U9000021", "a name with one ` U9…21"),
        ] {
            let mut step = Step {
                reason: text.to_owned(),
                cost: Some(text.to_owned()),
                command: Some("kill 7".to_owned()),
                otherwise: None,
                ..step()
            };
            Accounts::default().hide_in_step(&mut step);
            assert_eq!(
                (step.reason.as_str(), step.cost.as_deref()),
                (expected, Some(expected))
            );
            assert_eq!(step.command.as_deref(), Some("kill 7"));
            let finding = Finding::new(Code::ZombieClientLive, "4002", "half closed");
            let mut finding = finding.with_evidence(text);
            finding.remedies = vec![text.to_owned()];
            Accounts::default().hide_in_finding(&mut finding);
            assert_eq!(
                (finding.evidence, finding.remedies),
                (vec![expected.to_owned()], vec![expected.to_owned()])
            );
        }
    }

    #[test]
    fn a_block_whose_command_has_an_account_says_what_shows_it() {
        let mut step = step();
        step.command = Some("systemctl restart relay-U9000021.service".to_owned());
        Accounts::default().hide_in_step(&mut step);
        assert_eq!((step.command, step.otherwise), (None, None));
        assert!(
            step.reason.ends_with("which `--show-accounts` shows"),
            "{}",
            step.reason
        );
    }
}
