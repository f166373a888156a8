//! The rules about who runs a process and who is connected to it.

use std::collections::BTreeSet;

use super::made::{ORPHAN, facts, init, orphan, own, peer, ports};
use super::rules::{judged_by, judgement, with};
use crate::machine::pid::Pid;
use crate::machine::process::{Cgroup, Facts, Link, Stdio};
use crate::report::{Class, MayEnd};
use crate::zombie::class::{forbidding_descendant, staying_child};
use crate::zombie::{Context, Subject, class};

#[test]
fn a_service_or_container_is_spared_unless_it_is_ibdocs_own() {
    let service = Cgroup::at("/system.slice/bot.service");
    let mut subject = orphan(ORPHAN);
    subject.facts.cgroup = Some(service.clone());
    let judgement = judged_by(&subject, &own());
    assert_eq!(
        (judgement.answer, judgement.class),
        (MayEnd::IfNamed, Class::Service)
    );
    assert!(judgement.reason.contains("systemctl restart bot.service"));
    let inside = Facts {
        cgroup: Some(service),
        ..own()
    };
    assert_eq!(judged_by(&subject, &inside).class, Class::Orphan);
    let docker = Cgroup::at(format!("/docker/{}", "ab".repeat(32)));
    assert_eq!(
        with(|f| f.cgroup = Some(docker.clone())).class,
        Class::Service
    );
    // Where the runtime's own service has them both, they are two containers all the same.
    let beside = |other: &str| Cgroup {
        path: "/system.slice/containerd.service".to_owned(),
        others: vec![other.to_owned()],
    };
    let inside = Facts {
        cgroup: Some(beside("/")),
        ..own()
    };
    subject.facts.cgroup = Some(beside(&docker.path));
    let judgement = judged_by(&subject, &inside);
    assert_eq!(judgement.class, Class::Service);
    assert_eq!(
        judgement.reason,
        "it runs in a container, which may end with it"
    );
}

#[test]
fn what_a_unit_only_hosts_is_left_over_like_anything_else() {
    for unit in [
        "cron.service",
        "ssh.service",
        "supervisor.service",
        "pm2-me.service",
    ] {
        let path = format!("/system.slice/{unit}");
        let judgement = with(|f| f.cgroup = Some(Cgroup::at(path)));
        assert_eq!(judgement.answer, MayEnd::Orphan, "{unit}");
    }
}

fn parent(name: &str, session: u32) -> Facts {
    Facts {
        session: Some(Pid(session)),
        name: name.to_owned(),
        argv0: Some(name.to_owned()),
        executable: Some(format!("/usr/bin/{name}")),
        ..facts(Pid(480))
    }
}

#[test]
fn the_child_of_a_living_parent_is_supervised() {
    let judgement = judgement(|s| s.parent = Some(parent("bash", 480)));
    assert_eq!(
        (judgement.answer, judgement.class),
        (MayEnd::IfNamed, Class::Supervised)
    );
}

#[test]
fn a_reaper_adopts_what_its_parent_and_the_leader_of_its_session_have_left() {
    for reaper in ["tini", "dumb-init", "conmon", "catatonit"] {
        let of = |change: fn(&mut Subject)| {
            judgement(|s| {
                s.parent = Some(parent(reaper, 480));
                change(s);
            })
            .answer
        };
        assert_eq!(of(|_| {}), MayEnd::Orphan, "{reaper}");
        let led = of(|s| s.facts.session_leader_alive = Some(true));
        assert_eq!(led, MayEnd::IfNamed, "{reaper}");
        // The reaper's own session: there was no other leader.
        let of_reaper = of(|s| {
            s.facts.session = Some(Pid(480));
            s.facts.session_leader_alive = Some(true);
        });
        assert_eq!(of_reaper, MayEnd::Orphan, "{reaper}");
        // What a container was made for leads a group, or has that of its first process.
        let worker = of(|s| {
            s.facts.session = Some(Pid(480));
            s.facts.session_leader_alive = Some(true);
            s.facts.group = Some(s.facts.id.pid);
        });
        assert_eq!(worker, MayEnd::IfNamed, "{reaper}");
    }
    let manager = |of_user: Option<bool>| Facts {
        user_manager: of_user,
        ..parent("systemd", 480)
    };
    let adopted = |of_user| judgement(|s| s.parent = Some(manager(of_user))).answer;
    assert_eq!(adopted(Some(true)), MayEnd::Orphan);
    assert_eq!(adopted(None), MayEnd::IfNamed);
}

#[test]
fn the_reason_of_a_living_session_leader_does_not_say_that_it_has_gone() {
    let reason = with(|f| f.session_leader_alive = Some(true)).reason;
    assert_eq!(reason, "the leader of its session, pid 490, is running");
}

