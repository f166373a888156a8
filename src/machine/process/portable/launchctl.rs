//! What `launchctl` says: the pids of launchd's jobs, applications among them.
//!
//! `launchctl list` has the jobs of the caller's own domain. A daemon that runs as the same user
//! is in the system's domain, and one asked from an ssh session is in another than that of the
//! screen, so those are printed too. `print` has no fixed format (launchctl(1)): its answer only
//! ever adds a job, and one that is not understood leaves the question open.

use std::collections::BTreeSet;

use super::platform::Program;
use super::program::Programs;
use crate::machine::pid::Pid;

/// Whether the process of this user is a job of launchd, in whatever domain; why that is unknown.
pub(super) fn is_job(programs: &dyn Programs, pid: Pid, uid: u32) -> Result<bool, String> {
    let ask = |arguments: &[&str], read: fn(&str) -> Option<BTreeSet<Pid>>| {
        let said = programs.ask(Program::Launchctl, arguments);
        let said = said.map_err(|silence| silence.to_string())?;
        read(&said).ok_or_else(|| format!("launchctl {} is not understood", arguments.join(" ")))
    };
    let mut jobs = ask(&["list"], listed)?;
    let (of_user, of_screen) = (format!("user/{uid}"), format!("gui/{uid}"));
    for domain in ["system", &of_user, &of_screen] {
        // Without one of these domains it is not known whether the others are all.
        jobs.extend(ask(&["print", domain], printed)?);
    }
    Ok(jobs.contains(&pid))
}

/// The pids in a `launchctl list`: a header, then pid or `-`, status and label.
fn listed(text: &str) -> Option<BTreeSet<Pid>> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let header: Vec<&str> = lines.next()?.split_whitespace().collect();
    (header == ["PID", "Status", "Label"]).then_some(())?;
    let mut pids = BTreeSet::new();
    for line in lines {
        let mut columns = line.split_whitespace();
        match columns.next()? {
            "-" => {}
            pid => drop(pids.insert(Pid(pid.parse().ok()?))),
        }
        columns.nth(1)?;
    }
    // Every domain has a job that runs: an empty answer is none.
    (!pids.is_empty()).then_some(pids)
}

/// The pids in the list of services of a `launchctl print DOMAIN`; 0 is a job that does not run.
fn printed(text: &str) -> Option<BTreeSet<Pid>> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| *line == "services = {")?;
    let mut pids = BTreeSet::new();
    for line in lines {
        if line == "}" {
            return Some(pids);
        }
        let pid = line.split_whitespace().next()?.parse().ok()?;
        pids.insert(Pid(pid));
    }
    // The list has no end, so the answer was cut off.
    None
}

#[cfg(test)]
mod tests {
    use super::super::program::Silence;
    use super::*;

    const LIST: &str = "PID\tStatus\tLabel\n\
                        -\t0\tcom.apple.SafariHistoryServiceAgent\n\
                        412\t0\tcom.apple.Finder\n\
                        2044\t-9\tapplication.com.example.bot.7654321.7654399\n";
    const SYSTEM: &str = "system = {\n\ttype = system\n\thandle = 0\n\tservice count = 2\n\
                          \tservices = {\n\t\t     122      - \tcom.example.trader\n\
                          \t\t       0     (pe) \tcom.apple.example\n\t}\n\n\
                          \tunmanaged processes = {\n\t\t77\n\t}\n}\n";
    const EMPTY: &str = "user/501 = {\n\ttype = user\n\n\tservices = {\n\t}\n}\n";

    struct Mac(&'static [(&'static str, &'static str)]);

    impl Programs for Mac {
        fn ask(&self, _: Program, arguments: &[&str]) -> Result<String, Silence> {
            let asked = arguments.join(" ");
            let answer = self.0.iter().find(|(question, _)| *question == asked);
            let answer = answer.map(|(_, answer)| (*answer).to_owned());
            answer.ok_or(Silence::Absent("such a domain"))
        }
    }

    const WHOLE: [(&str, &str); 4] = [
        ("list", LIST),
        ("print system", SYSTEM),
        ("print user/501", EMPTY),
        ("print gui/501", EMPTY),
    ];

    #[test]
    fn a_job_of_any_domain_is_one_and_nobody_else_is() {
        let mac = Mac(&WHOLE);
        assert_eq!(is_job(&mac, Pid(2044), 501), Ok(true));
        assert_eq!(is_job(&mac, Pid(122), 501), Ok(true), "a daemon");
        assert_eq!(is_job(&mac, Pid(2045), 501), Ok(false));
        assert_eq!(is_job(&mac, Pid(77), 501), Ok(false), "no service");
    }

    #[test]
    fn a_domain_that_is_not_there_leaves_the_question_open() {
        for missing in 0..WHOLE.len() {
            let left: Vec<_> = (0..WHOLE.len()).filter(|at| *at != missing).collect();
            let left: Vec<_> = left.into_iter().map(|at| WHOLE[at]).collect();
            let mac = Mac(left.leak());
            assert!(is_job(&mac, Pid(2045), 501).is_err(), "{missing}");
        }
    }

    #[test]
    fn an_answer_that_is_not_understood_is_none() {
        for text in [
            "",
            "PID\tStatus\tLabel\n",
            "PID Status\n1 0 x\n",
            "PID\tStatus\tLabel\nx\t0\tlabel\n",
            "PID\tStatus\tLabel\n12\n",
        ] {
            assert_eq!(listed(text), None, "{text}");
        }
        for text in [
            "",
            "system = {\n}\n",
            "services = {\n12 - x\n",
            "services = {\nx\n}\n",
        ] {
            assert_eq!(printed(text), None, "{text}");
        }
    }
}
