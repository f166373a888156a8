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
mod trace;
mod trend;
mod waterfall;

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{figures, not_asked};
use crate::event::Footprint;
use crate::report::{Attempts, Body, Report, Soak, Stability};
use crate::text::json::in_millis;
use crate::text::printable::scrub;
use crate::text::words::counted;
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
    let (word, summary) = report.headline();
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
                    @if let Some(Body::Doctor(body)) = &report.body { (tables::checks(body)) }
                    @if !report.findings.is_empty() {
                        section {
                            h2 { "What was found" }
                            @for it in &report.findings { (tables::finding(it)) }
                        }
                    }
                    @if let Some(body) = soak { (sections(body)) }
                    @if let Some(Body::Trace(body)) = &report.body { (trace::sections(body)) }
                    @if let Some(Body::Tap(body)) = &report.body { (trace::tap(body)) }
                    (footer(report))
                }
            }
        }
    }
}

fn header(report: &Report, word: &str, summary: &str) -> Markup {
    html! {
        header class=(report.verdict.name()) {
            p.kind {
                "ibdoc " (report.command)
                @if report.simulated { " " span.badge { "simulated Gateway" } }
            }
            h1 { (word.trim_end_matches(':')) }
            p.summary { (summary) }
            @if let Some(line) = not_asked(report) { p.note { (line) } }
            @if let Some(error) = &report.error { p.summary { "ibdoc could not look: " (error) } }
            p.note {
                "Started " time { (report.started_at) } ", took " (span(in_millis(report.elapsed))) "."
            }
        }
    }
}

/// The figures that matter: each with what it counts and a line more.
fn tiles(body: &Soak, footprint: &Footprint) -> Markup {
    let of = |part: u32, all: u32| format!("{part} of {all}");
    let mut tiles: Vec<(&str, String, String)> = Vec::new();
    if let Some(attempts) = &body.attempts {
        let bound = figures::failure_rate_up_to(attempts.failure_rate_upper_95);
        let bound = bound.map(|bound| {
            let bound = together(&bound);
            format!("failure rate up to {bound} (95\u{a0}% confidence)")
        });
        let succeeded = of(attempts.succeeded, attempts.run);
        tiles.push(("handshakes", succeeded, bound.unwrap_or_default()));
        if let Some(ready) = attempts.ready_ms {
            let more = format!("p95 {}, longest {}", span(ready.p95), span(ready.max));
            tiles.push(("ready, median", span(ready.p50), more));
        }
    }
    if let Some(stability) = &body.stability {
        let pings = &stability.pings;
        let rtt = pings.rtt_ms;
        let rtt = rtt.map(|rtt| format!("median {}, p95 {}", span(rtt.p50), span(rtt.p95)));
        let answered = of(pings.answered, pings.sent);
        tiles.push(("pings answered", answered, rtt.unwrap_or_default()));
        tiles.push(("drops", stability.drops.to_string(), down(stability)));
    }
    if let Some(exec) = &body.exec {
        let fault = format!("fault: {}", figures::fault(exec.fault));
        tiles.push(("runs of your program", of(exec.succeeded, exec.run), fault));
    }
    let left = footprint.sockets_left;
    let left = left.map_or_else(|| "unknown".to_owned(), |left| left.to_string());
    let made = counted(footprint.connections, "connection");
    tiles.push(("sockets left behind", left, format!("{made} made")));
    html! {
        div.tiles { @for (what, figure, more) in &tiles {
            div.tile { div.what { (what) } div.big { (figure) } div.more { (more) } }
        } }
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
        counted(stability.reconnects, "new session")
    )
}

fn sections(body: &Soak) -> Markup {
    html! {
        @if let Some(reason) = &body.stopped { p.callout { strong { "Stopped early: " } (reason) } }
        @if body.interrupted {
            p.callout { strong { "Interrupted" } ": this is what was done until then." }
        }
        @if !body.thresholds.is_empty() {
            section { h2 { "Limits" } (tables::limits(&body.thresholds)) }
        }
        @if let Some(attempts) = &body.attempts { (handshakes(attempts)) }
        @if let Some(stability) = &body.stability {
            section {
                h2 { "One session, held" }
                p.note {
                    (stability.pings.answered) " of " (stability.pings.sent) " pings "
                    @if stability.fetches.sent > 0 {
                        "and " (stability.fetches.answered) " of " (stability.fetches.sent) " fetches "
                    }
                    "answered; " (down(stability)) "."
                    @if let Some(gap) = stability.pings.longest_gap {
                        " The longest time between two answers: " (span(in_millis(gap))) "."
                    }
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
    let upper = attempts.failure_rate_upper_95;
    let bound = figures::bound(attempts.succeeded, attempts.run, upper);
    html! {
        section {
            h2 { "Handshakes" }
            p.note {
                (attempts.planned) " planned, " (attempts.run) " run, " (attempts.failed) " failed. "
                @if let Some(bound) = bound { (bound) ". " }
                @if let Some(drift) = figures::drift(attempts) { (drift) }
            }
            (waterfall::waterfalls(attempts))
            @if !attempts.trend.is_empty() { (charts::latency(attempts)) }
            @if !attempts.histogram.is_empty() {
                (charts::histogram("How the times until ready are spread", "ready", &attempts.histogram))
            }
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
                    p {
                        "Half-closed or unaccepted sockets on the port, all programs': "
                        (before) " before, " (after) " after."
                    }
                }
            }
            @if let (Some(before), Some(after)) = (queue.before, queue.after) {
                p { "Accept queue: " (before) " before, " (after) " after." }
            }
            p { "ibdoc " (report.version) ". " code { "ibdoc explain CODE" } " tells more of each finding." }
        }
    }
}
