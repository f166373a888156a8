//! What a second handshake says of the first: failed twice in the same way, failed and then worked,
//! or failed in another way.

use std::time::Duration;

use crate::event::{StageName, StageStatus};
use crate::finding::verdict::{Severity, Verdict};
use crate::finding::{Code, Finding, principal, verdict};
use crate::handshake::Attempt;
use crate::text::duration::shown;

/// One handshake, as far as another one is held against it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assessed {
    /// The stages that failed or were not finished.
    pub failed: Vec<StageName>,
    /// What was found, the principal finding first.
    pub findings: Vec<Finding>,
}

/// What two handshakes say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// Neither failed.
    BothWorked,
    /// The first failed, the second worked.
    OnlyFirstFailed,
    /// The first worked, the second failed.
    OnlySecondFailed,
    /// Both failed with the same finding at the same stage.
    FailedAlike,
    /// Both failed, each in its own way.
    FailedDifferently,
}

impl Assessed {
    /// A handshake and its findings.
    pub fn new(attempt: &Attempt, findings: Vec<Finding>) -> Self {
        let stages = attempt.record.stages.iter();
        let failed = stages.filter(|stage| {
            let ended_badly = matches!(stage.status, StageStatus::Failed | StageStatus::Timeout);
            ended_badly && stage.code.is_some()
        });
        Self {
            failed: failed.map(|stage| stage.name).collect(),
            findings,
        }
    }

    fn has_failed(&self) -> bool {
        verdict(&self.findings) == Verdict::Failed
    }

    fn errors(&self) -> impl Iterator<Item = &Finding> {
        let all = self.findings.iter();
        all.filter(|finding| finding.severity == Severity::Error)
    }

    fn has(&self, code: Code) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }
}

impl Together {
    /// What this handshake and the one after it say.
    pub fn of(first: &Assessed, second: &Assessed) -> Self {
        match (first.has_failed(), second.has_failed()) {
            (false, false) => Together::BothWorked,
            (true, false) => Together::OnlyFirstFailed,
            (false, true) => Together::OnlySecondFailed,
            (true, true) => {
                let same_stage = first.failed.iter().any(|name| second.failed.contains(name));
                let same_finding = first.errors().any(|error| second.has(error.code));
                if same_stage && same_finding {
                    Together::FailedAlike
                } else {
                    Together::FailedDifferently
                }
            }
        }
    }
}

/// Makes the findings of two handshakes, `pause` apart, say what both together show.
pub fn compare(first: &mut Assessed, second: &mut Assessed, pause: Duration) {
    let together = Together::of(first, second);
    let pause = shown(pause);
    match together {
        Together::BothWorked => {}
        Together::OnlyFirstFailed => {
            let errors = first.findings.iter_mut();
            let errors = errors.filter(|finding| finding.severity == Severity::Error);
            errors.for_each(|finding| only_first(finding, &pause));
        }
        Together::OnlySecondFailed => {
            let words = format!("the first handshake, {pause} before, worked");
            add_to_principal(&mut second.findings, words);
        }
        Together::FailedAlike => alike(first, second),
        Together::FailedDifferently => {
            let other = principal(&second.findings).map(|finding| finding.summary.clone());
            if let Some(other) = other {
                let words = format!("the second failed in another way: {other}");
                add_to_principal(&mut first.findings, words);
            }
        }
    }
    for finding in &mut first.findings {
        // What was softened says so itself.
        let is_warning = finding.code.severity() == Severity::Warning;
        if is_warning && second.has(finding.code) {
            finding.evidence.push("in both handshakes".to_owned());
        } else if is_warning && !second.has_failed() {
            let words = format!("not in the second handshake, {pause} later");
            finding.evidence.push(words);
        }
    }
}

