//! Each rule, on an orphan that is changed in one way.

use super::changes::{HARMLESS, IF_NAMED, NEVER};
use super::made::{ORPHAN, orphan, own, ports, socket};
use crate::machine::pid::Pid;
use crate::machine::process::{Facts, Jvm, Mark, Stdio, Terminal};
use crate::machine::sockets::TcpState;
use crate::report::{Class, MayEnd};
use crate::zombie::{Context, Judgement, Subject, class};

pub(super) fn judged_by(subject: &Subject, own: &Facts) -> Judgement {
    class(subject, &Context::alone(own, &ports()))
}

pub(super) fn judgement(change: impl FnOnce(&mut Subject)) -> Judgement {
    let mut subject = orphan(ORPHAN);
    change(&mut subject);
    judged_by(&subject, &own())
}

pub(super) fn with(change: impl FnOnce(&mut Facts)) -> Judgement {
    judgement(|subject| change(&mut subject.facts))
}

/// The answer and the reason.
fn said(change: impl FnOnce(&mut Subject)) -> (MayEnd, String) {
    let judgement = judgement(change);
    (judgement.answer, judgement.reason)
}

#[test]
fn a_process_against_which_nothing_speaks_is_an_orphan() {
    let judgement = judgement(|_| {});
    assert_eq!(
        (judgement.answer, judgement.class),
        (MayEnd::Orphan, Class::Orphan)
    );
    assert_eq!(judgement.reason, "the process that started it has gone");
    for (number, change) in HARMLESS.into_iter().enumerate() {
        assert_eq!(said(change).0, MayEnd::Orphan, "change {number}");
    }
}

#[test]
fn each_rule_of_never_decides_alone() {
    for (number, change) in NEVER.into_iter().enumerate() {
        assert_eq!(said(change).0, MayEnd::Never, "change {number}");
    }
}

#[test]
fn each_rule_of_if_named_decides_alone() {
    // The rest are conditions of the plan, such as the age of a socket.
    let of_plan = [3, 32, 33, 36, 37];
    for (number, change) in IF_NAMED.into_iter().enumerate() {
        let expected = if of_plan.contains(&number) {
            MayEnd::Orphan
        } else {
            MayEnd::IfNamed
        };
        assert_eq!(said(change).0, expected, "change {number}");
    }
}

#[test]
fn every_missing_fact_is_named() {
    let reason = |change: fn(&mut Subject)| said(change).1;
    assert_eq!(
        reason(|s| s.sockets = None),
        "its sockets could not be read"
    );
    let several = reason(|s| {
        s.facts.jvm = None;
        s.sockets = None;
        s.facts.ignores_hangup = None;
    });
    assert_eq!(
        several,
        "whether it is a Java virtual machine, its sockets and whether it ignores SIGHUP could \
         not be read"
    );
}

#[test]
fn a_name_of_ibs_software_proves_nothing_without_a_listener_or_java() {
    let named = |f: &mut Facts| {
        f.executable = Some("/home/me/tws_trader".to_owned());
        f.marks = Some(vec![Mark::Gateway, Mark::Tws]);
    };
    assert_eq!(with(named).answer, MayEnd::Orphan);
    let listening = judgement(|s| {
        named(&mut s.facts);
        s.sockets
            .as_mut()
            .unwrap()
            .push(socket(7462, 0, TcpState::Listen));
    });
    assert_eq!(listening.answer, MayEnd::Never);
    assert!(
        listening.reason.contains("names IB's software"),
        "{}",
        listening.reason
    );
    let java = with(|f| {
        named(f);
        f.jvm = Some(Jvm::Library);
    });
    assert_eq!(java.answer, MayEnd::Never);
}

#[test]
fn a_living_session_is_never_ended_and_any_other_connection_is_a_cost() {
    for state in [TcpState::Established, TcpState::SynSent, TcpState::SynRecv] {
        let up = |port| {
            let other = socket(41_000, port, state);
            judgement(|s| s.sockets.as_mut().unwrap().push(other))
        };
        assert_eq!(
            (up(4001).answer, up(4001).class),
            (MayEnd::Never, Class::Connected)
        );
        assert_eq!(
            (up(6379).answer, up(6379).class),
            (MayEnd::IfNamed, Class::Connected)
        );
    }
    let redis = socket(41_000, 6379, TcpState::Established);
    let (_, reason) = said(|s| s.sockets.as_mut().unwrap().push(redis));
    assert_eq!(reason, "it has a connection to 127.0.0.1:6379");
}

#[test]
fn who_listens_on_a_gateway_port_is_never_ended_and_who_listens_elsewhere_if_named() {
    let listens = |port| {
        let row = socket(port, 0, TcpState::Listen);
        said(|s| s.sockets.as_mut().unwrap().push(row))
    };
    assert_eq!(listens(4001).0, MayEnd::Never);
    assert_eq!(
        listens(8080),
        (MayEnd::IfNamed, "it listens on port 8080".to_owned())
    );
}

