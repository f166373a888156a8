//! What becomes of a group whose leader or run is gone.

use rustix::process::{WaitOptions, waitpid};

use super::*;

fn sh(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    command
}

#[tokio::test]
async fn a_leader_that_somebody_else_has_reaped_ends_without_a_signal_or_a_status() {
    let world = World::open();
    let mut group = Group::start(&mut sh("exit 0"), &world, None).unwrap();
    waitpid(Some(group.raw), WaitOptions::empty()).unwrap();
    group.leader_ended().await;
    assert!(group.settled);
    assert!(group.end(false).await.is_ok());
    assert!(group.reap().is_err());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_group_that_is_given_up_is_asked_before_it_is_forced() {
    let folder = tempfile::tempdir().unwrap();
    let (ready, asked) = (folder.path().join("ready"), folder.path().join("asked"));
    let script = format!(
        "trap 'echo > {}; exit 0' TERM; echo > {}; while :; do sleep 0.01; done",
        asked.display(),
        ready.display()
    );
    let world = World::open();
    let mut group = Group::start(&mut sh(&script), &world, None).unwrap();
    while !ready.exists() {
        assert!(!group.has_leader_ended());
        std::thread::yield_now();
    }
    drop(group);
    assert!(std::fs::exists(asked).unwrap());
}