/// It failed, then it worked: the first connection after a start can fail so.
fn only_first(finding: &mut Finding, pause: &str) {
    finding.severity = Severity::Warning;
    finding.summary = format!(
        "only the first of two handshakes failed: {}",
        finding.summary
    );
    finding.evidence.push(format!(
        "the second handshake, {pause} later, worked; the first one after a start or a long pause \
         can fail so"
    ));
    finding.remedies = vec![
        format!("let your client connect a second time: {pause} later it worked"),
        "if it comes back, count how often: `ibdoc soak`".to_owned(),
    ];
}

/// It failed twice in the same way: one more try would show the same.
fn alike(first: &mut Assessed, second: &mut Assessed) {
    let both: Vec<StageName> = first
        .failed
        .iter()
        .filter(|name| second.failed.contains(name))
        .copied()
        .collect();
    let stages: Vec<&str> = both.iter().map(|name| name.name()).collect();
    let codes: Vec<Code> = first.findings.iter().map(|finding| finding.code).collect();
    for finding in first.findings.iter_mut().filter(|it| second.has(it.code)) {
        if finding.severity == Severity::Error {
            finding.summary = format!("twice in a row: {}", finding.summary);
            let stages = crate::text::words::joined(&stages);
            finding
                .evidence
                .push(format!("both handshakes ended at the same stage: {stages}"));
        }
        not_again(finding, true);
    }
    for finding in second
        .findings
        .iter_mut()
        .filter(|it| codes.contains(&it.code))
    {
        not_again(finding, true);
    }
}

/// Takes "try again" out of what failed again in the same way; puts the restart in its place where
/// `restart_helps` and public reports say that it did.
pub fn not_again(finding: &mut Finding, restart_helps: bool) {
    let place = finding
        .remedies
        .iter()
        .position(|remedy| remedy.contains("try again"));
    finding
        .remedies
        .retain(|remedy| !remedy.contains("try again"));
    let any_restart = finding
        .remedies
        .iter()
        .any(|remedy| remedy.contains("restart"));
    let instead = match finding.code {
        Code::SilentAfterConnect
        | Code::NoAccountsNoId
        | Code::AccountsMissing
        | Code::NextIdMissing
        | Code::SyncTimeout
        | Code::ClientWouldFail
            if restart_helps && !any_restart =>
        {
            "restart the Gateway: in public reports that helped where the same step failed every \
             time"
        }
        Code::ClosedAfterStart => {
            "look at the Gateway's screen and its log: it ends these sessions itself"
        }
        Code::NotTwsProtocol if place.is_some() => {
            "look for what changes the bytes on the way: a relay, a proxy, a VPN"
        }
        _ if finding.remedies.is_empty() => "look at the Gateway's screen and its log",
        _ => return,
    };
    let place = place.unwrap_or(finding.remedies.len());
    finding.remedies.insert(place, instead.to_owned());
}

