//! The counters of real JVMs, with each of their collectors.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, also in what it shares"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use ibdoc::diagnosis::vitals::{assess_vitals, in_words};
use ibdoc::finding::Code;
use ibdoc::machine::pid::Pid;
use ibdoc::machine::process::system;
use ibdoc::machine::vitals::{NoVitals, VitalSigns};
use rustix::process::Signal;

use crate::helpers::command::{PATIENCE, Running, eventually, skipped};
use crate::helpers::java::{Classes, jvms};

const SOURCE: &str = include_str!("../helpers/Heap.java");

/// What it did in about a second.
fn signs(running: &Running) -> VitalSigns {
    signs_of(Pid(running.child.id()))
}

fn signs_of(pid: Pid) -> VitalSigns {
    let processes = system();
    let mut before = None;
    eventually("the JVM has counters", || {
        before = processes.vitals(pid).ok();
        before.is_some()
    });
    let began = Instant::now();
    let mut signs = None;
    eventually("a second has passed", || {
        let now = processes.vitals(pid).unwrap();
        signs = VitalSigns::between(pid, before.as_ref().unwrap(), &now, began.elapsed());
        began.elapsed().as_secs() > 0
    });
    signs.unwrap()
}

/// The code of what is found of it, once something is, or at the end of all patience.
fn found(running: &Running) -> (Option<Code>, String) {
    let began = Instant::now();
    loop {
        let signs = signs(running);
        let code = assess_vitals(&signs, "it").map(|finding| finding.code);
        if code.is_some() || began.elapsed() > PATIENCE {
            return (code, in_words(&signs));
        }
    }
}

fn start(classes: &Classes, java: &Path, options: &[&str], kind: &str) -> Option<Running> {
    let mut running = classes.run(java, options, &[kind]);
    // A JVM without this collector ends at once.
    (!running.line().is_empty()).then_some(running)
}

#[test]
fn a_full_heap_is_found_with_each_collector_of_each_jvm_and_an_idle_one_is_well() {
    let Some(classes) = Classes::compiled("Heap", SOURCE) else {
        return skipped("no javac");
    };
    for java in jvms() {
        // G1 divides its heap into regions of a megabyte, one of which has to be left.
        for (heap, collector, kind) in [
            ("-Xmx16m", "-XX:+UseSerialGC", "full"),
            ("-Xmx16m", "-XX:+UseParallelGC", "full"),
            ("-Xmx128m", "-XX:+UseG1GC", "full"),
            // What a concurrent collector has left in use is known only once it falls behind.
            ("-Xmx128m", "-XX:+UseZGC", "starved"),
            ("-Xmx128m", "-XX:+UseShenandoahGC", "starved"),
        ] {
            let options = [heap, collector];
            let Some(idle) = start(&classes, &java, &options, "idle") else {
                continue;
            };
            let signs = signs(&idle);
            let finding = assess_vitals(&signs, "it");
            assert_eq!(finding, None, "{java:?} {collector}: {}", in_words(&signs));
            let full = start(&classes, &java, &options, kind).expect("the same JVM");
            let (code, words) = found(&full);
            assert_eq!(
                code,
                Some(Code::GatewayMemory),
                "{java:?} {collector}: {words}"
            );
        }
    }
}

#[test]
fn the_heap_and_the_threads_of_each_collector_are_told() {
    let Some(classes) = Classes::compiled("Heap", SOURCE) else {
        return skipped("no javac");
    };
    for collector in ["Serial", "Parallel", "G1", "Z", "Shenandoah"] {
        let option = format!("-XX:+Use{collector}GC");
        let options = ["-Xmx64m", option.as_str()];
        let Some(running) = start(&classes, Path::new("java"), &options, "idle") else {
            skipped(&format!("no collector {collector}"));
            continue;
        };
        let signs = signs(&running);
        let heap = signs.heap_max_bytes.unwrap();
        assert!((60 << 20..=65 << 20).contains(&heap), "{collector}: {heap}");
        assert!(signs.heap_used_bytes.unwrap() <= heap, "{collector}");
        assert!(signs.threads >= Some(3), "{collector}: {signs:?}");
        let version = signs.version.clone().unwrap();
        assert!(
            version.starts_with(|first: char| first.is_ascii_digit()),
            "{version}"
        );
        assert!(
            signs.at_safepoints.is_some() && !signs.stood_still,
            "{signs:?}"
        );
    }
}

