//! Whose fault it is: what the runs did, held against ibdoc's own handshakes around them.

use super::evidence::{Evidence, of, sockets};
use crate::finding::verdict::Verdict;
use crate::report::Fault;
use crate::text::words::listed;

/// Said where a socket in the Gateway is no sign of a leak.
const EITHER: &str = "the Gateway did not close its end of ibdoc's own connections either";

/// The least grave verdict that what was seen allows, whatever the limits; and why nothing is
/// proven, where that is so.
pub fn floor(fault: Fault, seen: &Evidence) -> (Verdict, Option<String>) {
    let verdict = match fault {
        Fault::Gateway if seen.handshakes > 0 && seen.answered == 0 => Verdict::Failed,
        Fault::Gateway => Verdict::Attention,
        _ if seen.saw_no_gateway() => return (Verdict::Unknown, Some(no_gateway(seen))),
        _ if !seen.all_answered() => Verdict::Attention,
        Fault::Unknown if seen.may_have_connected() => {
            return (Verdict::Unknown, Some(unseen(seen)));
        }
        _ => Verdict::Healthy,
    };
    (verdict, None)
}

/// Who is at fault, and why in a sentence.
pub(super) fn fault(seen: &Evidence) -> (Fault, String) {
    let none_answered = seen.handshakes > 0 && seen.answered == 0;
    if seen.runs == 0 {
        let none = "no run of the program came to its end";
        return if none_answered {
            (Fault::Gateway, format!("{none}: {}", answers(seen)))
        } else {
            (Fault::Unknown, none.to_owned())
        };
    }
    let wrong = seen.wrong_doing();
    if wrong.is_empty() && seen.left == 0 {
        return nothing_wrong(seen);
    }
    if none_answered {
        return (Fault::Gateway, format!("{} either", answers(seen)));
    }
    if wrong.is_empty() {
        let left = sockets(seen.left);
        let reason = format!("the program left {left}, but {EITHER}");
        return (Fault::Gateway, reason);
    }
    let program = format!("the program {}", listed(&wrong));
    if !seen.all_answered() {
        let silent = answers(seen);
        let only_failed = seen.failed() > 0 && wrong.len() == 1;
        let rest_is_clear = !seen.left_unseen && seen.unclear == 0;
        if only_failed && seen.wrong_amid_answers == 0 && rest_is_clear {
            let reason = format!("{silent}, and the program failed only beside those it did not");
            return (Fault::Gateway, reason);
        }
        return (Fault::Unknown, format!("{program}, and {silent}"));
    }
    if seen.handshakes > 0 {
        return (
            Fault::Program,
            format!("{program}, while {}", answers(seen)),
        );
    }
    if seen.own_doing().is_empty() {
        let unknown = "without handshakes of ibdoc's own it is not known whether the Gateway \
                       answered";
        return (Fault::Unknown, format!("{program}; {unknown}"));
    }
    (Fault::Program, program)
}

/// The program did nothing wrong that was seen.
fn nothing_wrong(seen: &Evidence) -> (Fault, String) {
    let all = format!("the program succeeded in {}", of(seen.runs, seen.runs));
    if !seen.all_answered() {
        return (Fault::Gateway, format!("{all}, but {}", answers(seen)));
    }
    if seen.unclear > 0 {
        let appeared = format!(
            "{} appeared meanwhile, and it was not seen who left them",
            sockets(seen.unclear)
        );
        return if seen.keeps_closed {
            (Fault::Gateway, format!("{all}, but {appeared}; {EITHER}"))
        } else {
            (Fault::Unknown, format!("{all}, but {appeared}"))
        };
    }
    if seen.saw_no_gateway() {
        return (Fault::Unknown, no_gateway(seen));
    }
    if seen.never_connected() {
        let reason = format!("{all}, but was not seen connected to the Gateway");
        return (Fault::Unknown, reason);
    }
    if seen.may_have_connected() {
        return (Fault::Unknown, unseen(seen));
    }
    match seen.handshakes {
        0 => (Fault::None, all),
        _ => (Fault::None, format!("{all}, while {}", answers(seen))),
    }
}

fn unseen(seen: &Evidence) -> String {
    let runs = of(seen.runs, seen.runs);
    format!(
        "the program succeeded in {runs}, and it could not be seen whether it connected to the \
         Gateway"
    )
}

fn no_gateway(seen: &Evidence) -> String {
    let runs = of(seen.runs, seen.runs);
    format!(
        "the program was not seen connected in {runs}, and without handshakes of ibdoc's own \
         nothing was seen of the Gateway"
    )
}

/// How many of ibdoc's own handshakes the Gateway answered.
fn answers(seen: &Evidence) -> String {
    match (seen.answered, seen.handshakes) {
        (0, 1) => "the Gateway did not answer ibdoc's own handshake".to_owned(),
        (0, all) => format!("the Gateway answered none of ibdoc's own {all} handshakes"),
        (1, 1) => "the Gateway answered ibdoc's own handshake".to_owned(),
        (some, all) if some == all => {
            format!("the Gateway answered all {all} of ibdoc's own handshakes")
        }
        (some, all) => format!("the Gateway answered {some} of ibdoc's own {all} handshakes"),
    }
}

#[cfg(test)]
mod tests;
