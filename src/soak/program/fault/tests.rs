//! Who is named, by what was seen.

use std::time::Duration;

use super::*;
use crate::event::ExecRun;

/// A run that ended well and left nothing.
fn good() -> ExecRun {
    ExecRun {
        run: 1,
        exit_status: Some(0),
        signal: None,
        timed_out: false,
        succeeded: true,
        elapsed: Duration::from_secs(1),
        peak_memory_bytes: None,
        connected: Some(true),
        unread_bytes: Some(0),
        left: Some(0),
        held: Some(0),
        others_ended: Some(0),
        others_left: Some(0),
        neutral: None,
    }
}

fn broken() -> ExecRun {
    ExecRun {
        exit_status: Some(3),
        ..good()
    }
}

fn late() -> ExecRun {
    ExecRun {
        exit_status: None,
        signal: Some(15),
        timed_out: true,
        ..good()
    }
}

fn leaking() -> ExecRun {
    ExecRun {
        left: Some(1),
        ..good()
    }
}

fn holding() -> ExecRun {
    ExecRun {
        held: Some(1),
        ..good()
    }
}

fn blocked() -> ExecRun {
    ExecRun {
        unread_bytes: Some(812),
        ..good()
    }
}

fn blind() -> ExecRun {
    ExecRun {
        connected: None,
        unread_bytes: None,
        left: None,
        held: None,
        ..good()
    }
}

/// The runs, each followed by a handshake; the first handshake precedes them all.
fn amid(runs: &[ExecRun], answers: &[bool]) -> Evidence {
    let mut evidence = Evidence::default();
    let mut answers = answers.iter().copied();
    evidence.handshake(answers.next().unwrap(), false);
    for (run, answer) in runs.iter().zip(answers) {
        evidence.run(&ExecRun {
            neutral: Some(answer),
            ..run.clone()
        });
        evidence.handshake(answer, false);
    }
    evidence
}

/// The runs alone.
fn alone(runs: &[ExecRun]) -> Evidence {
    let mut evidence = Evidence::default();
    for run in runs {
        evidence.run(run);
    }
    evidence
}

fn is(evidence: &Evidence, expected: Fault, words: &str) {
    let (found, reason) = fault(evidence);
    assert_eq!((found, reason.as_str()), (expected, words));
}

const ANSWERED: [bool; 4] = [true; 4];

#[test]
fn nobody_is_at_fault_when_all_went_well() {
    is(
        &amid(&[good(), good()], &ANSWERED),
        Fault::None,
        "the program succeeded in all 2 runs, while the Gateway answered all 3 of ibdoc's own \
         handshakes",
    );
    is(
        &alone(&[good()]),
        Fault::None,
        "the program succeeded in its only run",
    );
}

#[test]
fn the_program_is_at_fault_when_it_fails_and_the_gateway_answers() {
    is(
        &amid(&[broken(), good(), late()], &ANSWERED),
        Fault::Program,
        "the program failed in 2 of 3 runs, 1 of them at the deadline, while the Gateway answered \
         all 4 of ibdoc's own handshakes",
    );
    is(
        &amid(&[leaking(), good(), leaking()], &ANSWERED),
        Fault::Program,
        "the program left 2 sockets half closed or not accepted in the Gateway, while the Gateway \
         answered all 4 of ibdoc's own handshakes",
    );
    is(
        &amid(&[late(), late(), late()], &ANSWERED),
        Fault::Program,
        "the program did not end in time in all 3 runs, while the Gateway answered all 4 of \
         ibdoc's own handshakes",
    );
}

#[test]
fn what_can_only_be_the_programs_doing_is_so_without_handshakes_too() {
    is(
        &alone(&[holding(), holding()]),
        Fault::Program,
        "the program left 2 connections to processes that outlived it",
    );
    is(
        &alone(&[blocked(), good()]),
        Fault::Program,
        "the program left up to 812 bytes unread for a second or more in 1 of 2 runs",
    );
}

#[test]
fn without_handshakes_a_failure_or_a_socket_says_nothing_of_the_gateway() {
    for (run, doing) in [
        (broken(), "failed in its only run"),
        (
            leaking(),
            "left 1 socket half closed or not accepted in the Gateway",
        ),
    ] {
        let words = format!(
            "the program {doing}; without handshakes of ibdoc's own it is not known whether the \
             Gateway answered"
        );
        is(&alone(&[run]), Fault::Unknown, &words);
    }
}