#[test]
fn collections_without_a_pause_between_them_are_a_lack_of_memory() {
    let Some(classes) = Classes::compiled("Heap", SOURCE) else {
        return skipped("no javac");
    };
    let options = ["-Xmx64m", "-XX:+UseSerialGC"];
    let Some(running) = start(&classes, Path::new("java"), &options, "collecting") else {
        return skipped("no collector");
    };
    let (code, words) = found(&running);
    assert_eq!(code, Some(Code::GatewayMemory), "{words}");
}

#[test]
fn a_jvm_whose_threads_are_held_for_other_things_than_collections_is_paused() {
    let Some(classes) = Classes::compiled("Heap", SOURCE) else {
        return skipped("no javac");
    };
    for java in jvms() {
        for collector in ["-XX:+UseG1GC", "-XX:+UseShenandoahGC"] {
            let options = ["-Xmx256m", collector];
            let Some(running) = start(&classes, &java, &options, "paused") else {
                continue;
            };
            let (code, words) = found(&running);
            assert_eq!(
                code,
                Some(Code::GatewayPaused),
                "{java:?} {collector}: {words}"
            );
        }
    }
}

#[test]
fn a_jvm_in_a_pid_namespace_is_read_by_the_name_that_its_file_has_there() {
    let Some(classes) = Classes::compiled("Heap", SOURCE) else {
        return skipped("no javac");
    };
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("java");
    fs::write(&inside, include_str!("../helpers/java_inside.sh")).unwrap();
    fs::set_permissions(&inside, fs::Permissions::from_mode(0o755)).unwrap();
    let options = ["-Xmx16m", "-XX:+UseSerialGC"];
    let Some(running) = start(&classes, &inside, &options, "idle") else {
        return skipped("no namespace can be made");
    };
    let outside = running.child.id();
    let children = fs::read_to_string(format!("/proc/{outside}/task/{outside}/children"));
    let jvm: u32 = children.unwrap().trim().parse().unwrap();
    let signs = signs_of(Pid(jvm));
    assert_eq!(signs.pid, Pid(jvm));
    assert!(
        signs.threads >= Some(3) && signs.heap_max_bytes > Some(10 << 20),
        "{signs:?}"
    );
}

#[test]
fn a_stopped_jvm_has_a_clock_that_stands_still_and_is_not_judged() {
    let Some(classes) = Classes::compiled("Heap", SOURCE) else {
        return skipped("no javac");
    };
    let options = ["-Xmx16m", "-XX:+UseSerialGC"];
    let Some(running) = start(&classes, Path::new("java"), &options, "full") else {
        return skipped("no collector");
    };
    if system()
        .vitals(Pid(running.child.id()))
        .is_ok_and(|it| it.clock.is_none())
    {
        return skipped("this JVM tells no clock");
    }
    running.signal(Signal::STOP);
    let mut last = VitalSigns::default();
    eventually("its clock stands still", || {
        last = signs(&running);
        last.stood_still
    });
    assert_eq!(assess_vitals(&last, "it"), None);
    running.signal(Signal::CONT);
}

#[test]
fn a_program_without_counters_has_none() {
    let own = Pid(std::process::id());
    assert_eq!(system().vitals(own), Err(NoVitals::Absent));
    assert_eq!(system().vitals(Pid(u32::MAX)), Err(NoVitals::Absent));
    let Some(classes) = Classes::compiled("Heap", SOURCE) else {
        return skipped("no javac");
    };
    let options = ["-XX:-UsePerfData"];
    let Some(running) = start(&classes, Path::new("java"), &options, "idle") else {
        return skipped("no java");
    };
    let seen = system().vitals(Pid(running.child.id()));
    assert_eq!(seen, Err(NoVitals::Absent));
}
