//! What leaves the fault open, and which verdict it allows at least.

use super::*;

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
        evidence.handshake(*second, false);
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
}

/// The verdict that the evidence allows at least.
fn at_least(evidence: &Evidence) -> Verdict {
    floor(fault(evidence).0, evidence).0
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
        "the program succeeded in all 2 runs, but was not seen connected to the Gateway",
    );
    let perhaps = amid(&[never, unseen], &ANSWERED);
    is(
        &perhaps,
        Fault::Unknown,
        "the program succeeded in all 2 runs, and it could not be seen whether it connected to the \
         Gateway",
    );
    assert_eq!(at_least(&perhaps), Verdict::Unknown);
}

#[test]
fn sockets_that_appear_where_nobody_can_tell_whose_they_are_leave_the_fault_open() {
    let mut evidence = amid(&[blind(), good()], &ANSWERED);
    evidence.grown(2);
    is(
        &evidence,
        Fault::Unknown,
        "the program succeeded in all 2 runs, but 2 sockets half closed or not accepted in the \
         Gateway appeared meanwhile, and it was not seen who left them",
    );
    let mut seen = amid(&[good(), good()], &ANSWERED);
    seen.grown(2);
    assert_eq!(fault(&seen).0, Fault::None);
}

#[test]
fn a_mixed_picture_is_unknown() {
    is(
        &amid(&[broken(), good(), broken()], &[true, true, true, false]),
        Fault::Unknown,
        "the program failed in 2 of 3 runs, and the Gateway answered 3 of ibdoc's own 4 handshakes",
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
    evidence.unclear += 3;
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
