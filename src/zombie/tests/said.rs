//! What is said of the sockets that living clients leave half closed.

use super::made::{ORPHAN, criteria, half_closed, orphan, snapshot};
use crate::finding::{Code, Finding};
use crate::machine::pid::Pid;
use crate::zombie::{Census, Snapshot, StuckSocket};

/// The findings about a client that is being debugged, and whose socket is changed in one way.
fn said(change: impl FnOnce(&mut StuckSocket)) -> Vec<Finding> {
    let mut client = orphan(ORPHAN);
    client.facts.traced = Some(true);
    let mut snapshot = snapshot([client]);
    change(&mut snapshot.stuck[0]);
    findings(&snapshot)
}

fn findings(snapshot: &Snapshot) -> Vec<Finding> {
    let mut findings = Census::judge(snapshot.clone(), &criteria()).findings();
    findings.retain(|finding| finding.code == Code::ZombieClientLive);
    findings
}

fn summary(change: impl FnOnce(&mut StuckSocket)) -> String {
    let findings = said(change);
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings[0].summary.clone()
}

fn with_queue(bytes: Option<u32>) -> String {
    summary(|stuck| stuck.socket.recv_queue = bytes)
}

#[test]
fn a_client_that_does_not_read_is_told_from_one_that_leaks_a_descriptor() {
    let unread = with_queue(Some(1));
    assert_eq!(with_queue(Some(18)), unread);
    assert!(unread.contains("has not noticed the end"), "{unread}");
    let leaked = with_queue(Some(0));
    assert!(
        leaked.contains("read to the end") && leaked.contains("leaked"),
        "{leaked}"
    );
    let unknown = with_queue(None);
    for claim in ["noticed", "read to the end", "leaked"] {
        assert!(!unknown.contains(claim), "{unknown}");
    }
}

#[test]
fn an_owner_out_of_sight_is_not_said_to_have_noticed_anything() {
    let hidden = said(|stuck| {
        stuck.holders.clear();
        stuck.hidden = true;
    });
    let summary = &hidden[0].summary;
    assert!(
        summary.contains("cannot be seen from this account"),
        "{summary}"
    );
    assert!(!summary.contains("noticed"), "{summary}");
    assert!(hidden[0].remedies[0].contains("sudo"), "{hidden:?}");
    let gone = said(|stuck| stuck.holders.clear());
    assert!(gone[0].summary.contains("no process was found"), "{gone:?}");
    assert!(!gone[0].remedies[0].contains("restart"), "{gone:?}");
}

#[test]
fn each_way_is_a_finding_of_its_own() {
    let mut clients = [orphan(ORPHAN), orphan(Pid(501))];
    for client in &mut clients {
        client.facts.traced = Some(true);
    }
    let mut snapshot = snapshot(clients);
    let leaking = half_closed(Pid(501)).local;
    let mut rows = snapshot.stuck.iter_mut();
    let leaked = rows.find(|row| row.socket.local == leaking).unwrap();
    leaked.socket.recv_queue = Some(0);
    let findings = findings(&snapshot);
    assert_eq!(findings.len(), 2, "{findings:?}");
    let names = |finding: &Finding, pid: u32| {
        let pid = format!("(pid {pid})");
        finding.evidence.iter().any(|line| line.contains(&pid))
    };
    assert!(
        names(&findings[0], 500) && !names(&findings[0], 501),
        "{findings:?}"
    );
    assert!(
        names(&findings[1], 501) && !names(&findings[1], 500),
        "{findings:?}"
    );
}

#[test]
fn a_leaked_socket_is_to_be_healed_only_where_heal_does_not_refuse() {
    let remedy = |change: fn(&mut crate::machine::process::Facts)| {
        let mut client = orphan(ORPHAN);
        client.facts.traced = Some(true);
        change(&mut client.facts);
        let mut snapshot = snapshot([client]);
        snapshot.stuck[0].socket.recv_queue = Some(0);
        findings(&snapshot)[0].remedies.join(" ")
    };
    assert!(remedy(|_| ()).contains("--heal"));
    let java = remedy(|facts| facts.jvm = Some(crate::machine::process::Jvm::Library));
    assert!(!java.contains("--heal"), "{java}");
}

#[test]
fn several_sockets_are_spoken_of_as_several() {
    let mut snapshot = snapshot([orphan(ORPHAN), orphan(Pid(501))]);
    for subject in snapshot.processes.values_mut() {
        subject.facts.traced = Some(true);
    }
    let summary = &findings(&snapshot)[0].summary;
    assert!(
        summary.starts_with("2 sockets are half closed, and whoever has them open"),
        "{summary}"
    );
}

#[test]
fn root_is_not_told_to_use_sudo() {
    let mut snapshot = snapshot([orphan(ORPHAN)]);
    snapshot.stuck[0].holders.clear();
    snapshot.stuck[0].hidden = true;
    snapshot.own.uid = Some(0);
    let finding = &findings(&snapshot)[0];
    let said = format!("{} {:?}", finding.summary, finding.remedies);
    assert!(!said.contains("sudo"), "{said}");
}

#[test]
fn root_is_not_told_to_run_it_as_root_whatever_could_not_be_read() {
    let mut snapshot = snapshot([orphan(ORPHAN)]);
    snapshot.stuck[0].holders.clear();
    snapshot.stuck[0].hidden = true;
    let is_privilege_asked_for = |snapshot: &Snapshot| {
        let findings = Census::judge(snapshot.clone(), &criteria()).findings();
        let incomplete = findings
            .iter()
            .find(|finding| finding.code == Code::TableIncomplete);
        incomplete.unwrap().remedies.join(" ").contains("as root")
    };
    assert!(is_privilege_asked_for(&snapshot), "another user");
    snapshot.own.uid = Some(0);
    assert!(!is_privilege_asked_for(&snapshot));
    snapshot.unreadable_count = 1;
    assert!(!is_privilege_asked_for(&snapshot));
    snapshot.unreadable_count = 0;
    snapshot.stuck.clear();
    snapshot.degraded.push("the table kept changing".to_owned());
    assert!(!is_privilege_asked_for(&snapshot));
}

#[test]
fn an_orphan_that_stays_is_not_said_to_end_by_a_kill() {
    let remedy = |snapshot: &Snapshot| {
        let findings = Census::judge(snapshot.clone(), &criteria()).findings();
        let orphaned = |finding: &&Finding| finding.code == Code::ZombieClientOrphan;
        let finding = findings.iter().find(orphaned).unwrap().clone();
        (finding.remedies.join(" "), finding.evidence.join(" "))
    };
    let mut snapshot = snapshot([orphan(ORPHAN)]);
    let (ends, evidence) = remedy(&snapshot);
    assert!(
        ends.contains("run `ibdoc zombies --kill --port 4002`")
            && evidence.contains("is an orphan:")
    );
    snapshot.listening.clear();
    let (stays, _) = remedy(&snapshot);
    assert!(
        stays.contains("a bare --kill would leave them: run `ibdoc zombies --heal"),
        "{stays}"
    );
}
