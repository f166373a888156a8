//! Figures as the report files show them.

use super::{Page, wrapped};
use crate::event::{CheckStatus, ExecRun, MomentKind};
use crate::finding::verdict::Severity;
use crate::report::{Attempts, Exec, Fault, Soak, Threshold};
use crate::stats::{Drift, Summary};
use crate::text::duration::span;

/// A change of the median below this is no drift, nor is one below a millisecond.
const NOTABLE_DRIFT: f64 = 0.2;

/// What the times of the program's runs are called.
pub(super) const PROGRAM: &str = "program";

/// The failure rate that the runs still allow; `None` where that is any.
pub(super) fn failure_rate_up_to(upper: Option<f64>) -> Option<String> {
    let upper = upper.filter(|upper| *upper < 1.0)?;
    Some(format!("{} %", percent_up(upper)))
}

/// Rounded up, so that nothing is promised that was not shown; small rates to two digits.
fn percent_up(rate: f64) -> String {
    let percent = rate * 100.0;
    if percent >= 1.0 {
        return format!("{:.0}", percent.ceil());
    }
    let digits = (1.0 - percent.max(1e-9).log10().floor()).clamp(1.0, 6.0);
    let scale = 10_f64.powf(digits);
    format!("{}", (percent * scale).ceil() / scale)
}

/// Bytes in mebibytes.
pub(super) fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / 1_048_576.0)
}

/// The most memory of a run, or what it stayed within; nothing where that is not known.
pub(super) fn memory(run: &ExecRun) -> Option<String> {
    let peak = run.peak_memory_bytes.map(mebibytes);
    peak.or_else(|| {
        run.memory_at_most_bytes
            .map(|most| format!("≤ {}", mebibytes(most)))
    })
}

/// The most memory of any run; where one had only a bound, and that is higher, the bound.
pub(super) fn most_memory(exec: &Exec) -> Option<String> {
    let bound = exec
        .runs
        .iter()
        .filter_map(|run| run.memory_at_most_bytes)
        .max();
    match (exec.peak_memory_bytes, bound) {
        (peak, Some(bound)) if peak.is_none_or(|peak| peak < bound) => {
            Some(format!("≤ {}", mebibytes(bound)))
        }
        (peak, _) => peak.map(mebibytes),
    }
}

/// `at least 99 %`, `at most 400 ms`.
pub(super) fn limit(threshold: &Threshold) -> String {
    threshold.limit_words()
}

/// What was measured against a limit.
pub(super) fn actual(threshold: &Threshold) -> String {
    let actual = threshold.actual_words();
    actual.unwrap_or_else(|| "not measured".to_owned())
}

/// Every kind of time that was measured, with its name.
pub(super) fn times(body: &Soak) -> Vec<(&'static str, Summary)> {
    let mut times = Vec::new();
    let mut add = |name, summary: Option<Summary>| times.extend(summary.map(|it| (name, it)));
    if let Some(attempts) = &body.attempts {
        add("ready", attempts.ready_ms);
        for (name, summary) in &attempts.stages {
            add(name.name(), Some(*summary));
        }
    }
    if let Some(stability) = &body.stability {
        add("ping", stability.pings.rtt_ms);
        add("fetch", stability.fetches.elapsed_ms);
    }
    if let Some(exec) = &body.exec {
        add(PROGRAM, exec.elapsed_ms);
    }
    times
}

/// What the count of successes proves, and no more.
pub(super) fn bound(succeeded: u32, run: u32, upper: Option<f64>) -> Option<String> {
    let rate = failure_rate_up_to(upper)?;
    Some(format!(
        "{succeeded} of {run} still allows a failure rate up to {rate} (95 % confidence)"
    ))
}

/// The mark of a finding.
pub(super) fn mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "i",
        Severity::Warning => "!",
        Severity::Error => "✗",
    }
}

/// The mark and the word of how a check of the doctor ended.
pub(super) fn check(status: CheckStatus) -> (&'static str, &'static str) {
    match status {
        CheckStatus::Ok => ("✓", "ok"),
        CheckStatus::Attention => ("!", "attention"),
        CheckStatus::Failed => ("✗", "failed"),
        CheckStatus::Skipped => ("–", "skipped"),
        CheckStatus::Unknown => ("?", "unknown"),
    }
}

