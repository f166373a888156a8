//! The vital signs of a Gateway's JVM → a finding, and words.

use std::time::Duration;

use crate::finding::verdict::Severity;
use crate::finding::{Code, Finding};
use crate::machine::vitals::VitalSigns;
use crate::text::duration::shown;
use crate::text::words::{counted, joined};

/// An old generation that keeps more than this after a collection is full.
const FULL: f64 = 0.95;

/// More than this part of the time is too much.
const HALF: f64 = 0.5;

/// Findings are made of at least so long a time.
pub const JUDGED: Duration = Duration::from_millis(800);

/// What is wrong with a JVM; at most one finding, for one cause has one name.
pub fn assess_vitals(signs: &VitalSigns, subject: &str) -> Option<Finding> {
    if signs.measured < JUDGED || signs.stood_still {
        return None;
    }
    let (code, summary) = memory(signs)
        .map(|summary| (Code::GatewayMemory, summary))
        .or_else(|| Some((Code::GatewayPaused, pause(signs)?)))?;
    let finding = Finding::new(code, subject, summary);
    Some(finding.with_evidence(format!("JVM of pid {}: {}", signs.pid, in_words(signs))))
}

/// A Gateway that does not answer and whose JVM has such a finding does not answer because of it: the
/// finding comes first.
pub fn explain_silence(findings: &mut Vec<Finding>, mut cause: Finding) {
    let is_silent = crate::finding::verdict(findings) == crate::finding::verdict::Verdict::Failed;
    if is_silent {
        cause.severity = Severity::Error;
    }
    findings.insert(0, cause);
}

/// Whether it is worth to wait until something can be found.
pub fn is_suspicious(signs: &VitalSigns) -> bool {
    let used = signs.old_used_bytes.zip(signs.old_max_bytes);
    let is_full = used.is_some_and(|(used, max)| used as f64 > max as f64 * 0.9);
    let is_held = signs.at_safepoints > Some(0.2) || signs.collecting > Some(0.2);
    is_full || is_held || signs.running.is_some() || signs.has_stalled
}

fn memory(signs: &VitalSigns) -> Option<String> {
    let is_full = signs.old_kept.is_some_and(|kept| kept > FULL);
    let collecting = signs.collecting.filter(|part| *part > HALF);
    // One long collection is a pause; several that follow each other are a lack of memory.
    let collecting = collecting.filter(|_| signs.collections > 1 || is_full);
    let stays = signs.old_kept.filter(|_| is_full).map(|kept| {
        let what = if signs.has_stalled {
            "the Gateway's heap is full, and its allocations wait for collections"
        } else {
            "the Gateway's heap is full after a collection"
        };
        format!(
            "{what}: {} of its old generation stays in use",
            percent(kept)
        )
    });
    match (stays, collecting) {
        (Some(stays), Some(part)) => Some(format!(
            "{stays}, and {} of the time goes into collections",
            percent(part)
        )),
        (Some(stays), None) => Some(stays),
        (None, Some(part)) => Some(format!(
            "the Gateway's JVM collects garbage for {} of the time",
            percent(part)
        )),
        (None, None) => None,
    }
}

fn pause(signs: &VitalSigns) -> Option<String> {
    let held = signs.at_safepoints.filter(|part| *part > HALF)?;
    let held = percent(held);
    Some(match signs.running {
        Some(running) if running >= signs.measured => format!(
            "one collection has held all threads of the Gateway's JVM for {}",
            shown(running)
        ),
        _ => format!("all threads of the Gateway's JVM were held for {held} of the time"),
    })
}

/// The signs in one line, such as `heap 412 of 768 MiB, 3 % of 1.0 s in collections, …`.
pub fn in_words(signs: &VitalSigns) -> String {
    let heap = signs.heap_used_bytes.zip(signs.heap_max_bytes);
    let heap =
        heap.map(|(used, max)| format!("heap {} of {} MiB", mebibytes(used), mebibytes(max)));
    let over = shown(signs.measured);
    let collecting = signs
        .collecting
        .map(|part| format!("{} of {over} in collections", percent(part)));
    let held = signs
        .at_safepoints
        .map(|part| format!("{} at safepoints", percent(part)));
    let still = signs
        .stood_still
        .then(|| format!("its clock stood still for {over}"));
    let threads = signs.threads.map(|threads| counted(threads, "thread"));
    let version = signs
        .version
        .as_ref()
        .map(|version| format!("version {version}"));
    let parts = [heap, collecting, held, still, threads, version];
    joined(parts.into_iter().flatten())
}

