//! What the runs of a program are as findings: pure functions of plain data.

use std::collections::BTreeMap;

use super::evidence::Evidence;
use crate::diagnosis::client::remedies;
use crate::event::{Conduct, ExecRun};
use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::report::{Exec, Fault};
use crate::text::duration::shown;

/// So many ways to end badly are shown.
const WAYS: usize = 5;

/// The findings of the runs, those of the program's own doing first.
///
/// Their errors are warnings while some run succeeded, and information when every limit is met.
pub fn findings(exec: &Exec, evidence: &Evidence, subject: &str, limits_met: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Beside a Gateway that was silent, its sockets may be the Gateway's doing.
    let proven = exec.fault == Fault::Program || evidence.wrong_amid_answers > 0;
    let leaks = evidence.left > 0 && proven && !evidence.keeps_closed;
    if leaks || evidence.held > 0 {
        findings.push(leaking(exec, evidence, subject, leaks));
    }
    if evidence.failed() > 0 && exec.fault != Fault::Gateway {
        let share = share(evidence.failed(), exec);
        let summary = format!("{} failed in {share}", exec.program);
        let finding = Finding::new(Code::ProgramFailed, subject, summary);
        findings.push(finding.with_all_evidence(ways(&exec.runs)));
    }
    findings.extend(told(exec, evidence));
    for finding in &mut findings {
        finding.severity = match (limits_met, exec.succeeded) {
            (true, _) => Severity::Info,
            (false, 0) => finding.severity,
            (false, _) => finding.severity.min(Severity::Warning),
        };
        if limits_met {
            finding.evidence.push("within the limits given".to_owned());
        }
    }
    if !findings.iter().any(|it| it.code == Code::ClientNotReading) {
        findings.extend(unread(exec, evidence, subject));
    }
    if evidence.never_connected() && exec.fault != Fault::Gateway {
        let summary = format!(
            "{} was not seen connected to the Gateway in any of {} runs",
            exec.program, exec.run
        );
        findings.push(Finding::new(Code::ProgramNotConnected, subject, summary));
    }
    // Where the Gateway keeps every client's socket, that is the finding.
    if exec.unclear > 0 && !evidence.keeps_closed {
        let summary = format!(
            "{} half-closed or unaccepted sockets appeared while {} ran, and it was not seen who \
             left them",
            exec.unclear, exec.program
        );
        findings.push(Finding::new(Code::ZombieGatewayOwned, subject, summary));
    }
    findings
}

/// What the runs left unread of what the Gateway had sent.
fn unread(exec: &Exec, evidence: &Evidence, subject: &str) -> Option<Finding> {
    let (bytes, runs) = evidence.unread;
    if runs == 0 {
        return None;
    }
    let summary = format!(
        "{} left what the Gateway had sent unread for a second or more in {}",
        exec.program,
        share(runs, exec)
    );
    let finding = Finding::new(Code::ClientNotReading, subject, summary);
    let mut finding = finding.with_evidence(format!("up to {bytes} bytes unread"));
    if let Some(silent) = &evidence.silent {
        let (name, reason) = (&silent.name, &silent.reason);
        finding.evidence.push(format!("{name}: {reason}"));
        // Its process has ended: a command that names the pid would meet another one.
        if silent.conduct != Conduct::Stopped {
            finding.remedies = remedies(silent).into_iter().take(1).collect();
        }
    }
    Some(finding)
}

/// What a relay showed of what the runs said and read, with the number of runs.
fn told(exec: &Exec, evidence: &Evidence) -> Vec<Finding> {
    let told = evidence.told.iter().map(|(finding, runs)| {
        let share = share(*runs, exec);
        let line = format!("seen by the relay in {share}; the words are of the first");
        finding.clone().with_evidence(line)
    });
    told.collect()
}

fn leaking(exec: &Exec, evidence: &Evidence, subject: &str, leaks: bool) -> Finding {
    let summary = format!("{} leaves connections behind", exec.program);
    let mut finding = Finding::new(Code::ProgramLeaks, subject, summary);
    if leaks {
        finding = finding.with_evidence(format!(
            "sockets half closed or not accepted in the Gateway a second after their run: {}",
            evidence.left
        ));
    }
    if evidence.held > 0 {
        finding = finding.with_evidence(format!(
            "connections that processes which outlived a run still held: {}",
            evidence.held
        ));
    }
    finding
}

/// How runs ended badly, and how often; the first few ways.
fn ways(runs: &[ExecRun]) -> Vec<String> {
    let mut ways: BTreeMap<String, u32> = BTreeMap::new();
    for run in runs {
        let way = match (run.timed_out, run.exit_status, run.signal) {
            (true, ..) => format!("ended at its deadline after {}", shown(run.elapsed)),
            (_, Some(0), _) => continue,
            (_, Some(status), _) => format!("exit status {status}"),
            (_, _, Some(signal)) => format!("ended by signal {signal}"),
            (_, None, None) => "ended without a status".to_owned(),
        };
        *ways.entry(way).or_default() += 1;
    }
    let mut ways: Vec<(String, u32)> = ways.into_iter().collect();
    ways.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let words = |(way, count): (String, u32)| match count {
        1 => way,
        _ => format!("{way}, {count} times"),
    };
    ways.into_iter().take(WAYS).map(words).collect()
}

fn share(count: u32, exec: &Exec) -> String {
    format!("{count} of {} runs", exec.run)
}

#[cfg(test)]
mod tests;
