//! Whose fault it is: what the runs did, held against ibdoc's own handshakes around them.

use super::evidence::{Evidence, Turn, of, sockets};
use crate::finding::verdict::Verdict;
use crate::report::{Exec, Fault};
use crate::text::words::{counted, listed};

/// Said where a socket in the Gateway is no sign of a leak.
const EITHER: &str = "the Gateway did not close its end of ibdoc's own connections either";

/// Said where the owners of sockets cannot be seen.
const UNSEEN: &str = "it cannot be seen who left them";

/// The least grave verdict that what was seen allows, whatever the limits; and why nothing is
/// proven, where that is so.
pub fn floor(exec: &Exec, evidence: &Evidence) -> (Verdict, Option<String>) {
    let silent = evidence.handshakes > 0 && evidence.answered == 0;
    let verdict = match exec.fault {
        Fault::Gateway if silent => Verdict::Failed,
        Fault::Gateway => Verdict::Attention,
        _ if evidence.saw_no_gateway() => {
            return (Verdict::Unknown, Some(no_gateway(evidence)));
        }
        _ if evidence.answered < evidence.handshakes => Verdict::Attention,
        Fault::Unknown if evidence.grown_unseen() > 0 => Verdict::Attention,
        _ => Verdict::Healthy,
    };
    (verdict, None)
}

fn no_gateway(evidence: &Evidence) -> String {
    let runs = of(evidence.runs, evidence.runs);
    format!(
        "the program was not seen connected in {runs}, and without handshakes of ibdoc's own \
         nothing was seen of the Gateway"
    )
}

/// Who is at fault, and why in a sentence.
pub fn fault(evidence: &Evidence) -> (Fault, String) {
    let own = evidence.own_doing();
    let (failures, leaks) = (evidence.failures(), evidence.leaks());
    if evidence.runs == 0 {
        return nothing_ran(evidence);
    }
    if failures.is_none() && leaks.is_none() && own.is_empty() {
        return nothing_wrong(evidence);
    }
    if evidence.handshakes > 0 && evidence.answered < evidence.handshakes {
        return silence(evidence, &own);
    }
    // The Gateway keeps the socket of every client that leaves: that is no leak of this one.
    let kept = leaks.as_ref().filter(|_| evidence.keeps_closed);
    if let (Some(leaks), None, true) = (kept, &failures, own.is_empty()) {
        return (Fault::Gateway, format!("the program {leaks}, but {EITHER}"));
    }
    let mut doing: Vec<String> = failures.into_iter().collect();
    doing.extend(leaks.filter(|_| !evidence.keeps_closed));
    doing.extend(own.iter().cloned());
    let doing = format!("the program {}", listed(&doing));
    if evidence.all_answered() {
        return (
            Fault::Program,
            format!("{doing}, {}", while_answered(evidence)),
        );
    }
    if own.is_empty() {
        let reason = format!(
            "{doing}; without handshakes of ibdoc's own it is not known whether the Gateway answered"
        );
        return (Fault::Unknown, reason);
    }
    (Fault::Program, doing)
}

fn nothing_ran(evidence: &Evidence) -> (Fault, String) {
    let none = "no run of the program came to its end";
    if evidence.handshakes > 0 && evidence.answered == 0 {
        return (Fault::Gateway, format!("{none}: {}", unanswered(evidence)));
    }
    (Fault::Unknown, none.to_owned())
}

