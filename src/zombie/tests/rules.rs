//! Each rule, on an orphan that is changed in one way.

use std::collections::BTreeSet;

use super::made::{ORPHAN, facts, half_closed, orphan, own, ports, socket};
use crate::machine::pid::Pid;
use crate::machine::process::{Cgroup, Facts, Jvm, Mark, Script, Stdio, Terminal};
use crate::machine::sockets::TcpState;
use crate::report::Class;
use crate::zombie::{Context, Judgement, SelfInfo, Subject, class};

fn judged_by(subject: &Subject, own: &SelfInfo) -> Judgement {
    let ports = ports();
    let orphans = BTreeSet::new();
    let context = Context {
        own,
        ports: &ports,
        orphans: &orphans,
    };
    class(subject, &context)
}

fn judged(change: impl FnOnce(&mut Subject)) -> Class {
    let mut subject = orphan(ORPHAN);
    change(&mut subject);
    judged_by(&subject, &own()).class
}

fn with(change: impl FnOnce(&mut Facts)) -> Class {
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
    for mark in [Mark::Jts, Mark::Install4j, Mark::Ibc, Mark::IbAutomater] {
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
fn a_service_or_container_is_spared_unless_it_is_ibdocs_own() {
    let service = Cgroup::at("/system.slice/bot.service");
    let mut subject = orphan(ORPHAN);
    subject.facts.cgroup = Some(service.clone());
    let judgement = judged_by(&subject, &own());
    assert_eq!(judgement.class, Class::Service);
    assert!(judgement.reason.contains("systemctl restart bot.service"));
    let inside = SelfInfo {
        cgroup: Some(service),
        ..own()
    };
    assert_eq!(judged_by(&subject, &inside).class, Class::Orphan);
    let docker = Cgroup::at(format!("/docker/{}", "ab".repeat(32)));
    assert_eq!(with(|f| f.cgroup = Some(docker.clone())), Class::Service);
    // Where the runtime's own service has them both, they are two containers all the same.
    let beside = |other: &str| Cgroup {
        path: "/system.slice/containerd.service".to_owned(),
        others: vec![other.to_owned()],
    };
    let inside = SelfInfo {
        cgroup: Some(beside("/")),
        ..own()
    };
    subject.facts.cgroup = Some(beside(&docker.path));
    let judgement = judged_by(&subject, &inside);
    assert_eq!(judgement.class, Class::Service);
    assert_eq!(judgement.reason, "it runs in a container: restart that");
}

fn parent(name: &str, session: u32) -> Facts {
    Facts {
        session: Some(Pid(session)),
        ..facts(Pid(480)).renamed(name)
    }
}

impl Facts {
    fn renamed(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self.argv0 = Some(name.to_owned());
        self.executable = Some(format!("/usr/bin/{name}"));
        self
    }
}

#[test]
fn the_child_of_a_living_parent_is_supervised() {
    assert_eq!(
        judged(|s| s.parent = Some(parent("bash", 480))),
        Class::Supervised
    );
}

#[test]
fn a_reapers_child_is_supervised_only_in_its_session() {
    for reaper in ["tini", "dumb-init", "conmon", "catatonit"] {
        assert_eq!(
            judged(|s| s.parent = Some(parent(reaper, 480))),
            Class::Orphan,
            "{reaper}"
        );
        assert_eq!(
            judged(|s| s.parent = Some(parent(reaper, 490))),
            Class::Supervised
        );
    }
    assert_eq!(
        with(|f| f.session = Some(Pid(1))),
        Class::Supervised,
        "a container's worker"
    );
    let manager = |of_user: Option<bool>| Facts {
        user_manager: of_user,
        ..parent("systemd", 480)
    };
    assert_eq!(
        judged(|s| s.parent = Some(manager(Some(true)))),
        Class::Orphan
    );
    assert_eq!(judged(|s| s.parent = Some(manager(None))), Class::Unknown);
}

#[test]
fn the_child_of_an_orphan_of_the_same_plan_is_one_too() {
    let mut worker = orphan(Pid(501));
    worker.parent = Some(facts(ORPHAN));
    let (own, ports) = (own(), ports());
    let judge = |orphans: &BTreeSet<_>| {
        let context = Context {
            own: &own,
            ports: &ports,
            orphans,
        };
        class(&worker, &context).class
    };
    assert_eq!(judge(&BTreeSet::new()), Class::Supervised);
    assert_eq!(judge(&BTreeSet::from([facts(ORPHAN).id])), Class::Orphan);
    let mut reused = facts(ORPHAN).id;
    reused.started += 1;
    assert_eq!(judge(&BTreeSet::from([reused])), Class::Supervised);
}

#[test]
fn a_terminal_at_which_nobody_looked_makes_unknown() {
    for terminal in [Terminal::Named, Terminal::Device(1)] {
        let class = with(|f| {
            f.terminal = Some(terminal);
            f.session_leader_alive = None;
        });
        assert_eq!(class, Class::Unknown);
    }
}

#[test]
fn a_process_in_an_open_terminal_is_interactive() {
    let at_terminal = |leader| {
        with(|f| {
            f.terminal = Some(Terminal::Device(34_816));
            f.session_leader_alive = leader;
        })
    };
    assert_eq!(at_terminal(Some(true)), Class::Interactive);
    assert_eq!(at_terminal(Some(false)), Class::Orphan);
    assert_eq!(at_terminal(None), Class::Unknown);
}

#[test]
fn a_process_with_a_window_is_interactive() {
    let with = |display| judged(|s| s.display = display);
    assert_eq!(with(Some(true)), Class::Interactive);
    assert_eq!(with(Some(false)), Class::Orphan);
    assert_eq!(with(None), Class::Unknown);
    // A terminal outweighs a window of which nothing is known.
    let at_terminal = judged(|s| {
        s.display = None;
        s.facts.terminal = Some(Terminal::Device(34_816));
        s.facts.session_leader_alive = Some(true);
    });
    assert_eq!(at_terminal, Class::Interactive);
}

#[test]
fn a_parent_that_may_be_left_over_itself_is_named_as_such() {
    let reason = |grandparent: Option<Facts>| {
        let mut worker = orphan(ORPHAN);
        worker.parent = Some(parent("python3", 480));
        worker.grandparent = grandparent;
        let judgement = judged_by(&worker, &own());
        assert_eq!(judgement.class, Class::Supervised);
        judgement.reason
    };
    let plain = "its parent python3 (pid 480) is running";
    assert_eq!(reason(None), plain);
    assert_eq!(reason(Some(parent("bash", 470))), plain);
    // A worker that a container was made for has the session of its first process.
    assert_eq!(reason(Some(parent("tini", 480))), plain);
    let adopted = reason(Some(parent("tini", 1)));
    assert!(
        adopted.starts_with(plain) && adopted.contains("whoever started that one has gone"),
        "{adopted}"
    );
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
    let blind: [fn(&mut SelfInfo); 5] = [
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