fn add_to_principal(findings: &mut [Finding], words: String) {
    // The principal finding stands first.
    if let Some(finding) = findings.first_mut() {
        finding.evidence.push(words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Query;
    use Together::{BothWorked, FailedAlike, FailedDifferently, OnlyFirstFailed, OnlySecondFailed};

    const POSITIONS: StageName = StageName::Sync(Query::Positions);
    const EXECUTIONS: StageName = StageName::Sync(Query::Executions);
    const PAUSE: Duration = Duration::from_secs(5);

    fn assessed(failed: &[StageName], codes: &[Code]) -> Assessed {
        let findings = codes
            .iter()
            .map(|code| Finding::new(*code, &"here", "as the test says"));
        Assessed {
            failed: failed.to_vec(),
            findings: findings.collect(),
        }
    }

    #[test]
    fn two_handshakes_are_held_against_each_other() {
        let hangs = |stages: &[StageName]| assessed(stages, &[Code::SyncTimeout]);
        let closed = assessed(&[StageName::Version], &[Code::ClosedBeforeVersion]);
        let late = assessed(&[], &[Code::AccountsLate]);
        let well = assessed(&[], &[]);
        let table = [
            (&well, &well, BothWorked),
            (&late, &well, BothWorked),
            (&closed, &well, OnlyFirstFailed),
            (&closed, &late, OnlyFirstFailed),
            (&late, &closed, OnlySecondFailed),
            (&closed, &closed, FailedAlike),
            (&closed, &hangs(&[POSITIONS]), FailedDifferently),
            (&hangs(&[POSITIONS]), &hangs(&[POSITIONS]), FailedAlike),
            (
                &hangs(&[POSITIONS, EXECUTIONS]),
                &hangs(&[EXECUTIONS]),
                FailedAlike,
            ),
            (
                &hangs(&[POSITIONS]),
                &hangs(&[EXECUTIONS]),
                FailedDifferently,
            ),
        ];
        for (first, second, expected) in table {
            assert_eq!(
                Together::of(first, second),
                expected,
                "{first:?} {second:?}"
            );
        }
    }

    #[test]
    fn what_worked_the_second_time_needs_attention_and_no_more() {
        let mut first = assessed(&[StageName::Version], &[Code::ClosedBeforeVersion]);
        compare(&mut first, &mut assessed(&[], &[]), PAUSE);
        let finding = &first.findings[0];
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.summary.starts_with("only the first of two"));
        assert!(finding.evidence[0].contains("5.0 s later, worked"));
        assert!(finding.remedies[0].contains("a second time"));
    }

    #[test]
    fn no_code_says_try_again_after_a_second_failure() {
        for code in Code::ALL {
            let mut first = assessed(&[StageName::Accounts], &[*code]);
            let mut second = first.clone();
            compare(&mut first, &mut second, PAUSE);
            let remedies = &first.findings[0].remedies;
            let again = remedies.iter().any(|remedy| remedy.contains("try again"));
            let failed = code.severity() == Severity::Error;
            assert!(!(again && failed), "{code}: {remedies:?}");
            assert!(!remedies.is_empty(), "{code}");
            if failed {
                assert!(first.findings[0].summary.starts_with("twice in a row: "));
            }
        }
    }

    #[test]
    fn a_request_that_hangs_twice_is_cured_by_a_restart_and_by_waiting_where_it_is_starting() {
        let mut first = assessed(&[POSITIONS], &[Code::SyncTimeout]);
        let mut second = first.clone();
        compare(&mut first, &mut second, PAUSE);
        let remedy = &first.findings[0].remedies[0];
        assert!(remedy.starts_with("restart the Gateway"), "{remedy}");
        let mut young = assessed(&[POSITIONS], &[Code::SyncTimeout]);
        young.findings[0].remedies = vec!["wait a minute or two".to_owned()];
        compare(&mut young.clone(), &mut young, PAUSE);
        assert_eq!(young.findings[0].remedies[0], "wait a minute or two");
        assert_eq!(young.findings[0].remedies.len(), 2);
    }

    #[test]
    fn another_failure_is_told_and_does_not_forbid_a_third_try() {
        let mut first = assessed(&[POSITIONS], &[Code::SyncTimeout]);
        let mut second = assessed(&[StageName::Version], &[Code::ClosedBeforeVersion]);
        compare(&mut first, &mut second, PAUSE);
        let finding = &first.findings[0];
        assert!(finding.evidence[0].contains("in another way"));
        assert!(finding.remedies[0].starts_with("try again"));
    }

    #[test]
    fn what_needs_attention_says_whether_it_came_back() {
        let late = || assessed(&[], &[Code::AccountsLate]);
        let (mut first, mut second) = (late(), assessed(&[], &[]));
        compare(&mut first, &mut second, PAUSE);
        assert!(first.findings[0].evidence[0].starts_with("not in the second"));
        let (mut first, mut second) = (late(), late());
        compare(&mut first, &mut second, PAUSE);
        assert_eq!(first.findings[0].evidence, ["in both handshakes"]);
    }
}