fn nothing_wrong(evidence: &Evidence) -> (Fault, String) {
    let all = format!(
        "the program succeeded in {}",
        of(evidence.runs, evidence.runs)
    );
    if evidence.answered < evidence.handshakes {
        return (
            Fault::Gateway,
            format!("{all}, but {}", unanswered(evidence)),
        );
    }
    if evidence.unclear > 0 && evidence.keeps_closed {
        let appeared = unclear(evidence);
        let reason = format!("{all}, but {appeared}; {EITHER}");
        return (Fault::Gateway, reason);
    }
    if evidence.unclear > 0 {
        let appeared = unclear(evidence);
        return (Fault::Unknown, format!("{all}, but {appeared}"));
    }
    let grown = evidence.grown_unseen();
    if grown > 0 && evidence.keeps_closed {
        let more = counted(grown, "socket");
        let reason = format!("{all}, but the Gateway keeps {more} more than before; {EITHER}");
        return (Fault::Gateway, reason);
    }
    if grown > 0 {
        let more = sockets(grown);
        let reason = format!("{all}, but there are {more} more than before, and {UNSEEN}");
        return (Fault::Unknown, reason);
    }
    if evidence.saw_no_gateway() {
        return (Fault::Unknown, no_gateway(evidence));
    }
    if evidence.never_connected() {
        let reason = format!("{all}, but was never connected to the Gateway");
        return (Fault::Unknown, reason);
    }
    if evidence.handshakes == 0 {
        return (Fault::None, all);
    }
    (Fault::None, format!("{all}, {}", while_answered(evidence)))
}

/// Not every handshake of ibdoc's own was answered.
fn silence(evidence: &Evidence, own: &[String]) -> (Fault, String) {
    let silent = unanswered(evidence);
    if evidence.answered == 0 {
        return (Fault::Gateway, format!("{silent} either"));
    }
    let lasting = evidence.turn.filter(|turn| !turn.is_over && turn.is_sure);
    let began_well = evidence.ends.is_some_and(|ends| ends.0);
    if let (Some(turn), true) = (lasting, began_well) {
        return turned(evidence, turn, own);
    }
    if evidence.amid_answers == 0 && own.is_empty() && evidence.left == 0 {
        let reason = format!("{silent}, and the program failed only beside those it did not");
        return (Fault::Gateway, reason);
    }
    let mut doing: Vec<String> = evidence.failures().into_iter().collect();
    doing.extend(evidence.leaks());
    doing.extend(own.iter().cloned());
    let doing = listed(&doing);
    (Fault::Unknown, format!("the program {doing}, and {silent}"))
}

/// The Gateway answered at first, and from one moment on no more.
fn turned(evidence: &Evidence, turn: Turn, own: &[String]) -> (Fault, String) {
    let until = format!(
        "the Gateway answered before run 1 and no more after run {}",
        turn.after_run
    );
    if turn.left > 0 && !evidence.keeps_closed {
        let left = sockets(turn.left);
        let reason = format!("{until}, by when the program had left {left}");
        return (Fault::Program, reason);
    }
    if turn.left > 0 {
        let left = counted(turn.left, "socket");
        let reason = format!(
            "{until}; by then it had kept {left} of the program, but it did not close its end \
             of ibdoc's own connections either"
        );
        return (Fault::Gateway, reason);
    }
    if turn.left_unseen || evidence.unclear > 0 {
        let reason = format!("{until}; what the program had left there cannot be seen");
        return (Fault::Unknown, reason);
    }
    if turn.amid_answers > 0 || !own.is_empty() {
        let mut doing = own.to_vec();
        if turn.amid_answers > 0 {
            doing.push(format!(
                "failed in {} before",
                counted(turn.amid_answers, "run")
            ));
        }
        let reason = format!("{until}, but the program also {}", listed(&doing));
        return (Fault::Unknown, reason);
    }
    let reason = format!("{until}; the program had left nothing there");
    (Fault::Gateway, reason)
}

fn unclear(evidence: &Evidence) -> String {
    let what = sockets(evidence.unclear);
    format!("{what} appeared meanwhile, and it was not seen who left them")
}

fn unanswered(evidence: &Evidence) -> String {
    let Evidence {
        handshakes,
        answered,
        ..
    } = evidence;
    match (answered, handshakes) {
        (0, 1) => "the Gateway did not answer ibdoc's own handshake".to_owned(),
        (0, _) => format!("the Gateway answered none of ibdoc's own {handshakes} handshakes"),
        _ => format!("the Gateway answered {answered} of ibdoc's own {handshakes} handshakes"),
    }
}

fn while_answered(evidence: &Evidence) -> String {
    match evidence.handshakes {
        1 => "while the Gateway answered ibdoc's own handshake".to_owned(),
        all => format!("while the Gateway answered all {all} of ibdoc's own handshakes"),
    }
}

#[cfg(test)]
mod tests;