#[test]
fn a_terminal_speaks_for_a_process_while_its_other_end_is_open() {
    let at_terminal = |open| {
        said(|s| {
            s.facts.stdio = [Some(Stdio::Terminal); 3];
            s.facts.stdio_open = [open; 3];
            s.facts.terminal = Some(Terminal::Present);
        })
    };
    let open = (
        MayEnd::IfNamed,
        "it runs in a terminal that is open".to_owned(),
    );
    assert_eq!(at_terminal(Some(true)), open);
    assert_eq!(at_terminal(Some(false)).0, MayEnd::Orphan);
    assert_eq!(at_terminal(None).0, MayEnd::IfNamed);
}

#[test]
fn a_daemon_is_not_told_from_what_a_crash_left() {
    let output =
        |output: Stdio| said(|s| s.facts.stdio = [Some(Stdio::Null), Some(output), Some(output)]).1;
    let file = "its output goes to a file: a daemon, or left over from a crash";
    assert_eq!(output(Stdio::File), file);
    let null = "its output goes to /dev/null: a daemon, or left over from a crash";
    assert_eq!(output(Stdio::Null), null);
    let half = [Some(Stdio::Null), Some(Stdio::File), Some(Stdio::Pipe)];
    assert_eq!(said(|s| s.facts.stdio = half).0, MayEnd::Orphan);
}

#[test]
fn only_nohup_and_setsid_are_said_to_be_on_purpose() {
    // With an output that no program reads.
    let alone = |s: &mut Subject| {
        s.facts.session = Some(s.facts.id.pid);
        s.facts.stdio = [Some(Stdio::Null); 3];
    };
    let reasons = IF_NAMED.into_iter().map(|change| said(change).1);
    let reasons: Vec<String> = reasons.chain([said(alone).1]).collect();
    let on_purpose = reasons
        .iter()
        .filter(|reason| reason.contains("on purpose"));
    let on_purpose: Vec<&String> = on_purpose.collect();
    assert_eq!(on_purpose.len(), 2, "{on_purpose:?}");
    for reason in on_purpose {
        assert!(
            reason.contains("nohup") || reason.contains("setsid"),
            "{reason}"
        );
    }
}

#[test]
fn another_users_process_is_never_ended_but_the_callers_of_sudo_are_his() {
    let theirs = |users: &[u32]| {
        let own = Facts {
            uid: Some(0),
            users: Some(users.to_vec()),
            ..own()
        };
        judged_by(&orphan(ORPHAN), &own).answer
    };
    assert_eq!(theirs(&[0]), MayEnd::Never);
    assert_eq!(theirs(&[0, 1000]), MayEnd::Orphan);
    assert_eq!(theirs(&[1000]), MayEnd::Orphan);
}

#[test]
fn what_cannot_be_read_of_ibdoc_itself_spares() {
    let blind: [fn(&mut Facts); 5] = [
        |o| o.ancestors = None,
        |o| o.users = None,
        |o| o.cgroup = None,
        |o| o.net_namespace = None,
        |o| o.pid_namespace = None,
    ];
    for change in blind {
        let mut own = own();
        change(&mut own);
        let answer = judged_by(&orphan(ORPHAN), &own).answer;
        assert_ne!(answer, MayEnd::Orphan, "{own:?}");
    }
}

#[test]
fn a_rule_that_holds_outweighs_one_of_its_class_that_cannot_be_answered() {
    let judgement = judgement(|s| {
        s.facts.uid = Some(0);
        s.sockets = None;
        s.facts.jvm = None;
    });
    assert_eq!(judgement.class, Class::Protected);
    // And a session counts only where it is known that it is no more than a client.
    let unread = judgement_of_session_without_jvm();
    assert_eq!(
        (unread.answer, unread.class),
        (MayEnd::Never, Class::Unknown)
    );
}

fn judgement_of_session_without_jvm() -> Judgement {
    judgement(|s| {
        s.facts.jvm = None;
        let up = socket(41_000, 4001, TcpState::Established);
        s.sockets.as_mut().unwrap().push(up);
    })
}

#[test]
fn where_no_process_adopts_a_parent_that_has_gone_leaves_an_orphan() {
    let windows = |gone, parent: Option<Facts>| {
        judgement(|subject| {
            subject.facts.parent_gone = gone;
            subject.parent = parent;
        })
        .answer
    };
    let younger = Some(super::made::facts(Pid(400)));
    assert_eq!(windows(Some(true), None), MayEnd::Orphan);
    assert_eq!(windows(Some(true), younger.clone()), MayEnd::Orphan);
    assert_eq!(windows(Some(false), younger), MayEnd::IfNamed);
    assert_eq!(windows(None, None), MayEnd::IfNamed);
}
