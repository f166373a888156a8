//! The rules about who runs a process and who is connected to it.

use std::collections::BTreeSet;

use super::made::{ORPHAN, facts, orphan, own, ports};
use super::rules::{judged, judged_by, with};
use crate::machine::pid::Pid;
use crate::machine::process::{Cgroup, Facts};
use crate::report::Class;
use crate::zombie::{Context, class};

#[test]
fn a_service_or_container_is_spared_unless_it_is_ibdocs_own() {
    let service = Cgroup::at("/system.slice/bot.service");
    let mut subject = orphan(ORPHAN);
    subject.facts.cgroup = Some(service.clone());
    let judgement = judged_by(&subject, &own());
    assert_eq!(judgement.class, Class::Service);
    assert!(judgement.reason.contains("systemctl restart bot.service"));
    let inside = Facts {
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
    let inside = Facts {
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
fn a_peer_that_the_same_plan_ends_spares_no_process() {
    let mut worker = orphan(Pid(501));
    worker.peers = Some(vec![facts(ORPHAN)]);
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
    let said = "python3 (pid 500) is connected to it by a unix socket";
    assert!(alone.reason.starts_with(said), "{}", alone.reason);
    let together = judge(&BTreeSet::from([facts(ORPHAN).id]));
    assert_eq!(together.class, Class::Orphan);
    let mut reused = facts(ORPHAN).id;
    reused.started += 1;
    let other = judge(&BTreeSet::from([reused]));
    assert_eq!(other.class, Class::Interactive);
}