#[test]
fn the_gateway_is_at_fault_when_it_answers_nobody() {
    is(
        &amid(&[broken(), late()], &[false; 3]),
        Fault::Gateway,
        "the Gateway answered none of ibdoc's own 3 handshakes either",
    );
    is(
        &amid(&[], &[false]),
        Fault::Gateway,
        "no run of the program came to its end: the Gateway did not answer ibdoc's own handshake",
    );
}

#[test]
fn the_gateway_is_at_fault_when_the_program_fails_only_while_it_is_silent() {
    is(
        &amid(&[good(), broken(), late()], &[true, true, false, false]),
        Fault::Gateway,
        "the Gateway answered before run 1 and no more after run 2; the program had left nothing \
         there",
    );
    is(
        &amid(&[good(), broken(), good()], &[true, true, false, true]),
        Fault::Gateway,
        "the Gateway answered 3 of ibdoc's own 4 handshakes, and the program failed only beside \
         those it did not",
    );
    is(
        &amid(&[good(), good()], &[true, false, true]),
        Fault::Gateway,
        "the program succeeded in all 2 runs, but the Gateway answered 2 of ibdoc's own 3 \
         handshakes",
    );
}

#[test]
fn a_gateway_that_ceases_to_answer_after_leaks_is_the_programs_doing() {
    is(
        &amid(&[leaking(), leaking(), late()], &[true, true, false, false]),
        Fault::Program,
        "the Gateway answered before run 1 and no more after run 2, by when the program had left \
         2 sockets half closed or not accepted in the Gateway",
    );
    is(
        &amid(&[blind(), late()], &[true, false, false]),
        Fault::Unknown,
        "the Gateway answered before run 1 and no more after run 1; what the program had left \
         there cannot be seen",
    );
}

#[test]
fn a_gateway_that_keeps_the_socket_of_every_client_is_told_from_a_leak() {
    let mut evidence = amid(&[leaking(), leaking()], &ANSWERED);
    evidence.handshake(true, true);
    is(
        &evidence,
        Fault::Gateway,
        "the program left 2 sockets half closed or not accepted in the Gateway, but the Gateway \
         did not close its end of ibdoc's own connections either",
    );
    let mut evidence = amid(&[leaking(), broken()], &ANSWERED);
    evidence.handshake(true, true);
    is(
        &evidence,
        Fault::Program,
        "the program failed in 1 of 2 runs, while the Gateway answered all 4 of ibdoc's own \
         handshakes",
    );
    let mut evidence = amid(&[leaking(), leaking()], &[true, true, false]);
    evidence.handshake(false, true);
    is(
        &evidence,
        Fault::Gateway,
        "the Gateway answered before run 1 and no more after run 2; by then it had kept 2 sockets \
         of the program, but it did not close its end of ibdoc's own connections either",
    );
}

/// Runs that failed between handshakes, each with a second one after the first.
fn doubled(runs: &[ExecRun], answers: &[(bool, bool)]) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.handshake(true, false);
    for (run, (first, second)) in runs.iter().zip(answers) {
        evidence.run(&ExecRun {
            neutral: Some(*first && *second),
            ..run.clone()
        });
        evidence.handshake(*first, false);
        evidence.second_handshake(*second, false);
    }
    evidence
}

#[test]
fn a_gateway_that_fails_every_other_client_is_not_the_programs_fault() {
    is(
        &doubled(&[broken()], &[(true, false)]),
        Fault::Gateway,
        "the Gateway answered 2 of ibdoc's own 3 handshakes, and the program failed only beside \
         those it did not",
    );
    let both = doubled(&[broken(), broken()], &[(true, false), (true, true)]);
    assert_eq!(fault(&both).0, Fault::Gateway);
    let unclear = doubled(
        &[broken(), broken(), broken()],
        &[(true, false), (true, true), (true, true)],
    );
    assert_eq!(fault(&unclear).0, Fault::Unknown);
    // A run that succeeds between two silences was answered.
    let mut served = doubled(&[broken(), good()], &[(true, false)]);
    served.run(&ExecRun {
        neutral: Some(false),
        ..good()
    });
    served.handshake(false, false);
    is(
        &served,
        Fault::Gateway,
        "the Gateway answered 2 of ibdoc's own 4 handshakes, and the program failed only beside \
         those it did not",
    );
    // One that leaves a socket is not named for a single silence after it.
    let leaves = doubled(&[leaking()], &[(true, false)]);
    assert_eq!(fault(&leaves).0, Fault::Unknown);
    let mut lasting = leaves;
    lasting.handshake(false, false);
    assert_eq!(fault(&lasting).0, Fault::Program);
}

