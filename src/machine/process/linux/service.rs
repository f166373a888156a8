//! What systemd says about one of its services: the only proof that the main process has gone.

use crate::machine::ask::ask;

/// Four lines.
const ANSWER: usize = 1024;

/// Whether systemd says that the service has ended and is not to be started again by itself: what is
/// left in its control group is then what it has left over. False where it does not say so.
pub(super) fn has_ended(name: &str, is_users: bool) -> bool {
    let manager = if is_users { "--user" } else { "--system" };
    let asked = ["-p", "LoadState", "-p", "ActiveState"];
    let asked = [&asked[..], &["-p", "SubState", "-p", "MainPID"]].concat();
    let arguments = [&[manager, "show"], &asked[..], &["--", name]].concat();
    ask("systemctl", &arguments, ANSWER).is_some_and(|said| says_ended(&said))
}

/// Between two starts a service is `activating (auto-restart)`; of a unit that systemd does not know
/// it says `inactive` too, and one that has no main process of its own may be `active` without.
fn says_ended(said: &str) -> bool {
    let is = |key: &str, values: &[&str]| {
        let mut found = said.lines().filter_map(|line| line.split_once('='));
        found.any(|(name, value)| name == key && values.contains(&value))
    };
    is("LoadState", &["loaded"])
        && is("ActiveState", &["inactive", "failed"])
        && is("SubState", &["dead", "failed"])
        && is("MainPID", &["0"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(load: &str, active: &str, sub: &str, main: &str) -> bool {
        let said =
            format!("MainPID={main}\nLoadState={load}\nActiveState={active}\nSubState={sub}\n");
        says_ended(&said)
    }

    #[test]
    fn only_a_service_that_systemd_knows_and_that_has_stopped_or_failed_has_ended() {
        assert!(says("loaded", "inactive", "dead", "0"));
        assert!(says("loaded", "failed", "failed", "0"));
        for (load, active, sub, main) in [
            ("loaded", "active", "running", "812"),
            ("loaded", "active", "exited", "0"),
            ("loaded", "active", "running", "0"),
            ("loaded", "activating", "auto-restart", "0"),
            ("loaded", "deactivating", "stop-sigterm", "0"),
            ("loaded", "inactive", "dead", "812"),
            ("loaded", "inactive", "dead-before-auto-restart", "0"),
            ("loaded", "failed", "failed-before-auto-restart", "0"),
            ("not-found", "inactive", "dead", "0"),
            ("masked", "inactive", "dead", "0"),
        ] {
            assert!(
                !says(load, active, sub, main),
                "{load} {active} {sub} {main}"
            );
        }
    }

    #[test]
    fn an_answer_without_one_of_the_lines_is_none() {
        let lines = [
            "LoadState=loaded",
            "ActiveState=inactive",
            "SubState=dead",
            "MainPID=0",
        ];
        assert!(says_ended(&lines.join("\n")));
        for missing in lines {
            let rest: Vec<&str> = lines
                .iter()
                .copied()
                .filter(|line| *line != missing)
                .collect();
            assert!(!says_ended(&rest.join("\n")), "without {missing}");
        }
        assert!(!says_ended("Failed to connect to bus: Host is down"));
    }
}
