//! Which findings the runs make, and how grave they are.

use std::time::Duration;

use super::*;

fn run(exit_status: Option<i32>, timed_out: bool, held: u32) -> ExecRun {
    ExecRun {
        run: 1,
        exit_status,
        signal: exit_status.is_none().then_some(15),
        timed_out,
        succeeded: exit_status == Some(0) && !timed_out && held == 0,
        elapsed: Duration::from_secs(60),
        peak_memory_bytes: None,
        memory_at_most_bytes: None,
        connected: Some(true),
        unread_bytes: Some(0),
        left: Some(0),
        held: Some(held),
        others_ended: Some(held),
        others_left: Some(0),
        neutral: Some(true),
        tapped: None,
    }
}

fn found(runs: &[ExecRun], fault: Fault, limits_met: bool) -> Vec<Finding> {
    let mut evidence = Evidence::default();
    for run in runs {
        evidence.run(run);
    }
    findings(&exec(runs, fault), &evidence, "127.0.0.1:4002", limits_met)
}

fn exec(runs: &[ExecRun], fault: Fault) -> Exec {
    let succeeded = runs.iter().filter(|run| run.succeeded).count();
    let count = |count: usize| u32::try_from(count).unwrap();
    Exec {
        program: "python3 bot.py".to_owned(),
        planned: count(runs.len()),
        run: count(runs.len()),
        succeeded: count(succeeded),
        failed: count(runs.len() - succeeded),
        failure_rate_upper_95: None,
        elapsed_ms: None,
        peak_memory_bytes: None,
        left: Some(0),
        unclear: 0,
        neutral_run: 0,
        neutral_succeeded: 0,
        runs: runs.to_vec(),
        fault,
        reason: String::new(),
    }
}

fn codes(findings: &[Finding]) -> Vec<(Code, Severity)> {
    let pairs = findings.iter().map(|it| (it.code, it.severity));
    pairs.collect()
}

#[test]
fn a_failing_program_is_an_error_a_warning_or_within_the_limits() {
    let (good, bad) = (run(Some(0), false, 0), run(Some(3), false, 0));
    let both = [good, bad.clone()];
    let code = Code::ProgramFailed;
    let all_bad = found(std::slice::from_ref(&bad), Fault::Program, false);
    assert_eq!(codes(&all_bad), [(code, Severity::Error)]);
    let some = found(&both, Fault::Program, false);
    assert_eq!(codes(&some), [(code, Severity::Warning)]);
    assert_eq!(some[0].evidence, ["exit status 3"]);
    let within = found(&both, Fault::Program, true);
    assert_eq!(codes(&within), [(code, Severity::Info)]);
    assert_eq!(found(&[bad], Fault::Gateway, false), []);
}

#[test]
fn a_program_that_was_never_seen_connected_is_warned_about_whatever_the_limits() {
    let never = ExecRun {
        connected: Some(false),
        ..run(Some(0), false, 0)
    };
    let expected = [(Code::ProgramNotConnected, Severity::Warning)];
    assert_eq!(
        codes(&found(std::slice::from_ref(&never), Fault::Unknown, true)),
        expected
    );
    let too_short = ExecRun {
        connected: None,
        ..never.clone()
    };
    assert_eq!(found(&[never, too_short], Fault::None, true), []);
}

#[test]
fn each_way_to_fail_is_told_with_its_count() {
    let runs = [
        run(Some(3), false, 0),
        run(Some(3), false, 0),
        run(None, false, 0),
        run(None, true, 0),
    ];
    let findings = found(&runs, Fault::Program, false);
    assert_eq!(findings[0].summary, "python3 bot.py failed in 4 of 4 runs");
    assert_eq!(
        findings[0].evidence,
        [
            "exit status 3, 2 times",
            "ended at its deadline after 60.0 s",
            "ended by signal 15"
        ]
    );
}

#[test]
fn a_leak_stands_before_a_failure() {
    let runs = [run(Some(0), false, 2), run(Some(1), false, 0)];
    let findings = found(&runs, Fault::Program, false);
    let expected = [
        (Code::ProgramLeaks, Severity::Error),
        (Code::ProgramFailed, Severity::Error),
    ];
    assert_eq!(codes(&findings), expected);
    let evidence = "connections that processes which outlived a run still held: 2";
    assert_eq!(findings[0].evidence, [evidence]);
}

#[test]
fn sockets_left_while_the_gateway_answered_are_a_leak_also_where_it_was_silent_later() {
    let leaking = |neutral| ExecRun {
        succeeded: false,
        left: Some(1),
        neutral: Some(neutral),
        ..run(Some(0), false, 0)
    };
    let found = |runs: &[ExecRun]| {
        let mut evidence = Evidence::default();
        evidence.handshake(true, false);
        for run in runs {
            evidence.run(run);
            evidence.handshake(run.neutral == Some(true), false);
        }
        findings(
            &exec(runs, Fault::Unknown),
            &evidence,
            "127.0.0.1:4002",
            false,
        )
    };
    let leak = [(Code::ProgramLeaks, Severity::Error)];
    assert_eq!(codes(&found(&[leaking(true), leaking(false)])), leak);
    assert_eq!(found(&[leaking(false)]), []);
}