#[test]
fn the_child_of_an_orphan_of_the_same_plan_is_one_too() {
    let mut worker = orphan(Pid(501));
    worker.parent = Some(facts(ORPHAN));
    let (own, ports) = (own(), ports());
    let judge = |orphans: &BTreeSet<_>| {
        let context = Context {
            orphans,
            ..Context::alone(&own, &ports)
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
fn a_peer_that_the_same_plan_ends_spares_no_process() {
    for (link, said) in [
        (
            Link::Unix,
            "python3 bot.py (pid 500) is connected to it by a unix socket",
        ),
        (
            Link::Pipe,
            "python3 bot.py (pid 500) has the other end of its input or output",
        ),
    ] {
        let mut worker = orphan(Pid(501));
        worker.peers = Some(vec![peer(facts(ORPHAN), link)]);
        let (own, ports) = (own(), ports());
        let judge = |ending: &BTreeSet<_>| {
            let context = Context {
                ending,
                ..Context::alone(&own, &ports)
            };
            class(&worker, &context)
        };
        let alone = judge(&BTreeSet::new());
        assert_eq!(alone.class, Class::Interactive);
        assert!(alone.reason.starts_with(said), "{}", alone.reason);
        let together = judge(&BTreeSet::from([facts(ORPHAN).id]));
        assert_eq!(together.class, Class::Orphan);
        let mut reused = facts(ORPHAN).id;
        reused.started += 1;
        assert_eq!(judge(&BTreeSet::from([reused])).class, Class::Interactive);
    }
}

/// An orphan with one child, which holds no socket.
fn with_child(change: impl FnOnce(&mut Subject)) -> Subject {
    let mut child = orphan(Pid(600));
    child.facts.parent = Some(ORPHAN);
    child.sockets = Some(Vec::new());
    change(&mut child);
    let mut subject = orphan(ORPHAN);
    subject.facts.children = Some(vec![child.facts.id.pid]);
    subject.family = Some(vec![child]);
    subject
}

#[test]
fn a_helper_that_ends_with_its_parent_keeps_it_from_nothing() {
    let stays = |change: fn(&mut Subject)| {
        let subject = with_child(change);
        staying_child(&subject, &|_| false).unwrap()
    };
    assert_eq!(stays(|c| c.facts.is_tracker = Some(true)), None);
    let is_helper = |name: &str, input: Stdio, change: fn(&mut Facts)| {
        let mut child = with_child(|child| {
            child.facts = Facts {
                parent: Some(ORPHAN),
                session: orphan(ORPHAN).facts.session,
                stdio: [Some(input), Some(Stdio::Pipe), Some(Stdio::Null)],
                ..parent(name, 490)
            };
            change(&mut child.facts);
        });
        child.facts.children = Some(vec![Pid(480)]);
        staying_child(&child, &|_| false) == Ok(None)
    };
    for (name, input, helps) in [
        ("sleep", Stdio::Null, true),
        ("sleep", Stdio::Terminal, false),
        ("tee", Stdio::Pipe, true),
        ("tail", Stdio::Pipe, true),
        // It follows a file, and does not end with its parent.
        ("tail", Stdio::Null, false),
        ("cat", Stdio::Pipe, false),
    ] {
        assert_eq!(is_helper(name, input, |_| {}), helps, "{name} {input:?}");
        let apart = is_helper(name, input, |it| it.session = Some(it.id.pid));
        assert!(!apart, "{name} in a session of its own");
        let unknown = is_helper(name, input, |it| it.session = None);
        assert!(!unknown, "{name} in a session that is not known");
    }
    let read = |it: &mut Facts| it.stdio_open[1] = Some(true);
    assert!(!is_helper("tee", Stdio::Pipe, read), "somebody reads it");
    let other = stays(|_| {}).unwrap();
    assert_eq!(other, "python3 bot.py (pid 600)");
    let parent = stays(|c| {
        c.facts.is_tracker = Some(true);
        c.facts.children = Some(vec![Pid(601)]);
    });
    assert!(parent.is_some(), "a helper with a child of its own");
    let unread = stays(|c| {
        c.facts.is_tracker = Some(true);
        c.sockets = None;
    });
    assert!(unread.is_some());
}

#[test]
fn a_child_that_is_never_ended_keeps_its_parent_also_when_that_is_named() {
    let (own, ports) = (own(), ports());
    let forbidding = |change: fn(&mut Subject)| {
        let subject = with_child(change);
        let context = Context::alone(&own, &ports);
        forbidding_descendant(&subject, &|_| false, &context).unwrap()
    };
    assert_eq!(forbidding(|_| {}), None);
    let java = forbidding(|c| c.facts.jvm = Some(crate::machine::process::Jvm::Name)).unwrap();
    assert!(java.contains("(pid 600): it is Java by its name"), "{java}");
    assert!(forbidding(|c| c.sockets = None).is_some());
    assert!(forbidding(|c| c.facts.parent = Some(init().id.pid)).is_none());
}
