//! The names that supervisors and tmux give a process in its environment, and no other variable.

use rustix::fd::OwnedFd;

use super::read;
use crate::machine::process::Labels;
use crate::text::printable::clean;

/// More of an environment is not read.
const ENVIRONMENT: usize = 256 * 1024;
/// A name is no longer than this.
const LONGEST: usize = 64;

/// What is called by the names that are looked for; empty where the environment may not be read.
pub(super) fn labels(process: &OwnedFd) -> Labels {
    match read::file(process, "environ", ENVIRONMENT) {
        Ok((environment, _)) => parse(&environment),
        Err(_) => Labels::default(),
    }
}

fn parse(environment: &[u8]) -> Labels {
    let variable = |name: &str| {
        let mut variables = environment.split(|byte| *byte == 0);
        variables.find_map(|variable| {
            let value = variable.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
            is_name(value).then(|| clean(&String::from_utf8_lossy(value), LONGEST))
        })
    };
    let process = variable("SUPERVISOR_PROCESS_NAME");
    // A group of one is called as its only process is.
    let group = variable("SUPERVISOR_GROUP_NAME").filter(|group| Some(group) != process.as_ref());
    Labels {
        supervisor: process.map(|process| match group {
            Some(group) => format!("{group}:{process}"),
            None => process,
        }),
        // Any program may have a variable of this name; PM2 sets both.
        pm2: variable("pm_id").and_then(|_| variable("name")),
        tmux_pane: variable("TMUX_PANE"),
    }
}

/// Whether it can be a name that is typed after a command as it is.
fn is_name(value: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.:%@+".contains(byte);
    (1..=LONGEST).contains(&value.len()) && value.iter().all(plain) && value[0] != b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_are_read_and_only_plain_ones() {
        let labels = parse(b"PASSWORD=x\0SUPERVISOR_PROCESS_NAME=bot\0name=bot\0TMUX_PANE=%3\0");
        assert_eq!(labels.supervisor.as_deref(), Some("bot"));
        assert_eq!(labels.tmux_pane.as_deref(), Some("%3"));
        assert_eq!(labels.pm2, None, "without a pm_id it is any variable");
        let grouped = |group: &[u8]| {
            let process = b"SUPERVISOR_PROCESS_NAME=bot_00\0SUPERVISOR_GROUP_NAME=";
            parse(&[process, group].concat()).supervisor
        };
        assert_eq!(grouped(b"bot").as_deref(), Some("bot:bot_00"));
        assert_eq!(grouped(b"bot_00").as_deref(), Some("bot_00"));
        let labels = parse(b"pm_id=0\0name=my-bot\0SUPERVISOR_PROCESS_NAME=a; rm -rf /\0");
        assert_eq!(labels.pm2.as_deref(), Some("my-bot"));
        assert_eq!(labels.supervisor, None);
        assert_eq!(parse(b"SUPERVISOR_PROCESS_NAME=--help"), Labels::default());
    }
}
