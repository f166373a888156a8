//! A report as one page: no script, nothing from the network, light and dark.
//!
//! Every text passes through `maud`, which escapes it, and the whole page through
//! [`scrub`]: nothing from outside can be markup or steer how a line is read.

mod census;
mod charts;
mod moments;
mod picture;
mod plot;
mod tables;
mod timeline;
mod trend;
mod waterfall;

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::figures;
use super::headline;
use crate::event::in_millis;
use crate::printable::scrub;
use crate::report::{Attempts, Body, Footprint, Report, Soak, Stability};
use crate::verdict::Verdict;
use plot::{span, together};

const STYLE: &str = include_str!("style.css");
/// Nothing but the page's own style may be loaded or run.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Writes a report as a page of its own.
pub fn html(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let page = page(report).into_string();
    writeln!(out, "{}", scrub(&page))
}

fn page(report: &Report) -> Markup {
    let (word, summary) = headline(report);
    let soak = match &report.body {
        Some(Body::Soak(body)) => Some(&**body),
        _ => None,
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { "ibdoc " (report.command) ": " (report.verdict.name()) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (moments::shapes())
                main {
                    (header(report, &word, &summary))
                    @if let Some(body) = soak { (tiles(body, &report.footprint)) }
                    @if !report.findings.is_empty() {
                        section { h2 { "What was found" } @for it in &report.findings { (tables::finding(it)) } }
                    }
                    @if let Some(body) = soak { (sections(body)) }
                    (footer(report))
                }
            }
        }
    }
}

fn header(report: &Report, word: &str, summary: &str) -> Markup {
    let class = match report.verdict {
        Verdict::Healthy => "healthy",
        Verdict::Attention => "attention",
        Verdict::Unknown => "unknown",
        Verdict::Failed => "failed",
    };
    html! {
        header class=(class) {
            p.kind { "ibdoc " (report.command) @if report.simulated { " " span.badge { "simulated Gateway" } } }
            h1 { (word.trim_end_matches(':')) }
            p.summary { (summary) }
            @if let Some(error) = &report.error { p.summary { "ibdoc could not look: " (error) } }
            p.note { "Started " time { (report.started_at) } ", took " (span(in_millis(report.elapsed))) "." }
        }
    }
}

fn tile(figure: &str, what: &str, more: &str) -> Markup {
    html! { div.tile { div.what { (what) } div.big { (figure) } div.more { (more) } } }
}

fn tiles(body: &Soak, footprint: &Footprint) -> Markup {
    let of = |part: u32, all: u32| format!("{part} of {all}");
    html! {
        div.tiles {
            @if let Some(attempts) = &body.attempts {
                @let bound = attempts.failure_rate_upper_95.map(|it| together(&figures::at_most_percent(it)));
                @let bound = bound.map_or_else(String::new, |bound| format!("failure rate up to {bound} (95\u{a0}% confidence)"));
                (tile(&of(attempts.succeeded, attempts.run), "handshakes", &bound))
                @if let Some(ready) = attempts.ready_ms {
                    (tile(&span(ready.p50), "ready, median", &format!("p95 {}, longest {}", span(ready.p95), span(ready.max))))
                }
            }
            @if let Some(stability) = &body.stability {
                @let pings = &stability.pings;
                @let rtt = pings.rtt_ms.map_or_else(String::new, |rtt| format!("median {}, p95 {}", span(rtt.p50), span(rtt.p95)));
                (tile(&of(pings.answered, pings.sent), "pings answered", &rtt))
                (tile(&stability.drops.to_string(), "drops", &down(stability)))
            }
            @if let Some(exec) = &body.exec {
                (tile(&of(exec.succeeded, exec.run), "runs of your program", &format!("fault: {}", figures::fault(exec.fault))))
            }
            @let left = footprint.sockets_left.map_or_else(|| "unknown".to_owned(), |left| left.to_string());
            (tile(&left, "sockets left behind", &format!("{} made", super::counted(footprint.connections, "connection"))))
        }
    }
}

fn down(stability: &Stability) -> String {
    let held = span(stability.seconds * 1e3);
    if stability.drops == 0 {
        return format!("session held {held}");
    }
    let down = span(in_millis(stability.down));
    format!(
        "held {held}, {}, down for {down}",
        super::counted(stability.reconnects, "new session")
    )
}

fn sections(body: &Soak) -> Markup {
    html! {
        @if let Some(reason) = &body.stopped { p.callout { strong { "Stopped early: " } (reason) } }
        @if body.interrupted { p.callout { strong { "Interrupted" } ": this is what was done until then." } }
        @if !body.thresholds.is_empty() {
            section { h2 { "Limits" } (tables::limits(&body.thresholds)) }
        }
        @if let Some(attempts) = &body.attempts { (handshakes(attempts)) }
        @if let Some(stability) = &body.stability {
            section {
                h2 { "One session, held" }
                p.note { (stability.fetches.answered) " of " (stability.fetches.sent) " fetches and "
                    (stability.pings.answered) " of " (stability.pings.sent) " pings answered; "
                    (down(stability)) "."
                    @if let Some(gap) = stability.pings.longest_gap { " The longest time between two answers: " (span(in_millis(gap))) "." }
                }
                (timeline::session(stability))
            }
        }
        @if let Some(exec) = &body.exec { section { h2 { "Your program" } (tables::program(exec)) } }
        @if !figures::times(body).is_empty() {
            section { h2 { "Times" } (tables::times(body)) }
        }
    }
}

fn handshakes(attempts: &Attempts) -> Markup {
    html! {
        section {
            h2 { "Handshakes" }
            p.note {
                (attempts.planned) " planned, " (attempts.run) " run, " (attempts.failed) " failed. "
                @if let Some(bound) = figures::bound(attempts.succeeded, attempts.run, attempts.failure_rate_upper_95) { (bound) ". " }
                @if let Some(drift) = figures::drift(attempts) { (drift) }
            }
            (waterfall::waterfalls(attempts))
            @if !attempts.trend.is_empty() { (charts::latency(attempts)) }
            @if !attempts.histogram.is_empty() { (charts::histogram("How the times until ready are spread", "ready", &attempts.histogram)) }
            @if !attempts.outliers.is_empty() { (tables::outliers(&attempts.outliers)) }
            @if attempts.failed > 0 { (tables::failures(attempts)) (tables::failed_runs(attempts)) }
        }
    }
}

fn footer(report: &Report) -> Markup {
    let Footprint {
        accept_queue: queue,
        ..
    } = report.footprint;
    html! {
        footer {
            @if let Some(Body::Soak(body)) = &report.body {
                @if let (Some(before), Some(after)) = (body.zombies.before, body.zombies.after) {
                    p { "Half-closed or unaccepted sockets on the port, all programs': " (before) " before, " (after) " after." }
                }
            }
            @if let (Some(before), Some(after)) = (queue.before, queue.after) {
                p { "Accept queue: " (before) " before, " (after) " after." }
            }
            p { "ibdoc " (report.version) ". " code { "ibdoc explain CODE" } " tells more of each finding." }
        }
    }
}