/// The verdict that the evidence allows at least.
fn at_least(evidence: &Evidence) -> Verdict {
    let exec = Exec {
        program: String::new(),
        planned: 0,
        run: 0,
        succeeded: 0,
        failed: 0,
        failure_rate_upper_95: None,
        elapsed_ms: None,
        peak_memory_bytes: None,
        left: None,
        unclear: 0,
        neutral_run: 0,
        neutral_succeeded: 0,
        runs: Vec::new(),
        fault: fault(evidence).0,
        reason: String::new(),
    };
    floor(&exec, evidence).0
}

#[test]
fn a_gateway_at_fault_is_never_healthy_and_one_that_never_answered_has_failed() {
    let well = amid(&[good(), good()], &ANSWERED);
    assert_eq!(at_least(&well), Verdict::Healthy);
    let sometimes = amid(&[good(), good()], &[true, false, true]);
    assert_eq!(at_least(&sometimes), Verdict::Attention);
    let never = amid(&[good(), good()], &[false; 3]);
    assert_eq!(at_least(&never), Verdict::Failed);
    let mixed = amid(&[broken(), broken(), good()], &[true, true, false, true]);
    assert_eq!(
        (fault(&mixed).0, at_least(&mixed)),
        (Fault::Unknown, Verdict::Attention)
    );
}

#[test]
fn runs_that_were_not_seen_connected_prove_nothing_of_the_gateway() {
    let unseen = ExecRun {
        connected: None,
        ..good()
    };
    let never = ExecRun {
        connected: Some(false),
        ..good()
    };
    let alone_and_unseen = alone(&[never.clone(), unseen.clone()]);
    is(
        &alone_and_unseen,
        Fault::Unknown,
        "the program was not seen connected in all 2 runs, and without handshakes of ibdoc's own \
         nothing was seen of the Gateway",
    );
    assert_eq!(at_least(&alone_and_unseen), Verdict::Unknown);
    assert_eq!(
        at_least(&alone(&[unseen.clone(), good()])),
        Verdict::Healthy
    );
    is(
        &amid(&[never.clone(), never.clone()], &ANSWERED),
        Fault::Unknown,
        "the program succeeded in all 2 runs, but was never connected to the Gateway",
    );
    assert_eq!(fault(&amid(&[never, unseen], &ANSWERED)).0, Fault::None);
}

#[test]
fn sockets_that_appear_where_nobody_can_tell_whose_they_are_leave_the_fault_open() {
    let mut evidence = amid(&[blind(), good()], &ANSWERED);
    evidence.grown(2);
    is(
        &evidence,
        Fault::Unknown,
        "the program succeeded in all 2 runs, but there are 2 sockets half closed or not accepted \
         in the Gateway more than before, and it cannot be seen who left them",
    );
    assert_eq!(at_least(&evidence), Verdict::Attention);
    let mut seen = amid(&[good(), good()], &ANSWERED);
    seen.grown(2);
    assert_eq!(fault(&seen).0, Fault::None);
}

#[test]
fn a_mixed_picture_is_unknown() {
    is(
        &amid(&[broken(), good(), broken()], &[true, true, true, false]),
        Fault::Unknown,
        "the Gateway answered before run 1 and no more after run 3, but the program also failed \
         in 1 run before",
    );
    is(
        &amid(&[broken(), broken(), good()], &[true, true, false, true]),
        Fault::Unknown,
        "the program failed in 2 of 3 runs, and the Gateway answered 3 of ibdoc's own 4 handshakes",
    );
    is(
        &alone(&[]),
        Fault::Unknown,
        "no run of the program came to its end",
    );
}

#[test]
fn sockets_of_unknown_origin_are_laid_at_nobodys_door() {
    let mut evidence = amid(&[good(), blind()], &ANSWERED);
    evidence.unclear(3);
    is(
        &evidence,
        Fault::Unknown,
        "the program succeeded in all 2 runs, but 3 sockets half closed or not accepted in the \
         Gateway appeared meanwhile, and it was not seen who left them",
    );
    evidence.handshake(true, true);
    let (found, reason) = fault(&evidence);
    assert_eq!(found, Fault::Gateway);
    assert!(
        reason.ends_with("its end of ibdoc's own connections either"),
        "{reason}"
    );
}
