//! Each rule, on an orphan that is changed in one way.

use super::made::{ORPHAN, facts, half_closed, orphan, own, ports, socket};
use crate::machine::pid::Pid;
use crate::machine::process::{Facts, Jvm, Mark, Script, Stdio, Terminal};
use crate::machine::sockets::TcpState;
use crate::report::Class;
use crate::zombie::{Context, Judgement, Subject, class};

pub(super) fn judged_by(subject: &Subject, own: &Facts) -> Judgement {
    class(subject, &Context::alone(own, &ports()))
}

pub(super) fn judged(change: impl FnOnce(&mut Subject)) -> Class {
    let mut subject = orphan(ORPHAN);
    change(&mut subject);
    judged_by(&subject, &own()).class
}

pub(super) fn with(change: impl FnOnce(&mut Facts)) -> Class {
    judged(|subject| change(&mut subject.facts))
}

#[test]
fn a_process_against_which_nothing_speaks_is_an_orphan() {
    let judgement = judged_by(&orphan(ORPHAN), &own());
    assert_eq!(judgement.class, Class::Orphan);
    assert_eq!(judgement.reason, "whoever started it has gone");
}

#[test]
fn whoever_is_unknown_has_every_missing_fact_named() {
    let reason = |change: fn(&mut Subject)| {
        let mut subject = orphan(ORPHAN);
        change(&mut subject);
        judged_by(&subject, &own()).reason
    };
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
fn a_job_of_launchd_is_a_service_and_one_that_may_be_is_unknown() {
    assert_eq!(with(|f| f.job = Some(true)), Class::Service);
    assert_eq!(with(|f| f.job = None), Class::Unknown);
}

#[test]
fn where_nobody_adopts_a_parent_that_has_gone_leaves_an_orphan() {
    let windows = |gone, parent: Option<Facts>| {
        judged(|subject| {
            subject.facts.parent_gone = gone;
            subject.parent = parent;
        })
    };
    assert_eq!(windows(Some(true), None), Class::Orphan);
    let younger = Some(facts(Pid(400)));
    assert_eq!(windows(Some(true), younger.clone()), Class::Orphan);
    assert_eq!(windows(Some(false), younger), Class::Supervised);
    assert_eq!(windows(None, None), Class::Unknown);
}

#[test]
fn ibdoc_and_whoever_started_it_are_protected() {
    assert_eq!(with(|f| f.id.pid = Pid(901)), Class::Protected);
    assert_eq!(with(|f| f.id.pid = Pid(900)), Class::Protected);
}

#[test]
fn the_system_is_protected() {
    assert_eq!(with(|f| f.id.pid = Pid(1)), Class::Protected);
    assert_eq!(with(|f| f.kernel_thread = Some(true)), Class::Protected);
}

#[test]
fn java_and_ibs_software_are_protected() {
    for jvm in [Jvm::Name, Jvm::VmThread, Jvm::Library] {
        assert_eq!(with(|f| f.jvm = Some(jvm)), Class::Protected);
    }
    for mark in [Mark::Gateway, Mark::Tws, Mark::Either, Mark::Tool] {
        assert_eq!(with(|f| f.marks = Some(vec![mark])), Class::Protected);
    }
}

#[test]
fn programs_on_which_others_depend_are_protected() {
    for name in [
        "socat",
        "dockerd",
        "systemd",
        "sshd",
        "tmux: server",
        "screen",
        "Xvfb",
    ] {
        assert_eq!(
            with(|f| name.clone_into(&mut f.name)),
            Class::Protected,
            "{name}"
        );
    }
    let supervisor = || Some(Script::File("supervisord".to_owned()));
    assert_eq!(with(|f| f.script = supervisor()), Class::Protected);
}

#[test]
fn another_users_process_is_protected() {
    assert_eq!(with(|f| f.uid = Some(0)), Class::Protected);
}

#[test]
fn a_process_in_another_namespace_is_protected() {
    assert_eq!(with(|f| f.net_namespace = Some(70)), Class::Protected);
    assert_eq!(with(|f| f.pid_namespace = Some(80)), Class::Protected);
}

#[test]
fn whoever_listens_or_has_the_gateways_end_is_protected() {
    let listens = socket(8000, 0, TcpState::Listen);
    assert_eq!(
        judged(|s| s.sockets.as_mut().unwrap().push(listens)),
        Class::Protected
    );
    let gateways = socket(4001, 50_000, TcpState::CloseWait);
    assert_eq!(
        judged(|s| s.sockets.as_mut().unwrap().push(gateways)),
        Class::Protected
    );
}

#[test]
fn whoever_has_a_connection_to_anybody_is_connected() {
    for state in [
        TcpState::Established,
        TcpState::SynSent,
        TcpState::SynRecv,
        TcpState::FinWait1,
        TcpState::FinWait2,
    ] {
        let other = socket(41_000, 443, state);
        let class = judged(|s| s.sockets.as_mut().unwrap().push(other));
        assert_eq!(class, Class::Connected, "{state:?}");
    }
    let closed = socket(41_000, 443, TcpState::CloseWait);
    assert_eq!(
        judged(|s| s.sockets.as_mut().unwrap().push(closed)),
        Class::Orphan
    );
}

#[test]
fn a_terminal_at_which_nobody_looked_makes_unknown() {
    let class = with(|f| {
        f.terminal = Some(Terminal::Present);
        f.session_leader_alive = None;
    });
    assert_eq!(class, Class::Unknown);
}

#[test]
fn a_process_in_an_open_terminal_is_interactive() {
    let at_terminal = |leader| {
        with(|f| {
            f.terminal = Some(Terminal::Present);
            f.session_leader_alive = leader;
        })
    };
    assert_eq!(at_terminal(Some(true)), Class::Interactive);
    assert_eq!(at_terminal(Some(false)), Class::Orphan);
    assert_eq!(at_terminal(None), Class::Unknown);
}

#[test]
fn a_process_with_a_peer_that_stays_is_interactive() {
    let with = |peers| judged(|s| s.peers = peers);
    assert_eq!(with(Some(vec![facts(Pid(777))])), Class::Interactive);
    assert_eq!(with(Some(Vec::new())), Class::Orphan);
    assert_eq!(with(None), Class::Unknown);
    // A terminal outweighs a peer of which nothing is known.
    let at_terminal = judged(|s| {
        s.peers = None;
        s.facts.terminal = Some(Terminal::Present);
        s.facts.session_leader_alive = Some(true);
    });
    assert_eq!(at_terminal, Class::Interactive);
}

#[test]
fn whoever_is_being_debugged_is_supervised() {
    assert_eq!(with(|f| f.traced = Some(true)), Class::Supervised);
    assert_eq!(with(|f| f.traced = None), Class::Unknown);
}

#[test]
fn what_was_detached_on_purpose_is_detached() {
    assert_eq!(with(|f| f.ignores_hangup = Some(true)), Class::Detached);
    assert_eq!(with(|f| f.session = Some(ORPHAN)), Class::Detached);
    let files = [Some(Stdio::Null), Some(Stdio::File), Some(Stdio::File)];
    assert_eq!(with(|f| f.stdio = files), Class::Detached);
    let piped = [Some(Stdio::Null), Some(Stdio::Socket), Some(Stdio::File)];
    assert_eq!(with(|f| f.stdio = piped), Class::Orphan);
}

#[test]
fn whatever_could_not_be_read_makes_it_unknown() {
    let changes: [fn(&mut Subject); 16] = [
        |s| s.sockets = None,
        |s| s.parent = None,
        |s| s.facts.uid = None,
        |s| s.facts.executable = None,
        |s| s.facts.argv0 = None,
        |s| s.facts.script = None,
        |s| s.facts.marks = None,
        |s| s.facts.jvm = None,
        |s| s.facts.kernel_thread = None,
        |s| s.facts.cgroup = None,
        |s| s.facts.session = None,
        |s| s.facts.terminal = None,
        |s| s.facts.ignores_hangup = None,
        |s| s.facts.net_namespace = None,
        |s| s.facts.pid_namespace = None,
        |s| s.facts.stdio = [None, Some(Stdio::File), Some(Stdio::File)],
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert_eq!(judged(change), Class::Unknown, "change {number}");
    }
    let blind: [fn(&mut Facts); 5] = [
        |o| o.ancestors = None,
        |o| o.uid = None,
        |o| o.cgroup = None,
        |o| o.net_namespace = None,
        |o| o.pid_namespace = None,
    ];
    for change in blind {
        let mut own = own();
        change(&mut own);
        assert_eq!(
            judged_by(&orphan(ORPHAN), &own).class,
            Class::Unknown,
            "{own:?}"
        );
    }
}

#[test]
fn a_rule_that_holds_outweighs_one_of_its_class_that_cannot_be_answered() {
    let class = judged(|s| {
        s.facts.uid = Some(0);
        s.sockets = None;
        s.facts.jvm = None;
    });
    assert_eq!(class, Class::Protected);
    assert_eq!(half_closed(ORPHAN).state, TcpState::CloseWait);
}