/// Whether a drift is worth a word.
pub(super) fn is_notable(drift: &Drift) -> bool {
    let by = (drift.last_quarter_ms - drift.first_quarter_ms).abs();
    drift.change.abs() >= NOTABLE_DRIFT && by >= 1.0
}

/// Whether it grew slower or faster, in a sentence.
pub(super) fn drift(attempts: &Attempts) -> Option<String> {
    let drift = attempts.drift.filter(is_notable)?;
    let (first, last) = (span(drift.first_quarter_ms), span(drift.last_quarter_ms));
    let change = drift.change.abs() * 100.0;
    let way = if drift.change > 0.0 { "more" } else { "less" };
    Some(format!(
        "Median until ready: {first} in the first quarter, {last} in the last, {change:.0} % {way}."
    ))
}

/// Whose fault it is, in words.
pub(super) fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::None => "nobody's: nothing went wrong",
        Fault::Program => "the program's",
        Fault::Gateway => "the Gateway's",
        Fault::Unknown => "unknown",
    }
}

/// What kind of thing happened to a held session.
pub(super) fn moment(kind: MomentKind) -> &'static str {
    match kind {
        MomentKind::Drop => "dropped",
        MomentKind::ReconnectFailed => "no new session",
        MomentKind::Up => "session up",
        MomentKind::Notice => "notice",
        MomentKind::MissedPing => "ping missed",
        MomentKind::MissedFetch => "fetch missed",
    }
}

/// How a run of the user's program ended.
pub(super) fn ended(run: &ExecRun) -> String {
    let ended = match (run.timed_out, run.exit_status, run.signal) {
        (true, ..) => "ended at its deadline".to_owned(),
        (false, Some(status), _) => format!("status {status}"),
        (false, None, Some(signal)) => format!("signal {signal}"),
        (false, None, None) => "ended".to_owned(),
    };
    match run.left {
        Some(left) if left > 0 => format!("{ended}, {left} left behind"),
        _ => ended,
    }
}

/// A name and a count of what came of a run of the user's program.
pub(super) type Trace = (&'static str, fn(&ExecRun) -> Option<u32>);

/// What outlived some of these runs: nothing for the usual program.
pub(super) fn traces(runs: &[&ExecRun]) -> Vec<Trace> {
    let all: [Trace; 3] = [
        ("still held", |run| run.held),
        ("others ended", |run| run.others_ended),
        ("others left", |run| run.others_left),
    ];
    let some = |(_, count): &Trace| runs.iter().any(|run| count(run).is_some_and(|it| it > 0));
    all.into_iter().filter(some).collect()
}

/// Writes what failure rate so few runs still allow; nothing where that is any.
pub(super) fn write_bound(
    succeeded: u32,
    run: u32,
    upper: Option<f64>,
    out: &mut Page<'_>,
) -> std::io::Result<()> {
    match bound(succeeded, run, upper) {
        Some(bound) => wrapped(&bound, "  ", "    ", out),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_never_rounded_down() {
        assert_eq!(percent_up(0.2588), "26");
        assert_eq!(percent_up(0.002_995), "0.3");
        assert_eq!(percent_up(0.000_299_6), "0.03");
        assert_eq!(percent_up(0.000_301_2), "0.031");
        assert_eq!(percent_up(0.000_009_986), "0.001");
        assert_eq!(percent_up(1.0), "100");
        assert_eq!(percent_up(0.01), "1");
    }

    #[test]
    fn a_bound_that_allows_any_rate_is_not_said() {
        assert_eq!(failure_rate_up_to(Some(1.0)), None);
        assert_eq!(failure_rate_up_to(None), None);
        assert_eq!(failure_rate_up_to(Some(0.2589)).as_deref(), Some("26 %"));
    }

    #[test]
    fn spans_are_read_in_the_unit_that_fits() {
        assert_eq!(span(0.0), "0 s");
        assert_eq!(span(0.035), "35 µs");
        assert_eq!(span(0.312), "0.31 ms");
        assert_eq!(span(4002.0), "4.0 s");
        assert_eq!(span(1_800_000.0), "30 min 0 s");
        assert_eq!(span(8.25 * 3_600_000.0), "8 h 15 min");
    }
}
