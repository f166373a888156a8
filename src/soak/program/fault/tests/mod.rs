//! Who is named, by what was seen.

mod open;

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
        memory_at_most_bytes: None,
        connected: Some(true),
        unread_bytes: Some(0),
        left: Some(0),
        held: Some(0),
        others_ended: Some(0),
        others_left: Some(0),
        neutral: None,
        tapped: None,
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
        "the Gateway answered 2 of ibdoc's own 4 handshakes, and the program failed only beside \
         those it did not",
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
fn a_gateway_that_ceases_to_answer_after_leaks_leaves_the_fault_open() {
    is(
        &amid(&[leaking(), leaking(), late()], &[true, true, false, false]),
        Fault::Unknown,
        "the program did not end in time in 1 of 3 runs and left 2 sockets half closed or not \
         accepted in the Gateway, and the Gateway answered 2 of ibdoc's own 4 handshakes",
    );
    is(
        &amid(&[blind(), late()], &[true, false, false]),
        Fault::Unknown,
        "the program did not end in time in 1 of 2 runs, and the Gateway answered 1 of ibdoc's \
         own 3 handshakes",
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
        "the program left 2 sockets half closed or not accepted in the Gateway, but the Gateway \
         did not close its end of ibdoc's own connections either",
    );
}