fn percent(part: f64) -> String {
    // What is not quite all is not called all.
    let percent = (part * 100.0).round();
    let percent = if part < 1.0 {
        percent.min(99.0)
    } else {
        percent
    };
    format!("{percent} %")
}

fn mebibytes(bytes: u64) -> u64 {
    bytes.saturating_add(1 << 19) >> 20
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::pid::Pid;

    const MIB: u64 = 1 << 20;

    fn signs() -> VitalSigns {
        VitalSigns {
            pid: Pid(7),
            version: Some("17.0.10".to_owned()),
            heap_used_bytes: Some(412 * MIB),
            heap_max_bytes: Some(768 * MIB),
            old_used_bytes: Some(300 * MIB),
            old_max_bytes: Some(512 * MIB),
            collecting: Some(0.03),
            at_safepoints: Some(0.04),
            threads: Some(87),
            measured: Duration::from_secs(1),
            ..VitalSigns::default()
        }
    }

    fn code(change: impl FnOnce(&mut VitalSigns)) -> Option<Code> {
        let mut changed = signs();
        change(&mut changed);
        assess_vitals(&changed, "127.0.0.1:4002").map(|finding| finding.code)
    }

    #[test]
    fn a_full_old_generation_is_found_only_after_a_collection_of_it() {
        assert_eq!(code(|_| ()), None);
        assert_eq!(code(|it| it.old_used_bytes = it.old_max_bytes), None);
        assert_eq!(code(|it| it.old_kept = Some(0.95)), None);
        assert_eq!(
            code(|it| it.old_kept = Some(0.96)),
            Some(Code::GatewayMemory)
        );
    }

    #[test]
    fn collections_that_follow_each_other_are_a_lack_of_memory_and_one_long_one_is_a_pause() {
        let collecting = |runs: u64| {
            code(|it| {
                (it.collecting, it.at_safepoints) = (Some(0.7), Some(0.7));
                it.collections = runs;
            })
        };
        assert_eq!(collecting(9), Some(Code::GatewayMemory));
        assert_eq!(collecting(1), Some(Code::GatewayPaused));
        assert_eq!(collecting(0), Some(Code::GatewayPaused));
        assert_eq!(
            code(|it| it.at_safepoints = Some(0.51)),
            Some(Code::GatewayPaused)
        );
        assert_eq!(code(|it| it.at_safepoints = Some(0.5)), None);
    }

    #[test]
    fn nothing_is_found_of_a_short_time_or_of_a_clock_that_stood_still() {
        assert_eq!(
            code(|it| {
                it.old_kept = Some(1.0);
                it.measured = Duration::from_millis(700);
            }),
            None
        );
        assert_eq!(
            code(|it| {
                it.old_kept = Some(1.0);
                it.stood_still = true;
            }),
            None
        );
    }

    #[test]
    fn the_cause_of_a_silence_comes_before_it_and_is_as_grave() {
        let full = VitalSigns {
            old_kept: Some(0.99),
            ..signs()
        };
        let cause = || assess_vitals(&full, "gw").unwrap();
        let mut silent = vec![Finding::new(Code::SilentAfterConnect, "gw", "silent")];
        explain_silence(&mut silent, cause());
        assert_eq!(silent[0].code, Code::GatewayMemory);
        assert_eq!(silent[0].severity, Severity::Error);
        let mut healthy = Vec::new();
        explain_silence(&mut healthy, cause());
        assert_eq!(healthy[0].severity, Severity::Warning);
    }

    #[test]
    fn the_signs_are_told_in_one_line() {
        let line = "heap 412 of 768 MiB, 3 % of 1.0 s in collections, 4 % at safepoints, 87 threads, \
                    version 17.0.10";
        assert_eq!(in_words(&signs()), line);
        assert_eq!(percent(0.999), "99 %");
        assert_eq!(percent(1.0), "100 %");
    }
}
