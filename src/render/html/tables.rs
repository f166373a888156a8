//! What is said in words and tables: findings, limits, times, runs.

use maud::{Markup, html};

use super::plot::span;
use crate::event::{AttemptSummary, CheckStatus, ExecRun};
use crate::finding::Finding;
use crate::finding::verdict::Severity;
use crate::render::figures;
use crate::report::{Attempts, Doctor, Exec, Outlier, Soak, Threshold};
use crate::text::json::in_millis;

/// Runs that are listed.
const LISTED: usize = 200;

/// A sentence whose commands, between backticks, stand out.
fn prose(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    // One backtick alone encloses nothing.
    if parts.len().is_multiple_of(2) {
        return html! { (text) };
    }
    html! {
        @for (place, part) in parts.iter().enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// What is wrong, on what evidence, and what to do.
pub(super) fn finding(finding: &Finding) -> Markup {
    let (class, word) = match finding.severity {
        Severity::Info => ("info", "information"),
        Severity::Warning => ("warning", "warning"),
        Severity::Error => ("error", "error"),
    };
    let mark = figures::mark(finding.severity);
    html! {
        article class={ "finding " (class) } {
            h3 {
                span.mark-word title=(word) { (mark) } " "
                code { (finding.code) } " " span.subject { (finding.subject) }
            }
            p { (finding.summary) }
            @if !finding.evidence.is_empty() {
                h4 { "Measured" }
                ul { @for evidence in &finding.evidence { li { (prose(evidence)) } } }
            }
            @if !finding.remedies.is_empty() {
                h4 { "What to do" }
                ol { @for remedy in &finding.remedies { li { (prose(remedy)) } } }
            }
        }
    }
}

/// The checks of the doctor, one a row.
pub(super) fn checks(body: &Doctor) -> Markup {
    let class = |status| match status {
        CheckStatus::Ok => "good",
        CheckStatus::Failed => "bad",
        CheckStatus::Attention | CheckStatus::Skipped | CheckStatus::Unknown => "",
    };
    let table = html! {
        table.words {
            (columns(&["", "check", "what was seen"]))
            tbody { @for check in &body.checks {
                @let (mark, word) = figures::check(check.status);
                tr {
                    td { span class=(class(check.status)) title=(word) { (mark) } }
                    td.nowrap { (check.name) }
                    td { (check.summary) }
                }
            } }
        }
    };
    html! { section { h2 { "Checks" } (scrolled("Checks", &table)) } }
}

fn tick_or_cross(good: bool, yes: &str, no: &str) -> Markup {
    html! {
        @if good { span.good title=(yes) { "✓" } } @else { span.bad title=(no) { "✗" } }
    }
}

/// A table that is scrolled by itself where it is too wide, with the keys as well.
pub(super) fn scrolled(name: &str, table: &Markup) -> Markup {
    html! { div.wide tabindex="0" role="region" aria-label=(name) { (table) } }
}

/// The names of a table's columns.
pub(super) fn columns(names: &[&str]) -> Markup {
    html! { thead { tr { @for name in names { th { (name) } } } } }
}

/// A figure, or a dash where there is none.
pub(super) fn or_dash<T>(figure: Option<T>, words: impl FnOnce(T) -> String) -> String {
    figure.map_or_else(|| "–".to_owned(), words)
}

/// How many more there are than are listed.
pub(super) fn and_more(more: usize) -> Markup {
    html! { @if more > 0 { p.note { "and " (more) " more" } } }
}

/// Each limit, and whether it was kept.
pub(super) fn limits(thresholds: &[Threshold]) -> Markup {
    html! {
        (scrolled("limits", &html! { table.words {
            (columns(&["", "limit", "allowed", "measured"]))
            tbody { @for threshold in thresholds {
                tr class=(if threshold.met { "met" } else { "missed-limit" }) {
                    td { (tick_or_cross(threshold.met, "met", "missed")) }
                    td { code { "--" (threshold.name) } }
                    td { (figures::limit(threshold)) }
                    td { (figures::actual(threshold)) }
                }
            } }
        } }))
    }
}

/// Every kind of time, by its percentiles.
pub(super) fn times(body: &Soak) -> Markup {
    let figure = |ms: f64| format!("{ms:.3}");
    html! {
        (scrolled("times", &html! { table {
            (columns(&["ms", "min", "median", "p90", "p95", "p99", "max", "mean"]))
            tbody { @for (name, it) in figures::times(body) { tr {
                th scope="row" { (name) }
                @for value in [it.min, it.p50, it.p90, it.p95, it.p99, it.max, it.mean] {
                    td { (figure(value)) }
                }
            } } }
        } }))
    }
}

/// Failures by code.
pub(super) fn failures(attempts: &Attempts) -> Markup {
    html! {
        h3 { "Failures by code" }
        (scrolled("failures by code", &html! { table.words {
            (columns(&["code", "times", "meaning"]))
            tbody { @for (code, count) in &attempts.failures { tr {
                td.nowrap { code { (code) } } td { (count) } td { (code.meaning()) }
            } } }
        } }))
    }
}

/// Successes that took far longer than the others.
pub(super) fn outliers(outliers: &[Outlier]) -> Markup {
    html! {
        h3 { "Far slower than the others" }
        (scrolled("handshakes that were far slower", &html! { table {
            thead { tr { th { "handshake" } th { "ready in" } th.left { "most of it in" } th { "which took" } } }
            tbody { @for it in outliers { tr {
                td { (it.attempt) }
                td { (span(in_millis(it.ready))) }
                td.left { code { (it.stage.name()) } }
                td { (span(in_millis(it.stage_elapsed))) }
            } } }
        } }))
    }
}

/// The handshakes that failed.
pub(super) fn failed_runs(attempts: &Attempts) -> Markup {
    let failed: Vec<&AttemptSummary> = attempts.runs.iter().filter(|run| !run.succeeded).collect();
    html! {
        details open[failed.len() <= 12] {
            summary { "Failed handshakes (" (attempts.failed) ")" }
            (scrolled("failed handshakes", &html! { table {
                thead { tr {
                    th { "handshake" } th { "began after" } th.left { "code" }
                    th { "client id" } th { "connect" } th { "took" }
                } }
                tbody { @for run in failed.iter().take(LISTED) { tr {
                    td { (run.attempt) }
                    td { (span(in_millis(run.at))) }
                    td.left { @if let Some(code) = run.code { code { (code) } } @else { "–" } }
                    td { (run.client_id) }
                    td { (or_dash(run.connect, |it| span(in_millis(it)))) }
                    td { (span(in_millis(run.elapsed))) }
                } } }
            } }))
            (and_more((attempts.failed as usize).saturating_sub(failed.len().min(LISTED))))
        }
    }
}

/// The user's own program.
pub(super) fn program(exec: &Exec) -> Markup {
    let bound = figures::bound(exec.succeeded, exec.run, exec.failure_rate_upper_95);
    let failed = exec.runs.iter().filter(|run| !run.succeeded);
    let shown: Vec<&ExecRun> = failed
        .chain(exec.runs.iter().filter(|run| run.succeeded))
        .take(LISTED)
        .collect();
    html! {
        p { strong { (exec.program) } ": " (exec.succeeded) " of " (exec.run) " runs succeeded. Whose fault: "
            strong { (figures::fault(exec.fault)) } ". " (exec.reason) }
        p.note {
            "Most memory of any run: " (or_dash(figures::most_memory(exec), |it| it))
            "; neutral handshakes that succeeded: " (exec.neutral_succeeded) " of " (exec.neutral_run)
            @if let Some(bound) = bound { "; " (bound) }
        }
        details open[shown.len() <= 12] {
            summary { "Runs (" (exec.run) ")" }
            (scrolled("runs of the program", &run_table(&shown)))
            (and_more((exec.run as usize).saturating_sub(shown.len())))
        }
    }
}

fn run_table(runs: &[&ExecRun]) -> Markup {
    let yes = |it: Option<bool>| match it {
        None => "–",
        Some(true) => "yes",
        Some(false) => "no",
    };
    let traces = figures::traces(runs);
    let mut names = vec!["run", "", "ended", "took", "memory"];
    names.extend(["connected", "unread bytes", "left"]);
    names.extend(traces.iter().map(|(name, _)| name));
    names.push("neutral");
    html! {
        table {
            (columns(&names))
            tbody { @for run in runs { tr {
                td { (run.run) }
                td { (tick_or_cross(run.succeeded, "succeeded", "failed")) }
                td { (figures::ended(run)) }
                td { (span(in_millis(run.elapsed))) }
                td { (or_dash(figures::memory(run), |it| it)) }
                td { (yes(run.connected)) }
                td { (or_dash(run.unread_bytes, |it| it.to_string())) }
                td { (or_dash(run.left, |it| it.to_string())) }
                @for (_, trace) in &traces { td { (or_dash(trace(run), |it| it.to_string())) } }
                td { (yes(run.neutral)) }
            } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::prose;

    #[test]
    fn a_command_between_backticks_stands_out_and_no_text_is_markup() {
        let page = |text| prose(text).into_string();
        assert_eq!(page("run `ibdoc a`: it"), "run <code>ibdoc a</code>: it");
        assert_eq!(page("a ` b"), "a ` b");
        assert_eq!(page("<`<b>`"), "&lt;<code>&lt;b&gt;</code>");
    }
}
